/*
 * test_address.c -- one normal form of a hook's path, what may be claimed, and which claim takes what.
 */
#include "hook/address.h"

#include "json/json.h"
#include "support/common.h"

static const struct {
	const char *path, *normal; /* NULL: a broken escape */
} normal_cases[] = {
	{ "p", "p" },
	{ "p/", "p" },
	{ "p//", "p/" },
	{ "/p", "/p" },
	{ "a//b/", "a//b" },
	{ "", "" },
	{ "/", "" },
	{ "%7Euser", "~user" },
	{ "%7euser/", "~user" },
	{ "p%2F", "p%2F" },
	{ "p%2f", "p%2F" },
	{ "Orders/%4eew", "Orders/New" },
	{ "caf\xc3\xa9", "caf%C3%A9" },
	{ "caf%c3%a9", "caf%C3%A9" },
	{ "a%40b", "a@b" },
	{ "a%20b", "a%20b" },
	{ "a b", "a%20b" },
	{ "%2e%2e/x", "../x" },
	{ "50%25", "50%25" },
	{ "50%", NULL },
	{ "%zz", NULL },
};

START_TEST(a_path_has_one_normal_form)
{
	const char *normal = ty_hook_path_normal(fx.arena, normal_cases[_i].path);

	if (normal_cases[_i].normal == NULL) {
		ck_assert_ptr_null(normal);
		return;
	}
	ck_assert_str_eq(normal, normal_cases[_i].normal);
}
END_TEST

START_TEST(segments_join_to_the_normal_form)
{
	static const char *const segments[] = { "a/b", "~u", "" };

	ck_assert_str_eq(ty_hook_path_join(fx.arena, segments, 3), "a%2Fb/~u");
	ck_assert_str_eq(ty_hook_path_join(fx.arena, segments, 1), "a%2Fb");
	ck_assert_str_eq(ty_hook_path_join(fx.arena, segments + 2, 1), "");
	ck_assert_str_eq(ty_hook_path_join(fx.arena, segments, 0), "");
}
END_TEST

static const struct {
	const char *path, *message; /* NULL: may be claimed */
} fault_cases[] = {
	{ "github/pushes", NULL },
	{ "p/", NULL },
	{ "%7Euser", NULL },
	{ "caf%C3%A9", NULL },
	{ "orders/:id", NULL },
	{ ":a/:b/x", NULL },
	{ "a.b/..c", NULL },
	{ "", "is empty" },
	{ "/", "is empty" },
	{ "/p", "has an empty part" },
	{ "a//b", "has an empty part" },
	{ "p//", "has an empty part" },
	{ "x/..", "has the part . or .." },
	{ "a/../b", "has the part . or .." },
	{ "./c", "has the part . or .." },
	{ "%2e%2e/x", "has the part . or .." },
	{ "x/%2E/", "has the part . or .." },
	{ "orders/:", "has a parameter without a proper name" },
	{ "orders/:1", "has a parameter without a proper name" },
	{ "orders/:a-b", "has a parameter without a proper name" },
	{ ":id/x/:id", "has two parameters of one name" },
	{ "a b", "has a character that an address cannot have as it is" },
	{ "a?b", "has a character that an address cannot have as it is" },
	{ "caf\xc3\xa9", "has a character that an address cannot have as it is" },
	{ "50%", "has a broken escape" },
};

START_TEST(a_path_that_nothing_could_reach_is_a_fault)
{
	struct ty_hook_path_fault fault = { NULL, NULL };
	bool found = ty_hook_path_fault(fx.arena, fault_cases[_i].path, &fault);

	ck_assert_msg(found == (fault_cases[_i].message != NULL), "%s: %s", fault_cases[_i].path,
		      found ? fault.message : "no fault");
	if (found) {
		ck_assert_str_eq(fault.message, fault_cases[_i].message);
		ck_assert_str_ne(fault.hint, "");
	}
}
END_TEST

START_TEST(a_path_of_just_the_limit_may_be_claimed)
{
	char *path = ty_arena_alloc(fx.arena, TY_HOOK_PATH_BYTES_MAX + 2);
	struct ty_hook_path_fault fault;

	memset(path, 'p', TY_HOOK_PATH_BYTES_MAX);
	ck_assert(!ty_hook_path_fault(fx.arena, path, &fault));
	path[TY_HOOK_PATH_BYTES_MAX] = 'p';
	ck_assert(ty_hook_path_fault(fx.arena, path, &fault));
}
END_TEST

static const struct {
	const char *route, *shape, *path, *params; /* params NULL: not taken */
} take_cases[] = {
	{ "orders/:id", "orders/:", "orders/17", "{\"id\":\"17\"}" },
	{ "orders/:id", "orders/:", "orders/a%20b%2Fc", "{\"id\":\"a b/c\"}" },
	{ "orders/:id", "orders/:", "orders", NULL },
	{ "orders/:id", "orders/:", "orders/", NULL },
	{ "orders/:id", "orders/:", "orders/..", NULL },
	{ "orders/:id", "orders/:", "orders/1/2", NULL },
	{ "orders/:id", "orders/:", "Orders/1", NULL },
	{ ":a/items/:b", ":/items/:", "x/items/y", "{\"a\":\"x\",\"b\":\"y\"}" },
	{ ":a/items/:b", ":/items/:", "x/item/y", NULL },
	{ "new", "new", "new", "{}" },
	{ "new", "new", "newer", NULL },
	{ "new", "new", "", NULL },
};

START_TEST(a_claim_takes_a_path_and_fills_its_parameters)
{
	const char *shape = ty_hook_path_shape(fx.arena, take_cases[_i].route);

	ck_assert_str_eq(shape, take_cases[_i].shape);
	ck_assert_int_eq(ty_hook_shape_has_params(shape), strchr(shape, ':') != NULL);
	ck_assert_int_eq(ty_hook_shape_takes(shape, take_cases[_i].path),
			 take_cases[_i].params != NULL);
	if (take_cases[_i].params != NULL)
		ck_assert_str_eq(ty_json_dump(fx.arena,
					      ty_hook_path_params(fx.arena, take_cases[_i].route,
								  take_cases[_i].path),
					      NULL),
				 take_cases[_i].params);
}
END_TEST

TEST_MAIN("hook.address", {
	TEST_LOOP(a_path_has_one_normal_form, normal_cases);
	TEST(segments_join_to_the_normal_form);
	TEST_LOOP(a_path_that_nothing_could_reach_is_a_fault, fault_cases);
	TEST(a_path_of_just_the_limit_may_be_claimed);
	TEST_LOOP(a_claim_takes_a_path_and_fills_its_parameters, take_cases);
})
