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

static enum ty_code
node_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	return TY_OK;
}

static enum ty_code
node_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	return TY_OK;
}

static const struct ty_param set_params[] = {
	{ .name = "text", .type = TY_PARAM_STRING, .flags = TY_PARAM_EXPR },
	{ .name = NULL },
};

#define NODE(t, v, ...)                                                                            \
	{                                                                                          \
		TY_NODE_HEAD, .type = (t), .version = (v), .category = TY_CATEGORY_DATA,           \
			      .title = "T", .summary = "s", .inputs = ty_ports_one,                \
			      .outputs = ty_ports_one, .params = set_params, .params_size = 8,     \
			      .flags = __VA_ARGS__, .exec = node_exec, .resume = node_resume       \
	}

static const struct ty_node_def set_1 = NODE("core.set", 1, TY_NODE_PURE);
static const struct ty_node_def set_3 = NODE("core.set", 3, TY_NODE_PURE);
static const struct ty_node_def set_5 = NODE("core.set", 5, TY_NODE_PURE);
static const struct ty_node_def http_2 = NODE("http.request", 2, TY_NODE_EFFECT, .takes_from = 1);
/* It took the parameters of 1 and 2, and version 4 gave one of them another meaning. */
static const struct ty_node_def mail_3 =
	NODE("mail.send", 3, TY_NODE_EFFECT, .takes_from = 1, .takes_to = 3);
static const struct ty_node_def mail_4 = NODE("mail.send", 4, TY_NODE_EFFECT, .takes_to = 6);
static const struct ty_node_def *const defs[] = { &set_5, &mail_4, &http_2, &set_1,
						  &set_3, &mail_3, NULL };

static const struct ty_registry *
registry_of(const struct ty_node_def *const *list)
{
	struct ty_registry *registry;

	ck_assert_ok(ty_registry_new(fx.arena, list, &registry, &fx.err));
	return registry;
}

static const struct {
	const char *type;
	int version;
	enum ty_registry_match match;
	const struct ty_node_def *def;
} find_cases[] = {
	{ "core.set", 1, TY_REGISTRY_EXACT, &set_1 },
	{ "core.set", 3, TY_REGISTRY_EXACT, &set_3 },
	{ "core.set", 5, TY_REGISTRY_EXACT, &set_5 },
	/* the newest that takes its parameters: newer ones are taken, older ones where it says so */
	{ "core.set", 2, TY_REGISTRY_FALLBACK, &set_1 },
	{ "core.set", 4, TY_REGISTRY_FALLBACK, &set_3 },
	{ "core.set", 99, TY_REGISTRY_FALLBACK, &set_5 },
	{ "http.request", 1, TY_REGISTRY_FALLBACK, &http_2 },
	{ "mail.send", 1, TY_REGISTRY_FALLBACK, &mail_3 },
	{ "mail.send", 2, TY_REGISTRY_FALLBACK, &mail_3 },
	{ "mail.send", 4, TY_REGISTRY_EXACT, &mail_4 },
	{ "mail.send", 6, TY_REGISTRY_FALLBACK, &mail_4 },
	{ "mail.send", 7, TY_REGISTRY_MISSING, NULL },
	{ "core.set", 0, TY_REGISTRY_MISSING, NULL },
	{ "core.se", 1, TY_REGISTRY_MISSING, NULL },
	{ "core.sett", 1, TY_REGISTRY_MISSING, NULL },
	{ "", 1, TY_REGISTRY_MISSING, NULL },
	{ "zzz", 1, TY_REGISTRY_MISSING, NULL },
};

START_TEST(a_version_is_found_or_falls_back)
{
	const struct ty_registry *registry = registry_of(defs);
	const struct ty_node_def *def = &set_1;

	ck_assert_int_eq(
		ty_registry_find(registry, find_cases[_i].type, find_cases[_i].version, &def),
		find_cases[_i].match);
	ck_assert_ptr_eq(def, find_cases[_i].def);
}
END_TEST

START_TEST(definitions_are_listed_by_type_and_version)
{
	const struct ty_registry *registry = registry_of(defs);

	ck_assert_uint_eq(ty_registry_count(registry), 6);
	ck_assert_ptr_eq(ty_registry_at(registry, 0), &set_1);
	ck_assert_ptr_eq(ty_registry_at(registry, 1), &set_3);
	ck_assert_ptr_eq(ty_registry_at(registry, 2), &set_5);
	ck_assert_ptr_eq(ty_registry_at(registry, 3), &http_2);
}
END_TEST

static const struct ty_node_def set_1_of_a_plugin = NODE("core.set", 1, TY_NODE_EFFECT);
static const struct ty_node_def set_2_of_a_plugin = NODE("core.set", 2, TY_NODE_PURE);

START_TEST(what_an_earlier_source_has_hides_the_like_of_a_later_one)
{
	static const struct ty_node_def *const plugins[] = { &set_2_of_a_plugin, &set_1_of_a_plugin,
							     NULL };
	static const struct ty_node_source sources[] = { { .name = "builtin", .defs = defs },
							 { .name = "plugin", .defs = plugins },
							 { .name = NULL } };
	const struct ty_node_def *def;
	struct ty_registry *registry;

	ck_assert_ok(ty_registry_load(fx.arena, sources, &registry, &fx.err));
	ck_assert_int_eq(ty_registry_find(registry, "core.set", 1, &def), TY_REGISTRY_EXACT);
	ck_assert_ptr_eq(def, &set_1);
	ck_assert_str_eq(ty_registry_source_at(registry, 0), "builtin");
	/* An exact version of a later source comes before one of an earlier that takes its parameters. */
	ck_assert_int_eq(ty_registry_find(registry, "core.set", 2, &def), TY_REGISTRY_EXACT);
	ck_assert_ptr_eq(def, &set_2_of_a_plugin);
	ck_assert_str_eq(ty_registry_source_at(registry, 1), "plugin");
	ck_assert_str_eq(ty_registry_versions(registry, fx.arena, "core.set"), "1, 2, 3, 5");
	ck_assert_ptr_null(ty_registry_versions(registry, fx.arena, "core.sex"));
}
END_TEST

START_TEST(an_empty_registry_finds_nothing)
{
	static const struct ty_node_def *const none[] = { NULL };
	const struct ty_registry *registry = registry_of(none);
	const struct ty_node_def *def;

	ck_assert_int_eq(ty_registry_find(registry, "core.set", 1, &def), TY_REGISTRY_MISSING);
	ck_assert_uint_eq(ty_registry_count(registry), 0);
}
END_TEST

START_TEST(a_duplicate_of_type_and_version_is_refused)
{
	static const struct ty_node_def *const twice[] = { &set_1, &http_2, &set_1, NULL };
	struct ty_registry *registry;

	ck_assert_int_eq(ty_registry_new(fx.arena, twice, &registry, &fx.err), TY_E_CONFLICT);
	ck_assert_str_eq(fx.err.msg, "node core.set, version 1: it is defined twice");
}
END_TEST

/* ---- definitions that are refused: each is set_1 but for one change ---- */

#define BREAK(name) static void name(struct ty_node_def *d)

BREAK(none)
{
}
BREAK(old_abi)
{
	d->abi = TY_NODE_ABI + 1;
}
BREAK(no_abi)
{
	d->abi = 0;
}
BREAK(short_size)
{
	d->size = sizeof(*d) - sizeof(void *);
}
BREAK(no_type)
{
	d->type = " ";
}
BREAK(no_version)
{
	d->version = 0;
}
BREAK(newer_only)
{
	d->takes_from = 2;
}
BREAK(older_only)
{
	d->version = 3;
	d->takes_to = 2;
}
BREAK(no_category)
{
	d->category = TY_CATEGORY__COUNT;
}
BREAK(no_ports)
{
	d->outputs = NULL;
}
BREAK(no_function)
{
	d->exec = NULL;
}
BREAK(two_functions)
{
	d->each = node_each;
}
BREAK(no_resume)
{
	d->flags = TY_NODE_EFFECT;
	d->resume = NULL;
}
BREAK(loop_without_body)
{
	d->flags = TY_NODE_PURE | TY_NODE_LOOP;
}
BREAK(each_without_input)
{
	d->exec = NULL;
	d->each = node_each;
	d->inputs = ty_ports_none;
}
BREAK(trigger_with_input)
{
	d->triggers = TY_CLAIM(TY_TRIGGER_CALLED);
}
BREAK(unknown_trigger)
{
	d->triggers = TY_CLAIM(TY_TRIGGER__COUNT);
	d->inputs = ty_ports_none;
}
BREAK(hook_without_path)
{
	d->triggers = TY_CLAIM(TY_TRIGGER_WEBHOOK);
	d->inputs = ty_ports_none;
}
BREAK(row_beyond)
{
	d->params_size = 0;
}

struct keyed {
	const char *key;
};

static const struct ty_param key_params[] = {
	TY_ROW_CREDENTIAL(struct keyed, key, "Key"),
	TY_ROW_END,
};

BREAK(key_of_no_type)
{
	d->params = key_params;
}
BREAK(key_of_a_type)
{
	d->params = key_params;
	d->credential_types = "http_basic";
}

static const struct {
	void (*change)(struct ty_node_def *def);
	const char *message; /* NULL = it is taken */
} broken[] = {
	{ none, NULL },
	{ key_of_a_type, NULL },
	{ old_abi, "definition 0: it is of ABI 5, and this release takes 4" },
	{ no_abi, "definition 0: it is of ABI 0, and this release takes 4" },
	{ short_size, "bytes, and this release's have" },
	{ no_type, "definition 0: it has no type, or a version below 1" },
	{ no_version, "definition 0: it has no type, or a version below 1" },
	{ no_category, "node core.set, version 1: its category is none" },
	{ no_ports, "inputs, outputs or params are missing" },
	{ newer_only, "the versions that it takes leave out its own" },
	{ older_only, "the versions that it takes leave out its own" },
	{ no_function, "it needs one of exec and each" },
	{ two_functions, "it needs one of exec and each" },
	{ no_resume, "it makes calls and has no resume" },
	{ loop_without_body, "a loop has exec, and begins its outputs with" },
	{ each_without_input, "each takes one input" },
	{ trigger_with_input, "it is a trigger and has an input" },
	{ unknown_trigger, "it claims a trigger that there is not" },
	{ hook_without_path, "it claims webhook and has no parameter \"method\"" },
	{ row_beyond, "parameter \"text\" lies beyond params_size" },
	{ key_of_no_type, "parameter \"key\" takes a credential of no type: set credential_types" },
};

START_TEST(a_definition_that_does_not_fit_is_refused_with_its_reason)
{
	struct ty_node_def def = set_1;
	const struct ty_node_def *const list[] = { &def, NULL };
	struct ty_registry *registry;
	enum ty_code code;

	broken[_i].change(&def);
	code = ty_registry_new(fx.arena, list, &registry, &fx.err);
	if (broken[_i].message == NULL) {
		ck_assert_ok(code);
		return;
	}
	ck_assert_int_eq(code, TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, broken[_i].message) != NULL, "%s", fx.err.msg);
}
END_TEST

START_TEST(the_catalog_describes_every_definition)
{
	const struct ty_registry *registry = registry_of(defs);
	json_t *list = ty_registry_describe(registry);
	const json_t *last = json_array_get(list, 2), *http = json_array_get(list, 3);

	ck_assert_uint_eq(json_array_size(list), 6);
	ck_assert_str_eq(ty_json_str(last, "source", ""), "given");
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

START_TEST(every_category_and_trigger_has_a_name)
{
	for (int i = 0; i < TY_CATEGORY__COUNT; i++)
		ck_assert_ptr_nonnull(ty_category_name((enum ty_category)i));
	for (int i = 0; i < TY_TRIGGER__COUNT; i++)
		ck_assert_ptr_nonnull(ty_trigger_name((enum ty_trigger)i));
	ck_assert_ptr_null(ty_ports_none[0].name);
	ck_assert_str_eq(ty_ports_one[0].name, "main");
	ck_assert_ptr_null(ty_ports_one[1].name);
}
END_TEST

TEST_MAIN("registry", {
	TEST_LOOP(a_version_is_found_or_falls_back, find_cases);
	TEST(definitions_are_listed_by_type_and_version);
	TEST(what_an_earlier_source_has_hides_the_like_of_a_later_one);
	TEST(an_empty_registry_finds_nothing);
	TEST(a_duplicate_of_type_and_version_is_refused);
	TEST_LOOP(a_definition_that_does_not_fit_is_refused_with_its_reason, broken);
	TEST(the_catalog_describes_every_definition);
	TEST(every_category_and_trigger_has_a_name);
})
