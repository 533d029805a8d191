/*
 * test_compress.c -- data.compress: what it asks of the service "parse", and what it makes of the answer.
 */
#include "unit/nodes/parsed.h"

#define A_FILE PARSED_FILE("a.csv")
#define MADE   PARSED_MADE
#define ITEMS  "[{`json`:{`n`:1},`binary`:{`data`:" A_FILE ",`b`:" A_FILE "}}]"
#define ONE(key)                                                                                   \
	"{`items`:[{`json`:{},`files`:[{`key`:`" key "`,`file`:" MADE "}]}],`tool`:`zlib 1`}"

static const struct parsed_row rows[] = {
	{ "a file unpacked", "", ITEMS, ONE("data"),
	  "{`tool`:`archive`,`options`:{`do`:`unpack`,`key`:`data`,`as`:`auto`,`entries`:`items`},`"
	  "files`:[" A_FILE "],`cpu_ms`:10000,`now_ms`:0}",
	  "[{`json`:{`n`:1},`binary`:{`data`:" MADE ",`b`:" A_FILE "},`from`:0}]", NULL },
	{ "entries as items", "`into`:`f`", ITEMS,
	  "{`items`:[{`json`:{`path`:`x/y`,`bytes`:1},`files`:[{`key`:`f`,`file`:" MADE
	  "}]},{`json`:{`path`:`z`,"
	  "`bytes`:1},`files`:[{`key`:`f`,`file`:" MADE "}]}],`tool`:`libzip`}",
	  NULL,
	  "[{`json`:{`path`:`x/y`,`bytes`:1},`binary`:{`f`:" MADE
	  "},`from`:0},{`json`:{`path`:`z`,`bytes`:1},"
	  "`binary`:{`f`:" MADE "},`from`:0}]",
	  NULL },
	{ "an empty archive", "", ITEMS, "{`items`:[],`tool`:`libzip`}", NULL, "[]", NULL },
	{ "gzip", "`action`:`gzip`,`file`:`b`,`into`:`z`,`level`:9,`name`:`={{ $json.n }}.gz`",
	  ITEMS, ONE("z"),
	  "{`tool`:`archive`,`options`:{`do`:`gzip`,`key`:`z`,`name`:`1.gz`,`level`:9},`files`:"
	  "[" A_FILE "],`cpu_ms`:10000,`now_ms`:0}",
	  "[{`json`:{`n`:1},`binary`:{`data`:" A_FILE ",`b`:" A_FILE ",`z`:" MADE "},`from`:0}]",
	  NULL },
	{ "zip of all files of an item", "`action`:`zip`,`into`:`z`", ITEMS, ONE("z"),
	  "{`tool`:`archive`,`options`:{`do`:`zip`,`key`:`z`,`name`:``,`level`:6},`files`:[" A_FILE
	  "," A_FILE "],`cpu_ms`:10000,`now_ms`:0}",
	  "[{`json`:{`n`:1},`binary`:{`data`:" A_FILE ",`b`:" A_FILE ",`z`:" MADE "},`from`:0}]",
	  NULL },
	{ "zip of one", "`action`:`zip`,`files`:`b`,`into`:`z`", ITEMS, ONE("z"),
	  "{`tool`:`archive`,`options`:{`do`:`zip`,`key`:`z`,`name`:``,`level`:6},`files`:[" A_FILE
	  "],`cpu_ms`:10000,`now_ms`:0}",
	  "[{`json`:{`n`:1},`binary`:{`data`:" A_FILE ",`b`:" A_FILE ",`z`:" MADE "},`from`:0}]",
	  NULL },
	{ "one archive of all items", "`action`:`zip`,`together`:true,`files`:`data`",
	  "[{`json`:{},`binary`:{`data`:" A_FILE "}},{`json`:{},`binary`:{`data`:" A_FILE "}}]",
	  ONE("data"),
	  "{`tool`:`archive`,`options`:{`do`:`zip`,`key`:`data`,`name`:``,`level`:6},`files`:"
	  "[" A_FILE "," A_FILE "],`cpu_ms`:10000,`now_ms`:0}",
	  "[{`json`:{},`binary`:{`data`:" MADE "},`from`:[0,1]}]", NULL },
	{ "no items", "", "[]", NULL, NULL, "", NULL },
	{ "no items for one archive", "`action`:`zip`,`together`:true", "[]", NULL, NULL, "",
	  NULL },
	{ "no such file", "`file`:`x`", ITEMS, NULL, NULL, NULL, "The item has no file \"x\"" },
	{ "no such file of several", "`action`:`zip`,`files`:`data, x`", ITEMS, NULL, NULL, NULL,
	  "The item has no file \"x\"" },
	{ "no files", "`action`:`zip`", ONE_ITEM, NULL, NULL, NULL, "There are no files to pack" },
	{ "no files at all", "`action`:`zip`,`together`:true", ONE_ITEM, NULL, NULL, NULL,
	  "There are no files to pack" },
	{ "a file of that name in json", "",
	  "[{`json`:{`data`:" A_FILE ",`binary`:{`data`:" A_FILE "}}}]", NULL, NULL, NULL,
	  "The item has no file \"data\"" },
	{ "a prototype's name", "`file`:`__proto__`", ITEMS, NULL, NULL, NULL,
	  "no file \"__proto__\"" },
	{ "an answer without items", "", ITEMS, "{}", NULL, NULL, "the parser gave no items" },
};

START_TEST(files_are_packed_and_unpacked)
{
	parsed_row_run("data.compress", &rows[_i]);
}
END_TEST

START_TEST(every_item_is_asked_for)
{
	parsed_many("data.compress", "", 300, ONE("data"));
}
END_TEST

TEST_MAIN("nodes.compress", {
	TEST_LOOP(files_are_packed_and_unpacked, rows);
	TEST(every_item_is_asked_for);
})
