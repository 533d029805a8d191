/*
 * core.summarize -- counts, sums and the like of fields, over all items or for each group of them.
 *
 * Invariants:
 *   (1) One item for each group, in the order in which the groups are first met, made from all items
 *       of the group; none where no item came.
 *   (2) Groups are told apart as values are (nodes/order.h): a missing field, null, 1 and "1" make
 *       four.  The item of a group of which a field is missing has no such field.
 *   (3) null, "" and what is missing are no values: nothing but "items" counts them.
 *   (4) Of numbers only numbers are taken; the step says how many values were none.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/order.h"
#include "nodes/path.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	OP_ITEMS,
	OP_COUNT,
	OP_COUNT_UNIQUE,
	OP_SUM,
	OP_AVERAGE,
	OP_MIN,
	OP_MAX,
	OP_LIST,
	OP_JOIN,
	OP_FIRST,
	OP_LAST
};

struct summary {
	const char *field, *into, *separator;
	int operation;
};

struct group_field {
	const char *field;
};

struct summarize_params {
	struct ty_param_list fields, group_by;
};

static const struct ty_choice summarize_ops[] = {
	[OP_ITEMS] = { "items", "Number of items" },
	[OP_COUNT] = { "count", "Number of values" },
	[OP_COUNT_UNIQUE] = { "count_unique", "Number of different values" },
	[OP_SUM] = { "sum", "Sum" },
	[OP_AVERAGE] = { "average", "Average" },
	[OP_MIN] = { "min", "Least" },
	[OP_MAX] = { "max", "Greatest" },
	[OP_LIST] = { "list", "List of the values" },
	[OP_JOIN] = { "join", "Text of the values" },
	[OP_FIRST] = { "first", "First value" },
	[OP_LAST] = { "last", "Last value" },
	{ NULL, NULL },
};

static const struct ty_param summary_rows[] = {
	TY_ROW_ENUM(struct summary, operation, summarize_ops, "Compute", .def = "count"),
	TY_ROW_STRING(struct summary, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .show_when = "operation!=items", .placeholder = "amount",
		      .help = NODE_PATH_HELP),
	TY_ROW_STRING(struct summary, separator, 100, "Between the values", .def = ",",
		      .show_when = "operation=join"),
	TY_ROW_STRING(struct summary, into, 500, "Field for the result", .def = "",
		      .help = "Empty: sum_amount, of the sum of \"amount\"."),
	TY_ROW_END,
};

static const struct ty_param group_rows[] = {
	TY_ROW_STRING(struct group_field, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.country", .help = NODE_PATH_HELP),
	TY_ROW_END,
};

static void summarize_check(const struct ty_node_def *def, const json_t *params,
			    ty_param_finding_fn found, void *ctx);
static void summarize_advise(const struct ty_node_def *def, const json_t *params,
			     ty_param_finding_fn found, void *ctx);
static enum ty_code summarize_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_summarize = {
	TY_NODE_HEAD,
	.type = "core.summarize",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Summarize",
	.summary = "Count, add up and group items",
	.icon = "sigma",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params =
		TY_PARAMS(TY_ROW_LIST(struct summarize_params, fields, summary_rows, struct summary,
				      100, "Results", .flags = TY_PARAM_REQUIRED),
			  TY_ROW_LIST(struct summarize_params, group_by, group_rows,
				      struct group_field, 20, "For each",
				      .help = "An item for each different value of these fields "
					      "together; one for all items where there is none.")),
	.params_size = sizeof(struct summarize_params),
	.flags = TY_NODE_PURE | TY_NODE_GATHERS,
	.check = summarize_check,
	.advise = summarize_advise,
	.exec = summarize_exec,
};

/* ---- checks ---- */

static const char *
result_name(struct ty_arena *arena, const char *operation, const char *field, const char *into)
{
	if (into != NULL && into[0] != '\0')
		return into;
	if (field == NULL || field[0] == '\0')
		return operation;
	return ty_arena_printf(arena, "%s_%s", operation, node_path_last(arena, field));
}

static void
check_names(const json_t *params, ty_param_finding_fn found, void *ctx)
{
	const json_t *list = json_object_get(params, "fields");
	const json_t *groups = json_object_get(params, "group_by");
	struct ty_arena *arena = ty_arena_new(NULL, "summarize", 0);
	struct ty_map *taken = ty_map_new(arena);
	char place[64];

	for (size_t i = 0; i < json_array_size(groups); i++)
		ty_map_set(taken, ty_json_str(json_array_get(groups, i), "field", ""), taken);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const char *operation = ty_json_str(entry, "operation", "count");
		const char *field =
			strcmp(operation, "items") != 0 ? ty_json_str(entry, "field", "") : "";

		snprintf(place, sizeof(place), "fields[%zu].into", i);
		if (ty_map_set(taken,
			       result_name(arena, operation, field, ty_json_str(entry, "into", "")),
			       taken) != NULL)
			found(ctx, place,
			      "is the name of another result or group, or stands for one",
			      "Give each result a name of its own.");
	}
	ty_arena_free(arena);
}

static void
summarize_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		void *ctx)
{
	node_path_check_fields(def, params, found, ctx);
	node_fields_check(params, "fields", "into", found, ctx);
	node_fields_check(params, "group_by", "field", found, ctx);
	check_names(params, found, ctx);
}

static void
summarize_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		 void *ctx)
{
	node_path_advise_fields(def, params, found, ctx);
	node_fields_advise(params, "group_by", "field", found, ctx);
}

/* ---- groups ---- */

struct group {
	size_t *items;
	size_t count, cap;
};

static const char *
group_key(struct ty_step *step, const struct summarize_params *p, size_t i)
{
	const struct group_field *by = p->group_by.items;
	struct ty_arena *arena = ty_step_arena(step);
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 64);
	for (size_t g = 0; g < p->group_by.count; g++)
		node_key_add(&buf, node_path_get(ty_step_json(step, i), by[g].field));
	return buf.data;
}

static struct ty_map *
groups_make(struct ty_step *step, const struct summarize_params *p)
{
	struct ty_arena *arena = ty_step_arena(step);
	struct ty_map *groups = ty_map_new(arena);

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		const char *key = group_key(step, p, i);
		struct group *group = ty_map_find(groups, key);

		if (group == NULL) {
			group = ty_arena_new_of(arena, struct group);
			ty_map_set(groups, key, group);
		}
		group->items = ty_arena_grow(arena, group->items, group->count, &group->cap,
					     sizeof(*group->items));
		group->items[group->count++] = i;
	}
	return groups;
}

/* ---- one result ---- */

struct values {
	struct ty_step *step;
	const struct group *group;
	const char *field;
	size_t *odd; /* counts values that are none of what was asked for */
};

static bool
is_value(const json_t *value)
{
	return value != NULL && !json_is_null(value) &&
	       !(json_is_string(value) && json_string_length(value) == 0);
}

/* The nth item's value; NULL where it is none. */
static json_t *
value_at(const struct values *v, size_t n)
{
	const json_t *json = ty_step_json(v->step, v->group->items[n]);
	json_t *value = (json_t *)node_path_get(json, v->field);

	return is_value(value) ? value : NULL;
}

static json_t *
value_list(const struct values *v)
{
	json_t *list = json_array();

	for (size_t n = 0; n < v->group->count; n++) {
		json_t *value = value_at(v, n);

		if (value != NULL)
			json_array_append(list, value);
	}
	return list;
}

static json_t *
count_unique(const struct values *v)
{
	struct ty_map *seen = ty_map_new(ty_step_arena(v->step));

	for (size_t n = 0; n < v->group->count; n++) {
		json_t *value = value_at(v, n);

		if (value != NULL)
			ty_map_set(seen, node_key(ty_step_arena(v->step), value), seen);
	}
	return json_integer((json_int_t)ty_map_count(seen));
}

/* A whole number where it is one that a double keeps; null, which is told, where it is larger than any. */
static json_t *
number_json(const struct values *v, double number)
{
	bool is_whole = fabs(number) < 9007199254740992.0 && number == (double)(int64_t)number;

	if (isfinite(number))
		return is_whole ? json_integer((json_int_t)number) : json_real(number);
	ty_step_notice(v->step, "too_large",
		       "The sum of \"%.60s\" is larger than a number can be, and null.", v->field);
	return json_null();
}

/* The sum and how many they were; an average of nothing is null. */
static json_t *
add_up(const struct values *v, bool is_average)
{
	double sum = 0;
	size_t count = 0;

	for (size_t n = 0; n < v->group->count; n++) {
		json_t *value = value_at(v, n);

		if (json_is_number(value)) {
			sum += json_number_value(value);
			count++;
		} else if (value != NULL) {
			(*v->odd)++;
		}
	}
	if (!is_average)
		return number_json(v, sum);
	return count > 0 ? number_json(v, sum / (double)count) : json_null();
}

static json_t *
extreme(const struct values *v, int sign)
{
	const struct ty_lower *lower = ty_lower_new(ty_step_arena(v->step));
	struct node_order best = { .value = NULL };
	unsigned ranks = 0;

	for (size_t n = 0; n < v->group->count; n++) {
		json_t *value = value_at(v, n);
		struct node_order order;

		if (value == NULL)
			continue;
		order = node_order_of(ty_step_arena(v->step), lower, value);
		ranks |= 1U << order.rank;
		if (best.value == NULL || node_order_compare(&order, &best) * sign > 0)
			best = order;
	}
	node_mixed_notice(v->step, v->field, ranks);
	return best.value != NULL ? json_incref((json_t *)best.value) : json_null();
}

static json_t *
join(const struct values *v, const char *separator)
{
	struct ty_arena *arena = ty_step_arena(v->step);
	struct ty_buf buf;
	bool is_first = true;

	ty_buf_init(&buf, arena, 64);
	for (size_t n = 0; n < v->group->count; n++) {
		json_t *value = value_at(v, n);

		if (value == NULL)
			continue;
		if (!is_first && separator != NULL)
			ty_buf_add_str(&buf, separator);
		ty_buf_add_str(&buf, ty_json_as_text(arena, value));
		is_first = false;
	}
	return json_stringn(buf.data, buf.len);
}

static json_t *
one_end(const struct values *v, bool is_last)
{
	for (size_t n = 0; n < v->group->count; n++) {
		json_t *value = value_at(v, is_last ? v->group->count - 1 - n : n);

		if (value != NULL)
			return json_incref(value);
	}
	return json_null();
}

static json_t *
count_values(const struct values *v)
{
	json_int_t count = 0;

	for (size_t n = 0; n < v->group->count; n++)
		count += value_at(v, n) != NULL;
	return json_integer(count);
}

static json_t *
result(const struct values *v, const struct summary *s)
{
	switch (s->operation) {
	case OP_ITEMS:
		return json_integer((json_int_t)v->group->count);
	case OP_COUNT:
		return count_values(v);
	case OP_COUNT_UNIQUE:
		return count_unique(v);
	case OP_SUM:
	case OP_AVERAGE:
		return add_up(v, s->operation == OP_AVERAGE);
	case OP_MIN:
	case OP_MAX:
		return extreme(v, s->operation == OP_MAX ? 1 : -1);
	case OP_JOIN:
		return join(v, s->separator);
	case OP_FIRST:
	case OP_LAST:
		return one_end(v, s->operation == OP_LAST);
	default:
		return value_list(v);
	}
}

/* ---- the step ---- */

static json_t *
group_json(struct ty_step *step, const struct summarize_params *p, const struct group *group,
	   size_t *odd)
{
	const struct group_field *by = p->group_by.items;
	const struct summary *list = p->fields.items;
	json_t *json = json_object();

	for (size_t g = 0; g < p->group_by.count; g++) {
		json_t *value =
			(json_t *)node_path_get(ty_step_json(step, group->items[0]), by[g].field);

		if (value != NULL)
			node_path_set(json, by[g].field, json_incref(value));
	}
	for (size_t s = 0; s < p->fields.count; s++) {
		const struct values values = { step, group, list[s].field, &odd[s] };

		node_path_set(json,
			      result_name(ty_step_arena(step),
					  summarize_ops[list[s].operation].value,
					  list[s].operation != OP_ITEMS ? list[s].field : NULL,
					  list[s].into),
			      result(&values, &list[s]));
	}
	return json;
}

static enum ty_code
group_emit(struct ty_step *step, const struct summarize_params *p, const struct group *group,
	   size_t *odd, struct ty_err *err)
{
	struct ty_from *from =
		ty_arena_alloc_array(ty_step_arena(step), group->count, sizeof(*from));

	for (size_t n = 0; n < group->count; n++)
		from[n].item = group->items[n];
	return ty_step_emit_from(step, 0, group_json(step, p, group, odd), from, group->count, err);
}

static enum ty_code
summarize_exec(struct ty_step *step, struct ty_err *err)
{
	const struct summarize_params *p = ty_step_params(step, 0);
	const struct summary *list = p->fields.items;
	struct ty_map *groups = groups_make(step, p);
	size_t *odd = ty_arena_alloc_array(ty_step_arena(step), p->fields.count + 1, sizeof(*odd));
	const char *key;
	void *group;

	for (size_t at = 0; ty_map_next(groups, &at, &key, &group);)
		if (group_emit(step, p, group, odd, err) != TY_OK)
			return err->code;
	for (size_t s = 0; s < p->fields.count; s++)
		if (odd[s] > 0)
			ty_step_notice(step, "values_left_out",
				       "%zu values of \"%.60s\" are no numbers and were left out.",
				       odd[s], list[s].field);
	return TY_OK;
}
