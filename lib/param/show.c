/*
 * show.c -- show_when: whether a row counts, going by its siblings.
 *
 * "method=POST,PUT;mode=raw": every condition must hold.  A sibling that is hidden
 * itself fails the condition; one without a value counts with its default.  "mode!=raw,none" holds
 * for every value but those; not where there is no value.
 */
#include "param/internal.h"
#include "param/text.h"

#include <stdio.h>
#include <string.h>

/* Chains of conditions in one table: far more than any form has; ends a cycle. */
#define SHOW_DEPTH_MAX 8

const struct ty_param *
ty_param_find(const struct ty_param *table, const char *name, size_t len)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strncmp(table->name, name, len) == 0 && table->name[len] == '\0')
			return table;
	return NULL;
}

/* Is 'text' one of the comma-separated values in [list, end)? */
static bool
show_is_listed(const char *list, const char *end, const char *text)
{
	size_t len = strlen(text);

	while (list <= end) {
		const char *stop = memchr(list, ',', (size_t)(end - list));

		if (stop == NULL)
			stop = end;
		if ((size_t)(stop - list) == len && memcmp(list, text, len) == 0)
			return true;
		list = stop + 1;
	}
	return false;
}

/* A sibling's value as the condition spells it; "" for what cannot be spelt. */
static const char *
show_text(const struct ty_param *row, const json_t *value, char out[TY_JSON_NUMBER_SIZE])
{
	if (ty_param_is_absent(row, value))
		return row->def != NULL ? row->def : row->type == TY_PARAM_BOOL ? "false" : "";
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return ty_json_number_text(value, out, NULL);
}

static enum ty_param_shown show_row(const struct ty_param *table, const struct ty_param *row,
				    const json_t *values, bool resolved, int depth);

/* One condition "name=value,value" or "name!=value,value" in [at, end). */
static enum ty_param_shown
show_condition(const struct ty_param *table, const char *at, const char *end, const json_t *values,
	       bool resolved, int depth)
{
	char number[TY_JSON_NUMBER_SIZE];
	const char *eq = memchr(at, '=', (size_t)(end - at));
	bool is_not = eq != NULL && eq > at && eq[-1] == '!';
	const struct ty_param *row =
		eq != NULL ? ty_param_find(table, at, (size_t)(eq - at) - is_not) : NULL;

	if (row == NULL)
		return TY_PARAM_SHOWN; /* a slip in the table must not hide a parameter */
	enum ty_param_shown shown = show_row(table, row, values, resolved, depth + 1);
	if (shown == TY_PARAM_HIDDEN)
		return shown;

	const json_t *value = json_object_get(values, row->name);
	if (!resolved && ty_param_is_expr(row, value))
		return TY_PARAM_MAYBE;
	const char *text = show_text(row, value, number);
	if (show_is_listed(eq + 1, end, text) == is_not || (is_not && *text == '\0'))
		return TY_PARAM_HIDDEN;
	return shown;
}

static enum ty_param_shown
show_row(const struct ty_param *table, const struct ty_param *row, const json_t *values,
	 bool resolved, int depth)
{
	enum ty_param_shown shown = TY_PARAM_SHOWN;
	const char *at = row->show_when;

	while (at != NULL && *at != '\0' && depth < SHOW_DEPTH_MAX) {
		const char *end = strchrnul(at, ';');
		enum ty_param_shown one = show_condition(table, at, end, values, resolved, depth);

		if (one == TY_PARAM_HIDDEN)
			return TY_PARAM_HIDDEN;
		if (one == TY_PARAM_MAYBE)
			shown = TY_PARAM_MAYBE;
		at = *end == ';' ? end + 1 : end;
	}
	return shown;
}

enum ty_param_shown
ty_param_shown(const struct ty_param *table, const struct ty_param *row, const json_t *values,
	       bool resolved)
{
	return show_row(table, row, values, resolved, 0);
}

bool
ty_param_is_shown(const struct ty_param *table, const struct ty_param *row, const json_t *values)
{
	return ty_param_shown(table, row, values, false) != TY_PARAM_HIDDEN;
}
