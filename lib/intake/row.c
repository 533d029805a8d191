/*
 * row.c -- a receipt as its row in Postgres and as its job in Redis.
 */
#include "intake/job.h"

#include "internal.h"

#include "queue/queue.h"
#include "store/delivery.h"

#include <string.h>

/* The fields that have one name and one type on both sides. */
/* clang-format off */
#define SAME_FIELDS(X)                                                                             \
	X(id)                                                                                      \
	X(workspace_id)                                                                            \
	X(hook_id) X(workflow_id) X(version_id) X(start_node) X(mode) X(verdict) X(reason) X(read_as) X(notices) X(blobs) X(source) X(jwt)         \
		X(method) X(path) X(query) X(headers) X(remote_addr) X(body) X(body_len)           \
			X(route) X(rerun_failed) X(delivery_key) X(received_at_ms) X(timeout_ms) X(workflow_max)            \
				X(limits)
/* clang-format on */

void
ty_receipt_to_row(const struct ty_receipt *receipt, struct ty_delivery_row *ret_row)
{
	*ret_row = (struct ty_delivery_row){
#define X(f) .f = receipt->f,
		SAME_FIELDS(X)
#undef X
	};
}

void
ty_receipt_from_row(const struct ty_delivery_row *row, struct ty_receipt *ret_receipt)
{
	*ret_receipt = (struct ty_receipt){
#define X(f) .f = row->f,
		SAME_FIELDS(X)
#undef X
	};
}

void
ty_receipt_to_job(const struct ty_receipt *receipt, const struct ty_job_text *text,
		  struct ty_job *ret_job)
{
	*ret_job = (struct ty_job){
		.run_id = receipt->id,
		.workspace_id = receipt->workspace_id,
		.workflow_id = receipt->workflow_id,
		.delivery_key = receipt->delivery_key != NULL ? receipt->delivery_key : "",
		.payload = text->text,
		.payload_len = text->len,
		.body = text->body,
		.body_len = text->body_len,
		.body_at = text->body_at,
		.limits = receipt->limits,
		.workflow_max = receipt->workflow_max,
	};
}

const char *
receipt_refusal_reason(enum ty_verdict verdict)
{
	switch (verdict) {
	case TY_VERDICT_RATE:
		return "The workspace's rate limit was reached";
	case TY_VERDICT_QUOTA:
		return "The workspace's monthly quota was used up";
	default:
		return "Too many jobs of the workspace were waiting";
	}
}

bool
receipt_has_same_body(const struct ty_receipt *a, const struct ty_receipt *b)
{
	/* A file's name is its bytes. */
	return a->body_len == b->body_len && memcmp(a->body, b->body, a->body_len) == 0 &&
	       strcmp(a->blobs != NULL ? a->blobs : "", b->blobs != NULL ? b->blobs : "") == 0;
}
