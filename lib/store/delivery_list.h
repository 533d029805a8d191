/*
 * delivery_list.h -- receipts as the API shows them, and as data to replay.
 */
#ifndef TY_STORE_DELIVERY_LIST_H
#define TY_STORE_DELIVERY_LIST_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

/* NULL = any. */
struct ty_store_delivery_filter {
	const char *verdict, *workflow_id;
	const char *cursor;
	int64_t limit;
};

/* Newest first. Owned by the tx's arena. */
enum ty_code ty_store_delivery_list(struct ty_tx *tx, const struct ty_store_delivery_filter *filter,
				    json_t **ret_items, const char **ret_next,
				    struct ty_err *err) TY_MUST_CHECK;

/*
 * Load the record of one delivery, with headers, query, body (text, or { "base64" }), notices and history.
 * *ret_is_open: it was accepted and its run's end is not recorded, so that only the queue knows where it is
 * (intake/place.h).
 * Errors: TY_E_NOT_FOUND.
 */
enum ty_code ty_store_delivery_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_delivery,
				   bool *ret_is_open, struct ty_err *err) TY_MUST_CHECK;

/* The part of a receipt that a replay needs. */
struct ty_store_delivery {
	struct ty_id id, workflow_id, version_id, hook_id; /* unset where unclaimed */
	const char *start_node, *mode, *method, *path, *query, *headers, *remote_addr, *verdict;
	const char *read_as;
	const char *verify; /* rule of its hook today (hook/verify.h); NULL = no hook any more */
	const char *route;  /* see struct ty_delivery_row */
	const char *blobs, *jwt; /* struct ty_receipt's */
	const uint8_t *body;
	size_t body_len;
};
/* Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_delivery_load(struct ty_tx *tx, const struct ty_id *id,
				    struct ty_store_delivery **ret_delivery,
				    struct ty_err *err) TY_MUST_CHECK;

#endif
