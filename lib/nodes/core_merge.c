/*
 * core.merge -- bring two lists together.
 *
 *   append        all of input 1, then all of input 2
 *   by_position   first with first, second with second
 *   by_key        each pair whose key fields are equal
 *
 * Invariants:
 *   (1) Order is that of input 1; what only input 2 has follows, in its order.
 *   (2) Where both have a field or a file of a name, input 2's counts.
 *   (3) Keys are equal where their JSON is: 1 and "1" are not.  An item without the key
 *       pairs with nothing.
 *   (4) An input that nothing comes to, because what leads to it was skipped, is an empty one.
 *   (5) Work is proportional to what goes in and out: keys are looked up, never searched.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "nodes/order.h"
#include "nodes/path.h"

enum { MODE_APPEND, MODE_BY_POSITION, MODE_BY_KEY, MODE_ALL_PAIRS, MODE_CHOOSE };
enum { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_OUTER, JOIN_UNPAIRED };
enum { CLASH_2, CLASH_1, CLASH_DEEP };
enum { CHOOSE_1, CHOOSE_2, CHOOSE_EMPTY };
enum { IN_1, IN_2 };

struct merge_params {
	int mode, join, clash, choose;
	const char *key1, *key2;
	bool first_only;
};

/* Does a join keep pairs, and what has no partner in input 1 and in input 2? */
static const struct {
	bool pairs, left, right;
} joins[] = {
	[JOIN_INNER] = { .pairs = true },
	[JOIN_LEFT] = { .pairs = true, .left = true },
	[JOIN_RIGHT] = { .pairs = true, .right = true },
	[JOIN_OUTER] = { .pairs = true, .left = true, .right = true },
	[JOIN_UNPAIRED] = { .left = true, .right = true },
};

static const struct ty_choice merge_modes[] = {
	[MODE_APPEND] = { "append", "Append" },
	[MODE_BY_POSITION] = { "by_position", "By position" },
	[MODE_BY_KEY] = { "by_key", "By key" },
	[MODE_ALL_PAIRS] = { "all_pairs", "Each with each" },
	[MODE_CHOOSE] = { "choose", "One of the inputs" },
	{ NULL, NULL },
};

static const struct ty_choice merge_joins[] = {
	[JOIN_INNER] = { "inner", "Pairs only" },
	[JOIN_LEFT] = { "left", "All of input 1" },
	[JOIN_RIGHT] = { "right", "All of input 2" },
	[JOIN_OUTER] = { "outer", "All of both" },
	[JOIN_UNPAIRED] = { "unpaired", "What has no partner" },
	{ NULL, NULL },
};

static const struct ty_choice merge_clashes[] = {
	[CLASH_2] = { "input2", "Input 2's" },
	[CLASH_1] = { "input1", "Input 1's" },
	[CLASH_DEEP] = { "deep", "Both, field by field" },
	{ NULL, NULL },
};

static const struct ty_choice merge_choices[] = {
	[CHOOSE_1] = { "input1", "Input 1" },
	[CHOOSE_2] = { "input2", "Input 2" },
	[CHOOSE_EMPTY] = { "empty", "One empty item" },
	{ NULL, NULL },
};

static void merge_advise(const struct ty_node_def *def, const json_t *params,
			 ty_param_finding_fn found, void *ctx);
static enum ty_code merge_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_merge = {
	TY_NODE_HEAD,
	.type = "core.merge",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Merge",
	.summary = "Bring two lists of items together",
	.icon = "merge",
	.inputs = TY_PORTS([IN_1] = { "input1", "Input 1" }, [IN_2] = { "input2", "Input 2" }),
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct merge_params, mode, merge_modes, "Mode", .def = "append"),
		TY_ROW_ENUM(struct merge_params, join, merge_joins, "Keep", .def = "inner",
			    .show_when = "mode=by_position,by_key"),
		TY_ROW_STRING(struct merge_params, key1, 500, "Key field of input 1",
			      .flags = TY_PARAM_REQUIRED, .show_when = "mode=by_key",
			      .placeholder = "customer.id", .help = NODE_PATH_HELP),
		TY_ROW_STRING(struct merge_params, key2, 500, "Key field of input 2", .def = "",
			      .show_when = "mode=by_key", .help = "Empty: the same as of input 1."),
		TY_ROW_BOOL(struct merge_params, first_only, "First match only", .def = "false",
			    .show_when = "mode=by_key", .help = "An item of input 1 pairs once."),
		TY_ROW_ENUM(struct merge_params, clash, merge_clashes, "A field of both is",
			    .def = "input2", .show_when = "mode=by_position,by_key,all_pairs",
			    .help = "Field by field: objects and lists are merged within, and "
				    "input 2's values count."),
		TY_ROW_ENUM(struct merge_params, choose, merge_choices, "Pass on", .def = "input1",
			    .show_when = "mode=choose")),
	.params_size = sizeof(struct merge_params),
	.flags = TY_NODE_PURE,
	.advise = merge_advise,
	.exec = merge_exec,
};

static void
merge_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	     void *ctx)
{
	static const char *const keys[] = { "key1", "key2" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(keys); i++)
		if (node_path_is_doubtful(ty_json_str(params, keys[i], "")))
			found(ctx, keys[i], NODE_PATH_DOUBT, NODE_PATH_HELP);
}

/* Keep payload references as they are, because no field is looked into. */
static json_t *
item_json(struct ty_step *step, size_t port, size_t i)
{
	return json_object_get(ty_step_port_item(step, port, i), "json");
}

/* The files of both items, or NULL; new reference. */
static json_t *
pair_files(struct ty_step *step, size_t i, size_t j)
{
	json_t *left = json_object_get(ty_step_port_item(step, IN_1, i), "binary");
	json_t *right = json_object_get(ty_step_port_item(step, IN_2, j), "binary"), *both;

	if (left == NULL || right == NULL)
		return json_incref(left != NULL ? left : right);
	both = json_copy(left);
	json_object_update(both, right);
	return both;
}

/* Objects member by member, lists place by place, else 'over'; new reference. */
static json_t *
merge_deep(json_t *under, json_t *over)
{
	json_t *both, *value;
	const char *key;
	size_t i;

	if (json_is_object(under) && json_is_object(over)) {
		both = json_copy(under);
		json_object_foreach(over, key, value)
		{
			json_t *below = json_object_get(under, key);

			if (below != NULL)
				json_object_set_new(both, key, merge_deep(below, value));
			else
				json_object_set(both, key, value);
		}
		return both;
	}
	if (!json_is_array(under) || !json_is_array(over))
		return json_incref(over);
	both = json_copy(under);
	json_array_foreach(over, i, value)
	{
		if (i < json_array_size(under))
			json_array_set_new(both, i, merge_deep(json_array_get(under, i), value));
		else
			json_array_append(both, value);
	}
	return both;
}

static json_t *
pair_json(struct ty_step *step, int clash, size_t i, size_t j)
{
	json_t *json;

	if (clash == CLASH_DEEP)
		return merge_deep((json_t *)ty_step_port_json(step, IN_1, i),
				  (json_t *)ty_step_port_json(step, IN_2, j));
	json = json_copy(item_json(step, IN_1, i));
	if (clash == CLASH_1)
		json_object_update_missing(json, item_json(step, IN_2, j));
	else
		json_object_update(json, item_json(step, IN_2, j));
	return json;
}

static enum ty_code
emit_pair(struct ty_step *step, int clash, size_t i, size_t j, struct ty_err *err)
{
	const struct ty_from from[] = { { IN_1, i }, { IN_2, j } };

	return ty_step_emit_files_from(step, 0, pair_json(step, clash, i, j),
				       pair_files(step, i, j), from, 2, err);
}

static enum ty_code
pass_all(struct ty_step *step, size_t port, size_t begin, struct ty_err *err)
{
	for (size_t i = begin; i < ty_step_port_count(step, port); i++)
		if (ty_step_port_pass(step, 0, port, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static enum ty_code
merge_append(struct ty_step *step, struct ty_err *err)
{
	return pass_all(step, IN_1, 0, err) == TY_OK ? pass_all(step, IN_2, 0, err) : err->code;
}

static enum ty_code
merge_by_position(struct ty_step *step, const struct merge_params *p, struct ty_err *err)
{
	size_t left = ty_step_port_count(step, IN_1), right = ty_step_port_count(step, IN_2);
	size_t both = left < right ? left : right;

	for (size_t i = 0; joins[p->join].pairs && i < both; i++)
		if (emit_pair(step, p->clash, i, i, err) != TY_OK)
			return err->code;
	if (joins[p->join].left && pass_all(step, IN_1, both, err) != TY_OK)
		return err->code;
	return joins[p->join].right ? pass_all(step, IN_2, both, err) : TY_OK;
}

/* Said before the first pair is made, because a list that is cut off helps nobody. */
static enum ty_code
merge_all_pairs(struct ty_step *step, const struct merge_params *p, struct ty_err *err)
{
	size_t left = ty_step_port_count(step, IN_1), right = ty_step_port_count(step, IN_2);

	if (left * right > TY_LIMIT_STEP_ITEMS) {
		ty_err_set(err, TY_E_LIMIT,
			   "%zu items with %zu make %zu pairs, and a step may emit %d items", left,
			   right, left * right, TY_LIMIT_STEP_ITEMS);
		return ty_err_hint(err, "Filter the inputs, or merge them by a key.");
	}
	for (size_t i = 0; i < left; i++)
		for (size_t j = 0; j < right; j++)
			if (emit_pair(step, p->clash, i, j, err) != TY_OK)
				return err->code;
	return TY_OK;
}

static enum ty_code
merge_choose(struct ty_step *step, int choose, struct ty_err *err)
{
	if (choose == CHOOSE_EMPTY)
		return ty_step_emit(step, 0, json_object(), TY_FROM_NONE, err);
	return pass_all(step, choose == CHOOSE_1 ? IN_1 : IN_2, 0, err);
}

/* Items of input 2 by key: a chain per key, in input order. */
struct entry {
	size_t item;
	bool paired;
	struct entry *next, *last; /* 'last' only in the first of a chain */
};

static const char *
item_key(struct ty_step *step, size_t port, size_t i, const char *path)
{
	return node_key(ty_step_arena(step), node_path_get(ty_step_port_json(step, port, i), path));
}

static struct entry *
keys_index(struct ty_step *step, const char *path, struct ty_map *map)
{
	size_t count = ty_step_port_count(step, IN_2);
	struct entry *entries =
		ty_arena_alloc_array(ty_step_arena(step), count + 1, sizeof(*entries));

	for (size_t i = 0; i < count; i++) {
		const char *key = item_key(step, IN_2, i, path);
		struct entry *first = key != NULL ? ty_map_find(map, key) : NULL;

		entries[i].item = i;
		entries[i].last = &entries[i];
		if (first != NULL) {
			first->last->next = &entries[i];
			first->last = &entries[i];
		} else if (key != NULL) {
			ty_map_set(map, key, &entries[i]);
		}
	}
	return entries;
}

static enum ty_code
merge_by_key(struct ty_step *step, const struct merge_params *p, struct ty_err *err)
{
	struct ty_map *map = ty_map_new(ty_step_arena(step));
	struct entry *entries =
		keys_index(step, p->key2 != NULL && p->key2[0] != '\0' ? p->key2 : p->key1, map);

	for (size_t i = 0; i < ty_step_port_count(step, IN_1); i++) {
		const char *key = item_key(step, IN_1, i, p->key1);
		struct entry *match = key != NULL ? ty_map_find(map, key) : NULL;

		if (match == NULL && joins[p->join].left &&
		    ty_step_port_pass(step, 0, IN_1, i, err) != TY_OK)
			return err->code;
		for (; match != NULL; match = p->first_only ? NULL : match->next) {
			match->paired = true;
			if (joins[p->join].pairs &&
			    emit_pair(step, p->clash, i, match->item, err) != TY_OK)
				return err->code;
		}
	}
	for (size_t i = 0; joins[p->join].right && i < ty_step_port_count(step, IN_2); i++)
		if (!entries[i].paired && ty_step_port_pass(step, 0, IN_2, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static enum ty_code
merge_exec(struct ty_step *step, struct ty_err *err)
{
	const struct merge_params *p = ty_step_params(step, 0);

	switch (p->mode) {
	case MODE_BY_POSITION:
		return merge_by_position(step, p, err);
	case MODE_BY_KEY:
		return merge_by_key(step, p, err);
	case MODE_ALL_PAIRS:
		return merge_all_pairs(step, p, err);
	case MODE_CHOOSE:
		return merge_choose(step, p->choose, err);
	default:
		return merge_append(step, err);
	}
}
