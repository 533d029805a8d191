/*
 * core.compare_datasets -- what two lists have alone, what they share, and where shared items differ.
 *
 * Invariants:
 *   (1) Items pair where all key fields are equal (nodes/order.h: 1 and "1" are not), in input order;
 *       each item is in one pair at most, so of two with one key each takes one of the other's.
 *       An item that lacks a key field pairs with nothing.
 *   (2) Every item of either input leaves: alone through "in_a" or "in_b" as it is, in a pair through
 *       "same" (input A's item) or "different".
 *   (3) "different" says what differs, unless one of the items is asked for: keys, same, and each
 *       other field with both values; a field that one lacks is null there.
 *   (4) Work is proportional to what goes in and out: keys are looked up, never searched.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/order.h"
#include "nodes/path.h"

#include <string.h>

enum { IN_A, IN_B };
enum { OUT_IN_A, OUT_SAME, OUT_DIFFERENT, OUT_IN_B };
enum { GIVE_DIFFERENCE, GIVE_A, GIVE_B };

struct key_field {
	const char *field_a, *field_b;
};

struct skipped_field {
	const char *field;
};

struct compare_params {
	struct ty_param_list keys, fields;
	int give;
};

static const struct ty_choice compare_gives[] = {
	[GIVE_DIFFERENCE] = { "difference", "What differs" },
	[GIVE_A] = { "a", "Input A's item" },
	[GIVE_B] = { "b", "Input B's item" },
	{ NULL, NULL },
};

static const struct ty_param key_rows[] = {
	TY_ROW_STRING(struct key_field, field_a, 500, "Key field of A", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "id", .help = NODE_PATH_HELP),
	TY_ROW_STRING(struct key_field, field_b, 500, "Key field of B", .def = "",
		      .help = "Empty: the same as of A."),
	TY_ROW_END,
};

static const struct ty_param skipped_rows[] = {
	TY_ROW_STRING(struct skipped_field, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "updated_at", .help = NODE_PATH_HELP),
	TY_ROW_END,
};

static void compare_check(const struct ty_node_def *def, const json_t *params,
			  ty_param_finding_fn found, void *ctx);
static void compare_advise(const struct ty_node_def *def, const json_t *params,
			   ty_param_finding_fn found, void *ctx);
static enum ty_code compare_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_compare_datasets = {
	TY_NODE_HEAD,
	.type = "core.compare_datasets",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Compare datasets",
	.summary = "Find what two lists share and where they differ",
	.icon = "git-compare",
	.inputs = TY_PORTS([IN_A] = { "a", "Input A" }, [IN_B] = { "b", "Input B" }),
	.outputs = TY_PORTS([OUT_IN_A] = { "in_a", "In A only" }, [OUT_SAME] = { "same", "Same" },
			    [OUT_DIFFERENT] = { "different", "Different" },
			    [OUT_IN_B] = { "in_b", "In B only" }),
	.params = TY_PARAMS(TY_ROW_LIST(struct compare_params, keys, key_rows, struct key_field, 20,
					"Items belong together where", .flags = TY_PARAM_REQUIRED,
					.help = "All of these fields are equal."),
			    TY_ROW_LIST(struct compare_params, fields, skipped_rows,
					struct skipped_field, 100, "Fields not compared"),
			    TY_ROW_ENUM(struct compare_params, give, compare_gives,
					"For different items give", .def = "difference")),
	.params_size = sizeof(struct compare_params),
	.flags = TY_NODE_PURE,
	.check = compare_check,
	.advise = compare_advise,
	.exec = compare_exec,
};

static void
compare_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	      void *ctx)
{
	node_fields_check(params, "keys", "field_a", found, ctx);
	node_fields_check(params, "keys", "field_b", found, ctx);
	node_path_check_fields(def, params, found, ctx);
}

static void
compare_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	       void *ctx)
{
	node_fields_advise(params, "keys", "field_a", found, ctx);
	node_fields_advise(params, "keys", "field_b", found, ctx);
	node_path_advise_fields(def, params, found, ctx);
}

/* ---- pairs ---- */

static const char *
key_path(const struct key_field *key, size_t port)
{
	return port == IN_B && key->field_b != NULL && key->field_b[0] != '\0' ? key->field_b
									       : key->field_a;
}

/* NULL where a field is missing. */
static const char *
item_key(struct ty_step *step, const struct compare_params *p, size_t port, size_t i,
	 unsigned *ranks)
{
	const struct key_field *keys = p->keys.items;
	struct ty_buf buf;

	ty_buf_init(&buf, ty_step_arena(step), 64);
	for (size_t k = 0; k < p->keys.count; k++) {
		const json_t *value =
			node_path_get(ty_step_port_json(step, port, i), key_path(&keys[k], port));

		if (value == NULL)
			return NULL;
		ranks[k] |= 1U << node_rank_of(value);
		node_key_add(&buf, value);
	}
	return buf.data;
}

/* Items of B by key: a chain per key, in input order, of which the first is the next to pair. */
struct entry {
	size_t item;
	bool is_paired;
	struct entry *next;
};

struct chain {
	struct entry *first, *last;
};

static struct entry *
index_b(struct ty_step *step, const struct compare_params *p, struct ty_map *map, unsigned *ranks)
{
	size_t count = ty_step_port_count(step, IN_B);
	struct ty_arena *arena = ty_step_arena(step);
	struct entry *entries = ty_arena_alloc_array(arena, count + 1, sizeof(*entries));

	for (size_t i = 0; i < count; i++) {
		const char *key = item_key(step, p, IN_B, i, ranks);
		struct chain *chain = key != NULL ? ty_map_find(map, key) : NULL;

		entries[i].item = i;
		if (key == NULL)
			continue;
		if (chain == NULL) {
			chain = ty_arena_new_of(arena, struct chain);
			ty_map_set(map, key, chain);
		}
		if (chain->first == NULL)
			chain->first = &entries[i];
		else
			chain->last->next = &entries[i];
		chain->last = &entries[i];
	}
	return entries;
}

/* ---- what differs ---- */

/* The item without its key fields and those that are not compared; new reference. */
static json_t *
compared(struct ty_step *step, const struct compare_params *p, size_t port, size_t i)
{
	const struct key_field *keys = p->keys.items;
	const struct skipped_field *skipped = p->fields.items;
	json_t *json = json_copy((json_t *)ty_step_port_json(step, port, i));

	for (size_t k = 0; k < p->keys.count; k++)
		node_path_remove_as(NODE_PATH_DOTS, json, key_path(&keys[k], port));
	for (size_t f = 0; f < p->fields.count; f++)
		node_path_remove_as(NODE_PATH_DOTS, json, skipped[f].field);
	return json;
}

static bool
is_same(struct ty_arena *arena, const json_t *a, const json_t *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a == b || strcmp(node_key(arena, a), node_key(arena, b)) == 0;
}

static json_t *
keys_json(struct ty_step *step, const struct compare_params *p, size_t i)
{
	const struct key_field *keys = p->keys.items;
	json_t *json = json_object();

	for (size_t k = 0; k < p->keys.count; k++)
		node_path_set(json, keys[k].field_a,
			      json_incref((json_t *)node_path_get(ty_step_port_json(step, IN_A, i),
								  keys[k].field_a)));
	return json;
}

static void
field_compare(struct ty_arena *arena, const char *name, json_t *a, json_t *b, json_t *same,
	      json_t *different)
{
	if (is_same(arena, a, b)) {
		json_object_set(same, name, a);
		return;
	}
	json_object_set_new(different, name,
			    json_pack("{s:o, s:o}", "input_a",
				      a != NULL ? json_incref(a) : json_null(), "input_b",
				      b != NULL ? json_incref(b) : json_null()));
}

/* { "keys", "same", "different" } of what is compared of two items; new reference. */
static json_t *
difference(struct ty_step *step, const struct compare_params *p, const json_t *a, const json_t *b,
	   size_t i)
{
	struct ty_arena *arena = ty_step_arena(step);
	json_t *same = json_object(), *different = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)a, name, value)
		field_compare(arena, name, value, json_object_get(b, name), same, different);
	json_object_foreach((json_t *)b, name, value) if (json_object_get(a, name) == NULL)
		field_compare(arena, name, NULL, value, same, different);
	return json_pack("{s:o, s:o, s:o}", "keys", keys_json(step, p, i), "same", same,
			 "different", different);
}

static enum ty_code
pair_emit(struct ty_step *step, const struct compare_params *p, size_t i, size_t j,
	  struct ty_err *err)
{
	const struct ty_from from[] = { { IN_A, i }, { IN_B, j } };
	struct ty_arena *arena = ty_step_arena(step);
	json_t *a = ty_json_own(arena, compared(step, p, IN_A, i));
	json_t *b = ty_json_own(arena, compared(step, p, IN_B, j));
	bool same = is_same(arena, a, b);
	size_t port = !same && p->give == GIVE_B ? IN_B : IN_A;

	if (!same && p->give == GIVE_DIFFERENCE)
		return ty_step_emit_from(step, OUT_DIFFERENT, difference(step, p, a, b, i), from, 2,
					 err);
	return ty_step_emit_files_from(
		step, same ? OUT_SAME : OUT_DIFFERENT,
		json_incref((json_t *)ty_step_port_json(step, port, from[port].item)),
		json_incref(
			json_object_get(ty_step_port_item(step, port, from[port].item), "binary")),
		from, 2, err);
}

static enum ty_code
compare_exec(struct ty_step *step, struct ty_err *err)
{
	const struct compare_params *p = ty_step_params(step, 0);
	const struct key_field *keys = p->keys.items;
	struct ty_map *map = ty_map_new(ty_step_arena(step));
	unsigned *ranks =
		ty_arena_alloc_array(ty_step_arena(step), p->keys.count + 1, sizeof(*ranks));
	struct entry *entries = index_b(step, p, map, ranks);

	for (size_t i = 0; i < ty_step_port_count(step, IN_A); i++) {
		const char *key = item_key(step, p, IN_A, i, ranks);
		struct chain *chain = key != NULL ? ty_map_find(map, key) : NULL;
		struct entry *match = chain != NULL ? chain->first : NULL;

		if (match == NULL) {
			if (ty_step_port_pass(step, OUT_IN_A, IN_A, i, err) != TY_OK)
				return err->code;
			continue;
		}
		chain->first = match->next;
		match->is_paired = true;
		if (pair_emit(step, p, i, match->item, err) != TY_OK)
			return err->code;
	}
	for (size_t j = 0; j < ty_step_port_count(step, IN_B); j++)
		if (!entries[j].is_paired &&
		    ty_step_port_pass(step, OUT_IN_B, IN_B, j, err) != TY_OK)
			return err->code;
	for (size_t k = 0; k < p->keys.count; k++)
		node_mixed_notice(step, keys[k].field_a, ranks[k]);
	return TY_OK;
}
