/*
 * condition.c -- a typed condition among a node's parameters: its sides become holes of their own,
 * and one more hole has the verdict, true or false, which is all that the node sees.
 *
 * A side that is a plain path, a formula or a constant is made in C.  A side that is a script is
 * asked for together with its JavaScript type; a date is read, and a regular expression run, by
 * $condition() in the sandbox, in the one request that has all scripts of the step.
 *
 *	$condition("side", (x))              a script's value
 *	$condition("date", (x))              the same, read as a date
 *	$condition("match", (x), (p), fold)  two values, and whether p matches x
 *
 * Memory: the plan's arena; verdicts are jansson's constants.
 */
#include "engine/condition.h"
#include "engine/private.h"

#include "expr/condition.h"
#include "expr/lower.h"

#include <string.h>

#define NO_HOLE SIZE_MAX

struct side {
	json_t *constant; /* NULL with no hole: it is undefined */
	size_t hole;
	const char *path;
	bool is_tagged; /* the hole's value is what $condition() gives */
};

struct test {
	struct ty_condition rule;
	struct side sides[2];
	size_t match; /* hole of the verdict on a regular expression, with both values */
};

struct condition {
	bool needs_all;
	size_t count;
	struct test *tests;
	const struct ty_lower *lower; /* NULL: case is looked at */
};

/* ---- compile ---- */

/* The source of a side while it is compiled. */
struct source {
	json_t *value;
	const struct ty_expr *expr; /* NULL: it is a constant */
	const char *path;
};

static enum ty_code
source_parse(struct compiler *c, const char *path, const json_t *value, struct source *ret)
{
	*ret = (struct source){ .value = (json_t *)value, .path = path };
	if (!ty_expr_is(value))
		return TY_OK;
	return template_expr_parse(c, path, json_string_value(value), &ret->expr);
}

/* JavaScript that gives the side's value, in parentheses. */
static const char *
source_script(struct compiler *c, const struct source *s)
{
	struct ty_arena *arena = template_arena(c);

	if (s->expr == NULL)
		return ty_arena_printf(arena, "(%s)",
				       s->value != NULL ? ty_json_dump(arena, s->value, NULL)
							: "undefined");
	return ty_arena_printf(arena, template_is_lenient(c) ? "$value((%s))" : "(%s)",
			       ty_expr_script(s->expr));
}

static const char *
source_shown(struct compiler *c, const struct source *s)
{
	return s->expr != NULL ? json_string_value(s->value) : source_script(c, s);
}

static bool
source_is_per_item(const struct source *s)
{
	return s->expr != NULL && template_is_per_item(json_string_value(s->value));
}

static size_t
script_hole(struct compiler *c, const struct source *s, const char *code)
{
	template_names(c, s->expr);
	return template_script(c, &(struct hole){
					  .code = code,
					  .shown = source_shown(c, s),
					  .path = s->path,
					  .per_item = source_is_per_item(s),
				  });
}

static struct side
side_compile(struct compiler *c, const struct source *s, enum ty_condition_type type)
{
	struct ty_arena *arena = template_arena(c);
	struct side side = { .path = s->path, .hole = NO_HOLE };
	bool is_date = type == TY_CONDITION_DATE_TIME &&
		       (s->expr != NULL || (s->value != NULL && !json_is_null(s->value)));

	if (!is_date && s->expr == NULL) {
		side.constant = s->value;
	} else if (!is_date && ty_expr_kind(s->expr) != TY_EXPR_SCRIPT) {
		side.hole = template_expr(c, s->path, json_string_value(s->value), s->expr);
	} else {
		side.is_tagged = true;
		side.hole = script_hole(c, s,
					ty_arena_printf(arena, "$condition(\"%s\",%s)",
							is_date ? "date" : "side",
							source_script(c, s)));
	}
	return side;
}

/* Compile one script for both values and the verdict. */
static void
match_compile(struct compiler *c, const char *where, const struct source sources[2],
	      struct test *test)
{
	struct ty_arena *arena = template_arena(c);
	struct source shown = sources[sources[0].expr == NULL];
	const char *code = ty_arena_printf(
		arena, "$condition(\"match\",%s,%s,%s)", source_script(c, &sources[0]),
		source_script(c, &sources[1]), test->rule.folds_case ? "true" : "false");

	/* Name the condition in errors, because the sandbox does not say which of two expressions threw. */
	if (sources[0].expr != NULL && sources[1].expr != NULL)
		shown.path = where;
	test->match = script_hole(c, &shown, code);
	template_names(c, sources[0].expr);
	template_names(c, sources[1].expr);
	if (source_is_per_item(&sources[0]) || source_is_per_item(&sources[1]))
		template_set_per_item(c, test->match);
	for (int i = 0; i < 2; i++)
		test->sides[i] = (struct side){ .path = sources[i].path,
						.hole = NO_HOLE,
						.constant = sources[i].value };
}

static enum ty_code
test_compile(struct compiler *c, const char *path, const json_t *value, size_t n, struct test *test)
{
	static const char *const names[] = { "leftValue", "rightValue" };
	struct ty_arena *arena = template_arena(c);
	struct source sources[2];
	int count;

	test->rule = ty_condition_at(value, n);
	test->match = NO_HOLE;
	count = test->rule.right == TY_CONDITION_NONE ? 1 : 2;
	test->sides[1] = (struct side){ .hole = NO_HOLE, .path = path };
	for (int i = 0; i < count; i++)
		if (source_parse(c,
				 ty_arena_printf(arena, "%s.conditions[%zu].%s", path, n, names[i]),
				 ty_condition_side(value, n, names[i]), &sources[i]) != TY_OK)
			return template_err(c)->code;
	if (test->rule.op->test == TY_CONDITION_MATCHES) {
		match_compile(c, ty_arena_printf(arena, "%s.conditions[%zu]", path, n), sources,
			      test);
		return TY_OK;
	}
	test->sides[0] = side_compile(c, &sources[0], test->rule.op->type);
	if (count == 2)
		test->sides[1] = side_compile(c, &sources[1], test->rule.right);
	return TY_OK;
}

/* The verdict differs between items where a side does. */
static bool
is_per_item(struct compiler *c, const struct condition *condition)
{
	bool per_item = false;

	for (size_t i = 0; i < condition->count; i++) {
		const struct test *test = &condition->tests[i];
		const size_t holes[] = { test->match, test->sides[0].hole, test->sides[1].hole };

		for (size_t h = 0; h < TY_ARRAY_COUNT(holes); h++)
			per_item = per_item ||
				   (holes[h] != NO_HOLE && template_hole(c, holes[h])->per_item);
	}
	return per_item;
}

enum ty_code
condition_compile(struct compiler *c, const char *path, const json_t *value, size_t *ret_hole)
{
	struct ty_arena *arena = template_arena(c);
	struct condition *condition = ty_arena_new_of(arena, struct condition);

	condition->needs_all = ty_condition_needs_all(value);
	condition->count = ty_condition_count(value);
	condition->tests = ty_arena_alloc_array(arena, condition->count, sizeof(*condition->tests));
	/* Options are those of all conditions. */
	if (condition->count > 0 && ty_condition_at(value, 0).folds_case)
		condition->lower = ty_lower_new(arena);
	for (size_t n = 0; n < condition->count; n++)
		if (test_compile(c, path, value, n, &condition->tests[n]) != TY_OK)
			return template_err(c)->code;
	*ret_hole = template_verdict(c, &(struct hole){ .condition = condition,
							.path = path,
							.per_item = is_per_item(c, condition) });
	return TY_OK;
}

/* ---- decide ---- */

/* Read what $condition() says of a value; false where it could not have said that. */
static bool
tag_read(struct ty_step *step, const json_t *tag, struct ty_condition_value *ret)
{
	const char *kind = json_string_value(json_array_get(tag, 0));
	const json_t *value = json_array_get(tag, 1);

	*ret = (struct ty_condition_value){ 0 };
	if (kind == NULL)
		return false;
	if (strcmp(kind, "undefined") == 0)
		return true;
	if (strcmp(kind, "json") == 0) {
		ret->json = value;
		return value != NULL;
	}
	if (strcmp(kind, "number") == 0 && json_is_string(value)) {
		ret->json = ty_expr_odd_number(step->arena, json_string_value(value));
		return ret->json != NULL;
	}
	ret->is_date = strcmp(kind, "date") == 0;
	ret->ms = json_number_value(value);
	ret->json = json_array_get(tag, 2);
	ret->has_no_keys = json_is_true(json_array_get(tag, 3));
	return ret->is_date && json_is_number(value) && json_is_string(ret->json);
}

static enum ty_code
side_value(struct ty_step *step, const struct side *side, json_t *const *values,
	   struct ty_condition_value *ret, struct ty_err *err)
{
	*ret = (struct ty_condition_value){ .json = side->hole != NO_HOLE ? values[side->hole]
									  : side->constant };
	if (side->is_tagged && !tag_read(step, values[side->hole], ret))
		return script_is_odd(err, "a condition's side");
	return TY_OK;
}

/* [left, right, true | false | "why the pattern is none"] */
static enum ty_code
match_value(struct ty_step *step, const json_t *answer, struct ty_condition_input *ret,
	    struct ty_err *err)
{
	const json_t *verdict = json_array_get(answer, 2);

	if (!tag_read(step, json_array_get(answer, 0), &ret->left) ||
	    !tag_read(step, json_array_get(answer, 1), &ret->right) ||
	    (!json_is_boolean(verdict) && !json_is_string(verdict)))
		return script_is_odd(err, "a condition's match");
	ret->matches = json_is_true(verdict);
	ret->fault = json_string_value(verdict);
	return TY_OK;
}

/* The error is about a side: its path, and its expression where it has one. */
static enum ty_code
test_failed(struct ty_step *step, const struct test *test, size_t n, enum ty_condition_fault fault,
	    struct ty_err *err)
{
	const struct side *side = &test->sides[fault == TY_CONDITION_FAULT_RIGHT];

	if (side->hole != NO_HOLE)
		step->blamed_hole = &step->plan->holes[side->hole];
	ty_err_wrap(err, "condition %zu", n);
	return ty_err_at(err, "%s", side->path);
}

static enum ty_code
test_holds(struct ty_step *step, const struct condition *condition, size_t n, json_t *const *values,
	   bool *ret_holds, struct ty_err *err)
{
	const struct test *test = &condition->tests[n];
	struct ty_condition_input input = { .lower = condition->lower };
	enum ty_condition_fault fault;
	enum ty_code rc;

	if (test->match != NO_HOLE)
		rc = match_value(step, values[test->match], &input, err);
	else if ((rc = side_value(step, &test->sides[0], values, &input.left, err)) == TY_OK)
		rc = side_value(step, &test->sides[1], values, &input.right, err);
	if (rc != TY_OK)
		return rc;
	if (ty_condition_holds(&test->rule, &input, ret_holds, &fault, err) != TY_OK)
		return test_failed(step, test, n, fault, err);
	return TY_OK;
}

enum ty_code
condition_value(struct ty_step *step, const struct hole *hole, json_t *const *values,
		json_t **ret_value, struct ty_err *err)
{
	const struct condition *condition = hole->condition;
	bool all = condition->needs_all, is_true = all;

	/* Stop at the condition that decides, because one that is not looked at cannot fail. */
	for (size_t n = 0; n < condition->count && is_true == all; n++)
		if (test_holds(step, condition, n, values, &is_true, err) != TY_OK)
			return err->code;
	*ret_value = json_boolean(is_true);
	return TY_OK;
}
