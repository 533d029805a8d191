/*
 * cmd_replay.c -- a run again from its journal, without effects: is its digest proved, or where do they part?
 */
#include "workflow.h"

#include "base/arena.h"
#include "base/str.h"
#include "intake/replay.h"
#include "json/json.h"

static enum ty_code
make_receipt(struct ctl *ctl, struct ty_tx *tx, struct ty_receipt *ret_receipt, struct ty_err *err)
{
	struct ty_id id;
	int64_t version;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_option_int(ctl, "version", 0, 1, INT32_MAX, &version, err) != TY_OK)
		return err->code;
	return ty_replay_receipt(tx, &id, version, ret_receipt, err);
}

/* ---- as a person reads it ---- */

static void
print_row(const struct ctl *ctl, const json_t *row)
{
	const json_t *before = ty_json_obj(row, "before"), *after = ty_json_obj(row, "after");
	const char *frame = ty_json_str(row, "frame", NULL);
	const json_t *member;
	size_t i;

	ctl_say(ctl, "%s%s%s (%s): %s, %lld items -> %s, %lld items", ty_json_str(row, "name", ""),
		frame != NULL ? " in " : "", frame != NULL ? frame : "",
		ty_json_str(row, "node", ""), ty_json_str(before, "status", "not there"),
		(long long)ty_json_int(before, "items_out", 0),
		ty_json_str(after, "status", "not there"),
		(long long)ty_json_int(after, "items_out", 0));
	json_array_foreach(ty_json_arr(row, "differences"), i, member)
		ctl_say(ctl, "    %s: %s -> %s", ty_json_str(member, "path", ""),
			ty_json_str(member, "before", "not there"),
			ty_json_str(member, "after", "not there"));
}

static void
print_verdict(const struct ctl *ctl, const json_t *verdict)
{
	const json_t *difference = ty_json_obj(verdict, "difference"), *row;
	const char *missing = ty_json_str(verdict, "missing", NULL);
	size_t i;

	if (ctl->is_json) {
		ctl_print_object(ctl, verdict);
		return;
	}
	ctl_say(ctl, "%s", ty_json_str(verdict, "text", ""));
	ctl_say(ctl, "digest of the run:    %s", ty_json_str(verdict, "source_digest", "none"));
	ctl_say(ctl, "digest of the replay: %s", ty_json_str(verdict, "digest", "none"));
	if (missing != NULL)
		ctl_say(ctl, "%s.", missing);
	if (difference == NULL)
		return;
	ctl_say(ctl, "%lld steps are the same", (long long)ty_json_int(difference, "same", 0));
	json_array_foreach(ty_json_arr(difference, "items"), i, row) print_row(ctl, row);
}

/* ---- the command ---- */

static enum ty_code
judge(struct ctl *ctl, const struct ty_id *workspace_id, const struct ty_id *id, struct ty_err *err)
{
	struct ty_tx *tx;
	json_t *verdict;
	const char *word;

	if (ctl_begin(ctl, workspace_id, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_replay_verdict(tx, id, &verdict, err), err) != TY_OK)
		return err->code;
	print_verdict(ctl, verdict);
	word = ty_json_str(verdict, "verdict", "");
	if (ty_str_eq(word, "equal"))
		return TY_OK;
	return ty_err_set(err, TY_E_CONFLICT, "replay %s: %s", id->s, word);
}

static enum ty_code
replay(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_receipt receipt;
	struct ty_tx *tx;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, make_receipt(ctl, tx, &receipt, err), err) != TY_OK ||
	    ctl_start(ctl, &receipt, &id, err) != TY_OK)
		return err->code;
	if (!ctl_has(ctl, "wait")) {
		ctl_print_object(ctl,
				 ty_json_own(ctl->arena, json_pack("{s:s}", "execution_id", id.s)));
		return TY_OK;
	}
	if (ctl_await(ctl, &workspace_id, &id, err) != TY_OK)
		return err->code;
	return judge(ctl, &workspace_id, &id, err);
}

static enum ty_code
replay_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, TY_OK, err) != TY_OK)
		return err->code;
	return judge(ctl, &workspace_id, &id, err);
}

static const struct ctl_option options[] = {
	{ "version", "N", "run that version instead: a what-if; default the run's own: a proof",
	  false },
	{ "wait", NULL, "wait for its end and tell what came of it; exit code 1 where it differs",
	  false },
	{ "timeout", "SECONDS", "how long to wait at most; default 300", false },
	{ .name = NULL },
};

const struct ctl_command ctl_replay_commands[] = {
	{ "replay", "RUN", "Run a run again from its journal, without effects", options, replay },
	{ "replays show", "REPLAY", "Tell what came of a replay; exit code 1 where it differs",
	  NULL, replay_show },
	{ .name = NULL },
};
