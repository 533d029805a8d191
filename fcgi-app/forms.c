/*
 * forms.c -- what each route takes, declared: one table a form.
 *
 * The same rows bind the request, refuse what is wrong with it (all at once) and are printed
 * as the OpenAPI document's parameters and request bodies.
 */
#include "api.h"

#include "auth/password.h"
#include "base/str.h"

#include <stddef.h>

#define LIMIT_ROW(owner)                                                                           \
	{                                                                                          \
		.name = "limit", .label = "Limit", .help = "Items a page.", .type = TY_PARAM_INT,  \
		.def = "50", .min = 1, .max = 200, .offset = offsetof(owner, limit)                \
	}
#define CURSOR_ROW(owner)                                                                          \
	{                                                                                          \
		.name = "cursor", .label = "Cursor", .help = "next_cursor of the page before.",    \
		.type = TY_PARAM_STRING, .max = 64, .offset = offsetof(owner, cursor)              \
	}
#define TEXT_ROW(owner, field, bytes, text)                                                        \
	{                                                                                          \
		.name = #field, .label = #field, .help = text, .type = TY_PARAM_STRING,            \
		.flags = TY_PARAM_STRICT, .max = bytes, .offset = offsetof(owner, field)           \
	}
#define WORD_ROW(owner, field, words, text)                                                        \
	{                                                                                          \
		.name = #field, .label = #field, .help = text, .type = TY_PARAM_WORD,              \
		.choices = words, .offset = offsetof(owner, field)                                 \
	}
#define ID_ROW(owner, field, text)                                                                 \
	{                                                                                          \
		.name = #field, .label = #field, .help = text, .type = TY_PARAM_ID,                \
		.offset = offsetof(owner, field)                                                   \
	}
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}
#define FORM(form, owner, rows)                                                                    \
	const struct ty_form api_form_##form = { .name = #form,                                    \
						 .table = rows,                                    \
						 .size = sizeof(owner) }

static const struct ty_param page_rows[] = { LIMIT_ROW(struct form_page),
					     CURSOR_ROW(struct form_page), END };
FORM(page, struct form_page, page_rows);

/* Versions are paged by their number. */
FORM(cursor_number, struct form_page, page_rows);

/*
 * The words that the tables themselves allow (sql/migrations), but for "queued": a run that is
 * has no row yet.
 */
static const struct ty_choice run_statuses[] = { { "queued", NULL },   { "running", NULL },
						 { "waiting", NULL },  { "ok", NULL },
						 { "error", NULL },    { "timeout", NULL },
						 { "canceled", NULL }, { NULL, NULL } };
static const struct ty_choice run_modes[] = { { "webhook", NULL },  { "api", NULL },
					      { "manual", NULL },   { "replay", NULL },
					      { "schedule", NULL }, { NULL, NULL } };
static const struct ty_choice verdicts[] = { { "accepted", NULL },	 { "duplicate", NULL },
					     { "unclaimed", NULL },	 { "bad_signature", NULL },
					     { "stale", NULL },		 { "malformed", NULL },
					     { "too_large", NULL },	 { "rate", NULL },
					     { "quota", NULL },		 { "depth", NULL },
					     { "not_configured", NULL }, { NULL, NULL } };
static const struct ty_choice yes_no[] = { { "true", NULL }, { "false", NULL }, { NULL, NULL } };

static const struct ty_param workflow_list_rows[] = {
	LIMIT_ROW(struct form_workflow_list), CURSOR_ROW(struct form_workflow_list),
	TEXT_ROW(struct form_workflow_list, search, 200, "Part of the name."),
	WORD_ROW(struct form_workflow_list, published, yes_no, "Whether they are on the air."), END
};
FORM(workflow_list, struct form_workflow_list, workflow_list_rows);

static const struct ty_param execution_list_rows[] = {
	LIMIT_ROW(struct form_execution_list),
	CURSOR_ROW(struct form_execution_list),
	ID_ROW(struct form_execution_list, workflow_id, "Runs of this workflow."),
	WORD_ROW(struct form_execution_list, status, run_statuses, "Runs in this state."),
	WORD_ROW(struct form_execution_list, mode, run_modes, "Runs that began like this."),
	TEXT_ROW(struct form_execution_list, after, 40, "Accepted at or after this time."),
	TEXT_ROW(struct form_execution_list, before, 40, "Accepted before this time."),
	END
};
FORM(execution_list, struct form_execution_list, execution_list_rows);

static const struct ty_param delivery_list_rows[] = {
	LIMIT_ROW(struct form_delivery_list), CURSOR_ROW(struct form_delivery_list),
	WORD_ROW(struct form_delivery_list, verdict, verdicts, "What became of them."),
	ID_ROW(struct form_delivery_list, workflow_id, "Deliveries to this workflow."), END
};
FORM(delivery_list, struct form_delivery_list, delivery_list_rows);

static const struct ty_param sign_in_rows[] = {
	{ .name = "email",
	  .label = "E-mail",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
	  .min = 3,
	  .max = 254,
	  .offset = offsetof(struct form_sign_in, email) },
	{ .name = "password",
	  .label = "Password",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED | TY_PARAM_SECRET,
	  .max = TY_PASSWORD_MAX_BYTES,
	  .offset = offsetof(struct form_sign_in, password) },
	END
};
FORM(sign_in, struct form_sign_in, sign_in_rows);

#define GRAPH_ROW(owner, more)                                                                     \
	{                                                                                          \
		.name = "graph", .label = "Graph", .help = "{ nodes, edges, settings }.",          \
		.type = TY_PARAM_JSON, .flags = (more), .offset = offsetof(owner, graph)           \
	}

static const struct ty_param workflow_new_rows[] = { { .name = "name",
						       .label = "Name",
						       .type = TY_PARAM_STRING,
						       .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
						       .max = 200,
						       .offset = offsetof(struct form_workflow_new,
									  name) },
						     GRAPH_ROW(struct form_workflow_new, 0),
						     END };
FORM(workflow_new, struct form_workflow_new, workflow_new_rows);

static const struct ty_param workflow_save_rows[] = {
	TEXT_ROW(struct form_workflow_save, name, 200, "A new name."),
	TEXT_ROW(struct form_workflow_save, note, 2000, "What changed."),
	GRAPH_ROW(struct form_workflow_save, 0), END
};
FORM(workflow_save, struct form_workflow_save, workflow_save_rows);

static const struct ty_param graph_rows[] = { GRAPH_ROW(struct form_graph, TY_PARAM_REQUIRED),
					      END };
FORM(graph, struct form_graph, graph_rows);

static const struct ty_param publish_rows[] = { { .name = "version",
						  .label = "Version",
						  .help = "Its number; the draft where absent.",
						  .type = TY_PARAM_INT,
						  .flags = TY_PARAM_STRICT,
						  .def = "0",
						  .min = 0,
						  .max = INT32_MAX,
						  .offset =
							  offsetof(struct form_publish, version) },
						END };
FORM(publish, struct form_publish, publish_rows);

static const struct ty_param run_rows[] = {
	{ .name = "input",
	  .label = "Input",
	  .help = "An object, or an array of objects: one item each.",
	  .type = TY_PARAM_JSON,
	  .offset = offsetof(struct form_run, input) },
	{ .name = "version",
	  .label = "Version",
	  .help = "Its number; the draft where absent.",
	  .type = TY_PARAM_INT,
	  .flags = TY_PARAM_STRICT,
	  .def = "0",
	  .min = 0,
	  .max = INT32_MAX,
	  .offset = offsetof(struct form_run, version) },
	END
};
FORM(run, struct form_run, run_rows);

static const struct ty_param credential_rows[] = {
	{ .name = "name",
	  .label = "Name",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
	  .max = 200,
	  .offset = offsetof(struct form_credential, name) },
	{ .name = "type",
	  .label = "Type",
	  .help = "webhook_secret, http_bearer, http_basic or http_header.",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
	  .max = 64,
	  .offset = offsetof(struct form_credential, type) },
	{ .name = "data",
	  .label = "Data",
	  .help = "What it is made of: { secret }, { secrets: [...] }, { token }, { username, "
		  "password } or "
		  "{ name, value }.",
	  .type = TY_PARAM_JSON,
	  .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED | TY_PARAM_SECRET,
	  .offset = offsetof(struct form_credential, data) },
	END
};
FORM(credential, struct form_credential, credential_rows);

static const struct ty_param api_key_rows[] = { { .name = "name",
						  .label = "Name",
						  .type = TY_PARAM_STRING,
						  .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
						  .max = 200,
						  .offset = offsetof(struct form_api_key, name) },
						{ .name = "scopes",
						  .label = "Scopes",
						  .help = "Permissions, such as workflow.run.",
						  .type = TY_PARAM_JSON,
						  .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED,
						  .offset = offsetof(struct form_api_key, scopes) },
						END };
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
