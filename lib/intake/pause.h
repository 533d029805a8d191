/*
 * pause.h -- a pause as its two stores have it: a row (store/pause.h), and a mark in the queue
 * (queue/pause.h).
 *
 * The row first, committed, then the mark.  Where Redis cannot be told, tyboo-reap tells it.
 */
#ifndef TY_INTAKE_PAUSE_H
#define TY_INTAKE_PAUSE_H

#include "base/defs.h"
#include "json/json.h"
#include "queue/pause.h"
#include "store/store.h"

/* The row; does nothing where it is so already.  'by' may be NULL or unset: the operator. */
enum ty_code ty_pause_set(struct ty_tx *tx, const struct ty_queue_pause *scope, bool paused,
			  const struct ty_id *by, struct ty_err *err) TY_MUST_CHECK;
/* { "paused_at", "queued" } as the transaction sees it; its arena's. */
enum ty_code ty_pause_json(struct ty_tx *tx, const struct ty_queue_pause *scope, json_t **ret_json,
			   struct ty_err *err) TY_MUST_CHECK;
/* The mark.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_pause_mark(struct ty_queue_sync *queue, const struct ty_queue_pause *scope,
			   bool paused, struct ty_err *err) TY_MUST_CHECK;

#endif
