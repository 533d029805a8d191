/*
 * expr.h -- "={{ ... }}" templates: parsed once, resolved per item.
 *
 * A string that starts with '=' is a template.  "={{ x }}" alone, blanks round it or not, keeps
 * x's type; * "=Hello {{ x }}!" gives a string.  A plain path ($json.a.b[0], $vars.x,
 * $('Node').item.json.a, $input.item.json.a, $execution.id ...) is resolved here, and
 * operators over such paths and constants ($json.n > 100 && $json.kind === 'order') are
 * computed here; neither reaches the script engine.  Everything else is a script that the
 * sandbox evaluates, all items of a step in one message.
 */
#ifndef TY_EXPR_EXPR_H
#define TY_EXPR_EXPR_H

#include "base/defs.h"
#include "json/json.h"

struct ty_expr;

enum ty_expr_kind {
	TY_EXPR_LITERAL,  /* "=text" without braces */
	TY_EXPR_PATH,	  /* one {{ path }} */
	TY_EXPR_FORMULA,  /* one {{ }} of operators over paths and constants */
	TY_EXPR_SCRIPT,	  /* one {{ script }} */
	TY_EXPR_TEMPLATE, /* text and parts mixed; a string */
};

/* True for a JSON string that starts with '='. */
bool ty_expr_is(const json_t *value);

/*
 * Parse 'src' (with its leading '=').  Owned by 'arena'; 'src' is copied.
 * Errors: TY_E_INVALID (unclosed braces, empty expression, with the column),
 * TY_E_LIMIT (over TY_LIMIT_EXPR_BYTES).
 */
enum ty_code ty_expr_parse(struct ty_arena *arena, const char *src, const struct ty_expr **ret_expr,
			   struct ty_err *err) TY_MUST_CHECK;

enum ty_expr_kind ty_expr_kind(const struct ty_expr *expr);

/* True where no part needs the script engine. */
bool ty_expr_is_plain(const struct ty_expr *expr);

/* Names in $('...') / $("...") that the expression refers to, in order, each once. */
size_t ty_expr_node_count(const struct ty_expr *expr);
const char *ty_expr_node_name(const struct ty_expr *expr, size_t i);

/* Name of a member that is read, owned by the arena of the call; NULL = it is computed, or the whole is meant. */
typedef void (*ty_expr_member_fn)(void *ctx, const char *name);

/*
 * Tell of each place where 'src' (an expression with its leading '=', or code) has the variable 'word' which
 * member it reads: $vars.x, $vars?.x, $vars['x'].  Not in quotes or comments, nor where it is a member of
 * something.  What cannot be scanned to its end is looked at up to there.
 */
void ty_expr_each_member(struct ty_arena *arena, const char *src, const char *word,
			 ty_expr_member_fn tell, void *ctx);

/* The member that code reads of what stands before 'at': ".x", "?.x", "['x']"; NULL where it is computed or none. */
const char *ty_expr_member_name(struct ty_arena *arena, const char *at);

/* Data that plain paths look things up in.  All borrowed. */
struct ty_expr_scope {
	const json_t *item;	 /* $json is its "json" */
	size_t index;		 /* $itemIndex */
	const json_t *vars;	 /* $vars */
	const json_t *execution; /* $execution */
	const json_t *workflow;	 /* $workflow */
	int64_t now_ms;
	/* The item of node 'name' that this item comes from; NULL = none. */
	const json_t *(*node_item)(void *ctx, const char *name);
	/* A value that was replaced by a payload reference, whole; NULL = as it is. */
	const json_t *(*deref)(void *ctx, const json_t *value);
	/* The value with nothing in it replaced, however deep, for its text; NULL = as it is. */
	const json_t *(*whole)(void *ctx, struct ty_arena *arena, const json_t *value);
	void *ctx;
	bool keeps_odd; /* NaN and Infinity come out as ty_expr_odd_number(), not as null */
	/* Called with what a formula throws, which then is undefined; NULL: it fails. */
	void (*swallow)(void *ctx, const struct ty_err *err);
};

/*
 * A number that JSON lacks ("NaN", "Infinity", "-Infinity"), as an exact number (json/number.h) for
 * whoever only looks at it: it must not be kept.  Owned by 'arena'; NULL for any other word.
 */
json_t *ty_expr_odd_number(struct ty_arena *arena, const char *word);

/*
 * Resolve a plain expression.  *ret_value is borrowed from the scope or owned by
 * 'arena'; NULL for undefined (a path that leads nowhere), which is no error.
 * Errors: TY_E_INVALID.
 */
enum ty_code ty_expr_resolve(const struct ty_expr *expr, struct ty_arena *arena,
			     const struct ty_expr_scope *scope, json_t **ret_value,
			     struct ty_err *err) TY_MUST_CHECK;

/*
 * A template that is JSON with values put in: its text, each value escaped where it stands within
 * a text.  'values' has those of all {{ }} in order (ty_expr_values_script); NULL = they are plain.
 * Errors: as ty_expr_resolve().
 */
enum ty_code ty_expr_json_text(const struct ty_expr *expr, struct ty_arena *arena,
			       const struct ty_expr_scope *scope, const json_t *values,
			       json_t **ret_value, struct ty_err *err) TY_MUST_CHECK;
/* JavaScript that gives the list of those values; each in $value() where one may fail alone. */
const char *ty_expr_values_script(struct ty_arena *arena, const struct ty_expr *expr,
				  bool is_lenient);

/*
 * JavaScript source of one expression whose completion value is the result
 * (for a template: the joined string).  Borrowed.
 */
const char *ty_expr_script(const struct ty_expr *expr);

#endif
