/*
 * stage.h -- a Postgres, a Redis and an intake on them, for the tests of this folder.
 *
 * The servers are the program's; each test has workspaces of its own and an empty Redis, and
 * finds both servers running, however the test before it ended.
 */
#ifndef TY_TESTS_INTAKE_STAGE_H
#define TY_TESTS_INTAKE_STAGE_H

#include "conf/conf.h"
#include "intake/intake.h"
#include "intake/internal.h"
#include "queue/queue.h"
#include "store/delivery.h"
#include "support/services.h"

/* Polling a condition: until this much has passed. */
#define STAGE_DEADLINE_MS 20000

struct stage {
	struct services svc;
	struct ty_conf conf;
	struct ty_log log;
	struct ty_store *owner; /* one connection, as the schema's owner */
	struct ty_queue_sync *queue;
	struct ty_intake *intake;
	struct ty_arena *arena;
	struct ty_err err;
	struct ty_id workspace;
};

/* Once per program, then once per test. */
void stage_servers_start(struct stage *stage);
void stage_servers_stop(struct stage *stage);
void stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* An accepted JSON webhook of the stage's workspace; 'key' "" = none. */
struct ty_receipt stage_receipt(const struct stage *stage, const char *key);
/* Submit; ck_asserts that it succeeds. */
struct ty_admission stage_submit(struct stage *stage, const struct ty_receipt *receipt);

/* One cell of one statement as the owner (printf-like); NULL = no row or null. */
const char *stage_cell(struct stage *stage, const char *fmt, ...) TY_PRINTF(2, 3);
int64_t stage_cell_int(struct stage *stage, const char *fmt, ...) TY_PRINTF(2, 3);
/* The verdict that Postgres has of this delivery; "" where it has none. */
const char *stage_verdict(struct stage *stage, const struct ty_id *id);
/* A command to Redis, its integer. */
int64_t stage_redis(struct stage *stage, const char *fmt, ...);
int64_t stage_ready(struct stage *stage);
/* What Postgres is owed, oldest first. */
size_t stage_owed(struct stage *stage, struct ty_receipt ***ret_receipts);

/* Lease one job for lease_ms, as a worker does; false where none is ready. */
bool stage_lease(struct stage *stage, int64_t lease_ms, struct ty_hold *ret_hold,
		 int64_t *ret_deliveries);

/* Hold every accept statement up, from a second session, until released. */
struct ty_tx *stage_block(struct stage *stage, struct ty_store **ret_store);
void stage_unblock(struct ty_tx *tx, struct ty_store *store);

/* Until the intake sees both stores, or has seen that one is away. */
void stage_await_stores(struct stage *stage, bool postgres, bool redis);
/* Until this many receipts wait for the group in flight to end. */
void stage_await_waiting(struct stage *stage, size_t count);

/* A thread of its own for one submit. */
struct submitter {
	struct stage *stage;
	struct ty_receipt receipt;
	pthread_t thread;
	enum ty_code code;
	struct ty_admission admission;
	struct ty_err err;
};
void submitter_start(struct submitter *s, struct stage *stage, const struct ty_receipt *receipt);
void submitter_join(struct submitter *s);

#endif
