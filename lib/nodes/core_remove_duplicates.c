/*
 * core.remove_duplicates -- pass on the first item of each kind; the rest leave by "duplicates".
 *
 * Invariants:
 *   (1) Every input item leaves on exactly one port, unchanged and in the input order.
 *   (2) Items are of one kind where the JSON of what is compared is equal: 1 and "1" are not, members
 *       in another order are.  A field that is not there equals another one that is not there,
 *       and not null.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/order.h"
#include "nodes/path.h"

enum { COMPARE_ALL, COMPARE_SELECTED, COMPARE_EXCEPT };
enum { OUT_MAIN, OUT_DUPLICATES };

struct duplicate_field {
	const char *field;
};

struct duplicate_params {
	int compare;
	struct ty_param_list fields;
};

static const struct ty_choice duplicate_compares[] = {
	[COMPARE_ALL] = { "all", "All fields" },
	[COMPARE_SELECTED] = { "selected", "The fields named" },
	[COMPARE_EXCEPT] = { "except", "All but those named" },
	{ NULL, NULL },
};

static const struct ty_param duplicate_rows[] = {
	TY_ROW_STRING(struct duplicate_field, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.email", .help = NODE_PATH_HELP),
	TY_ROW_END,
};

static enum ty_code duplicate_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_remove_duplicates = {
	TY_NODE_HEAD,
	.type = "core.remove_duplicates",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Remove duplicates",
	.summary = "Keep the first of items that are equal",
	.icon = "copy-x",
	.inputs = ty_ports_one,
	.outputs = TY_PORTS([OUT_MAIN] = { "main", "Kept" }, [OUT_DUPLICATES] = { "duplicates",
										  "Duplicates" }),
	.params = TY_PARAMS(TY_ROW_ENUM(struct duplicate_params, compare, duplicate_compares,
					"Compare", .def = "all"),
			    TY_ROW_LIST(struct duplicate_params, fields, duplicate_rows,
					struct duplicate_field, 100, "Fields",
					.flags = TY_PARAM_REQUIRED,
					.show_when = "compare=selected,except")),
	.params_size = sizeof(struct duplicate_params),
	.flags = TY_NODE_PURE,
	.check = node_path_check_fields,
	.advise = node_path_advise_fields,
	.exec = duplicate_exec,
};

static const char *
selected_key(struct ty_step *step, const struct duplicate_params *p, size_t i, unsigned *ranks)
{
	const struct duplicate_field *fields = p->fields.items;
	struct ty_buf buf;

	ty_buf_init(&buf, ty_step_arena(step), 64);
	for (size_t f = 0; f < p->fields.count; f++) {
		const json_t *value = node_path_get(ty_step_json(step, i), fields[f].field);

		ranks[f] |= 1U << node_rank_of(value);
		node_key_add(&buf, value);
	}
	return buf.data;
}

static const char *
except_key(struct ty_step *step, const struct duplicate_params *p, size_t i)
{
	const struct duplicate_field *fields = p->fields.items;
	json_t *rest = ty_json_own(ty_step_arena(step), json_copy((json_t *)ty_step_json(step, i)));

	for (size_t f = 0; f < p->fields.count; f++)
		node_path_remove_as(NODE_PATH_DOTS, rest, fields[f].field);
	return node_key(ty_step_arena(step), rest);
}

static const char *
item_key(struct ty_step *step, const struct duplicate_params *p, size_t i, unsigned *ranks)
{
	switch (p->compare) {
	case COMPARE_SELECTED:
		return selected_key(step, p, i, ranks);
	case COMPARE_EXCEPT:
		return except_key(step, p, i);
	default:
		return node_key(ty_step_arena(step), ty_step_json(step, i));
	}
}

static enum ty_code
duplicate_exec(struct ty_step *step, struct ty_err *err)
{
	const struct duplicate_params *p = ty_step_params(step, 0);
	const struct duplicate_field *fields = p->fields.items;
	struct ty_map *seen = ty_map_new(ty_step_arena(step));
	unsigned *ranks =
		ty_arena_alloc_array(ty_step_arena(step), p->fields.count + 1, sizeof(*ranks));

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		bool is_first = ty_map_set(seen, item_key(step, p, i, ranks), seen) == NULL;

		if (ty_step_pass(step, is_first ? OUT_MAIN : OUT_DUPLICATES, i, err) != TY_OK)
			return err->code;
	}
	for (size_t f = 0; f < p->fields.count; f++)
		node_mixed_notice(step, fields[f].field, ranks[f]);
	return TY_OK;
}
