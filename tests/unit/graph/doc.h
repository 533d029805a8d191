/*
 * doc.h -- workflow documents of tests: JSON text in which ` stands for ".
 */
#ifndef TY_TESTS_GRAPH_DOC_H
#define TY_TESTS_GRAPH_DOC_H

#include "graph/graph.h"
#include "json/json.h"
#include "support/common.h"
#include "support/nodes.h"

#define T		  "{`id`:`t`,`type`:`core.manual`}"
#define NODE(id, more)	  "{`id`:`" id "`,`type`:`core.noop`" more "}"
#define EDGE(a, b)	  "{`from`:`" a "`,`to`:`" b "`}"
#define DOC(nodes, edges) "{`nodes`:[" nodes "],`edges`:[" edges "]}"

static inline json_t *
doc_json(const char *text)
{
	char *copy = ty_arena_strdup(fx.arena, text);
	json_error_t where;
	json_t *json;

	for (char *at = strchr(copy, '`'); at != NULL; at = strchr(at, '`'))
		*at = '"';
	json = json_loads(copy, JSON_DECODE_ANY, &where);
	ck_assert_msg(json != NULL, "the test's own JSON is broken at %d: %s", where.column, copy);
	return ty_json_own(fx.arena, json);
}

static inline const struct ty_registry *
doc_registry(void)
{
	return builtin_registry(fx.arena);
}

/* 'count' nodes, the first a trigger; edges from each to the next, 'extra' times over. */
static inline json_t *
doc_large(size_t nodes, size_t edges)
{
	json_t *list = json_array(), *lines = json_array();
	char id[32], to[32];

	for (size_t i = 0; i < nodes; i++) {
		snprintf(id, sizeof(id), "n%zu", i);
		json_array_append_new(list, json_pack("{s:s, s:s}", "id", id, "type",
						      i == 0 ? "core.manual" : "core.noop"));
	}
	for (size_t i = 0; i < edges; i++) {
		snprintf(id, sizeof(id), "n%zu", i % (nodes - 1));
		snprintf(to, sizeof(to), "n%zu", i % (nodes - 1) + 1);
		json_array_append_new(lines, json_pack("{s:s, s:s}", "from", id, "to", to));
	}
	return ty_json_own(fx.arena, json_pack("{s:o, s:o}", "nodes", list, "edges", lines));
}

#endif
