/*
 * state.h -- what workflows keep from one run to the next (sql/functions/state.sql): asked by runs, looked after by people.
 */
#ifndef TY_STORE_STATE_H
#define TY_STORE_STATE_H

#include "base/id.h"
#include "json/json.h"
#include "store/query.h"
#include "store/store.h"

/* ---- for workers ---- */

/* An operation of a run (service/state.c says which there are). */
struct ty_state_ask {
	struct ty_id workspace_id, run_id, workflow_id;
	int64_t fence;
	const char *key;   /* key of the call in the run's journal */
	const char *op;	   /* JSON */
	const char *value; /* JSON that is put; NULL = none */
};

/* Do several, in order, each judged alone.  What 'asks' point to is borrowed by the query. */
void ty_store_states_query(struct ty_arena *arena, const struct ty_state_ask *const *asks,
			   size_t count, struct ty_store_query *ret_query);
/* 'count' answers in the order of the asks, owned by 'arena'; NULL: the run is another worker's, or over.
 * Errors: TY_E_INTERNAL. */
enum ty_code ty_store_states_decode(struct ty_arena *arena, const struct ty_rows *rows,
				    size_t count, const json_t ***ret_answers,
				    struct ty_err *err) TY_MUST_CHECK;

/* Static data of a workflow; { "global": {}, "node:<id>": {} } owned by 'arena'.  Errors: TY_E_INTERNAL. */
void ty_store_statics_query(const struct ty_id *workspace_id, const struct ty_id *workflow_id,
			    struct ty_store_query *ret_query);
enum ty_code ty_store_statics_decode(struct ty_arena *arena, const struct ty_rows *rows,
				     json_t **ret_statics, struct ty_err *err) TY_MUST_CHECK;

/* The error that a refused write is: the outcome of an answer that is not "done".  TY_OK where it is.
 * 'key' is told.  Errors: TY_E_CONFLICT, TY_E_LIMIT, TY_E_INVALID, TY_E_NOT_FOUND. */
enum ty_code ty_store_state_judge(const json_t *answer, const char *key, struct ty_err *err);

/* ---- for people ---- */

struct ty_state_filter {
	const char *cursor;	   /* id; NULL = from the newest */
	const char *workflow_id;   /* NULL = of all */
	const char *kind, *prefix; /* "" = any */
	int64_t limit;
};

/*
 * Rows without their values, newest first: id, kind, workflow_id, workflow_name (both null: the
 * workspace's), node, key, bytes, entries, version, expires_at, created_at, updated_at.
 */
enum ty_code ty_store_state_list(struct ty_tx *tx, const struct ty_state_filter *filter,
				 json_t **ret_items, const char **ret_next,
				 struct ty_err *err) TY_MUST_CHECK;
/* { "keys", "bytes" }: what the workspace has of its limits. */
enum ty_code ty_store_state_usage(struct ty_tx *tx, const struct ty_id *workspace_id,
				  json_t **ret_usage, struct ty_err *err) TY_MUST_CHECK;
/* A row with "value".  Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_state_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_item,
				struct ty_err *err) TY_MUST_CHECK;
/* The value of a key; *ret_is_there false: there is none.  'workflow_id' NULL = the workspace's. */
enum ty_code ty_store_state_find(struct ty_tx *tx, const struct ty_id *workflow_id, const char *key,
				 bool *ret_is_there, struct ty_id *ret_id,
				 struct ty_err *err) TY_MUST_CHECK;

struct ty_state_put {
	const struct ty_id *workflow_id; /* NULL = the workspace's */
	const char *key;
	const json_t *value;
	int64_t version; /* of the value that it replaces; 0 = there is none; -1 = whatever is there */
	int64_t expires_s; /* 0 = never; -1 = as it was */
};
/* Errors: TY_E_INVALID, TY_E_CONFLICT (another version), TY_E_LIMIT, TY_E_NOT_FOUND (no such workflow). */
enum ty_code ty_store_state_put(struct ty_tx *tx, const struct ty_state_put *put, bool *ret_created,
				struct ty_id *ret_id, struct ty_err *err) TY_MUST_CHECK;
/* Give a row another value, as ty_store_state_put() does.  Errors: those, TY_E_NOT_FOUND, TY_E_INVALID (a list of what was seen has no value to set). */
enum ty_code ty_store_state_change(struct ty_tx *tx, const struct ty_id *id, const json_t *value,
				   int64_t version, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_state_remove(struct ty_tx *tx, const struct ty_id *id,
				   struct ty_err *err) TY_MUST_CHECK;

/* A key: 1 to TY_LIMIT_STATE_KEY_BYTES bytes with no NUL in them.  Errors: TY_E_INVALID. */
enum ty_code ty_store_state_key_check(const char *key, struct ty_err *err) TY_MUST_CHECK;
/* The JSON of a value that may be kept, owned by 'arena'.  Errors: TY_E_LIMIT. */
enum ty_code ty_store_state_text(struct ty_arena *arena, const json_t *value, const char **ret_text,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
