/*
 * arena.c -- bump allocation in chunks, with deferred calls and children.
 *
 * Small chunks are kept across a clear (one, the first), so that a request loop
 * that allocates little never returns to malloc.  An allocation larger than two
 * thirds of a chunk gets its own, so that it does not waste a tail.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE                                                                                 \
	(3 * 1024) /* a step takes 2 KB, a run or a call 3 KB: a page would be half empty */
#define LARGE_SIZE (2 * 1024)
#define GROW_FROM  8 /* elements of a list: most stay below */
#define ALIGNMENT  alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

struct defer {
	struct defer *next;
	ty_arena_defer_fn fn;
	void *ptr;
};

struct ty_arena {
	const char *name;
	struct ty_arena *parent, *first_child, *next, *prev;
	struct chunk *chunks; /* newest first; the first one made is last */
	struct chunk *large;
	struct defer *defers;
	size_t limit_bytes, used_bytes;
};

static void *
xmalloc(size_t size)
{
	void *ptr = malloc(size);

	if (ptr == NULL) {
		fprintf(stderr, "out of memory: %zu bytes\n", size);
		abort(); /* the lease puts the job back */
	}
	return ptr;
}

static struct chunk *
chunk_new(size_t size, struct chunk *next)
{
	struct chunk *chunk = xmalloc(sizeof(*chunk) + size);

	chunk->next = next;
	chunk->used = 0;
	chunk->size = size;
	return chunk;
}

static void
chunks_free(struct chunk *chunk)
{
	while (chunk != NULL) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

struct ty_arena *
ty_arena_new(struct ty_arena *parent, const char *name, size_t limit_bytes)
{
	struct ty_arena *arena = xmalloc(sizeof(*arena));

	memset(arena, 0, sizeof(*arena));
	arena->name = name;
	arena->limit_bytes = limit_bytes;
	arena->parent = parent;
	if (parent != NULL) {
		arena->next = parent->first_child;
		if (arena->next != NULL)
			arena->next->prev = arena;
		parent->first_child = arena;
	}
	return arena;
}

static void
arena_unlink(struct ty_arena *arena)
{
	if (arena->prev != NULL)
		arena->prev->next = arena->next;
	else if (arena->parent != NULL)
		arena->parent->first_child = arena->next;
	if (arena->next != NULL)
		arena->next->prev = arena->prev;
}

void
ty_arena_clear(struct ty_arena *arena)
{
	struct chunk *keep = NULL;

	while (arena->first_child != NULL)
		ty_arena_free(arena->first_child);
	while (arena->defers != NULL) {
		struct defer *defer = arena->defers;

		/* Unlinked first: fn may defer or clear itself. */
		arena->defers = defer->next;
		defer->fn(defer->ptr);
	}
	chunks_free(arena->large);
	arena->large = NULL;
	if (arena->chunks != NULL) {
		keep = arena->chunks;
		chunks_free(keep->next);
		keep->next = NULL;
		keep->used = 0;
	}
	arena->chunks = keep;
	arena->used_bytes = 0;
}

void
ty_arena_free(struct ty_arena *arena)
{
	if (arena == NULL)
		return;
	ty_arena_clear(arena);
	arena_unlink(arena);
	chunks_free(arena->chunks);
	free(arena);
}

void *
ty_arena_alloc(struct ty_arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	void *ptr;

	TY_ASSERT(size <= SIZE_MAX / 2);
	size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	arena->used_bytes += size;
	if (size > LARGE_SIZE) {
		chunk = arena->large = chunk_new(size, arena->large);
	} else if (chunk == NULL || chunk->size - chunk->used < size) {
		chunk = arena->chunks = chunk_new(CHUNK_SIZE - sizeof(struct chunk), arena->chunks);
	}
	ptr = chunk->data + chunk->used;
	chunk->used += size;
	return memset(ptr, 0, size);
}

void *
ty_arena_alloc_array(struct ty_arena *arena, size_t count, size_t size)
{
	size_t total;

	TY_ASSERT(!__builtin_mul_overflow(count, size, &total));
	return ty_arena_alloc(arena, total);
}

char *
ty_arena_strndup(struct ty_arena *arena, const char *s, size_t len)
{
	char *copy = ty_arena_alloc(arena, len + 1);

	memcpy(copy, s, len);
	return copy;
}

void *
ty_arena_grow(struct ty_arena *arena, void *list, size_t count, size_t *cap, size_t size)
{
	void *grown;

	if (count < *cap)
		return list;
	*cap = *cap == 0 ? GROW_FROM : 2 * *cap;
	grown = ty_arena_alloc_array(arena, *cap, size);
	if (count > 0)
		memcpy(grown, list, count * size);
	return grown;
}

char *
ty_arena_strdup(struct ty_arena *arena, const char *s)
{
	return s == NULL ? NULL : ty_arena_strndup(arena, s, strlen(s));
}

void *
ty_arena_memdup(struct ty_arena *arena, const void *data, size_t len)
{
	void *copy = ty_arena_alloc(arena, len == 0 ? 1 : len);

	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

char *
ty_arena_vprintf(struct ty_arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	char *out;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	TY_ASSERT(len >= 0);
	out = ty_arena_alloc(arena, (size_t)len + 1);
	vsnprintf(out, (size_t)len + 1, fmt, ap);
	return out;
}

char *
ty_arena_printf(struct ty_arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *out;

	va_start(ap, fmt);
	out = ty_arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return out;
}

void
ty_arena_defer(struct ty_arena *arena, ty_arena_defer_fn fn, void *ptr)
{
	struct defer *defer = ty_arena_new_of(arena, struct defer);

	defer->fn = fn;
	defer->ptr = ptr;
	defer->next = arena->defers;
	arena->defers = defer;
}

size_t
ty_arena_used_bytes(const struct ty_arena *arena)
{
	size_t total = arena->used_bytes;

	for (const struct ty_arena *child = arena->first_child; child != NULL; child = child->next)
		total += ty_arena_used_bytes(child);
	return total;
}

bool
ty_arena_is_over(const struct ty_arena *arena)
{
	return arena->limit_bytes > 0 && ty_arena_used_bytes(arena) > arena->limit_bytes;
}
