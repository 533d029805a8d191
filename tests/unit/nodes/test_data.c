/*
 * test_data.c -- nodes that change items: core.set and the ways of core.merge.
 */
#include "unit/nodes/rows.h"

#include "json/json.h"

#define SET(fields)	"{\"assignments\":[" fields "]}"
#define SET_ALL(fields) "{\"include_other\":true,\"assignments\":[" fields "]}"

static const struct row set_rows[] = {
	{ "only what is set stays",
	  SET("{\"name\":\"a\",\"value\":\"x\"}"),
	  "[{\"b\":1}]",
	  TY_OK,
	  { { "main", "[{\"a\":\"x\"}]" } } },
	{ "other fields are kept when asked",
	  SET_ALL("{\"name\":\"a\",\"value\":\"x\"}"),
	  "[{\"b\":1,\"a\":0}]",
	  TY_OK,
	  { { "main", "[{\"b\":1,\"a\":\"x\"}]" } } },
	{ "a path and a script, per item",
	  SET("{\"name\":\"n\",\"type\":\"number\",\"value\":\"={{ $json.n }}\"},"
	      "{\"name\":\"d\",\"type\":\"number\",\"value\":\"={{ $json.n * 2 }}\"}"),
	  "[{\"n\":1},{\"n\":2}]",
	  TY_OK,
	  { { "main", "[{\"n\":1,\"d\":2},{\"n\":2,\"d\":4}]" } } },
	{ "text becomes a number",
	  SET("{\"name\":\"n\",\"type\":\"number\",\"value\":\"12.5\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"n\":12.5}]" } } },
	{ "a number becomes text",
	  SET("{\"name\":\"s\",\"value\":7}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"s\":\"7\"}]" } } },
	{ "text becomes a number with every digit, blanks or not",
	  SET("{\"name\":\"a\",\"type\":\"number\",\"value\":\" 7\"},"
	      "{\"name\":\"b\",\"type\":\"number\",\"value\":\"7 \"},"
	      "{\"name\":\"c\",\"type\":\"number\",\"value\":\"\\t12345678901234567890\\n\"},"
	      "{\"name\":\"d\",\"type\":\"number\",\"value\":\"-0012345678901234567890.5\"},"
	      "{\"name\":\"e\",\"type\":\"number\",\"value\":\"+.5\"},"
	      "{\"name\":\"f\",\"type\":\"number\",\"value\":\"5.\"},"
	      "{\"name\":\"g\",\"type\":\"number\",\"value\":\"={{ $json.wei }}\"},"
	      "{\"name\":\"h\",\"type\":\"number\",\"value\":\"={{ $json.id }}\"}"),
	  "[{\"wei\":98765432109876543210987654321,\"id\":\"9007199254740993\"}]",
	  TY_OK,
	  { { "main", "[{\"a\":7,\"b\":7,\"c\":12345678901234567890,\"d\":-12345678901234567890.5,"
		      "\"e\":0.5,\"f\":5,\"g\":98765432109876543210987654321,"
		      "\"h\":9007199254740993}]" } } },
	{ "numbers become the texts that JavaScript gives, with every digit",
	  SET("{\"name\":\"a\",\"value\":\"={{ $json.f }}\"},"
	      "{\"name\":\"b\",\"value\":\"=v{{ $json.f }}\"},"
	      "{\"name\":\"c\",\"value\":\"={{ $json.price }}\"},"
	      "{\"name\":\"d\",\"value\":\"={{ $json.wei }}\"},"
	      "{\"name\":\"e\",\"value\":\"={{ $json.tiny }}\"},"
	      "{\"name\":\"f\",\"value\":\"={{ $json.none }}\"}"),
	  "[{\"f\":10.00,\"price\":19.99,\"wei\":98765432109876543210987654321,\"tiny\":1e-7,"
	  "\"none\":-0.0}]",
	  TY_OK,
	  { { "main", "[{\"a\":\"10\",\"b\":\"v10\",\"c\":\"19.99\","
		      "\"d\":\"98765432109876543210987654321\",\"e\":\"1e-7\",\"f\":\"0\"}]" } } },
	{ "a text that only looks like a number is refused",
	  SET("{\"name\":\"n\",\"type\":\"number\",\"value\":\"7 8\"}"),
	  "[{}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "7 8 is no number" },
	{ "text becomes yes or no",
	  SET("{\"name\":\"b\",\"type\":\"boolean\",\"value\":\"true\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"b\":true}]" } } },
	{ "text becomes JSON",
	  SET("{\"name\":\"j\",\"type\":\"json\",\"value\":\"{\\\"x\\\":[1]}\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"j\":{\"x\":[1]}}]" } } },
	{ "expressions within JSON",
	  SET("{\"name\":\"j\",\"type\":\"json\",\"value\":{\"x\":[\"={{ $json.n }}\",2]}}"),
	  "[{\"n\":1}]",
	  TY_OK,
	  { { "main", "[{\"j\":{\"x\":[1,2]}}]" } } },
	{ "what is not there is null",
	  SET("{\"name\":\"a\",\"value\":\"={{ $json.no }}\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"a\":null}]" } } },
	{ "dots lead into objects",
	  SET_ALL("{\"name\":\"a.b.c\",\"type\":\"number\",\"value\":1}"),
	  "[{\"a\":{\"x\":9}}]",
	  TY_OK,
	  { { "main", "[{\"a\":{\"x\":9,\"b\":{\"c\":1}}}]" } } },
	{ "a later assignment does not see an earlier one",
	  SET_ALL("{\"name\":\"a\",\"type\":\"number\",\"value\":2},"
		  "{\"name\":\"b\",\"type\":\"number\",\"value\":\"={{ $json.a }}\"}"),
	  "[{\"a\":1}]",
	  TY_OK,
	  { { "main", "[{\"a\":2,\"b\":1}]" } } },
	{ "no number is refused",
	  SET("{\"name\":\"n\",\"type\":\"number\",\"value\":\"many\"}"),
	  "[{}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "many is no number" },
	{ "no yes or no is refused",
	  SET("{\"name\":\"b\",\"type\":\"boolean\",\"value\":\"maybe\"}"),
	  "[{}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "maybe is no boolean" },
	{ "JSON keeps what ={{ $json.u }} gives",
	  SET("{\"name\": \"j\", \"type\": \"json\", \"value\": \"={{ $json.u }}\"}"),
	  "[{\"u\":\"12\"},{\"u\":\"0012\"},{\"u\":\"abc\"},{\"u\":{\"a\":[1]}},{\"u\":null}]",
	  TY_OK,
	  { { "main", "[{\"j\":\"12\"},{\"j\":\"0012\"},{\"j\":\"abc\"},{\"j\":{\"a\":[1]}},{\"j\":"
		      "null}]" } } },
	{ "JSON keeps what ={{ $json.u }}{{ $json.u }} gives",
	  SET("{\"name\": \"j\", \"type\": \"json\", \"value\": \"={{ $json.u }}{{ $json.u }}\"}"),
	  "[{\"u\":\"12\"}]",
	  TY_OK,
	  { { "main", "[{\"j\":\"1212\"}]" } } },
	{ "JSON keeps what ={{ $json.a ?? 'd' }} gives",
	  SET("{\"name\": \"j\", \"type\": \"json\", \"value\": \"={{ $json.a ?? 'd' }}\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"j\":\"d\"}]" } } },
	{ "JSON that is written is read, with expressions within",
	  SET("{\"name\": \"j\", \"type\": \"json\", \"value\": \"= {\\\"n\\\": {{ $json.n }}}\"}"),
	  "[{\"n\":5}]",
	  TY_OK,
	  { { "main", "[{\"j\":{\"n\":5}}]" } } },
	{ "JSON that is written is read",
	  SET("{\"name\": \"j\", \"type\": \"json\", \"value\": \"[1, \\\"2\\\"]\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"j\":[1,\"2\"]}]" } } },
	{ "no JSON is refused",
	  SET("{\"name\":\"j\",\"type\":\"json\",\"value\":\"{\"}"),
	  "[{}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "is no JSON" },
	{ "a name with an empty part is refused",
	  SET("{\"name\":\"a..b\",\"value\":1}"),
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "empty part" },
	{ "a quoted name may have a dot",
	  SET_ALL("{\"name\":\"\\\"Plan 3.5\\\"\",\"value\":\"x\"},"
		  "{\"name\":\"'item no.'.n\",\"value\":\"y\"}"),
	  "[{\"item no.\":{\"m\":1}}]",
	  TY_OK,
	  { { "main", "[{\"item no.\":{\"m\":1,\"n\":\"y\"},\"Plan 3.5\":\"x\"}]" } } },
	{ "a quote within a name is a part of it",
	  SET("{\"name\":\"5\\\" pipe\",\"value\":\"x\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"5\\\" pipe\":\"x\"}]" } } },
	{ "as it is: any type stays",
	  SET("{\"name\":\"s\",\"type\":\"any\",\"value\":\"={{ $json.s }}\"},"
	      "{\"name\":\"i\",\"type\":\"any\",\"value\":\"={{ $json.i }}\"},"
	      "{\"name\":\"o\",\"type\":\"any\",\"value\":\"={{ $json.o }}\"},"
	      "{\"name\":\"n\",\"type\":\"any\",\"value\":\"={{ $json.n }}\"}"),
	  "[{\"s\":\"abc\",\"i\":\"0123\",\"o\":{\"a\":1},\"n\":5}]",
	  TY_OK,
	  { { "main", "[{\"s\":\"abc\",\"i\":\"0123\",\"o\":{\"a\":1},\"n\":5}]" } } },
	{ "brackets lead into lists and names",
	  "{\"include_other\":true,\"paths\":\"brackets\",\"assignments\":["
	  "{\"name\":\"l[1].n\",\"value\":\"x\"},{\"name\":\"o[\\\"b.c\\\"]\",\"value\":\"y\"},"
	  "{\"name\":\"new[2]\",\"value\":\"z\"},{\"name\":\"a[x]\",\"value\":\"w\"}]}",
	  "[{\"l\":[0,{\"m\":1}],\"o\":{\"d\":2}}]",
	  TY_OK,
	  { { "main", "[{\"l\":[0,{\"m\":1,\"n\":\"x\"}],\"o\":{\"d\":2,\"b.c\":\"y\"},"
		      "\"new\":[null,null,\"z\"],\"a[x]\":\"w\"}]" } } },
	{ "brackets are a part of a name where they are not asked for",
	  SET("{\"name\":\"l[0]\",\"value\":\"x\"}"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"l[0]\":\"x\"}]" } } },
	{ "a name as it is",
	  "{\"paths\":\"name\",\"assignments\":[{\"name\":\"a.b\",\"value\":\"x\"},"
	  "{\"name\":\"a..\\\"b\\\"\",\"value\":\"y\"}]}",
	  "[{}]",
	  TY_OK,
	  { { "main", "[{\"a.b\":\"x\",\"a..\\\"b\\\"\":\"y\"}]" } } },
	{ "a place beyond what a list is filled up to",
	  "{\"paths\":\"brackets\",\"assignments\":[{\"name\":\"l[10000]\",\"value\":1}]}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "beyond 9999" },
	{ "the last place of one",
	  "{\"paths\":\"brackets\",\"include_other\":true,\"other_fields\":\"except\","
	  "\"fields\":[{\"name\":\"l[9999]\"}]}",
	  "[{\"l\":[1]}]",
	  TY_OK,
	  { { "main", "[{\"l\":[1]}]" } } },
	{ "an item has no places",
	  "{\"paths\":\"brackets\",\"assignments\":[{\"name\":\"[0].a\",\"value\":1}]}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "begins with a place" },
	{ "some fields stay",
	  "{\"include_other\":true,\"other_fields\":\"selected\",\"fields\":[{\"name\":\"b.c\"},"
	  "{\"name\":\"no\"}],\"assignments\":[{\"name\":\"d\",\"value\":\"x\"}]}",
	  "[{\"a\":1,\"b\":{\"c\":2,\"e\":3}}]",
	  TY_OK,
	  { { "main", "[{\"b\":{\"c\":2},\"d\":\"x\"}]" } } },
	{ "some fields go",
	  "{\"include_other\":true,\"other_fields\":\"except\",\"fields\":[{\"name\":\"b.c\"},"
	  "{\"name\":\"a\"},{\"name\":\"no.where\"}]}",
	  "[{\"a\":1,\"b\":{\"c\":2,\"e\":3}}]",
	  TY_OK,
	  { { "main", "[{\"b\":{\"e\":3}}]" } } },
	{ "what goes may be set",
	  "{\"include_other\":true,\"other_fields\":\"except\",\"fields\":[{\"name\":\"a\"}],"
	  "\"assignments\":[{\"name\":\"a\",\"type\":\"number\",\"value\":2}]}",
	  "[{\"a\":1,\"b\":1}]",
	  TY_OK,
	  { { "main", "[{\"b\":1,\"a\":2}]" } } },
	{ "an element of a list goes",
	  "{\"include_other\":true,\"paths\":\"brackets\",\"other_fields\":\"except\",\"fields\":["
	  "{\"name\":\"l[0]\"}]}",
	  "[{\"l\":[1,2]}]",
	  TY_OK,
	  { { "main", "[{\"l\":[2]}]" } } },
	{ "which fields is to be said",
	  "{\"include_other\":true,\"other_fields\":\"except\"}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "fields" },
	{ "a name is required",
	  SET("{\"value\":1}"),
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "name" },
	{ "nothing set, nothing kept", "{}", "[{\"a\":1}]", TY_OK, { { "main", "[{}]" } } },
};

START_TEST(set_gives_each_item_its_fields)
{
	row_run(&ty_node_core_set, &set_rows[_i]);
}
END_TEST

START_TEST(set_leaves_its_input_alone)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_set, "[{\"a\":{\"x\":1}}]");
	const json_t *record;

	fake_step_params(s, SET_ALL("{\"name\":\"a.x\",\"type\":\"number\",\"value\":2}"));
	ck_assert_ok(fake_step_run(s, &fx.err));
	record = fake_step_record(fake_step_result(s), "feed-main");
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(record, "outputs"), NULL),
			 "{\"main\":[{\"json\":{\"a\":{\"x\":1}}}]}");
	ck_assert_str_eq(fake_step_output(s, "main"), "[{\"a\":{\"x\":2}}]");
}
END_TEST

#define LEFT  "[{\"id\":1,\"l\":\"a\"},{\"id\":2,\"l\":\"b\"},{\"id\":3,\"l\":\"c\"}]"
#define RIGHT "[{\"id\":2,\"r\":\"x\"},{\"id\":4,\"r\":\"y\"}]"

static const struct {
	const char *params, *left, *right;
	enum ty_code rc;
	const char *out, *from;
} merge_rows[] = {
	{ "{}", "[{\"a\":1}]", "[{\"b\":2}]", TY_OK, "[{\"a\":1},{\"b\":2}]", "[[[0,0]],[[1,0]]]" },
	{ "{\"mode\":\"by_key\",\"key1\":\"__proto__\",\"clash\":\"deep\"}",
	  "[{\"__proto__\":{\"a\":1},\"constructor\":{\"l\":1}}]",
	  "[{\"__proto__\":{\"a\":1},\"constructor\":{\"r\":2}},{\"constructor\":1}]", TY_OK,
	  "[{\"__proto__\":{\"a\":1},\"constructor\":{\"l\":1,\"r\":2}}]", "[[[0,0],[1,0]]]" },
	{ "{\"mode\":\"append\"}", "[]", "[{\"b\":2}]", TY_OK, "[{\"b\":2}]", "[[[1,0]]]" },
	{ "{\"mode\":\"by_position\"}", LEFT, RIGHT, TY_OK,
	  "[{\"id\":2,\"l\":\"a\",\"r\":\"x\"},{\"id\":4,\"l\":\"b\",\"r\":\"y\"}]",
	  "[[[0,0],[1,0]],[[0,1],[1,1]]]" },
	{ "{\"mode\":\"by_position\",\"join\":\"left\"}", LEFT, RIGHT, TY_OK,
	  "[{\"id\":2,\"l\":\"a\",\"r\":\"x\"},{\"id\":4,\"l\":\"b\",\"r\":\"y\"},"
	  "{\"id\":3,\"l\":\"c\"}]",
	  "[[[0,0],[1,0]],[[0,1],[1,1]],[[0,2]]]" },
	{ "{\"mode\":\"by_position\",\"join\":\"outer\"}", RIGHT, LEFT, TY_OK,
	  "[{\"id\":1,\"r\":\"x\",\"l\":\"a\"},{\"id\":2,\"r\":\"y\",\"l\":\"b\"},"
	  "{\"id\":3,\"l\":\"c\"}]",
	  "[[[0,0],[1,0]],[[0,1],[1,1]],[[1,2]]]" },
	{ "{\"mode\":\"by_key\",\"key1\":\"id\"}", LEFT, RIGHT, TY_OK,
	  "[{\"id\":2,\"l\":\"b\",\"r\":\"x\"}]", "[[[0,1],[1,0]]]" },
	{ "{\"mode\":\"by_key\",\"key1\":\"id\",\"join\":\"left\"}", LEFT, RIGHT, TY_OK,
	  "[{\"id\":1,\"l\":\"a\"},{\"id\":2,\"l\":\"b\",\"r\":\"x\"},{\"id\":3,\"l\":\"c\"}]",
	  "[[[0,0]],[[0,1],[1,0]],[[0,2]]]" },
	{ "{\"mode\":\"by_key\",\"key1\":\"id\",\"join\":\"outer\"}", LEFT, RIGHT, TY_OK,
	  "[{\"id\":1,\"l\":\"a\"},{\"id\":2,\"l\":\"b\",\"r\":\"x\"},{\"id\":3,\"l\":\"c\"},"
	  "{\"id\":4,\"r\":\"y\"}]",
	  "[[[0,0]],[[0,1],[1,0]],[[0,2]],[[1,1]]]" },
	/* Each pair; 1 and "1" are not the same, an item without the key pairs with nothing. */
	{ "{\"mode\":\"by_key\",\"key1\":\"k.a\",\"key2\":\"q\"}",
	  "[{\"k\":{\"a\":1},\"n\":1},{\"n\":2},{\"k\":{\"a\":1},\"n\":3}]",
	  "[{\"q\":1,\"m\":1},{\"q\":\"1\"},{\"m\":2},{\"q\":1,\"m\":3}]", TY_OK,
	  "[{\"k\":{\"a\":1},\"n\":1,\"q\":1,\"m\":1},{\"k\":{\"a\":1},\"n\":1,\"q\":1,\"m\":3},"
	  "{\"k\":{\"a\":1},\"n\":3,\"q\":1,\"m\":1},{\"k\":{\"a\":1},\"n\":3,\"q\":1,\"m\":3}]",
	  NULL },
	/* A number is one key however it is written, and a text is none of them. */
	{ "{\"mode\":\"by_key\",\"key1\":\"id\"}",
	  "[{\"id\":7},{\"id\":100000000000000000000},{\"id\":1e400},{\"id\":0},"
	  "{\"id\":9007199254740993}]",
	  "[{\"id\":7.0,\"a\":1},{\"id\":7e0,\"a\":2},{\"id\":1e20,\"a\":3},{\"id\":10e399,\"a\":4}"
	  ","
	  "{\"id\":-0.0,\"a\":5},{\"id\":9007199254740992,\"a\":6},{\"id\":\"7\",\"a\":7}]",
	  TY_OK,
	  "[{\"id\":7,\"a\":1},{\"id\":7,\"a\":2},{\"id\":100000000000000000000,\"a\":3},"
	  "{\"id\":10e399,\"a\":4},{\"id\":-0,\"a\":5}]",
	  NULL },
	/* What input 1 has not, or what has no partner. */
	{ "{\"mode\":\"by_position\",\"join\":\"right\"}", RIGHT, LEFT, TY_OK,
	  "[{\"id\":1,\"r\":\"x\",\"l\":\"a\"},{\"id\":2,\"r\":\"y\",\"l\":\"b\"},"
	  "{\"id\":3,\"l\":\"c\"}]",
	  NULL },
	{ "{\"mode\":\"by_position\",\"join\":\"unpaired\"}", RIGHT, LEFT, TY_OK,
	  "[{\"id\":3,\"l\":\"c\"}]", "[[[1,2]]]" },
	{ "{\"mode\":\"by_key\",\"key1\":\"id\",\"join\":\"right\"}", LEFT, RIGHT, TY_OK,
	  "[{\"id\":2,\"l\":\"b\",\"r\":\"x\"},{\"id\":4,\"r\":\"y\"}]",
	  "[[[0,1],[1,0]],[[1,1]]]" },
	{ "{\"mode\":\"by_key\",\"key1\":\"id\",\"join\":\"unpaired\"}", LEFT, RIGHT, TY_OK,
	  "[{\"id\":1,\"l\":\"a\"},{\"id\":3,\"l\":\"c\"},{\"id\":4,\"r\":\"y\"}]",
	  "[[[0,0]],[[0,2]],[[1,1]]]" },
	/* null is a key, a field that is missing is none. */
	{ "{\"mode\":\"by_key\",\"key1\":\"k\"}", "[{\"k\":null,\"a\":1},{\"a\":2}]",
	  "[{\"k\":null,\"b\":1},{\"b\":2}]", TY_OK, "[{\"k\":null,\"a\":1,\"b\":1}]", NULL },
	{ "{\"mode\":\"by_key\",\"key1\":\"k\",\"first_only\":true}", "[{\"k\":1},{\"k\":1}]",
	  "[{\"k\":1,\"n\":1},{\"k\":1,\"n\":2}]", TY_OK, "[{\"k\":1,\"n\":1},{\"k\":1,\"n\":1}]",
	  NULL },
	/* Whose field counts. */
	{ "{\"mode\":\"by_position\",\"clash\":\"input1\"}", "[{\"a\":1,\"b\":1}]",
	  "[{\"a\":2,\"c\":2}]", TY_OK, "[{\"a\":1,\"b\":1,\"c\":2}]", NULL },
	{ "{\"mode\":\"by_position\",\"clash\":\"deep\"}",
	  "[{\"a\":{\"x\":1,\"y\":1},\"l\":[1,2,3],\"s\":1}]",
	  "[{\"a\":{\"x\":2,\"z\":2},\"l\":[9],\"s\":{}}]", TY_OK,
	  "[{\"a\":{\"x\":2,\"y\":1,\"z\":2},\"l\":[9,2,3],\"s\":{}}]", NULL },
	/* Each with each. */
	{ "{\"mode\":\"all_pairs\"}", "[{\"a\":1},{\"a\":2}]", "[{\"b\":1},{\"b\":2}]", TY_OK,
	  "[{\"a\":1,\"b\":1},{\"a\":1,\"b\":2},{\"a\":2,\"b\":1},{\"a\":2,\"b\":2}]",
	  "[[[0,0],[1,0]],[[0,0],[1,1]],[[0,1],[1,0]],[[0,1],[1,1]]]" },
	{ "{\"mode\":\"all_pairs\"}", "[]", "[{\"b\":1}]", TY_OK, "[]", NULL },
	/* One of them. */
	{ "{\"mode\":\"choose\"}", "[{\"a\":1}]", "[{\"b\":1}]", TY_OK, "[{\"a\":1}]",
	  "[[[0,0]]]" },
	{ "{\"mode\":\"choose\",\"choose\":\"input2\"}", "[{\"a\":1}]", "[{\"b\":1},{\"b\":2}]",
	  TY_OK, "[{\"b\":1},{\"b\":2}]", NULL },
	{ "{\"mode\":\"choose\",\"choose\":\"input1\"}", "[]", "[{\"b\":1}]", TY_OK, "[]", NULL },
	{ "{\"mode\":\"choose\",\"choose\":\"empty\"}", "[{\"a\":1}]", "[]", TY_OK, "[{}]", NULL },
	{ "{\"mode\":\"by_key\"}", "[{}]", "[{}]", TY_E_INVALID, NULL, NULL },
	{ "{\"mode\":\"sideways\"}", "[{}]", "[{}]", TY_E_INVALID, NULL, NULL },
};

START_TEST(merge_brings_two_lists_together)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_merge, merge_rows[_i].left);

	fake_step_items(s, "input2", merge_rows[_i].right);
	fake_step_params(s, merge_rows[_i].params);
	ck_assert_code(fake_step_run(s, &fx.err), merge_rows[_i].rc);
	if (merge_rows[_i].out != NULL)
		ck_assert_str_eq(fake_step_output(s, "main"), merge_rows[_i].out);
	if (merge_rows[_i].from != NULL)
		ck_assert_str_eq(fake_step_from(s, "main"), merge_rows[_i].from);
}
END_TEST

static const char *
numbers(int count)
{
	json_t *list = ty_json_own(fx.arena, json_array());

	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:i}", "n", i));
	return ty_json_dump(fx.arena, list, NULL);
}

START_TEST(all_pairs_are_at_most_what_a_step_may_emit)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_merge, numbers(100));

	fake_step_items(s, "input2", numbers(_i == 0 ? 100 : 101));
	fake_step_params(s, "{\"mode\":\"all_pairs\"}");
	ck_assert_code(fake_step_run(s, &fx.err), _i == 0 ? TY_OK : TY_E_LIMIT);
	if (_i == 1)
		ck_assert_ptr_nonnull(strstr(fx.err.msg, "100 items with 101 make 10100 pairs"));
}
END_TEST

TEST_MAIN("nodes.data", {
	TEST_LOOP(set_gives_each_item_its_fields, set_rows);
	TEST(set_leaves_its_input_alone);
	TEST_LOOP(merge_brings_two_lists_together, merge_rows);
	tcase_add_loop_test(tc, all_pairs_are_at_most_what_a_step_may_emit, 0, 2);
})
