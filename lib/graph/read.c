/*
 * read.c -- nodes and settings of a workflow document, member by member.
 *
 * A member that cannot be read is reported and takes its default, so that one slip
 * hides nothing behind it.  Strings and params are borrowed from the document.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"
#include "json/json.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Object that members are read from, for messages. */
struct source {
	struct ty_graph_report *report;
	const json_t *object;
	const char *node; /* id, NULL for settings */
	const char *path; /* path of 'object' */
	enum ty_finding kind;
};

static const char *
source_path(const struct source *src, const char *key)
{
	return ty_arena_printf(src->report->arena, "%s.%s", src->path, key);
}

static const char *
read_type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return json_is_number(value) ? "a number" : "text";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_NULL:
		return "null";
	default:
		return "true or false";
	}
}

static void
read_expect(const struct source *src, const char *key, const json_t *value, const char *expected)
{
	ty_graph_report_add(src->report, src->kind, src->node, source_path(src, key), NULL,
			    "\"%s\" must be %s%s%s", key, expected, value != NULL ? ", not " : "",
			    value != NULL ? read_type_name(value) : "");
}

static int64_t
read_int(const struct source *src, const char *key, int64_t min, int64_t max, int64_t def)
{
	const json_t *value = json_object_get(src->object, key);
	char expected[80];

	if (value == NULL || json_is_null(value))
		return def;
	if (json_is_integer(value) && json_integer_value(value) >= min &&
	    json_integer_value(value) <= max)
		return json_integer_value(value);
	snprintf(expected, sizeof(expected), "a whole number from %lld to %lld", (long long)min,
		 (long long)max);
	/* "not a number" would be a strange thing to say of a number out of range. */
	read_expect(src, key, json_is_number(value) ? NULL : value, expected);
	return def;
}

static bool
read_bool(const struct source *src, const char *key, bool def)
{
	const json_t *value = json_object_get(src->object, key);

	if (value == NULL || json_is_null(value))
		return def;
	if (!json_is_boolean(value))
		read_expect(src, key, value, "true or false");
	return json_is_boolean(value) ? json_is_true(value) : def;
}

/* Index into the NULL-terminated 'choices'; the first is the default. */
static int
read_choice(const struct source *src, const char *key, const char *const *choices)
{
	const json_t *value = json_object_get(src->object, key);
	char expected[160] = "one of";
	size_t used = strlen(expected);

	if (value == NULL || json_is_null(value))
		return 0;
	for (int i = 0; choices[i] != NULL; i++)
		if (json_is_string(value) && ty_str_eq(json_string_value(value), choices[i]))
			return i;
	for (int i = 0; choices[i] != NULL && used < sizeof(expected); i++)
		used += (size_t)snprintf(expected + used, sizeof(expected) - used, "%s \"%s\"",
					 i > 0 ? "," : "", choices[i]);
	read_expect(src, key, json_is_string(value) ? NULL : value, expected);
	return 0;
}

/* Printable text of 1 to 'max' bytes; NULL where it is absent or was reported. */
static const char *
read_text(const struct source *src, const char *key, size_t max, bool required)
{
	const json_t *value = json_object_get(src->object, key);
	const char *s = json_string_value(value);
	char expected[80];
	bool ok = s != NULL && *s != '\0' && strlen(s) <= max &&
		  strlen(s) == json_string_length(value);

	if (!required && (value == NULL || json_is_null(value)))
		return NULL;
	for (const char *p = ok ? s : ""; *p != '\0'; p++)
		ok = ok && (unsigned char)*p >= ' ' && *p != 0x7f;
	if (ok)
		return s;
	snprintf(expected, sizeof(expected), "printable text of 1 to %zu bytes", max);
	read_expect(src, key, s == NULL ? value : NULL, expected);
	return NULL;
}

/* Ids are part of journal keys, which are split at '/'. */
static bool
read_id_is_valid(const char *id)
{
	size_t len = strlen(id);

	return len > 0 && len <= TY_GRAPH_ID_BYTES &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:") ==
		       len;
}

static void
read_id(struct ty_graph *graph, struct ty_graph_node *node, struct source *src)
{
	const json_t *value = json_object_get(src->object, "id");
	const char *id = json_string_value(value);
	const struct ty_graph_node *other;

	/* No id can be like this one, so nothing refers to it. */
	node->id = ty_arena_printf(graph->arena, "#%zu", node->index);
	if (id == NULL || !read_id_is_valid(id)) {
		ty_graph_report_add(src->report, TY_FINDING_BAD_SHAPE, NULL, source_path(src, "id"),
				    NULL, "a node's \"id\" must be 1 to %d letters, digits or _-.:",
				    TY_GRAPH_ID_BYTES);
		return;
	}
	other = ty_map_find(graph->by_id, id);
	if (other != NULL) {
		ty_graph_report_add(
			src->report, TY_FINDING_DUPLICATE_ID, id, source_path(src, "id"), NULL,
			"the id \"%s\" is that of nodes[%zu] already", id, other->index);
		return;
	}
	node->id = id;
	ty_map_set(graph->by_id, id, node);
	src->node = id;
}

static void
read_name(struct ty_graph *graph, struct ty_graph_node *node, const struct source *src)
{
	const char *name = read_text(src, "name", TY_GRAPH_NAME_BYTES, false);

	node->name = name != NULL ? name : node->id;
	/* The first one keeps the name; validate.c reports the others. */
	if (ty_map_find(graph->by_name, node->name) == NULL)
		ty_map_set(graph->by_name, node->name, node);
}

static void
read_type(struct ty_graph *graph, struct ty_graph_node *node, const struct source *src)
{
	const char *type = read_text(src, "type", TY_GRAPH_NAME_BYTES, true);

	node->type = type != NULL ? type : "";
	node->version = (int)read_int(src, "version", 1, INT_MAX, 1);
	node->match = ty_registry_find(graph->registry, node->type, node->version, &node->def);
}

/* Codes that end a run whatever a node says, or no failure. */
static bool
code_is_final(enum ty_code code)
{
	return code == TY_OK || code == TY_E_CANCELED || code == TY_E_IN_DOUBT ||
	       code == TY_E_POISON || code == TY_E_DEAD_LETTER;
}

/* The codes to try again of, as bits. */
static uint64_t
read_codes(const struct source *src, const char *key)
{
	const json_t *list = json_object_get(src->object, key), *value;
	uint64_t codes = 0;
	size_t i;

	if (list == NULL || json_is_null(list))
		return 0;
	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > TY_E__COUNT) {
		read_expect(src, key, json_is_array(list) ? NULL : list,
			    "a list of error codes, one at least");
		return 0;
	}
	json_array_foreach((json_t *)list, i, value)
	{
		enum ty_code code = TY_OK;

		if (json_is_string(value) && ty_code_parse(json_string_value(value), &code) &&
		    !code_is_final(code))
			codes |= UINT64_C(1) << code;
		else
			read_expect(src, ty_arena_printf(src->report->arena, "%s[%zu]", key, i),
				    json_is_string(value) ? NULL : value,
				    "an error code such as \"upstream\" or \"timeout\"");
	}
	return codes;
}

static void
read_retry(struct ty_graph_node *node, const struct source *src)
{
	static const char *const backoffs[] = { [TY_BACKOFF_EXPONENTIAL] = "exponential",
						[TY_BACKOFF_LINEAR] = "linear",
						[TY_BACKOFF_FIXED] = "fixed",
						NULL };
	const json_t *value = json_object_get(src->object, "retry");
	struct source inner = *src;

	node->retry = (struct ty_retry){ .tries = 1, .base_ms = 1000, .max_ms = 60000 };
	if (value == NULL || json_is_null(value))
		return;
	if (!json_is_object(value)) {
		read_expect(src, "retry", value, "an object");
		return;
	}
	inner.object = value;
	inner.path = source_path(src, "retry");
	node->retry.tries = read_int(&inner, "tries", 1, TY_LIMIT_RETRY_TRIES, 3);
	node->retry.backoff = (enum ty_backoff)read_choice(&inner, "backoff", backoffs);
	node->retry.base_ms = read_int(&inner, "base_ms", 1, TY_LIMIT_RETRY_MS, 1000);
	node->retry.max_ms = read_int(&inner, "max_ms", node->retry.base_ms, TY_LIMIT_RETRY_MS,
				      node->retry.base_ms > 60000 ? node->retry.base_ms : 60000);
	node->retry.on = read_codes(&inner, "on");
	node->retry.new_key = read_bool(&inner, "new_key", false);
}

static void
read_params(struct ty_graph *graph, struct ty_graph_node *node, const struct source *src)
{
	const json_t *value = json_object_get(src->object, "params");

	node->params = json_is_object(value) ? value : graph->empty;
	if (value != NULL && !json_is_object(value) && !json_is_null(value))
		read_expect(src, "params", value, "an object");
}

/* The node's ports; those of a missing one are made up from its edges, in edge.c. */
static void
read_ports(struct ty_graph *graph, struct ty_graph_node *node)
{
	const struct ty_port *outputs;
	struct ty_port *copy;
	size_t count = 0;

	if (node->def == NULL)
		return;
	while (node->def->inputs[node->input_count].name != NULL)
		node->input_count++;
	outputs = node->def->outputs;
	if (node->def->outputs_for != NULL)
		outputs = node->def->outputs_for(node->def, graph->arena, node->params);
	if (outputs == NULL)
		outputs = node->def->outputs;
	while (outputs[count].name != NULL)
		count++;
	node->outputs = outputs;
	node->output_count = count;
	if (node->on_error != TY_ON_ERROR_OUTPUT || ty_graph_port_find(outputs, "error") >= 0)
		return;
	copy = ty_arena_alloc_array(graph->arena, count + 2, sizeof(*copy));
	memcpy(copy, outputs, count * sizeof(*copy));
	copy[count] = (struct ty_port){ .name = "error", .label = "Error" };
	node->outputs = copy;
	node->output_count = count + 1;
}

static void
read_node(struct ty_graph *graph, struct ty_graph_node *node, const json_t *value,
	  struct ty_graph_report *report)
{
	static const char *const on_errors[] = { [TY_ON_ERROR_STOP] = "stop",
						 [TY_ON_ERROR_CONTINUE] = "continue",
						 [TY_ON_ERROR_OUTPUT] = "error_output",
						 NULL };
	static const char *const on_opens[] = {
		[TY_ON_OPEN_FAIL] = "fail", [TY_ON_OPEN_WAIT] = "wait", NULL
	};
	struct source src = { .report = report, .object = value, .kind = TY_FINDING_BAD_SHAPE };

	src.path = ty_arena_printf(graph->arena, "nodes[%zu]", node->index);
	read_id(graph, node, &src);
	read_name(graph, node, &src);
	read_type(graph, node, &src);
	node->disabled = read_bool(&src, "disabled", false);
	node->on_error = (enum ty_on_error)read_choice(&src, "on_error", on_errors);
	node->once = read_bool(&src, "once", false);
	node->always_output = read_bool(&src, "always_output", false);
	node->timeout_ms = read_int(&src, "timeout_ms", 1, TY_LIMIT_NODE_TIMEOUT_MAX_MS,
				    TY_LIMIT_NODE_TIMEOUT_MS);
	node->on_open = (enum ty_on_open)read_choice(&src, "on_open_breaker", on_opens);
	read_retry(node, &src);
	read_params(graph, node, &src);
	read_ports(graph, node);
}

void
ty_graph_read_nodes(struct ty_graph *graph, const json_t *nodes, struct ty_graph_report *report)
{
	const json_t *value;
	size_t i;

	graph->nodes = ty_arena_alloc_array(graph->arena, json_array_size(nodes) + 1,
					    sizeof(*graph->nodes));
	json_array_foreach((json_t *)nodes, i, value)
	{
		struct ty_graph_node *node = &graph->nodes[graph->node_count];

		if (!json_is_object(value)) {
			ty_graph_report_add(report, TY_FINDING_BAD_SHAPE, NULL,
					    ty_arena_printf(graph->arena, "nodes[%zu]", i), NULL,
					    "a node must be an object, not %s",
					    read_type_name(value));
			continue;
		}
		node->index = i;
		read_node(graph, node, value, report);
		graph->node_count++;
	}
}

/* The shape of an IANA name; whether there is such a zone is the sandbox's to say. */
static bool
read_timezone_is_valid(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
	       strlen(s);
}

void
ty_graph_read_settings(struct ty_graph *graph, const json_t *settings,
		       struct ty_graph_report *report)
{
	static const char *const saves[] = { "all", "errors", "none", NULL };
	static const char *const overlaps[] = { "reads", "off", NULL };
	static const char *const expression_errors[] = { "fail", "undefined", NULL };
	struct source src = { .report = report,
			      .object = settings,
			      .path = "settings",
			      .kind = TY_FINDING_BAD_SETTING };
	const char *timezone;

	graph->timeout_ms = TY_LIMIT_RUN_TIMEOUT_MS;
	graph->timezone = "UTC";
	graph->save = saves[0];
	graph->overlaps = true;
	if (settings == NULL || json_is_null(settings))
		return;
	if (!json_is_object(settings)) {
		ty_graph_report_add(report, TY_FINDING_BAD_SETTING, NULL, "settings", NULL,
				    "\"settings\" must be an object, not %s",
				    read_type_name(settings));
		return;
	}
	graph->timeout_ms = read_int(&src, "timeout_ms", 1, TY_LIMIT_RUN_TIMEOUT_MAX_MS,
				     TY_LIMIT_RUN_TIMEOUT_MS);
	graph->save = saves[read_choice(&src, "save", saves)];
	graph->overlaps = read_choice(&src, "overlap", overlaps) == 0;
	graph->is_lenient = read_choice(&src, "expression_errors", expression_errors) == 1;
	graph->error_workflow = read_text(&src, "error_workflow", TY_GRAPH_NAME_BYTES, false);
	timezone = read_text(&src, "timezone", TY_GRAPH_ID_BYTES, false);
	if (timezone != NULL && read_timezone_is_valid(timezone))
		graph->timezone = timezone;
	else if (timezone != NULL)
		read_expect(&src, "timezone", NULL, "a time zone name such as \"Europe/Berlin\"");
}
