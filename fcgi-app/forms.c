/*
 * forms.c -- what each route takes, declared: one table a form.
 *
 * The same rows bind the request, refuse what is wrong with it (all at once) and are printed
 * as the OpenAPI document's parameters and request bodies.
 */
#include "form_rows.h"
#include "api_hook_keys.h"

#include "auth/password.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "param/row.h"
#include "publish/schedules.h"
#include "store/variable.h"

#include <stddef.h>

static const struct ty_param page_rows[] = {
	LIMIT_ROW(struct form_page),
	CURSOR_ROW(struct form_page),
	TY_ROW_END,
};
FORM(page, struct form_page, page_rows);

/* Versions are paged by their number. */
FORM(cursor_number, struct form_page, page_rows);

/*
 * The words that the tables themselves allow (sql/migrations), but for "queued": a run that is
 * has no row yet.
 */
static const struct ty_choice run_statuses[] = {
	{ "queued", NULL }, { "running", NULL }, { "waiting", NULL },  { "ok", NULL },
	{ "error", NULL },  { "timeout", NULL }, { "canceled", NULL }, { NULL, NULL },
};
static const struct ty_choice run_modes[] = {
#define X(symbol, name, label, input, version, start) { name, NULL },
#include "base/run_mode.def"
#undef X
	{ NULL, NULL },
};
static const struct ty_choice verdicts[] = {
	{ "accepted", NULL },	   { "duplicate", NULL },      { "unclaimed", NULL },
	{ "bad_signature", NULL }, { "stale", NULL },	       { "malformed", NULL },
	{ "too_large", NULL },	   { "rate", NULL },	       { "quota", NULL },
	{ "depth", NULL },	   { "not_configured", NULL }, { "denied", NULL },
	{ "awaiting_keys", NULL }, { "confirmed", NULL },      { NULL, NULL }
};
static const struct ty_choice yes_no[] = {
	{ "true", NULL },
	{ "false", NULL },
	{ NULL, NULL },
};

static const struct ty_param workflow_list_rows[] = {
	LIMIT_ROW(struct form_workflow_list),
	CURSOR_ROW(struct form_workflow_list),
	TY_ROW_STRING(struct form_workflow_list, search, 200, "search", .flags = TY_PARAM_STRICT,
		      .help = "Part of the name."),
	TY_ROW_WORD(struct form_workflow_list, published, yes_no, "published",
		    .help = "True: published workflows only; false: the others."),
	TY_ROW_END,
};
FORM(workflow_list, struct form_workflow_list, workflow_list_rows);

/* Rows from the item's entry, because a handle is known by its bytes alone. */
static const struct ty_param blob_rows[] = {
	TY_ROW_STRING(struct form_blob, name, 500, "name",
		      .help = "The file's name, for the download."),
	TY_ROW_STRING(struct form_blob, type, 200, "type", .help = "The file's media type."),
	TY_ROW_END,
};
FORM(blob, struct form_blob, blob_rows);

static const struct ty_param breaker_rows[] = {
	TY_ROW_STRING(struct form_breaker, node_type, 128, "Node type",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
		      .help = "Such as http.request."),
	TY_ROW_STRING(struct form_breaker, host, 260, "Host",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
		      .help = "With its port where that is not the scheme's own; * for all."),
	TY_ROW_STRING(struct form_breaker, why, 200, "Why", .flags = TY_PARAM_STRICT, .def = "",
		      .help = "Told to whoever is held back."),
	TY_ROW_END,
};
FORM(breaker, struct form_breaker, breaker_rows);

static const struct ty_param hook_trial_rows[] = {
	TY_ROW_STRING(struct form_hook_trial, method, 16, "Method", .flags = TY_PARAM_STRICT,
		      .def = "POST"),
	TY_ROW_STRING(struct form_hook_trial, path, 2000, "Path",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
		      .help = "The path behind /hooks/<workspace>/, without the query."),
	TY_ROW_STRING(struct form_hook_trial, query, 16000, "Query", .flags = TY_PARAM_STRICT,
		      .def = "", .help = "The undecoded query."),
	TY_ROW_JSON(struct form_hook_trial, headers, "Headers",
		    .help = "An object of texts; names in any case."),
	TY_ROW_TEXT(struct form_hook_trial, body, 0, "Body", .flags = TY_PARAM_STRICT, .def = "",
		    .help = "Exactly the text that is sent."),
	TY_ROW_TEXT(struct form_hook_trial, body_base64, 0, "Body in base64",
		    .flags = TY_PARAM_STRICT, .def = "",
		    .help = "Instead of body, where it is no text."),
	TY_ROW_END,
};
FORM(hook_trial, struct form_hook_trial, hook_trial_rows);

static const struct ty_param hook_keys_rows[] = {
	TY_ROW_STRING(struct form_hook_keys, url, 500, "Address",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED),
	TY_ROW_END,
};
FORM(hook_keys, struct form_hook_keys, hook_keys_rows);

static const struct ty_param execution_list_rows[] = {
	LIMIT_ROW(struct form_execution_list),
	CURSOR_ROW(struct form_execution_list),
	TY_ROW_ID(struct form_execution_list, workflow_id, "workflow_id",
		  .help = "Runs of this workflow."),
	TY_ROW_ID(struct form_execution_list, parent_id, "parent_id",
		  .help = "Runs that this run has begun: called ones, and its error workflow."),
	TY_ROW_WORD(struct form_execution_list, status, run_statuses, "status",
		    .help = "Runs in this state."),
	TY_ROW_WORD(struct form_execution_list, mode, run_modes, "mode",
		    .help = "Runs that began like this."),
	TY_ROW_STRING(struct form_execution_list, after, 40, "after", .flags = TY_PARAM_STRICT,
		      .help = "Accepted at or after this time."),
	TY_ROW_STRING(struct form_execution_list, before, 40, "before", .flags = TY_PARAM_STRICT,
		      .help = "Accepted before this time."),
	TY_ROW_END,
};
FORM(execution_list, struct form_execution_list, execution_list_rows);

static const struct ty_param delivery_list_rows[] = {
	LIMIT_ROW(struct form_delivery_list),
	CURSOR_ROW(struct form_delivery_list),
	TY_ROW_WORD(struct form_delivery_list, verdict, verdicts, "verdict",
		    .help = "Deliveries with this verdict."),
	TY_ROW_ID(struct form_delivery_list, workflow_id, "workflow_id",
		  .help = "Deliveries to this workflow."),
	TY_ROW_END,
};
FORM(delivery_list, struct form_delivery_list, delivery_list_rows);

static const struct ty_choice dead_states[] = {
	{ "open", NULL },
	{ "replayed", NULL },
	{ "discarded", NULL },
	{ NULL, NULL },
};
static const struct ty_choice rerun_versions[] = {
	{ "published", NULL },
	{ "same", NULL },
	{ NULL, NULL },
};

/* Rows that find dead letters, in a query and in a body. */
#define DEAD_ROWS(owner)                                                                           \
	TY_ROW_ID(owner, workflow_id, "workflow_id", .help = "Runs of this workflow."),            \
		TY_ROW_STRING(owner, code, 64, "code", .flags = TY_PARAM_STRICT,                   \
			      .help = "Runs that failed with this code."),                         \
		TY_ROW_STRING(owner, node, 128, "node", .flags = TY_PARAM_STRICT,                  \
			      .help = "Runs that failed at the node with this id."),               \
		TY_ROW_STRING(owner, text, 200, "text", .flags = TY_PARAM_STRICT,                  \
			      .help = "Part of the error's message."),                             \
		TY_ROW_STRING(owner, after, 40, "after", .flags = TY_PARAM_STRICT,                 \
			      .help = "Failed at or after this time."),                            \
		TY_ROW_STRING(owner, before, 40, "before", .flags = TY_PARAM_STRICT,               \
			      .help = "Failed before this time.")
#define RERUN_ROWS(owner)                                                                          \
	TY_ROW_WORD(owner, version, rerun_versions, "version", .def = "published",                 \
		    .help = "The published version, or the one that each ran."),                   \
		TY_ROW_BOOL(owner, repeat_effects, "repeat_effects", .def = "false",               \
			    .help = "Make also those calls again that ended well.")

static const struct ty_param dead_letter_list_rows[] = {
	LIMIT_ROW(struct form_dead_letter_list),
	CURSOR_ROW(struct form_dead_letter_list),
	TY_ROW_WORD(struct form_dead_letter_list, state, dead_states, "state", .def = "open",
		    .help = "Open letters, or those that were settled so."),
	DEAD_ROWS(struct form_dead_letter_list),
	TY_ROW_END,
};
FORM(dead_letter_list, struct form_dead_letter_list, dead_letter_list_rows);

static const struct ty_param dead_letters_rows[] = {
	TY_ROW_JSON(struct form_dead_letters, ids, "ids",
		    .help = "Ids of the runs; absent: all that the other members find."),
	DEAD_ROWS(struct form_dead_letters),
	RERUN_ROWS(struct form_dead_letters),
	TY_ROW_INT(struct form_dead_letters, limit, 1, TY_LIMIT_RERUN_COUNT, "limit", .def = "500",
		   .help = "At most so many; the answer says how many remain."),
	TY_ROW_END,
};
FORM(dead_letters, struct form_dead_letters, dead_letters_rows);

static const struct ty_param rerun_rows[] = {
	TY_ROW_JSON(
		struct form_rerun, input, "Input",
		.help = "Instead of what the run began with: an object, or an array of objects, "
			"one item each."),
	RERUN_ROWS(struct form_rerun),
	TY_ROW_END,
};
FORM(rerun, struct form_rerun, rerun_rows);

static const struct ty_param replay_rows[] = {
	TY_ROW_INT(struct form_version, version, 0, INT32_MAX, "Version", .flags = TY_PARAM_STRICT,
		   .help = "Another version makes it a what-if. Absent: the run's own, a proof."),
	TY_ROW_END,
};
FORM(replay, struct form_version, replay_rows);

static const struct ty_param schedule_list_rows[] = {
	LIMIT_ROW(struct form_schedule_list),
	CURSOR_ROW(struct form_schedule_list),
	TY_ROW_ID(struct form_schedule_list, workflow_id, "workflow_id",
		  .help = "Schedules of this workflow."),
	TY_ROW_END,
};
FORM(schedule_list, struct form_schedule_list, schedule_list_rows);

#define TIMES_ROW(owner)                                                                           \
	TY_ROW_INT(owner, count, 1, TY_PUBLISH_TIMES_MAX, "Count", .def = "10",                    \
		   .help = "Times to show.")
#define AFTER_ROW(owner)                                                                           \
	TY_ROW_STRING(owner, after, 40, "After", .flags = TY_PARAM_STRICT,                         \
		      .help = "Times after this moment (RFC 3339); now where it is left out.")

static const struct ty_param schedule_next_rows[] = {
	TIMES_ROW(struct form_schedule_next),
	AFTER_ROW(struct form_schedule_next),
	TY_ROW_END,
};
FORM(schedule_next, struct form_schedule_next, schedule_next_rows);

static const struct ty_choice schedule_kinds[] = {
	{ "cron", NULL },
	{ "interval", NULL },
	{ NULL, NULL },
};
static const struct ty_choice schedule_units[] = {
#define X(symbol, name, label, ms, months) { name, NULL },
#include "schedule/unit.def"
#undef X
	{ NULL, NULL },
};

/* The parameters of a schedule's node that say when it is due. */
static const struct ty_param schedule_preview_rows[] = {
	TY_ROW_WORD(struct form_schedule_preview, kind, schedule_kinds, "Kind", .def = "cron"),
	TY_ROW_STRING(struct form_schedule_preview, cron, TY_SCHEDULE_CRON_BYTES, "Cron expression",
		      .def = "", .help = "For kind cron: 30 9 * * MON-FRI."),
	TY_ROW_INT(struct form_schedule_preview, every, 1, 1000000000000, "Every", .def = "1",
		   .help = "For kind interval: number of units."),
	TY_ROW_WORD(struct form_schedule_preview, unit, schedule_units, "Unit", .def = "hours"),
	TY_ROW_STRING(struct form_schedule_preview, anchor, 40, "From", .def = "",
		      .help = "The first time: 2026-12-01T09:00, or with an offset."),
	TY_ROW_STRING(struct form_schedule_preview, timezone, 64, "Time zone", .def = "UTC"),
	TIMES_ROW(struct form_schedule_preview),
	AFTER_ROW(struct form_schedule_preview),
	TY_ROW_END,
};
const struct ty_form api_form_schedule_preview = { .name = "schedule_preview",
						   .table = schedule_preview_rows,
						   .size = sizeof(struct form_schedule_preview),
						   .is_of_node = true };

static const struct ty_param sign_in_rows[] = {
	TY_ROW_STRING(struct form_sign_in, email, 254, "E-mail",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED, .min = 3),
	TY_ROW_STRING(struct form_sign_in, password, TY_PASSWORD_MAX_BYTES, "Password",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED | TY_PARAM_SECRET),
	TY_ROW_END,
};
FORM(sign_in, struct form_sign_in, sign_in_rows);

static const struct ty_param workflow_new_rows[] = {
	TY_ROW_STRING(struct form_workflow_new, name, 200, "Name",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED),
	TY_ROW_JSON(struct form_workflow_new, graph, "Graph",
		    .help = "{ nodes, edges, settings }."),
	TY_ROW_END,
};
FORM(workflow_new, struct form_workflow_new, workflow_new_rows);

static const struct ty_param workflow_save_rows[] = {
	TY_ROW_STRING(struct form_workflow_save, name, 200, "name", .flags = TY_PARAM_STRICT,
		      .help = "A new name."),
	TY_ROW_STRING(struct form_workflow_save, note, 2000, "note", .flags = TY_PARAM_STRICT,
		      .help = "A note on the change."),
	TY_ROW_JSON(struct form_workflow_save, graph, "Graph",
		    .help = "{ nodes, edges, settings }."),
	TY_ROW_END,
};
FORM(workflow_save, struct form_workflow_save, workflow_save_rows);

static const struct ty_param graph_rows[] = {
	TY_ROW_JSON(struct form_graph, graph, "Graph", .flags = TY_PARAM_REQUIRED,
		    .help = "{ nodes, edges, settings }."),
	TY_ROW_END,
};
FORM(graph, struct form_graph, graph_rows);

static const struct ty_param publish_rows[] = {
	TY_ROW_INT(struct form_version, version, 0, INT32_MAX, "Version", .flags = TY_PARAM_STRICT,
		   .def = "0", .help = "Number of the version; the draft where absent."),
	TY_ROW_END,
};
FORM(publish, struct form_version, publish_rows);

static const struct ty_param run_rows[] = {
	TY_ROW_JSON(struct form_run, input, "Input",
		    .help = "An object, or an array of objects: one item each."),
	TY_ROW_INT(struct form_run, version, 0, INT32_MAX, "Version", .flags = TY_PARAM_STRICT,
		   .def = "0", .help = "Number of the version; the draft where absent."),
	TY_ROW_STRING(struct form_run, trigger, 128, "Trigger", .flags = TY_PARAM_STRICT,
		      .help = "Id of the trigger to begin at; absent: the manual one, or the one "
			      "that the world fires."),
	TY_ROW_STRING(
		struct form_run, to, 128, "To", .flags = TY_PARAM_STRICT,
		.help = "Id of a node: run what leads to it, and it, at its first visit. Nodes "
			"that are pinned, or that source_run_id has run, are not run again."),
	TY_ROW_STRING(struct form_run, only, 128, "Only", .flags = TY_PARAM_STRICT,
		      .help = "Id of a node: run it alone, on what is pinned, or recorded by "
			      "source_run_id, before it."),
	TY_ROW_STRING(struct form_run, from, 128, "From", .flags = TY_PARAM_STRICT,
		      .help = "Id of a node: run it and all behind it; the rest is of "
			      "source_run_id, or pinned."),
	TY_ROW_STRING(struct form_run, source_run_id, 64, "Earlier run", .flags = TY_PARAM_STRICT,
		      .help = "Run of this workflow whose steps are taken and not run again."),
	TY_ROW_STRING(struct form_run, delivery_id, 64, "Delivery", .flags = TY_PARAM_STRICT,
		      .help = "Kept delivery that the webhook it begins at is given, whoever "
			      "claims its address; no signature is checked."),
	TY_ROW_JSON(struct form_run, pins, "Pins", .flags = TY_PARAM_STRICT,
		    .help = "{ node id: [ { json: {...} } ] }: items in the place of what the node "
			    "would give; on top of the draft's own pins."),
	TY_ROW_END,
};
FORM(run, struct form_run, run_rows);

static const struct ty_param wait_rows[] = {
	WAIT_ROW(struct form_wait),
	TY_ROW_END,
};
FORM(wait, struct form_wait, wait_rows);

static const struct ty_choice start_answers[] = {
	{ "at_once", NULL },
	{ "when_finished", NULL },
	{ "by_node", NULL },
	{ NULL, NULL },
};
static const struct ty_choice start_late[] = {
	{ "error", NULL },
	{ "accepted", NULL },
	{ NULL, NULL },
};

static const struct ty_param start_rows[] = {
	WAIT_ROW(struct form_start),
	TY_ROW_WORD(struct form_start, answer, start_answers, "answer", .def = "at_once",
		    .help = "when_finished: with the run's record, as wait alone does; by_node: as "
			    "the workflow's Respond says."),
	TY_ROW_WORD(struct form_start, late, start_late, "late", .def = "error",
		    .help = "Where no node answers in time: 504, or 202 with the run's id."),
	TY_ROW_STRING(struct form_start, trigger, 128, "Trigger", .flags = TY_PARAM_STRICT,
		      .help = "Id of the trigger to begin at; absent: the manual one, or the one "
			      "that the world fires."),
	TY_ROW_END,
};
FORM(start, struct form_start, start_rows);

static const struct ty_param credential_rows[] = {
	TY_ROW_STRING(struct form_credential, name, 200, "Name",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED),
	TY_ROW_STRING(struct form_credential, type, 64, "Type",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
		      .help = "One of GET /api/v1/credential-types."),
	TY_ROW_JSON(struct form_credential, data, "Data",
		    .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED | TY_PARAM_SECRET,
		    .help = "The fields of its type, such as { token }."),
	TY_ROW_STRING(struct form_credential, hosts, 1000, "Hosts", .flags = TY_PARAM_STRICT,
		      .def = "",
		      .help = "Hosts that it may be sent to: api.example.com, *.example.com; "
			      "empty: any."),
	TY_ROW_END,
};
FORM(credential, struct form_credential, credential_rows);

static const struct ty_param credential_change_rows[] = {
	TY_ROW_STRING(struct form_credential_change, name, 200, "Name", .flags = TY_PARAM_STRICT,
		      .help = "Unchanged where absent."),
	TY_ROW_JSON(struct form_credential_change, data, "Data",
		    .flags = TY_PARAM_STRICT | TY_PARAM_SECRET,
		    .help = "All fields of its type; as it is where absent."),
	TY_ROW_STRING(struct form_credential_change, hosts, 1000, "Hosts", .flags = TY_PARAM_STRICT,
		      .help = "Unchanged where absent; empty: any."),
	TY_ROW_END,
};
FORM(credential_change, struct form_credential_change, credential_change_rows);

static const struct ty_param credential_remove_rows[] = {
	TY_ROW_BOOL(struct form_credential_remove, force, "Force", .def = "false",
		    .help = "Also where published workflows use it: their calls fail then."),
	TY_ROW_END,
};
FORM(credential_remove, struct form_credential_remove, credential_remove_rows);

static const struct ty_choice try_methods[] = {
	{ "GET", "GET" },     { "HEAD", "HEAD" },     { "POST", "POST" }, { "PUT", "PUT" },
	{ "PATCH", "PATCH" }, { "DELETE", "DELETE" }, { NULL, NULL },
};

static const struct ty_param credential_try_rows[] = {
	TY_ROW_STRING(struct form_credential_try, url, 8192, "Address",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
		      .help = "The call is made, whatever it does there."),
	TY_ROW_WORD(struct form_credential_try, method, try_methods, "Method", .def = "GET"),
	TY_ROW_END,
};
FORM(credential_try, struct form_credential_try, credential_try_rows);

static const struct ty_param variable_rows[] = {
	TY_ROW_STRING(struct form_variable, name, 200, "Name",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
		      .help = "Letters, digits and _, 50 at most, the first no digit: $vars.name."),
	TY_ROW_TEXT(struct form_variable, value, TY_LIMIT_VARIABLE_VALUE_BYTES, "Value",
		    .flags = TY_PARAM_STRICT, .def = ""),
	TY_ROW_END,
};
FORM(variable, struct form_variable, variable_rows);

static const struct ty_param variable_change_rows[] = {
	TY_ROW_STRING(struct form_variable, name, 200, "Name", .flags = TY_PARAM_STRICT),
	TY_ROW_TEXT(struct form_variable, value, TY_LIMIT_VARIABLE_VALUE_BYTES, "Value",
		    .flags = TY_PARAM_STRICT),
	TY_ROW_END,
};
FORM(variable_change, struct form_variable, variable_change_rows);

static const struct ty_param api_key_rows[] = {
	TY_ROW_STRING(struct form_api_key, name, 200, "Name",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED),
	TY_ROW_JSON(struct form_api_key, scopes, "Scopes",
		    .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
		    .help = "Permissions, such as workflow.run."),
	TY_ROW_END,
};
FORM(api_key, struct form_api_key, api_key_rows);

enum ty_code
api_check_id(const char *text, const char *what, struct ty_err *err)
{
	struct ty_id ignored;

	if (ty_str_is_blank(text) || ty_id_parse(text, &ignored))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "%s is not an id", what);
	ty_err_hint(err, "Send it as an answer gave it, or leave it out.");
	return ty_err_at(err, "%s", what);
}

enum ty_code
api_check_time(const char *text, const char *what, struct ty_err *err)
{
	int64_t ignored;

	if (text == NULL || ty_time_parse(text, &ignored))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "%s is not a time", what);
	ty_err_at(err, "%s", what);
	return ty_err_hint(err, "Write it as in 2026-01-31T12:00:00Z.");
}
