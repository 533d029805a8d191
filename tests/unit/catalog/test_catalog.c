/*
 * test_catalog.c -- the tables beside each other: each is there, and what one names another has.
 */
#include "base/err.h"
#include "catalog/catalog.h"
#include "catalog/nodes_page.h"

#include "support/common.h"
#include "support/places.h"
#include "support/nodes.h"
#include "vault/credential.h"

static const json_t *
catalog_of_programs(void)
{
	return ty_json_own(fx.arena, ty_catalog_describe(builtin_registry(fx.arena)));
}

static bool
has_named(const json_t *list, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)list, i,
			   row) if (strcmp(ty_json_str(row, "name", ""), name) == 0) return true;
	return false;
}

START_TEST(each_word_of_a_node_has_its_row)
{
	const json_t *catalog = catalog_of_programs();
	json_t *node, *trigger;
	size_t i, k;

	json_array_foreach(json_object_get(catalog, "nodes"), i, node)
	{
		const char *type = ty_json_str(node, "type", "");

		ck_assert_msg(has_named(json_object_get(catalog, "categories"),
					ty_json_str(node, "category", "")),
			      "%s: category", type);
		json_array_foreach(json_object_get(node, "triggers"), k, trigger) ck_assert_msg(
			has_named(json_object_get(catalog, "triggers"), json_string_value(trigger)),
			"%s: trigger", type);
		ck_assert_msg(json_is_true(json_object_get(node, "trigger")) == (k > 0), "%s",
			      type);
	}
}
END_TEST

/* A definition names types by their text, because lib/node knows no vault. */
START_TEST(each_credential_type_of_a_node_is_one_of_the_vault)
{
	const json_t *nodes = json_object_get(catalog_of_programs(), "nodes");
	json_t *node, *type;
	size_t i, k, count = 0;

	json_array_foreach(nodes, i, node)
		json_array_foreach(json_object_get(node, "credential_types"), k, type)
	{
		ck_assert_msg(ty_credential_type_find(json_string_value(type)) != NULL,
			      "%s names %s", ty_json_str(node, "type", ""),
			      json_string_value(type));
		count++;
	}
	ck_assert_uint_ge(count, 4);
}
END_TEST

START_TEST(each_credential_type_of_the_vault_is_one_of_a_node)
{
	json_t *nodes =
		json_object_get(catalog_of_programs(), "nodes"); /* made once: it takes its time */

	for (const struct ty_credential_type *t = ty_credential_types; t->name != NULL; t++) {
		json_t *node, *type;
		size_t i, k, count = 0;

		json_array_foreach(nodes, i, node)
			json_array_foreach(json_object_get(node, "credential_types"), k, type)
				count += strcmp(json_string_value(type), t->name) == 0;
		ck_assert_msg(count > 0, "no node accepts %s", t->name);
	}
}
END_TEST

START_TEST(each_code_that_a_run_can_end_with_is_told)
{
	const json_t *codes = json_object_get(catalog_of_programs(), "error_codes");
	json_t *entry;
	size_t i, count = 0;

	json_array_foreach(codes, i, entry)
	{
		enum ty_code code;

		ck_assert(ty_code_parse(ty_json_str(entry, "name", ""), &code));
		ck_assert(ty_code_is_of_runs(code));
		ck_assert_str_eq(ty_json_str(entry, "hint", ""), ty_code_hint(code));
		count++;
	}
	for (int c = 0; c < TY_E__COUNT; c++)
		count -= ty_code_is_of_runs((enum ty_code)c);
	ck_assert_uint_eq(count, 0);
}
END_TEST

static const char *
file_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = ty_arena_alloc(fx.arena, 1 << 20);

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
	fclose(file);
	return text;
}

START_TEST(the_page_of_nodes_is_what_their_definitions_print)
{
	size_t len;
	const char *page = ty_nodes_page(fx.arena, builtin_registry(fx.arena), &len);

	ck_assert_msg(strcmp(page, file_read(TY_SOURCE_DIR "/docs/NODES.md")) == 0,
		      "docs/NODES.md is out of date: tyboo-api --nodes >docs/NODES.md");
}
END_TEST

START_TEST(the_page_of_nodes_says_what_a_row_says)
{
	size_t len;
	const char *page = ty_nodes_page(fx.arena, builtin_registry(fx.arena), &len);

	ck_assert_ptr_nonnull(strstr(page, "\n### Sort\n\n`core.sort`, version 1."));
	ck_assert_ptr_nonnull(strstr(page, "| `fields[].field` | Field."));
	ck_assert_ptr_nonnull(strstr(page, "Where `action` is `add` or `subtract`."));
	ck_assert_ptr_nonnull(strstr(page, "10 to 30000 ms."));
}
END_TEST

/* What an editor completes: the names of an item, and each row of the sandbox's own table. */
START_TEST(expressions_have_a_row_for_each_name)
{
	const json_t *items =
		json_object_get(ty_json_own(fx.arena, ty_expressions_describe()), "items");
	json_t *row;
	size_t i;

	ck_assert_uint_gt(json_array_size(items), 150);
	ck_assert(has_named(items, "$json") && has_named(items, "$ifEmpty") &&
		  has_named(items, "toTitleCase"));
	json_array_foreach((json_t *)items, i, row)
	{
		bool is_helper = strcmp(ty_json_str(row, "kind", ""), "helper") == 0;

		ck_assert_msg(is_helper == (ty_json_str(row, "of", NULL) != NULL), "%s",
			      ty_json_str(row, "name", ""));
		ck_assert_str_ne(ty_json_str(row, "text", ""), "");
	}
}
END_TEST

TEST_MAIN("catalog", {
	TEST(expressions_have_a_row_for_each_name);
	TEST(each_code_that_a_run_can_end_with_is_told);
	TEST(each_word_of_a_node_has_its_row);
	TEST(each_credential_type_of_a_node_is_one_of_the_vault);
	TEST(each_credential_type_of_the_vault_is_one_of_a_node);
	TEST(the_page_of_nodes_is_what_their_definitions_print);
	TEST(the_page_of_nodes_says_what_a_row_says);
})
