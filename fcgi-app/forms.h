/*
 * forms.h -- what routes take, bound: one struct a form.
 *
 * forms.c and forms_editor.c have their tables, the one source for binding, checking and the OpenAPI document.
 */
#ifndef TY_APP_FORMS_H
#define TY_APP_FORMS_H

#include "json/json.h"
#include "param/param.h"

/* A declared set of parameters. */
struct ty_form {
	const char *name; /* name of its schema in the OpenAPI document */
	const struct ty_param *table;
	size_t size;	 /* size of the struct that the parameters are bound to */
	bool is_of_node; /* a node's parameters: "5" and 5.0 are 5, as in a node */
};

struct form_page {
	int64_t limit;
	const char *cursor;
};
struct form_workflow_list {
	int64_t limit;
	const char *cursor, *search, *published;
};
struct form_execution_list {
	int64_t limit;
	const char *cursor, *workflow_id, *parent_id, *status, *mode, *after, *before;
};
struct form_delivery_list {
	int64_t limit;
	const char *cursor, *verdict, *workflow_id;
};
struct form_dead_letter_list {
	int64_t limit;
	const char *cursor, *state, *workflow_id, *code, *node, *text, *after, *before;
};
struct form_dead_letters {
	json_t *ids;
	const char *workflow_id, *code, *node, *text, *after, *before, *version;
	bool repeat_effects;
	int64_t limit;
};
struct form_rerun {
	json_t *input;
	const char *version;
	bool repeat_effects;
};
struct form_schedule_list {
	int64_t limit;
	const char *cursor, *workflow_id;
};
struct form_schedule_next {
	int64_t count;
	const char *after;
};
struct form_schedule_preview {
	const char *kind, *cron, *unit, *anchor, *timezone, *after;
	int64_t every, count;
};
struct form_blob {
	const char *name, *type;
};
struct form_step_list {
	int64_t limit;
	const char *cursor, *frame, *node, *items;
};
struct form_preview {
	json_t *graph, *expressions, *pins;
	const char *node, *source_run_id;
	int64_t item;
};
struct form_execution {
	const char *wait, *items;
	int64_t from;
};
struct form_sign_in {
	const char *email, *password;
};
struct form_workflow_new {
	const char *name;
	json_t *graph;
};
struct form_workflow_save {
	const char *name, *note;
	json_t *graph;
};
struct form_graph {
	json_t *graph;
};
struct form_version { /* version to publish, or to replay against */
	int64_t version;
};
struct form_start {
	const char *trigger, *wait, *answer, *late;
};
struct form_wait {
	const char *wait;
};
struct form_run {
	json_t *input, *pins;
	const char *trigger, *to, *only, *from, *source_run_id, *delivery_id;
	int64_t version;
};
struct form_credential {
	const char *name, *type, *hosts;
	json_t *data;
};
struct form_credential_remove {
	bool force;
};
struct form_credential_try {
	const char *url, *method;
};
struct form_credential_change {
	const char *name, *hosts;
	json_t *data;
};
struct form_breaker {
	const char *node_type, *host, *why;
};
struct form_hook_trial {
	const char *method, *path, *query, *body, *body_base64;
	json_t *headers;
};
struct form_variable {
	const char *name, *value;
};
struct form_api_key {
	const char *name;
	json_t *scopes;
};

extern const struct ty_form api_form_schedule_list, api_form_schedule_next,
	api_form_schedule_preview;
extern const struct ty_form api_form_dead_letter_list, api_form_dead_letters, api_form_rerun,
	api_form_replay, api_form_wait, api_form_execution, api_form_preview, api_form_hook_keys;
extern const struct ty_form api_form_page, api_form_cursor_number, api_form_workflow_list,
	api_form_execution_list, api_form_step_list, api_form_delivery_list, api_form_sign_in,
	api_form_blob, api_form_breaker, api_form_hook_trial, api_form_workflow_new,
	api_form_workflow_save, api_form_graph, api_form_publish, api_form_run, api_form_start,
	api_form_credential, api_form_credential_change, api_form_credential_remove,
	api_form_credential_try, api_form_variable, api_form_variable_change, api_form_api_key;

#endif
