/*
 * test_html.c -- the tools html and markdown outside the jail.
 */
#include "unit/parse/asked.h"

#define PICK(more)     "{`field`:`data`,`picks`:[{`name`:`r`," more "}]}"
#define ONE(selector)  PICK("`selector`:`" selector "`")
#define ALL(selector)  PICK("`selector`:`" selector "`,`all`:true")
#define HTML(selector) PICK("`selector`:`" selector "`,`give`:`html`")
#define HREF(selector)                                                                             \
	PICK("`selector`:`" selector "`,`all`:true,`give`:`attribute`,`attribute`:`href`")
#define LIST "<ul id=u class='x y'><li>1<li class=b>2<li>3<li>4</ul>"
#define TABLE                                                                                      \
	"<table><tr><th>A<th>B<tr><td>1<td>2<tr><td>3<td>4</table><p lang=en-GB>p</p><p>q "        \
	"<b>r</b></p>"

static const struct asked_row rows[] = {
	{ ONE("li"), LIST, "{`r`:`1`}" },
	{ ALL("li"), LIST, "{`r`:[`1`,`2`,`3`,`4`]}" },
	{ ALL("LI.b, #u > li:last-child"), LIST, "{`r`:[`2`,`4`]}" },
	{ ALL("ul.x.y li.b + li"), LIST, "{`r`:[`3`]}" },
	{ ALL("li.b ~ li"), LIST, "{`r`:[`3`,`4`]}" },
	{ ALL("li:nth-child(2n+1)"), LIST, "{`r`:[`1`,`3`]}" },
	{ ALL("li:nth-child(even)"), LIST, "{`r`:[`2`,`4`]}" },
	{ ALL("li:nth-child(-n+2)"), LIST, "{`r`:[`1`,`2`]}" },
	{ ALL("li:nth-last-child(2)"), LIST, "{`r`:[`3`]}" },
	{ ALL("li:not(.b):not(:first-child)"), LIST, "{`r`:[`3`,`4`]}" },
	{ ALL("li:only-child, li:empty"), LIST, "{`r`:[]}" },
	{ ONE("ol"), LIST, "{`r`:null}" },
	{ ALL("tr td:nth-child(2)"), TABLE, "{`r`:[`2`,`4`]}" },
	{ ALL("table tbody tr"), TABLE, "{`r`:[`A B`,`1 2`,`3 4`]}" },
	{ ALL("[lang|=en]"), TABLE, "{`r`:[`p`]}" },
	{ ALL("p:not([lang]) b"), TABLE, "{`r`:[`r`]}" },
	{ ALL("*:empty"), "<body><i></i><br></body>", "{`r`:[``,``,``]}" },
	{ HREF("a[href^='https:'], a[href$='.pdf'], a[rel~=next]"),
	  "<a href=https://a>1</a><a href=b.pdf>2</a><a href=c>3</a><a href=d rel='x next'>4</a><a "
	  "rel=next>",
	  "{`r`:[`https://a`,`b.pdf`,`d`,null]}" },
	{ HTML("b"), "<p>x <b class=`k`>y<i>z</i></b></p>",
	  "{`r`:`<b class=\\`k\\`>y<i>z</i></b>`}" },
	{ ONE("div"), "<div> a\n <script>no()</script><style>p{}</style> b<br>c </div>",
	  "{`r`:`a b c`}" },
	{ ONE("p"), "<p>&eacute;&nbsp;&lt;</p>", "{`r`:`é\xC2\xA0<`}" },
	{ "{`field`:`data`,`picks`:[{`name`:`__proto__`,`selector`:`p`}]}", "<p>1",
	  "{`__proto__`:`1`}" },
	{ ONE("my-part"), "<my-part>1</my-part>", "{`r`:`1`}" },
	{ ONE("title"), "no html at all", "{`r`:null}" },
	/* refused */
	{ ONE("p["), "<p>", NULL, "cannot be read at character 3: the name of an attribute" },
	{ ONE("p:hover"), "<p>", NULL, "no such :word" },
	{ ONE("p >"), "<p>", NULL, "is expected" },
	{ ONE(""), "<p>", NULL, "is expected" },
	{ ONE("p!"), "<p>", NULL, "no place here" },
	{ ONE("li:nth-child(x)"), "<p>", NULL, "a number is expected" },
	{ ONE("a[href='x]"), "<p>", NULL, "quote is not closed" },
};

START_TEST(a_page_is_taken_apart)
{
	asked_row_run("html", &rows[_i]);
}
END_TEST

START_TEST(depth_has_a_limit)
{
	const char *text = repeated("<div>", 600), *message;

	ck_assert_ptr_null(asked("html", ONE("p"), text, strlen(text), &message));
	ck_assert_str_eq(message, "The page is nested over 512 elements deep");
	text = repeated("<b><p>", 100);
	ck_assert_ptr_nonnull(asked("html", ONE("p"), text, strlen(text), &message));
}
END_TEST

START_TEST(what_is_found_has_a_limit)
{
	const char *text = repeated("<i></i>", 10001), *message;

	ck_assert_ptr_null(asked("html", ALL("i"), text, strlen(text), &message));
	ck_assert_str_eq(message, "Over 10000 elements match");
}
END_TEST

static const struct asked_row texts[] = {
	{ "{`field`:`data`}", "# Title\n\na *b* ~~c~~ <br> https://x.test",
	  "`<h1>Title</h1>\\n<p>a <em>b</em> <del>c</del> <!-- raw HTML omitted --> <a "
	  "href=\\`https://x.test\\`>https://x.test</a></p>\\n`" },
	{ "{`field`:`data`}", "|a|\n|-|\n|1|",
	  "`<table>\\n<thead>\\n<tr>\\n<th>a</th>\\n</tr>\\n</thead>\\n<tbody>\\n<tr>\\n<td>1</"
	  "td>\\n</tr>\\n</"
	  "tbody>\\n</table>\\n`" },
	{ "{`field`:`data`}", "[a](javascript:alert(1))", "`<p><a href=\\`\\`>a</a></p>\\n`" },
	{ "{`field`:`data`}", "<script>x</script>", "`<!-- raw HTML omitted -->\\n`" },
	{ "{`field`:`data`}", "", "``" },
	{ "{`field`:`x`}", "", NULL, "\"x\" is not there" },
};

START_TEST(markdown_is_html)
{
	asked_row_run("markdown", &texts[_i]);
}
END_TEST

TEST_MAIN("html", {
	TEST_LOOP(a_page_is_taken_apart, rows);
	TEST(depth_has_a_limit);
	TEST(what_is_found_has_a_limit);
	TEST_LOOP(markdown_is_html, texts);
})
