/*
 * budget.c -- the budget of values of the process; see budget.h.
 */
#include "json/budget.h"

#include "base/budget.h"
#include "base/err.h"
#include "base/limits.h"
#include "json/json.h"

/* A tree this small takes a few hundred KB at most; a text cannot hold more values than it has bytes. */
#define VALUES_FREE 1000

static struct ty_budget values_of_process =
	TY_BUDGET_INIT(TY_LIMIT_JSON_PROCESS_VALUES, TY_LIMIT_JSON_WAIT_MS);

enum ty_code
ty_json_budget_take(struct ty_arena *arena, size_t values, int64_t timeout_ms, struct ty_err *err)
{
	if (ty_budget_take(&values_of_process, arena, values, timeout_ms))
		return TY_OK;
	ty_err_set(err, TY_E_UNAVAILABLE,
		   "Too many large JSON texts are being read at this moment");
	return ty_err_hint(err, "Send it again later.");
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
	return ty_json_budget_take(arena, values, values_of_process.wait_ms, err);
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
	return ty_budget_taken(&values_of_process);
}
