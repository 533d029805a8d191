/*
 * workflow.c -- finding, judging, starting and following: see workflow.h.
 */
#include "workflow.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "conf/conf.h"
#include "intake/intake.h"
#include "intake/rerun.h"
#include "json/json.h"
#include "node/registry.h"
#include "store/execution_list.h"
#include "store/workflow.h"

#include <time.h>

#define FOLLOW_DEFAULT_S 300
#define FOLLOW_MAX_S	 86400
#define FOLLOW_POLL_MS	 50

enum ty_code
ctl_workflow_find(struct ty_tx *tx, const char *text, struct ty_id *ret_id, struct ty_err *err)
{
	struct ty_store_workflow_filter filter = { .search = text, .limit = 200 };
	size_t i, found = 0;
	const char *next;
	json_t *items, *item;

	if (ty_id_parse(text, ret_id))
		return TY_OK;
	if (ty_store_workflow_list(tx, &filter, &items, &next, err) != TY_OK)
		return err->code;
	json_array_foreach(items, i, item)
	{
		if (ty_str_eq(ty_json_str(item, "name", ""), text) &&
		    ty_id_parse(ty_json_str(item, "id", ""), ret_id))
			found++;
	}
	if (found == 1)
		return TY_OK;
	ty_err_set(err, found == 0 ? TY_E_NOT_FOUND : TY_E_CONFLICT,
		   found == 0 ? "there is no workflow \"%.200s\" in this workspace"
			      : "several workflows are called \"%.200s\"",
		   text);
	return ty_err_hint(err, "'tybooctl workflow list' shows names and ids.");
}

enum ty_code
ctl_graph_check(struct ctl *ctl, struct ty_tx *tx, const json_t *graph,
		enum ty_graph_purpose purpose, struct ty_graph_check *ret_check, struct ty_err *err)
{
	const struct ty_registry *registry;
	struct ty_checker *checker;
	enum ty_code code = ctl_registry(ctl, &registry, err);

	if (code != TY_OK)
		return code;
	checker = ty_checker_new(ctl->conf);
	code = ty_graph_check(tx, registry, checker, graph, purpose, ret_check, err);
	ty_checker_free(checker);
	return code;
}

/* A line each for the finding and for what to do: a table would cut both. */
void
ctl_print_findings(FILE *out, const json_t *findings)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		fprintf(out, "%-7s  %s: %s\n", ty_json_str(finding, "severity", ""),
			ty_json_str(finding, "path", ""), ty_json_str(finding, "message", ""));
		fprintf(out, "         -> %s (docs/%s)\n", ty_json_str(finding, "hint", ""),
			ty_json_str(finding, "docs", ""));
	}
}

enum ty_code
ctl_graph_require(struct ctl *ctl, const struct ty_graph_check *check, struct ty_err *err)
{
	if (check->error_count == 0)
		return TY_OK;
	if (!ctl->is_json)
		ctl_print_findings(stderr, check->findings);
	ty_err_set(err, TY_E_INVALID, "the workflow has %zu error%s", check->error_count,
		   check->error_count == 1 ? "" : "s");
	return ty_err_hint(err, "'tybooctl workflow validate' lists them.");
}

/* ---- starting ---- */

static enum ty_code
check_admission(const struct ty_admission *admission, struct ty_err *err)
{
	static const char *const texts[TY_VERDICT__COUNT] = {
		[TY_VERDICT_RATE] = "the workspace's rate of runs is reached",
		[TY_VERDICT_QUOTA] = "the workspace's runs of this month are used up",
		[TY_VERDICT_DEPTH] = "too many runs of the workspace are waiting",
	};

	if (texts[admission->verdict] == NULL)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "%s", texts[admission->verdict]);
	err->retryable = true;
	return ty_err_hint(err, "Try again in %lld ms.", (long long)admission->retry_after_ms);
}

static enum ty_code
follow_timeout(struct ctl *ctl, int64_t *ret_timeout_s, struct ty_err *err)
{
	return ctl_option_int(ctl, "timeout", FOLLOW_DEFAULT_S, 1, FOLLOW_MAX_S, ret_timeout_s,
			      err);
}

enum ty_code
ctl_intake(struct ctl *ctl, struct ty_intake **ret_intake, struct ty_err *err)
{
	const struct ty_conf *conf;
	struct ty_log log;

	ty_log_init(&log, "tybooctl", TY_LOG_ERROR);
	return ctl_conf(ctl, &conf, err) == TY_OK ? ty_intake_new(conf, &log, ret_intake, err)
						  : err->code;
}

enum ty_code
ctl_start(struct ctl *ctl, const struct ty_receipt *receipt, struct ty_id *ret_run_id,
	  struct ty_err *err)
{
	struct ty_admission admission;
	struct ty_intake *intake;
	enum ty_code code;
	int64_t timeout_s;

	/* Parse the timeout first, so that a wrong one starts no run. */
	if (follow_timeout(ctl, &timeout_s, err) != TY_OK || ctl_intake(ctl, &intake, err) != TY_OK)
		return err->code;
	code = ty_intake_submit(intake, receipt, &admission, err);
	ty_intake_free(intake);
	if (code != TY_OK || check_admission(&admission, err) != TY_OK)
		return err->code;
	*ret_run_id = admission.run_id;
	return TY_OK;
}

/* ---- dead letters ---- */

enum ty_code
ctl_settle(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *ids, const struct ty_id *replays,
	   size_t count, size_t *ret_count, struct ty_err *err)
{
	static const struct ty_id operator_id; /* unset */
	struct ty_queue_sync *queue;

	if (ty_store_dead_settle(tx, ids, replays, count, &operator_id, ret_count, err) != TY_OK ||
	    ctl_queue(ctl, &queue, err) != TY_OK)
		return err->code;
	return ty_rerun_forget(tx, queue, ids, count, err);
}

enum ty_code
ctl_settle_one(struct ctl *ctl, const struct ty_id *workspace_id, const struct ty_id *run_id,
	       const struct ty_id *replay_id, struct ty_err *err)
{
	struct ty_tx *tx;
	size_t settled;

	if (ctl_begin(ctl, workspace_id, &tx, err) != TY_OK)
		return err->code;
	return ctl_end(tx, ctl_settle(ctl, tx, run_id, replay_id, 1, &settled, err), err);
}

/* ---- following ---- */

/* A failed step's own words, and those of the server that it failed by. */
static void
print_error(const struct ctl *ctl, const json_t *step)
{
	const json_t *error = ty_json_obj(step, "error");
	const char *body = ty_json_str(error, "body", "");

	if (error == NULL)
		return;
	ctl_say(ctl, "%s: %s%s%s", ty_json_str(step, "name", ""), ty_json_str(error, "message", ""),
		body[0] != '\0' ? ": " : "", body);
}

static void
print_notices(const struct ctl *ctl, const json_t *steps)
{
	const json_t *step, *notice;
	size_t i, n;

	json_array_foreach(steps, i, step)
	{
		const char *own = ty_json_str(step, "notice", NULL);

		if (own != NULL)
			ctl_say(ctl, "%s: %s", ty_json_str(step, "name", ""), own);
		print_error(ctl, step);
		json_array_foreach(ty_json_arr(step, "notices"), n, notice)
			ctl_say(ctl, "%s: %s", ty_json_str(step, "name", ""),
				ty_json_str(notice, "text", ""));
	}
}

static void
print_crashes(const struct ctl *ctl, const json_t *execution)
{
	const json_t *crash;
	size_t i;

	json_array_foreach(ty_json_arr(execution, "crashes"), i, crash)
		ctl_say(ctl, "A worker died here: %s, node %s, at %s (%s)",
			ty_json_str(crash, "signal", ""), ty_json_str(crash, "node", "-"),
			ty_json_str(crash, "at", ""), ty_json_str(crash, "worker", ""));
}

const struct ctl_column ctl_step_columns[] = {
	{ "node", "NODE" },	  { "frame", "FRAME" },	   { "attempt", "ATTEMPT" },
	{ "name", "NAME" },	  { "type", "TYPE" },	   { "status", "STATUS" },
	{ "items_out", "ITEMS" }, { "duration_ms", "MS" }, { .member = NULL },
};

void
ctl_print_execution(const struct ctl *ctl, json_t *execution)
{
	json_t *steps = json_object_get(execution, "steps");
	json_t *head;

	if (ctl->is_json || !json_is_array(steps)) {
		ctl_print_object(ctl, execution);
		return;
	}
	head = ty_json_own(ctl->arena, json_copy(execution));
	json_object_del(head, "steps");
	ctl_print_object(ctl, head);
	ctl_say(ctl, "%s", "");
	ctl_print_items(ctl, steps, NULL, ctl_step_columns);
	print_notices(ctl, steps);
	print_crashes(ctl, execution);
}

static enum ty_code
load_when_over(struct ctl *ctl, const struct ty_id *workspace_id, const struct ty_id *run_id,
	       json_t **ret_execution, struct ty_err *err)
{
	const char *status;
	struct ty_tx *tx;
	enum ty_code code;

	*ret_execution = NULL;
	if (ctl_begin(ctl, workspace_id, &tx, err) != TY_OK)
		return err->code;
	code = ty_store_execution_status(tx, run_id, &status, err);
	if (code == TY_OK && ty_store_execution_is_over(status))
		code = ty_store_execution_get(tx, run_id, ret_execution, err);
	return ctl_end(tx, code, err);
}

static enum ty_code
await_end(struct ctl *ctl, const struct ty_id *workspace_id, const struct ty_id *run_id,
	  int64_t timeout_s, json_t **ret_execution, struct ty_err *err)
{
	const struct timespec pause = { .tv_nsec = FOLLOW_POLL_MS * 1000000L };
	int64_t deadline = ty_time_mono_ms() + timeout_s * 1000;

	for (;;) {
		if (load_when_over(ctl, workspace_id, run_id, ret_execution, err) != TY_OK)
			return err->code;
		if (*ret_execution != NULL)
			return TY_OK;
		if (ty_time_mono_ms() >= deadline)
			break;
		nanosleep(&pause, NULL);
	}
	ty_err_set(err, TY_E_TIMEOUT, "run %s is not over after %lld s", run_id->s,
		   (long long)timeout_s);
	return ty_err_hint(err, "'tybooctl executions show %s' shows it; is a tyboo-run up?",
			   run_id->s);
}

enum ty_code
ctl_await(struct ctl *ctl, const struct ty_id *workspace_id, const struct ty_id *run_id,
	  struct ty_err *err)
{
	json_t *execution;
	int64_t timeout_s;

	if (follow_timeout(ctl, &timeout_s, err) != TY_OK)
		return err->code;
	return await_end(ctl, workspace_id, run_id, timeout_s, &execution, err);
}

enum ty_code
ctl_follow(struct ctl *ctl, const struct ty_id *workspace_id, const struct ty_id *run_id,
	   struct ty_err *err)
{
	json_t *execution;
	const char *status;
	int64_t timeout_s;

	if (!ctl_has(ctl, "wait")) {
		ctl_print_object(ctl, ty_json_own(ctl->arena,
						  json_pack("{s:s}", "execution_id", run_id->s)));
		return TY_OK;
	}
	if (follow_timeout(ctl, &timeout_s, err) != TY_OK ||
	    await_end(ctl, workspace_id, run_id, timeout_s, &execution, err) != TY_OK)
		return err->code;
	ctl_print_execution(ctl, execution);
	status = ty_json_str(execution, "status", "?");
	if (ty_str_eq(status, "ok"))
		return TY_OK;
	return ty_err_set(err, TY_E_UPSTREAM, "the run ended as %s: %s", status,
			  ty_json_str(ty_json_obj(execution, "error"), "message", "no message"));
}
