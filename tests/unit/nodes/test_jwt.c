/*
 * test_jwt.c -- data.jwt, data.totp, and data.crypto by a key: what is asked of the service "crypto", and what is made
 * of its answer.
 */
#include "unit/nodes/parsed.h"

/* {"alg":"HS256","typ":"JWT"}.{"iss":"me","aud":["a","b"],"exp":1700000100,"nbf":1700000000}.x, at 1700000000. */
#define TOKEN                                                                                      \
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                    \
	"eyJpc3MiOiJtZSIsImF1ZCI6WyJhIiwiYiJdLCJleHAiOjE3MDAwMDAxMDAsIm5iZiI6MTcwMD"               \
	"AwMDAwMH0.eA"
#define CLAIMS "{`iss`:`me`,`aud`:[`a`,`b`],`exp`:1700000100,`nbf`:1700000000}"
#define HEADER "{`alg`:`HS256`,`typ`:`JWT`}"
/* {}.{"exp":1699999000}, {}.{"nbf":1700001000}, {}.{"exp":"x"} */
#define OLD	    "e30.eyJleHAiOjE2OTk5OTkwMDB9.eA"
#define EARLY	    "e30.eyJuYmYiOjE3MDAwMDEwMDB9.eA"
#define ODD	    "e30.eyJleHAiOiJ4In0.eA"
#define OF(token)   "[{`json`:{`token`:`" token "`}}]"
#define YES	    "{`values`:[true]}"
#define KEY	    "`key`:`01890a5d-ac96-774b-bcce-b302099a8057`"
#define MARK	    KEY ",`invalid`:`mark`,`into`:`token`"
#define OUT(result) "[{`json`:{`token`:" result "},`from`:0}]"

static const struct parsed_row jwts[] = {
	{ "a token that is valid", KEY ",`into`:`token`", OF(TOKEN), YES,
	  "{`do`:`check`,`texts`:[`" TOKEN "`],`now_ms`:0}", OUT(CLAIMS), NULL },
	{ "asked for, and has it", KEY ",`into`:`token`,`issuer`:`me`,`audience`:`b`", OF(TOKEN),
	  YES, NULL, OUT(CLAIMS), NULL },
	{ "marked as valid", MARK, OF(TOKEN), YES, NULL,
	  OUT("{`valid`:true,`header`:" HEADER ",`claims`:" CLAIMS "}"), NULL },
	{ "not signed: nothing of it is handed on", MARK, OF(TOKEN), "{`values`:[false]}", NULL,
	  OUT("{`valid`:false,`reason`:`it is not signed by the key, with the key's algorithm`}"),
	  NULL },
	{ "over", MARK, OF(OLD), YES, NULL,
	  OUT("{`valid`:false,`reason`:`it has expired`,`header`:{},`claims`:{`exp`:1699999000}}"),
	  NULL },
	{ "over by less than clocks differ", MARK ",`leeway_s`:600",
	  "[{`json`:{`token`:`e30.eyJleHAiOjE2OTk5OTk2MDB9.eA`}}]", YES, NULL,
	  OUT("{`valid`:true,`header`:{},`claims`:{`exp`:1699999600}}"), NULL },
	{ "too early", MARK, OF(EARLY), YES, NULL,
	  OUT("{`valid`:false,`reason`:`it counts only "
	      "later`,`header`:{},`claims`:{`nbf`:1700001000}}"),
	  NULL },
	{ "no time", MARK, OF(ODD), YES, NULL,
	  OUT("{`valid`:false,`reason`:`its exp or nbf is no "
	      "time`,`header`:{},`claims`:{`exp`:`x`}}"),
	  NULL },
	{ "another issuer", KEY ",`issuer`:`you`", OF(TOKEN), YES, NULL, NULL,
	  "not valid: it is of another issuer" },
	{ "another audience", KEY ",`audience`:`c`", OF(TOKEN), YES, NULL, NULL,
	  "not valid: it is for another audience" },
	{ "no audience", KEY ",`audience`:`c`", OF(OLD), YES, NULL, NULL, "expired" },
	{ "no token", MARK, OF("a.b"), "{`values`:[false]}", NULL,
	  OUT("{`valid`:false,`reason`:`it is no token`}"), NULL },
	{ "padding", MARK, OF("e30=.e30.eA"), YES, NULL,
	  OUT("{`valid`:false,`reason`:`it is no token`}"), NULL },
	{ "a missing field", KEY, "[{`json`:{}}]", NULL, NULL, NULL, "\"token\" is not there" },
	{ "no text", KEY, "[{`json`:{`token`:{}}}]", NULL, NULL, NULL, "\"token\" is no text" },
	{ "made", KEY ",`action`:`sign`,`issuer`:`me`,`audience`:`you`,`subject`:`s`",
	  "[{`json`:{`claims`:{`a`:1,`iss`:`x`}}}]", "{`values`:[`t`]}",
	  "{`do`:`jws`,`texts`:[`{\\`a\\`:1,\\`iss\\`:\\`me\\`,\\`sub\\`:\\`s\\`,\\`aud\\`:\\`"
	  "you\\`,\\`iat\\`:1700000000,\\`exp\\`:1700000300}`],"
	  "`now_ms`:0}",
	  "[{`json`:{`claims`:{`a`:1,`iss`:`x`},`result`:`t`},`from`:0}]", NULL },
	{ "made of the item, for ever", KEY ",`action`:`sign`,`claims`:``,`lifetime_s`:0",
	  "[{`json`:{`a`:1}}]", "{`values`:[`t`]}",
	  "{`do`:`jws`,`texts`:[`{\\`a\\`:1}`],`now_ms`:0}",
	  "[{`json`:{`a`:1,`result`:`t`},`from`:0}]", NULL },
	{ "no claims", KEY ",`action`:`sign`", "[{`json`:{`claims`:[1]}}]", NULL, NULL, NULL,
	  "no object of claims" },
	{ "looked into", "`action`:`decode`,`into`:`token`", OF(TOKEN), NULL, NULL,
	  OUT("{`header`:" HEADER ",`claims`:" CLAIMS "}"), NULL },
	{ "looked into what is none", "`action`:`decode`", OF("x"), NULL, NULL, NULL,
	  "is no token" },
	{ "other counts than asked", KEY, OF(TOKEN), "{`values`:[]}", NULL, NULL,
	  "other values than asked" },
	{ "no items", KEY, "[]", NULL, NULL, "", NULL },
};

START_TEST(tokens)
{
	parsed_row_run("data.jwt", &jwts[_i]);
}
END_TEST

static const struct parsed_row codes[] = {
	{ "the code of now", KEY, "[{`json`:{`a`:1}},{`json`:{}}]", "{`values`:[`1`,`1`]}",
	  "{`do`:`totp`,`texts`:[`1700000000`,`1700000000`],`now_ms`:0}",
	  "[{`json`:{`a`:1,`result`:`1`},`from`:0},{`json`:{`result`:`1`},`from`:1}]", NULL },
	{ "checked", KEY ",`action`:`check`", "[{`json`:{`code`:`000123`}}]", "{`values`:[true]}",
	  "{`at_s`:1700000000,`window`:1,`do`:`totp_check`,`texts`:[`000123`],`now_ms`:0}",
	  "[{`json`:{`code`:`000123`,`result`:true},`from`:0}]", NULL },
	{ "no code", KEY ",`action`:`check`", "[{`json`:{}}]", NULL, NULL, NULL,
	  "\"code\" is not there" },
	{ "no items", KEY, "[]", NULL, NULL, "", NULL },
};

START_TEST(one_time_codes)
{
	parsed_row_run("data.totp", &codes[_i]);
}
END_TEST

#define SECRET "`secret`:`01890a5d-ac96-774b-bcce-b302099a8057`"

static const struct parsed_row macs[] = {
	{ "HMAC", SECRET ",`action`:`hmac`,`field`:`a.b`,`algorithm`:`sha1`",
	  "[{`json`:{`a`:{`b`:`x`}}}]", "{`values`:[`/+8=`]}",
	  "{`hash`:`sha1`,`do`:`hmac`,`texts`:[`x`],`now_ms`:0}",
	  "[{`json`:{`a`:{`b`:`x`},`result`:`ffef`},`from`:0}]", NULL },
	{ "a number", SECRET ",`action`:`hmac`,`encoding`:`base64url`", "[{`json`:{`data`:1.50}}]",
	  "{`values`:[`/+8=`]}", "{`hash`:`sha256`,`do`:`hmac`,`texts`:[`1.5`],`now_ms`:0}",
	  "[{`json`:{`data`:1.5,`result`:`_-8`},`from`:0}]", NULL },
	{ "signed", KEY ",`action`:`sign`,`encoding`:`base64`,`into`:`s`",
	  "[{`json`:{`data`:`x`}},{`json`:{`data`:`y`}}]", "{`values`:[`/+8=`,`AA==`]}",
	  "{`do`:`sign`,`texts`:[`x`,`y`],`now_ms`:0}",
	  "[{`json`:{`data`:`x`,`s`:`/+8=`},`from`:0},{`json`:{`data`:`y`,`s`:`AA==`},`from`:1}]",
	  NULL },
	{ "mixed types", SECRET ",`action`:`hmac`", "[{`json`:{`data`:`x`}},{`json`:{`data`:[1]}}]",
	  NULL, NULL, NULL, "\"data\" is no text" },
	{ "no items", SECRET ",`action`:`hmac`", "[]", NULL, NULL, "", NULL },
};

START_TEST(texts_by_a_key)
{
	parsed_row_run("data.crypto", &macs[_i]);
}
END_TEST

/* All items are one call, so that ten thousand are one entry of the journal. */
START_TEST(ten_thousand_items_are_one_call)
{
	struct ty_buf items, values;
	struct parsed_row row = { .name = "many", .params = SECRET ",`action`:`hmac`" };
	const struct ty_run_result *r;

	ty_buf_init(&items, fx.arena, 400000);
	ty_buf_init(&values, fx.arena, 100000);
	for (int i = 0; i < 10000; i++) {
		ty_buf_printf(&items, "%s{`json`:{`data`:`%d`}}", i > 0 ? "," : "[", i);
		ty_buf_printf(&values, "%s`AA==`", i > 0 ? "," : "{`values`:[");
	}
	ty_buf_add_str(&items, "]");
	ty_buf_add_str(&values, "]}");
	row.answer = values.data;
	r = parsed_run("data.crypto", &row, items.data);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_uint_eq(parsed_calls, 1);
}
END_TEST

TEST_MAIN("nodes.jwt", {
	TEST_LOOP(tokens, jwts);
	TEST_LOOP(one_time_codes, codes);
	TEST_LOOP(texts_by_a_key, macs);
	TEST(ten_thousand_items_are_one_call);
})
