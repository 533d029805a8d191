/*
 * test_schema.c -- the published schema of the document and the reader in C agree.
 *
 * The reader refuses the form of a document where validation finds one of 'form_codes'.  Both are
 * asked about whole documents, and about one document with each of its fields replaced by each of
 * many odd values.  Where the schema cannot say what the reader asks for, a row of 'semantic' says so.
 */
#include "unit/graph/doc.h"

#include "base/limits.h"
#include "support/json_schema.h"
#include "support/places.h"

#include <dirent.h>

#define GOLDEN_DIR TY_SOURCE_DIR "/tests/golden"

static const char *const form_codes[] = { "bad_shape", "bad_setting", "unknown_key", "limit" };

/* Made once a test: both are asked thousands of times. */
static struct {
	struct ty_arena *arena;
	json_t *schema;
	const struct ty_registry *registry;
} world;

static json_t *
schema(void)
{
	if (world.arena != fx.arena) {
		world.arena = fx.arena;
		world.schema = ty_json_own(fx.arena, json_loads(ty_graph_schema, 0, NULL));
		world.registry = doc_registry();
	}
	return world.schema;
}

static bool
is_form_code(const char *code)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(form_codes); i++)
		if (strcmp(form_codes[i], code) == 0)
			return true;
	return false;
}

/* "path code" of the first finding about the form; NULL = none. */
static const char *
reader_misfit(const json_t *doc)
{
	bool has_errors;
	const json_t *findings;

	(void)schema();
	findings = ty_graph_validate(fx.arena, world.registry, doc, NULL, &has_errors);
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);

		if (is_form_code(ty_json_str(finding, "code", "")))
			return ty_arena_printf(fx.arena, "%s %s", ty_json_str(finding, "path", ""),
					       ty_json_str(finding, "code", ""));
	}
	return NULL;
}

static void
assert_agree(const json_t *doc, const char *what)
{
	const char *one = json_schema_misfit(fx.arena, schema(), doc), *other = reader_misfit(doc);

	ck_assert_msg((one == NULL) == (other == NULL), "%s: the schema says %s, the reader %s",
		      what, one != NULL ? one : "it fits", other != NULL ? other : "it fits");
}

/* ---- whole documents ---- */

/* Each member that there is, in a form that is right. */
#define FULL                                                                                       \
	"{`nodes`:[{`id`:`t`,`name`:`Start`,`type`:`core.manual`,`version`:1,`params`:{},"         \
	"`position`:[0,1.5],`notes`:`n`,`disabled`:false,`on_error`:`stop`,`once`:true,`always_"   \
	"output`:false,"                                                                           \
	"`timeout_ms`:1000,`retry`:{`tries`:1,`backoff`:`fixed`,`base_ms`:1000,`max_ms`:2000,"     \
	"`on`:[`upstream`],`new_key`:false},`on_open_breaker`:`fail`},"                            \
	"{`id`:`a`,`type`:`core.noop`}],"                                                          \
	"`edges`:[{`id`:`e`,`from`:`t`,`output`:`main`,`to`:`a`,`input`:`main`}],"                 \
	"`settings`:{`timeout_ms`:1000,`timezone`:`UTC`,`save`:`all`,`overlap`:`off`,"             \
	"`expression_errors`:`undefined`,`error_workflow`:`w`},"                                   \
	"`notes`:[{`id`:`n`,`text`:`x`,`position`:[1,2],`size`:[3,4],`color`:`red`}],"             \
	"`name`:`Flow`,`meta`:{`k`:1},`viewport`:{`zoom`:1},`pins`:{}}"

static const struct {
	const char *doc;
	bool fits;
} documents[] = {
	{ FULL, true },
	{ DOC(T, ""), true },
	{ "{`nodes`:[]}", true },
	{ "{`nodes`:[" T "],`edges`:null,`settings`:null,`notes`:null,`meta`:null}", true },
	{ "{}", false },
	{ "[]", false },
	{ "7", false },
	{ "null", false },
	{ "{`nodes`:null}", false },
	{ "{`nodes`:[7]}", false },
	{ "{`nodes`:[{`id`:`t`}]}", false },
	{ "{`nodes`:[{`type`:`core.manual`}]}", false },
	{ DOC(T, "7"), false },
	{ DOC(T, "{`from`:`t`}"), false },
	{ DOC(T, "{`from`:`t`,`to`:`t`,`kind`:1}"), false },
	{ "{`nodes`:[" T "],`notes`:[{}]}", false },
	{ "{`nodes`:[" T "],`notes`:[null]}", false },
	{ "{`nodes`:[" T "],`pinData`:{}}", false },
};

START_TEST(a_document_fits_both_or_neither)
{
	json_t *doc = doc_json(documents[_i].doc);

	assert_agree(doc, documents[_i].doc);
	ck_assert_int_eq(json_schema_misfit(fx.arena, schema(), doc) == NULL, documents[_i].fits);
}
END_TEST

/* The limits of size: one more than fits, and what just fits. */
START_TEST(the_limits_are_those_of_the_reader)
{
	assert_agree(doc_large(TY_LIMIT_GRAPH_NODES, TY_LIMIT_GRAPH_EDGES), "largest");
	ck_assert_ptr_null(reader_misfit(doc_large(TY_LIMIT_GRAPH_NODES, TY_LIMIT_GRAPH_EDGES)));
	assert_agree(doc_large(TY_LIMIT_GRAPH_NODES + 1, 1), "a node too many");
	assert_agree(doc_large(2, TY_LIMIT_GRAPH_EDGES + 1), "an edge too many");
}
END_TEST

/* Workflows that the golden tests run are what authors write. */
START_TEST(the_workflows_of_the_golden_tests_fit_both)
{
	DIR *dir = opendir(GOLDEN_DIR);
	const struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *path = ty_arena_printf(fx.arena, "%s/%s", GOLDEN_DIR, entry->d_name);
		json_t *file;

		if (strstr(entry->d_name, ".json") == NULL)
			continue;
		file = ty_json_own(fx.arena, json_load_file(path, 0, NULL));
		ck_assert_ptr_nonnull(file);
		assert_agree(json_object_get(file, "workflow"), entry->d_name);
		ck_assert_ptr_null(reader_misfit(json_object_get(file, "workflow")));
		count++;
	}
	closedir(dir);
	ck_assert_uint_gt(count, 10);
}
END_TEST

/* The example that authors begin with: it fits, and has nothing else wrong with it. */
START_TEST(the_example_of_the_docs_fits_both)
{
	FILE *file = fopen(TY_SOURCE_DIR "/docs/WORKFLOWS.md", "r");
	char *page = ty_arena_alloc(fx.arena, 256 * 1024), *begin, *end;
	const json_t *findings;
	bool has_errors;
	json_t *doc;

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fread(page, 1, 256 * 1024 - 1, file), 256 * 1024 - 1);
	fclose(file);
	begin = strstr(page, "```json\n");
	end = begin != NULL ? strstr(begin + 8, "```") : NULL;
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	doc = doc_json(begin + 8);
	assert_agree(doc, "docs/WORKFLOWS.md");
	findings = ty_graph_validate(fx.arena, doc_registry(), doc, NULL, &has_errors);
	ck_assert_msg(json_array_size(findings) == 0, "%s", ty_json_dump(fx.arena, findings, NULL));
}
END_TEST

/* ---- each field with each odd value ---- */

static const char *const odd[] = {
	"null",
	"true",
	"false",
	"0",
	"1",
	"2",
	"-1",
	"1.5",
	"11",
	"1000",
	"3600000",
	"3600001",
	"86400000",
	"86400001",
	"4294967296",
	"1e300",
	"``",
	"`x`",
	"` `",
	"`a b`",
	"`a/b`",
	"`a\\nb`",
	"`a\\u007fb`",
	"`=x`",
	"`\\u00e9`",
	"`all`",
	"`stop`",
	"`fixed`",
	"`main`",
	"`UTC`",
	"`1`",
	"[]",
	"[1]",
	"[1,2]",
	"[1,2,3]",
	"[1,`2`]",
	"[null,null]",
	"[{}]",
	"[[]]",
	"{}",
	"{`a`:1}",
	/* So many characters. */
	"@64",
	"@65",
	"@128",
	"@129",
	"@200",
	"@201",
};

static json_t *
odd_value(const char *text)
{
	char digits[256];

	if (*text != '@')
		return doc_json(text);
	snprintf(digits, sizeof(digits), "%0*d", atoi(text + 1), 7);
	return ty_json_own(fx.arena, json_string(digits));
}

/* What the schema accepts and the reader does not, with the reason. */
static const struct {
	const char *field, *value, *why;
} semantic[] = {
	{ "settings.timezone", "`x`", "whether there is such a zone, the system's database says" },
	{ "settings.timezone", "`1`", "" },
	{ "settings.timezone", "`a/b`", "" },
	{ "settings.timezone", "`all`", "" },
	{ "settings.timezone", "`stop`", "" },
	{ "settings.timezone", "`fixed`", "" },
	{ "settings.timezone", "`main`", "" },
	{ "settings.timezone", "@64", "" },
	{ "nodes[0].retry.max_ms", "1", "it must not be under base_ms" },
	{ "nodes[0].retry.max_ms", "2", "" },
	{ "nodes[0].retry.max_ms", "11", "" },
	{ "nodes[0].retry.base_ms", "3600000", "" },
	{ "nodes[0].retry.base_ms", "3600001", "" },
	{ "nodes[0].retry.base_ms", "86400000", "" },
};

static bool
is_semantic(const char *field, const char *value)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(semantic); i++)
		if (strcmp(semantic[i].field, field) == 0 && strcmp(semantic[i].value, value) == 0)
			return true;
	return false;
}

struct sweep {
	json_t *doc;
	size_t fields;
};

static void sweep_value(struct sweep *s, json_t *value, const char *path);

/* The member with each odd value in turn, then as it was. */
static void
sweep_member(struct sweep *s, json_t *object, const char *key, const char *path)
{
	json_t *was = json_incref(json_object_get(object, key));

	for (size_t i = 0; i < TY_ARRAY_COUNT(odd); i++) {
		json_object_set(object, key, odd_value(odd[i]));
		if (is_semantic(path, odd[i])) {
			ck_assert_ptr_null(json_schema_misfit(fx.arena, schema(), s->doc));
			ck_assert_ptr_nonnull(reader_misfit(s->doc));
			continue;
		}
		assert_agree(s->doc, ty_arena_printf(fx.arena, "%s = %s", path, odd[i]));
	}
	s->fields++;
	json_object_set_new(object, key, was);
}

static void
sweep_value(struct sweep *s, json_t *value, const char *path)
{
	json_t *keys = ty_json_own(fx.arena, json_array()), *entry;
	const char *key;
	size_t i;

	json_object_foreach(value, key, entry) json_array_append_new(keys, json_string(key));
	json_array_foreach(keys, i, entry)
	{
		const char *name = json_string_value(entry), *at;

		at = ty_arena_printf(fx.arena, "%s%s%s", path, *path != '\0' ? "." : "", name);
		sweep_member(s, value, name, at);
		/* Not into what is anybody's: parameters, meta, pins. */
		if (strcmp(name, "params") != 0 && strcmp(name, "meta") != 0 &&
		    strcmp(name, "viewport") != 0 && strcmp(name, "pins") != 0)
			sweep_value(s, json_object_get(value, name), at);
	}
	if (json_is_object(json_array_get(value, 0)))
		sweep_value(s, json_array_get(value, 0), ty_arena_printf(fx.arena, "%s[0]", path));
}

START_TEST(each_field_with_each_odd_value_fits_both_or_neither)
{
	struct sweep s = { .doc = doc_json(FULL) };
	json_t *defs = json_object_get(schema(), "$defs"), *def;
	size_t fields = 0;
	const char *part;

	ck_assert_ptr_null(json_schema_misfit(fx.arena, schema(), s.doc));
	ck_assert_ptr_null(reader_misfit(s.doc));
	sweep_value(&s, s.doc, "");
	json_object_foreach(defs, part, def) fields +=
		json_object_size(json_object_get(def, "properties"));
	ck_assert_uint_eq(s.fields, fields);
}
END_TEST

/* ---- numbers that are written twice ---- */

static int64_t
number_of(const char *part, const char *field, const char *keyword)
{
	const json_t *def = json_object_get(json_object_get(schema(), "$defs"), part);
	const json_t *row = json_object_get(json_object_get(def, "properties"), field);

	return ty_json_int(row, keyword, -1);
}

START_TEST(defaults_and_limits_are_those_of_the_header)
{
	ck_assert_int_eq(number_of("WorkflowDocument", "nodes", "maxItems"), TY_LIMIT_GRAPH_NODES);
	ck_assert_int_eq(number_of("WorkflowDocument", "edges", "maxItems"), TY_LIMIT_GRAPH_EDGES);
	ck_assert_int_eq(number_of("WorkflowNode", "timeout_ms", "default"),
			 TY_LIMIT_NODE_TIMEOUT_MS);
	ck_assert_int_eq(number_of("WorkflowSettings", "timeout_ms", "default"),
			 TY_LIMIT_RUN_TIMEOUT_MS);
	ck_assert_int_eq(number_of("WorkflowNode", "timeout_ms", "maximum"),
			 TY_LIMIT_NODE_TIMEOUT_MAX_MS);
	ck_assert_int_eq(number_of("WorkflowSettings", "timeout_ms", "maximum"),
			 TY_LIMIT_RUN_TIMEOUT_MAX_MS);
}
END_TEST

TEST_MAIN("graph.schema", {
	TEST_LOOP(a_document_fits_both_or_neither, documents);
	TEST(the_limits_are_those_of_the_reader);
	TEST(the_workflows_of_the_golden_tests_fit_both);
	TEST(the_example_of_the_docs_fits_both);
	TEST(each_field_with_each_odd_value_fits_both_or_neither);
	TEST(defaults_and_limits_are_those_of_the_header);
})
