/*
 * fields.c -- see fields.h.
 */
#include "nodes/fields.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "nodes/order.h"
#include "nodes/path.h"

#include <stdio.h>

static bool
path_is_broken(const char *path)
{
	return !node_path_is_valid(path);
}

/* Report the paths that 'is_odd' picks. */
static void
fields_report(const json_t *params, const char *list, const char *member,
	      bool (*is_odd)(const char *path), const char *why, ty_param_finding_fn found,
	      void *ctx)
{
	const json_t *entries = json_object_get(params, list), *entry;
	size_t i;

	json_array_foreach((json_t *)entries, i, entry)
	{
		const char *path = json_string_value(json_object_get(entry, member));
		char place[128];

		if (path == NULL || path[0] == '\0' || path[0] == '=' || !is_odd(path))
			continue;
		snprintf(place, sizeof(place), "%s[%zu].%s", list, i, member);
		found(ctx, place, why, NODE_PATH_HELP);
	}
}

void
node_fields_check(const json_t *params, const char *list, const char *member,
		  ty_param_finding_fn found, void *ctx)
{
	fields_report(params, list, member, path_is_broken, NODE_PATH_BROKEN, found, ctx);
}

void
node_fields_advise(const json_t *params, const char *list, const char *member,
		   ty_param_finding_fn found, void *ctx)
{
	fields_report(params, list, member, node_path_is_doubtful, NODE_PATH_DOUBT, found, ctx);
}

void
node_path_check_fields(const struct ty_node_def *def, const json_t *params,
		       ty_param_finding_fn found, void *ctx)
{
	node_fields_check(params, "fields", "field", found, ctx);
}

void
node_path_advise_fields(const struct ty_node_def *def, const json_t *params,
			ty_param_finding_fn found, void *ctx)
{
	node_fields_advise(params, "fields", "field", found, ctx);
}

void
node_mixed_notice(struct ty_step *step, const char *field, unsigned ranks)
{
	const char *words =
		node_ranks_mixed(ty_step_arena(step), ranks & ~(1U << NODE_RANK_NOTHING));

	if (words != NULL)
		ty_step_notice(step, "mixed_types",
			       "Values of \"%.60s\" are of several types (%s). Nothing is "
			       "converted: 1 and \"1\" are two values.",
			       field, words);
}

const struct ty_from *
node_from_all(struct ty_step *step, size_t count)
{
	struct ty_from *from = ty_arena_alloc_array(ty_step_arena(step), count + 1, sizeof(*from));

	for (size_t i = 0; i < count; i++)
		from[i] = (struct ty_from){ .port = 0, .item = i };
	return from;
}

const char **
node_fields_of_items(struct ty_step *step, size_t *ret_count)
{
	struct ty_arena *arena = ty_step_arena(step);
	struct ty_map *seen = ty_map_new(arena);
	const char **fields = NULL;
	size_t count = 0, cap = 0;

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		json_t *json = (json_t *)ty_step_json(step, i), *value;
		const char *name;

		json_object_foreach(json, name, value)
		{
			if (ty_map_find(seen, name) != NULL)
				continue;
			ty_map_set(seen, name, seen);
			fields = ty_arena_grow(arena, fields, count, &cap, sizeof(*fields));
			fields[count++] = name;
		}
	}
	*ret_count = count;
	return fields;
}

enum ty_code
node_table_check(struct ty_step *step, size_t columns, struct ty_err *err)
{
	size_t count = ty_step_input_count(step);

	if (count == 0 || columns <= NODE_TABLE_CELLS_MAX / count)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT,
		   "The table has %zu columns and %zu rows: more cells than %d, most of them empty",
		   columns, count, NODE_TABLE_CELLS_MAX);
	ty_err_hint(err, "The items have other fields than each other: choose the columns, or "
			 "rename the fields before.");
	return ty_err_at(err, "columns");
}

const char *
node_path_last(struct ty_arena *arena, const char *path)
{
	size_t len;
	const char *name = node_path_last_part(path, &len);

	return ty_arena_strndup(arena, name, len);
}
