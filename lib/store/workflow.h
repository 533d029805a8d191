/*
 * workflow.h -- workflows and their versions.
 *
 * Invariants:
 *   (1) A version never changes once saved; a save makes the next one.
 *   (2) The revision grows by one with each save; a save names the one it changed.
 *   (3) A graph is kept as the text given: key order is the author's.
 * The transaction's workspace is the tenant; nothing of another is seen or touched.
 */
#ifndef TY_STORE_WORKFLOW_H
#define TY_STORE_WORKFLOW_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

struct ty_row_json_column; /* store/row_json.h */

struct ty_store_workflow {
	struct ty_id id;
	const char *name;
	int64_t revision;
	struct ty_id draft_version_id, published_version_id; /* the latter unset: not published */
	int64_t version, published_version;  /* numbers of draft and published version; 0 = none */
	const char *created_at, *updated_at; /* RFC 3339 */
	const char *paused_at;		     /* NULL = it is not */
	const char *graph;		     /* document of the draft */
	int64_t concurrent_max;
};

struct ty_store_version {
	struct ty_id id;
	int64_t number;
	const char *graph;
};

/* Filter of a list; NULL or 0 = any. */
struct ty_store_workflow_filter {
	const char *search;    /* part of the name, case folded */
	const char *published; /* "true", "false" */
	const char *cursor;    /* id of the last one seen */
	int64_t limit;
};

/* Members that lists show, and SQL needs, of a version; the writer derives them from its graph
 * (lib/publish/outline.h). */
struct ty_store_outline {
	int64_t node_count;
	const char *triggers; /* JSON: an array; NULL = not derived */
	/* Ids of the live triggers that other workflows call, and start when a run fails; NULL = none. */
	const char *called_node, *error_node;
	const char *error_workflow_id; /* settings.error_workflow; NULL = none */
};

/*
 * Newest first; *ret_next NULL where this is the end.  Items as docs/API.md says, but for "graph": the
 * text of one that has no outline, else null (ty_publish_workflow_list).  Owned by the tx's arena.
 */
enum ty_code ty_store_workflow_list(struct ty_tx *tx, const struct ty_store_workflow_filter *filter,
				    json_t **ret_items, const char **ret_next,
				    struct ty_err *err) TY_MUST_CHECK;

/* 'id' is a new one: secrets in the graph are sealed for it. 'graph' is compact text. Errors: TY_E_INVALID. */
enum ty_code ty_store_workflow_add(struct ty_tx *tx, const struct ty_id *workspace_id,
				   const struct ty_id *id, const char *name, const char *graph,
				   const struct ty_store_outline *outline,
				   const struct ty_id *created_by,
				   struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_workflow_load(struct ty_tx *tx, const struct ty_id *id,
				    struct ty_store_workflow **ret_workflow,
				    struct ty_err *err) TY_MUST_CHECK;

struct ty_store_workflow_change {
	const char *name;  /* NULL = as it is */
	const char *graph; /* NULL = as it is: no new version */
	struct ty_store_outline outline;
	const char *note; /* note of the new version */
	int64_t revision; /* the one that was changed */
};
/* Errors: TY_E_NOT_FOUND, TY_E_PRECONDITION (another revision by now). */
enum ty_code ty_store_workflow_save(struct ty_tx *tx, const struct ty_id *workspace_id,
				    const struct ty_id *id,
				    const struct ty_store_workflow_change *change,
				    const struct ty_id *changed_by,
				    struct ty_err *err) TY_MUST_CHECK;
/* Marks it deleted and takes its hooks away; its runs stay readable. Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_workflow_remove(struct ty_tx *tx, const struct ty_id *id,
				      struct ty_err *err) TY_MUST_CHECK;

/* Newest first. Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_version_list(struct ty_tx *tx, const struct ty_id *workflow_id,
				   const char *cursor, int64_t limit, json_t **ret_items,
				   const char **ret_next, struct ty_err *err) TY_MUST_CHECK;
/* By number; 0 = the draft. Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_version_load(struct ty_tx *tx, const struct ty_id *workflow_id,
				   int64_t number, struct ty_store_version **ret_version,
				   struct ty_err *err) TY_MUST_CHECK;
/* Load the version as the API shows it: number, note, created_at, created_by, published, graph. */
enum ty_code ty_store_version_get(struct ty_tx *tx, const struct ty_id *workflow_id, int64_t number,
				  json_t **ret_version, struct ty_err *err) TY_MUST_CHECK;

/* May runs of others start a workflow of the tx's workspace?  A deleted one does not exist. */
struct ty_store_startable {
	bool exists, is_published;
	const char *called_node, *error_node; /* nodes of the published version; NULL = none */
};
enum ty_code ty_store_startable_find(struct ty_tx *tx, const struct ty_id *workflow_id,
				     struct ty_store_startable *ret_found,
				     struct ty_err *err) TY_MUST_CHECK;

/* A draft without an outline, of any workspace; the transaction is the owner's. */
struct ty_store_bare_version {
	struct ty_id workspace_id, id;
	const char *graph;
};
/* Some of them; *ret_count 0 = none is left.  They stay locked until the transaction ends. */
enum ty_code ty_store_outline_missing(struct ty_tx *tx, struct ty_store_bare_version **ret_list,
				      size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_outline_set(struct ty_tx *tx, const struct ty_store_bare_version *version,
				  const struct ty_store_outline *outline,
				  struct ty_err *err) TY_MUST_CHECK;

/* A list's page from rows of limit + 1, whose first column is the cursor. */
void ty_store_page(struct ty_tx *tx, const struct ty_rows *rows, int64_t limit,
		   const struct ty_row_json_column *columns, json_t **ret_items,
		   const char **ret_next);

#endif
