/*
 * replay.c -- see replay.h.
 */
#include "intake/replay.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "engine/difference.h"
#include "intake/trigger.h"
#include "store/execution_list.h"
#include "store/replay.h"
#include "store/step_list.h"
#include "store/workflow.h"

/* Pages of each of the two runs that are compared: some 4,000 steps, or 16 MB of them. */
#define PAGES_MAX 4

/* ---- the receipt ---- */

static bool
was_ended(const json_t *run)
{
	const char *status = ty_json_str(run, "status", "");

	return ty_str_eq(status, "canceled") || ty_str_eq(status, "timeout");
}

/* Did pins change what the run computed?  The steps that it took of an earlier run do not count, because
 * they are in its own journal. */
static bool
is_pinned(const json_t *run)
{
	const char *member;
	json_t *value;

	json_object_foreach(ty_json_obj(run, "source"), member, value)
	{
		if (!ty_str_eq(member, "run_id") && !ty_str_eq(member, "effects"))
			return true;
	}
	return false;
}

static bool
is_replay(const char *mode)
{
	const struct ty_run_mode *found = ty_run_mode_find(mode);

	return found != NULL && !ty_run_mode_has_effects(found);
}

static enum ty_code
check_run(const json_t *run, struct ty_err *err)
{
	if (run == NULL)
		return ty_err_set(err, TY_E_CONFLICT,
				  "The run was never begun, or its delivery is no longer kept");
	if (is_replay(ty_json_str(run, "mode", ""))) {
		ty_err_set(err, TY_E_CONFLICT, "The run is a replay itself");
		return ty_err_hint(err, "Replay the run that it repeats.");
	}
	if (is_pinned(run)) {
		ty_err_set(err, TY_E_CONFLICT,
			   "The run was a part of its workflow, or used pinned data");
		return ty_err_hint(err, "Only whole runs can be replayed: run the workflow, then "
					"replay that run.");
	}
	return TY_OK;
}

/* Source that tells a worker to be that run (workers/run/job_replay.c). */
static const char *
source_of(struct ty_arena *arena, const struct ty_id *run_id, const json_t *run)
{
	json_t *source = json_object();

	json_object_set_new(source, "run_id", json_string(run_id->s));
	json_object_set(source, "mode", json_object_get(run, "mode"));
	json_object_set(source, "accepted_at_ms", json_object_get(run, "accepted_at_ms"));
	json_object_set(source, "digest", json_object_get(run, "digest"));
	if (was_ended(run)) {
		json_object_set(source, "ended", json_object_get(run, "error"));
		json_object_set(source, "ended_at_ms", json_object_get(run, "finished_at_ms"));
	}
	return ty_json_dump(arena, ty_json_own(arena, source), NULL);
}

/* Set another version than the run's, which makes the replay a what-if. */
static enum ty_code
set_version(struct ty_tx *tx, int64_t number, struct ty_receipt *receipt, struct ty_err *err)
{
	struct ty_store_version *version;
	struct ty_id own = receipt->version_id;

	receipt->mode = ty_run_mode_name(TY_RUN_MODE_PROOF);
	if (number == 0)
		return TY_OK;
	if (ty_store_version_load(tx, &receipt->workflow_id, number, &version, err) != TY_OK)
		return ty_err_at(err, "version");
	if (ty_id_eq(&version->id, &own))
		return TY_OK;
	receipt->version_id = version->id;
	receipt->mode = ty_run_mode_name(TY_RUN_MODE_WHAT_IF);
	return TY_OK;
}

enum ty_code
ty_replay_receipt(struct ty_tx *tx, const struct ty_id *run_id, int64_t version,
		  struct ty_receipt *ret_receipt, struct ty_err *err)
{
	const struct ty_rerun how = { .same_version = true };
	struct ty_arena *arena = ty_tx_arena(tx);
	const json_t *run;

	if (ty_trigger_rerun(tx, run_id, &how, ret_receipt, err) != TY_OK ||
	    ty_store_replayed_get(tx, run_id, &run, err) != TY_OK || check_run(run, err) != TY_OK ||
	    set_version(tx, version, ret_receipt, err) != TY_OK)
		return err->code;
	/* Read the body as it was read then, not as today's webhook reads. */
	ret_receipt->read_as = ty_json_str(run, "read_as", "");
	ret_receipt->route = ty_json_str(run, "route", "");
	ret_receipt->start_node = ty_json_str(run, "start_node", "");
	ret_receipt->source = source_of(arena, run_id, run);
	return TY_OK;
}

/* ---- the verdict ---- */

/* *ret_all: there are no more. */
static enum ty_code
load_steps(struct ty_tx *tx, const char *run, json_t **ret_steps, bool *ret_all, struct ty_err *err)
{
	struct ty_id id;

	if (ty_id_parse(run, &id))
		return ty_store_step_list_whole(tx, &id, NULL, PAGES_MAX, ret_steps, ret_all, err);
	*ret_steps = ty_json_own(ty_tx_arena(tx), json_array());
	*ret_all = true;
	return TY_OK;
}

static void
cut(json_t *steps, size_t count)
{
	while (json_array_size(steps) > count)
		json_array_remove(steps, json_array_size(steps) - 1);
}

/* Compare steps; says in 'verdict' what kept it from that. */
static enum ty_code
add_difference(struct ty_tx *tx, json_t *verdict, struct ty_err *err)
{
	json_t *before, *after;
	bool all_before, all_after;
	size_t count;

	if (load_steps(tx, ty_json_str(verdict, "source_execution_id", ""), &before, &all_before,
		       err) != TY_OK ||
	    load_steps(tx, ty_json_str(verdict, "execution_id", ""), &after, &all_after, err) !=
		    TY_OK)
		return err->code;
	if (json_array_size(before) == 0 || json_array_size(after) == 0) {
		json_object_set_new(verdict, "missing",
				    json_string("The steps of the run are not kept: its workflow's "
						"setting is save: none, or errors"));
		return TY_OK;
	}
	count = json_array_size(before) < json_array_size(after) ? json_array_size(before)
								 : json_array_size(after);
	if (!all_before || !all_after) {
		cut(before, count);
		cut(after, count);
		json_object_set_new(verdict, "missing",
				    json_sprintf("Only the first %zu steps were compared", count));
	}
	json_object_set(verdict, "difference", ty_steps_difference(ty_tx_arena(tx), before, after));
	return TY_OK;
}

static const char *
word_of(const json_t *replay)
{
	const char *digest = ty_json_str(replay, "digest", NULL);
	const char *recorded = ty_json_str(replay, "source_digest", NULL);
	const char *code = ty_json_str(ty_json_obj(replay, "error"), "code", "");

	if (!ty_store_execution_is_over(ty_json_str(replay, "status", "")))
		return "pending";
	if (digest == NULL || recorded == NULL)
		return "failed";
	if (ty_str_eq(digest, recorded))
		return "equal";
	return ty_str_eq(code, ty_code_name(TY_E_NO_ANSWER)) ? "ended" : "differs";
}

static const char *
place_of(struct ty_arena *arena, const json_t *row)
{
	const char *frame = ty_json_str(row, "frame", NULL);

	return ty_arena_printf(arena, "%s%s%s", ty_json_str(row, "name", ""),
			       frame != NULL ? ", " : "", frame != NULL ? frame : "");
}

static const char *
text_of(struct ty_arena *arena, const json_t *verdict, const char *word)
{
	const json_t *error = ty_json_obj(verdict, "error");
	const json_t *difference = ty_json_obj(verdict, "difference");
	const json_t *first = ty_json_obj(difference, "first");
	bool is_proof =
		ty_str_eq(ty_json_str(verdict, "mode", ""), ty_run_mode_name(TY_RUN_MODE_PROOF));

	if (ty_str_eq(word, "pending"))
		return "The replay is not over yet.";
	if (ty_str_eq(word, "equal"))
		return is_proof ? "Proved: the replay's digest is that of the run."
				: "Nothing would have been different: the digest is that of the "
				  "run.";
	if (ty_str_eq(word, "failed"))
		return error != NULL ? ty_arena_printf(arena, "The replay could not be made: %s",
						       ty_json_str(error, "message", ""))
				     : "The run has no digest to prove.";
	if (ty_str_eq(word, "ended"))
		return ty_arena_printf(arena, "The replay ended at node %s: %s.",
				       ty_json_str(error, "node", "?"),
				       ty_json_str(error, "message", ""));
	if (first == NULL)
		return "The digests differ.";
	return ty_arena_printf(arena, "The first step that differs: %s.", place_of(arena, first));
}

enum ty_code
ty_replay_verdict(struct ty_tx *tx, const struct ty_id *id, json_t **ret_verdict,
		  struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const json_t *replay, *error;
	json_t *verdict, *ended = NULL;
	const char *word;

	if (ty_store_replay_get(tx, id, &replay, err) != TY_OK)
		return err->code;
	if (replay == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such replay here");
	word = word_of(replay);
	verdict = ty_json_own(arena, json_copy((json_t *)replay));
	json_object_set_new(verdict, "missing", json_null());
	json_object_set_new(verdict, "difference", json_null());
	if ((ty_str_eq(word, "differs") || ty_str_eq(word, "ended")) &&
	    add_difference(tx, verdict, err) != TY_OK)
		return err->code;
	error = ty_json_obj(replay, "error");
	if (ty_str_eq(ty_json_str(error, "code", ""), ty_code_name(TY_E_NO_ANSWER)))
		ended = json_pack("{s:s?, s:s}", "node", ty_json_str(error, "node", NULL),
				  "message", ty_json_str(error, "message", ""));
	json_object_set_new(verdict, "ended_at", ended != NULL ? ended : json_null());
	json_object_set_new(verdict, "verdict", json_string(word));
	json_object_set_new(verdict, "text", json_string(text_of(arena, verdict, word)));
	*ret_verdict = verdict;
	return TY_OK;
}
