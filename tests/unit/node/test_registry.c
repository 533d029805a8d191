/*
 * test_registry.c -- finding a node by type and version, and the catalog.
 */
#include "node/registry.h"

#include "support/common.h"

static enum ty_code
node_exec(struct ty_step *step, struct ty_err *err)
{
	return TY_OK;
}

static const struct ty_param set_params[] = {
	{ .name = "text", .type = TY_PARAM_STRING, .flags = TY_PARAM_EXPR },
	{ .name = NULL },
};

#define NODE(t, v, f)                                                                              \
	{                                                                                          \
		.type = (t), .version = (v), .category = TY_CATEGORY_DATA, .title = "T",           \
		.summary = "s", .inputs = ty_ports_one, .outputs = ty_ports_one,                   \
		.params = set_params, .flags = (f), .exec = node_exec                              \
	}

static const struct ty_node_def set_1 = NODE("core.set", 1, TY_NODE_PURE);
static const struct ty_node_def set_3 = NODE("core.set", 3, TY_NODE_PURE);
static const struct ty_node_def set_5 = NODE("core.set", 5, TY_NODE_PURE);
static const struct ty_node_def http_2 = NODE("http.request", 2, TY_NODE_EFFECT);
static const struct ty_node_def *const defs[] = { &set_5, &http_2, &set_1, &set_3, NULL };

static const struct {
	const char *type;
	int version;
	enum ty_registry_match match;
	const struct ty_node_def *def;
} find_cases[] = {
	{ "core.set", 1, TY_REGISTRY_EXACT, &set_1 },
	{ "core.set", 3, TY_REGISTRY_EXACT, &set_3 },
	{ "core.set", 5, TY_REGISTRY_EXACT, &set_5 },
	/* the newest version not above the one asked for */
	{ "core.set", 2, TY_REGISTRY_FALLBACK, &set_1 },
	{ "core.set", 4, TY_REGISTRY_FALLBACK, &set_3 },
	{ "core.set", 99, TY_REGISTRY_FALLBACK, &set_5 },
	/* else the oldest above */
	{ "http.request", 1, TY_REGISTRY_FALLBACK, &http_2 },
	{ "core.set", 0, TY_REGISTRY_FALLBACK, &set_1 },
	{ "core.se", 1, TY_REGISTRY_MISSING, NULL },
	{ "core.sett", 1, TY_REGISTRY_MISSING, NULL },
	{ "", 1, TY_REGISTRY_MISSING, NULL },
	{ "zzz", 1, TY_REGISTRY_MISSING, NULL },
};

START_TEST(a_version_is_found_or_falls_back)
{
	const struct ty_registry *registry = ty_registry_new(fx.arena, defs);
	const struct ty_node_def *def = &set_1;

	ck_assert_int_eq(
		ty_registry_find(registry, find_cases[_i].type, find_cases[_i].version, &def),
		find_cases[_i].match);
	ck_assert_ptr_eq(def, find_cases[_i].def);
}
END_TEST

START_TEST(definitions_are_listed_by_type_and_version)
{
	const struct ty_registry *registry = ty_registry_new(fx.arena, defs);

	ck_assert_uint_eq(ty_registry_count(registry), 4);
	ck_assert_ptr_eq(ty_registry_at(registry, 0), &set_1);
	ck_assert_ptr_eq(ty_registry_at(registry, 1), &set_3);
	ck_assert_ptr_eq(ty_registry_at(registry, 2), &set_5);
	ck_assert_ptr_eq(ty_registry_at(registry, 3), &http_2);
}
END_TEST

START_TEST(an_empty_registry_finds_nothing)
{
	static const struct ty_node_def *const none[] = { NULL };
	const struct ty_registry *registry = ty_registry_new(fx.arena, none);
	const struct ty_node_def *def;

	ck_assert_int_eq(ty_registry_find(registry, "core.set", 1, &def), TY_REGISTRY_MISSING);
	ck_assert_uint_eq(ty_registry_count(registry), 0);
}
END_TEST

START_TEST(a_duplicate_of_type_and_version_aborts)
{
	static const struct ty_node_def *const twice[] = { &set_1, &http_2, &set_1, NULL };

	ty_registry_new(fx.arena, twice);
}
END_TEST

START_TEST(the_catalog_describes_every_definition)
{
	const struct ty_registry *registry = ty_registry_new(fx.arena, defs);
	json_t *list = ty_registry_describe(registry);
	const json_t *last = json_array_get(list, 2), *http = json_array_get(list, 3);

	ck_assert_uint_eq(json_array_size(list), 4);
	ck_assert_str_eq(json_string_value(json_object_get(last, "type")), "core.set");
	ck_assert_int_eq(json_integer_value(json_object_get(last, "version")), 5);
	ck_assert(json_is_true(json_object_get(last, "latest")));
	ck_assert(json_is_false(json_object_get(json_array_get(list, 1), "latest")));
	ck_assert(json_is_true(json_object_get(last, "pure")));
	ck_assert(json_is_true(json_object_get(http, "effect")));
	ck_assert_str_eq(json_string_value(json_object_get(http, "category")), "data");
	ck_assert_uint_eq(json_array_size(json_object_get(http, "params")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(json_object_get(http, "outputs"), 0), "name")),
			 "main");
	json_decref(list);
}
END_TEST

START_TEST(every_category_has_a_name)
{
	for (int i = 0; i < TY_CATEGORY__COUNT; i++)
		ck_assert_ptr_nonnull(ty_category_name((enum ty_category)i));
	ck_assert_ptr_null(ty_ports_none[0].name);
	ck_assert_str_eq(ty_ports_one[0].name, "main");
	ck_assert_ptr_null(ty_ports_one[1].name);
}
END_TEST

TEST_MAIN("registry", {
	TEST_LOOP(a_version_is_found_or_falls_back, find_cases);
	TEST(definitions_are_listed_by_type_and_version);
	TEST(an_empty_registry_finds_nothing);
	tcase_add_test_raise_signal(tc, a_duplicate_of_type_and_version_aborts, 6);
	TEST(the_catalog_describes_every_definition);
	TEST(every_category_has_a_name);
})
