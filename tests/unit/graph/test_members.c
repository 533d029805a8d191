/*
 * test_members.c -- every field of a workflow document is kept or refused: nothing is accepted
 * and then not done.
 *
 * The fields are those of workflow.schema.json.  One without a row here fails, and so does a row
 * without a field.  A row is KEPT (two documents that differ in the field alone, and what comes of
 * them differs), DATA (what was given is given back) or REFUSED (validation says not_supported).
 * Whoever makes a refused field work takes its row out of refusal.def and makes it KEPT here.
 */
#include "unit/graph/doc.h"

#include "graph/secret.h"
#include "node/node.h"
#include "support/fake_ops.h"

#define START	   "{`id`:`t`,`type`:`core.manual`}"
#define NOOP	   "{`id`:`a`,`type`:`core.noop`"
#define TO_A	   "],`edges`:[{`from`:`t`,`to`:`a`}]}"
#define WITH(more) "{`nodes`:[" START "," NOOP more "}" TO_A
#define ASK(more)                                                                                  \
	"{`nodes`:[" START                                                                         \
	",{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`}" more "}" TO_A
#define BUSY(more)                                                                                 \
	"{`nodes`:[" START                                                                         \
	",{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://busy.test/`}" more "}" TO_A
#define OPEN(more)                                                                                 \
	"{`nodes`:[" START                                                                         \
	",{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://open.test/`}" more "}" TO_A
#define RETRY_MORE(more)      ",`retry`:{`tries`:3,`base_ms`:1000," more "}"
#define RETRY(tries, base_ms) ",`retry`:{`backoff`:`fixed`,`tries`:" tries ",`base_ms`:" base_ms "}"
#define SPLIT(more)                                                                                \
	"{`nodes`:[" START ",{`id`:`i`,`type`:`core.if`,`params`:{`condition`:true}}," NOOP        \
	"}],`edges`:[{`from`:`t`,`to`:`i`},{`from`:`i`" more ",`to`:`a`}]}"
#define JOIN(port)                                                                                 \
	"{`nodes`:[" START ",{`id`:`a`,`type`:`core.merge`}],`edges`:[{`from`:`t`,`to`:`a`,"       \
	"`input`:`" port "`}]}"
#define FAIL(more)                                                                                 \
	"{`nodes`:[" START                                                                         \
	",{`id`:`a`,`type`:`core.if`,`params`:{`condition`:`={{ $json.no }}`}" more "}" TO_A
#define NONE(more)                                                                                 \
	"{`nodes`:[" START ",{`id`:`a`,`type`:`core.filter`,`params`:{`condition`:false}" more     \
	"}" TO_A
/* Two items by two ways to one input. */
#define MANY(more)                                                                                 \
	"{`nodes`:[" START ",{`id`:`i`,`type`:`core.noop`}," NOOP more                             \
	"}],`edges`:[{`from`:`t`,`to`:`i`},{`from`:`t`,`to`:`a`},{`from`:`i`,`to`:`a`}]}"
#define SET(settings)                                                                              \
	"{`nodes`:[" START ",{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,"    \
	"`value`:`={{ $input.all().length }}`}]}}],`settings`:{" settings                          \
	"},`edges`:[{`from`:`t`,"                                                                  \
	"`to`:`a`}]}"
#define BROKEN(settings)                                                                           \
	"{`nodes`:[" START ",{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,"    \
	"`value`:`={{ $json.no.x + 1 }}`}]}}],`settings`:{" settings "},`edges`:[{`from`:`t`,"     \
	"`to`:`a`}]}"
#define BESIDE(settings)                                                                           \
	"{`nodes`:[" START ",{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`}}," \
	"{`id`:`b`,`type`:`http.request`,`params`:{`url`:`https://x.test/`}}],"                    \
	"`settings`:{" settings "},`edges`:[{`from`:`t`,`to`:`a`},{`from`:`t`,`to`:`b`}]}"
#define NOTE(more) "{`nodes`:[" START "],`notes`:[{`text`:`n`" more "}]}"

enum fate { KEPT, DATA, REFUSED };

static const struct {
	const char *part, *name;
	enum fate fate;
	const char *doc, *other; /* KEPT: two; REFUSED: the document, and the path of the finding */
} rows[] = {
	{ "WorkflowDocument", "nodes", KEPT, WITH(""), "{`nodes`:[" START "]}" },
	{ "WorkflowDocument", "edges", KEPT, WITH(""), "{`nodes`:[" START "," NOOP "}]}" },
	{ "WorkflowDocument", "settings", KEPT, SET("`save`:`none`"), SET("") },
	{ "WorkflowDocument", "notes", DATA, NOTE(""), NULL },
	{ "WorkflowDocument", "name", DATA, "{`nodes`:[" START "],`name`:`Flow`}", NULL },
	{ "WorkflowDocument", "meta", DATA, "{`nodes`:[" START "],`meta`:{`k`:[1]}}", NULL },
	{ "WorkflowDocument", "pins", DATA,
	  "{`nodes`:[" START "],`pins`:{`start`:[{`json`:{`n`:1}}]}}", NULL },
	{ "WorkflowDocument", "viewport", DATA, "{`nodes`:[" START "],`viewport`:{`zoom`:1.5}}",
	  NULL },
	{ "WorkflowNode", "id", KEPT, "{`nodes`:[{`id`:`s`,`type`:`core.manual`}]}",
	  "{`nodes`:[" START "]}" },
	{ "WorkflowNode", "name", KEPT, WITH(",`name`:`Other`"), WITH("") },
	{ "WorkflowNode", "type", KEPT, "{`nodes`:[" START ",{`id`:`a`,`type`:`core.respond`}" TO_A,
	  WITH("") },
	{ "WorkflowNode", "version", KEPT, WITH(",`version`:7"), WITH("") },
	{ "WorkflowNode", "params", KEPT, SPLIT(",`output`:`true`"),
	  "{`nodes`:[" START ",{`id`:`i`,`type`:`core.if`,`params`:{`condition`:false}}," NOOP
	  "}],`edges`:[{`from`:`t`,`to`:`i`},{`from`:`i`,`output`:`true`,`to`:`a`}]}" },
	{ "WorkflowNode", "on_error", KEPT, FAIL(",`on_error`:`continue`"), FAIL("") },
	{ "WorkflowNode", "once", KEPT, MANY(",`once`:true"), MANY("") },
	{ "WorkflowNode", "always_output", KEPT, NONE(",`always_output`:true"), NONE("") },
	{ "WorkflowNode", "timeout_ms", KEPT, ASK(",`timeout_ms`:7"), ASK("") },
	{ "WorkflowNode", "retry", KEPT, BUSY(RETRY("2", "1000")), BUSY("") },
	{ "WorkflowNode", "on_open_breaker", KEPT, OPEN(",`on_open_breaker`:`wait`"), OPEN("") },
	{ "WorkflowNode", "disabled", KEPT, ASK(",`disabled`:true"), ASK("") },
	{ "WorkflowNode", "position", DATA, WITH(",`position`:[1,-2.5]"), NULL },
	{ "WorkflowNode", "notes", DATA, WITH(",`notes`:`why`"), NULL },
	{ "WorkflowRetry", "tries", KEPT, BUSY(RETRY("2", "1000")), BUSY(RETRY("3", "1000")) },
	{ "WorkflowRetry", "backoff", KEPT, BUSY(RETRY_MORE("`backoff`:`linear`")),
	  BUSY(RETRY_MORE("`backoff`:`fixed`")) },
	{ "WorkflowRetry", "base_ms", KEPT, BUSY(RETRY("2", "1000")), BUSY(RETRY("2", "5000")) },
	{ "WorkflowRetry", "max_ms", KEPT, BUSY(RETRY_MORE("`backoff`:`linear`,`max_ms`:1500")),
	  BUSY(RETRY_MORE("`backoff`:`linear`")) },
	{ "WorkflowRetry", "on", KEPT, BUSY(RETRY_MORE("`backoff`:`fixed`,`on`:[`timeout`]")),
	  BUSY(RETRY_MORE("`backoff`:`fixed`")) },
	{ "WorkflowRetry", "new_key", KEPT, BUSY(RETRY_MORE("`backoff`:`fixed`,`new_key`:true")),
	  BUSY(RETRY_MORE("`backoff`:`fixed`")) },
	{ "WorkflowEdge", "id", DATA,
	  "{`nodes`:[" START "," NOOP "}],`edges`:[{`id`:`e`,`from`:`t`,`to`:`a`}]}", NULL },
	{ "WorkflowEdge", "from", KEPT, WITH(""),
	  "{`nodes`:[" START "," NOOP "},{`id`:`b`,`type`:`core.noop`}],`edges`:[{`from`:`b`,"
	  "`to`:`a`}]}" },
	{ "WorkflowEdge", "to", KEPT,
	  "{`nodes`:[" START "," NOOP "},{`id`:`b`,`type`:`core.noop`}],`edges`:[{`from`:`t`,"
	  "`to`:`b`}]}",
	  "{`nodes`:[" START "," NOOP "},{`id`:`b`,`type`:`core.noop`}],`edges`:[{`from`:`t`,"
	  "`to`:`a`}]}" },
	{ "WorkflowEdge", "output", KEPT, SPLIT(",`output`:`true`"), SPLIT(",`output`:`false`") },
	{ "WorkflowEdge", "input", KEPT, JOIN("input1"), JOIN("input2") },
	{ "WorkflowSettings", "timeout_ms", KEPT,
	  "{`nodes`:[" START
	  ",{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`}}],`settings`:{"
	  "`timeout_ms`:9},`edges`:[{`from`:`t`,`to`:`a`}]}",
	  ASK("") },
	{ "WorkflowSettings", "timezone", KEPT, SET("`timezone`:`Europe/Berlin`"), SET("") },
	{ "WorkflowSettings", "save", KEPT, SET("`save`:`errors`"), SET("") },
	{ "WorkflowSettings", "overlap", KEPT, BESIDE("`overlap`:`off`"), BESIDE("") },
	{ "WorkflowSettings", "expression_errors", KEPT, BROKEN("`expression_errors`:`undefined`"),
	  BROKEN("") },
	{ "WorkflowSettings", "error_workflow", KEPT, SET("`error_workflow`:`w`"), SET("") },
	{ "WorkflowNote", "id", DATA, NOTE(",`id`:`n1`"), NULL },
	{ "WorkflowNote", "text", DATA, NOTE(""), NULL },
	{ "WorkflowNote", "position", DATA, NOTE(",`position`:[0,10]"), NULL },
	{ "WorkflowNote", "size", DATA, NOTE(",`size`:[200,80]"), NULL },
	{ "WorkflowNote", "color", DATA, NOTE(",`color`:`#ffd`"), NULL },
};

static const json_t *
schema_defs(void)
{
	json_t *schema = ty_json_own(fx.arena, json_loads(ty_graph_schema, 0, NULL));

	return ty_json_obj(schema, "$defs");
}

/* ---- what comes of a document ---- */

static json_t *
answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	bool is_busy = strstr(ty_json_str(request, "url", ""), "busy") != NULL;

	if (strstr(ty_json_str(request, "url", ""), "open") != NULL && f->calls <= 1) {
		ty_err_set(err, TY_E_CIRCUIT_OPEN, "held back");
		return NULL;
	}
	return json_pack("{s:i, s:{}}", "status", is_busy ? 503 : 200, "headers");
}

/* A run of it as text: its error workflow, its deadline while a call is under way, what the sandbox was told, its steps. */
static const char *
outcome(const char *text)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *items = ty_json_own(fx.arena, json_pack("[{s:{s:i}}]", "json", "n", 1)), *step;
	const struct ty_plan *plan;
	const char *error_workflow;
	int64_t wake_ms;
	size_t asked;
	size_t i;

	f->hold = FAKE_CALL;
	f->on_call = answer;
	fake_ops_use_sandbox(f);
	ck_assert_ok(fake_ops_plan(f, text, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, items, NULL, &fx.err));
	wake_ms = f->wake_ms;
	asked = f->pending_count;
	fake_ops_drain(f);
	for (i = 0; i < 100 && ty_run_result(f->run) == NULL; i++) {
		fake_ops_advance(f, 100);
		fake_ops_drain(f);
	}
	ck_assert_ptr_nonnull(ty_run_result(f->run));
	error_workflow = ty_graph_error_workflow(ty_plan_graph(plan));
	json_array_foreach((json_t *)ty_run_result(f->run)->steps, i, step)
	{
		json_object_del(step, "started_ms");
		json_object_del(step, "duration_ms");
	}
	return ty_arena_printf(
		fx.arena, "%zu %s %lld %lld %s %s %s %s %s", asked,
		ty_json_dump_canonical(fx.arena, f->effects, NULL), (long long)wake_ms,
		(long long)f->now_ms, ty_json_str(f->last_eval, "timezone", ""),
		ty_graph_save(ty_plan_graph(plan)), error_workflow != NULL ? error_workflow : "-",
		ty_status_name(ty_run_result(f->run)->status),
		ty_json_dump_canonical(fx.arena, ty_run_result(f->run)->steps, NULL));
}

static const json_t *
findings_of(const char *text, const struct ty_registry *registry)
{
	bool has_errors;

	return ty_graph_validate(fx.arena, registry, doc_json(text), NULL, &has_errors);
}

static bool
is_not_supported(const json_t *findings, const char *path)
{
	const json_t *finding;
	size_t i;

	json_array_foreach((json_t *)findings, i, finding)
	{
		if (strcmp(ty_json_str(finding, "code", ""), "not_supported") == 0 &&
		    strcmp(ty_json_str(finding, "severity", ""), "error") == 0 &&
		    strcmp(ty_json_str(finding, "path", ""), path) == 0)
			return true;
	}
	return false;
}

START_TEST(each_field_is_kept_or_refused)
{
	const char *what = ty_arena_printf(fx.arena, "%s.%s", rows[_i].part, rows[_i].name);
	json_t *doc = doc_json(rows[_i].doc);
	const json_t *findings = findings_of(rows[_i].doc, doc_registry());
	const char *one;

	switch (rows[_i].fate) {
	case KEPT:
		one = outcome(rows[_i].doc);
		ck_assert_str_eq(one, outcome(rows[_i].doc));
		ck_assert_msg(strcmp(one, outcome(rows[_i].other)) != 0, "%s changes nothing: %s",
			      what, one);
		break;
	case DATA:
		ck_assert_msg(json_array_size(findings) == 0, "%s is not accepted: %s", what,
			      ty_json_dump(fx.arena, findings, NULL));
		ck_assert(json_equal(ty_graph_secrets_hide(fx.arena, doc_registry(), doc), doc));
		break;
	case REFUSED:
		ck_assert_msg(is_not_supported(findings, rows[_i].other),
			      "%s is accepted: %s.  Where it works now, make its row KEPT", what,
			      ty_json_dump(fx.arena, findings, NULL));
		/* A version that was published by a release before goes on. */
		ck_assert_ptr_nonnull(strstr(outcome(rows[_i].doc), " ok ["));
		break;
	}
}
END_TEST

START_TEST(each_field_of_the_schema_has_a_row)
{
	const json_t *defs = schema_defs();
	const char *part, *name;
	json_t *def, *property;
	size_t fields = 0;

	json_object_foreach((json_t *)defs, part, def)
		json_object_foreach(json_object_get(def, "properties"), name, property)
	{
		size_t found = 0;

		for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++)
			found += strcmp(rows[i].part, part) == 0 && strcmp(rows[i].name, name) == 0;
		ck_assert_msg(found == 1, "%s.%s has %zu rows", part, name, found);
		ck_assert_ptr_nonnull(json_object_get(
			property, json_object_get(property, "$ref") ? "$ref" : "description"));
		fields++;
	}
	ck_assert_uint_eq(fields, TY_ARRAY_COUNT(rows));
}
END_TEST

/* A member that the schema does not have is refused in each object, whatever is in it. */
static const struct {
	const char *doc, *path, *hint;
} unknown[] = {
	{ "{`nodes`:[" START "],`node`:[]}", "node", "Did you mean \"nodes\"?" },
	{ WITH(",`on_eror`:`continue`"), "nodes[1].on_eror", "Did you mean \"on_error\"?" },
	{ WITH(",`retry`:{`times`:1,`tries`:1}"), "nodes[1].retry.times",
	  "Did you mean \"tries\"?" },
	{ SET("`timeout`:5"), "settings.timeout",
	  "Remove it, or correct its name: it has no effect" },
	{ "{`nodes`:[" START "," NOOP "}],`edges`:[{`from`:`t`,`to`:`a`,`type`:`main`}]}",
	  "edges[0].type", "Remove it, or correct its name: it has no effect" },
	{ NOTE(",`colour`:`red`"), "notes[0].colour", "Did you mean \"color\"?" },
};

START_TEST(an_unknown_member_is_an_error_and_a_run_of_it_goes_on)
{
	const json_t *findings = findings_of(unknown[_i].doc, doc_registry());
	const json_t *finding = json_array_get(findings, 0);

	ck_assert_uint_eq(json_array_size(findings), 1);
	ck_assert_str_eq(ty_json_str(finding, "code", ""), "unknown_key");
	ck_assert_str_eq(ty_json_str(finding, "severity", ""), "error");
	ck_assert_str_eq(ty_json_str(finding, "path", ""), unknown[_i].path);
	ck_assert_str_eq(ty_json_str(finding, "hint", ""), unknown[_i].hint);
	/* A version that was published by a release before still runs. */
	ck_assert_ptr_nonnull(strstr(outcome(unknown[_i].doc), " ok ["));
}
END_TEST

/* Data whose form others rely on. */
static const struct {
	const char *doc, *path;
} forms[] = {
	{ "{`nodes`:[" START "],`name`:7}", "name" },
	{ "{`nodes`:[" START "],`meta`:[]}", "meta" },
	{ "{`nodes`:[" START "],`viewport`:`far`}", "viewport" },
	{ "{`nodes`:[" START "],`pins`:[]}", "pins" },
	{ "{`nodes`:[" START "],`notes`:`text`}", "notes" },
	{ "{`nodes`:[" START "],`notes`:[`text`]}", "notes[0]" },
	{ "{`nodes`:[" START "],`notes`:[{}]}", "notes[0]" },
	{ NOTE(",`position`:[1]"), "notes[0].position" },
	{ NOTE(",`size`:[1,2,3]"), "notes[0].size" },
	{ WITH(",`position`:[1,null]"), "nodes[1].position" },
	{ "{`nodes`:[" START "," NOOP "}],`edges`:[{`id`:7,`from`:`t`,`to`:`a`}]}", "edges[0].id" },
};

START_TEST(data_of_another_form_is_refused_where_it_is)
{
	const json_t *findings = findings_of(forms[_i].doc, doc_registry());

	ck_assert_uint_eq(json_array_size(findings), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(findings, 0), "code", ""), "bad_shape");
	ck_assert_str_eq(ty_json_str(json_array_get(findings, 0), "path", ""), forms[_i].path);
}
END_TEST

/* ---- variables of the workspace ---- */

static const struct {
	const char *param, *code;
	size_t unknown; /* how many findings */
} vars[] = {
	{ "={{ $vars.region }}", NULL, 0 },
	{ "={{ $vars.regoin }}", NULL, 1 },
	{ "={{ $json.a + $vars['b'] + $vars.c + $vars.region }}", NULL, 2 },
	{ "={{ $vars[$json.a] }}", NULL, 0 },
	{ "=costs $vars.x", NULL, 0 },
	{ NULL, "return { a: $vars.x, b: $vars.region, c: $vars }", 1 },
	{ NULL, "return { a: '$vars.x' } // $vars.y", 0 },
};

static bool
variable_is_known(void *ctx, const char *name)
{
	(void)ctx;
	return name == NULL || strcmp(name, "region") == 0;
}

START_TEST(a_variable_that_is_not_there_is_a_warning_where_it_is_named)
{
	const struct ty_validate_ops ops = { .variable_is_known = variable_is_known };
	bool is_code = vars[_i].code != NULL, has_errors;
	json_t *doc = doc_json(is_code ? "{`nodes`:[" START
					 ",{`id`:`a`,`type`:`core.code`,`params`:{`code`:`c`}}" TO_A
				       : "{`nodes`:[" START
					 ",{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{"
					 "`name`:`x`,`value`:``}]}}" TO_A);
	json_t *params =
		json_object_get(json_array_get(json_object_get(doc, "nodes"), 1), "params");
	const json_t *findings;

	if (is_code)
		json_object_set_new(params, "code", json_string(vars[_i].code));
	else
		json_object_set_new(json_array_get(json_object_get(params, "assignments"), 0),
				    "value", json_string(vars[_i].param));
	findings = ty_graph_validate(fx.arena, doc_registry(), doc, &ops, &has_errors);
	ck_assert(!has_errors);
	ck_assert_uint_eq(json_array_size(findings), vars[_i].unknown);
	for (size_t i = 0; i < vars[_i].unknown; i++) {
		const json_t *finding = json_array_get(findings, i);

		ck_assert_str_eq(ty_json_str(finding, "code", ""), "unknown_variable");
		ck_assert_str_eq(ty_json_str(finding, "severity", ""), "warning");
		ck_assert_str_eq(ty_json_str(finding, "path", ""),
				 is_code ? "nodes[1].params.code"
					 : "nodes[1].params.assignments[0].value");
	}
}
END_TEST

TEST_MAIN("graph.members", {
	TEST_LOOP(each_field_is_kept_or_refused, rows);
	TEST(each_field_of_the_schema_has_a_row);
	TEST_LOOP(an_unknown_member_is_an_error_and_a_run_of_it_goes_on, unknown);
	TEST_LOOP(data_of_another_form_is_refused_where_it_is, forms);
	TEST_LOOP(a_variable_that_is_not_there_is_a_warning_where_it_is_named, vars);
})
