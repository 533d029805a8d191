/*
 * arena.h -- memory by lifetime: process > request, and process > run > step.
 *
 * Allocation never returns NULL (true exhaustion aborts; the job's lease puts
 * it back) and is zeroed.  Nothing is freed singly: clearing the arena frees
 * all, after running the deferred functions last-in first-out.  A child dies
 * with its parent.  An arena belongs to one thread at a time.
 *
 * 'limit_bytes' is not enforced here: it is what ty_arena_is_over() compares
 * with, where a user's data enters (see base/limits.h).
 */
#ifndef TY_BASE_ARENA_H
#define TY_BASE_ARENA_H

#include "base/defs.h"

#include <stdarg.h>

typedef void (*ty_arena_defer_fn)(void *ptr);

/*
 * A new arena.  'parent' may be NULL; 'name' is borrowed and must be static;
 * 'limit_bytes' 0 means none.  Freed by ty_arena_free or with its parent.
 */
struct ty_arena *ty_arena_new(struct ty_arena *parent, const char *name, size_t limit_bytes);
void ty_arena_free(struct ty_arena *arena); /* takes NULL */

/* Free everything in it, children too, and keep it for use again. */
void ty_arena_clear(struct ty_arena *arena);

/* Zeroed, aligned for any type. */
void *ty_arena_alloc(struct ty_arena *arena, size_t size);
void *ty_arena_alloc_array(struct ty_arena *arena, size_t count, size_t size);
/*
 * A list of elements of 'size' bytes with room for one after its 'count': 'list' itself, or a
 * copy twice as long.  Begins with NULL, 0 and a '*cap' of 0.
 */
void *ty_arena_grow(struct ty_arena *arena, void *list, size_t count, size_t *cap, size_t size);
#define ty_arena_new_of(arena, type) ((type *)ty_arena_alloc((arena), sizeof(type)))

char *ty_arena_strdup(struct ty_arena *arena, const char *s); /* NULL gives NULL */
/* Exactly 'len' bytes, which must be there, NULs and all, and a NUL after them (unlike strndup). */
char *ty_arena_strndup(struct ty_arena *arena, const char *s, size_t len);
void *ty_arena_memdup(struct ty_arena *arena, const void *data, size_t len);
char *ty_arena_printf(struct ty_arena *arena, const char *fmt, ...) TY_PRINTF(2, 3);
char *ty_arena_vprintf(struct ty_arena *arena, const char *fmt, va_list ap) TY_PRINTF(2, 0);

/* Call fn(ptr) when the arena is cleared or freed, last deferred first. */
void ty_arena_defer(struct ty_arena *arena, ty_arena_defer_fn fn, void *ptr);

/* Bytes handed out since the last clear, children included. */
size_t ty_arena_used_bytes(const struct ty_arena *arena);
bool ty_arena_is_over(const struct ty_arena *arena);

#endif
