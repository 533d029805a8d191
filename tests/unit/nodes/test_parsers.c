/*
 * test_parsers.c -- data.regex, data.xml, data.html and data.markdown in the real tyboo-parse.
 */
#include "unit/nodes/convert.h"

#define REGEX(action, pattern) "{`action`:`" action "`,`pattern`:`" pattern "`}"
#define XML(value)	       "{`action`:`write`,`value`:`={{ $json.v }}`,`declaration`:false}"
#define PICK		       "{`picks`:[{`name`:`t`,`selector`:`h1`}]}"

static const struct list_row regexes[] = {
	{ "found",
	  REGEX("match", "b."),
	  "[{`data`:`abc`,`x`:1},{`data`:`x`}]",
	  TY_OK,
	  { { "main",
	      "[{`data`:`abc`,`x`:1,`result`:{`match`:`bc`,`index`:1,`groups`:[],`named`:{}}},"
	      "{`data`:`x`,`result`:null}]" } },
	  NULL,
	  NULL,
	  "[0,1]" },
	GOOD("replaced",
	     "{`action`:`replace`,`field`:`a.b`,`into`:`a.b`,`pattern`:`x`,`replacement`:`y`}",
	     "[{`a`:{`b`:`xx`}}]", "[{`a`:{`b`:`yy`}}]"),
	GOOD("no items", REGEX("test", "a"), "[]", "[]"),
	BAD("no pattern", "{}", "[{}]", "pattern"),
	BAD("a pattern that cannot be read", REGEX("test", "("), "[{`data`:``}]", "cannot be read"),
	BAD("a missing field", REGEX("test", "a"), "[{}]", "\"data\" is not there"),
	BAD("no text", REGEX("test", "a"), "[{`data`:1}]", "\"data\" is no text"),
	{ "steps without end",
	  REGEX("test", "^(a+)+$"),
	  "[{`data`:`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!`}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "too many steps" },
};

START_TEST(patterns)
{
	list_row_run(&ty_node_data_regex, &regexes[_i]);
}
END_TEST

static const struct list_row xmls[] = {
	GOOD("read", "{}", "[{`data`:`<a x='1'><b>2</b></a>`}]",
	     "[{`data`:`<a x='1'><b>2</b></a>`,`result`:{`a`:{`x`:`1`,`b`:`2`}}}]"),
	GOOD("read into lists", "{`lists`:`always`,`attributes`:`apart`,`into`:`data`}",
	     "[{`data`:`<a x='1'><b>2</b></a>`}]", "[{`data`:{`a`:{`$`:{`x`:`1`},`b`:[`2`]}}}]"),
	BAD("no XML", "{}", "[{`data`:`<a>`}]", "the text is no XML"),
	BAD("entities", "{}", "[{`data`:`<!DOCTYPE a [<!ENTITY b 'c'>]><a/>`}]",
	    "declares the entity"),
	GOOD("written", XML(), "[{`v`:{`o`:{`$`:{`id`:7},`n`:[1,`<2>`],`e`:null,`_`:`t&t`}}}]",
	     "[{`v`:{`o`:{`$`:{`id`:7},`n`:[1,`<2>`],`e`:null,`_`:`t&t`}},`result`:`<o "
	     "id=\\`7\\`><n>1</n><n>&lt;2&gt;</n><e/>t&amp;t</o>`}]"),
	GOOD("several members have a root", XML(), "[{`v`:{`a`:1,`b`:[[2]]}}]",
	     "[{`v`:{`a`:1,`b`:[[2]]},`result`:`<root><a>1</a><b><item>2</item></b></root>`}]"),
	GOOD("declared", "{`action`:`write`,`value`:`={{ $json.v }}`,`root`:`r`}", "[{`v`:``}]",
	     "[{`v`:``,`result`:`<?xml version=\\`1.0\\` encoding=\\`UTF-8\\`?>\\n<r/>`}]"),
	BAD("a name with a blank", XML(), "[{`v`:{`a b`:1}}]", "\"a b\" cannot be the name"),
	BAD("a control character", XML(), "[{`v`:{`a`:`\\u0001`}}]", "control character 1"),
	BAD("nothing", XML(), "[{}]", "value"),
	GOOD("no items", "{}", "[]", "[]"),
};

START_TEST(documents)
{
	list_row_run(&ty_node_data_xml, &xmls[_i]);
}
END_TEST

static const struct list_row pages[] = {
	GOOD("picked", PICK, "[{`data`:`<h1>A</h1>`},{`data`:`B`}]",
	     "[{`data`:`<h1>A</h1>`,`result`:{`t`:`A`}},{`data`:`B`,`result`:{`t`:null}}]"),
	BAD("a selector that cannot be read", "{`picks`:[{`name`:`t`,`selector`:`h1[`}]}",
	    "[{`data`:``}]", "cannot be read at character 4"),
	BAD("nothing to pick", "{}", "[{}]", "picks"),
	BAD("an attribute without a name",
	    "{`picks`:[{`name`:`t`,`selector`:`a`,`give`:`attribute`}]}", "[{`data`:``}]",
	    "attribute"),
	GOOD("no items", PICK, "[]", "[]"),
};

START_TEST(web_pages)
{
	list_row_run(&ty_node_data_html, &pages[_i]);
}
END_TEST

static const struct list_row markdowns[] = {
	GOOD("HTML", "{}", "[{`data`:`*a*`}]", "[{`data`:`*a*`,`html`:`<p><em>a</em></p>\\n`}]"),
	BAD("a list", "{}", "[{`data`:[]}]", "\"data\" is no text"),
	GOOD("no items", "{}", "[]", "[]"),
};

START_TEST(texts_in_markdown)
{
	list_row_run(&ty_node_data_markdown, &markdowns[_i]);
}
END_TEST

static const struct {
	const struct ty_node_def *def;
	const char *params, *text;
} large[] = {
	{ &ty_node_data_regex, "{`field`:`t`,`pattern`:`e`}", "text" },
	{ &ty_node_data_xml, "{`field`:`t`}", "<a>1</a>" },
	{ &ty_node_data_html, "{`field`:`t`,`picks`:[{`name`:`t`,`selector`:`b`}]}", "<b>1" },
	{ &ty_node_data_markdown, "{`field`:`t`}", "*a*" },
};

START_TEST(they_take_ten_thousand_items)
{
	convert_takes_ten_thousand(large[_i].def, large[_i].params, large[_i].text);
}
END_TEST

TEST_MAIN("nodes.parsers", {
	TEST_LOOP(patterns, regexes);
	TEST_LOOP(documents, xmls);
	TEST_LOOP(web_pages, pages);
	TEST_LOOP(texts_in_markdown, markdowns);
	TEST_LOOP(they_take_ten_thousand_items, large);
})
