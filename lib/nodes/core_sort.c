/*
 * core.sort -- put the items in order by some of their fields.
 *
 * Invariants:
 *   (1) Every input item leaves, unchanged.
 *   (2) Items that are equal in all fields keep their order.
 *   (3) Items that lack a field, or have null in it, come last, whichever way it is sorted.
 *   (4) A field whose values are of several types has an order all the same (nodes/order.h), and
 *       the step says so.
 */
#include "base/arena.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/order.h"
#include "nodes/path.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAY_UP, WAY_DOWN };

struct sort_field {
	const char *field;
	int order;
};

struct sort_params {
	struct ty_param_list fields;
};

static const struct ty_choice sort_orders[] = {
	[WAY_UP] = { "ascending", "Ascending" },
	[WAY_DOWN] = { "descending", "Descending" },
	{ NULL, NULL },
};

static const struct ty_param sort_rows[] = {
	TY_ROW_STRING(struct sort_field, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.name", .help = NODE_PATH_HELP),
	TY_ROW_ENUM(struct sort_field, order, sort_orders, "Order", .def = "ascending"),
	TY_ROW_END,
};

static enum ty_code sort_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_sort = {
	TY_NODE_HEAD,
	.type = "core.sort",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Sort",
	.summary = "Put items in order by their fields",
	.icon = "arrow-up-down",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(TY_ROW_LIST(
		struct sort_params, fields, sort_rows, struct sort_field, 20, "Sort by",
		.flags = TY_PARAM_REQUIRED,
		.help = "The second field counts where the first is equal, and so on. Numbers come "
			"before texts, texts by their letters, large or small; what is missing "
			"comes last.")),
	.params_size = sizeof(struct sort_params),
	.flags = TY_NODE_PURE,
	.check = node_path_check_fields,
	.advise = node_path_advise_fields,
	.exec = sort_exec,
};

struct row {
	size_t item;
	struct node_order *keys;
};

static int
row_compare(const void *a, const void *b, void *ctx)
{
	const struct row *x = a, *y = b;
	const struct sort_params *p = ctx;
	const struct sort_field *fields = p->fields.items;

	for (size_t f = 0; f < p->fields.count; f++) {
		bool has_nothing = x->keys[f].rank == NODE_RANK_NOTHING ||
				   y->keys[f].rank == NODE_RANK_NOTHING;
		int order = node_order_compare(&x->keys[f], &y->keys[f]);

		if (order != 0)
			return fields[f].order == WAY_DOWN && !has_nothing ? -order : order;
	}
	return (x->item > y->item) - (x->item < y->item);
}

static struct row *
rows_make(struct ty_step *step, const struct sort_params *p, unsigned *ranks)
{
	size_t count = ty_step_input_count(step), fields = p->fields.count;
	const struct sort_field *by = p->fields.items;
	struct ty_arena *arena = ty_step_arena(step);
	const struct ty_lower *lower = ty_lower_new(arena);
	struct row *rows = ty_arena_alloc_array(arena, count + 1, sizeof(*rows));

	for (size_t i = 0; i < count; i++) {
		rows[i].item = i;
		rows[i].keys = ty_arena_alloc_array(arena, fields, sizeof(*rows[i].keys));
		for (size_t f = 0; f < fields; f++) {
			rows[i].keys[f] = node_order_of(
				arena, lower, node_path_get(ty_step_json(step, i), by[f].field));
			ranks[f] |= 1U << rows[i].keys[f].rank;
		}
	}
	return rows;
}

static enum ty_code
sort_exec(struct ty_step *step, struct ty_err *err)
{
	const struct sort_params *p = ty_step_params(step, 0);
	const struct sort_field *by = p->fields.items;
	size_t count = ty_step_input_count(step);
	unsigned *ranks =
		ty_arena_alloc_array(ty_step_arena(step), p->fields.count + 1, sizeof(*ranks));
	struct row *rows = rows_make(step, p, ranks);

	for (size_t f = 0; f < p->fields.count; f++)
		node_mixed_notice(step, by[f].field, ranks[f]);
	qsort_r(rows, count, sizeof(*rows), row_compare, (void *)p);
	for (size_t i = 0; i < count; i++)
		if (ty_step_pass(step, 0, rows[i].item, err) != TY_OK)
			return err->code;
	return TY_OK;
}
