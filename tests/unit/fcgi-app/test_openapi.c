/*
 * test_openapi.c -- what is documented is what is there: docs/openapi.json and docs/API.md
 * against the route table.
 */
#include "openapi.h"

#include "base/buf.h"
#include "base/str.h"
#include "router.h"
#include "support/common.h"
#include "support/places.h"

#include <stdio.h>

static const char *
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct ty_buf buf;
	char block[4096];
	size_t n;

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	ty_buf_init(&buf, fx.arena, 65536);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		ty_buf_add(&buf, block, n);
	fclose(file);
	return buf.data;
}

START_TEST(the_committed_document_is_what_the_table_prints)
{
	size_t len;
	const char *text = ty_openapi_text(fx.arena, ty_routes, true, &len);

	ck_assert_msg(strcmp(ty_arena_printf(fx.arena, "%s\n", text),
			     read_file(TY_SOURCE_DIR "/docs/openapi.json")) == 0,
		      "docs/openapi.json is out of date: tyboo-api --openapi >docs/openapi.json");
}
END_TEST

/* Every "$ref" below 'json' leads to something. */
static void
check_refs(const json_t *doc, const json_t *json)
{
	const char *ref = json_string_value(json_object_get(json, "$ref"));
	const char *key;
	json_t *value;
	size_t i;

	if (ref != NULL) {
		char *copy = ty_arena_strdup(fx.arena, ref), *save, *word;
		const json_t *at = doc;

		for (word = strtok_r(copy + 2, "/", &save); word != NULL;
		     word = strtok_r(NULL, "/", &save))
			at = json_object_get(at, word);
		ck_assert_msg(at != NULL, "%s leads nowhere", ref);
	}
	json_object_foreach((json_t *)json, key, value) check_refs(doc, value);
	json_array_foreach(json, i, value) check_refs(doc, value);
}

START_TEST(every_reference_leads_somewhere)
{
	json_t *doc = ty_openapi_document(fx.arena, ty_routes);

	check_refs(doc, doc);
}
END_TEST

START_TEST(no_two_operations_have_one_name)
{
	json_t *paths = json_object_get(ty_openapi_document(fx.arena, ty_routes), "paths");
	json_t *seen = ty_json_own(fx.arena, json_object()), *item, *operation;
	const char *path, *method;

	json_object_foreach(paths, path, item)
	{
		json_object_foreach(item, method, operation)
		{
			const char *id = ty_json_str(operation, "operationId", "");

			ck_assert_msg(json_object_get(seen, id) == NULL, "%s twice", id);
			json_object_set_new(seen, id, json_true());
			ck_assert_ptr_nonnull(json_object_get(
				json_object_get(operation, "responses"), "default"));
		}
	}
	ck_assert_uint_gt(json_object_size(seen), 35);
}
END_TEST

/* docs/API.md has a line for each route, and none for a route that is gone. */
START_TEST(the_reference_for_people_names_every_route)
{
	const char *text = read_file(TY_SOURCE_DIR "/docs/API.md"), *at;
	size_t routes = 0, rows = 0;

	for (const struct ty_route *r = ty_routes; r->name != NULL; r++, routes++) {
		const char *method = strcmp(r->method, "*") == 0 ? "ANY" : r->method;
		const char *row = ty_arena_printf(fx.arena, "| `%s %s` | `%s` |", method,
						  r->pattern, r->permission);

		ck_assert_msg(strstr(text, row) != NULL, "docs/API.md has no row %s", row);
	}
	for (at = strstr(text, "\n| `"); at != NULL; at = strstr(at + 1, "\n| `")) {
		const char *space = at + 4 + strcspn(at + 4, " `");

		rows += *space == ' ' && space[1] == '/';
	}
	ck_assert_uint_eq(rows, routes);
}
END_TEST

/* Every code that a problem can carry is explained. */
START_TEST(the_reference_for_people_names_every_code)
{
	const char *text = read_file(TY_SOURCE_DIR "/docs/API.md");

	for (int code = 1; code < TY_E__COUNT; code++) {
		const char *row = ty_arena_printf(fx.arena, "| `%s` | %d |", ty_code_name(code),
						  ty_code_http(code));

		ck_assert_msg(strstr(text, row) != NULL, "docs/API.md has no row %s", row);
	}
}
END_TEST

TEST_MAIN("openapi", {
	TEST(the_committed_document_is_what_the_table_prints);
	TEST(every_reference_leads_somewhere);
	TEST(no_two_operations_have_one_name);
	TEST(the_reference_for_people_names_every_route);
	TEST(the_reference_for_people_names_every_code);
})
