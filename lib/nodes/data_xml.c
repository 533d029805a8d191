/*
 * data.xml -- a text in XML as JSON, by expat in the jail of tyboo-parse; and JSON as XML.
 *
 * Invariants:
 *   (1) Nothing is fetched and no entity is expanded: workers/parse/xml.c.
 *   (2) Written: what is read again gives the same value, but for null (which is empty) and types (all
 *       become texts).
 *   (3) A name that XML does not know is that item's error.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/into.h"
#include "nodes/nodes.h"
#include "nodes/value.h"

#include <string.h>

struct xml_params {
	const char *action, *field, *attributes, *lists, *root, *into;
	const json_t *value;
	bool declaration;
	int64_t timeout_ms;
};

static const struct ty_choice xml_actions[] = {
	{ "read", "Read XML" },
	{ "write", "Write a value as XML" },
	{ NULL, NULL },
};

static const struct ty_choice xml_attributes[] = {
	{ "merge", "Beside the elements" },
	{ "apart", "In an object \"$\"" },
	{ NULL, NULL },
};

static const struct ty_choice xml_lists[] = {
	{ "needed", "Where there are several of one name" },
	{ "always", "Always" },
	{ NULL, NULL },
};

static bool xml_is_whole(const struct ty_node_def *def, const json_t *params);
static enum ty_code xml_read(struct ty_step *step, struct ty_err *err);
static enum ty_code xml_resume(struct ty_step *step, const struct ty_answer *answer,
			       struct ty_err *err);
static enum ty_code xml_write(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_data_xml = {
	TY_NODE_HEAD,
	.type = "data.xml",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "XML",
	.summary = "Read XML into JSON, or write JSON as XML",
	.icon = "code-xml",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_WORD(struct xml_params, action, xml_actions, "Do", .def = "read"),
		TY_ROW_STRING(struct xml_params, field, 500, "Field with the text", .def = "data",
			      .show_when = "action=read", .help = NODE_PATH_HELP),
		TY_ROW_WORD(struct xml_params, attributes, xml_attributes, "Attributes stand",
			    .def = "merge", .show_when = "action=read"),
		TY_ROW_WORD(
			struct xml_params, lists, xml_lists, "Elements are lists", .def = "needed",
			.show_when = "action=read",
			.help = "Always: one element is a list of one, so that expressions need "
				"not ask."),
		TY_ROW_JSON(struct xml_params, value, "Value", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.order }}", .show_when = "action=write",
			    .help = "An object: \"$\" has attributes, \"_\" is the text, a list is "
				    "several elements of one name."),
		TY_ROW_STRING(struct xml_params, root, 200, "Root element", .def = "",
			      .flags = TY_PARAM_EXPR, .show_when = "action=write",
			      .help = "Empty: the one member that the value has, else \"root\"."),
		TY_ROW_BOOL(struct xml_params, declaration, "Declaration", .def = "true",
			    .flags = TY_PARAM_ADVANCED, .show_when = "action=write",
			    .help = "<?xml version=\"1.0\" encoding=\"UTF-8\"?> in front."),
		NODE_INTO_ROW(struct xml_params, "result"), NODE_TOOL_TIME_ROW(struct xml_params)),
	.params_size = sizeof(struct xml_params),
	.flags = TY_NODE_PURE,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = xml_read,
	.each = xml_write,
	.whole = xml_is_whole,
	.resume = xml_resume,
};

static bool
xml_is_whole(const struct ty_node_def *def, const json_t *params)
{
	return !ty_str_eq(ty_json_str(params, "action", "read"), "write");
}

static enum ty_code
xml_read(struct ty_step *step, struct ty_err *err)
{
	const struct xml_params *p = ty_step_params(step, 0);

	return node_into_ask(step, "xml",
			     json_pack("{s:s, s:s, s:s}", "field", p->field, "attributes",
				       p->attributes, "lists", p->lists),
			     p->timeout_ms, err);
}

static enum ty_code
xml_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct xml_params *p = ty_step_params(step, 0);

	return node_into_answer(step, answer, p->into, err);
}

/* ---- write ---- */

struct writing {
	struct ty_arena *arena;
	struct ty_buf out;
	struct ty_err *err;
};

static enum ty_code element_write(struct writing *w, const char *name, const json_t *value);

/* XML 1.0, 2.3, where letters beyond ASCII are taken as they are. */
static bool
is_name(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:"
				   "0123456789-.";
	const char *c = name;

	if (*c == '\0' || (strchr(first, *c) == NULL && ((unsigned char)*c & 0x80) == 0))
		return false;
	while (*c != '\0' && (strchr(rest, *c) != NULL || ((unsigned char)*c & 0x80) != 0))
		c++;
	return *c == '\0';
}

static enum ty_code
name_check(const char *name, struct ty_err *err)
{
	if (is_name(name))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "\"%.100s\" cannot be the name of an element or attribute",
		   name);
	ty_err_hint(err, "A name begins with a letter and has no blanks: rename the field before.");
	return ty_err_at(err, "value");
}

static bool
is_plain(char c)
{
	return ((unsigned char)c >= 0x20 || c == '\t' || c == '\n') && c != '<' && c != '>' &&
	       c != '&' && c != '"';
}

/* Characters that XML 1.0 has no place for, not even escaped, are an error. */
static enum ty_code
text_write(struct writing *w, const json_t *value)
{
	const char *text =
		json_is_string(value) ? json_string_value(value) : node_value_text(w->arena, value);

	for (;; text++) {
		const char *from = text;

		while (is_plain(*text))
			text++;
		ty_buf_add(&w->out, from, (size_t)(text - from));
		if (*text == '\0')
			return TY_OK;
		const char *entity = *text == '<'    ? "&lt;"
				     : *text == '>'  ? "&gt;"
				     : *text == '&'  ? "&amp;"
				     : *text == '"'  ? "&quot;"
				     : *text == '\r' ? "&#13;"
						     : NULL;

		if (entity == NULL) {
			ty_err_set(w->err, TY_E_INVALID,
				   "a text has the control character %d, which XML cannot have",
				   *text);
			return ty_err_at(w->err, "value");
		}
		ty_buf_add_str(&w->out, entity);
	}
}

static enum ty_code
attributes_write(struct writing *w, const json_t *attributes)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)attributes, name, value)
	{
		if (name_check(name, w->err) != TY_OK)
			return w->err->code;
		ty_buf_add_char(&w->out, ' ');
		ty_buf_add_str(&w->out, name);
		ty_buf_add_str(&w->out, "=\"");
		if (text_write(w, value) != TY_OK)
			return w->err->code;
		ty_buf_add_char(&w->out, '"');
	}
	return TY_OK;
}

static enum ty_code
members_write(struct writing *w, const json_t *object)
{
	const char *name;
	json_t *value, *entry;
	size_t i;

	json_object_foreach((json_t *)object, name, value)
	{
		if (strcmp(name, "$") == 0 && json_is_object(value))
			continue;
		if (strcmp(name, "_") == 0) {
			if (text_write(w, value) != TY_OK)
				return w->err->code;
			continue;
		}
		if (!json_is_array(value)) {
			if (element_write(w, name, value) != TY_OK)
				return w->err->code;
			continue;
		}
		json_array_foreach(value, i, entry)
		{
			if (element_write(w, name, entry) != TY_OK)
				return w->err->code;
		}
	}
	return TY_OK;
}

/* A list within a list has no name of its own: its elements are called "item". */
static enum ty_code
element_write(struct writing *w, const char *name, const json_t *value)
{
	size_t begin;
	json_t *entry;
	size_t i;

	if (name_check(name, w->err) != TY_OK)
		return w->err->code;
	ty_buf_add_char(&w->out, '<');
	ty_buf_add_str(&w->out, name);
	if (json_is_object(value) && attributes_write(w, ty_json_obj(value, "$")) != TY_OK)
		return w->err->code;
	begin = w->out.len;
	ty_buf_add_char(&w->out, '>');
	if (json_is_object(value)) {
		if (members_write(w, value) != TY_OK)
			return w->err->code;
	} else if (json_is_array(value)) {
		json_array_foreach((json_t *)value, i, entry)
		{
			if (element_write(w, "item", entry) != TY_OK)
				return w->err->code;
		}
	} else if (text_write(w, value) != TY_OK) {
		return w->err->code;
	}
	if (w->out.len == begin + 1) {
		w->out.len = begin;
		ty_buf_add_str(&w->out, "/>");
		return TY_OK;
	}
	ty_buf_add_str(&w->out, "</");
	ty_buf_add_str(&w->out, name);
	ty_buf_add_char(&w->out, '>');
	return TY_OK;
}

static enum ty_code
root_write(struct writing *w, const struct xml_params *p)
{
	const json_t *value = p->value;
	void *only = json_object_iter((json_t *)value);

	if (value == NULL || json_is_null(value)) {
		ty_err_set(w->err, TY_E_INVALID,
			   "parameter \"value\" is empty, but it is to be "
			   "written as XML");
		return ty_err_at(w->err, "value");
	}
	if (p->root[0] != '\0')
		return element_write(w, p->root, value);
	if (json_object_size(value) == 1 && !json_is_array(json_object_iter_value(only)))
		return element_write(w, json_object_iter_key(only), json_object_iter_value(only));
	return element_write(w, "root", value);
}

static enum ty_code
xml_write(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct xml_params *p = ty_step_params(step, i);
	struct writing w = { .arena = ty_step_arena(step), .err = err };

	ty_buf_init(&w.out, w.arena, 256);
	if (p->declaration)
		ty_buf_add_str(&w.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (root_write(&w, p) != TY_OK)
		return err->code;
	return node_into_emit(step, i, p->into, json_stringn_nocheck(w.out.data, w.out.len), err);
}
