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
 *   (4) Work is proportional to what goes in and out: keys are looked up, never searched.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "nodes/path.h"

enum { MODE_APPEND, MODE_BY_POSITION, MODE_BY_KEY };
enum { JOIN_INNER, JOIN_LEFT, JOIN_OUTER };
enum { IN_1, IN_2 };

struct merge_params {
	int mode, join;
	const char *key1, *key2;
};

static const struct ty_choice merge_modes[] = {
	[MODE_APPEND] = { "append", "Append" },
	[MODE_BY_POSITION] = { "by_position", "By position" },
	[MODE_BY_KEY] = { "by_key", "By key" },
	{ NULL, NULL },
};

static const struct ty_choice merge_joins[] = {
	[JOIN_INNER] = { "inner", "Pairs only" },
	[JOIN_LEFT] = { "left", "All of input 1" },
	[JOIN_OUTER] = { "outer", "All of both" },
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
			      .show_when = "mode=by_key",
			      .help = "Empty: the same as of input 1.")),
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

/* Payload references stay as they are: nothing in a field is looked at. */
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

static enum ty_code
emit_pair(struct ty_step *step, size_t i, size_t j, struct ty_err *err)
{
	const struct ty_from from[] = { { IN_1, i }, { IN_2, j } };
	json_t *json = json_copy(item_json(step, IN_1, i));

	json_object_update(json, item_json(step, IN_2, j));
	return ty_step_emit_files_from(step, 0, json, pair_files(step, i, j), from, 2, err);
}

static enum ty_code
merge_append(struct ty_step *step, struct ty_err *err)
{
	for (size_t port = IN_1; port <= IN_2; port++)
		for (size_t i = 0; i < ty_step_port_count(step, port); i++)
			if (ty_step_port_pass(step, 0, port, i, err) != TY_OK)
				return err->code;
	return TY_OK;
}

static enum ty_code
merge_by_position(struct ty_step *step, int join, struct ty_err *err)
{
	size_t left = ty_step_port_count(step, IN_1), right = ty_step_port_count(step, IN_2), i;

	for (i = 0; i < left && i < right; i++)
		if (emit_pair(step, i, i, err) != TY_OK)
			return err->code;
	for (size_t l = i; join != JOIN_INNER && l < left; l++)
		if (ty_step_port_pass(step, 0, IN_1, l, err) != TY_OK)
			return err->code;
	for (size_t r = i; join == JOIN_OUTER && r < right; r++)
		if (ty_step_port_pass(step, 0, IN_2, r, err) != TY_OK)
			return err->code;
	return TY_OK;
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
	const json_t *value = node_path_get(ty_step_port_json(step, port, i), path);
	char out[TY_JSON_NUMBER_SIZE], *key;
	const char *text;
	size_t len;

	if (!json_is_number(value))
		return value != NULL ? ty_json_dump_canonical(ty_step_arena(step), value, NULL)
				     : NULL;
	/* 7, 7.0 and 7e0 are one key, however many digits they have. */
	text = ty_json_number_text(value, out, &len);
	key = ty_arena_alloc(ty_step_arena(step), len + 24);
	ty_json_number_normal(text, len, key);
	return key;
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

		if (match == NULL && p->join != JOIN_INNER &&
		    ty_step_port_pass(step, 0, IN_1, i, err) != TY_OK)
			return err->code;
		for (; match != NULL; match = match->next) {
			match->paired = true;
			if (emit_pair(step, i, match->item, err) != TY_OK)
				return err->code;
		}
	}
	for (size_t i = 0; p->join == JOIN_OUTER && i < ty_step_port_count(step, IN_2); i++)
		if (!entries[i].paired && ty_step_port_pass(step, 0, IN_2, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static enum ty_code
merge_exec(struct ty_step *step, struct ty_err *err)
{
	const struct merge_params *p = ty_step_params(step, 0);

	if (p->mode == MODE_BY_POSITION)
		return merge_by_position(step, p->join, err);
	if (p->mode == MODE_BY_KEY)
		return merge_by_key(step, p, err);
	return merge_append(step, err);
}
