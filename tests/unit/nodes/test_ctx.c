/*
 * test_ctx.c -- a definition that is data: read from JSON at run time, taken by the registry, run
 * by the engine.  Its functions serve every such definition and work by the definition's ctx.
 */
#include "nodes/nodes.h"
#include "support/common.h"
#include "support/fake_step.h"

#include "json/json.h"
#include "node/registry.h"
#include "support/nodes.h"

/* ---- a kind of nodes whose definitions are data ---- */

/* What the functions work by. */
struct recipe {
	const char *service_url, *field, *forbidden;
};

struct recipe_params {
	const char *name;
};

static const struct ty_param recipe_rows[] = {
	TY_ROW_STRING(struct recipe_params, name, 100, "Name",
		      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR),
	TY_ROW_END,
};

static void
recipe_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	     void *found_ctx)
{
	const struct recipe *recipe = def->ctx;

	if (strcmp(ty_json_str(params, "name", ""), recipe->forbidden) == 0)
		found(found_ctx, "name", "is a name that the recipe forbids", "Choose another.");
}

static const struct ty_port *
recipe_outputs(const struct ty_node_def *def, struct ty_arena *arena, const json_t *params)
{
	const struct recipe *recipe = def->ctx;
	struct ty_port *ports = ty_arena_alloc_array(arena, 2, sizeof(*ports));

	ports[0].name = recipe->field;
	return ports;
}

static enum ty_code
recipe_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct recipe *recipe = ty_step_ctx(step);
	const struct recipe_params *p = ty_step_params(step, i);
	const struct ty_call call = { .service = "http",
				      .request = json_pack("{s:s, s:s}", "url", recipe->service_url,
							   "name", p->name) };

	return ty_step_call(step, &call, err);
}

static enum ty_code
recipe_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct recipe *recipe = ty_step_ctx(step);

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	return ty_step_emit(
		step, 0,
		json_pack("{s:O}", recipe->field, json_object_get(answer->value, recipe->field)),
		answer->item, err);
}

/* A definition of what a file says. */
static const struct ty_node_def *
recipe_load(const char *text)
{
	const json_t *doc = fake_json(fx.arena, text);
	struct recipe *recipe = ty_arena_new_of(fx.arena, struct recipe);
	struct ty_node_def *def = ty_arena_new_of(fx.arena, struct ty_node_def);

	*recipe = (struct recipe){ .service_url = ty_json_str(doc, "url", ""),
				   .field = ty_json_str(doc, "field", ""),
				   .forbidden = ty_json_str(doc, "forbidden", "") };
	*def = (struct ty_node_def){ TY_NODE_HEAD,
				     .type = ty_json_str(doc, "type", ""),
				     .version = (int)ty_json_int(doc, "version", 1),
				     .category = TY_CATEGORY_NETWORK,
				     .title = ty_json_str(doc, "title", ""),
				     .inputs = ty_ports_one,
				     .outputs = ty_ports_one,
				     .outputs_for = recipe_outputs,
				     .params = recipe_rows,
				     .params_size = sizeof(struct recipe_params),
				     .check = recipe_check,
				     .flags = TY_NODE_EFFECT,
				     .ctx = recipe,
				     .each = recipe_each,
				     .resume = recipe_resume };
	return def;
}

/* ---- two definitions, one code ---- */

static json_t *
weather_and_rates(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *name = ty_json_str(request, "name", "");

	if (strcmp(ty_json_str(request, "url", ""), "https://weather.test") == 0)
		return json_pack("{s:s+}", "sky", "blue over ", name);
	return json_pack("{s:s+}", "rate", "7 of ", name);
}

static const struct {
	const char *definition, *params, *port, *out;
} recipes[] = {
	{ "{\"type\":\"acme.weather\",\"title\":\"Weather\",\"url\":\"https://weather.test\","
	  "\"field\":\"sky\",\"forbidden\":\"Atlantis\"}",
	  "{\"name\":\"={{ $json.town }}\"}", "sky", "[{\"sky\":\"blue over Bergen\"}]" },
	{ "{\"type\":\"acme.rate\",\"title\":\"Rate\",\"url\":\"https://rates.test\","
	  "\"field\":\"rate\",\"forbidden\":\"EUR\"}",
	  "{\"name\":\"NOK\"}", "rate", "[{\"rate\":\"7 of NOK\"}]" },
};

START_TEST(a_definition_that_is_data_is_run_by_its_ctx)
{
	const struct ty_node_def *def = recipe_load(recipes[_i].definition);
	struct fake_step *s = fake_step_new(fx.arena, def, "[{\"town\":\"Bergen\"}]");

	fake_step_ops(s)->on_call = weather_and_rates;
	fake_step_params(s, recipes[_i].params);
	ck_assert_ok(fake_step_run(s, &fx.err));
	ck_assert_str_eq(fake_step_output(s, recipes[_i].port), recipes[_i].out);
}
END_TEST

START_TEST(its_check_judges_by_its_ctx)
{
	const struct ty_node_def *def = recipe_load(recipes[_i].definition);
	const struct recipe *recipe = def->ctx;
	struct fake_step *s = fake_step_new(fx.arena, def, "[{}]");

	fake_step_params(s, ty_arena_printf(fx.arena, "{\"name\":\"%s\"}", recipe->forbidden));
	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, "a name that the recipe forbids") != NULL, "%s",
		      fx.err.msg);
}
END_TEST

START_TEST(it_stands_in_the_catalog_like_any_other)
{
	const struct ty_node_def *const defs[] = { recipe_load(recipes[0].definition),
						   &ty_node_core_webhook, NULL };
	struct ty_registry *registry;
	json_t *list;

	ck_assert_ok(ty_registry_new(fx.arena, defs, &registry, &fx.err));
	list = ty_json_own(fx.arena, ty_registry_describe(registry));
	ck_assert_str_eq(ty_json_str(json_array_get(list, 0), "type", ""), "acme.weather");
	ck_assert_str_eq(ty_json_str(json_array_get(list, 0), "title", ""), "Weather");
}
END_TEST

/* ---- what definitions say of themselves ---- */

START_TEST(the_registry_of_the_programs_has_every_node_of_the_list)
{
	const struct ty_registry *registry = builtin_registry(fx.arena);
	const struct ty_node_def *def;
	size_t count = 0;

	for (; ty_nodes_builtin[count] != NULL; count++)
		ck_assert_int_eq(ty_registry_find(registry, ty_nodes_builtin[count]->type, 1, &def),
				 TY_REGISTRY_EXACT);
	ck_assert_uint_eq(ty_registry_count(registry), count);
}
END_TEST

static const struct {
	const struct ty_node_def *def;
	const char *triggers, *credentials, *notices;
} said[] = {
	{ &ty_node_core_manual, "[\"manual\"]", "[]", "[]" },
	{ &ty_node_core_webhook, "[\"webhook\"]", "[\"webhook_secret\",\"webhook_handshake\"]",
	  "[]" },
	{ &ty_node_core_respond, "[]", "[]", NULL },
};

START_TEST(the_catalog_tells_triggers_credential_types_and_notices)
{
	const struct ty_node_def *const defs[] = { said[_i].def, NULL };
	struct ty_registry *registry;
	const json_t *node, *notice;

	ck_assert_ok(ty_registry_new(fx.arena, defs, &registry, &fx.err));
	node = json_array_get(ty_json_own(fx.arena, ty_registry_describe(registry)), 0);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(node, "triggers"), NULL),
			 said[_i].triggers);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(node, "credential_types"), NULL),
			 said[_i].credentials);
	if (said[_i].notices != NULL) {
		ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(node, "notices"), NULL),
				 said[_i].notices);
		return;
	}
	notice = json_array_get(json_object_get(node, "notices"), 0);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(notice, "beside"), NULL),
			 "[\"webhook\"]");
	ck_assert_str_ne(ty_json_str(notice, "hint", ""), "");
}
END_TEST

static void
none_of_it(void *ctx, const char *path, const char *msg, const char *hint)
{
	const char *const *at = ctx;

	ck_assert_msg(strcmp(path, at[1]) != 0, "%s: the placeholder of %s: %s", at[0], path, msg);
}

static void
check_placeholder(const struct ty_node_def *def, const char *path, json_t *params, const char *text)
{
	const char *at[] = { def->type, path };

	ck_assert_msg(text[0] == '=' || strstr(text, "{{") == NULL, "%s: %s: %s", at[0], path,
		      text);
	ty_json_own(fx.arena, params);
	ty_param_check(def->params, params, none_of_it, at);
	if (def->check != NULL)
		def->check(def, params, none_of_it, at);
	if (def->advise != NULL)
		def->advise(def, params, none_of_it, at);
}

/* What a form shows as an example may be typed as it stands. */
START_TEST(each_placeholder_is_a_value_of_its_parameter)
{
	size_t count = 0;

	for (const struct ty_node_def *const *def = ty_nodes_builtin; *def != NULL; def++) {
		for (const struct ty_param *row = (*def)->params; row->name != NULL; row++) {
			const struct ty_param *field = row->fields;

			if (row->placeholder != NULL) {
				check_placeholder(*def, row->name,
						  json_pack("{s:s}", row->name, row->placeholder),
						  row->placeholder);
				count++;
			}
			for (; field != NULL && field->name != NULL; field++) {
				if (field->placeholder == NULL)
					continue;
				check_placeholder(*def,
						  ty_arena_printf(fx.arena, "%s[0].%s", row->name,
								  field->name),
						  json_pack("{s:[{s:s}]}", row->name, field->name,
							    field->placeholder),
						  field->placeholder);
				count++;
			}
		}
	}
	ck_assert_uint_gt(count, 10);
}
END_TEST

TEST_MAIN("ctx", {
	TEST(each_placeholder_is_a_value_of_its_parameter);
	TEST_LOOP(a_definition_that_is_data_is_run_by_its_ctx, recipes);
	TEST_LOOP(its_check_judges_by_its_ctx, recipes);
	TEST(it_stands_in_the_catalog_like_any_other);
	TEST(the_registry_of_the_programs_has_every_node_of_the_list);
	TEST_LOOP(the_catalog_tells_triggers_credential_types_and_notices, said);
})
