/*
 * job.h -- a receipt as data, and the job made from it.
 *
 * A receipt is what came in, raw, with the verdict.  The job payload is made from a
 * receipt by one function, whether the delivery has just arrived, is replayed by hand
 * or is pushed again by the reaper: the same receipt gives the same payload bytes.
 *
 * Changing the payload: add a field that old readers may ignore, and raise "v" only
 * when they may not; workers put back a job whose "v" they do not know.
 */
#ifndef TY_INTAKE_JOB_H
#define TY_INTAKE_JOB_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "base/limit_set.h"
#include "json/json.h"

struct ty_delivery_row; /* store/delivery.h */
struct ty_due;		/* store/park.h */
struct ty_job;		/* queue/queue.h */

#define TY_JOB_VERSION 1
/* A run that was put down: no items, because its worker finds in Postgres where it stood. */
#define TY_JOB_VERSION_PARKED 2
/* A job with the bytes of a file that its item names: a worker that would not keep them runs it without. */
#define TY_JOB_VERSION_CARRIES 3
/* A run that another run began: its worker knows whom its end answers. */
#define TY_JOB_VERSION_WHOLE 4
/* A run that stands on an earlier one: its worker looks there first. */
#define TY_JOB_VERSION_SOURCE 5

/* The body is a list of whole items that another run gave: deliveries.read_as (sql/functions/call.sql). */
#define TY_READ_AS_ITEMS "items"

struct ty_receipt {
	struct ty_id id; /* id of the delivery; an accepted one's run has the same id */
	struct ty_id workspace_id;
	struct ty_id workflow_id, version_id, hook_id; /* unset where unclaimed */
	const char *start_node;		   /* id of the trigger node; "" = the only one */
	const char *mode;		   /* a name of base/run_mode.def */
	const char *method, *path, *query; /* path below /hooks/{workspace}/; query undecoded */
	const char *route;   /* the claim's path where it has parameters, "orders/:id"; "" = none */
	const char *headers; /* JSON object text, lower-case names; secrets already removed */
	const char *remote_addr;
	const char *body; /* raw */
	size_t body_len;
	const char *delivery_key; /* "" = none */
	const char *
		verdict; /* "accepted", "unclaimed", "bad_signature", "stale", ... (deliveries.verdict) */
	const char *reason; /* for people; "" = none */
	/* Word of the webhook's node (body/body.h), or TY_READ_AS_ITEMS; "" = auto */
	const char *read_as;
	const char *notices; /* JSON list of what was mended (ty_body_notices); "" = nothing */
	const char *blobs;   /* JSON of the files, see below; "" = none */
	const char
		*source; /* JSON object: what it takes of an earlier run, see below; "" = nothing */
	const char *jwt; /* JSON object: claims of the verified token (ty_hook_claims); "" = none */
	int64_t received_at_ms;
	bool rerun_failed; /* a repeat of a failed run is a new run, where Postgres is there to say */
	int64_t timeout_ms;   /* of the workflow */
	int64_t workflow_max; /* see struct ty_job */
	struct ty_limits limits;
};

/*
 * struct ty_receipt's 'blobs': [ { "field", "at", "blob", "mime", "name", "bytes" } ] in the order of the
 * body's parts.  "field" "" is the whole body, of a type that has no fields.  "at": the byte of 'body'
 * that the file was cut out of, so that the body as it was sent can be put together; -1: it is in 'body'
 * too.  An entry without "blob" is a file that has no name and no bytes (an empty field of a form).
 */

/*
 * struct ty_receipt's 'source': { "run_id": of the same workspace, ... }.  The run takes the answers of that
 * run's effects that ended well, where it asks the same, instead of repeating them ("effects": "again": it takes
 * none).  Other members belong to whoever reads them.
 */

/* A payload; a large body is not copied into it. */
struct ty_job_text {
	const char *text;
	size_t len;
	const char *body; /* belongs at byte 'body_at' of 'text'; NULL: it is in it */
	size_t body_len, body_at;
};

/*
 * The job payload:
 *   { "v": 1, "run_id", "workspace_id", "workflow_id", "version_id", "start_node", "mode",
 *     "accepted_at_ms", "items": [ { "json": { "headers", "params", "query", "body", "raw"?, "method", "path", "jwtPayload"? },
 *       "binary"?: { name: handle (blob/blob.h) } } ],
 *     "carried"?: [ { "blob", "base64" } ], "taken"?: [ record ], "source"?: of the receipt }
 * The body is read as body/body.h says; "raw" is what it was made of, inflated, where something was
 * mended or converted, up to TY_LIMIT_RAW_BYTES.  For "api" and "manual" the body is the items' "json"
 * itself (an object, or an array of objects for several items).  Of a partial run it is { "items": whole items, "taken":
 * the records that it does not run but takes (engine/engine.h) }, and 'source' has "part", which nodes it runs.  For "called" and "error" it is the list of items.
 * "jwtPayload" has the claims of a verified token, by the name that imported workflows read it by.
 * A file's name in "binary" is its field's, with a number behind it where the field has several
 * ("f0", "f1"); "data" for a whole body, and then "body" is {}.
 * A small body that is a file (read_as "auto_file") is no blob yet, because a receipt needs one store and
 * chunks need Postgres: the job carries its bytes, and whoever runs it keeps them first
 * (workers/run/job_carried.c).  The handle is the same, whoever makes the job and how often.
 * *ret_notices is for the receipt's 'notices'.
 * A body of more than TY_LIMIT_JSON_VALUES values gives no items but their number, as "values": the run
 * ends with it (workers/run/job_payload.c).
 * Errors: TY_E_MALFORMED (a JSON body that is broken, with where), TY_E_UNSUPPORTED and TY_E_TOO_LARGE
 * (its Content-Encoding), TY_E_UNAVAILABLE (no memory for its tree came in time).
 */
enum ty_code ty_job_text(struct ty_arena *arena, const struct ty_receipt *receipt,
			 struct ty_job_text *ret_text, const char **ret_notices,
			 struct ty_err *err) TY_MUST_CHECK;
/* ty_job_text() in one piece. */
enum ty_code ty_job_payload(struct ty_arena *arena, const struct ty_receipt *receipt,
			    const char **ret_payload, size_t *ret_len, const char **ret_notices,
			    struct ty_err *err) TY_MUST_CHECK;

/* The verdict on a receipt of which no job can be made: "too_large" or "malformed". */
const char *ty_job_verdict(enum ty_code code);

/* The receipt as JSON text and back: what Redis keeps while Postgres is away. */
char *ty_receipt_format(struct ty_arena *arena, const struct ty_receipt *receipt);
enum ty_code ty_receipt_parse(struct ty_arena *arena, const char *text, size_t len,
			      struct ty_receipt **ret_receipt, struct ty_err *err) TY_MUST_CHECK;

/* The receipt as its row and back.  Text and body are borrowed, not copied. */
void ty_receipt_to_row(const struct ty_receipt *receipt, struct ty_delivery_row *ret_row);
void ty_receipt_from_row(const struct ty_delivery_row *row, struct ty_receipt *ret_receipt);
/* The queue's job of an accepted receipt, neither owed nor again; without a text: see queue.h. */
void ty_receipt_to_job(const struct ty_receipt *receipt, const struct ty_job_text *text,
		       struct ty_job *ret_job);

/* The queue's job of a run whose wait is over: "again", so that no limit of admission holds it back. */
void ty_due_to_job(struct ty_arena *arena, const struct ty_due *due, struct ty_job *ret_job);

#endif
