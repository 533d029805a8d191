/*
 * queue.c -- the lane for event loops: see queue.h.
 *
 * Two connections: one for the scripts, one that blocks on the wake list.
 *
 * Waking.  The wake connection waits for a token only while this process is hungry: at the
 * start, and after a lease that gave less than was asked.  A full worker takes no tokens, so
 * those of a burst go to the idle ones; each lease leaves a token behind where more is ready.
 * The wait ends every WAKE_S anyway, so that a token lost with a dying worker costs that long.
 */
#include "queue/queue.h"

#include "base/limits.h"
#include "queue/conn.h"
#include "queue/message.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A script answers in milliseconds; one that does not in this time comes from a server that hangs. */
#define STALL_MS 4000
#define WAKE_S	 5

struct ty_queue {
	struct ty_queue_conn *conn;
	struct ty_queue_conn *wake_conn; /* NULL: does not lease */
	char prefix[80];
	int64_t lease_ms;
	bool hungry;  /* wants a wake-up */
	bool waiting; /* the wake connection has a call outstanding */
	bool closing;
	size_t ops; /* calls whose answer is outstanding: the memory stays */
	ty_queue_state_fn on_state;
	ty_queue_wake_fn on_wake;
	void *ctx;
};

/* A call on its way. */
struct op {
	struct ty_queue *queue;
	union {
		ty_queue_admit_fn admit;
		ty_queue_lease_fn lease;
		ty_queue_extend_fn extend;
		ty_queue_done_fn done;
	} fn;
	void *ctx;
	size_t count;	       /* jobs, holds or the most leases */
	struct ty_hold *holds; /* extend: our copy, payloads too */
	bool *lost;	       /* extend */
};

static void queue_wait_for_wake(struct ty_queue *queue);

static struct op *
op_new(struct ty_queue *queue, size_t count, void *ctx)
{
	struct op *op = ty_queue_alloc(sizeof(*op));

	op->queue = queue;
	op->count = count;
	op->ctx = ctx;
	queue->ops++;
	return op;
}

static void
queue_unref(struct ty_queue *queue)
{
	if (queue->closing && queue->ops == 0)
		free(queue);
}

static void
op_free(struct op *op)
{
	struct ty_queue *queue = op->queue;

	if (op->holds != NULL)
		for (size_t i = 0; i < op->count; i++)
			free((char *)op->holds[i].payload);
	free(op->holds);
	free(op->lost);
	free(op);
	queue->ops--;
	queue_unref(queue);
}

/* ---- connection and wake-ups ---- */

struct ty_queue_conn *
ty_queue_conn_of(const struct ty_queue *queue, const char **ret_prefix)
{
	*ret_prefix = queue->prefix;
	return queue->conn;
}

static void
queue_on_state(void *ctx, const char *away)
{
	struct ty_queue *queue = ctx;

	if (queue->on_state != NULL)
		queue->on_state(queue->ctx, away);
}

static void
queue_on_wake_state(void *ctx, const char *away)
{
	struct ty_queue *queue = ctx;

	/* Ask at once, because jobs that became ready before we listened gave their tokens to others. */
	if (away == NULL) {
		queue->hungry = true;
		queue->on_wake(queue->ctx);
		if (!queue->closing)
			queue_wait_for_wake(queue);
	}
}

static void
queue_on_token(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct ty_queue *queue = ctx;

	queue->waiting = false;
	if (err == NULL && !queue->closing) { /* a token, or the end of the wait */
		queue->on_wake(queue->ctx);
		/* The lease that follows makes us hungry again; no lease, no tokens. */
		queue->hungry = false;
	}
	queue->ops--;
	queue_unref(queue);
}

static void
queue_wait_for_wake(struct ty_queue *queue)
{
	struct ty_queue_args args;
	char key[sizeof(queue->prefix) + 8];

	if (queue->wake_conn == NULL || queue->waiting || !queue->hungry ||
	    !ty_queue_conn_is_up(queue->wake_conn))
		return;
	queue->waiting = true;
	queue->ops++;
	snprintf(key, sizeof(key), "%swake", queue->prefix);
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "BLPOP");
	ty_queue_args_add_str(&args, key);
	ty_queue_args_add_int(&args, WAKE_S);
	ty_queue_conn_call(queue->wake_conn, NULL, &args, queue_on_token, queue);
}

struct ty_queue *
ty_queue_new(uv_loop_t *loop, const char *redis_url, const char *lane, int64_t lease_ms,
	     ty_queue_state_fn state, ty_queue_wake_fn wake, void *ctx)
{
	struct ty_queue *queue = ty_queue_alloc(sizeof(*queue));

	ty_queue_ignore_sigpipe();
	snprintf(queue->prefix, sizeof(queue->prefix), "{%s}:", lane);
	queue->lease_ms = lease_ms;
	queue->on_state = state;
	queue->on_wake = wake;
	queue->ctx = ctx;
	queue->conn =
		ty_queue_conn_new(loop, redis_url, queue->prefix, STALL_MS, queue_on_state, queue);
	if (wake != NULL)
		queue->wake_conn =
			ty_queue_conn_new(loop, redis_url, queue->prefix, WAKE_S * 1000 + STALL_MS,
					  queue_on_wake_state, queue);
	return queue;
}

void
ty_queue_free(struct ty_queue *queue)
{
	if (queue == NULL)
		return;
	queue->on_state = NULL;
	queue->ops++; /* the memory outlives the callbacks that follow */
	queue->closing = true;
	ty_queue_conn_free(queue->conn);
	ty_queue_conn_free(queue->wake_conn);
	queue->ops--;
	queue_unref(queue);
}

bool
ty_queue_is_up(const struct ty_queue *queue)
{
	return ty_queue_conn_is_up(queue->conn);
}

/* ---- admit and lease ---- */

static void
op_on_admitted(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct op *op = ctx;
	struct ty_admission *admissions = ty_queue_alloc((op->count + 1) * sizeof(*admissions));
	struct ty_err room;

	err = ty_queue_reply_err(
		err, reply != NULL && ty_queue_take_admissions(reply, admissions, op->count),
		&room);
	op->fn.admit(op->ctx, err == NULL ? admissions : NULL, err == NULL ? op->count : 0, err);
	free(admissions);
	op_free(op);
}

void
ty_queue_admit(struct ty_queue *queue, const struct ty_job *jobs, size_t count,
	       ty_queue_admit_fn fn, void *ctx)
{
	struct op *op = op_new(queue, count, ctx);
	struct ty_queue_args args;

	op->fn.admit = fn;
	ty_queue_args_init(&args);
	ty_queue_put_jobs(&args, jobs, count);
	ty_queue_conn_call(queue->conn, &ty_queue_script_admit, &args, op_on_admitted, op);
}

static bool
take_leases(const redisReply *reply, struct ty_lease **ret_leases, size_t *ret_count)
{
	size_t count = ty_queue_lease_count(reply), readable = 0;

	if (count == SIZE_MAX)
		return false;
	*ret_leases = ty_queue_alloc((count + 1) * sizeof(**ret_leases));
	/* A job that is damaged in a way no script sees is nobody's: its lease runs out, and check.lua drops it. */
	for (size_t i = 0; i < count; i++)
		readable += ty_queue_take_lease(reply, i, &(*ret_leases)[readable]);
	*ret_count = readable;
	return true;
}

static void
op_on_leased(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct op *op = ctx;
	struct ty_queue *queue = op->queue;
	struct ty_lease *leases = NULL;
	struct ty_err room;
	size_t count = 0;

	err = ty_queue_reply_err(err, reply != NULL && take_leases(reply, &leases, &count), &room);
	/* Hungry also after a failure, because the caller then needs a wake-up when Redis is back. */
	if (err != NULL || count < op->count)
		queue->hungry = true;
	op->fn.lease(op->ctx, err == NULL ? leases : NULL, count, err);
	if (!queue->closing)
		queue_wait_for_wake(queue);
	free(leases);
	op_free(op);
}

void
ty_queue_lease(struct ty_queue *queue, size_t max, ty_queue_lease_fn fn, void *ctx)
{
	struct op *op = op_new(queue, max, ctx);
	struct ty_queue_args args;

	op->fn.lease = fn;
	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, (int64_t)max);
	ty_queue_args_add_int(&args, queue->lease_ms);
	ty_queue_conn_call(queue->conn, &ty_queue_script_lease, &args, op_on_leased, op);
}

/* ---- extend, and what follows where Redis lost its memory ---- */

static void
op_copy_holds(struct op *op, const struct ty_hold *holds)
{
	op->holds = ty_queue_alloc((op->count + 1) * sizeof(*op->holds));
	op->lost = ty_queue_alloc((op->count + 1) * sizeof(*op->lost));
	for (size_t i = 0; i < op->count; i++) {
		char *payload = ty_queue_alloc(holds[i].payload_len + 1);

		if (holds[i].payload_len > 0)
			memcpy(payload, holds[i].payload, holds[i].payload_len);
		op->holds[i] = holds[i];
		op->holds[i].payload = payload;
	}
}

static void
op_extend_answer(struct op *op, const struct ty_err *err)
{
	op->fn.extend(op->ctx, err == NULL ? op->lost : NULL, err == NULL ? op->count : 0, err);
	op_free(op);
}

/* holds[0 .. restored) are those that were sent; token 0 marks the others. */
static void
op_on_restored(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct op *op = ctx;
	int64_t *states = ty_queue_alloc((op->count + 1) * sizeof(*states));
	struct ty_err room;
	size_t at = 0;

	for (size_t i = 0; i < op->count; i++)
		at += op->holds[i].token != 0;
	err = ty_queue_reply_err(err, reply != NULL && ty_queue_take_ints(reply, states, at),
				 &room);
	at = 0;
	for (size_t i = 0; err == NULL && i < op->count; i++)
		if (op->holds[i].token != 0)
			op->lost[i] = states[at++] != 0;
	free(states);
	op_extend_answer(op, err);
}

static void
op_restore(struct op *op, const int64_t *states)
{
	struct ty_queue_args args;

	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, op->queue->lease_ms);
	ty_queue_args_add_int(&args, TY_LIMIT_WORKSPACE_CONCURRENCY);
	for (size_t i = 0; i < op->count; i++) {
		if (states[i] == 2)
			ty_queue_put_hold(&args, &op->holds[i]);
		else
			op->holds[i].token = 0;
	}
	ty_queue_conn_call(op->queue->conn, &ty_queue_script_restore, &args, op_on_restored, op);
}

static void
op_on_extended(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct op *op = ctx;
	int64_t *states = ty_queue_alloc((op->count + 1) * sizeof(*states));
	bool forgotten = false;
	struct ty_err room;

	err = ty_queue_reply_err(err, reply != NULL && ty_queue_take_ints(reply, states, op->count),
				 &room);
	for (size_t i = 0; err == NULL && i < op->count; i++) {
		op->lost[i] = states[i] == 1;
		forgotten |= states[i] == 2;
	}
	if (forgotten && !op->queue->closing)
		op_restore(op, states);
	else
		op_extend_answer(op, err);
	free(states);
}

void
ty_queue_extend(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
		ty_queue_extend_fn fn, void *ctx)
{
	struct op *op = op_new(queue, count, ctx);
	struct ty_queue_args args;

	op->fn.extend = fn;
	op_copy_holds(op, holds);
	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, queue->lease_ms);
	ty_queue_put_holds(&args, holds, count);
	ty_queue_conn_call(queue->conn, &ty_queue_script_extend, &args, op_on_extended, op);
}

static void
op_on_canceled(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct op *op = ctx;
	int64_t *marks = ty_queue_alloc((op->count + 1) * sizeof(*marks));
	struct ty_err room;

	op->lost = ty_queue_alloc((op->count + 1) * sizeof(*op->lost));
	err = ty_queue_reply_err(err, reply != NULL && ty_queue_take_ints(reply, marks, op->count),
				 &room);
	for (size_t i = 0; err == NULL && i < op->count; i++)
		op->lost[i] = marks[i] != 0;
	free(marks);
	op_extend_answer(op, err);
}

static void
queue_ask_canceled(struct ty_queue *queue, const struct ty_queue_script *script,
		   const struct ty_hold *holds, size_t count, ty_queue_extend_fn fn, void *ctx)
{
	struct op *op = op_new(queue, count, ctx);
	struct ty_queue_args args;

	op->fn.extend = fn;
	ty_queue_args_init(&args);
	ty_queue_put_holds(&args, holds, count);
	ty_queue_conn_call(queue->conn, script, &args, op_on_canceled, op);
}

void
ty_queue_canceled(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
		  ty_queue_extend_fn fn, void *ctx)
{
	queue_ask_canceled(queue, &ty_queue_script_canceled, holds, count, fn, ctx);
}

void
ty_queue_park(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
	      ty_queue_extend_fn fn, void *ctx)
{
	queue_ask_canceled(queue, &ty_queue_script_park, holds, count, fn, ctx);
}

/* ---- the ends of a lease ---- */

/* An operation that is answered with no more than success; its arguments begin with 'holds'. */
static struct op *
op_new_end(struct ty_queue *queue, const struct ty_hold *holds, size_t count, ty_queue_done_fn fn,
	   void *ctx, struct ty_queue_args *args)
{
	struct op *op = op_new(queue, count, ctx);

	op->fn.done = fn;
	ty_queue_args_init(args);
	ty_queue_put_holds(args, holds, count);
	return op;
}

static void
op_on_released(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct op *op = ctx;

	op->fn.done(op->ctx, err);
	op_free(op);
}

void
ty_queue_release(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
		 ty_queue_done_fn fn, void *ctx)
{
	struct ty_queue_args args;
	struct op *op = op_new_end(queue, holds, count, fn, ctx, &args);

	ty_queue_conn_call(queue->conn, &ty_queue_script_release, &args, op_on_released, op);
}

static void
op_on_moved(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct op *op = ctx;
	struct ty_err room;

	if (err == NULL && reply->integer != 1) {
		ty_err_set(&room, TY_E_CONFLICT, "The lease was lost: the job is another worker's");
		err = &room;
	}
	op->fn.done(op->ctx, err);
	op_free(op);
}

void
ty_queue_retry(struct ty_queue *queue, const struct ty_hold *hold, int64_t delay_ms, bool uncounted,
	       ty_queue_done_fn fn, void *ctx)
{
	struct ty_queue_args args;
	struct op *op = op_new_end(queue, hold, 1, fn, ctx, &args);

	ty_queue_args_add_int(&args, delay_ms);
	ty_queue_args_add_int(&args, uncounted);
	ty_queue_conn_call(queue->conn, &ty_queue_script_retry, &args, op_on_moved, op);
}

void
ty_queue_wait(struct ty_queue *queue, const struct ty_hold *hold, int64_t at_ms,
	      ty_queue_done_fn fn, void *ctx)
{
	struct ty_queue_args args;
	struct op *op = op_new_end(queue, hold, 1, fn, ctx, &args);

	ty_queue_args_add_int(&args, at_ms);
	ty_queue_conn_call(queue->conn, &ty_queue_script_wait, &args, op_on_moved, op);
}

void
ty_queue_bury(struct ty_queue *queue, const struct ty_hold *hold, const char *reason,
	      ty_queue_done_fn fn, void *ctx)
{
	struct ty_queue_args args;
	struct op *op = op_new_end(queue, hold, 1, fn, ctx, &args);

	ty_queue_args_add_str(&args, reason);
	ty_queue_conn_call(queue->conn, &ty_queue_script_bury, &args, op_on_moved, op);
}
