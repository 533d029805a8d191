/*
 * record.h -- runs as workers write them, a batch in one statement (sql/functions/record.sql).
 *
 * Invariants (held by the functions in the database, tested in tests/integration/store):
 *   (1) A finished run is never changed again.
 *   (2) Who writes with a lower fence than the row's changes nothing.
 *   (3) A run, its steps and its usage are written together or not at all, and once.
 */
#ifndef TY_STORE_RECORD_H
#define TY_STORE_RECORD_H

#include "base/id.h"
#include "json/json.h"
#include "store/pack.h"
#include "store/query.h"

/* A value that left its run (struct ty_payload of lib/engine). */
struct ty_record_payload {
	const char *hash, *kind; /* SHA-256 in hex; "string" or "json" */
	const char *data;
	size_t len;
};

struct ty_record_run {
	struct ty_id run_id, workspace_id, workflow_id, version_id;
	const char *mode;   /* mode of the job */
	const char *status; /* record: "ok", "error", "timeout", "canceled"; mark: "running" */
	int64_t fence;	    /* token of the lease */
	int64_t deliveries;
	int64_t accepted_at_ms, started_at_ms;
	/* The rest only for ty_store_record_query. */
	int64_t finished_at_ms;
	int64_t waited_ms; /* part of the time since started_at in which it was put down */
	size_t step_count, item_count;
	const json_t *error; /* NULL = none; shortened where over 64 KiB */
	const json_t *steps; /* steps that are in no piece (park.h) */
	const char *digest;  /* with its version (engine/digest.h); NULL = none */
	const struct ty_record_payload *payloads;
	size_t payload_count;
	const json_t *
		answer; /* of a called run that went well: the caller's, as in its journal; NULL = none */
};

struct ty_record_outcome {
	bool written; /* the run is recorded, by this call or an earlier one of the same lease */
	bool payloads_over; /* payloads of its workspace were not kept: its quota is used up */
};

/* 'worker' names the process, for people. */
void ty_store_record_query(struct ty_arena *arena, struct ty_pack *pack,
			   const struct ty_record_run *runs, size_t count, const char *worker,
			   struct ty_store_query *ret_query);
/* 'ret_outcomes' takes 'count'.  Errors: TY_E_INTERNAL (another number of rows). */
enum ty_code ty_store_record_decode(const struct ty_rows *rows, size_t count,
				    struct ty_record_outcome *ret_outcomes,
				    struct ty_err *err) TY_MUST_CHECK;

/* A worker's name as a parameter: cut to what its column holds.  Private to lib/store. */
struct ty_sql_param ty_store_worker_param(struct ty_arena *arena, const char *worker);

/* Payloads as tyboo.save_payloads takes them: five arrays, at the end of 'query'.  Private to lib/store. */
void ty_store_payloads_add(struct ty_arena *arena, struct ty_pack *pack,
			   const struct ty_id *workspace_ids,
			   const struct ty_record_payload *payloads, size_t count,
			   struct ty_store_query *query);

/* Show runs as running. */
void ty_store_mark_query(struct ty_arena *arena, const struct ty_record_run *runs, size_t count,
			 const char *worker, struct ty_store_query *ret_query);
/* ret_ok[i] is false where the run is finished or somebody newer has it: stop it. */
enum ty_code ty_store_mark_decode(const struct ty_rows *rows, size_t count, bool *ret_ok,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
