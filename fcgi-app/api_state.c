/*
 * api_state.c -- what workflows keep from one run to the next: looked at, put, deleted.
 *
 * The rows of the forms are here, too, because only these routes have them.
 */
#include "api.h"

#include "app.h"
#include "base/limits.h"
#include "base/str.h"
#include "param/row.h"
#include "store/state.h"

#include <stddef.h>

static const struct ty_choice kinds[] = {
	{ "value", NULL },
	{ "static", NULL },
	{ "seen", NULL },
	{ NULL, NULL },
};

static const struct ty_param list_rows[] = {
	TY_ROW_INT(struct form_state_list, limit, 1, 200, "Limit", .def = "50",
		   .help = "Items a page."),
	TY_ROW_STRING(struct form_state_list, cursor, 64, "Cursor",
		      .help = "next_cursor of the page before."),
	TY_ROW_ID(struct form_state_list, workflow_id, "workflow_id",
		  .help = "Values of this workflow."),
	TY_ROW_WORD(struct form_state_list, kind, kinds, "kind",
		    .help = "value: of State; static: static data of code; seen: items that were "
			    "seen."),
	TY_ROW_STRING(struct form_state_list, prefix, TY_LIMIT_STATE_KEY_BYTES, "prefix",
		      .help = "Keys that begin so."),
	TY_ROW_END,
};
const struct ty_form api_form_state_list = { .name = "state_list",
					     .table = list_rows,
					     .size = sizeof(struct form_state_list) };

#define VERSION_ROW                                                                                \
	TY_ROW_INT(struct form_state, version, -1, TY_LIMIT_QUOTA_MAX, "Version", .def = "-1",     \
		   .help = "Only where the value has this version; 0: where there is none; -1: "   \
			   "whatever is there.")
#define VALUE_ROW                                                                                  \
	TY_ROW_JSON(struct form_state, value, "Value", .help = "Any JSON, 256 KiB at most.")

static const struct ty_param put_rows[] = {
	TY_ROW_STRING(struct form_state, key, TY_LIMIT_STATE_KEY_BYTES, "Key",
		      .flags = TY_PARAM_STRICT | TY_PARAM_REQUIRED),
	TY_ROW_ID(struct form_state, workflow_id, "Workflow",
		  .help = "Workflow that it is of; absent: the whole workspace."),
	VALUE_ROW,
	VERSION_ROW,
	TY_ROW_INT(struct form_state, expires_s, -1, 366 * 86400, "Forget after", .unit = "s",
		   .def = "-1", .help = "0: never; -1: as it was."),
	TY_ROW_END,
};
const struct ty_form api_form_state = { .name = "state",
					.table = put_rows,
					.size = sizeof(struct form_state) };

static const struct ty_param change_rows[] = {
	VALUE_ROW,
	VERSION_ROW,
	TY_ROW_END,
};
const struct ty_form api_form_state_change = { .name = "state_change",
					       .table = change_rows,
					       .size = sizeof(struct form_state) };

enum ty_code
api_state_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_state_list *form = call->query;
	const struct ty_state_filter filter = {
		.cursor = ty_str_or_null(form->cursor),
		.workflow_id = ty_str_or_null(form->workflow_id),
		.kind = form->kind,
		.prefix = form->prefix,
		.limit = form->limit,
	};
	json_t *body = ty_json_own(call->arena, json_object()), *items, *usage;
	const char *next;

	if (api_check_id(filter.cursor, "cursor", err) != TY_OK ||
	    ty_store_state_list(call->tx, &filter, &items, &next, err) != TY_OK ||
	    ty_store_state_usage(call->tx, &call->workspace.id, &usage, err) != TY_OK)
		return err->code;
	json_object_set(body, "items", items);
	json_object_set_new(body, "next_cursor", next != NULL ? json_string(next) : json_null());
	json_object_set(body, "usage", usage);
	return api_json(call, 200, body);
}

static enum ty_code
tell(struct ty_api_call *call, int status, const struct ty_id *id, struct ty_err *err)
{
	json_t *item;

	if (ty_store_state_get(call->tx, id, &item, err) != TY_OK)
		return err->code;
	return api_json(call, status, item);
}

/* The row is not required, because null is a value. */
static enum ty_code
value_check(const struct ty_api_call *call, struct ty_err *err)
{
	if (json_object_get(call->body_json, "value") != NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "There is no value to put");
	ty_err_hint(err, "Give any JSON as \"value\"; null is one, too.");
	return ty_err_at(err, "value");
}

enum ty_code
api_state_put(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_state *form = call->body;
	struct ty_id workflow_id, id;
	struct ty_state_put put = { .key = form->key,
				    .value = form->value,
				    .version = form->version,
				    .expires_s = form->expires_s };
	bool is_new;

	if (value_check(call, err) != TY_OK)
		return err->code;
	if (!ty_str_is_blank(form->workflow_id)) {
		if (api_check_id(form->workflow_id, "workflow_id", err) != TY_OK)
			return err->code;
		(void)ty_id_parse(form->workflow_id, &workflow_id);
		put.workflow_id = &workflow_id;
	}
	if (ty_store_state_put(call->tx, &put, &is_new, &id, err) != TY_OK)
		return err->code;
	return tell(call, is_new ? 201 : 200, &id, err);
}

enum ty_code
api_state_get(struct ty_api_call *call, struct ty_err *err)
{
	return tell(call, 200, &call->id, err);
}

enum ty_code
api_state_change(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_state *form = call->body;

	if (value_check(call, err) != TY_OK ||
	    ty_store_state_change(call->tx, &call->id, form->value, form->version, err) != TY_OK)
		return err->code;
	return tell(call, 200, &call->id, err);
}

enum ty_code
api_state_remove(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_store_state_remove(call->tx, &call->id, err) != TY_OK)
		return err->code;
	return api_empty(call, 204);
}
