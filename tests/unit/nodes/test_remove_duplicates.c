/*
 * test_remove_duplicates.c -- core.remove_duplicates: the first of each kind.
 */
#include "unit/nodes/lists.h"

static const struct list_row rows[] = {
	{ "whole items, members in any order",
	  "{}",
	  "[{`a`:1,`b`:2},{`b`:2,`a`:1},{`a`:1}]",
	  TY_OK,
	  { { "main", "[{`a`:1,`b`:2},{`a`:1}]" }, { "duplicates", "[{`b`:2,`a`:1}]" } },
	  NULL,
	  NULL,
	  "[0,2]" },
	{ "some fields",
	  "{`compare`:`selected`,`fields`:[{`field`:`o.a`}]}",
	  "[{`o`:{`a`:1},`n`:1},{`o`:{`a`:1},`n`:2},{`o`:{`a`:2}}]",
	  TY_OK,
	  { { "main", "[{`o`:{`a`:1},`n`:1},{`o`:{`a`:2}}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "all but some",
	  "{`compare`:`except`,`fields`:[{`field`:`at`}]}",
	  "[{`n`:1,`at`:1},{`n`:1,`at`:2},{`n`:2,`at`:2}]",
	  TY_OK,
	  { { "main", "[{`n`:1,`at`:1},{`n`:2,`at`:2}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "1 and \"1\" are two, and that is told",
	  "{`compare`:`selected`,`fields`:[{`field`:`a`}]}",
	  "[{`a`:1},{`a`:`1`},{`a`:1.0}]",
	  TY_OK,
	  { { "main", "[{`a`:1},{`a`:`1`}]" } },
	  NULL,
	  "mixed_types",
	  NULL },
	{ "missing and null are two",
	  "{`compare`:`selected`,`fields`:[{`field`:`a`}]}",
	  "[{},{`a`:null},{`b`:1}]",
	  TY_OK,
	  { { "main", "[{},{`a`:null}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "values do not run into each other",
	  "{`compare`:`selected`,`fields`:[{`field`:`a`},{`field`:`b`}]}",
	  "[{`a`:`x,`},{`a`:`x`,`b`:``}]",
	  TY_OK,
	  { { "main", "[{`a`:`x,`},{`a`:`x`,`b`:``}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "no items", "{}", "[]", TY_OK, { { "main", "[]" } }, NULL, NULL, NULL },
	{ "fields are required",
	  "{`compare`:`selected`}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "fields",
	  NULL,
	  NULL },
};

START_TEST(it_keeps_the_first_of_each_kind)
{
	list_row_run(&ty_node_core_remove_duplicates, &rows[_i]);
}
END_TEST

TEST_MAIN("nodes.remove_duplicates", { TEST_LOOP(it_keeps_the_first_of_each_kind, rows); })
