/*
 * test_exact.c -- numbers that no double keeps: digits stay where no script touches them, a
 * comparison loses none, and what calculates takes the nearest double.
 */
#include "expr/expr.h"
#include "support/common.h"

static const char item[] =
	"{\"json\":{\"id\":9007199254740993,\"near\":9007199254740992,\"wei\":"
	"98765432109876543210987654321,"
	"\"wei2\":98765432109876543210987654322,\"same\":9.8765432109876543210987654321e28,"
	"\"huge\":1e400,\"tiny\":1e-400,\"f\":10.00,\"one\":1.0,\"e\":7e0,\"price\":19.99,"
	"\"text\":\"9007199254740993\",\"list\":[18446744073709551616,1.0,1e-7],\"none\":-0.0}}";

static const struct {
	const char *src, *json;
} cases[] = {
	{ "={{ $json.id }}", "9007199254740993" },
	{ "=id {{ $json.id }}", "\"id 9007199254740993\"" },
	{ "=http://h.test/{{ $json.id }}/{{ $json.wei }}",
	  "\"http://h.test/9007199254740993/98765432109876543210987654321\"" },
	{ "={{ $json.wei }}", "98765432109876543210987654321" },
	{ "={{ 'id ' + $json.wei }}", "\"id 98765432109876543210987654321\"" },
	{ "={{ $json.list + '' }}", "\"18446744073709551616,1,1e-7\"" },
	{ "=<{{ $json.list }}>", "\"<[18446744073709551616,1,1e-7]>\"" },
	{ "=v{{ $json.f }}{{ $json.one }}", "\"v101\"" },
	{ "={{ $json.price }} {{ $json.e }} {{ $json.none }}", "\"19.99 7 0\"" },
	{ "={{ $json.id === $json.near }}", "false" },
	{ "={{ $json.id > $json.near }}", "true" },
	{ "={{ $json.id >= 9007199254740993 }}", "true" },
	{ "={{ $json.id === 9007199254740993 }}", "true" },
	{ "={{ $json.id === 9007199254740992 }}", "false" },
	{ "={{ 98765432109876543210987654321 }}", "98765432109876543210987654321" },
	{ "={{ $json.wei === $json.wei2 }}", "false" },
	{ "={{ $json.wei == $json.wei2 }}", "false" },
	{ "={{ $json.wei < $json.wei2 }}", "true" },
	{ "={{ $json.wei2 <= $json.wei }}", "false" },
	{ "={{ $json.wei === $json.same }}", "true" },
	{ "={{ $json.huge > $json.wei }}", "true" },
	{ "={{ $json.huge < 1 / 0 }}", "true" },
	{ "={{ $json.huge === 1 / 0 }}", "false" },
	{ "={{ $json.id == $json.text }}", "true" },
	{ "={{ $json.wei ? 'yes' : 'no' }}", "\"yes\"" },
	{ "={{ !$json.wei }}", "false" },
	{ "={{ $json.wei[0] }}", NULL },
	{ "={{ $json.id - $json.near }}", "0" },
	{ "={{ $json.near * 2 }}", "18014398509481984" },
	{ "={{ $json.wei / 1 }}", "9.876543210987655e+28" },
	{ "={{ $json.huge - $json.huge }}", "null" },
};

START_TEST(digits_are_kept_where_nothing_calculates)
{
	struct ty_expr_scope scope = { .index = 0 };
	const struct ty_expr *expr;
	json_t *json, *value = NULL;

	ck_assert_ok(ty_json_parse(fx.arena, item, strlen(item), &json, &fx.err));
	scope.item = json;
	ck_assert_ok(ty_expr_parse(fx.arena, cases[_i].src, &expr, &fx.err));
	ck_assert(ty_expr_is_plain(expr));
	ck_assert_ok(ty_expr_resolve(expr, fx.arena, &scope, &value, &fx.err));
	if (cases[_i].json == NULL)
		ck_assert_ptr_null(value);
	else
		ck_assert_str_eq(value != NULL ? ty_json_dump(fx.arena, value, NULL) : "undefined",
				 cases[_i].json);
}
END_TEST

TEST_MAIN("expr exact", { TEST_LOOP(digits_are_kept_where_nothing_calculates, cases); })
