/*
 * fuzz_expr.c -- an expression from anywhere: parse; resolve what is plain.
 *
 * The first line is the expression, the rest (where there is one) the item's json.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "expr/expr.h"
#include "json/json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const json_t *
fuzz_node_item(void *ctx, const char *name)
{
	return strlen(name) % 2 == 0 ? ctx : NULL;
}

static void
resolve(struct ty_arena *arena, const struct ty_expr *expr, json_t *item)
{
	struct ty_err err = { .code = TY_OK };
	const struct ty_expr_scope scope = {
		.item = item,
		.vars = item,
		.execution = item,
		.workflow = item,
		.node_item = fuzz_node_item,
		.ctx = item,
	};
	json_t *value = NULL;

	if (ty_expr_resolve(expr, arena, &scope, &value, &err) == TY_OK && value != NULL)
		ty_json_dump(arena, value, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t len = line != NULL ? (size_t)(line - data) : size;
	const char *src = ty_arena_strndup(arena, (const char *)data, len);
	struct ty_err err = { .code = TY_OK };
	const struct ty_expr *expr;
	json_t *json, *item;

	if (line == NULL ||
	    ty_json_parse(arena, (const char *)line + 1, size - len - 1, &json, &err) != TY_OK)
		json = ty_json_own(arena, json_pack("{s:s, s:[i, n]}", "a", "x\xc3\xa9", "b", 1));
	item = ty_json_own(arena, json_pack("{s:O}", "json", json));
	ty_err_clear(&err);
	if (ty_expr_parse(arena, src, &expr, &err) == TY_OK) {
		const char *script = ty_expr_script(expr);

		TY_ASSERT(script != NULL && ty_str_is_utf8(script, strlen(script)));
		for (size_t i = 0; i < ty_expr_node_count(expr); i++)
			TY_ASSERT(ty_expr_node_name(expr, i) != NULL);
		if (ty_expr_is_plain(expr))
			resolve(arena, expr, item);
	} else {
		TY_ASSERT(err.msg[0] != '\0');
	}
	ty_arena_free(arena);
	return 0;
}
