/*
 * test_set_json.c -- core.set whose fields are written as JSON: what values put into it become.
 */
#include "unit/nodes/lists.h"

#define JSON(text) "{`mode`:`json`,`json`:" text "}"

static const struct list_row rows[] = {
	{ "an object with expressions within",
	  JSON("{`a`:`={{ $json.n }}`,`b`:[`={{ $json.s.trim() }}`,true]}"),
	  "[{`n`:5,`s`:` x `}]",
	  TY_OK,
	  { { "main", "[{`a`:5,`b`:[`x`,true]}]" } } },
	{ "an expression that gives one",
	  JSON("`={{ $json.o }}`"),
	  "[{`o`:{`a`:1}},{`o`:`{ \\`b\\`: 2 }`}]",
	  TY_OK,
	  { { "main", "[{`a`:1},{`b`:2}]" } } },
	{ "JSON as it is written",
	  JSON("`{\\`a\\`: [1, null]}`"),
	  "[{}]",
	  TY_OK,
	  { { "main", "[{`a`:[1,null]}]" } } },
	{ "quotes, line breaks and backslashes of a value are its own",
	  JSON("`={ \\`a\\`: \\`{{ $json.s }}!\\`, \\`b\\`: {{ $json.n }} }`"),
	  "[{`s`:`x\\`y\\n\\\\z\\t`,`n`:1},{`s`:`é`,`n`:12345678901234567890}]",
	  TY_OK,
	  { { "main", "[{`a`:`x\\`y\\n\\\\z\\t!`,`b`:1},{`a`:`é!`,`b`:12345678901234567890}]" } } },
	{ "of a script too",
	  JSON("`={ \\`a\\`: \\`{{ $json.s.trim() }}, {{ $json.n }}\\`, \\`b\\`: {{ [1, $json.n] "
	       "}} }`"),
	  "[{`s`:` x\\`y\\n\\\\z `,`n`:1}]",
	  TY_OK,
	  { { "main", "[{`a`:`x\\`y\\n\\\\z, 1`,`b`:[1,1]}]" } } },
	{ "of a formula too",
	  JSON("`={ \\`a\\`: \\`{{ $json.s + '\\\\n' }}\\`, \\`b\\`: {{ $json.n > 0 }} }`"),
	  "[{`s`:`x\\``,`n`:1}]",
	  TY_OK,
	  { { "main", "[{`a`:`x\\`\\n`,`b`:true}]" } } },
	{ "an object in a text is its JSON, escaped",
	  JSON("`={ \\`a\\`: \\`{{ $json.o }}\\`, \\`b\\`: {{ $json.o }} }`"),
	  "[{`o`:{`k`:`v`}}]",
	  TY_OK,
	  { { "main", "[{`a`:`{\\`k\\`:\\`v\\`}`,`b`:{`k`:`v`}}]" } } },
	{ "text that is JSON already is put in as it is",
	  JSON("`={ \\`a\\`: {{ JSON.stringify($json.s) }}, \\`b\\`: {{ $json.j }} }`"),
	  "[{`s`:`x\\`y`,`j`:`[1]`}]",
	  TY_OK,
	  { { "main", "[{`a`:`x\\`y`,`b`:[1]}]" } } },
	{ "what is not there is nothing in a text, and null elsewhere",
	  JSON("`={ \\`a\\`: \\`{{ $json.no }}-{{ $json.null }}\\`, \\`b\\`: {{ $json.no }}, "
	       "\\`c\\`: {{ $json.null }} }`"),
	  "[{`null`:null}]",
	  TY_OK,
	  { { "main", "[{`a`:`-`,`b`:null,`c`:null}]" } } },
	{ "the same of a script",
	  JSON("`={ \\`a\\`: \\`{{ $json.l.find(x => x > 9) }}-\\`, \\`b\\`: {{ $json.l.find(x => "
	       "x > "
	       "9) }} }`"),
	  "[{`l`:[1]}]",
	  TY_OK,
	  { { "main", "[{`a`:`-`,`b`:null}]" } } },
	{ "an escaped quote ends no text",
	  JSON("`={ \\`a\\`: \\`\\\\\\`{{ $json.s }}\\\\\\`\\`, \\`{{ $json.k }}\\`: 1 }`"),
	  "[{`s`:`x\\`y`,`k`:`a b\\``}]",
	  TY_OK,
	  { { "main", "[{`a`:`\\`x\\`y\\``,`a b\\``:1}]" } } },
	{ "other fields stay where asked",
	  "{`mode`:`json`,`json`:{`a`:2},`include_other`:true,`other_fields`:`except`,`fields`:[{"
	  "`name`:`c`}]}",
	  "[{`a`:1,`b`:1,`c`:1}]",
	  TY_OK,
	  { { "main", "[{`a`:2,`b`:1}]" } } },
	{ "a text where JSON belongs fails its item",
	  JSON("`={ \\`a\\`: {{ $json.s }} }`"),
	  "[{`s`:`x`}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "is no JSON" },
	{ "a list is no item",
	  JSON("`={{ $json.l }}`"),
	  "[{`l`:[1]}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "no object" },
	{ "a list that is written is found before",
	  JSON("[1]"),
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "no object" },
	{ "so is what is no JSON",
	  JSON("`{`"),
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "is no JSON" },
	{ "the JSON is required",
	  "{`mode`:`json`}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "json" },
	{ "fields are not looked at beside it",
	  "{`mode`:`json`,`json`:{`a`:1},`assignments`:[{`name`:`b`,`value`:`x`}]}",
	  "[{}]",
	  TY_OK,
	  { { "main", "[{`a`:1}]" } } },
};

START_TEST(fields_are_written_as_json)
{
	list_row_run(&ty_node_core_set, &rows[_i]);
}
END_TEST

/* A member over 50 KB has left the item by reference. */
START_TEST(a_large_value_is_put_in_whole)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	char *text = ty_arena_alloc(fx.arena, 60001);
	const struct ty_run_result *r;

	memset(text, 'x', 60000);
	r = fake_ops_run(
		f,
		FLOW(NODE("n", "core.noop", "") "," NODE("s", "core.set",
							 "`mode`:`json`,`json`:`={ \\`n\\`: {{ "
							 "$json.o.n }}, \\`o\\`: {{ $json.o }} }`"),
		     EDGE("start", "n") "," EDGE("n", "s")),
		ty_arena_printf(fx.arena, "[{`json`:{`o`:{`s`:`%s`,`n`:1}}}]", text), NULL,
		&fx.err);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	ck_assert_uint_eq(r->payload_count, 1); /* the same text, once */
	ck_assert_str_eq(
		ty_json_dump_canonical(fx.arena,
				       json_object_get(fake_step_record(r, "s"), "outputs"), NULL),
		ty_arena_printf(fx.arena,
				"{\"main\":[{\"from\":0,\"json\":{\"n\":1,\"o\":{\"n\":1,\"s\":{"
				"\"$payload\":\"%s\",\"bytes\":60000,\"kind\":\"string\"}}}}]}",
				r->payloads[0].hash));
}
END_TEST

START_TEST(a_value_that_throws_may_be_undefined)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(f,
			 FLOW_WITH(NODE("s", "core.set",
					"`mode`:`json`,`json`:`={ \\`a\\`: \\`{{ $json.x.y() }}-{{ "
					"$json.n }}\\`, \\`b\\`: {{ $json.x.y() }} }`"),
				   EDGE("start", "s"), "`expression_errors`:`undefined`"),
			 ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s",
		      r != NULL ? error_str(r, "message") : fx.err.msg);
	ck_assert_ptr_nonnull(strstr(outputs_text(r, "s"), "{\"a\":\"-1\",\"b\":null}"));
}
END_TEST

TEST_MAIN("nodes.set_json", {
	TEST_LOOP(fields_are_written_as_json, rows);
	TEST(a_large_value_is_put_in_whole);
	TEST(a_value_that_throws_may_be_undefined);
})
