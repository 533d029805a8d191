/*
 * place.h -- a delivery as it is shown, with where its run is in the queue.
 *
 * What Postgres has recorded is the delivery's history; what is still to be recorded only the
 * queue knows, and only as it is now.
 */
#ifndef TY_INTAKE_PLACE_H
#define TY_INTAKE_PLACE_H

#include "base/id.h"
#include "json/json.h"

struct ty_arena;
struct ty_queue_sync;

/*
 * Set delivery's "queue": where the run is; "away" is the state where Redis does not say.
 * 'run_id' NULL: nothing of it is to run (again), so null.
 */
void ty_delivery_set_place(json_t *delivery, struct ty_queue_sync *queue, struct ty_arena *arena,
			   const struct ty_id *run_id);

#endif
