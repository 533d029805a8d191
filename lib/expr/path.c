/*
 * path.c -- is this code a plain path, one that C can follow as JavaScript would?
 *
 *	path = root { "." name | "?." name | [ "?." ] "[" string "]" | [ "?." ] "[" index "]" }
 *	root = $json | $vars | $execution | $workflow | $itemIndex
 *	     | $input.item.json | $('Node').item.json
 *
 * Never a different answer from JavaScript: a member that a value may inherit from a
 * prototype (length, toString ...) makes it a script.  At the first step behind a root
 * only Object.prototype matters, since every root is an object.  One thing differs on
 * purpose: a path through undefined or null gives undefined where JavaScript throws,
 * because that is what n8n users know.  Where such a path is part of a script, it is
 * written with "?.", so that both ways agree.
 */
#include "expr/internal.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* Steps of a path; more than JSON may be deep lead nowhere in any case. */
#define PATH_STEPS_MAX 80

struct path_parser {
	struct ty_arena *arena;
	const char *code;
	size_t len, at;
	struct ty_expr_step steps[PATH_STEPS_MAX];
	size_t step_count;
};

/* Names on the prototype of any object; sorted. */
static const char *const object_names[] = {
	"__defineGetter__", "__defineSetter__", "__lookupGetter__",
	"__lookupSetter__", "__proto__",	"constructor",
	"hasOwnProperty",   "isPrototypeOf",	"propertyIsEnumerable",
	"toLocaleString",   "toString",		"valueOf",
};

/* Names on the prototypes of arrays, strings, numbers and booleans; sorted. */
static const char *const value_names[] = {
	"anchor",
	"at",
	"big",
	"blink",
	"bold",
	"charAt",
	"charCodeAt",
	"codePointAt",
	"concat",
	"contains",
	"copyWithin",
	"description",
	"endsWith",
	"entries",
	"every",
	"fill",
	"filter",
	"find",
	"findIndex",
	"findLast",
	"findLastIndex",
	"fixed",
	"flat",
	"flatMap",
	"fontcolor",
	"fontsize",
	"forEach",
	"group",
	"groupBy",
	"groupByToMap",
	"groupToMap",
	"includes",
	"indexOf",
	"isWellFormed",
	"italics",
	"join",
	"keys",
	"lastIndexOf",
	"length",
	"link",
	"localeCompare",
	"map",
	"match",
	"matchAll",
	"normalize",
	"padEnd",
	"padStart",
	"pop",
	"push",
	"reduce",
	"reduceRight",
	"repeat",
	"replace",
	"replaceAll",
	"reverse",
	"search",
	"shift",
	"slice",
	"small",
	"some",
	"sort",
	"splice",
	"split",
	"startsWith",
	"strike",
	"sub",
	"substr",
	"substring",
	"sup",
	"toExponential",
	"toFixed",
	"toLocaleLowerCase",
	"toLocaleUpperCase",
	"toLowerCase",
	"toPrecision",
	"toReversed",
	"toSorted",
	"toSpliced",
	"toUpperCase",
	"toWellFormed",
	"trim",
	"trimEnd",
	"trimLeft",
	"trimRight",
	"trimStart",
	"unshift",
	"values",
	"with",
};

static int
path_name_cmp(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

static bool
path_is_inherited(const char *key, bool first)
{
	if (bsearch(key, object_names, TY_ARRAY_COUNT(object_names), sizeof(char *),
		    path_name_cmp) != NULL)
		return true;
	return !first && bsearch(key, value_names, TY_ARRAY_COUNT(value_names), sizeof(char *),
				 path_name_cmp) != NULL;
}

static bool
path_take(struct path_parser *p, const char *word)
{
	size_t len = strlen(word);

	if (p->len - p->at < len || memcmp(p->code + p->at, word, len) != 0)
		return false;
	p->at += len;
	return true;
}

static size_t
path_name_len(const struct path_parser *p)
{
	size_t n = 0;

	for (; p->at + n < p->len; n++) {
		char c = p->code[p->at + n];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
		      (n > 0 && c >= '0' && c <= '9')))
			break;
	}
	return n;
}

/* A canonical array index, as JavaScript understands one; -1 else. */
static int64_t
path_index(const char *key)
{
	int64_t n;

	if (key[0] == '-' || (key[0] == '0' && key[1] != '\0') ||
	    !ty_str_parse_i64(key, 0, UINT32_MAX - 1, &n))
		return -1;
	return n;
}

static bool
path_add(struct path_parser *p, const char *key)
{
	if (p->step_count == PATH_STEPS_MAX || path_is_inherited(key, p->step_count == 0))
		return false;
	p->steps[p->step_count++] = (struct ty_expr_step){ .key = key, .index = path_index(key) };
	return true;
}

static bool
path_parse_name(struct path_parser *p)
{
	size_t len = path_name_len(p);
	const char *key = ty_arena_strndup(p->arena, p->code + p->at, len);

	p->at += len;
	return len > 0 && path_add(p, key);
}

/* Behind a '[': a string or an index, and the ']'. */
static bool
path_parse_bracket(struct path_parser *p)
{
	size_t end = p->at;
	const char *key;

	while (end < p->len && p->code[end] >= '0' && p->code[end] <= '9')
		end++;
	if (end > p->at) {
		key = ty_arena_strndup(p->arena, p->code + p->at, end - p->at);
		if (path_index(key) < 0)
			return false; /* 007, 1e9: JavaScript's own business */
		p->at = end;
	} else {
		key = ty_expr_scan_string(p->arena, p->code, p->len, p->at, &p->at);
		if (key == NULL)
			return false;
	}
	return path_take(p, "]") && path_add(p, key);
}

/* Parse one step, from its "." or "[" on; false with 'at' moved where it is no step of a plain path. */
static bool
path_parse_step(struct path_parser *p)
{
	bool optional = path_take(p, "?."), ok;

	if (path_take(p, "["))
		ok = path_parse_bracket(p);
	else
		ok = (optional || path_take(p, ".")) && path_parse_name(p);
	if (!ok)
		return false;
	p->steps[p->step_count - 1].optional = optional;
	p->steps[p->step_count - 1].end = p->at;
	return true;
}

static bool
path_parse_steps(struct path_parser *p)
{
	while (p->at < p->len) {
		char c = p->code[p->at];

		if (c != '.' && c != '[' &&
		    !(c == '?' && p->at + 1 < p->len && p->code[p->at + 1] == '.'))
			break;
		if (!path_parse_step(p))
			return false;
	}
	return true;
}

/* $('Node').item.json */
static bool
path_parse_node(struct path_parser *p, struct ty_expr_path *path)
{
	path->root = TY_EXPR_ROOT_NODE;
	path->node = ty_expr_scan_string(p->arena, p->code, p->len, p->at, &p->at);
	return path->node != NULL && path_take(p, ")") && path_take(p, ".item.json");
}

static bool
path_parse_root(struct path_parser *p, struct ty_expr_path *path)
{
	static const struct {
		const char *word;
		enum ty_expr_root root;
	} roots[] = {
		{ "$input.item.json", TY_EXPR_ROOT_JSON }, { "$json", TY_EXPR_ROOT_JSON },
		{ "$itemIndex", TY_EXPR_ROOT_ITEM_INDEX }, { "$vars", TY_EXPR_ROOT_VARS },
		{ "$execution", TY_EXPR_ROOT_EXECUTION },  { "$workflow", TY_EXPR_ROOT_WORKFLOW },
	};

	if (path_take(p, "$("))
		return path_parse_node(p, path);
	for (size_t i = 0; i < TY_ARRAY_COUNT(roots); i++) {
		if (!path_take(p, roots[i].word))
			continue;
		path->root = roots[i].root;
		return true;
	}
	return false;
}

const struct ty_expr_path *
ty_expr_path_scan(struct ty_arena *arena, const char *code, size_t len, size_t at,
		  size_t *ret_after)
{
	struct path_parser p = { .arena = arena, .code = code, .len = len, .at = at };
	struct ty_expr_path *path;

	if (at >= len || code[at] != '$')
		return NULL;
	path = ty_arena_new_of(arena, struct ty_expr_path);
	if (!path_parse_root(&p, path))
		return NULL;
	path->code = code + at;
	path->root_len = p.at - at;
	if (!path_parse_steps(&p))
		return NULL;
	if (path->root == TY_EXPR_ROOT_ITEM_INDEX && p.step_count > 0)
		return NULL; /* a number's members are all inherited */
	for (size_t i = 0; i < p.step_count; i++)
		p.steps[i].end -= at;
	path->step_count = p.step_count;
	if (p.step_count > 0)
		path->steps = ty_arena_memdup(arena, p.steps, p.step_count * sizeof(*p.steps));
	*ret_after = p.at;
	return path;
}

const struct ty_expr_path *
ty_expr_path_parse(struct ty_arena *arena, const char *code, size_t len)
{
	size_t after = 0;
	const struct ty_expr_path *path = ty_expr_path_scan(arena, code, len, 0, &after);

	return after == len ? path : NULL;
}

void
ty_expr_quote(struct ty_buf *buf, const char *s, size_t len)
{
	ty_buf_add_char(buf, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			ty_buf_printf(buf, "\\%c", c);
		else if (c < 0x20)
			ty_buf_printf(buf, "\\x%02x", c);
		else
			ty_buf_add_char(buf, (char)c);
	}
	ty_buf_add_char(buf, '"');
}

void
ty_expr_path_script(struct ty_buf *buf, const struct ty_expr_path *path)
{
	static const char *const roots[] = {
		[TY_EXPR_ROOT_JSON] = "$json",	       [TY_EXPR_ROOT_ITEM_INDEX] = "$itemIndex",
		[TY_EXPR_ROOT_VARS] = "$vars",	       [TY_EXPR_ROOT_EXECUTION] = "$execution",
		[TY_EXPR_ROOT_WORKFLOW] = "$workflow",
	};

	if (path->root == TY_EXPR_ROOT_NODE) {
		ty_buf_add_str(buf, "$(");
		ty_expr_quote(buf, path->node, strlen(path->node));
		ty_buf_add_str(buf, ").item?.json");
	} else {
		ty_buf_add_str(buf, roots[path->root]);
	}
	for (size_t i = 0; i < path->step_count; i++) {
		ty_buf_add_str(buf, "?.[");
		ty_expr_quote(buf, path->steps[i].key, strlen(path->steps[i].key));
		ty_buf_add_char(buf, ']');
	}
}
