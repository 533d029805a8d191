/*
 * internal.h -- what the files of lib/expr share and nobody else sees.
 *
 * scan.c finds where JavaScript between braces ends; path.c recognises a plain path,
 * formula.c operators over them; lookup.c follows a path, compute.c and convert.c do what the
 * operators say, resolve.c puts values together; expr.c takes an expression apart.
 */
#ifndef TY_EXPR_INTERNAL_H
#define TY_EXPR_INTERNAL_H

#include "expr/expr.h"

/* ---- scan.c ---- */

struct ty_expr_formula;

struct ty_expr_name {
	struct ty_expr_name *next;
	const char *name;
};

struct ty_expr_names {
	struct ty_expr_name *first, **last;
	size_t count;
};

struct ty_expr_scan {
	struct ty_arena *arena;
	const char *src;
	size_t len;
	struct ty_expr_names *names; /* names in $('...') are added, each once */
	struct ty_err *err;
};

struct ty_expr_code {
	size_t begin, end; /* the code, without blanks, comments or ';' at its ends */
	size_t after;	   /* behind the closing braces */
};

/* Scan the code that begins at 'at', just behind "{{".  Errors: TY_E_INVALID. */
enum ty_code ty_expr_scan_code(const struct ty_expr_scan *scan, size_t at,
			       struct ty_expr_code *ret_code) TY_MUST_CHECK;

/*
 * The value of the JavaScript string literal at 'at', whose quote it is; NULL where it
 * is none or holds an escape that JSON could not carry.  *ret_after is behind it.
 */
const char *ty_expr_scan_string(struct ty_arena *arena, const char *src, size_t len, size_t at,
				size_t *ret_after);

/* 1-based column in characters of byte 'at'. */
size_t ty_expr_column(const char *src, size_t at);

/* ---- path.c ---- */

enum ty_expr_root {
	TY_EXPR_ROOT_JSON,
	TY_EXPR_ROOT_ITEM_INDEX,
	TY_EXPR_ROOT_VARS,
	TY_EXPR_ROOT_EXECUTION,
	TY_EXPR_ROOT_WORKFLOW,
	TY_EXPR_ROOT_NODE, /* $('node').item.json */
};

struct ty_expr_step {
	const char *key;
	int64_t index; /* 'key' as a list index; -1 where it is none */
	bool optional; /* written with "?." */
	size_t end;    /* length of the path's code up to here */
};

struct ty_expr_path {
	enum ty_expr_root root;
	const char *node; /* ROOT_NODE: its name */
	struct ty_expr_step *steps;
	size_t step_count;
	const char *code; /* source text, for messages */
	size_t root_len;
};

/*
 * The plain path that begins at 'at' and goes as far as one can; NULL where there is none.
 * *ret_after is behind it.
 */
const struct ty_expr_path *ty_expr_path_scan(struct ty_arena *arena, const char *code, size_t len,
					     size_t at, size_t *ret_after);

/* [code, code+len) as a plain path; NULL where it is a script. */
const struct ty_expr_path *ty_expr_path_parse(struct ty_arena *arena, const char *code, size_t len);

/* Append the path as JavaScript that gives undefined where it leads nowhere. */
void ty_expr_path_script(struct ty_buf *buf, const struct ty_expr_path *path);

/* Append 's' as a JavaScript string literal. */
void ty_expr_quote(struct ty_buf *buf, const char *s, size_t len);

/* ---- lookup.c ---- */

/* The value, borrowed or owned by 'arena'; NULL for undefined. */
const json_t *ty_expr_path_get(const struct ty_expr_path *path, struct ty_arena *arena,
			       const struct ty_expr_scope *scope);

/*
 * ty_expr_path_get() as JavaScript has it within an expression: a member of undefined or null is an error,
 * unless "?." stands before it; then all that follows is undefined too.
 * Errors: TY_E_INVALID.
 */
enum ty_code ty_expr_path_get_strict(const struct ty_expr_path *path, struct ty_arena *arena,
				     const struct ty_expr_scope *scope, const json_t **ret_value,
				     struct ty_err *err) TY_MUST_CHECK;
const json_t *ty_expr_deref(const struct ty_expr_scope *scope, const json_t *value);

/* Take over one new reference; let go when the arena is cleared. */
json_t *ty_expr_own(struct ty_arena *arena, json_t *new_ref);

/* ---- expr.c ---- */

enum ty_expr_part_kind {
	TY_EXPR_PART_TEXT,
	TY_EXPR_PART_PATH,
	TY_EXPR_PART_FORMULA,
	TY_EXPR_PART_SCRIPT
};

struct ty_expr_part {
	enum ty_expr_part_kind kind;
	const char *text; /* TEXT: itself; else the code */
	size_t len;
	const struct ty_expr_path *path;       /* PATH */
	const struct ty_expr_formula *formula; /* FORMULA */
	struct ty_expr_part *next;
};

/* Append a part as JavaScript; with 'join' as the text that a template has of it. */
void ty_expr_part_script(struct ty_buf *buf, const struct ty_expr_part *part, bool join);

struct ty_expr {
	enum ty_expr_kind kind;
	bool plain;
	struct ty_expr_part *parts;
	const char **names;
	size_t name_count;
	const char *script;
};

#endif
