/*
 * record_room.c -- one large record of a run at a time.
 */
#include "store/record_room.h"

#include "base/arena.h"
#include "base/budget.h"
#include "base/err.h"

#include <malloc.h>
#include <stdatomic.h>

static struct ty_budget room = TY_BUDGET_INIT(1, TY_LIMIT_RECORD_WAIT_MS);
/* Arena of who has the room.  Only its own thread can find itself here, so that a look without the lock will do. */
static _Atomic(struct ty_arena *) holder;

/* Trees that were made since are freed by now, but malloc keeps their memory for this thread, and the next
 * reader is another. */
static void
holder_forget(void *arena)
{
	(void)arena;
	malloc_trim(0);
	atomic_store(&holder, NULL);
}

enum ty_code
record_room_take(struct ty_arena *arena, size_t len, struct ty_err *err)
{
	if (len < TY_LIMIT_RECORD_COUNTED_BYTES || atomic_load(&holder) == arena)
		return TY_OK;
	if (!ty_budget_take(&room, arena, 1, room.wait_ms)) {
		ty_err_set(err, TY_E_UNAVAILABLE,
			   "Another large record of a run is being read at this moment");
		return ty_err_hint(err, "Ask for it again later.");
	}
	/* Cleared last in, first out: nobody is there any more when the room is given back. */
	ty_arena_defer(arena, holder_forget, arena);
	atomic_store(&holder, arena);
	return TY_OK;
}

size_t
record_room_waiting(void)
{
	return ty_budget_waiting(&room);
}
