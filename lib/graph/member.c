/*
 * member.c -- every member of a document by its schema: unknown ones, refused ones, and data that
 * nobody here reads (places, notes) but whose form others rely on.
 *
 * The members are those of workflow.schema.json; what C reads of them is read.c's and edge.c's, which
 * report their forms.  Only validation looks here, so that a version that is published already goes
 * on as it does.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>

#define REF_PREFIX "#/$defs/"

struct walk {
	const json_t *defs;
	struct ty_graph_report *report;
	const char *node, *type; /* id and type of the node that the walk is within */
};

/* ---- data: a member with "x-data", the words for its form ---- */

static bool
data_is_type(const json_t *value, const char *type)
{
	return (json_is_object(value) && ty_str_eq(type, "object")) ||
	       (json_is_array(value) && ty_str_eq(type, "array")) ||
	       (json_is_string(value) && ty_str_eq(type, "string")) ||
	       (json_is_number(value) && ty_str_eq(type, "number"));
}

/* A type, or a list of a type and "null". */
static const char *
data_type(const json_t *schema)
{
	const json_t *type = json_object_get(schema, "type");

	return json_string_value(json_is_array(type) ? json_array_get(type, 0) : type);
}

/* Characters of a text, entries of a list. */
static int64_t
data_length(const json_t *value)
{
	const char *s = json_string_value(value);
	int64_t count = 0;

	if (s == NULL)
		return (int64_t)json_array_size(value);
	for (; *s != '\0'; s++)
		count += ((unsigned char)*s & 0xC0) != 0x80;
	return count;
}

static bool
data_fits(const json_t *schema, const json_t *value)
{
	const json_t *items = ty_json_arr(schema, "prefixItems");
	int64_t len = data_length(value), min = ty_json_int(schema, "minItems", 0);
	int64_t max = ty_json_int(schema, "maxItems", ty_json_int(schema, "maxLength", INT64_MAX));

	if (!data_is_type(value, data_type(schema)) || len < min || len > max)
		return false;
	for (size_t i = 0; i < json_array_size(items); i++)
		if (!data_is_type(json_array_get(value, i), data_type(json_array_get(items, i))))
			return false;
	return true;
}

static void
data_check(const struct walk *w, const json_t *schema, const char *key, const json_t *value,
	   const char *path)
{
	const char *form = ty_json_str(schema, "x-data", NULL);

	if (form != NULL && !data_fits(schema, value))
		ty_graph_report_add(w->report, TY_FINDING_BAD_SHAPE, w->node, path, NULL,
				    "\"%s\" must be %s", key, form);
}

/* ---- the walk ---- */

static bool
is_node(const char *part)
{
	return ty_str_eq(part, "WorkflowNode");
}

static void walk_object(struct walk *w, const char *part, const json_t *value, const char *path);

/* Entries of a list of data, such as notes; those of nodes and edges are their readers' to judge. */
static void
walk_data_entry(const struct walk *w, const char *part, const json_t *value, const char *path)
{
	const json_t *required = ty_json_arr(json_object_get(w->defs, part), "required"), *name;
	size_t i;

	if (!json_is_object(value))
		ty_graph_report_add(w->report, TY_FINDING_BAD_SHAPE, NULL, path, NULL,
				    "an entry here must be an object");
	json_array_foreach((json_t *)required, i, name)
	{
		if (json_is_object(value) &&
		    json_object_get(value, json_string_value(name)) == NULL)
			ty_graph_report_add(w->report, TY_FINDING_BAD_SHAPE, NULL, path, NULL,
					    "it has no \"%s\"", json_string_value(name));
	}
}

static void
walk_list(struct walk *w, const json_t *schema, const json_t *list, const char *path)
{
	const char *ref = ty_json_str(ty_json_obj(schema, "items"), "$ref", NULL);
	bool is_data = json_object_get(schema, "x-data") != NULL;
	const json_t *entry;
	size_t i;

	if (ref == NULL)
		return;
	json_array_foreach((json_t *)list, i, entry)
	{
		const char *at = ty_arena_printf(w->report->arena, "%s[%zu]", path, i);

		if (is_data)
			walk_data_entry(w, ref + strlen(REF_PREFIX), entry, at);
		walk_object(w, ref + strlen(REF_PREFIX), entry, at);
	}
}

/* The member that was meant, for the hint; NULL = none is near. */
static const char *
walk_nearest(struct ty_arena *arena, const json_t *properties, const char *key)
{
	const char *name, *nearest = NULL;
	size_t best = TY_STR_SLIPS_MAX + 1;
	json_t *unused;

	json_object_foreach((json_t *)properties, name, unused)
	{
		size_t distance = ty_str_distance(key, name);

		if (distance < best) {
			best = distance;
			nearest = name;
		}
	}
	return nearest != NULL ? ty_arena_printf(arena, "Did you mean \"%s\"?", nearest) : NULL;
}

static void
walk_member(struct walk *w, const char *part, const char *key, const json_t *value,
	    const char *path)
{
	const json_t *properties = ty_json_obj(json_object_get(w->defs, part), "properties");
	const json_t *schema = json_object_get(properties, key);
	const char *ref = ty_json_str(schema, "$ref", NULL);

	if (schema == NULL) {
		ty_graph_report_add(w->report, TY_FINDING_UNKNOWN_KEY, w->node, path,
				    walk_nearest(w->report->arena, properties, key),
				    "there is no \"%.80s\" here", key);
		return;
	}
	/* Accept null unless the schema has one type, because a list of types has null among them. */
	if (json_is_null(value) && !json_is_string(json_object_get(schema, "type")))
		return;
	if (!is_node(part) || !ty_graph_refuse(w->type, key, value, w->node, path, w->report))
		(void)ty_graph_refuse(part, key, value, w->node, path, w->report);
	data_check(w, schema, key, value, path);
	if (ref != NULL)
		walk_object(w, ref + strlen(REF_PREFIX), value, path);
	if (json_is_array(value))
		walk_list(w, schema, value, path);
}

static void
walk_object(struct walk *w, const char *part, const json_t *value, const char *path)
{
	const char *outer = w->node, *key;
	json_t *member;

	if (is_node(part)) {
		w->node = ty_json_str(value, "id", NULL);
		w->type = ty_json_str(value, "type", "");
	}
	json_object_foreach((json_t *)value, key, member)
	{
		walk_member(w, part, key, member,
			    ty_arena_printf(w->report->arena, "%s%s%.100s", path,
					    *path != '\0' ? "." : "", key));
	}
	w->node = outer;
}

void
ty_graph_check_members(const json_t *doc, struct ty_graph_report *report)
{
	json_t *schema = ty_json_own(report->arena, json_loads(ty_graph_schema, 0, NULL));
	struct walk w = { .defs = ty_json_obj(schema, "$defs"), .report = report };

	TY_ASSERT(w.defs != NULL);
	walk_object(&w, "WorkflowDocument", doc, "");
}
