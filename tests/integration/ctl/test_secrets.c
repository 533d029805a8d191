/*
 * test_secrets.c -- tybooctl about credentials: types, changes, and drafts of before credentials.
 */
#define TEST_TIMEOUT_S 60
#include "stand.h"

#include "base/str.h"
#include "store/store.h"

#include <sys/stat.h>

#define CANARY "canary-61d0"

static void
use_master_key(void)
{
	const char *path = ty_arena_printf(fx.arena, "%s/master.%d", svc.dir, (int)getpid());
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 64; i++)
		fputc('a', file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0600), 0);
	setenv("TYBOO_MASTER_KEY_FILE", path, 1);
}

static const char *
owner_cell(const char *sql)
{
	struct ty_store *store = ty_store_new(svc.owner_database_url, 1, "test");
	struct ty_rows rows;
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(store, fx.arena, NULL, 1000, &tx, &fx.err));
	ck_assert_ok(ty_tx_query(tx, sql, NULL, 0, &rows, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ty_store_free(store);
	return rows.count > 0 && rows.columns > 0 ? ty_rows_text(&rows, 0, 0) : "";
}

#define GRAPH(params)                                                                              \
	"{\"nodes\":[{\"id\":\"t\",\"name\":\"T\",\"type\":\"core.manual\",\"version\":1,"         \
	"\"params\":{},\"position\":[0,0]},{\"id\":\"h\",\"name\":\"Call\",\"type\":"              \
	"\"http.request\",\"version\":1,\"params\":{" params                                       \
	"},\"position\":[0,0]}],\"edges\":[{\"from\":\"t\",\"output\":\"main\",\"to\":\"h\","      \
	"\"input\":\"main\"}],\"settings\":{}}"

static const char *
draft(const char *id)
{
	return owner_cell(ty_arena_printf(fx.arena,
					  "SELECT v.graph FROM tyboo.workflow_versions v WHERE "
					  "v.workflow_id = '%s' ORDER BY number DESC LIMIT 1",
					  id));
}

static const char *
version_count(const char *id)
{
	return owner_cell(ty_arena_printf(
		fx.arena, "SELECT count(*) FROM tyboo.workflow_versions WHERE workflow_id = '%s'",
		id));
}

/* A draft with its secrets sealed, as an earlier release kept it. */
static const char *
old_draft(const char *graph)
{
	const char *id = member(ctl(GRAPH("\"url\":\"https://a.test/\""), "--json", "workflow",
				    "import", "--name", "Old"),
				"id");
	struct said exported;

	owner_cell(ty_arena_printf(fx.arena,
				   "UPDATE tyboo.workflow_versions SET graph = '%s' WHERE "
				   "workflow_id = '%s' RETURNING ''",
				   graph, id));
	exported = ctl(NULL, "workflow", "export", id);
	ck_assert_int_eq(exported.code, 0);
	ck_assert_ptr_null(strstr(exported.out, CANARY));
	json_of(ctl(exported.out, "--json", "workflow", "import", "--into", id));
	ck_assert_ptr_nonnull(strstr(draft(id), "tysealed."));
	return id;
}

static json_t *
migrate(const char *id, const char *apply)
{
	struct said said = ctl(NULL, "--json", "workflow", "migrate-secrets", id, apply);

	ck_assert_ptr_null(strstr(said.out, CANARY));
	ck_assert_ptr_null(strstr(said.err, CANARY));
	return json_object_get(json_of(said), "items");
}

START_TEST(a_draft_with_written_secrets_gets_a_credential)
{
	const char *id, *before;
	struct said said;
	json_t *items;

	use_master_key();
	make_workspace();
	id = old_draft(GRAPH("\"url\":\"https://a.test/\",\"auth_header\":\"Authorization\","
			     "\"auth_value\":\"Bearer " CANARY
			     "-1\",\"query\":[{\"name\":\"token\",\"value\":\"" CANARY "-2\"}]"));
	said = ctl(NULL, "workflow", "publish", id);
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "migrate-secrets"));
	/* First what would be done. */
	before = version_count(id);
	items = migrate(id, NULL);
	ck_assert_uint_eq(json_array_size(items), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(items, 0), "type", ""), "http_custom");
	ck_assert_str_eq(version_count(id), before);
	ck_assert_uint_eq(json_array_size(json_object_get(
				  json_of(ctl(NULL, "--json", "credential", "list")), "items")),
			  0);
	/* Then it. */
	items = migrate(id, "--apply");
	ck_assert_str_eq(ty_json_str(json_array_get(items, 0), "result", ""), "done");
	ck_assert_ptr_null(strstr(draft(id), "tysealed."));
	ck_assert_ptr_nonnull(
		strstr(draft(id), ty_json_str(json_array_get(items, 0), "id", "none")));
	json_of(ctl(NULL, "--json", "workflow", "publish", id));
	/* And no more. */
	before = version_count(id);
	ck_assert_uint_eq(json_array_size(migrate(id, "--apply")), 0);
	ck_assert_str_eq(version_count(id), before);
	said = ctl(NULL, "--json", "credential", "show",
		   ty_json_str(json_array_get(items, 0), "id", "none"));
	ck_assert_uint_eq(json_array_size(json_object_get(json_of(said), "workflows")), 1);
	ck_assert_ptr_null(strstr(said.out, CANARY));
}
END_TEST

/* One that cannot be done is told, and the others of the workspace are done. */
START_TEST(all_drafts_of_a_workspace_are_looked_at)
{
	const char *hard, *easy;
	json_t *items;

	use_master_key();
	make_workspace();
	hard = old_draft(GRAPH("\"url\":\"=https://{{ $json.u }}:" CANARY "@a.test/\""));
	easy = old_draft(GRAPH("\"url\":\"https://me:" CANARY "@a.test/\""));
	items = migrate("--apply", NULL);
	ck_assert_uint_eq(json_array_size(items), 2);
	ck_assert_ptr_nonnull(strstr(draft(hard), "tysealed."));
	ck_assert_ptr_null(strstr(draft(easy), "tysealed."));
	ck_assert_ptr_nonnull(strstr(draft(easy), "https://a.test/"));
}
END_TEST

/* A number was saved in clear as it was given; a credential has it to the digit. */
START_TEST(a_secret_that_is_a_number_gets_a_credential)
{
	const char *id;
	json_t *items;

	use_master_key();
	make_workspace();
	id = old_draft(GRAPH("\"url\":\"https://me:" CANARY "@a.test/\",\"headers\":[{\"name\":"
			     "\"X-Api-Key\",\"value\":12345678901234567890}]"));
	ck_assert_ptr_null(strstr(draft(id), "12345678901234567890")); /* sealed by the save */
	owner_cell(ty_arena_printf(fx.arena,
				   "UPDATE tyboo.workflow_versions SET graph = '%s' WHERE "
				   "workflow_id = '%s' RETURNING ''",
				   GRAPH("\"url\":\"https://a.test/\",\"auth_header\":\"X\","
					 "\"auth_value\":12345678901234567890"),
				   id));
	items = migrate(id, "--apply");
	ck_assert_str_eq(ty_json_str(json_array_get(items, 0), "result", ""), "done");
	ck_assert_ptr_null(strstr(draft(id), "12345678901234567890"));
	json_of(ctl(NULL, "--json", "workflow", "publish", id));
}
END_TEST

/* A draft that is stored as it is, however it came to be so. */
static const char *
odd_draft(const char *graph)
{
	const char *id = member(ctl(GRAPH("\"url\":\"https://a.test/\""), "--json", "workflow",
				    "import", "--name", "Odd"),
				"id");

	owner_cell(ty_arena_printf(fx.arena,
				   "UPDATE tyboo.workflow_versions SET graph = '%s' WHERE "
				   "workflow_id = '%s' RETURNING ''",
				   graph, id));
	return id;
}

#define HTTP(params) "{\"id\":\"h\",\"type\":\"http.request\",\"params\":" params "}"
#define LONG	     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define NODES(nodes) "{\"nodes\":[" nodes "]}"

static const struct {
	const char *graph, *result; /* of its only item; NULL: none is told */
} odd[] = {
	{ "{}", NULL },
	{ "[]", NULL },
	{ "7", NULL },
	{ "{\"nodes\":{}}", NULL },
	{ NODES("7,null,[],{}"), NULL },
	{ NODES(HTTP("7")), NULL },
	{ NODES(HTTP("[\"" CANARY "\"]")), NULL },
	{ NODES(HTTP("{\"headers\":{\"X-Api-Key\":\"" CANARY "\"}}")), NULL },
	{ NODES(HTTP("{\"headers\":[7,null,{},{\"name\":7,\"value\":\"" CANARY "\"}]}")), NULL },
	{ NODES(HTTP("{\"auth_value\":{\"a\":\"" CANARY "\"}}")), "done" }, /* never sent */
	{ NODES(HTTP("{\"url\":[\"https://me:" CANARY "@a.test/\"]}")), NULL },
	{ NODES(HTTP("{\"credential\":\"no id\",\"auth_header\":\"X\",\"auth_value\":\"" CANARY
		     "\"}")),
	  "done" },
	{ NODES(HTTP("{\"credential\":\"01920000-0000-7000-8000-000000000001\",\"auth_header\":"
		     "\"X\",\"auth_value\":\"" CANARY "\"}")),
	  "done" },
	{ NODES(HTTP("{\"auth_header\":\"={{ $json.h }}\",\"auth_value\":\"" CANARY "\"}")), "" },
	{ NODES(HTTP("{\"auth_header\":\"no header\",\"auth_value\":\"" CANARY "\"}")), "" },
	{ NODES(HTTP("{\"auth_header\":\"X\",\"auth_value\":\"a\\u000ab " CANARY "\"}")), "" },
	{ NODES(HTTP("{\"auth_header\":\"X\",\"auth_value\":\"tysealed.1." LONG "\"}")), "" },
	{ NODES(HTTP("{\"auth_header\":\"X\",\"auth_value\":\"tysealed.99." LONG "\"}")), "" },
};

/* Whatever it is, it is told or left alone, and the next one is done. */
START_TEST(an_odd_draft_keeps_no_other_from_its_credential)
{
	const char *before, *strange, *good;
	json_t *items, *item, *of_strange = NULL;
	size_t i;

	use_master_key();
	make_workspace();
	good = old_draft(GRAPH("\"url\":\"https://me:" CANARY "@a.test/\""));
	strange = odd_draft(odd[_i].graph);
	before = draft(strange);
	items = migrate("--apply", NULL);
	json_array_foreach(items, i, item) if (strcmp(ty_json_str(item, "workflow", ""), "Odd") ==
					       0) of_strange = item;
	ck_assert_ptr_null(strstr(draft(good), "tysealed."));
	ck_assert_msg((of_strange != NULL) == (odd[_i].result != NULL), "%s %s",
		      ty_json_dump(fx.arena, items, NULL), draft(strange));
	if (odd[_i].result == NULL || *odd[_i].result == '\0')
		ck_assert_str_eq(draft(strange), before);
	if (odd[_i].result != NULL && *odd[_i].result != '\0')
		ck_assert_str_eq(ty_json_str(of_strange, "result", ""), odd[_i].result);
	if (odd[_i].result != NULL && *odd[_i].result == '\0')
		ck_assert_str_ne(ty_json_str(of_strange, "result", "done"), "done");
}
END_TEST

START_TEST(a_written_secret_is_not_imported)
{
	struct said said;

	use_master_key();
	make_workspace();
	said = ctl(GRAPH("\"url\":\"https://me:" CANARY "@a.test/\""), "workflow", "import",
		   "--name", "W");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "graph.nodes[1].params.url"));
	ck_assert_ptr_nonnull(strstr(said.err, "tybooctl credential create"));
	ck_assert_ptr_null(strstr(said.err, CANARY));
}
END_TEST

START_TEST(a_credential_is_changed)
{
	const char *id;
	struct said said;

	use_master_key();
	make_workspace();
	id = member(ctl("{\"headers\":[{\"name\":\"X-A\",\"value\":\"" CANARY "\"}]}", "--json",
			"credential", "create", "--name", "C", "--type", "http_custom",
			"--data-stdin", "--hosts", "a.test"),
		    "id");
	said = ctl("{\"headers\":[{\"name\":\"X-A\",\"value\":\"" CANARY "-2\"}]}", "--json",
		   "credential", "change", id, "--data-stdin", "--hosts", "b.test");
	ck_assert_int_eq((int)ty_json_int(json_of(said), "version", 0), 2);
	ck_assert_str_eq(ty_json_str(json_of(said), "hosts", ""), "b.test");
	said = ctl(NULL, "--json", "credential", "change", id, "--name", "D");
	ck_assert_int_eq((int)ty_json_int(json_of(said), "version", 0), 2);
	ck_assert_str_eq(ty_json_str(json_of(said), "name", ""), "D");
	said = ctl(CANARY, "credential", "change", id, "--secret-stdin");
	ck_assert_int_eq(said.code, 2);
	ck_assert_ptr_nonnull(strstr(said.err, "--data-stdin"));
	said = ctl(NULL, "credential", "change", id, "--hosts", "https://b.test");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "is no host"));
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "credential", "types").out, "http_query"));
}
END_TEST

SUITE_MAIN("ctl secrets", TEST_TIMEOUT_S, setup, fx_teardown, open_servers(), services_stop(&svc), {
	TEST(a_draft_with_written_secrets_gets_a_credential);
	TEST(all_drafts_of_a_workspace_are_looked_at);
	TEST(a_secret_that_is_a_number_gets_a_credential);
	TEST_LOOP(an_odd_draft_keeps_no_other_from_its_credential, odd);
	TEST(a_written_secret_is_not_imported);
	TEST(a_credential_is_changed);
})
