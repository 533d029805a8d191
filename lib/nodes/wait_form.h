/*
 * wait_form.h -- the form of core.wait: what its author declared, and whether an answer fits.
 *
 * The fields are no expressions, so that the form is known from the workflow's version alone, before
 * a run has come to it.  One who is sent the address sees the form, and nothing of the run.
 */
#ifndef TY_NODES_WAIT_FORM_H
#define TY_NODES_WAIT_FORM_H

#include "base/defs.h"
#include "json/json.h"
#include "param/param.h"

enum ty_wait_field_type {
	TY_WAIT_FIELD_TEXT,
	TY_WAIT_FIELD_NUMBER,
	TY_WAIT_FIELD_EMAIL,
	TY_WAIT_FIELD_DATE,
	TY_WAIT_FIELD_SELECT,
	TY_WAIT_FIELD_CHECKBOX,
	TY_WAIT_FIELD_TEXTAREA,
};

struct ty_wait_field {
	const char *name, *label; /* label "" = the name */
	int type;
	const char *options; /* options of a select, one a line */
	bool required;
};

/* Member of an answer that says when it came. */
#define TY_WAIT_SUBMITTED_AT "submitted_at"

/* The rows of a field; core.wait's parameter "fields" is a list of them. */
extern const struct ty_param ty_wait_field_rows[];

/* Texts and fields of a wait's page. */
struct ty_wait_page {
	const char *title, *text, *button; /* "" = none was written */
	bool is_form;
	const struct ty_wait_field *fields;
	size_t field_count;
};

/* Read the page from a core.wait's raw parameters; false where it waits for no call. */
bool ty_wait_page_read(struct ty_arena *arena, const json_t *params, struct ty_wait_page *ret_page);

/* The next option behind 'at' (begin with field->options); NULL = none is left. */
const char *ty_wait_option_next(struct ty_arena *arena, const char **at);

/* Check in raw "fields" what rows cannot say. */
void ty_wait_fields_check(const json_t *fields, ty_param_finding_fn found, void *ctx);

/*
 * Take an answer: an object whose members are text, as a browser sends them, or JSON values of the
 * field's kind.  A field that was left empty is null, a checkbox true or false; what no field asks for
 * is left out.  'found' is told of each field that does not fit, its name as the path,
 * and of a "body" that is no object.
 * New object owned by 'arena', whole where nothing was found.
 */
json_t *ty_wait_answer_take(struct ty_arena *arena, const struct ty_wait_page *page,
			    const json_t *sent, ty_param_finding_fn found, void *ctx);

#endif
