/*
 * sync.c -- the lane for programs that may block: see queue.h; its calls: sync.h.
 *
 * One blocking connection with short time limits, opened by the first call.  A call that finds it gone
 * is made once more on a new one: every script may be called twice.  Not for several threads at once.
 */
#include "queue/queue.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/time.h"
#include "queue/message.h"
#include "queue/sync.h"
#include "queue/url.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_S  2
#define PROBE_MS   1000
#define DEAD_WIDTH 7

struct ty_queue_sync {
	redisContext *redis; /* NULL: not connected */
	char *url;
	char prefix[80];
	int64_t written_ms; /* monotonic: when a probe went well; 0 = not yet */
};

struct ty_queue_sync *
ty_queue_sync_new(const char *redis_url, const char *lane)
{
	struct ty_queue_sync *queue = ty_queue_alloc(sizeof(*queue));

	ty_queue_ignore_sigpipe();
	queue->url = strdup(redis_url);
	TY_ASSERT(queue->url != NULL);
	snprintf(queue->prefix, sizeof(queue->prefix), "{%s}:", lane);
	return queue;
}

static void
sync_drop(struct ty_queue_sync *queue)
{
	redisFree(queue->redis); /* takes NULL */
	queue->redis = NULL;
}

void
ty_queue_sync_free(struct ty_queue_sync *queue)
{
	if (queue == NULL)
		return;
	sync_drop(queue);
	free(queue->url);
	free(queue);
}

static enum ty_code
sync_fail(struct ty_queue_sync *queue, struct ty_err *err)
{
	ty_err_set(err, TY_E_UNAVAILABLE, "Redis is away: %s",
		   queue->redis != NULL ? queue->redis->errstr : "out of memory");
	sync_drop(queue);
	return err->code;
}

/* Send what is encoded and wait for the answer, whatever it is. */
static enum ty_code
sync_exchange(struct ty_queue_sync *queue, const struct ty_queue_script *script, bool whole,
	      const struct ty_queue_args *args, redisReply **ret_reply, struct ty_err *err)
{
	struct ty_queue_piece pieces[TY_QUEUE_PIECES];
	size_t head_len, count = ty_queue_args_pieces(args, pieces);
	char *head = ty_queue_args_head(args, script, queue->prefix, whole, &head_len);
	bool ok = !TY_FAULT(queue_send) &&
		  redisAppendFormattedCommand(queue->redis, head, head_len) == REDIS_OK;
	void *reply = NULL;

	free(head);
	for (size_t i = 0; ok && i < count; i++)
		ok = redisAppendFormattedCommand(queue->redis, pieces[i].data, pieces[i].len) == 0;
	if (!ok || redisGetReply(queue->redis, &reply) != REDIS_OK || TY_FAULT(queue_answer)) {
		freeReplyObject(reply);
		return sync_fail(queue, err);
	}
	*ret_reply = reply;
	return TY_OK;
}

/* An error reply becomes an error; anything else is dropped. */
static enum ty_code
sync_command(struct ty_queue_sync *queue, struct ty_queue_args *args, struct ty_err *err)
{
	redisReply *reply;
	enum ty_code code = sync_exchange(queue, NULL, false, args, &reply, err);

	ty_queue_args_done(args);
	if (code != TY_OK)
		return code;
	if (reply->type == REDIS_REPLY_ERROR)
		code = ty_err_set(err, TY_E_UNAVAILABLE, "Redis: %s", reply->str);
	freeReplyObject(reply);
	if (code != TY_OK)
		sync_drop(queue);
	return code;
}

static enum ty_code
sync_hello(struct ty_queue_sync *queue, const struct ty_queue_url *url, struct ty_err *err)
{
	struct ty_queue_args args;

	if (url->password[0] != '\0') {
		ty_queue_args_init(&args);
		ty_queue_args_add_str(&args, "AUTH");
		if (url->user[0] != '\0')
			ty_queue_args_add_str(&args, url->user);
		ty_queue_args_add_str(&args, url->password);
		if (sync_command(queue, &args, err) != TY_OK)
			return err->code;
	}
	if (url->db != 0) {
		ty_queue_args_init(&args);
		ty_queue_args_add_str(&args, "SELECT");
		ty_queue_args_add_int(&args, url->db);
		return sync_command(queue, &args, err);
	}
	return TY_OK;
}

static enum ty_code
sync_connect(struct ty_queue_sync *queue, struct ty_err *err)
{
	const struct timeval limit = { .tv_sec = TIMEOUT_S };
	struct ty_queue_url url;

	if (queue->redis != NULL)
		return TY_OK;
	if (ty_queue_url_parse(queue->url, &url, err) != TY_OK) {
		err->code = TY_E_UNAVAILABLE;
		return err->code;
	}
	queue->redis = url.path[0] != '\0' ? redisConnectUnixWithTimeout(url.path, limit)
					   : redisConnectWithTimeout(url.host, url.port, limit);
	if (queue->redis == NULL || queue->redis->err != 0 ||
	    redisSetTimeout(queue->redis, limit) != REDIS_OK)
		return sync_fail(queue, err);
	return sync_hello(queue, &url, err);
}

/* By name, and with its source where Redis does not know it. */
static enum ty_code
sync_try(struct ty_queue_sync *queue, const struct ty_queue_script *script,
	 const struct ty_queue_args *args, redisReply **ret_reply, struct ty_err *err)
{
	if (sync_connect(queue, err) != TY_OK ||
	    sync_exchange(queue, script, false, args, ret_reply, err) != TY_OK)
		return err->code;
	if ((*ret_reply)->type != REDIS_REPLY_ERROR ||
	    strncmp((*ret_reply)->str, "NOSCRIPT", 8) != 0)
		return TY_OK;
	freeReplyObject(*ret_reply);
	return sync_exchange(queue, script, true, args, ret_reply, err);
}

enum ty_code
ty_queue_sync_call(struct ty_queue_sync *queue, const struct ty_queue_script *script,
		   struct ty_queue_args *args, redisReply **ret_reply, struct ty_err *err)
{
	bool used_before = queue->redis != NULL;
	redisReply *reply = NULL;
	enum ty_code code;

	ty_queue_args_add_str(args, TY_QUEUE_CONTRACT);
	code = sync_try(queue, script, args, &reply, err);
	if (code != TY_OK && used_before)
		code = sync_try(queue, script, args, &reply, err);
	ty_queue_args_done(args);
	if (code != TY_OK)
		return code;
	if (reply->type == REDIS_REPLY_ERROR) {
		ty_err_set(err, TY_E_UNAVAILABLE, "Redis: %s", reply->str);
		freeReplyObject(reply);
		sync_drop(queue); /* LOADING, READONLY: another try may find another server */
		return err->code;
	}
	*ret_reply = reply;
	return TY_OK;
}

enum ty_code
ty_queue_sync_answered(redisReply *reply, bool ok, struct ty_err *err)
{
	freeReplyObject(reply);
	return ok ? TY_OK
		  : ty_err_set(err, TY_E_UNAVAILABLE,
			       "Redis gave an answer that is not the queue's");
}

enum ty_code
ty_queue_sync_call_ints(struct ty_queue_sync *queue, const struct ty_queue_script *script,
			struct ty_queue_args *args, int64_t *ret_ints, size_t count,
			struct ty_err *err)
{
	redisReply *reply;
	bool ok = true;

	if (ty_queue_sync_call(queue, script, args, &reply, err) != TY_OK)
		return err->code;
	if (count == 0)
		*ret_ints = reply->integer;
	else
		ok = ty_queue_take_ints(reply, ret_ints, count);
	return ty_queue_sync_answered(reply, ok, err);
}

static enum ty_code
sync_ping(struct ty_queue_sync *queue, struct ty_err *err)
{
	struct ty_queue_args args;

	if (sync_connect(queue, err) != TY_OK)
		return err->code;
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "PING");
	return sync_command(queue, &args, err);
}

enum ty_code
ty_queue_sync_ping(struct ty_queue_sync *queue, struct ty_err *err)
{
	bool used_before = queue->redis != NULL;

	/* A connection that died while nobody used it says nothing of the server that is there now. */
	if (sync_ping(queue, err) == TY_OK)
		return TY_OK;
	if (!used_before)
		return err->code;
	ty_err_clear(err);
	return sync_ping(queue, err);
}

/* A key that is gone after a second. */
static enum ty_code
sync_write(struct ty_queue_sync *queue, struct ty_err *err)
{
	struct ty_queue_args args;
	char key[96];

	snprintf(key, sizeof(key), "%sprobe", queue->prefix);
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "SET");
	ty_queue_args_add_str(&args, key);
	ty_queue_args_add_str(&args, "1");
	ty_queue_args_add_str(&args, "PX");
	ty_queue_args_add_int(&args, PROBE_MS);
	return sync_command(queue, &args, err);
}

enum ty_code
ty_queue_sync_probe(struct ty_queue_sync *queue, struct ty_err *err)
{
	int64_t now_ms = ty_time_mono_ms();

	if (ty_queue_sync_ping(queue, err) != TY_OK)
		return err->code;
	if (queue->written_ms != 0 && now_ms - queue->written_ms < PROBE_MS)
		return TY_OK;
	queue->written_ms = 0;
	if (sync_write(queue, err) != TY_OK)
		return err->code;
	queue->written_ms = now_ms;
	return TY_OK;
}

enum ty_code
ty_queue_sync_admit(struct ty_queue_sync *queue, const struct ty_job *jobs, size_t count,
		    struct ty_admission *ret_admissions, struct ty_err *err)
{
	struct ty_queue_args args;
	redisReply *reply;
	bool ok;

	ty_queue_args_init(&args);
	ty_queue_put_jobs(&args, jobs, count);
	if (ty_queue_sync_call(queue, &ty_queue_script_admit, &args, &reply, err) != TY_OK)
		return err->code;
	ok = ty_queue_take_admissions(reply, ret_admissions, count);
	return ty_queue_sync_answered(reply, ok, err);
}

enum ty_code
ty_queue_sync_stop(struct ty_queue_sync *queue, const struct ty_id *run_id,
		   enum ty_queue_stopped *ret_stopped, struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t stopped;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, run_id->s);
	if (ty_queue_sync_call_ints(queue, &ty_queue_script_cancel, &args, &stopped, 0, err) !=
	    TY_OK)
		return err->code;
	*ret_stopped = stopped == 1   ? TY_QUEUE_TAKEN_OUT
		       : stopped == 2 ? TY_QUEUE_MARKED
				      : TY_QUEUE_UNKNOWN;
	return TY_OK;
}

enum ty_code
ty_queue_sync_cancel(struct ty_queue_sync *queue, const struct ty_id *run_id, bool *ret_found,
		     struct ty_err *err)
{
	enum ty_queue_stopped stopped;

	if (ty_queue_sync_stop(queue, run_id, &stopped, err) != TY_OK)
		return err->code;
	*ret_found = stopped != TY_QUEUE_UNKNOWN;
	return TY_OK;
}

enum ty_code
ty_queue_sync_known(struct ty_queue_sync *queue, const struct ty_id *run_ids, size_t count,
		    enum ty_known *ret_known, struct ty_err *err)
{
	int64_t *states = ty_queue_alloc((count + 1) * sizeof(*states));
	struct ty_queue_args args;
	enum ty_code code;

	ty_queue_args_init(&args);
	for (size_t i = 0; i < count; i++)
		ty_queue_args_add_str(&args, run_ids[i].s);
	code = ty_queue_sync_call_ints(queue, &ty_queue_script_known, &args, states, count, err);
	for (size_t i = 0; code == TY_OK && i < count; i++)
		ret_known[i] = (enum ty_known)states[i];
	free(states);
	return code;
}

enum ty_code
ty_queue_sync_reap(struct ty_queue_sync *queue, int64_t deliveries_max, size_t max,
		   struct ty_queue_reaped *ret_reaped, struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t n[4];

	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, deliveries_max);
	ty_queue_args_add_int(&args, (int64_t)max);
	if (ty_queue_sync_call_ints(queue, &ty_queue_script_reap, &args, n, 4, err) != TY_OK)
		return err->code;
	*ret_reaped = (struct ty_queue_reaped){ .returned = (size_t)n[0],
						.due = (size_t)n[1],
						.buried = (size_t)n[2],
						.memory_ms = n[3] };
	return TY_OK;
}

enum ty_code
ty_queue_sync_stats(struct ty_queue_sync *queue, struct ty_queue_stats *ret_stats,
		    struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t n[7];

	ty_queue_args_init(&args);
	if (ty_queue_sync_call_ints(queue, &ty_queue_script_stats, &args, n, 7, err) != TY_OK)
		return err->code;
	*ret_stats = (struct ty_queue_stats){ .ready = n[0],
					      .leased = n[1],
					      .delayed = n[2],
					      .waiting = n[3],
					      .dead = n[4],
					      .workspaces = n[5],
					      .damaged = n[6] };
	return TY_OK;
}

/* ---- dead letters ---- */

static bool
take_dead(const redisReply *reply, size_t i, struct ty_arena *arena, struct ty_dead *dead)
{
	size_t at = i * DEAD_WIDTH;
	const char *cell[DEAD_WIDTH];
	size_t len[DEAD_WIDTH];

	for (size_t k = 0; k < DEAD_WIDTH; k++) {
		cell[k] = ty_queue_take_text(reply, at + k, &len[k]);
		if (cell[k] == NULL)
			return false;
	}
	dead->reason = ty_arena_strndup(arena, cell[3], len[3]);
	dead->deliveries = strtoll(cell[4], NULL, 10);
	dead->buried_at_ms = strtoll(cell[5], NULL, 10);
	dead->payload = ty_arena_strndup(arena, cell[6], len[6]);
	dead->payload_len = len[6];
	return ty_id_parse(cell[0], &dead->run_id) && ty_id_parse(cell[1], &dead->workspace_id) &&
	       ty_id_parse(cell[2], &dead->workflow_id);
}

static enum ty_code
sync_dead(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max, bool only_new,
	  struct ty_dead **ret_dead, size_t *ret_count, struct ty_err *err)
{
	struct ty_queue_args args;
	struct ty_dead *dead;
	redisReply *reply;
	size_t count;
	bool ok = true;

	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, (int64_t)max);
	ty_queue_args_add_int(&args, only_new);
	if (ty_queue_sync_call(queue, &ty_queue_script_dead, &args, &reply, err) != TY_OK)
		return err->code;
	count = reply->elements / DEAD_WIDTH;
	dead = ty_arena_alloc_array(arena, count + 1, sizeof(*dead));
	for (size_t i = 0; ok && i < count; i++)
		ok = take_dead(reply, i, arena, &dead[i]);
	if (ty_queue_sync_answered(reply, ok, err) != TY_OK)
		return err->code;
	*ret_dead = dead;
	*ret_count = count;
	return TY_OK;
}

enum ty_code
ty_queue_sync_dead(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
		   struct ty_dead **ret_dead, size_t *ret_count, struct ty_err *err)
{
	return sync_dead(queue, arena, max, false, ret_dead, ret_count, err);
}

enum ty_code
ty_queue_sync_dead_new(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
		       struct ty_dead **ret_dead, size_t *ret_count, struct ty_err *err)
{
	return sync_dead(queue, arena, max, true, ret_dead, ret_count, err);
}

static enum ty_code
sync_dead_drop(struct ty_queue_sync *queue, const struct ty_id *run_id, bool only_recorded,
	       int64_t *ret_found, struct ty_err *err)
{
	struct ty_queue_args args;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, run_id->s);
	ty_queue_args_add_int(&args, only_recorded);
	return ty_queue_sync_call_ints(queue, &ty_queue_script_dead_drop, &args, ret_found, 0, err);
}

enum ty_code
ty_queue_sync_dead_recorded(struct ty_queue_sync *queue, const struct ty_id *run_id,
			    struct ty_err *err)
{
	int64_t found;

	return sync_dead_drop(queue, run_id, true, &found, err);
}

enum ty_code
ty_queue_sync_dead_drop(struct ty_queue_sync *queue, const struct ty_id *run_id, bool *ret_found,
			struct ty_err *err)
{
	int64_t found;

	if (sync_dead_drop(queue, run_id, false, &found, err) != TY_OK)
		return err->code;
	*ret_found = found != 0;
	return TY_OK;
}
