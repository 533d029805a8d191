/*
 * test_encode.c -- data.encode: Base64, hex and percent-encoding, there and back.
 */
#include "unit/nodes/convert.h"

#define TEXT		    "`value`:`={{ $json.t }}`"
#define WAY(action, format) "{" TEXT ",`action`:`" action "`,`format`:`" format "`}"

static const struct list_row rows[] = {
	GOOD("base64", "{" TEXT "}", "[{`t`:`héllo?`}]",
	     "[{`t`:`héllo?`,`result`:`aMOpbGxvPw==`}]"),
	GOOD("base64 back", WAY("decode", "base64"), "[{`t`:`aMOpbGxvPw==`}]",
	     "[{`t`:`aMOpbGxvPw==`,`result`:`héllo?`}]"),
	GOOD("base64 for addresses", WAY("encode", "base64url"), "[{`t`:`?>?~`}]",
	     "[{`t`:`?>?~`,`result`:`Pz4_fg`}]"),
	GOOD("and back", WAY("decode", "base64url"), "[{`t`:`Pz4_fg`}]",
	     "[{`t`:`Pz4_fg`,`result`:`?>?~`}]"),
	GOOD("hex", WAY("encode", "hex"), "[{`t`:`é`}]", "[{`t`:`é`,`result`:`c3a9`}]"),
	GOOD("hex back", WAY("decode", "hex"), "[{`t`:`C3A9`}]", "[{`t`:`C3A9`,`result`:`é`}]"),
	GOOD("percent", WAY("encode", "url"), "[{`t`:`a b&c/é`}]",
	     "[{`t`:`a b&c/é`,`result`:`a%20b%26c%2F%C3%A9`}]"),
	GOOD("percent back", WAY("decode", "url"), "[{`t`:`a%20b+c`}]",
	     "[{`t`:`a%20b+c`,`result`:`a b+c`}]"),
	GOOD("numbers and yes or no are texts", "{" TEXT "}", "[{`t`:12},{`t`:true}]",
	     "[{`t`:12,`result`:`MTI=`},{`t`:true,`result`:`dHJ1ZQ==`}]"),
	GOOD("an empty text", "{" TEXT "}", "[{`t`:``}]", "[{`t`:``,`result`:``}]"),
	GOOD("into a field that leads on", "{" TEXT ",`into`:`a.__proto__`}",
	     "[{`t`:`x`,`a`:{`b`:1}}]", "[{`t`:`x`,`a`:{`b`:1,`__proto__`:`eA==`}}]"),
	GOOD("no items", "{" TEXT "}", "[]", "[]"),
	BAD("no base64", WAY("decode", "base64"), "[{`t`:`a*b`}]", "the text is no base64"),
	BAD("cut off", WAY("decode", "base64"), "[{`t`:`aMOpb`}]", "the text is no base64"),
	BAD("no hex", WAY("decode", "hex"), "[{`t`:`abc`}]", "the text is no hex"),
	BAD("a broken percent", WAY("decode", "url"), "[{`t`:`50%`}]", "the text is no url"),
	BAD("bytes that are no text", WAY("decode", "hex"), "[{`t`:`ff`}]", "no text in UTF-8"),
	BAD("a missing field", "{" TEXT "}", "[{}]", "value"),
	BAD("an object", "{" TEXT "}", "[{`t`:{}}]", "an object, but a text is expected"),
	BAD("a list", "{" TEXT "}", "[{`t`:[1]}]", "a list of 1, but a text is expected"),
	BAD("a broken path", "{" TEXT ",`into`:`a..b`}", "[{`t`:`x`}]", "empty part"),
	BAD("no text", "{}", "[{}]", "value"),
};

START_TEST(it_writes_and_reads)
{
	list_row_run(&ty_node_data_encode, &rows[_i]);
}
END_TEST

START_TEST(it_takes_ten_thousand_items)
{
	convert_takes_ten_thousand(&ty_node_data_encode, "{" TEXT "}", "some text");
}
END_TEST

TEST_MAIN("nodes.encode", {
	TEST_LOOP(it_writes_and_reads, rows);
	TEST(it_takes_ten_thousand_items);
})
