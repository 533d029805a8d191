/*
 * fuzz_graph.c -- a workflow document from anywhere: parse, validate, plan.
 *
 * Whatever comes in, the three must agree: what parse takes has no finding of shape, what is
 * planned had no errors that forbid a plan, and nothing is read or written out of bounds.
 */
#include "base/arena.h"
#include "base/err.h"
#include "engine/engine.h"
#include "graph/graph.h"
#include "json/json.h"
#include "nodes/nodes.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has_code(const json_t *findings, const char *code)
{
	json_t *f;
	size_t i;

	json_array_foreach((json_t *)findings, i,
			   f) if (strcmp(ty_json_str(f, "code", ""), code) == 0) return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	struct ty_registry *registry;
	struct ty_err err = { .code = TY_OK };
	const struct ty_graph *graph;
	const struct ty_plan *plan;
	bool has_errors, parsed;
	json_t *doc, *findings;

	TY_ASSERT(ty_nodes_load(arena, &registry, &err) == TY_OK);
	if (ty_json_parse(arena, (const char *)data, size, &doc, &err) == TY_OK) {
		findings = ty_graph_validate(arena, registry, doc, NULL, &has_errors);
		parsed = ty_graph_parse(arena, registry, doc, &graph, &err) == TY_OK;
		TY_ASSERT(parsed || has_errors);
		TY_ASSERT(!parsed || !(has_code(findings, "bad_shape") ||
				       has_code(findings, "dangling_edge")));
		if (parsed && ty_plan_new(arena, graph, &plan, &err) != TY_OK)
			TY_ASSERT(has_errors); /* what cannot run must not be published */
		ty_json_dump(arena, findings, NULL);
	}
	ty_arena_free(arena);
	return 0;
}
