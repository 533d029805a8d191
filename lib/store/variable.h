/*
 * variable.h -- a workspace's variables ($vars in expressions and code): names with texts.
 *
 * Whoever begins a run reads the values once and journals them (workers/run/job_begun.c), so a change
 * counts for the runs that begin after it.  They are no secrets: everybody who sees the workspace sees them.
 */
#ifndef TY_STORE_VARIABLE_H
#define TY_STORE_VARIABLE_H

#include "base/id.h"
#include "json/json.h"
#include "store/query.h"
#include "store/store.h"

/* Variables of a workspace, and bytes of a value and a name: each run that names them by a computed name has all of them in
 * its journal.  An address, a list of names, a text; more is a table's or a file's. */
#define TY_LIMIT_VARIABLES_COUNT      200
#define TY_LIMIT_VARIABLE_VALUE_BYTES 4096
#define TY_LIMIT_VARIABLE_NAME_BYTES  50
/* In place of a name: by a computed one, which may be any (engine/vars.h, TY_VARS_ALL). */
#define TY_STORE_VARIABLES_ALL "*"
/* Workflows that are told of one variable. */
#define TY_STORE_VARIABLE_USERS_MAX 100
/* Names that are kept of one workflow: more than a workspace has, since some of them are unknown. */
#define TY_STORE_VARIABLES_USED_MAX 1000

/* A letter or _, then letters, digits and _: as it is written behind "$vars.". */
bool ty_store_variable_name_is_good(const char *name);

/*
 * Errors: TY_E_INVALID (name or value, with how it has to be), TY_E_CONFLICT (the name is taken, or there are
 * TY_LIMIT_VARIABLES_COUNT).
 */
enum ty_code ty_store_variable_add(struct ty_tx *tx, const struct ty_id *workspace_id,
				   const char *name, const char *value, struct ty_id *ret_id,
				   struct ty_err *err) TY_MUST_CHECK;
/* Another name or value; NULL = as it is.  Errors: TY_E_NOT_FOUND, TY_E_INVALID, TY_E_CONFLICT. */
enum ty_code ty_store_variable_change(struct ty_tx *tx, const struct ty_id *id, const char *name,
				      const char *value, struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_variable_remove(struct ty_tx *tx, const struct ty_id *id,
				      struct ty_err *err) TY_MUST_CHECK;
/* id, name, value, created_at, updated_at, workflow_count (published ones that use it); by name, whose
 * last is the cursor. */
enum ty_code ty_store_variable_list(struct ty_tx *tx, const char *cursor, int64_t limit,
				    json_t **ret_items, const char **ret_next,
				    struct ty_err *err) TY_MUST_CHECK;
/* A variable with "workflows": [{ "id", "name" }] by name.  Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_variable_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_item,
				   struct ty_err *err) TY_MUST_CHECK;
/* *ret_is_there false: there is none of that name. */
enum ty_code ty_store_variable_find(struct ty_tx *tx, const char *name, bool *ret_is_there,
				    struct ty_id *ret_id, struct ty_err *err) TY_MUST_CHECK;
/* { name: true } of all; the tx's arena's. */
enum ty_code ty_store_variable_names(struct ty_tx *tx, json_t **ret_names,
				     struct ty_err *err) TY_MUST_CHECK;

/* A workflow that is being published uses these (an array of text; NULL = none). */
enum ty_code ty_store_variables_used(struct ty_tx *tx, const struct ty_id *workspace_id,
				     const struct ty_id *workflow_id, const json_t *names,
				     struct ty_err *err) TY_MUST_CHECK;

/* ---- for workers ---- */

/* The values of 'names' (an array of text, TY_STORE_VARIABLES_ALL among them = all).  Owned by 'arena'. */
void ty_store_variables_query(struct ty_arena *arena, const struct ty_id *workspace_id,
			      const json_t *names, struct ty_store_query *ret_query);
/* { name: text } of those that there are, owned by 'arena'.  Errors: TY_E_INTERNAL. */
enum ty_code ty_store_variables_decode(struct ty_arena *arena, const struct ty_rows *rows,
				       json_t **ret_vars, struct ty_err *err) TY_MUST_CHECK;

#endif
