/*
 * rerun.c -- see rerun.h.
 *
 *   ids of all --> some: receipts (one transaction) --> handed in --> settled (one transaction) --> the next some
 *
 * A failure between the last two leaves letters open whose replays exist: the next call meets their keys,
 * and settles them.
 */
#include "intake/rerun.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

/* Replayed at once: their bodies are in memory until they are kept. */
#define SOME_COUNT 50
#define SOME_BYTES ((size_t)16 * 1024 * 1024)
#define WAIT_MS	   5000

struct rerun {
	const struct ty_rerun_caller *caller;
	const struct ty_rerun *how;
	struct ty_arena *arena;
	json_t *items, *failed;
	const char *stopped; /* NULL = the queue takes them */
	int64_t retry_after_ms;
};

/* Letters that are handed in together. */
struct some {
	struct ty_arena *arena;
	struct ty_id ids[SOME_COUNT], runs[SOME_COUNT];
	struct ty_receipt receipts[SOME_COUNT];
	struct ty_intake_answer answers[SOME_COUNT];
	size_t count, bytes;
};

const char *
ty_rerun_key(struct ty_arena *arena, const struct ty_id *run_id)
{
	return ty_arena_printf(arena, "dead:%s", run_id->s);
}

enum ty_code
ty_rerun_take_letter(struct ty_tx *tx, const struct ty_id *run_id, struct ty_receipt *receipt,
		     struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const struct ty_store_dead_filter filter = {
		.ids = ty_arena_printf(arena, "{%s}", run_id->s), .limit = 1
	};
	struct ty_id *ids;
	size_t count;
	int64_t more;

	if (ty_store_dead_ids(tx, &filter, &ids, &count, &more, err) != TY_OK)
		return err->code;
	if (count > 0)
		receipt->delivery_key = ty_rerun_key(arena, run_id);
	return TY_OK;
}

static void
rerun_failed(struct rerun *rerun, const struct ty_id *id, const struct ty_err *err)
{
	json_array_append_new(rerun->failed,
			      json_pack("{s:s, s:s, s:s}", "execution_id", id->s, "code",
					ty_code_name(err->code), "message", err->msg));
}

/* Receipts of as many as fit; returns how many ids were looked at. */
static enum ty_code
some_load(struct rerun *rerun, struct some *some, const struct ty_id *ids, size_t count,
	  size_t *ret_seen, struct ty_err *err)
{
	struct ty_tx *tx;
	size_t i;

	if (ty_tx_begin(rerun->caller->store, some->arena, rerun->caller->workspace_id, WAIT_MS,
			&tx, err) != TY_OK)
		return err->code;
	for (i = 0; i < count && some->count < SOME_COUNT && some->bytes < SOME_BYTES; i++) {
		struct ty_receipt *receipt = &some->receipts[some->count];
		struct ty_err why = { 0 };

		if (ty_trigger_rerun(tx, &ids[i], rerun->how, receipt, &why) != TY_OK) {
			if (why.code == TY_E_UNAVAILABLE || why.code == TY_E_INTERNAL) {
				*err = why;
				ty_tx_rollback(tx);
				return err->code;
			}
			rerun_failed(rerun, &ids[i], &why);
			continue;
		}
		receipt->delivery_key = ty_rerun_key(some->arena, &ids[i]);
		receipt->remote_addr =
			rerun->caller->remote_addr != NULL ? rerun->caller->remote_addr : "";
		some->ids[some->count++] = ids[i];
		some->bytes += receipt->body_len;
	}
	*ret_seen = i;
	return ty_tx_commit(tx, err);
}

static bool
is_refused(enum ty_verdict verdict)
{
	return verdict == TY_VERDICT_RATE || verdict == TY_VERDICT_QUOTA ||
	       verdict == TY_VERDICT_DEPTH;
}

/* Judge each answer; keeps in 'some' the letters that have a run. */
static size_t
some_judge(struct rerun *rerun, struct some *some)
{
	size_t kept = 0, refused = 0;

	for (size_t i = 0; i < some->count; i++) {
		const struct ty_intake_answer *answer = &some->answers[i];
		struct ty_err err = { 0 };

		if (answer->code != TY_OK) {
			ty_err_set(&err, answer->code, "The replay could not be kept");
			rerun_failed(rerun, &some->ids[i], &err);
			continue;
		}
		if (is_refused(answer->admission.verdict)) {
			rerun->stopped = ty_verdict_name(answer->admission.verdict);
			rerun->retry_after_ms = answer->admission.retry_after_ms;
			refused++;
			continue;
		}
		json_array_append_new(rerun->items,
				      json_pack("{s:s, s:s}", "execution_id", some->ids[i].s,
						"replay_execution_id", answer->admission.run_id.s));
		some->ids[kept] = some->ids[i];
		some->runs[kept++] = answer->admission.run_id;
	}
	some->count = kept;
	return refused;
}

static enum ty_code
some_settle(const struct rerun *rerun, const struct some *some, struct ty_err *err)
{
	struct ty_tx *tx;
	size_t settled;

	if (some->count == 0)
		return TY_OK;
	if (ty_tx_begin(rerun->caller->store, some->arena, rerun->caller->workspace_id, WAIT_MS,
			&tx, err) != TY_OK)
		return err->code;
	if (ty_store_dead_settle(tx, some->ids, some->runs, some->count, rerun->caller->user_id,
				 &settled, err) != TY_OK ||
	    rerun->caller->forget(rerun->caller->ctx, tx, some->ids, some->count, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

/* *ret_done: ids that are done with. */
static enum ty_code
rerun_some(struct rerun *rerun, const struct ty_id *ids, size_t count, size_t *ret_done,
	   struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(rerun->arena, "rerun", 0);
	struct some *some = ty_arena_new_of(arena, struct some);
	enum ty_code code;
	size_t seen = 0;

	some->arena = arena;
	code = some_load(rerun, some, ids, count, &seen, err);
	if (code == TY_OK) {
		ty_intake_submit_all(rerun->caller->intake, some->receipts, some->count,
				     some->answers);
		seen -= some_judge(rerun, some);
		code = some_settle(rerun, some, err);
	}
	*ret_done = seen;
	ty_arena_free(arena);
	return code;
}

static enum ty_code
find_ids(const struct ty_rerun_caller *caller, struct ty_arena *arena,
	 const struct ty_store_dead_filter *filter, struct ty_id **ret_ids, size_t *ret_count,
	 int64_t *ret_more, struct ty_err *err)
{
	struct ty_store_dead_filter bounded = *filter;
	struct ty_tx *tx;

	if (bounded.limit <= 0 || bounded.limit > TY_LIMIT_RERUN_COUNT)
		bounded.limit = TY_LIMIT_RERUN_COUNT;
	if (ty_tx_begin(caller->store, arena, caller->workspace_id, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_dead_ids(tx, &bounded, ret_ids, ret_count, ret_more, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

static json_t *
report(const struct rerun *rerun, int64_t remaining)
{
	json_t *retry_after = rerun->stopped != NULL
				      ? json_integer((json_int_t)rerun->retry_after_ms)
				      : json_null();

	return ty_json_own(rerun->arena, json_pack("{s:I, s:O, s:O, s:I, s:s?, s:o}", "replayed",
						   (json_int_t)json_array_size(rerun->items),
						   "items", rerun->items, "failed", rerun->failed,
						   "remaining", (json_int_t)remaining, "stopped",
						   rerun->stopped, "retry_after_ms", retry_after));
}

enum ty_code
ty_rerun_dead(const struct ty_rerun_caller *caller, struct ty_arena *arena,
	      const struct ty_store_dead_filter *filter, const struct ty_rerun *how,
	      json_t **ret_report, struct ty_err *err)
{
	struct rerun rerun = { .caller = caller,
			       .how = how,
			       .arena = arena,
			       .items = ty_json_own(arena, json_array()),
			       .failed = ty_json_own(arena, json_array()) };
	size_t count, done = 0, n;
	struct ty_id *ids;
	int64_t more;

	if (find_ids(caller, arena, filter, &ids, &count, &more, err) != TY_OK)
		return err->code;
	while (done < count && rerun.stopped == NULL) {
		if (rerun_some(&rerun, &ids[done], count - done, &n, err) != TY_OK)
			return err->code;
		done += n;
	}
	*ret_report = report(&rerun, more + (int64_t)(count - done));
	return TY_OK;
}

enum ty_code
ty_rerun_forget(struct ty_tx *tx, struct ty_queue_sync *queue, const struct ty_id *ids,
		size_t count, struct ty_err *err)
{
	struct ty_err away = { 0 };
	struct ty_id *buried;
	bool found;

	if (ty_store_dead_buried(tx, ids, count, &buried, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (ty_queue_sync_dead_drop(queue, &buried[i], &found, &away) != TY_OK)
			break;
	return TY_OK;
}
