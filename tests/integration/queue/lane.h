/*
 * lane.h -- a private Redis with one lane, and the asynchronous calls made to look blocking.
 *
 * Each call runs the loop until its callback came.  A test has its lane in a fixture; the
 * Redis server is started once per program and emptied for each test.
 */
#ifndef TY_TESTS_LANE_H
#define TY_TESTS_LANE_H

#include "base/arena.h"
#include "queue/queue.h"

#include <hiredis/hiredis.h>
#include <uv.h>

#define LANE_LEASES_MAX 4096

struct lane {
	uv_loop_t loop;
	struct ty_queue *queue;
	struct ty_queue_sync *sync;
	redisContext *redis; /* to look with */
	struct ty_arena *arena;
	char url[128];
	bool up;
	int wakes;
	bool answered;
	struct ty_err err; /* of the last call; code TY_OK = none */
	struct ty_admission admissions[LANE_LEASES_MAX];
	struct ty_lease leases[LANE_LEASES_MAX]; /* payloads copied into 'arena' */
	bool lost[LANE_LEASES_MAX];
	size_t count; /* of what the last call gave */
};

/* The server: one per process, stopped at its end. */
void lane_server_start(void);
void lane_server_stop(void);
void lane_server_kill(void); /* as a crash */
void lane_server_boot(void);
const char *lane_server_dir(void);

void lane_open(struct lane *lane, int64_t lease_ms); /* FLUSHALL first */
void lane_close(struct lane *lane);
void lane_end(struct lane *lane); /* the same, of a lane that must be consistent */
void lane_await_up(struct lane *lane);
void lane_command(struct lane *lane, const char *fmt, ...) TY_PRINTF(2, 3);
int64_t lane_command_int(struct lane *lane, const char *fmt, ...) TY_PRINTF(2, 3);

void lane_admit(struct lane *lane, const struct ty_job *jobs, size_t count);
enum ty_verdict lane_admit_one(struct lane *lane, const struct ty_job *job);
size_t lane_lease(struct lane *lane, size_t max);
enum ty_code lane_extend(struct lane *lane, const struct ty_hold *holds, size_t count);
enum ty_code lane_canceled(struct lane *lane, const struct ty_hold *holds, size_t count);
enum ty_code lane_release(struct lane *lane, const struct ty_hold *holds, size_t count);
enum ty_code lane_retry(struct lane *lane, const struct ty_hold *hold, int64_t delay_ms,
			bool uncounted);
enum ty_code lane_wait(struct lane *lane, const struct ty_hold *hold, int64_t at_ms);
enum ty_code lane_bury(struct lane *lane, const struct ty_hold *hold, const char *reason);
struct ty_queue_reaped lane_reap(struct lane *lane, int64_t deliveries_max);

/* A job of numbered workspace and workflow with a fresh id. */
struct ty_job lane_job(int workspace, int workflow);
struct ty_hold lane_hold(const struct ty_lease *lease);
struct ty_id lane_id(int n); /* the n-th fixed id */

/*
 * Compare every counter and list with a full scan of the jobs; false, with a word in 'why',
 * where they differ.
 */
bool lane_is_consistent(struct lane *lane, char *why, size_t why_size);

#endif
