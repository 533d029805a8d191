/*
 * test_ctl.c -- the real tybooctl against a private Postgres and Redis, and a real tyboo-run.
 *
 * Each test has a workspace and a lane of its own, so that what one leaves is not seen by the next.
 */
#define TEST_TIMEOUT_S 60
#include "stand.h"

#include "base/str.h"

#include "store/user.h"
#include "support/places.h"

#include <sys/stat.h>
#include <stdio.h>
#include <unistd.h>

#define NODE(id, type, params)                                                                     \
	"{\"id\":\"" id "\",\"name\":\"" id "\",\"type\":\"" type                                  \
	"\",\"version\":1,\"params\":" params ",\"position\":[0,0]}"
#define EDGE	    "{\"from\":\"a\",\"output\":\"main\",\"to\":\"b\",\"input\":\"main\"}"
#define GRAPH(a, b) "{\"nodes\":[" a "," b "],\"edges\":[" EDGE "],\"settings\":{}}"
#define PLAIN	    GRAPH(NODE("a", "core.manual", "{}"), NODE("b", "core.noop", "{}"))
#define FAILS                                                                                      \
	GRAPH(NODE("a", "core.manual", "{}"),                                                      \
	      NODE("b", "core.stop_error", "{\"message\":\"no such luck\"}"))
#define BROKEN GRAPH(NODE("a", "core.manual", "{}"), NODE("b", "core.nonesuch", "{}"))
#define HOOK                                                                                       \
	GRAPH(NODE("a", "core.webhook", "{\"path\":\"in\",\"verify\":\"none\"}"),                  \
	      NODE("b", "core.noop", "{}"))

static const char *
import(const char *name, const char *graph)
{
	return member(ctl(graph, "--json", "workflow", "import", "--name", name), "id");
}

static int64_t
stat_of(const char *state)
{
	return ty_json_int(json_of(ctl(NULL, "--json", "queue", "stats")), state, -1);
}

static const char *
status_of(const char *run)
{
	return member(ctl(NULL, "--json", "executions", "show", run), "status");
}

/* ---- migrate, settings, usage ---- */

START_TEST(migrating_again_changes_nothing)
{
	json_t *report = json_of(ctl(NULL, "--json", "migrate"));

	ck_assert_int_eq(ty_json_int(report, "migrations", -1), 0);
	ck_assert_int_eq(ty_json_int(report, "functions", -1), 0);
	ck_assert_int_eq(ty_json_int(report, "partitions", -1), 0);
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "migrations").out, "applied"));
}
END_TEST

/* A draft of the release before, in any workspace, gets what lists show of it. */
START_TEST(migrating_fills_in_the_outlines_of_drafts)
{
	const char *sql[] = {
		getenv("TYBOO_OWNER_DATABASE_URL"), "-qc",
		"UPDATE tyboo.workflow_versions SET triggers = NULL, node_count = NULL", NULL
	};

	make_workspace();
	import("Of before", PLAIN);
	ck_assert_int_eq(program_run(fx.arena, "/usr/bin/psql", NULL, sql).code, 0);
	ck_assert_int_ge(ty_json_int(json_of(ctl(NULL, "--json", "migrate")), "outlines", -1), 1);
	ck_assert_int_eq(ty_json_int(json_of(ctl(NULL, "--json", "migrate")), "outlines", -1), 0);
}
END_TEST

START_TEST(migrating_without_the_owners_address_says_what_to_do)
{
	struct said said;

	unsetenv("TYBOO_OWNER_DATABASE_URL");
	said = ctl(NULL, "migrate");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "what to do: Set TYBOO_OWNER_DATABASE_URL"));
}
END_TEST

START_TEST(settings_are_shown_without_passwords)
{
	struct said said;

	setenv("TYBOO_REDIS_URL", "redis://:hunter2@localhost:6379", 1);
	said = ctl(NULL, "conf");
	ck_assert_int_eq(said.code, 0);
	ck_assert_ptr_null(strstr(said.out, "hunter2"));
	ck_assert_ptr_nonnull(strstr(said.out, "redis://:***@localhost"));
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "conf", "--help").out, "receipt_grace_ms"));
}
END_TEST

static const struct {
	const char *words[10];
	const char *says;
} usage_cases[] = {
	{ { "catalog", "colours" }, "the catalog has no part \"colours\"" },
	{ { "bogus" }, "there is no command \"bogus\"" },
	{ { "user" }, "user: name what to do" },
	{ { "user", "fly" }, "there is no command \"user fly\"" },
	{ { "user", "create", "--email", "a@b" }, "--name is missing" },
	{ { "user", "list", "now" }, "\"now\" is one word too many" },
	{ { "executions", "show" }, "executions show needs ID" },
	{ { "user", "list", "--bogus" }, "there is no option --bogus" },
	{ { "--json=1", "health" }, "--json takes no value" },
	{ { "run", "w", "--input" }, "--input needs a value" },
	{ { NULL }, "name a command" },
	{ { "--workspace", "", "workflow", "list" }, "which workspace?" },
	{ { "executions", "show", "17" }, "\"17\" is no id of a run" },
	{ { "executions", "cancel", "17" }, "\"17\" is no id of a run" },
	{ { "deliveries", "show", "17" }, "\"17\" is no id of a delivery" },
	{ { "deliveries", "replay", "17" }, "\"17\" is no id of a delivery" },
	{ { "dead", "show", "17" }, "\"17\" is no id of a run" },
	{ { "dead", "drop", "17" }, "\"17\" is no id of a run" },
	{ { "dead", "list", "--limit", "0" }, "--limit is \"0\"" },
	{ { "workflow", "list", "--limit", "ten" }, "--limit is \"ten\"" },
	/* Whatever the stores hold: the workspace is not looked for. */
	{ { "--workspace", "nonesuch", "deliveries", "list", "--limit", "201" },
	  "--limit is \"201\"" },
	{ { "--workspace", "nonesuch", "executions", "list", "--before", "17" },
	  "\"17\" is no id of a run" },
	{ { "--workspace", "nonesuch", "deliveries", "list", "--before", "17" },
	  "\"17\" is no id of a delivery" },
	{ { "workflow", "validate" }, "name a workflow, or a file" },
	{ { "workflow", "validate", "w", "--file", "f" }, "name a workflow, or a file" },
	{ { "user", "create", "--email", "nobody", "--name", "N", "--password-stdin" },
	  "\"nobody\" is no e-mail address" },
	{ { "workspace", "create", "--slug", "No Slug", "--name", "W", "--owner", "a@b.example" },
	  "\"No Slug\" is no slug" },
};

START_TEST(a_wrong_call_is_code_2_and_says_why)
{
	struct said said =
		program_run(fx.arena, TY_BUILD_DIR "/bin/tybooctl", NULL, usage_cases[_i].words);

	ck_assert_int_eq(said.code, 2);
	ck_assert_msg(strstr(said.err, usage_cases[_i].says) != NULL, "%s", said.err);
	ck_assert_ptr_nonnull(strstr(said.err, "what to do: "));
}
END_TEST

static const struct {
	const char *words[8];
	const char *says;
} failure_cases[] = {
	{ { "--workspace", "nonesuch", "workflow", "list" }, "there is no workspace \"nonesuch\"" },
	{ { "executions", "show", "01900000-0000-7000-8000-000000000000", "--workspace",
	    "nonesuch" },
	  "there is no workspace \"nonesuch\"" },
	{ { "dead", "retry", "01900000-0000-7000-8000-000000000000" }, "there is no dead letter" },
	{ { "dead", "drop", "01900000-0000-7000-8000-000000000000" }, "there is no dead letter" },
	{ { "queue", "stats", "--config", "/nonesuch" }, "cannot read /nonesuch" },
	{ { "workflow", "import", "/nonesuch" }, "cannot read /nonesuch" },
};

START_TEST(what_cannot_be_done_is_code_1_and_says_why)
{
	struct said said =
		program_run(fx.arena, TY_BUILD_DIR "/bin/tybooctl", NULL, failure_cases[_i].words);

	ck_assert_int_eq(said.code, 1);
	ck_assert_msg(strstr(said.err, failure_cases[_i].says) != NULL, "%s", said.err);
}
END_TEST

/* Of the list that the commands print. */
static int64_t
limit_of(const struct said said, const char *name)
{
	const json_t *list = json_object_get(json_of(said), "items");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (ty_str_eq(ty_json_str(item, "name", ""), name))
			return ty_json_int(item, "value", -1);
	}
	ck_abort_msg("no limit %s in %s", name, said.out);
}

START_TEST(a_limit_of_a_workspace_is_shown_and_changed_and_taken_back)
{
	struct said said;

	make_workspace();
	ck_assert_int_eq(limit_of(ctl(NULL, "--json", "workspace", "limits"), "rate_per_s"), 0);
	ck_assert_int_eq(limit_of(ctl(NULL, "--json", "workspace", "set-limit", "rate_per_s", "50"),
				  "rate_per_s"),
			 50);
	ck_assert_int_eq(limit_of(ctl(NULL, "--json", "workspace", "set-limit", "depth_max", "9"),
				  "depth_max"),
			 9);
	said = ctl(NULL, "--json", "workspace", "limits");
	ck_assert_int_eq(limit_of(said, "rate_per_s"), 50);
	ck_assert_int_eq(limit_of(said, "concurrent_max"), 100);
	ck_assert_int_eq(
		limit_of(ctl(NULL, "--json", "workspace", "set-limit", "depth_max", "default"),
			 "depth_max"),
		100000);
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "workspace", "limits").out, "runs a second"));
}
END_TEST

static const struct {
	const char *name, *value, *says;
} bad_limits[] = {
	{ "speed", "1", "there is no limit \"speed\"" },
	{ "concurrent_max", "0", "from 1 to 100000" },
	{ "concurrent_max", "many", "from 1 to 100000" },
	{ "quota_month", "-1", "from 0 to" },
};

START_TEST(a_limit_that_cannot_be_is_told_with_its_range)
{
	struct said said;

	make_workspace();
	said = ctl(NULL, "workspace", "set-limit", bad_limits[_i].name, bad_limits[_i].value);
	ck_assert_int_eq(said.code, 2);
	ck_assert_msg(strstr(said.err, bad_limits[_i].says) != NULL, "%s", said.err);
}
END_TEST

START_TEST(a_workflow_is_shown_with_what_its_expressions_do)
{
	static const char *const docs[][2] = {
		{ "{\"nodes\":[],\"edges\":[]}", "\"expression_errors\": \"fail\"" },
		{ "{\"nodes\":[],\"edges\":[],\"settings\":{\"expression_errors\":\"undefined\"}}",
		  "\"expression_errors\": \"undefined\"" },
	};

	make_workspace();
	for (size_t i = 0; i < TY_ARRAY_COUNT(docs); i++) {
		const char *name = ty_arena_printf(fx.arena, "shown %zu", i);
		struct said said;

		ck_assert_int_eq(ctl(docs[i][0], "workflow", "import", "--name", name).code, 0);
		said = ctl(NULL, "--json", "workflow", "show", name);
		ck_assert_int_eq(said.code, 0);
		ck_assert_msg(strstr(said.out, docs[i][1]) != NULL, "%s", said.out);
	}
}
END_TEST

START_TEST(a_workspace_needs_an_owner_and_a_slug_of_its_own)
{
	const char *slug = getenv("TYBOO_WORKSPACE");
	const char *email = ty_arena_printf(fx.arena, "%s@example.org", slug);
	struct said said;

	make_workspace();
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "workspace", "list").out, slug));
	ck_assert_ptr_nonnull(strstr(
		ctl(NULL, "workspace", "create", "--slug", slug, "--name", "W", "--owner", email)
			.err,
		"already"));
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "workspace", "create", "--slug", "x", "--name", "W",
					 "--owner", "nobody@example.org")
					     .err,
				     "there is no user nobody@example.org"));
	/* The table refuses what was given, and nothing else: asked for wrongly. */
	said = ctl(NULL, "workspace", "create", "--slug", "nameless", "--name", "", "--owner",
		   email);
	ck_assert_int_eq(said.code, 2);
	ck_assert_ptr_nonnull(strstr(said.err, "workspaces_name_length"));
	said = ctl("password1", "user", "create", "--email", "n@example.org", "--name", "",
		   "--password-stdin");
	ck_assert_int_eq(said.code, 2);
	ck_assert_ptr_nonnull(strstr(said.err, "users_name_length"));
}
END_TEST

/* ---- workflows ---- */

START_TEST(the_schema_of_a_workflow_is_printed)
{
	json_t *schema = json_of(ctl(NULL, "workflow", "schema"));

	ck_assert_str_eq(ty_json_str(schema, "$ref", ""), "#/$defs/WorkflowDocument");
}
END_TEST

START_TEST(an_export_can_be_imported_as_it_was)
{
	const char *first, *second;
	json_t *exported, *again, *given;

	make_workspace();
	first = import("Round trip", PLAIN);
	exported = json_of(ctl(NULL, "workflow", "export", first));
	second = member(ctl(ty_json_dump(fx.arena, exported, NULL), "--json", "workflow", "import"),
			"id");
	ck_assert_str_ne(first, second);
	again = json_of(ctl(NULL, "workflow", "export", second));
	ck_assert(json_equal(exported, again));
	ck_assert_ok(ty_json_parse(fx.arena, PLAIN, strlen(PLAIN), &given, &fx.err));
	ck_assert(json_equal(json_object_get(again, "graph"), given));
}
END_TEST

START_TEST(an_import_into_a_workflow_is_its_next_version)
{
	const char *id;

	make_workspace();
	id = import("Grows", PLAIN);
	ck_assert_str_eq(
		member(ctl(FAILS, "--json", "workflow", "import", "--into", "Grows"), "id"), id);
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "workflow", "export", "Grows").out, "no such luck"));
	ck_assert_ptr_null(strstr(ctl(NULL, "workflow", "export", "Grows", "--version", "1").out,
				  "no such luck"));
}
END_TEST

START_TEST(a_name_that_two_workflows_have_names_neither)
{
	struct said said;

	make_workspace();
	import("Twin", PLAIN);
	import("Twin", PLAIN);
	said = ctl(NULL, "workflow", "export", "Twin");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "several workflows are called \"Twin\""));
}
END_TEST

START_TEST(a_broken_workflow_is_kept_but_not_published)
{
	struct said said;

	make_workspace();
	said = ctl(BROKEN, "workflow", "import", "--name", "Broken");
	ck_assert_int_eq(said.code, 0);
	ck_assert_ptr_nonnull(strstr(said.out, "there is no node type \"core.nonesuch\" here\n"));
	ck_assert_ptr_nonnull(strstr(said.out, "-> Install what brings this node"));
	ck_assert_ptr_nonnull(strstr(said.out, "(docs/WORKFLOWS.md#unknown_node)\n"));
	ck_assert_ptr_nonnull(strstr(said.out, "cannot be published: 1 error."));
	said = ctl(NULL, "workflow", "validate", "Broken");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.out, "nodes[1]"));
	said = ctl(BROKEN, "workflow", "validate", "--file", "-");
	ck_assert_int_eq(said.code, 1);
	said = ctl(NULL, "--json", "workflow", "validate", "Broken");
	ck_assert_int_eq(said.code, 1);
	said.code = 0; /* json_of wants an answer */
	ck_assert(json_is_false(json_object_get(json_of(said), "valid")));
	said = ctl(NULL, "workflow", "publish", "Broken");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "the workflow has 1 error"));
	ck_assert_int_eq(ctl(NULL, "run", "Broken").code, 1);
	ck_assert_int_eq(stat_of("ready"), 0);
}
END_TEST

/* Of each document one line of what is wrong with it; none of them can be published. */
#define NODES(more) "{\"nodes\":[{\"id\":\"a\",\"type\":\"core.manual\"}" more
static const struct {
	const char *doc, *says;
} wrong_files[] = {
	{ NODES(",{\"id\":\"b\",\"name\":\"a\",\"type\":\"core.noop\"}]}"),
	  "error    nodes[1].name: the name \"a\" is that of nodes[0]" },
	{ NODES(",{\"id\":\"a\",\"type\":\"core.noop\"}]}"),
	  "error    nodes[1].id: the id \"a\" is that of nodes[0]" },
	{ NODES("],\"edges\":[{\"from\":\"a\",\"to\":\"z\"}]}"),
	  "error    edges[0].to: there is no node with the id \"z\"" },
	{ NODES(",{\"id\":\"b\"}]}"), "error    nodes[1].type: \"type\" must be" },
	{ NODES(",{\"id\":\"b\",\"type\":\"core.noop\",\"position\":[1]}]}"),
	  "error    nodes[1].position: \"position\" must be a list of two numbers" },
	{ NODES("],\"edges\":[null]}"), "error    edges[0]: an edge must be an object" },
	{ NODES(",{\"id\":\"b\",\"type\":\"core.noop\"}],\"edges\":[{\"from\":\"a\",\"to\":\"b\","
		"\"input\":\"i\"}]}"),
	  "error    edges[0].input: node \"b\" has no input \"i\"" },
	{ NODES(",{\"id\":\"b\",\"type\":\"core.set\",\"params\":{\"assignments\":[{\"name\":\"x\","
		"\"type\":\"date\"}]}}]}"),
	  "one of string, number, boolean, json, any is expected" },
};

START_TEST(what_is_wrong_with_a_file_is_printed_when_it_is_imported)
{
	const char *doc = wrong_files[_i].doc, *says = wrong_files[_i].says;
	struct said said;

	make_workspace();
	said = ctl(doc, "workflow", "import", "--name", "Wrong");
	ck_assert_int_eq(said.code, 0);
	ck_assert_msg(strstr(said.out, says) != NULL, "%s", said.out);
	ck_assert_ptr_nonnull(strstr(said.out, "It is kept as a draft and cannot be published: "));
	said = ctl(doc, "--json", "workflow", "import", "--name", "Wrong too");
	ck_assert(json_is_false(json_object_get(json_of(said), "publishable")));
	ck_assert_uint_gt(json_array_size(json_object_get(json_of(said), "findings")), 0);
	said = ctl(doc, "workflow", "validate", "--file", "-");
	ck_assert_int_eq(said.code, 1);
	ck_assert_msg(strstr(said.out, says) != NULL, "%s", said.out);
}
END_TEST

START_TEST(publishing_claims_the_address_and_unpublishing_frees_it)
{
	struct said said;

	make_workspace();
	import("One", HOOK);
	import("Two", HOOK);
	said = ctl(NULL, "--json", "workflow", "publish", "One");
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, json_of(said), NULL), "\"path\":\"in\""));
	said = ctl(NULL, "workflow", "publish", "Two");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "is taken by the workflow \"One\""));
	json_of(ctl(NULL, "--json", "workflow", "unpublish", "One"));
	json_of(ctl(NULL, "--json", "workflow", "publish", "Two"));
}
END_TEST

/* ---- runs ---- */

START_TEST(a_run_is_a_receipt_and_a_job)
{
	const char *run;

	make_workspace();
	import("Plain", PLAIN);
	run = member(ctl("{\"n\":1}", "--json", "run", "Plain", "--input", "-"), "execution_id");
	ck_assert_str_eq(status_of(run), "queued");
	ck_assert_str_eq(member(ctl(NULL, "--json", "deliveries", "show", run), "verdict"),
			 "accepted");
	ck_assert_int_eq(stat_of("ready"), 1);
	ck_assert_int_eq(ctl("[1]", "run", "Plain", "--input", "-").code, 1);
	ck_assert_int_eq(stat_of("ready"), 1);
}
END_TEST

START_TEST(a_queued_run_can_be_canceled_once)
{
	const char *run;

	make_workspace();
	import("Plain", PLAIN);
	run = member(ctl(NULL, "--json", "run", "Plain"), "execution_id");
	ck_assert_ptr_nonnull(
		strstr(ctl(NULL, "executions", "show", run, "--wait", "--timeout", "1").err,
		       "is not over after 1 s"));
	ck_assert_str_eq(member(ctl(NULL, "--json", "executions", "cancel", run), "status"),
			 "canceled");
	ck_assert_str_eq(status_of(run), "canceled");
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "executions", "show", run, "--wait").err,
				     "the run ended as canceled"));
	ck_assert_int_eq(stat_of("ready"), 0);
	ck_assert_ptr_nonnull(
		strstr(ctl(NULL, "executions", "cancel", run).err, "the run is over"));
}
END_TEST

static const char *const listed_families[] = { "executions", "deliveries" };

/* What is received by hand runs under its own id, so that both lists show the same ids. */
START_TEST(a_list_is_newest_first_goes_on_before_an_id_and_keeps_to_a_workflow)
{
	const char *family = listed_families[_i], *run[3];
	json_t *page;

	make_workspace();
	import("Plain", PLAIN);
	import("Other", PLAIN);
	for (size_t i = 0; i < TY_ARRAY_COUNT(run); i++)
		run[i] = member(ctl(NULL, "--json", "run", i == 1 ? "Other" : "Plain"),
				"execution_id");
	page = json_of(ctl(NULL, "--json", family, "list", "--limit", "2"));
	ck_assert_str_eq(ty_json_str(page, "next_cursor", ""), run[1]);
	page = json_object_get(page, "items");
	ck_assert_uint_eq(json_array_size(page), 2);
	ck_assert_str_eq(ty_json_str(json_array_get(page, 0), "id", ""), run[2]);
	ck_assert_str_eq(ty_json_str(json_array_get(page, 1), "id", ""), run[1]);
	page = json_of(ctl(NULL, "--json", family, "list", "--before", run[1]));
	ck_assert(json_is_null(json_object_get(page, "next_cursor")));
	page = json_object_get(page, "items");
	ck_assert_uint_eq(json_array_size(page), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(page, 0), "id", ""), run[0]);
	page = json_object_get(json_of(ctl(NULL, "--json", family, "list", "--workflow", "Other")),
			       "items");
	ck_assert_uint_eq(json_array_size(page), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(page, 0), "id", ""), run[1]);
	ck_assert_ptr_nonnull(strstr(ctl(NULL, family, "list").out, run[2]));
	ck_assert_ptr_nonnull(strstr(ctl(NULL, family, "list", "--workflow", "None").err,
				     "there is no workflow \"None\""));
}
END_TEST

/* What stands under a heading of a table, in the line that has 'name' in it. */
static const char *
cell_of(const char *table, const char *heading, const char *name)
{
	const char *head = strstr(table, heading), *line, *row;

	/* "MS" is a word, and no part of "ITEMS". */
	while (head != NULL && head > table && strchr(" \n", head[-1]) == NULL)
		head = strstr(head + 1, heading);
	ck_assert_msg(head != NULL, "no %s in\n%s", heading, table);
	for (line = head; line > table && line[-1] != '\n';)
		line--;
	row = strstr(head, name);
	ck_assert_msg(row != NULL, "no %s in\n%s", name, table);
	while (row[-1] != '\n')
		row--;
	row += head - line;
	return ty_arena_printf(fx.arena, "%.*s", (int)strcspn(row, " \n"), row);
}

/* Each cell is the member that its heading names; one that is empty can be seen. */
static void
check_columns(const json_t *run)
{
	const json_t *step = json_array_get(json_object_get(run, "steps"), 1);
	const char *id = ty_json_str(run, "id", ""), *name = ty_json_str(step, "name", "");
	const char *table = ctl(NULL, "executions", "show", id).out;

	ck_assert_str_eq(
		cell_of(table, "ITEMS", name),
		ty_arena_printf(fx.arena, "%lld", (long long)ty_json_int(step, "items_out", -1)));
	ck_assert_str_eq(
		cell_of(table, "MS", name),
		ty_arena_printf(fx.arena, "%lld", (long long)ty_json_int(step, "duration_ms", -1)));
	ck_assert_str_eq(cell_of(table, "STATUS", name), "ok");
	table = ctl(NULL, "deliveries", "list").out;
	ck_assert_str_eq(cell_of(table, "PATH", id), "-");
	ck_assert_str_eq(cell_of(table, "REASON", id), "-");
}

START_TEST(waiting_shows_the_steps_and_tells_failure)
{
	struct said said;
	pid_t worker;
	json_t *run;

	make_workspace();
	import("Plain", PLAIN);
	import("Fails", FAILS);
	worker = program_start(TY_BUILD_DIR "/bin/tyboo-run");
	run = json_of(ctl("{\"n\":1}", "--json", "run", "Plain", "--input", "-", "--wait",
			  "--timeout", "30"));
	ck_assert_str_eq(ty_json_str(run, "status", ""), "ok");
	ck_assert_uint_eq(json_array_size(json_object_get(run, "steps")), 2);
	check_columns(run);
	said = ctl(NULL, "executions", "steps", ty_json_str(run, "id", ""), "--frame", "L:00");
	ck_assert_int_ne(said.code, 0);
	ck_assert_ptr_nonnull(strstr(said.err, "frame is no path of a frame"));
	said = ctl(NULL, "deliveries", "replay", ty_json_str(run, "id", ""), "--wait", "--timeout",
		   "30");
	ck_assert_int_eq(said.code, 0);
	ck_assert_ptr_nonnull(strstr(said.out, "core.noop"));
	said = ctl(NULL, "run", "Fails", "--wait", "--timeout", "30");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "the run ended as error"));
	ck_assert_int_eq(program_stop(worker), 0);
}
END_TEST

/* Nothing is started by a command that ends as asked for wrongly. */
START_TEST(a_wrong_timeout_starts_no_run)
{
	struct said said;

	make_workspace();
	import("Plain", PLAIN);
	said = ctl(NULL, "run", "Plain", "--wait", "--timeout", "0");
	ck_assert_int_eq(said.code, 2);
	ck_assert_ptr_nonnull(strstr(said.err, "--timeout is \"0\""));
	ck_assert_int_eq(stat_of("ready"), 0);
}
END_TEST

START_TEST(waiting_ends_after_its_timeout)
{
	struct said said;

	make_workspace();
	import("Plain", PLAIN);
	said = ctl(NULL, "run", "Plain", "--wait", "--timeout", "1");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "is not over after 1 s"));
}
END_TEST

/* A delivery that nobody claimed, as the API would have kept it. */
static const char *
unclaimed_delivery(const char *path)
{
	struct ty_store *store = ty_store_new(svc.owner_database_url, 1, "test");
	struct ty_id *id = ty_arena_new_of(fx.arena, struct ty_id);
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s), TY_SQL_TEXT(path),
					       TY_SQL_TEXT(getenv("TYBOO_WORKSPACE")) };
	struct ty_tx *tx;

	*id = ty_id_new();
	ck_assert_ok(ty_tx_begin(store, fx.arena, NULL, 1000, &tx, &fx.err));
	ck_assert_ok(ty_tx_exec(
		tx,
		"INSERT INTO tyboo.deliveries (workspace_id, id, mode, verdict, method, "
		"path, body, received_at) SELECT w.id, $1, 'webhook', 'unclaimed', 'POST', "
		"$2, '{}', now() FROM tyboo.workspaces w WHERE w.slug = $3",
		params, 3, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ty_store_free(store);
	return id->s;
}

START_TEST(an_unclaimed_delivery_goes_to_whoever_claims_it_now)
{
	const char *id, *run;
	struct said said;

	make_workspace();
	id = unclaimed_delivery("in");
	said = ctl(NULL, "deliveries", "replay", id);
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "No published workflow takes this delivery"));
	import("Takes it", HOOK);
	json_of(ctl(NULL, "--json", "workflow", "publish", "Takes it"));
	run = member(ctl(NULL, "--json", "deliveries", "replay", id), "execution_id");
	ck_assert_str_ne(run, id);
	ck_assert_str_eq(member(ctl(NULL, "--json", "executions", "show", run), "workflow_name"),
			 "Takes it");
}
END_TEST

/* What failed is mended, published, and given what it failed at. */
START_TEST(a_replay_runs_what_is_published_now)
{
	const char *delivery, *run;

	make_workspace();
	import("Mended", HOOK);
	json_of(ctl(NULL, "--json", "workflow", "publish", "Mended"));
	delivery = member(ctl(NULL, "--json", "deliveries", "replay", unclaimed_delivery("in")),
			  "execution_id");
	json_of(ctl(HOOK, "--json", "workflow", "import", "--into", "Mended"));
	json_of(ctl(NULL, "--json", "workflow", "publish", "Mended"));
	run = member(ctl(NULL, "--json", "deliveries", "replay", delivery), "execution_id");
	ck_assert_int_eq(
		ty_json_int(json_of(ctl(NULL, "--json", "executions", "show", run)), "version", 0),
		2);
}
END_TEST

/* ---- health; last, because it takes Redis away ---- */

START_TEST(health_names_the_store_that_is_away)
{
	struct said said = ctl(NULL, "health");

	ck_assert_int_eq(said.code, 0);
	svc_redis_kill9(&svc);
	said = ctl(NULL, "health");
	svc_redis_start(&svc);
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.out, "degraded"));
	ck_assert_ptr_nonnull(strstr(said.out, "postgres  ok"));
}
END_TEST

static const struct {
	const char *part, *named; /* of a row that it has */
} catalog_cases[] = {
	{ "nodes", "http.request" }, { "categories", "network" }, { "triggers", "webhook" },
	{ "schemes", "stripe" },     { "run_modes", "replay" },	  { "permissions", "workflow.run" },
};

START_TEST(the_catalog_is_listed_by_its_parts)
{
	const char *part = catalog_cases[_i].part, *named = catalog_cases[_i].named;
	struct said said = ctl(NULL, "catalog", part);
	json_t *whole = json_of(ctl(NULL, "--json", "catalog"));

	ck_assert_int_eq(said.code, 0);
	ck_assert_msg(strstr(said.out, named) != NULL, "%s", said.out);
	ck_assert(json_equal(
		json_object_get(whole, part),
		json_object_get(json_of(ctl(NULL, "--json", "catalog", part)), "items")));
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "catalog").out, "http_bearer"));
}
END_TEST

static void
add_tests(TCase *tc)
{
	TEST(migrating_again_changes_nothing);
	TEST(migrating_fills_in_the_outlines_of_drafts);
	TEST(migrating_without_the_owners_address_says_what_to_do);
	TEST(settings_are_shown_without_passwords);
	TEST_LOOP(the_catalog_is_listed_by_its_parts, catalog_cases);
	TEST_LOOP(a_wrong_call_is_code_2_and_says_why, usage_cases);
	TEST_LOOP(what_cannot_be_done_is_code_1_and_says_why, failure_cases);
	TEST(a_limit_of_a_workspace_is_shown_and_changed_and_taken_back);
	TEST_LOOP(a_limit_that_cannot_be_is_told_with_its_range, bad_limits);
	TEST(a_workflow_is_shown_with_what_its_expressions_do);
	TEST(a_workspace_needs_an_owner_and_a_slug_of_its_own);
	TEST(the_schema_of_a_workflow_is_printed);
	TEST(an_export_can_be_imported_as_it_was);
	TEST(an_import_into_a_workflow_is_its_next_version);
	TEST(a_name_that_two_workflows_have_names_neither);
	TEST(a_broken_workflow_is_kept_but_not_published);
	TEST_LOOP(what_is_wrong_with_a_file_is_printed_when_it_is_imported, wrong_files);
	TEST(publishing_claims_the_address_and_unpublishing_frees_it);
	TEST(a_run_is_a_receipt_and_a_job);
	TEST(a_queued_run_can_be_canceled_once);
	TEST_LOOP(a_list_is_newest_first_goes_on_before_an_id_and_keeps_to_a_workflow,
		  listed_families);
	TEST(waiting_shows_the_steps_and_tells_failure);
	TEST(a_wrong_timeout_starts_no_run);
	TEST(waiting_ends_after_its_timeout);
	TEST(an_unclaimed_delivery_goes_to_whoever_claims_it_now);
	TEST(a_replay_runs_what_is_published_now);
	TEST(health_names_the_store_that_is_away);
}

SUITE_MAIN("ctl", TEST_TIMEOUT_S, setup, fx_teardown, open_servers(), services_stop(&svc),
	   add_tests(tc))
