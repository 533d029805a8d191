/*
 * fuzz_param -- parameters of any node, as a document or an expression may give them.
 *
 * The first line is a node's type, the rest its parameters as JSON.  Binding gives the same answer
 * twice; and values that the check finds nothing in, without an expression, can be bound: what was
 * published is never refused for its form when it runs.
 */
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "node/node.h"
#include "nodes/nodes.h"
#include "param/param.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ty_node_def *
find(const char *type, size_t len)
{
	for (size_t i = 0; ty_nodes_builtin[i] != NULL; i++)
		if (strlen(ty_nodes_builtin[i]->type) == len &&
		    strncmp(ty_nodes_builtin[i]->type, type, len) == 0)
			return ty_nodes_builtin[i];
	return NULL;
}

static void
check(struct ty_arena *arena, const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size);
	const struct ty_node_def *def = end != NULL ? find(text, (size_t)(end - text)) : NULL;
	struct ty_err err = { .code = TY_OK }, again = { .code = TY_OK };
	enum ty_code code;
	json_t *values;

	if (def == NULL ||
	    ty_json_parse(arena, end + 1, size - (size_t)(end + 1 - text), &values, &err) !=
		    TY_OK ||
	    !json_is_object(values))
		return;
	code = ty_param_bind(def->params, arena, values,
			     ty_arena_alloc(arena, def->params_size + 1), &err);
	TY_ASSERT(ty_param_bind(def->params, arena, values,
				ty_arena_alloc(arena, def->params_size + 1), &again) == code);
	TY_ASSERT(code == TY_OK || strcmp(err.msg, again.msg) == 0);
	if (code != TY_OK)
		TY_ASSERT(ty_param_check(def->params, values, NULL, NULL) > 0 ||
			  memchr(text, '=', size) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);

	check(arena, (const char *)data, size);
	ty_arena_free(arena);
	return 0;
}
