/*
 * test_hooks.c -- which addresses a graph claims, what cannot be one, and what lists show of it.
 */
#include "unit/graph/doc.h"

#include "body/body.h"
#include "nodes/nodes.h"
#include "publish/hooks.h"
#include "publish/outline.h"

static bool
hooks_of(const json_t *doc, struct ty_store_hooks *hooks, json_t *findings)
{
	return ty_publish_hooks_of(fx.arena, ty_graph_read(fx.arena, doc_registry(), doc), hooks,
				   findings);
}

static const struct {
	const char *params, *message; /* NULL: fine */
} addresses[] = {
	{ "\"path\":\"a/b\"", NULL },
	{ "\"path\":\"\"", "is empty" },
	{ "\"path\":\"/a\"", "has an empty part" },
	{ "\"path\":\"a b\"", "has a character" },
	{ "\"path\":\"a?b\"", "has a character" },
	{ "\"path\":\"={{ 1 }}\"", "cannot be expressions" },
	{ "\"path\":\"a\",\"credential\":\"={{ 1 }}\"", "cannot be expressions" },
	{ "\"path\":\"a\",\"method\":\"=x\"", "cannot be expressions" },
};

START_TEST(what_cannot_be_an_address_is_a_finding)
{
	json_t *findings = ty_json_own(fx.arena, json_array()), *graph;
	const char *text = ty_arena_printf(
		fx.arena, "{\"nodes\":[{\"id\":\"n1\",\"type\":\"core.webhook\",\"params\":{%s}}]}",
		addresses[_i].params);
	struct ty_store_hooks hooks;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &graph, &fx.err));
	ck_assert_int_eq(hooks_of(graph, &hooks, findings), addresses[_i].message == NULL);
	ck_assert_int_eq((int)json_array_size(findings), addresses[_i].message != NULL);
	if (addresses[_i].message != NULL)
		ck_assert_ptr_nonnull(
			strstr(ty_json_str(json_array_get(findings, 0), "message", ""),
			       addresses[_i].message));
}
END_TEST

static const struct {
	const char *params, *has, *has_not;
} readings[] = {
	{ "", "\"bytes\":\"file\"", "read_as" },
	{ ",\"read_as\":\"auto_file\"", "\"bytes\":\"file\"", "read_as" },
	{ ",\"read_as\":\"auto\"", "\"read_as\":\"auto\"", "\"bytes\"" },
	{ ",\"read_as\":\"bytes\"", "\"read_as\":\"bytes\"", "\"bytes\":" },
};

/* A hook of the release before has neither, and goes on as it did. */
START_TEST(a_hook_says_how_its_bodies_are_read)
{
	json_t *findings = ty_json_own(fx.arena, json_array()), *graph;
	const char *text =
		ty_arena_printf(fx.arena,
				"{\"nodes\":[{\"id\":\"n1\",\"type\":\"core.webhook\",\"params\":{"
				"\"path\":\"a\"%s}}]}",
				readings[_i].params);
	struct ty_store_hooks hooks;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &graph, &fx.err));
	ck_assert(hooks_of(graph, &hooks, findings));
	ck_assert_ptr_nonnull(strstr(hooks.list[0].verify, readings[_i].has));
	ck_assert_ptr_null(strstr(hooks.list[0].verify, readings[_i].has_not));
}
END_TEST

START_TEST(what_a_webhook_says_nothing_of_is_what_its_form_shows)
{
	const struct ty_param *row = ty_node_core_webhook.params;

	while (strcmp(row->name, "read_as") != 0)
		row++;
	ck_assert_str_eq(row->def, ty_body_as_name(TY_BODY_AS_AUTO_FILE));
}
END_TEST

START_TEST(the_same_address_twice_is_a_finding)
{
	static const char text[] =
		"{\"nodes\":[{\"id\":\"a\",\"type\":\"core.webhook\",\"params\":{\"path\":\"p\"}},"
		"{\"id\":\"b\",\"type\":\"core.webhook\",\"params\":{\"path\":\"p\",\"method\":"
		"\"POST\"}},"
		"{\"id\":\"c\",\"type\":\"core.webhook\",\"params\":{\"path\":\"p\",\"method\":"
		"\"ANY\"}},"
		"{\"id\":\"d\",\"type\":\"core.webhook\",\"disabled\":true,\"params\":{\"path\":"
		"\"p\"}}]}";
	json_t *findings = ty_json_own(fx.arena, json_array()), *graph;
	struct ty_store_hooks hooks;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &graph, &fx.err));
	ck_assert(!hooks_of(graph, &hooks, findings));
	ck_assert_int_eq((int)json_array_size(findings), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(findings, 0), "node", ""), "b");
	ck_assert_uint_eq(hooks.count, 2);
	ck_assert_str_eq(hooks.list[1].method, "*");
}
END_TEST

/* ---- outlines ---- */

#define WORKFLOW_ID "01890a5d-ac96-774b-bcce-b302099a8057"
#define MANUAL	    "{`id`:`m`,`type`:`core.manual`}"

static const struct {
	const char *doc, *triggers;
	int node_count;
} outlines[] = {
	{ "{`nodes`:[" MANUAL "," NODE("a", "") "]}",
	  "[{`type`:`core.manual`,`method`:null,`path`:null,`node`:`m`,`name`:`m`,`live`:true}]",
	  2 },
	{ "{`nodes`:[{`id`:`h`,`type`:`core.webhook`,`params`:{`path`:`p`}}]}",
	  "[{`type`:`core.webhook`,`method`:`POST`,`path`:`p`,`node`:`h`,`name`:`h`,`live`:true}]",
	  1 },
	{ "{`nodes`:[{`id`:`h`,`type`:`core.webhook`,`disabled`:true,`params`:{`method`:`GET`}}]}",
	  "[{`type`:`core.webhook`,`method`:`GET`,`path`:null,`node`:`h`,`name`:`h`,`live`:false}]",
	  1 },
	{ "{`nodes`:[{`type`:`core.webhook`,`params`:7}]}",
	  "[{`type`:`core.webhook`,`method`:`POST`,`path`:null,`node`:`#0`,`name`:`#0`,`live`:true}"
	  "]",
	  1 },
	{ "{`nodes`:[{`id`:`x`,`type`:`no.such`},7]}", "[]", 1 },
	{ "{`nodes`:7}", "[]", 0 },
	{ "[]", "[]", 0 },
};

START_TEST(an_outline_is_of_any_draft)
{
	const struct ty_store_outline outline =
		ty_publish_outline(fx.arena, doc_registry(), doc_json(outlines[_i].doc));

	ck_assert_int_eq(outline.node_count, outlines[_i].node_count);
	ck_assert(json_equal(doc_json(outline.triggers), doc_json(outlines[_i].triggers)));
}
END_TEST

static const struct {
	const char *doc, *first; /* type of its first trigger: live ones come before */
	const char *called_node, *error_node, *error_workflow_id; /* NULL = none */
} starts[] = {
	{ "{`nodes`:[{`id`:`x`,`type`:`core.error`,`disabled`:true},{`id`:`c`,`type`:`core.called`}"
	  "],"
	  "`settings`:{`error_workflow`:`" WORKFLOW_ID "`}}",
	  "core.called", "c", NULL, WORKFLOW_ID },
	{ "{`nodes`:[{`id`:`e`,`type`:`core.error`}],`settings`:{`error_workflow`:`no id`}}",
	  "core.error", NULL, "e", NULL },
};

START_TEST(an_outline_says_what_sql_starts_runs_by)
{
	const struct ty_store_outline outline =
		ty_publish_outline(fx.arena, doc_registry(), doc_json(starts[_i].doc));

	ck_assert_str_eq(ty_json_str(json_array_get(doc_json(outline.triggers), 0), "type", ""),
			 starts[_i].first);
	ck_assert_pstr_eq(outline.called_node, starts[_i].called_node);
	ck_assert_pstr_eq(outline.error_node, starts[_i].error_node);
	ck_assert_pstr_eq(outline.error_workflow_id, starts[_i].error_workflow_id);
}
END_TEST

START_TEST(an_outline_has_a_bound_whatever_the_draft)
{
	json_t *nodes = json_array(), *doc;
	char path[2048];
	struct ty_store_outline outline;

	memset(path, '\x01', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 100; i++) {
		path[i % 2 == 0 ? 512 : 1000] = '\0';
		json_array_append_new(nodes, json_pack("{s:s, s:s, s:{s:s, s:s}}", "id", "n",
						       "type", "core.webhook", "params", "path",
						       path, "method", path));
		memset(path, '\x01', sizeof(path) - 1);
	}
	doc = ty_json_own(fx.arena, json_pack("{s:o}", "nodes", nodes));
	outline = ty_publish_outline(fx.arena, doc_registry(), doc);
	ck_assert_int_eq(outline.node_count, 100);
	ck_assert_uint_eq(json_array_size(doc_json(outline.triggers)), TY_OUTLINE_TRIGGERS_MAX);
	ck_assert_uint_le(strlen(outline.triggers), 131072); /* the column's check */
}
END_TEST

/* ---- another node that is started by requests ---- */

static enum ty_code
issue_exec(struct ty_step *step, struct ty_err *err)
{
	return ty_step_pass(step, 0, 0, err);
}

struct issue_params {
	const char *method, *path, *verify;
};

static const struct ty_node_def issue_def = {
	TY_NODE_HEAD,
	.type = "acme.issue_opened",
	.version = 1,
	.category = TY_CATEGORY_TRIGGER,
	.title = "Issue opened",
	.triggers = TY_CLAIM(TY_TRIGGER_WEBHOOK),
	.inputs = ty_ports_none,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(TY_ROW_STRING(struct issue_params, method, 10, "Method"),
			    TY_ROW_STRING(struct issue_params, path, 200, "Path"),
			    TY_ROW_STRING(struct issue_params, verify, 20, "Signature")),
	.params_size = sizeof(struct issue_params),
	.flags = TY_NODE_PURE,
	.exec = issue_exec,
};

/* Its definition claims the trigger, and nobody asks what it is called. */
START_TEST(a_node_of_any_name_that_claims_requests_has_a_hook)
{
	static const struct ty_node_def *const defs[] = { &issue_def, &ty_node_core_respond, NULL };
	const json_t *doc = doc_json("{`nodes`:[{`id`:`i`,`type`:`acme.issue_opened`,`params`:"
				     "{`path`:`issues`,`verify`:`github`}},"
				     "{`id`:`r`,`type`:`core.respond`}],"
				     "`edges`:[{`from`:`i`,`to`:`r`}]}");
	json_t *findings = ty_json_own(fx.arena, json_array());
	struct ty_registry *registry;
	struct ty_store_hooks hooks;
	struct ty_store_outline outline;
	bool has_errors;

	ck_assert_ok(ty_registry_new(fx.arena, defs, &registry, &fx.err));
	ck_assert(ty_publish_hooks_of(fx.arena, ty_graph_read(fx.arena, registry, doc), &hooks,
				      findings));
	ck_assert_uint_eq(hooks.count, 1);
	ck_assert_str_eq(hooks.list[0].path, "issues");
	ck_assert_str_eq(hooks.list[0].method, "POST");
	outline = ty_publish_outline(fx.arena, registry, doc);
	ck_assert(json_equal(doc_json(outline.triggers),
			     doc_json("[{`type`:`acme.issue_opened`,`method`:`POST`,"
				      "`path`:`issues`,`node`:`i`,`name`:`i`,`live`:true}]")));
	/* What core.respond says of itself counts beside it. */
	findings = ty_graph_validate(fx.arena, registry, doc, NULL, &has_errors);
	ck_assert(!has_errors);
	ck_assert_uint_eq(json_array_size(findings), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(findings, 0), "code", ""), "no_effect");
}
END_TEST

TEST_MAIN("publish.hooks", {
	TEST_LOOP(what_cannot_be_an_address_is_a_finding, addresses);
	TEST_LOOP(a_hook_says_how_its_bodies_are_read, readings);
	TEST(what_a_webhook_says_nothing_of_is_what_its_form_shows);
	TEST(the_same_address_twice_is_a_finding);
	TEST_LOOP(an_outline_is_of_any_draft, outlines);
	TEST_LOOP(an_outline_says_what_sql_starts_runs_by, starts);
	TEST(an_outline_has_a_bound_whatever_the_draft);
	TEST(a_node_of_any_name_that_claims_requests_has_a_hook);
})
