/*
 * test_file.c -- data.file: what it asks of the service "file", and what it makes of the answer.
 */
#include "unit/engine/flow.h"

#include "nodes/nodes.h"

#define HASH	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MADE	  "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define FILE_JSON "{`blob`:`" HASH "`,`mime`:`text/csv`,`name`:`a.csv`,`bytes`:3}"
#define MADE_JSON "{`blob`:`" MADE "`,`mime`:`text/plain`,`name`:`b`,`bytes`:1}"
#define ITEMS	  "[{`json`:{`n`:1,`v`:{`a`:1}},`binary`:{`data`:" FILE_JSON "}}]"

static const struct file_row {
	const char *params, *answer; /* answer NULL: the service is not asked */
	const char *asked;
	const char *items; /* what leaves; NULL: it fails */
	const char *message;
} rows[] = {
	{ "", "{`text`:`a,b`}", "{`do`:`read`,`file`:" FILE_JSON ",`as`:`text`,`charset`:``}",
	  "[{`json`:{`n`:1,`v`:{`a`:1},`data`:`a,b`},`binary`:{`data`:" FILE_JSON "},`from`:0}]",
	  NULL },
	{ "`form`:`base64`,`into`:`v.b`", "{`text`:`AP8=`}",
	  "{`do`:`read`,`file`:" FILE_JSON ",`as`:`base64`,`charset`:``}",
	  "[{`json`:{`n`:1,`v`:{`a`:1,`b`:`AP8=`}},`binary`:{`data`:" FILE_JSON "},`from`:0}]",
	  NULL },
	{ "`form`:`json`,`charset`:`utf-16`", "{`text`:`{\\`__proto__\\`:[1]}`}",
	  "{`do`:`read`,`file`:" FILE_JSON ",`as`:`text`,`charset`:`utf-16`}",
	  "[{`json`:{`n`:1,`v`:{`a`:1},`data`:{`__proto__`:[1]}},`binary`:{`data`:" FILE_JSON
	  "},`from`:0}]",
	  NULL },
	{ "`form`:`json`", "{`text`:`no`}",
	  "{`do`:`read`,`file`:" FILE_JSON ",`as`:`text`,`charset`:``}", NULL,
	  "the file is no JSON" },
	{ "`file`:`other`", NULL, NULL, NULL, "The item has no file \"other\"" },
	{ "`action`:`write`,`value`:`={{ $json.n }}`,`file`:`b`,`name`:`b`",
	  "{`file`:" MADE_JSON "}",
	  "{`do`:`write`,`text`:`1`,`from`:`text`,`charset`:``,`mime`:`text/plain`,`name`:`b`}",
	  "[{`json`:{`n`:1,`v`:{`a`:1}},`binary`:{`data`:" FILE_JSON ",`b`:" MADE_JSON
	  "},`from`:0}]",
	  NULL },
	{ "`action`:`write`,`form`:`json`,`value`:`={{ $json.v }}`", "{`file`:" MADE_JSON "}",
	  "{`do`:`write`,`text`:`{\\`a\\`:1}`,`from`:`text`,`charset`:``,`mime`:`application/"
	  "json`,`name`:``}",
	  "[{`json`:{`n`:1,`v`:{`a`:1}},`binary`:{`data`:" MADE_JSON "},`from`:0}]", NULL },
	{ "`action`:`write`,`value`:`={{ $json.v }}`", NULL, NULL, NULL,
	  "an object, but a text is expected" },
	{ "`action`:`write`,`value`:`={{ $json.x }}`", NULL, NULL, NULL, "value" },
};

static const struct file_row *row;
static const char *asked;

static json_t *
answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	json_t *bare = ty_json_own(f->arena, json_copy((json_t *)request));

	json_object_del(bare, "idempotency_key");
	json_object_del(bare, "timeout_ms");
	asked = ty_json_dump_canonical(f->arena, bare, NULL);
	ck_assert_ptr_nonnull(row->answer);
	return json_incref(fake_json(f->arena, quoted(row->answer)));
}

START_TEST(a_file_is_read_or_written)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const char *flow;

	row = &rows[_i];
	asked = NULL;
	f->on_call = answer;
	flow = ty_arena_printf(fx.arena, FLOW(NODE("a", "data.file", "%s"), EDGE("start", "a")),
			       row->params);
	r = fake_ops_run(f, flow, ITEMS, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	if (row->answer != NULL)
		ck_assert_str_eq(asked,
				 ty_json_dump_canonical(
					 fx.arena, fake_json(fx.arena, quoted(row->asked)), NULL));
	if (row->items == NULL) {
		ck_assert_int_ne(r->status, TY_STATUS_OK);
		ck_assert_msg(strstr(error_str(r, "message"), row->message) != NULL, "%s",
			      error_str(r, "message"));
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(outputs_text(r, "a"),
			 ty_json_dump_canonical(
				 fx.arena,
				 fake_json(fx.arena, ty_arena_printf(fx.arena, "{\"main\":%s}",
								     quoted(row->items))),
				 NULL));
}
END_TEST

START_TEST(bytes_that_are_no_text_are_told)
{
	static const struct file_row mended = { "", "{`text`:`a`,`mended`:true}", NULL, NULL,
						NULL };
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	row = &mended;
	f->on_call = answer;
	r = fake_ops_run(f, FLOW(NODE("a", "data.file", ""), EDGE("start", "a")), ITEMS, NULL,
			 &fx.err);
	ck_assert_ptr_nonnull(r);
	ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, r->steps, NULL), "\"not_text\""));
}
END_TEST

TEST_MAIN("nodes.file", {
	TEST_LOOP(a_file_is_read_or_written, rows);
	TEST(bytes_that_are_no_text_are_told);
})
