/*
 * convert.h -- rows of nodes that put a value into a field of each item, and what all of them do alike.
 */
#ifndef TY_TESTS_NODES_CONVERT_H
#define TY_TESTS_NODES_CONVERT_H

#include "unit/nodes/lists.h"

#define BAD(what, params, items, message)                                                          \
	{                                                                                          \
		what, params, items, TY_E_INVALID, { { NULL, NULL } }, message                     \
	}
#define GOOD(what, params, items, out)                                                             \
	{                                                                                          \
		what, params, items, TY_OK,                                                        \
		{                                                                                  \
			{                                                                          \
				"main", out                                                        \
			}                                                                          \
		}                                                                                  \
	}

/* Items { "n": i, "t": text } of so many, as JSON. */
static inline const char *
convert_items(size_t count, const char *text)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, count * 32);
	for (size_t i = 0; i < count; i++)
		ty_buf_printf(&buf, "%s{\"n\":%zu,\"t\":\"%s\"}", i == 0 ? "[" : ",", i, text);
	ty_buf_add_char(&buf, ']');
	return buf.data;
}

/* Ten thousand items go through, each made from its own. */
static inline void
convert_takes_ten_thousand(const struct ty_node_def *def, const char *params, const char *text)
{
	struct fake_step *s = fake_step_new(fx.arena, def, convert_items(10000, text));
	json_t *from;

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, quoted(params));
	ck_assert_ok(fake_step_run(s, &fx.err));
	from = fake_json(fx.arena, fake_step_from(s, "main"));
	ck_assert_uint_eq(json_array_size(from), 10000);
	ck_assert_int_eq(json_integer_value(json_array_get(from, 9999)), 9999);
}

#endif
