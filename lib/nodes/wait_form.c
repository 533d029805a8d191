/*
 * wait_form.c -- reading the form of core.wait, and taking an answer to it.
 */
#include "nodes/wait_form.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "param/row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ty_choice field_types[] = {
	[TY_WAIT_FIELD_TEXT] = { "text", "Text" },
	[TY_WAIT_FIELD_NUMBER] = { "number", "Number" },
	[TY_WAIT_FIELD_EMAIL] = { "email", "E-mail address" },
	[TY_WAIT_FIELD_DATE] = { "date", "Date" },
	[TY_WAIT_FIELD_SELECT] = { "select", "Choice" },
	[TY_WAIT_FIELD_CHECKBOX] = { "checkbox", "Yes or no" },
	[TY_WAIT_FIELD_TEXTAREA] = { "textarea", "Long text" },
	{ NULL, NULL },
};

const struct ty_param ty_wait_field_rows[] = {
	TY_ROW_STRING(struct ty_wait_field, name, 100, "Name", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "approved_by",
		      .help = "Name of the answer's field in the item."),
	TY_ROW_STRING(struct ty_wait_field, label, 200, "Label", .def = "",
		      .help = "Label in the form; empty: the name."),
	TY_ROW_ENUM(struct ty_wait_field, type, field_types, "Type", .def = "text"),
	TY_ROW_TEXT(struct ty_wait_field, options, 4096, "Options", .def = "",
		    .show_when = "type=select", .help = "One a line."),
	TY_ROW_BOOL(struct ty_wait_field, required, "Required", .def = "false"),
	TY_ROW_END,
};

/* ---- reading ---- */

bool
ty_wait_page_read(struct ty_arena *arena, const json_t *params, struct ty_wait_page *ret_page)
{
	const char *mode = ty_json_str(params, "mode", "");
	json_t *list = ty_json_arr(params, "fields"), *entry;
	struct ty_err ignored = { .code = TY_OK };
	struct ty_wait_field *fields;
	size_t i;

	if (strcmp(mode, "call") != 0 && strcmp(mode, "form") != 0)
		return false;
	*ret_page = (struct ty_wait_page){ .title = ty_json_str(params, "title", ""),
					   .text = ty_json_str(params, "text", ""),
					   .button = ty_json_str(params, "button", ""),
					   .is_form = strcmp(mode, "form") == 0 };
	if (!ret_page->is_form)
		return true;
	fields = ty_arena_alloc_array(arena, json_array_size(list) + 1, sizeof(*fields));
	json_array_foreach(list, i, entry)
	{
		if (ty_param_bind(ty_wait_field_rows, arena, entry, &fields[ret_page->field_count],
				  &ignored) == TY_OK)
			ret_page->field_count++;
		ty_err_clear(&ignored);
	}
	ret_page->fields = fields;
	return true;
}

const char *
ty_wait_option_next(struct ty_arena *arena, const char **at)
{
	const char *begin = *at + strspn(*at, " \t\r\n");
	size_t len = strcspn(begin, "\r\n");

	*at = begin + len;
	while (len > 0 && (begin[len - 1] == ' ' || begin[len - 1] == '\t'))
		len--;
	return len > 0 ? ty_arena_strndup(arena, begin, len) : NULL;
}

void
ty_wait_fields_check(const json_t *fields, ty_param_finding_fn found, void *ctx)
{
	char path[64];

	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *field = json_array_get(fields, i);
		const char *name = ty_json_str(field, "name", "");
		bool is_select = strcmp(ty_json_str(field, "type", ""), "select") == 0;

		snprintf(path, sizeof(path), "fields[%zu].name", i);
		if (strcmp(name, TY_WAIT_SUBMITTED_AT) == 0)
			found(ctx, path, "is the name of the time of the answer",
			      "Choose another name.");
		for (size_t j = 0; j < i; j++)
			if (strcmp(ty_json_str(json_array_get(fields, j), "name", ""), name) == 0)
				found(ctx, path, "is the name of an earlier field",
				      "Choose another name.");
		snprintf(path, sizeof(path), "fields[%zu].options", i);
		if (is_select && ty_str_is_blank(ty_json_str(field, "options", "")))
			found(ctx, path, "has no option to choose", "Write one option a line.");
	}
	if (json_array_size(fields) == 0)
		found(ctx, "fields", "has no field", "Add one, or wait for a call instead.");
}

/* ---- an answer ---- */

/* The text without blanks round it; NULL where nothing is left. */
static const char *
text_of(struct ty_arena *arena, const json_t *sent)
{
	const char *text = json_string_value(sent);
	size_t len;

	if (ty_str_is_blank(text))
		return NULL;
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return len > 0 ? ty_arena_strndup(arena, text, len) : NULL;
}

static bool
is_date(const char *text)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, end = 0;
	bool is_leap;

	if (strlen(text) != 10 || text[0] == '-' ||
	    sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10 ||
	    strspn(text, "0123456789-") != 10 || month < 1 || month > 12 || day < 1)
		return false;
	is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return day <= days[month - 1] && (month != 2 || day < 29 || is_leap);
}

/* Somebody, one @, a host with a dot: what a mistyped address lacks.  Whether it is one, mail tells. */
static bool
is_email(const char *text)
{
	const char *at = strchr(text, '@');
	const char *host = at != NULL ? at + 1 : "", *dot = strrchr(host, '.');

	return at != NULL && at > text && strchr(host, '@') == NULL && host[0] != '.' &&
	       dot != NULL && dot[1] != '\0' && strpbrk(text, " \t\r\n,;<>") == NULL;
}

/* Number of a form's text: its own digits where they are JSON's; browsers send "007" too.  New
 * reference; NULL = none. */
static json_t *
number_of(struct ty_arena *arena, const char *text)
{
	struct ty_err ignored = { .code = TY_OK };
	json_t *json;
	char *end;
	double number;

	if (strspn(text, "0123456789+-.eE") != strlen(text))
		return NULL;
	if (ty_json_parse(arena, text, strlen(text), &json, &ignored) == TY_OK &&
	    ty_json_is_number(json))
		return json_incref(json);
	number = strtod(text, &end);
	return *end == '\0' && isfinite(number) ? json_real(number) : NULL;
}

static bool
is_option(struct ty_arena *arena, const struct ty_wait_field *field, const char *text)
{
	const char *at = field->options, *option;

	while ((option = ty_wait_option_next(arena, &at)) != NULL)
		if (strcmp(option, text) == 0)
			return true;
	return false;
}

/* New reference, or NULL with what is wrong. */
static json_t *
text_take(struct ty_arena *arena, const struct ty_wait_field *field, const char *text,
	  const char **ret_wrong)
{
	if (field->type == TY_WAIT_FIELD_EMAIL && !is_email(text))
		*ret_wrong = "is no e-mail address";
	else if (field->type == TY_WAIT_FIELD_DATE && !is_date(text))
		*ret_wrong = "is no date such as 2026-12-24";
	else if (field->type == TY_WAIT_FIELD_SELECT && !is_option(arena, field, text))
		*ret_wrong = "is none of the options";
	else
		return json_string(text);
	return NULL;
}

static json_t *
field_take(struct ty_arena *arena, const struct ty_wait_field *field, const json_t *sent,
	   const char **ret_wrong)
{
	const char *text = text_of(arena, sent);
	json_t *taken;

	if (field->type == TY_WAIT_FIELD_CHECKBOX) {
		bool is_set = json_is_true(sent) || (text != NULL && strcmp(text, "false") != 0 &&
						     strcmp(text, "off") != 0);

		if (sent != NULL && !json_is_boolean(sent) && !json_is_null(sent) &&
		    !json_is_string(sent))
			*ret_wrong = "is neither true nor false";
		else if (!is_set && field->required)
			*ret_wrong = "has to be ticked";
		return json_boolean(is_set);
	}
	if (text == NULL && (sent == NULL || json_is_null(sent) || json_is_string(sent))) {
		if (field->required)
			*ret_wrong = "is missing";
		return json_null();
	}
	if (field->type == TY_WAIT_FIELD_NUMBER) {
		taken = text == NULL && ty_json_is_number(sent) ? json_incref((json_t *)sent)
			: text != NULL				? number_of(arena, text)
								: NULL;
		if (taken == NULL)
			*ret_wrong = "is no number";
		return taken;
	}
	if (text == NULL)
		*ret_wrong = "is no text";
	return text != NULL ? text_take(arena, field, text, ret_wrong) : NULL;
}

json_t *
ty_wait_answer_take(struct ty_arena *arena, const struct ty_wait_page *page, const json_t *sent,
		    ty_param_finding_fn found, void *ctx)
{
	json_t *answer = ty_json_own(arena, json_object());

	for (size_t i = 0; i < page->field_count; i++) {
		const struct ty_wait_field *field = &page->fields[i];
		const char *wrong = NULL;
		json_t *taken =
			field_take(arena, field, json_object_get(sent, field->name), &wrong);

		json_object_set_new(answer, field->name, taken != NULL ? taken : json_null());
		if (wrong != NULL)
			found(ctx, field->name, wrong, "Correct it, and send the form again.");
	}
	if (!json_is_object(sent))
		found(ctx, "body", "is no object with the form's fields",
		      "Send a form, or JSON such as {\"name\": \"value\"}.");
	return answer;
}
