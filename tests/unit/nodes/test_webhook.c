/*
 * test_webhook.c -- core.webhook's form is printed from the table of signature schemes.
 */
#include "hook/verify.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "support/common.h"

static const struct ty_param *
row_of(const char *name)
{
	const struct ty_param *row = ty_node_core_webhook.params;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	ck_assert_ptr_nonnull(row->name);
	return row;
}

START_TEST(each_scheme_is_a_choice)
{
	const struct ty_choice *choice = row_of("verify")->choices;
	const struct ty_hook_scheme *scheme = ty_hook_schemes;

	for (; scheme->name != NULL; scheme++, choice++) {
		ck_assert_str_eq(choice->value, scheme->name);
		ck_assert_str_ne(choice->label, "");
	}
	ck_assert_ptr_null(choice->value);
}
END_TEST

START_TEST(the_secret_is_asked_for_where_the_scheme_needs_one)
{
	const struct ty_param *row = row_of("credential");

	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++) {
		json_t *values = ty_json_own(fx.arena, json_pack("{s:s}", "verify", s->name));

		ck_assert_msg(ty_param_is_shown(ty_node_core_webhook.params, row, values) ==
				      s->needs_secret,
			      "%s", s->name);
	}
	/* No scheme chosen: that is what is missing, and not a secret. */
	ck_assert(!ty_param_is_shown(ty_node_core_webhook.params, row,
				     ty_json_own(fx.arena, json_object())));
}
END_TEST

TEST_MAIN("webhook", {
	TEST(each_scheme_is_a_choice);
	TEST(the_secret_is_asked_for_where_the_scheme_needs_one);
})
