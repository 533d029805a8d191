/*
 * stage.c -- see stage.h.
 */
#include "stage.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "support/patience.h"

#include <check.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define LANE "t"

void
stage_servers_start(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	services_start(&stage->svc, SERVICES_POSTGRES | SERVICES_REDIS | SERVICES_MIGRATED);
}

void
stage_servers_stop(struct stage *stage)
{
	services_stop(&stage->svc);
}

static void
pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* ---- servers ---- */

static bool
postgres_is_there(struct stage *stage)
{
	struct ty_tx *tx;

	if (ty_tx_begin(stage->owner, stage->arena, NULL, 1000, &tx, &stage->err) != TY_OK)
		return false;
	ty_tx_rollback(tx);
	return true;
}

static void
stage_workspace(struct stage *stage)
{
	stage->workspace = ty_id_new();
	stage_cell(stage,
		   "INSERT INTO tyboo.workspaces (id, slug, name)"
		   " VALUES ('%s', 'w-' || right('%s', 12), 'w') RETURNING id",
		   stage->workspace.s, stage->workspace.s);
}

void
stage_open(struct stage *stage)
{
	stage->arena = ty_arena_new(NULL, "stage", 0);
	stage->conf = (struct ty_conf){ .database_url = stage->svc.database_url,
					.redis_url = stage->svc.redis_url,
					.lane = LANE,
					.lease_ms = 30000 };
	ty_log_init(&stage->log, "test", TY_LOG_ERROR);
	stage->owner = ty_store_new(stage->svc.owner_database_url, 1, "test");
	stage->queue = ty_queue_sync_new(stage->svc.redis_url, LANE);
	if (!postgres_is_there(stage))
		svc_postgres_start(&stage->svc);
	if (ty_queue_sync_ping(stage->queue, &stage->err) != TY_OK)
		svc_redis_start(&stage->svc);
	stage_redis(stage, "FLUSHALL");
	stage_workspace(stage);
	ck_assert_msg(ty_intake_new(&stage->conf, &stage->log, &stage->intake, &stage->err) ==
			      TY_OK,
		      "%s", stage->err.msg);
	stage_await_stores(stage, true, true);
}

void
stage_close(struct stage *stage)
{
	ty_intake_free(stage->intake);
	ty_queue_sync_free(stage->queue);
	ty_store_free(stage->owner);
	ty_arena_free(stage->arena);
}

void
stage_await_stores(struct stage *stage, bool postgres, bool redis)
{
	int64_t until = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);
	bool there = false;

	while (!there) {
		ck_assert_msg(ty_time_mono_ms() < until, "the intake does not see its stores");
		pthread_mutex_lock(&stage->intake->lock);
		there = stage->intake->is_store_up == postgres &&
			stage->intake->is_queue_up == redis;
		pthread_mutex_unlock(&stage->intake->lock);
		pause_ms(1);
	}
}

void
stage_await_waiting(struct stage *stage, size_t count)
{
	int64_t until = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);
	size_t n = count + 1;

	while (n != count) {
		ck_assert_msg(ty_time_mono_ms() < until, "%zu wait, not %zu", n, count);
		n = 0;
		pthread_mutex_lock(&stage->intake->lock);
		for (struct entry *e = stage->intake->small.first; e != NULL; e = e->next)
			n++;
		for (struct entry *e = stage->intake->big.first; e != NULL; e = e->next)
			n++;
		pthread_mutex_unlock(&stage->intake->lock);
		pause_ms(1);
	}
}

/* ---- asking the servers ---- */

static const char *
stage_vcell(struct stage *stage, const char *fmt, va_list ap)
{
	const char *sql = ty_arena_vprintf(stage->arena, fmt, ap);
	struct ty_rows rows;
	struct ty_tx *tx;

	ck_assert_msg(ty_tx_begin(stage->owner, stage->arena, NULL, 1000, &tx, &stage->err) ==
				      TY_OK &&
			      ty_tx_query(tx, sql, NULL, 0, &rows, &stage->err) == TY_OK &&
			      ty_tx_commit(tx, &stage->err) == TY_OK,
		      "%s: %s", sql, stage->err.msg);
	return rows.count > 0 && rows.columns > 0 ? ty_rows_text(&rows, 0, 0) : NULL;
}

const char *
stage_cell(struct stage *stage, const char *fmt, ...)
{
	const char *cell;
	va_list ap;

	va_start(ap, fmt);
	cell = stage_vcell(stage, fmt, ap);
	va_end(ap);
	return cell;
}

int64_t
stage_cell_int(struct stage *stage, const char *fmt, ...)
{
	const char *cell;
	va_list ap;

	va_start(ap, fmt);
	cell = stage_vcell(stage, fmt, ap);
	va_end(ap);
	return cell != NULL ? strtoll(cell, NULL, 10) : 0;
}

const char *
stage_verdict(struct stage *stage, const struct ty_id *id)
{
	const char *verdict =
		stage_cell(stage, "SELECT verdict FROM tyboo.deliveries WHERE id = '%s'", id->s);

	return verdict != NULL ? verdict : "";
}

int64_t
stage_redis(struct stage *stage, const char *fmt, ...)
{
	redisContext *redis =
		redisConnectUnix(ty_arena_printf(stage->arena, "%s/redis.sock", stage->svc.dir));
	redisReply *reply;
	int64_t n;
	va_list ap;

	ck_assert(redis != NULL && redis->err == 0);
	va_start(ap, fmt);
	reply = redisvCommand(redis, fmt, ap);
	va_end(ap);
	ck_assert_ptr_nonnull(reply);
	ck_assert_msg(reply->type != REDIS_REPLY_ERROR, "%s: %s", fmt, reply->str);
	n = reply->integer;
	freeReplyObject(reply);
	redisFree(redis);
	return n;
}

int64_t
stage_ready(struct stage *stage)
{
	struct ty_queue_stats stats;

	ck_assert_msg(ty_queue_sync_stats(stage->queue, &stats, &stage->err) == TY_OK, "%s",
		      stage->err.msg);
	return stats.ready;
}

size_t
stage_owed(struct stage *stage, struct ty_receipt ***ret_receipts)
{
	char **texts, **ids;
	size_t count;

	ck_assert_msg(ty_queue_sync_owed(stage->queue, stage->arena, 100, &texts, &ids, &count,
					 &stage->err) == TY_OK,
		      "%s", stage->err.msg);
	*ret_receipts = ty_arena_alloc_array(stage->arena, count + 1, sizeof(struct ty_receipt *));
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(ty_receipt_parse(stage->arena, texts[i], strlen(texts[i]),
						  &(*ret_receipts)[i], &stage->err),
				 TY_OK);
	return count;
}

struct ty_tx *
stage_block(struct stage *stage, struct ty_store **ret_store)
{
	struct ty_tx *tx;

	*ret_store = ty_store_new(stage->svc.owner_database_url, 1, "test block");
	ck_assert_int_eq(ty_tx_begin(*ret_store, stage->arena, NULL, 1000, &tx, &stage->err),
			 TY_OK);
	ck_assert_int_eq(ty_tx_exec(tx, "LOCK TABLE tyboo.deliveries IN EXCLUSIVE MODE", NULL, 0,
				    &stage->err),
			 TY_OK);
	return tx;
}

void
stage_unblock(struct ty_tx *tx, struct ty_store *store)
{
	ty_tx_rollback(tx);
	ty_store_free(store);
}

/* ---- submitting ---- */

struct ty_receipt
stage_receipt(const struct stage *stage, const char *key)
{
	return (struct ty_receipt){
		.id = ty_id_new(),
		.workspace_id = stage->workspace,
		.workflow_id = stage->workspace, /* any id will do here */
		.version_id = stage->workspace,
		.start_node = "n1",
		.mode = "webhook",
		.method = "POST",
		.path = "p",
		.query = "a=1",
		.headers = "{\"content-type\":\"application/json\"}",
		.remote_addr = "127.0.0.1",
		.body = "{\"n\":1}",
		.body_len = 7,
		.delivery_key = key,
		.verdict = "accepted",
		.reason = "",
		.received_at_ms = ty_time_now_ms(),
		.timeout_ms = 300000,
	};
}

struct ty_admission
stage_submit(struct stage *stage, const struct ty_receipt *receipt)
{
	struct ty_admission admission;

	ck_assert_msg(ty_intake_submit(stage->intake, receipt, &admission, &stage->err) == TY_OK,
		      "%s", stage->err.msg);
	return admission;
}

static void *
submitter_main(void *arg)
{
	struct submitter *s = arg;

	s->code = ty_intake_submit(s->stage->intake, &s->receipt, &s->admission, &s->err);
	return NULL;
}

void
submitter_start(struct submitter *s, struct stage *stage, const struct ty_receipt *receipt)
{
	*s = (struct submitter){ .stage = stage, .receipt = *receipt };
	ck_assert_int_eq(pthread_create(&s->thread, NULL, submitter_main, s), 0);
}

void
submitter_join(struct submitter *s)
{
	pthread_join(s->thread, NULL);
}

/* ---- a worker's part ---- */

struct leasing {
	bool is_up, is_answered;
	size_t count;
	struct ty_hold hold;
	int64_t deliveries;
};

static void
on_state(void *ctx, const char *away)
{
	((struct leasing *)ctx)->is_up = away == NULL;
}

static void
on_leased(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	struct leasing *leasing = ctx;

	ck_assert_ptr_null(err);
	leasing->is_answered = true;
	leasing->count = count;
	if (count == 0)
		return;
	leasing->hold = (struct ty_hold){ .run_id = leases[0].run_id,
					  .workspace_id = leases[0].workspace_id,
					  .workflow_id = leases[0].workflow_id,
					  .token = leases[0].token };
	leasing->deliveries = leases[0].deliveries;
}

bool
stage_lease(struct stage *stage, int64_t lease_ms, struct ty_hold *ret_hold,
	    int64_t *ret_deliveries)
{
	struct leasing leasing = { 0 };
	struct ty_queue *queue;
	uv_loop_t loop;

	uv_loop_init(&loop);
	queue = ty_queue_new(&loop, stage->conf.redis_url, stage->conf.lane, lease_ms, on_state,
			     NULL, &leasing);
	while (!leasing.is_up)
		uv_run(&loop, UV_RUN_ONCE);
	ty_queue_lease(queue, 1, on_leased, &leasing);
	while (!leasing.is_answered)
		uv_run(&loop, UV_RUN_ONCE);
	ty_queue_free(queue);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	*ret_hold = leasing.hold;
	*ret_deliveries = leasing.deliveries;
	return leasing.count == 1;
}
