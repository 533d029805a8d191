/*
 * budget.c -- a counting semaphore over values; see budget.h.
 */
#include "json/budget.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "json/json.h"

#include <pthread.h>
#include <time.h>

/* A tree this small takes a few hundred KB at most; a text cannot hold more values than it has bytes. */
#define VALUES_FREE 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given_back = PTHREAD_COND_INITIALIZER;
static size_t taken;

static void
give_back(void *ptr)
{
	const size_t *values = ptr;

	pthread_mutex_lock(&lock);
	taken -= *values;
	pthread_cond_broadcast(&given_back);
	pthread_mutex_unlock(&lock);
}

static bool
take(size_t values, int64_t timeout_ms)
{
	struct timespec until;
	bool ok = true;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&lock);
	while (ok && taken + values > TY_LIMIT_JSON_PROCESS_VALUES)
		ok = pthread_cond_timedwait(&given_back, &lock, &until) == 0;
	if (ok)
		taken += values;
	pthread_mutex_unlock(&lock);
	return ok;
}

enum ty_code
ty_json_budget_take(struct ty_arena *arena, size_t values, int64_t timeout_ms, struct ty_err *err)
{
	size_t *kept = ty_arena_alloc(arena, sizeof(*kept));

	*kept = values < TY_LIMIT_JSON_PROCESS_VALUES ? values : TY_LIMIT_JSON_PROCESS_VALUES;
	if (!take(*kept, timeout_ms)) {
		ty_err_set(err, TY_E_UNAVAILABLE,
			   "Too many large JSON texts are being read at this moment");
		return ty_err_hint(err, "Send it again later.");
	}
	ty_arena_defer(arena, give_back, kept);
	return TY_OK;
}

enum ty_code
ty_json_values_check(size_t values, size_t max, struct ty_err *err)
{
	if (values <= max)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "It holds %zu values; %zu may come at a time", values, max);
	err->retryable = false;
	return ty_err_hint(err, "Send them in parts, or as text that is not read.");
}

enum ty_code
ty_json_budget_tree(struct ty_arena *arena, size_t values, struct ty_err *err)
{
	if (values < VALUES_FREE)
		return TY_OK;
	return ty_json_budget_take(arena, values, TY_LIMIT_JSON_WAIT_MS, err);
}

enum ty_code
ty_json_budget_text(struct ty_arena *arena, const char *data, size_t len, struct ty_err *err)
{
	size_t values;

	if (len < VALUES_FREE)
		return TY_OK;
	values = ty_json_count(data, len);
	if (ty_json_values_check(values, TY_LIMIT_JSON_VALUES, err) != TY_OK)
		return err->code;
	return ty_json_budget_tree(arena, values, err);
}

size_t
ty_json_budget_taken(void)
{
	size_t values;

	pthread_mutex_lock(&lock);
	values = taken;
	pthread_mutex_unlock(&lock);
	return values;
}
