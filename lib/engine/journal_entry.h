/*
 * journal_entry.h -- what a run has the world write down before it goes on.
 */
#ifndef TY_ENGINE_JOURNAL_ENTRY_H
#define TY_ENGINE_JOURNAL_ENTRY_H

#include "base/defs.h"
#include "json/json.h"

/* Key of the values that a run sees as $vars: written by whoever begins it, before its first step. */
#define TY_JOURNAL_VARS "$vars"
/* Key of the digests of the libraries that a run begins with, { name: digest }, written likewise. */
#define TY_JOURNAL_LIBRARIES "$libraries"
/* Key of the static data that a run begins with, written likewise; and of what it has changed, once that is kept. */
#define TY_JOURNAL_STATICS	"$static"
#define TY_JOURNAL_STATICS_KEPT "$static/kept"

/* Key of the workflow's name as the run began, written likewise where an expression or code names $workflow. */
#define TY_JOURNAL_WORKFLOW "$workflow"

enum ty_journal_kind { TY_JOURNAL_INTENT, TY_JOURNAL_ANSWER };

struct ty_journal_entry {
	enum ty_journal_kind kind;
	/* Unique within a run: "<node id>/<attempt>/<request number, params, call or delay>", in an iteration
	 * of a loop "<frame path>/" before it (journal.c) */
	const char *key;
	/* Stable: 32 hex digits of SHA-256(run id, key of the first attempt) */
	const char *idempotency_key;
	int64_t at_ms; /* time of the step's clock record */
	/* INTENT of a call: 32 hex digits of SHA-256 over what it asks (source.c), by which another run
	 * knows the same call.  NULL = it is no call. */
	const char *request_digest;
	unsigned digest_version; /* of the run (struct ty_run_spec), to be given back */
	/* ANSWER: { "value": ... } or { "error": {...}, "node_timeout"?: true }; else NULL.  An answer
	 * may come without its intent: of an effect that the node's deadline kept from beginning, and
	 * of a pure node's request that failed (time, memory, a sandbox that broke), and of a retry's delay
	 * with chance in it. */
	const json_t *answer;
};

#endif
