/*
 * message.c -- see message.h.
 */
#include "queue/message.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADMISSION_WIDTH 3
/* Text of the limits of one workspace: a dozen of them. */
#define LIMITS_MAX  1024
#define LEASE_WIDTH 7

const char *
ty_verdict_name(enum ty_verdict verdict)
{
	static const char *const names[] = {
		[TY_VERDICT_ADMITTED] = "admitted", [TY_VERDICT_DUPLICATE] = "duplicate",
		[TY_VERDICT_RATE] = "rate",	    [TY_VERDICT_QUOTA] = "quota",
		[TY_VERDICT_DEPTH] = "depth",
	};

	TY_ASSERT((size_t)verdict < TY_ARRAY_COUNT(names));
	return names[verdict];
}

/* JSON of those that admission judges by, say {"concurrent_max":100,"depth_max":100000}. */
static void
put_limits(struct ty_queue_args *args, const struct ty_limits *limits)
{
	char text[LIMITS_MAX] = "{";
	size_t len = 1;

	for (const struct ty_limit *limit = ty_limit_table; limit->name != NULL; limit++) {
		if (limit->use != TY_LIMIT_USE_ADMIT)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"%s\":%" PRId64,
					len > 1 ? "," : "", limit->name,
					ty_limit_get(limits, limit));
		TY_ASSERT(len + 2 < sizeof(text));
	}
	text[len++] = '}';
	ty_queue_args_add(args, text, len);
}

/* Number the workspaces of the jobs; the same one with other limits counts again.  Gives their number. */
static size_t
find_workspaces(const struct ty_job *jobs, size_t count, size_t *ret_of, size_t *ret_first)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		size_t w = found;

		while (w > 0 &&
		       !(ty_id_eq(&jobs[ret_first[w - 1]].workspace_id, &jobs[i].workspace_id) &&
			 ty_limits_eq(&jobs[ret_first[w - 1]].limits, &jobs[i].limits)))
			w--;
		if (w == 0) {
			ret_first[found++] = i;
			w = found;
		}
		ret_of[i] = w;
	}
	return found;
}

static void
put_job(struct ty_queue_args *args, const struct ty_job *job, size_t workspace)
{
	const char *payload = job->payload != NULL ? job->payload : "";
	size_t len = job->payload != NULL ? job->payload_len : 0;

	TY_ASSERT(len + job->body_len > 0 || job->owed_receipt != NULL);
	ty_queue_args_add_str(args, job->run_id.s);
	ty_queue_args_add_int(args, (int64_t)workspace);
	ty_queue_args_add_str(args, job->workflow_id.s);
	ty_queue_args_add_int(args, job->workflow_max > 0 ? job->workflow_max : 0);
	ty_queue_args_add_str(args, job->delivery_key);
	ty_queue_args_add_int(args, job->again ? 1 : job->called ? 2 : 0);
	ty_queue_args_lend(args, payload, len, job->body, job->body_len, job->body_at);
	ty_queue_args_add_str(args, job->owed_receipt);
	ty_queue_args_add_str(args, job->replaces.s);
}

void
ty_queue_put_jobs(struct ty_queue_args *args, const struct ty_job *jobs, size_t count)
{
	size_t *of = ty_queue_alloc((count + 1) * sizeof(*of));
	size_t *first = ty_queue_alloc((count + 1) * sizeof(*first));
	size_t found = find_workspaces(jobs, count, of, first);

	ty_queue_args_add_int(args, TY_LIMIT_DEDUPE_S);
	ty_queue_args_add_int(args, (int64_t)found);
	for (size_t w = 0; w < found; w++) {
		ty_queue_args_add_str(args, jobs[first[w]].workspace_id.s);
		put_limits(args, &jobs[first[w]].limits);
	}
	for (size_t i = 0; i < count; i++)
		put_job(args, &jobs[i], of[i]);
	free(of);
	free(first);
}

void
ty_queue_put_holds(struct ty_queue_args *args, const struct ty_hold *holds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ty_queue_args_add_str(args, holds[i].run_id.s);
		ty_queue_args_add_int(args, holds[i].token);
	}
}

void
ty_queue_put_hold(struct ty_queue_args *args, const struct ty_hold *hold)
{
	ty_queue_put_holds(args, hold, 1);
	ty_queue_args_add_str(args, hold->workspace_id.s);
	ty_queue_args_add_str(args, hold->workflow_id.s);
	ty_queue_args_add_int(args, hold->deliveries);
	ty_queue_args_add(args, hold->payload, hold->payload_len);
}

static bool
is_array(const redisReply *reply, size_t width, size_t count)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == width * count;
}

const char *
ty_queue_take_text(const redisReply *reply, size_t i, size_t *ret_len)
{
	const redisReply *cell;

	if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements)
		return NULL;
	cell = reply->element[i];
	if (cell->type != REDIS_REPLY_STRING)
		return NULL;
	if (ret_len != NULL)
		*ret_len = cell->len;
	return cell->str;
}

const char *
ty_queue_take_copy(const redisReply *reply, size_t i, struct ty_arena *arena)
{
	size_t len;
	const char *text = ty_queue_take_text(reply, i, &len);

	return text != NULL ? ty_arena_strndup(arena, text, len) : NULL;
}

bool
ty_queue_take_int(const redisReply *reply, size_t i, int64_t *ret_n)
{
	const redisReply *cell = reply->element[i];

	if (cell->type == REDIS_REPLY_STRING)
		return ty_str_parse_i64(cell->str, INT64_MIN, INT64_MAX, ret_n);
	*ret_n = cell->integer;
	return cell->type == REDIS_REPLY_INTEGER;
}

static bool
take_id(const redisReply *reply, size_t i, struct ty_id *ret_id)
{
	const char *text = ty_queue_take_text(reply, i, NULL);

	return text != NULL && ty_id_parse(text, ret_id);
}

bool
ty_queue_take_admissions(const redisReply *reply, struct ty_admission *ret_admissions, size_t count)
{
	if (!is_array(reply, ADMISSION_WIDTH, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct ty_admission *a = &ret_admissions[i];
		int64_t verdict;

		if (!ty_queue_take_int(reply, i * ADMISSION_WIDTH, &verdict) || verdict < 0 ||
		    verdict >= TY_VERDICT__COUNT ||
		    !take_id(reply, i * ADMISSION_WIDTH + 1, &a->run_id) ||
		    !ty_queue_take_int(reply, i * ADMISSION_WIDTH + 2, &a->retry_after_ms))
			return false;
		a->verdict = (enum ty_verdict)verdict;
	}
	return true;
}

size_t
ty_queue_lease_count(const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements % LEASE_WIDTH != 0)
		return SIZE_MAX;
	return reply->elements / LEASE_WIDTH;
}

bool
ty_queue_take_lease(const redisReply *reply, size_t i, struct ty_lease *ret_lease)
{
	size_t at = i * LEASE_WIDTH;
	int64_t again;

	ret_lease->payload = ty_queue_take_text(reply, at + 6, &ret_lease->payload_len);
	if (!take_id(reply, at, &ret_lease->run_id) ||
	    !take_id(reply, at + 1, &ret_lease->workspace_id) ||
	    !take_id(reply, at + 2, &ret_lease->workflow_id) ||
	    !ty_queue_take_int(reply, at + 3, &ret_lease->token) ||
	    !ty_queue_take_int(reply, at + 4, &ret_lease->deliveries) ||
	    !ty_queue_take_int(reply, at + 5, &again) || ret_lease->payload == NULL)
		return false;
	ret_lease->again = again != 0;
	return true;
}

bool
ty_queue_take_ints(const redisReply *reply, int64_t *ret_ints, size_t count)
{
	if (!is_array(reply, 1, count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!ty_queue_take_int(reply, i, &ret_ints[i]))
			return false;
	return true;
}

const struct ty_err *
ty_queue_reply_err(const struct ty_err *err, bool ok, struct ty_err *room)
{
	if (err != NULL || ok)
		return err;
	ty_err_set(room, TY_E_UNAVAILABLE, "Redis gave an answer that is not the queue's");
	return room;
}
