/*
 * test_state.c -- data.state: what it asks of the service "state", and what it makes of the answer.
 */
#include "unit/engine/flow.h"

#include "base/err.h"
#include "nodes/nodes.h"

#define ITEMS "[{`json`:{`n`:1,`k`:`a`,`v`:{`x`:[1]}}}]"

static const struct state_row {
	const char *params, *answer; /* answer NULL: the service is not asked */
	const char *asked;
	const char *out;     /* outputs; NULL: it fails */
	const char *message; /* of its failure */
} rows[] = {
	{ "`key`:`={{ $json.k }}`", "{`outcome`:`done`,`found`:true,`value`:[1],`version`:7}",
	  "{`do`:`get`,`key`:`a`,`scope`:`workflow`}",
	  "{`main`:[{`json`:{`n`:1,`k`:`a`,`v`:{`x`:[1]},`state`:{`found`:true,`value`:[1],"
	  "`version`:7,`key`:`a`}},`from`:0}]}",
	  NULL },
	{ "`key`:`a`,`fallback`:`={{ $json.n }}`,`into`:`v.kept`",
	  "{`outcome`:`done`,`found`:false,`value`:null,`version`:0}",
	  "{`do`:`get`,`key`:`a`,`scope`:`workflow`}",
	  "{`main`:[{`json`:{`n`:1,`k`:`a`,`v`:{`x`:[1],`kept`:{`found`:false,`value`:1,`version`:"
	  "0,"
	  "`key`:`a`}}},`from`:0}]}",
	  NULL },
	{ "`action`:`put`,`key`:`a`,`value`:`={{ $json.v }}`,`scope`:`workspace`,`into`:`n`",
	  "{`outcome`:`done`,`version`:8,`created`:true}",
	  "{`do`:`put`,`expires_s`:0,`key`:`a`,`scope`:`workspace`,`value`:{`x`:[1]}}",
	  "{`main`:[{`json`:{`n`:{`version`:8,`created`:true,`key`:`a`},`k`:`a`,`v`:{`x`:[1]}},"
	  "`from`:0}]}",
	  NULL },
	{ "`action`:`put`,`key`:`a`,`value`:null,`when`:`new`,`into`:`n`",
	  "{`outcome`:`conflict`,`version`:8}",
	  "{`do`:`put`,`expires_s`:0,`key`:`a`,`scope`:`workflow`,`value`:null,`version`:0}",
	  "{`conflict`:[{`json`:{`n`:{`version`:8,`key`:`a`},`k`:`a`,`v`:{`x`:[1]}},`from`:0}]}",
	  NULL },
	{ "`action`:`put`,`key`:`a`,`value`:`={{ $json.no }}`,`when`:`unchanged`,`version`:`={{ "
	  "$json.n }}`,`expires_s`:60,`into`:`n`",
	  "{`outcome`:`done`,`version`:9,`created`:false}",
	  "{`do`:`put`,`expires_s`:60,`key`:`a`,`scope`:`workflow`,`value`:null,`version`:1}",
	  "{`main`:[{`json`:{`n`:{`version`:9,`created`:false,`key`:`a`},`k`:`a`,`v`:{`x`:[1]}},"
	  "`from`:0}]}",
	  NULL },
	{ "`action`:`increment`,`key`:`a`,`into`:`n`", "{`outcome`:`done`,`value`:4,`version`:2}",
	  "{`by`:1,`do`:`increment`,`key`:`a`,`scope`:`workflow`}",
	  "{`main`:[{`json`:{`n`:{`value`:4,`version`:2,`key`:`a`},`k`:`a`,`v`:{`x`:[1]}},`from`:0}"
	  "]}",
	  NULL },
	{ "`action`:`increment`,`key`:`a`,`by`:-0.5,`expires_s`:5,`into`:`n`",
	  "{`outcome`:`no_number`,`type`:`string`}",
	  "{`by`:-0.5,`do`:`increment`,`expires_s`:5,`key`:`a`,`scope`:`workflow`}", NULL,
	  "The value of \"a\" is no number" },
	{ "`action`:`delete`,`key`:`__proto__`,`into`:`n`", "{`outcome`:`done`,`deleted`:false}",
	  "{`do`:`delete`,`key`:`__proto__`,`scope`:`workflow`}",
	  "{`main`:[{`json`:{`n`:{`deleted`:false,`key`:`__proto__`},`k`:`a`,`v`:{`x`:[1]}},`from`:"
	  "0}]}",
	  NULL },
	{ "`action`:`list`,`max`:2,`into`:`n`",
	  "{`outcome`:`done`,`keys`:[{`key`:`a`,`version`:1,`bytes`:2}],`more`:false}",
	  "{`do`:`list`,`key`:``,`max`:2,`scope`:`workflow`}",
	  "{`main`:[{`json`:{`n`:{`keys`:[{`key`:`a`,`version`:1,`bytes`:2}],`more`:false},`k`:`a`,"
	  "`v`:{`x`:[1]}},`from`:0}]}",
	  NULL },
	{ "`action`:`put`,`key`:`a`,`value`:1", "{`outcome`:`keys`}",
	  "{`do`:`put`,`expires_s`:0,`key`:`a`,`scope`:`workflow`,`value`:1}", NULL,
	  "one more than the workspace may keep" },
	{ "`action`:`put`,`key`:`a`,`value`:1", "{`outcome`:`bytes`}",
	  "{`do`:`put`,`expires_s`:0,`key`:`a`,`scope`:`workflow`,`value`:1}", NULL,
	  "more bytes than the workspace may keep" },
	{ "`action`:`put`,`key`:`a`,`value`:1", "{`outcome`:`what`}",
	  "{`do`:`put`,`expires_s`:0,`key`:`a`,`scope`:`workflow`,`value`:1}", NULL,
	  "outcome \"what\"" },
	/* A key of another type is taken as a text where it can be one. */
	{ "`key`:`={{ $json.n }}`,`into`:`n`",
	  "{`outcome`:`done`,`found`:false,`value`:null,`version`:0}",
	  "{`do`:`get`,`key`:`1`,`scope`:`workflow`}",
	  "{`main`:[{`json`:{`n`:{`found`:false,`value`:null,`version`:0,`key`:`1`},`k`:`a`,`v`:{`"
	  "x`:"
	  "[1]}},`from`:0}]}",
	  NULL },
	{ "`key`:`={{ $json.v }}`", NULL, NULL, NULL, "key" },
	{ "`key`:`={{ $json.no }}`", NULL, NULL, NULL, "key" },
	{ "`action`:`increment`,`key`:`a`,`by`:`={{ $json.k }}`", NULL, NULL, NULL, "by" },
	{ "`action`:`put`,`key`:`a`,`value`:1,`when`:`unchanged`,`version`:`={{ $json.v }}`", NULL,
	  NULL, NULL, "version" },
};

static const struct state_row *row;
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

/* Both outputs, in the form of outputs_text(). */
static const char *
outs_text(const char *text)
{
	static const char *const names[] = { "main", "conflict" };
	json_t *outs = ty_json_own(fx.arena, json_copy(fake_json(fx.arena, quoted(text))));

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++)
		if (json_object_get(outs, names[i]) == NULL)
			json_object_set_new(outs, names[i], json_array());
	return ty_json_dump_canonical(fx.arena, outs, NULL);
}

START_TEST(an_item_is_one_operation)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const char *flow;

	row = &rows[_i];
	asked = NULL;
	f->on_call = answer;
	flow = ty_arena_printf(fx.arena, FLOW(NODE("a", "data.state", "%s"), EDGE("start", "a")),
			       row->params);
	r = fake_ops_run(f, flow, ITEMS, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	if (row->answer != NULL)
		ck_assert_str_eq(asked, quoted(row->asked));
	else
		ck_assert_ptr_null(asked);
	if (row->out == NULL) {
		ck_assert_int_ne(r->status, TY_STATUS_OK);
		ck_assert_msg(strstr(error_str(r, "message"), row->message) != NULL, "%s",
			      error_str(r, "message"));
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(outputs_text(r, "a"), outs_text(row->out));
}
END_TEST

static json_t *
count_up(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_pack("{s:s, s:i, s:i}", "outcome", "done", "value", (int)f->calls, "version",
			 (int)f->calls);
}

START_TEST(each_of_ten_thousand_items_is_asked_once_and_none_of_none)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *flow =
		FLOW(NODE("a", "data.state", "`action`:`increment`,`key`:`k`"), EDGE("start", "a"));
	const struct ty_run_result *r;
	struct ty_buf items;

	ty_buf_init(&items, fx.arena, 1 << 16);
	ty_buf_printf(&items, "[");
	for (int i = 0; i < 10000; i++)
		ty_buf_printf(&items, "%s{`json`:{`i`:%d}}", i > 0 ? "," : "", i);
	ty_buf_printf(&items, "]");
	f->on_call = count_up;
	r = fake_ops_run(f, flow, items.data, NULL, &fx.err);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	ck_assert_uint_eq(f->calls, 10000);
	f = fake_ops_new(fx.arena);
	f->on_call = count_up;
	r = fake_ops_run(f, flow, "[]", NULL, &fx.err);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	ck_assert_uint_eq(f->calls, 0);
}
END_TEST

/* A write that is in doubt is asked again, because the service does it once. */
START_TEST(an_operation_in_doubt_is_asked_again)
{
	const char *flow =
		FLOW(NODE("a", "data.state", "`action`:`increment`,`key`:`k`"), EDGE("start", "a"));
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	json_t *journal;

	f->on_call = count_up;
	ck_assert_ptr_nonnull(fake_ops_run(f, flow, ITEMS, NULL, &fx.err));
	journal = fake_ops_journal(f, fx.arena, 1); /* the intent alone */
	f = fake_ops_new(fx.arena);
	f->on_call = count_up;
	r = fake_ops_run(f, flow, ITEMS, journal, &fx.err);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	ck_assert_uint_eq(f->calls, 1);
}
END_TEST

TEST_MAIN("nodes.state", {
	TEST_LOOP(an_item_is_one_operation, rows);
	TEST(each_of_ten_thousand_items_is_asked_once_and_none_of_none);
	TEST(an_operation_in_doubt_is_asked_again);
})
