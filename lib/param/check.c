/*
 * check.c -- what can be said of raw parameters before anything runs.
 */
#include "param/condition.h"
#include "param/internal.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct check {
	ty_param_finding_fn found;
	void *ctx;
	size_t count;
};

static void
check_report(struct check *c, const char *path, const struct ty_param_problem *problem)
{
	c->count++;
	if (c->found != NULL)
		c->found(c->ctx, path, problem->msg, problem->hint);
}

static void
check_unknown(struct check *c, const struct ty_param *table, const char *name, const char *path)
{
	struct ty_param_problem problem;
	const char *nearest = NULL;
	size_t best = TY_STR_SLIPS_MAX + 1;

	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++) {
		size_t distance = ty_str_distance(name, row->name);

		if (distance < best) {
			best = distance;
			nearest = row->name;
		}
	}
	snprintf(problem.msg, sizeof(problem.msg), "there is no parameter \"%.80s\" here", name);
	if (nearest != NULL)
		snprintf(problem.hint, sizeof(problem.hint), "Did you mean \"%.80s\"?", nearest);
	else
		snprintf(problem.hint, sizeof(problem.hint), "Remove it");
	check_report(c, path, &problem);
}

static void check_table(struct check *c, const struct ty_param *table, const json_t *values,
			const char *prefix);

static void
check_list(struct check *c, const struct ty_param *row, const json_t *value, const char *path)
{
	struct ty_param_problem problem;
	char at[TY_PARAM_PATH_SIZE];
	const json_t *entry;
	size_t i;

	if (!ty_param_check_list(row, value, &problem))
		check_report(c, path, &problem);
	json_array_foreach((json_t *)value, i, entry)
	{
		ty_param_path_at(at, path, i);
		if (json_is_object(entry)) {
			check_table(c, row->fields, entry, at);
			continue;
		}
		ty_param_expect(row, entry, &problem, "Give an object, as in {\"name\": 1}",
				"an object as entry %zu", i);
		check_report(c, at, &problem);
	}
}

/* An expression where none is taken would silently be used as plain text. */
static bool
check_is_stray_expr(const struct ty_param *row, const json_t *value)
{
	return !(row->flags & TY_PARAM_EXPR) && row->type != TY_PARAM_CODE &&
	       row->type != TY_PARAM_JSON && json_is_string(value) &&
	       ty_str_has_prefix(json_string_value(value), "={{");
}

static void
check_value(struct check *c, const struct ty_param *row, const json_t *value, const char *path)
{
	struct ty_param_problem problem;
	union ty_param_value unused;

	if (ty_param_is_expr(row, value))
		return;
	if (check_is_stray_expr(row, value)) {
		ty_param_expect(row, value, &problem, "Write the value itself",
				"a fixed value, not an expression,");
		check_report(c, path, &problem);
	} else if (row->type == TY_PARAM_LIST) {
		check_list(c, row, value, path);
	} else if (row->type == TY_PARAM_CONDITION && json_is_object(value)) {
		c->count += ty_condition_check(value, path, c->found, c->ctx);
	} else if (!ty_param_convert(row, value, NULL, &unused, &problem)) {
		check_report(c, path, &problem);
	}
}

static void
check_row(struct check *c, const struct ty_param *table, const struct ty_param *row,
	  const json_t *values, const char *prefix)
{
	enum ty_param_shown shown = ty_param_shown(table, row, values, false);
	const json_t *value = json_object_get(values, row->name);
	struct ty_param_problem problem;
	char path[TY_PARAM_PATH_SIZE];

	if (shown == TY_PARAM_HIDDEN)
		return;
	ty_param_path(path, prefix, row->name);
	if (!ty_param_is_absent(row, value)) {
		check_value(c, row, value, path);
	} else if (shown == TY_PARAM_SHOWN && (row->flags & TY_PARAM_REQUIRED) &&
		   row->def == NULL) {
		ty_param_missing(row, &problem);
		check_report(c, path, &problem);
	}
}

static void
check_table(struct check *c, const struct ty_param *table, const json_t *values, const char *prefix)
{
	char path[TY_PARAM_PATH_SIZE];
	const char *name;
	json_t *unused;

	json_object_foreach((json_t *)values, name, unused)
	{
		if (ty_param_find(table, name, strlen(name)) != NULL)
			continue;
		ty_param_path(path, prefix, name);
		check_unknown(c, table, name, path);
	}
	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++)
		check_row(c, table, row, values, prefix);
}

size_t
ty_param_check_at(const struct ty_param *table, const json_t *values, const char *prefix,
		  ty_param_finding_fn found, void *ctx)
{
	struct check c = { .found = found, .ctx = ctx };

	check_table(&c, table, values, prefix);
	return c.count;
}

size_t
ty_param_check(const struct ty_param *table, const json_t *values, ty_param_finding_fn found,
	       void *ctx)
{
	struct check c = { .found = found, .ctx = ctx };

	if (values != NULL && !json_is_object(values)) {
		struct ty_param_problem problem = {
			.msg = "the parameters are not an object",
			.hint = "Give an object, as in {\"name\": \"value\"}",
		};

		check_report(&c, "", &problem);
		return c.count;
	}
	check_table(&c, table, values, "");
	return c.count;
}
