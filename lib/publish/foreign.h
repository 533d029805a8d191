/*
 * foreign.h -- credentials of other workspaces, wherever a workflow document hides one.
 *
 * A credential's id is of use nowhere but in a credential parameter, and there only in its own
 * workspace; but a document that names one of another workspace, in an expression, a nested value
 * or a note, was made by mistake or to try what happens, so it is told at publish.
 */
#ifndef TY_PUBLISH_FOREIGN_H
#define TY_PUBLISH_FOREIGN_H

#include "base/defs.h"
#include "json/json.h"
#include "store/store.h"

/* Ids looked at in one document: more than its nodes and credentials can have. */
#define TY_PUBLISH_FOREIGN_IDS_MAX 2000

/*
 * Append a finding for each text of 'graph' (any JSON) that has such an id in it.  'tx' sees the
 * workspace that it is published in.  Errors: ty_tx_*'s.
 */
enum ty_code ty_publish_foreign_find(struct ty_tx *tx, const json_t *graph, json_t *findings,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
