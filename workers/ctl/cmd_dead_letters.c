/*
 * cmd_dead_letters.c -- failed runs that nobody has looked after: list, run again, take off the list.
 *
 * By the words of docs/API.md.  (What the queue has buried, with its payloads, is cmd_dead.c's.)
 */
#include "list.h"
#include "workflow.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "intake/rerun.h"
#include "store/dead.h"

/* ---- which ---- */

static enum ty_code
time_option(struct ctl *ctl, const char *name, const char **ret_time, struct ty_err *err)
{
	const char *text = ctl_option(ctl, name);
	int64_t ignored;

	*ret_time = text;
	if (text == NULL || ty_time_parse(text, &ignored))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "--%s is \"%.60s\", which is no time", name, text);
	ty_err_hint(err, "Write it as in 2026-01-31T12:00:00Z.");
	return ctl_misused(ctl, err);
}

/* All but the workflow and the page. */
static enum ty_code
filter_read(struct ctl *ctl, struct ty_store_dead_filter *ret_filter, struct ty_err *err)
{
	*ret_filter = (struct ty_store_dead_filter){
		.code = ctl_option(ctl, "code"),
		.node = ctl_option(ctl, "node"),
		.text = ctl_option(ctl, "text"),
	};
	if (time_option(ctl, "since", &ret_filter->after, err) != TY_OK)
		return err->code;
	return time_option(ctl, "until", &ret_filter->before, err);
}

static bool
names_any(const struct ctl *ctl)
{
	static const char *const names[] = { "workflow", "code",  "node", "text",
					     "since",	 "until", "all" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++)
		if (ctl_has(ctl, names[i]))
			return true;
	return ctl_arg(ctl, 0) != NULL;
}

/* The letters that a command is for: RUN, or those that the options find. */
static enum ty_code
filter_named(struct ctl *ctl, struct ty_store_dead_filter *ret_filter, struct ty_err *err)
{
	const char *run = ctl_arg(ctl, 0);
	struct ty_id id;

	if (!names_any(ctl)) {
		ty_err_set(err, TY_E_INVALID, "name a run, or which dead letters");
		ty_err_hint(err, "Give one of --workflow, --code, --node, --text, --since, "
				 "--until; --all for all.");
		return ctl_misused(ctl, err);
	}
	if ((run != NULL && ctl_id(ctl, run, "run", &id, err) != TY_OK) ||
	    filter_read(ctl, ret_filter, err) != TY_OK ||
	    ctl_option_int(ctl, "limit", TY_LIMIT_RERUN_COUNT, 1, TY_LIMIT_RERUN_COUNT,
			   &ret_filter->limit, err) != TY_OK)
		return err->code;
	if (run != NULL)
		ret_filter->ids = ty_arena_printf(ctl->arena, "{%s}", id.s);
	return TY_OK;
}

static enum ty_code
filter_workflow(struct ctl *ctl, struct ty_tx *tx, struct ty_store_dead_filter *filter,
		struct ty_err *err)
{
	const char *workflow = ctl_option(ctl, "workflow");
	struct ty_id id;

	if (workflow == NULL)
		return TY_OK;
	if (ctl_workflow_find(tx, workflow, &id, err) != TY_OK)
		return err->code;
	filter->workflow_id = ty_arena_strdup(ctl->arena, id.s);
	return TY_OK;
}

static enum ty_code
none_found(const struct ctl *ctl, struct ty_err *err)
{
	ty_err_set(err, TY_E_NOT_FOUND, "there is no open dead letter %s", ctl_arg(ctl, 0));
	return ty_err_hint(err, "'tybooctl dead-letters list' lists them.");
}

/* ---- list ---- */

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const char *state = ctl_option(ctl, "state");
	struct ty_store_dead_filter filter;

	if (filter_read(ctl, &filter, err) != TY_OK)
		return err->code;
	filter.state = ty_str_eq(state, "open") ? NULL : state;
	filter.workflow_id = page->workflow_id;
	filter.cursor = page->cursor;
	filter.limit = page->limit;
	return ty_store_dead_list(tx, &filter, ret_items, &page->next, err);
}

static enum ty_code
dead_letters_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "RUN" },    { "workflow_name", "WORKFLOW" }, { "version", "VERSION" },
		{ "mode", "MODE" }, { "finished_at", "FAILED AT" },  { "error", "ERROR" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "run", list, columns, err);
}

/* ---- replay ---- */

/* ctx is the ctl. */
static enum ty_code
forget(void *ctx, struct ty_tx *tx, const struct ty_id *ids, size_t count, struct ty_err *err)
{
	struct ty_queue_sync *queue;

	return ctl_queue(ctx, &queue, err) == TY_OK ? ty_rerun_forget(tx, queue, ids, count, err)
						    : err->code;
}

/* Print what was replayed in any case, and fail where a letter was not. */
static enum ty_code
tell(struct ctl *ctl, const json_t *report, struct ty_err *err)
{
	const char *stopped = ty_json_str(report, "stopped", NULL);
	size_t failed = json_array_size(json_object_get(report, "failed"));

	if (ctl_arg(ctl, 0) != NULL && stopped == NULL && failed == 0 &&
	    ty_json_int(report, "replayed", 0) == 0)
		return none_found(ctl, err);
	ctl_print_object(ctl, report);
	if (stopped != NULL) {
		ty_err_set(err, TY_E_LIMIT, "the workspace's limit is reached (%s): %lld remain",
			   stopped, (long long)ty_json_int(report, "remaining", 0));
		return ty_err_hint(err, "Try again in %lld ms.",
				   (long long)ty_json_int(report, "retry_after_ms", 0));
	}
	if (failed > 0)
		return ty_err_set(err, TY_E_CONFLICT, "%zu could not be replayed", failed);
	return TY_OK;
}

static enum ty_code
dead_letters_replay(struct ctl *ctl, struct ty_err *err)
{
	static const struct ty_id operator_id; /* unset */
	const struct ty_rerun how = { .same_version = ctl_has(ctl, "same-version"),
				      .repeat_effects = ctl_has(ctl, "repeat-effects") };
	struct ty_store_dead_filter filter;
	struct ty_rerun_caller caller;
	struct ty_intake *intake;
	struct ty_id workspace_id;
	json_t *report = NULL;
	enum ty_code code;
	struct ty_tx *tx;

	if (filter_named(ctl, &filter, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, filter_workflow(ctl, tx, &filter, err), err) != TY_OK ||
	    ctl_intake(ctl, &intake, err) != TY_OK)
		return err->code;
	caller = (struct ty_rerun_caller){ .store = ctl->store,
					   .intake = intake,
					   .workspace_id = &workspace_id,
					   .user_id = &operator_id,
					   .remote_addr = "",
					   .forget = forget,
					   .ctx = ctl };
	code = ty_rerun_dead(&caller, ctl->arena, &filter, &how, &report, err);
	ty_intake_free(intake);
	return code == TY_OK ? tell(ctl, report, err) : code;
}

/* ---- discard ---- */

static enum ty_code
discard(struct ctl *ctl, struct ty_tx *tx, struct ty_store_dead_filter *filter,
	size_t *ret_discarded, int64_t *ret_more, struct ty_err *err)
{
	struct ty_id *ids;
	size_t count;

	if (filter_workflow(ctl, tx, filter, err) != TY_OK ||
	    ty_store_dead_ids(tx, filter, &ids, &count, ret_more, err) != TY_OK)
		return err->code;
	if (count == 0 && filter->ids != NULL)
		return none_found(ctl, err);
	return ctl_settle(ctl, tx, ids, NULL, count, ret_discarded, err);
}

static enum ty_code
dead_letters_discard(struct ctl *ctl, struct ty_err *err)
{
	struct ty_store_dead_filter filter;
	struct ty_id workspace_id;
	size_t discarded = 0;
	int64_t more = 0;
	struct ty_tx *tx;

	if (filter_named(ctl, &filter, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, discard(ctl, tx, &filter, &discarded, &more, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:I, s:I}", "discarded",
								(json_int_t)discarded, "remaining",
								(json_int_t)more)));
	return TY_OK;
}

/* ---- the table ---- */

/* clang-format off */
#define FIND_OPTIONS \
	{ "code", "CODE", "runs that failed with this error code: timeout, upstream, poison, ...", false }, \
	{ "node", "ID", "runs that failed at this node", false }, \
	{ "text", "TEXT", "with this in the error's message", false }, \
	{ "since", "TIME", "runs that failed at or after 2026-01-31T12:00:00Z", false }, \
	{ "until", "TIME", "runs that failed before it", false }
#define MANY_OPTIONS \
	{ "workflow", "WORKFLOW", "only that one's", false }, \
	FIND_OPTIONS, \
	{ "all", NULL, "all of the workspace", false }, \
	{ "limit", "N", "at most so many, the oldest first; default 500", false }
/* clang-format on */

static const struct ctl_option list_options[] = {
	{ "state", "STATE", "open, replayed or discarded; default open", false },
	FIND_OPTIONS,
	CTL_LIST_OPTIONS("run"),
	{ .name = NULL },
};
static const struct ctl_option replay_options[] = {
	MANY_OPTIONS,
	{ "same-version", NULL, "run the version that each ran; default the published one", false },
	{ "repeat-effects", NULL, "make also those calls again that ended well", false },
	{ .name = NULL },
};
static const struct ctl_option discard_options[] = {
	MANY_OPTIONS,
	{ .name = NULL },
};

const struct ctl_command ctl_dead_letters_commands[] = {
	{ "dead-letters list", "", "List failed runs that nobody has looked after, newest first",
	  list_options, dead_letters_list },
	{ "dead-letters replay", "[RUN]", "Run one of them again, or many", replay_options,
	  dead_letters_replay },
	{ "dead-letters discard", "[RUN]", "Take one off the list, or many; their runs stay",
	  discard_options, dead_letters_discard },
	{ .name = NULL },
};
