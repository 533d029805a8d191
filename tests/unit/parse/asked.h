/*
 * asked.h -- rows of tools that read a field: options and text in, value or error out.
 */
#ifndef TY_TESTS_PARSE_ASKED_H
#define TY_TESTS_PARSE_ASKED_H

#include "support/common.h"
#include "support/fake_ops.h"

#include "parse/tool.h"
#include "unit/engine/flow.h"

/* Ask for one item { "data": text }; ` in 'options' stands for ".  Gives the value, or NULL and the message. */
static inline const json_t *
asked(const char *tool, const char *options, const char *text, size_t len, const char **ret_message)
{
	json_t *asked_for = fake_json(fx.arena, quoted(options));
	/* As the node sends it: of an item that has "data" alone. */
	bool is_there = strcmp(ty_json_str(asked_for, "field", "data"), "data") == 0;
	json_t *request = ty_json_own(
		fx.arena, json_pack("{s:s, s:s, s:O, s:b, s:[o]}", "kind", "tool", "tool", tool,
				    "options", asked_for, "each", 1, "texts",
				    is_there ? json_stringn(text, len) : json_null()));
	size_t size;
	const char *body = ty_json_dump(fx.arena, request, &size);
	const json_t *answer = tool_answer(fx.arena, body, size);
	const json_t *item = json_array_get(json_object_get(answer, "items"), 0);

	*ret_message = ty_json_str(json_object_get(answer, "error"), "message", "none");
	return json_object_get(json_object_get(item, "json"), "value");
}

/* Rows leave out at their end what they do not look at. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct asked_row {
	const char *options, *text;
	const char *value; /* with ` for "; NULL: it fails */
	const char *message;
};

static inline void
asked_row_run(const char *tool, const struct asked_row *row)
{
	const char *text = quoted(row->text), *message;
	const json_t *value = asked(tool, row->options, text, strlen(text), &message);

	if (row->value == NULL) {
		ck_assert_msg(value == NULL, "%s %s", row->options, row->text);
		ck_assert_msg(strstr(message, row->message) != NULL, "%s", message);
		return;
	}
	ck_assert_msg(value != NULL, "%s %s: %s", row->options, row->text, message);
	ck_assert_str_eq(ty_json_dump(fx.arena, value, NULL),
			 ty_json_dump(fx.arena, fake_json(fx.arena, quoted(row->value)), NULL));
}

/* So many times 'part'. */
static inline const char *
repeated(const char *part, size_t count)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, count * strlen(part) + 1);
	for (size_t i = 0; i < count; i++)
		ty_buf_add_str(&buf, part);
	return buf.data;
}

#endif
