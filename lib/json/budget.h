/*
 * budget.h -- how many values the trees of a process may hold at a time.
 *
 * Memory belongs to the process, so its budget does too: whoever makes a tree of a text from
 * outside on one of many threads asks here first.  Of no use to a program with one thread,
 * which must not block.
 */
#ifndef TY_JSON_BUDGET_H
#define TY_JSON_BUDGET_H

#include "base/defs.h"

/*
 * Take 'values' until 'arena' is cleared; waits up to 'timeout_ms' for others to give back theirs.
 * More than TY_LIMIT_JSON_PROCESS_VALUES count as that.  Errors: TY_E_UNAVAILABLE.
 */
enum ty_code ty_json_budget_take(struct ty_arena *arena, size_t values, int64_t timeout_ms,
				 struct ty_err *err) TY_MUST_CHECK;

/* Refuse more values than 'max' before a tree is made of them.  Errors: TY_E_LIMIT, with their number. */
enum ty_code ty_json_values_check(size_t values, size_t max, struct ty_err *err) TY_MUST_CHECK;

/* ty_json_budget_take() for a tree of 'values'; takes nothing for few.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_json_budget_tree(struct ty_arena *arena, size_t values,
				 struct ty_err *err) TY_MUST_CHECK;

/* Check the values of a text against TY_LIMIT_JSON_VALUES and take the budget of its tree; a short text
 * is not counted. */
enum ty_code ty_json_budget_text(struct ty_arena *arena, const char *data, size_t len,
				 struct ty_err *err) TY_MUST_CHECK;

/* Values taken now, for tests. */
size_t ty_json_budget_taken(void);

#endif
