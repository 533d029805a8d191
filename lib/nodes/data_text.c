/*
 * data.text -- what is done to a text without a pattern: cut, split, joined, replaced, other letters.
 *
 * Invariants:
 *   (1) Lengths and places count characters (code points), so that none is cut in two.
 *   (2) What is looked for is text as it stands; patterns are the node Regular expression's.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "expr/lower.h"
#include "nodes/into.h"
#include "nodes/nodes.h"
#include "nodes/value.h"

#include <string.h>

enum { DO_SPLIT, DO_JOIN, DO_REPLACE, DO_TRIM, DO_CASE, DO_CUT };
enum { CASE_LOWER, CASE_UPPER, CASE_CAMEL, CASE_SNAKE, CASE_KEBAB };

struct text_params {
	int action, letters;
	const json_t *value;
	const char *separator, *search, *replacement, *into;
	bool drop_empty, trim;
	int64_t length;
};

static const struct ty_choice text_actions[] = {
	[DO_SPLIT] = { "split", "Split it into a list" },
	[DO_JOIN] = { "join", "Join a list" },
	[DO_REPLACE] = { "replace", "Replace a text in it" },
	[DO_TRIM] = { "trim", "Take away blanks at both ends" },
	[DO_CASE] = { "case", "Change its letters" },
	[DO_CUT] = { "cut", "Cut it to a length" },
	{ NULL, NULL },
};

static const struct ty_choice text_cases[] = {
	[CASE_LOWER] = { "lower", "small letters" }, [CASE_UPPER] = { "upper", "LARGE LETTERS" },
	[CASE_CAMEL] = { "camel", "camelCase" },     [CASE_SNAKE] = { "snake", "snake_case" },
	[CASE_KEBAB] = { "kebab", "kebab-case" },    { NULL, NULL },
};

/* Parts of one text: as many as a step may emit items, which is what they mostly become. */
#define PARTS_MAX 10000

struct text_state {
	const struct ty_lower *letters; /* made for the first item that asks */
};

static enum ty_code text_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_data_text = {
	TY_NODE_HEAD,
	.type = "data.text",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Text",
	.summary = "Split, join, replace, trim, cut a text, or change its letters",
	.icon = "type",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct text_params, action, text_actions, "Do", .def = "split"),
		TY_ROW_JSON(struct text_params, value, "Text", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.text }}", .help = "To join: a list."),
		TY_ROW_STRING(struct text_params, separator, 200, "Separator", .def = ",",
			      .flags = TY_PARAM_EXPR, .show_when = "action=split,join",
			      .help = "\\n is the end of a line, \\t a tab. Empty splits into "
				      "characters."),
		TY_ROW_BOOL(struct text_params, trim, "Trim the parts", .def = "false",
			    .show_when = "action=split"),
		TY_ROW_BOOL(struct text_params, drop_empty, "Leave out empty parts", .def = "false",
			    .show_when = "action=split,join"),
		TY_ROW_STRING(struct text_params, search, 10000, "Search",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			      .show_when = "action=replace",
			      .help = "Text as it stands; all places are replaced."),
		TY_ROW_STRING(struct text_params, replacement, 10000, "Replace by", .def = "",
			      .flags = TY_PARAM_EXPR, .show_when = "action=replace"),
		TY_ROW_ENUM(struct text_params, letters, text_cases, "Letters", .def = "lower",
			    .show_when = "action=case"),
		TY_ROW_INT(struct text_params, length, 0, 10000000, "Length",
			   .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR, .unit = "characters",
			   .show_when = "action=cut"),
		NODE_INTO_ROW(struct text_params, "result")),
	.params_size = sizeof(struct text_params),
	.state_size = sizeof(struct text_state),
	.flags = TY_NODE_PURE,
	.check = node_into_check,
	.advise = node_into_advise,
	.each = text_each,
};

static bool
is_blank(char c)
{
	return c != '\0' && strchr(" \t\r\n\v\f", c) != NULL;
}

static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && is_blank(**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && is_blank((*text)[*len - 1]))
		(*len)--;
}

/* Bytes of the character that begins at 's'. */
static size_t
char_size(const char *s)
{
	unsigned char c = (unsigned char)*s;

	return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* Places of "\n", "\t", "\r" and "\\" as what they stand for. */
static const char *
unescaped(struct ty_arena *arena, const char *s)
{
	static const char from[] = "ntr\\", to[] = "\n\t\r\\";
	char *out = ty_arena_alloc(arena, strlen(s) + 1), *at = out;

	for (; *s != '\0'; s++) {
		const char *code = *s == '\\' && s[1] != '\0' ? strchr(from, s[1]) : NULL;

		*at++ = code != NULL ? to[code - from] : *s;
		s += code != NULL;
	}
	return out;
}

/* ---- split and join ---- */

static enum ty_code
part_add(const struct text_params *p, json_t *list, const char *part, size_t len,
	 struct ty_err *err)
{
	if (p->trim)
		trim(&part, &len);
	if (len == 0 && p->drop_empty)
		return TY_OK;
	if (json_array_size(list) == PARTS_MAX)
		return ty_err_set(err, TY_E_LIMIT, "the text has over %d parts", PARTS_MAX);
	json_array_append_new(list, json_stringn_nocheck(part, len));
	return TY_OK;
}

static enum ty_code
text_split(struct ty_arena *arena, const struct text_params *p, const char *text, size_t len,
	   json_t *list, struct ty_err *err)
{
	const char *separator = unescaped(arena, p->separator), *end = text + len;
	size_t size = strlen(separator);

	while (size == 0 && text < end) {
		if (part_add(p, list, text, char_size(text), err) != TY_OK)
			return err->code;
		text += char_size(text);
	}
	if (size == 0)
		return TY_OK;
	for (;;) {
		const char *stop = memmem(text, (size_t)(end - text), separator, size);

		if (part_add(p, list, text, (size_t)((stop != NULL ? stop : end) - text), err) !=
		    TY_OK)
			return err->code;
		if (stop == NULL)
			return TY_OK;
		text = stop + size;
	}
}

static enum ty_code
text_join(struct ty_arena *arena, const struct text_params *p, json_t **ret_value,
	  struct ty_err *err)
{
	const char *separator = unescaped(arena, p->separator);
	bool is_first = true;
	struct ty_buf out;
	char found[96];
	json_t *part;
	size_t i;

	if (!json_is_array(p->value)) {
		ty_param_words(p->value, found, sizeof(found));
		ty_err_set(err, TY_E_INVALID, "parameter \"value\" is %s, but a list is expected",
			   found);
		ty_err_hint(err, "Join a list of one item; lists of several items are made by the "
				 "node Aggregate.");
		return ty_err_at(err, "value");
	}
	ty_buf_init(&out, arena, 256);
	json_array_foreach((json_t *)p->value, i, part)
	{
		const char *text = node_value_text(arena, part);

		if (text[0] == '\0' && p->drop_empty)
			continue;
		if (!is_first)
			ty_buf_add_str(&out, separator);
		ty_buf_add_str(&out, text);
		is_first = false;
	}
	*ret_value = json_stringn_nocheck(out.data, out.len);
	return TY_OK;
}

/* ---- letters ---- */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       ((unsigned char)c & 0x80) != 0;
}

static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char
ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* A word begins behind what is no letter or digit, and at a large letter behind a small one. */
static bool
begins_word(const char *text, size_t i)
{
	bool is_hump = i > 0 && text[i] >= 'A' && text[i] <= 'Z' && text[i - 1] >= 'a' &&
		       text[i - 1] <= 'z';

	return is_word(text[i]) && (i == 0 || !is_word(text[i - 1]) || is_hump);
}

static json_t *
text_words(struct ty_arena *arena, int letters, const char *text, size_t len)
{
	struct ty_buf out;

	ty_buf_init(&out, arena, len + 16);
	for (size_t i = 0; i < len; i++) {
		bool begins = begins_word(text, i);

		if (!is_word(text[i]))
			continue;
		if (begins && out.len > 0 && letters != CASE_CAMEL)
			ty_buf_add_char(&out, letters == CASE_SNAKE ? '_' : '-');
		ty_buf_add_char(&out, begins && out.len > 0 && letters == CASE_CAMEL
					      ? ascii_upper(text[i])
					      : ascii_lower(text[i]));
	}
	return json_stringn_nocheck(out.data, out.len);
}

static json_t *
text_cased(struct ty_step *step, int letters, const char *text, size_t len)
{
	struct ty_arena *arena = ty_step_arena(step);
	struct text_state *state = ty_step_state(step);

	if (state->letters == NULL)
		state->letters = ty_lower_new(arena);
	if (letters == CASE_LOWER)
		text = ty_lower_text(state->letters, arena, text, len, &len);
	else if (letters == CASE_UPPER)
		text = ty_upper_text(state->letters, arena, text, len, &len);
	else
		return text_words(arena, letters, text, len);
	return json_stringn_nocheck(text, len);
}

static json_t *
text_replaced(struct ty_arena *arena, const struct text_params *p, const char *text, size_t len)
{
	const char *end = text + len, *stop;
	size_t size = strlen(p->search);
	struct ty_buf out;

	ty_buf_init(&out, arena, len + 64);
	while ((stop = memmem(text, (size_t)(end - text), p->search, size)) != NULL) {
		ty_buf_add(&out, text, (size_t)(stop - text));
		ty_buf_add_str(&out, p->replacement);
		text = stop + size;
	}
	ty_buf_add(&out, text, (size_t)(end - text));
	return json_stringn_nocheck(out.data, out.len);
}

static json_t *
text_cut(const struct text_params *p, const char *text, size_t len)
{
	size_t size = 0;

	for (int64_t count = 0; count < p->length && size < len; count++)
		size += char_size(text + size);
	return json_stringn_nocheck(text, size);
}

static enum ty_code
text_made(struct ty_step *step, const struct text_params *p, json_t **ret_value, struct ty_err *err)
{
	struct ty_arena *arena = ty_step_arena(step);
	const char *text;
	size_t len;

	if (p->action == DO_JOIN)
		return text_join(arena, p, ret_value, err);
	if (node_into_text(arena, p->value, "value", &text, &len, err) != TY_OK)
		return err->code;
	switch (p->action) {
	case DO_SPLIT:
		*ret_value = ty_json_own(arena, json_array());
		if (text_split(arena, p, text, len, *ret_value, err) != TY_OK)
			return err->code;
		json_incref(*ret_value);
		break;
	case DO_REPLACE:
		*ret_value = text_replaced(arena, p, text, len);
		break;
	case DO_CASE:
		*ret_value = text_cased(step, p->letters, text, len);
		break;
	case DO_CUT:
		*ret_value = text_cut(p, text, len);
		break;
	default:
		trim(&text, &len);
		*ret_value = json_stringn_nocheck(text, len);
	}
	return TY_OK;
}

static enum ty_code
text_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct text_params *p = ty_step_params(step, i);
	json_t *value = NULL;

	if (text_made(step, p, &value, err) != TY_OK)
		return err->code;
	return node_into_emit(step, i, p->into, value, err);
}
