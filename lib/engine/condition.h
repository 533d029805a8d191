/*
 * condition.h -- typed conditions among the parameters of a node, compiled and decided.
 */
#ifndef TY_ENGINE_CONDITION_H
#define TY_ENGINE_CONDITION_H

#include "engine/compiled.h"

struct compiler;
struct ty_step;

/*
 * Compile the structure that stands at 'path'; *ret_hole is the hole of its verdict.
 * Errors: TY_E_INVALID (an expression of a side), TY_E_LIMIT.
 */
enum ty_code condition_compile(struct compiler *c, const char *path, const json_t *value,
			       size_t *ret_hole) TY_MUST_CHECK;

/*
 * The verdict for one item, true or false; 'values' has those of the holes before.
 * Errors: TY_E_INVALID, TY_E_UPSTREAM (an answer that $condition() does not give).
 */
enum ty_code condition_value(struct ty_step *step, const struct hole *hole, json_t *const *values,
			     json_t **ret_value, struct ty_err *err) TY_MUST_CHECK;

/* ---- template.c, while it compiles ---- */

struct ty_arena *template_arena(struct compiler *c);
struct ty_err *template_err(struct compiler *c);
/* Is an expression that throws undefined, and a $value() in which one does? */
bool template_is_lenient(const struct compiler *c);
const struct hole *template_hole(struct compiler *c, size_t hole);
/* May what an expression or code gives differ between items? */
bool template_is_per_item(const char *src);
void template_set_per_item(struct compiler *c, size_t hole);

/* Parse, and look up the nodes that are named.  Errors: as ty_expr_parse(), with the path. */
enum ty_code template_expr_parse(struct compiler *c, const char *path, const char *src,
				 const struct ty_expr **ret_expr) TY_MUST_CHECK;
/* Add a hole for an expression of any type, a script or a verdict; gives its index. */
size_t template_expr(struct compiler *c, const char *path, const char *src,
		     const struct ty_expr *expr);
/* Name the nodes that a script of our own refers to through this expression; NULL = none. */
void template_names(struct compiler *c, const struct ty_expr *expr);
size_t template_script(struct compiler *c, const struct hole *hole);
size_t template_verdict(struct compiler *c, const struct hole *hole);

#endif
