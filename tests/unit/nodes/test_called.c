/*
 * test_called.c -- what core.called takes for the input that it declares.
 */
#include "support/common.h"
#include "support/fake_ops.h"
#include "unit/engine/flow.h"

#define CALLED(input) "{`nodes`:[{`id`:`c`,`type`:`core.called`,`params`:{`input`:[" input "]}}]}"

static const struct {
	const char *input, *items;
	const char *error; /* part of the message; NULL = it passes */
	int item;
} rows[] = {
	{ "", "[{`json`:{`n`:1}}]", NULL, 0 },
	{ "{`name`:`n`}", "[{`json`:{`n`:1}}]", NULL, 0 },
	{ "{`name`:`n`}", "[{`json`:{`n`:1}},{`json`:{}}]", "\"n\" is missing", 1 },
	{ "{`name`:`n`}", "[{`json`:{`n`:null}}]", "\"n\" is missing", 0 },
	{ "{`name`:`n`,`required`:false,`type`:`number`}", "[{`json`:{}}]", NULL, 0 },
	{ "{`name`:`n`,`type`:`number`}", "[{`json`:{`n`:1.5}}]", NULL, 0 },
	{ "{`name`:`n`,`type`:`number`}", "[{`json`:{`n`:`1`}}]", "not of the type number", 0 },
	{ "{`name`:`n`,`type`:`string`}", "[{`json`:{`n`:`1`}}]", NULL, 0 },
	{ "{`name`:`n`,`type`:`string`}", "[{`json`:{`n`:1}}]", "not of the type string", 0 },
	{ "{`name`:`n`,`type`:`boolean`}", "[{`json`:{`n`:false}}]", NULL, 0 },
	{ "{`name`:`n`,`type`:`boolean`}", "[{`json`:{`n`:0}}]", "not of the type boolean", 0 },
	{ "{`name`:`n`,`type`:`object`}", "[{`json`:{`n`:{}}}]", NULL, 0 },
	{ "{`name`:`n`,`type`:`object`}", "[{`json`:{`n`:[]}}]", "not of the type object", 0 },
	{ "{`name`:`n`,`type`:`array`}", "[{`json`:{`n`:[1]}}]", NULL, 0 },
	{ "{`name`:`n`,`type`:`array`}", "[{`json`:{`n`:{}}}]", "not of the type array", 0 },
};

START_TEST(items_have_the_fields_that_are_declared)
{
	const char *doc = ty_arena_printf(fx.arena, CALLED("%s"), rows[_i].input);
	const struct ty_run_result *r = fake_ops_run(fake_ops_new(fx.arena), quoted(doc),
						     quoted(rows[_i].items), NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	if (rows[_i].error == NULL) {
		ck_assert_int_eq(r->status, TY_STATUS_OK);
		return;
	}
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(ty_json_str(r->error, "code", ""), "invalid");
	ck_assert_ptr_nonnull(strstr(ty_json_str(r->error, "message", ""), rows[_i].error));
	ck_assert_int_eq(ty_json_int(r->error, "item", -1), rows[_i].item);
}
END_TEST

TEST_MAIN("nodes.called", { TEST_LOOP(items_have_the_fields_that_are_declared, rows); })
