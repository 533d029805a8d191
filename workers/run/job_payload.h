/*
 * job_payload.h -- what a job says (intake/job.h describes it).
 */
#ifndef TY_RUN_JOB_PAYLOAD_H
#define TY_RUN_JOB_PAYLOAD_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "queue/queue.h"

struct job_payload {
	struct ty_id version_id;
	const char *mode, *start_node;
	int64_t accepted_at_ms;
	const json_t *items;
	const json_t *source;  /* source of taken answers; NULL = none */
	const json_t *taken;   /* records that a partial run takes; NULL = none */
	const json_t *carried; /* files to be kept before the run begins; NULL = none */
	bool is_parked;	       /* Postgres has the state of the run, which was put down */
};

enum job_payload_status { JOB_PAYLOAD_OK, JOB_PAYLOAD_BROKEN, JOB_PAYLOAD_UNKNOWN };

/*
 * Read the payload of 'hold'; what is returned is owned by 'arena'.  Whatever the status,
 * *ret_payload has what a record needs.  UNKNOWN: of a later version of Tyboo; 'err' says why.
 */
enum job_payload_status job_payload_read(struct ty_arena *arena, const struct ty_hold *hold,
					 struct job_payload *ret_payload, struct ty_err *err);

#endif
