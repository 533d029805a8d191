/*
 * test_limit.c -- core.limit: the first or the last items.
 */
#include "unit/nodes/lists.h"

static const struct list_row rows[] = {
	{ "one, where nothing is said",
	  "{}",
	  "[{`n`:1},{`n`:2}]",
	  TY_OK,
	  { { "main", "[{`n`:1}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "the first",
	  "{`max_items`:2}",
	  "[{`n`:1},{`n`:2},{`n`:3}]",
	  TY_OK,
	  { { "main", "[{`n`:1},{`n`:2}]" } },
	  NULL,
	  NULL,
	  "[0,1]" },
	{ "the last",
	  "{`max_items`:2,`keep`:`last`}",
	  "[{`n`:1},{`n`:2},{`n`:3}]",
	  TY_OK,
	  { { "main", "[{`n`:2},{`n`:3}]" } },
	  NULL,
	  NULL,
	  "[1,2]" },
	{ "more than there are",
	  "{`max_items`:9,`keep`:`last`}",
	  "[{`n`:1}]",
	  TY_OK,
	  { { "main", "[{`n`:1}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "a number of the first item",
	  "{`max_items`:`={{ $json.n }}`}",
	  "[{`n`:2},{`n`:1},{`n`:3}]",
	  TY_OK,
	  { { "main", "[{`n`:2},{`n`:1}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "no items", "{}", "[]", TY_OK, { { "main", "[]" } }, NULL, NULL, NULL },
	{ "none at all",
	  "{`max_items`:0}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "max_items",
	  NULL,
	  NULL },
	{ "no number",
	  "{`max_items`:`={{ $json.n }}`}",
	  "[{`n`:`x`}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "max_items",
	  NULL,
	  NULL },
};

START_TEST(it_passes_on_so_many)
{
	list_row_run(&ty_node_core_limit, &rows[_i]);
}
END_TEST

TEST_MAIN("nodes.limit", { TEST_LOOP(it_passes_on_so_many, rows); })
