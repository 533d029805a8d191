/*
 * record_room.h -- how many large records of runs a process reads at a time: one.
 *
 * A record is held as text and as a tree of several times that, so threads that each read one of the largest would
 * take gigabytes.  Small ones are not counted.
 */
#ifndef TY_STORE_RECORD_ROOM_H
#define TY_STORE_RECORD_ROOM_H

#include "base/defs.h"

/* Records of fewer bytes are not counted: 32 threads with one each take some 100 MiB in the worst case, of
 * numbers of one digit, and hardly a page of steps is larger. */
#define TY_LIMIT_RECORD_COUNTED_BYTES (256 * 1024)
/* Wait for the one before: as long as a client waits for a page; then the answer is 503. */
#define TY_LIMIT_RECORD_WAIT_MS 10000

/*
 * Take the room for a record of 'len' bytes until 'arena' is cleared; who comes meanwhile waits.  An arena
 * that has it may read more.  Errors: TY_E_UNAVAILABLE.
 */
enum ty_code record_room_take(struct ty_arena *arena, size_t len, struct ty_err *err) TY_MUST_CHECK;

/* Callers that wait now, for tests. */
size_t record_room_waiting(void);

#endif
