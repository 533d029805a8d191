/*
 * effects.h -- taking a run over, and the journal of its effects (sql/functions/record.sql).
 *
 * A worker claims a run that may have been begun by another: that raises the run's fence and reads
 * the journal under one lock, so that its predecessor either has its intent in what is read, or
 * is refused when it journals it.  Only after ok may an effect be made, or its answer be used.
 */
#ifndef TY_STORE_EFFECTS_H
#define TY_STORE_EFFECTS_H

#include "base/id.h"
#include "json/json.h"
#include "store/pack.h"
#include "store/query.h"
#include "store/record.h"

enum ty_claim_status {
	TY_CLAIM_CLAIMED,
	TY_CLAIM_FINISHED, /* the run is over: release the job */
	TY_CLAIM_FENCED,   /* somebody newer has it: leave it alone */
	TY_CLAIM_WAITING   /* the run is put down, and its wait is not over: give the lease back */
};

/* A run that is claimed; members of a state are those of a run that was put down. */
struct ty_taken {
	enum ty_claim_status status;
	const json_t *journal; /* journal as ty_store_claim_decode gives it */
	const json_t *source;  /* struct ty_receipt's; NULL = it stands on no other run */
	const json_t *state;   /* state of the engine; NULL = the run was never put down */
	const json_t *steps;   /* array: the records of its open frames, in order */
	const char *start_node;
	unsigned digest_version; /* by whose rules it has made effects; 0 = it has made none */
	int64_t started_at_ms, running_ms;
	size_t piece_count, step_count, item_count;
	const struct ty_record_payload *payloads;
	size_t payload_count;
	const char *
		gone; /* hash of a payload that it needs and that is no longer stored; NULL = none */
};

/* 'run': all but status and what is only for record.  'worker' is borrowed by the query. */
void ty_store_claim_query(struct ty_arena *arena, const struct ty_record_run *run,
			  const char *worker, struct ty_store_query *ret_query);
/* All of 'ret_taken' is owned by 'arena'.  Errors: TY_E_MALFORMED (something stored is damaged), TY_E_INTERNAL. */
enum ty_code ty_store_take_decode(struct ty_arena *arena, const struct ty_rows *rows,
				  struct ty_taken *ret_taken, struct ty_err *err) TY_MUST_CHECK;
/*
 * ty_store_take_decode() where only status and journal matter.
 * *ret_journal, owned by 'arena': [{ "key", "at_ms", "idempotency_key", "answer": {...} | null }] in order
 * of intent, as struct ty_run_spec wants it; empty unless CLAIMED.
 * Errors: TY_E_MALFORMED (a damaged answer), TY_E_INTERNAL.
 */
enum ty_code ty_store_claim_decode(struct ty_arena *arena, const struct ty_rows *rows,
				   enum ty_claim_status *ret_status, const json_t **ret_journal,
				   struct ty_err *err) TY_MUST_CHECK;

struct ty_effect {
	struct ty_id run_id, workspace_id;
	const char *key, *idempotency_key;
	int64_t fence;
	int64_t at_ms;
	const json_t *answer;	    /* NULL: an intent */
	unsigned digest_version;    /* rules by which the run goes (engine/digest.h) */
	const char *request_digest; /* an intent's (struct ty_journal_entry); NULL = none */
};

/*
 * The journal of another run of the workspace.  Where that one stood on a third, 'is_deep' gives what it did
 * not come to as well, the farthest first: of two entries with one key the later is the nearer run's.
 */
void ty_store_source_query(const struct ty_id *workspace_id, const struct ty_id *run_id,
			   bool is_deep, struct ty_store_query *ret_query);
/*
 * *ret_journal, owned by 'arena': [{ "key", "at_ms", "request_digest" (text or null), "answer": {...} | null }] in order
 * of intent, as struct ty_run_spec's 'source' wants it.
 * Errors: TY_E_MALFORMED (a damaged answer), TY_E_INTERNAL.
 */
enum ty_code ty_store_source_decode(struct ty_arena *arena, const struct ty_rows *rows,
				    const json_t **ret_journal, struct ty_err *err) TY_MUST_CHECK;

/* Journal a batch, intents and answers mixed.  An answer that is there already stays. */
void ty_store_journal_query(struct ty_arena *arena, struct ty_pack *pack,
			    const struct ty_effect *effects, size_t count,
			    struct ty_store_query *ret_query);
/* ret_ok[i] is false where the run is finished or somebody newer has it: stop it. */
enum ty_code ty_store_journal_decode(const struct ty_rows *rows, size_t count, bool *ret_ok,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
