/*
 * test_statics.c -- static data: what code sees of it, and what of it a run has changed.
 */
#include "unit/engine/flow.h"

#include "base/limits.h"
#include "engine/digest.h"
#include "engine/statics.h"

#define CODE(id, code)	    NODE(id, "core.code", "`code`:`" code "`")
#define CODE_EACH(id, code) NODE(id, "core.code", "`mode`:`each`,`code`:`" code "`")
#define GLOBAL		    "const s = $getWorkflowStaticData('global'); "
#define OF_NODE		    "const s = $getWorkflowStaticData('node'); "
#define ONE(node)	    FLOW(node, EDGE("start", "a"))
#define TWO(a, b)	    FLOW(a "," b, EDGE("start", "a") "," EDGE("a", "b"))

static const struct static_row {
	const char *what, *flow, *statics;
	const char *changes; /* NULL: the run fails */
	const char *message; /* of its failure */
} rows[] = {
	{ "a new key", ONE(CODE("a", GLOBAL "s.n = (s.n || 0) + 1; return items;")), "{}",
	  "[{`node`:``,`set`:{`n`:1},`gone`:[]}]", NULL },
	{ "a key that is there", ONE(CODE("a", GLOBAL "s.n++; return items;")),
	  "{`global`:{`n`:4,`m`:1}}", "[{`node`:``,`set`:{`n`:5},`gone`:[]}]", NULL },
	{ "a key that goes", ONE(CODE("a", GLOBAL "delete s.n; return [];")),
	  "{`global`:{`n`:4,`m`:1}}", "[{`node`:``,`set`:{},`gone`:[`n`]}]", NULL },
	{ "deep inside", ONE(CODE("a", GLOBAL "s.list.push({ x: 1 }); return [];")),
	  "{`global`:{`list`:[]}}", "[{`node`:``,`set`:{`list`:[{`x`:1}]},`gone`:[]}]", NULL },
	{ "only looked at", ONE(CODE("a", GLOBAL "return [{ n: s.n }];")), "{`global`:{`n`:4}}",
	  "[]", NULL },
	{ "taken back", ONE(CODE("a", GLOBAL "s.n = 1; delete s.n; return [];")), "{}", "[]",
	  NULL },
	{ "of the node", ONE(CODE("a", OF_NODE "s.n = 1; return [];")),
	  "{`global`:{`n`:4},`node:b`:{`n`:7}}", "[{`node`:`a`,`set`:{`n`:1},`gone`:[]}]", NULL },
	{ "one object in a run",
	  TWO(CODE("a", GLOBAL "s.n = 1; return items;"), CODE("b", GLOBAL "s.n++; return [];")),
	  "{}", "[{`node`:``,`set`:{`n`:2},`gone`:[]}]", NULL },
	{ "and for each item",
	  ONE(CODE_EACH("a", GLOBAL "s.n = (s.n || 0) + $json.n; return $json;")), "{}",
	  "[{`node`:``,`set`:{`n`:6},`gone`:[]}]", NULL },
	{ "behind an await", ONE(CODE("a", GLOBAL "await null; s.n = 1; return [];")), "{}",
	  "[{`node`:``,`set`:{`n`:1},`gone`:[]}]", NULL },
	{ "by the other name", ONE(CODE("a", "getWorkflowStaticData('global').n = 1; return [];")),
	  "{}", "[{`node`:``,`set`:{`n`:1},`gone`:[]}]", NULL },
	{ "a prototype's name is a key", ONE(CODE("a", GLOBAL "s.constructor = 1; return [];")),
	  "{}", "[{`node`:``,`set`:{`constructor`:1},`gone`:[]}]", NULL },
	{ "what JSON does not keep",
	  ONE(CODE("a", GLOBAL "s.d = new Date(0); s.f = () => 1; s.u = undefined; return [];")),
	  "{}", "[{`node`:``,`set`:{`d`:`1970-01-01T00:00:00.000Z`},`gone`:[]}]", NULL },
	{ "another scope", ONE(CODE("a", "$getWorkflowStaticData('flow'); return [];")), "{}", NULL,
	  "static data is of the workflow" },
	{ "a circle", ONE(CODE("a", GLOBAL "s.s = s; return [];")), "{}", NULL, "cyclic" },
	{ "too large", ONE(CODE("a", GLOBAL "s.t = 'x'.repeat(262144); return [];")), "{}", NULL,
	  "bytes as JSON, and 262144 are the most" },
	{ "code that fails", ONE(CODE("a", GLOBAL "s.n = 1; throw new Error('no');")), "{}", NULL,
	  "no" },
	{ "an expression",
	  ONE(NODE("a", "core.set",
		   "`assignments`:[{`name`:`x`,`value`:`={{ "
		   "$getWorkflowStaticData('global').n }}`}]")),
	  "{}", NULL, "getWorkflowStaticData" },
};

static const struct ty_run_result *
run(struct fake_ops *f, const char *flow, const char *statics)
{
	fake_ops_use_sandbox(f);
	f->statics = statics != NULL ? fake_json(fx.arena, quoted(statics)) : NULL;
	return fake_ops_run(f, flow, THREE_ITEMS, NULL, &fx.err);
}

START_TEST(code_keeps_what_it_changes)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct static_row *row = &rows[_i];
	const struct ty_run_result *r = run(f, row->flow, row->statics);

	ck_assert_msg(r != NULL, "%s: %s", row->what, fx.err.msg);
	if (row->changes == NULL) {
		ck_assert_int_eq(r->status, TY_STATUS_ERROR);
		ck_assert_msg(strstr(error_str(r, "message"), row->message) != NULL, "%s: %s",
			      row->what, error_str(r, "message"));
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s: %s", row->what, error_str(r, "message"));
	ck_assert_str_eq(
		ty_json_dump(fx.arena, ty_json_own(fx.arena, ty_run_static_changes(f->run)), NULL),
		quoted(row->changes));
}
END_TEST

/* An attempt that failed leaves nothing: the next one begins as it did. */
START_TEST(an_attempt_that_failed_changes_nothing)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	r = run(f,
		FLOW(NODE_WITH("a", "core.code",
			       "`mode`:`each`,`code`:`" GLOBAL
			       "s.n = (s.n || 0) + 1; if ($json.n === 2) throw new "
			       "Error('no'); return $json;`",
			       ",`on_error`:`continue`,`retry`:{`tries`:2}"),
		     EDGE("start", "a")),
		"{}");
	ck_assert_msg(f->run != NULL, "%s", fx.err.msg);
	if (r == NULL)
		fake_ops_advance(f, 60000);
	r = ty_run_result(f->run);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	ck_assert_str_eq(
		ty_json_dump(fx.arena, ty_json_own(fx.arena, ty_run_static_changes(f->run)), NULL),
		quoted("[{`node`:``,`set`:{`n`:3},`gone`:[]}]"));
}
END_TEST

START_TEST(a_run_of_before_has_none)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->digest_version = TY_DIGEST_STATICS - 1;
	r = run(f, ONE(CODE("a", GLOBAL "return [];")), "{}");
	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "Can't find variable"));
	ck_assert_uint_eq(json_array_size(ty_json_own(fx.arena, ty_run_static_changes(f->run))), 0);
}
END_TEST

TEST_MAIN("engine.statics", {
	TEST_LOOP(code_keeps_what_it_changes, rows);
	TEST(an_attempt_that_failed_changes_nothing);
	TEST(a_run_of_before_has_none);
})
