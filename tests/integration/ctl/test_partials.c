/*
 * test_partials.c -- tybooctl runs a part of a workflow.
 */
#define TEST_TIMEOUT_S 60
#include "stand.h"

#define FLOW                                                                                       \
	"{\"nodes\":[{\"id\":\"a\",\"type\":\"core.manual\"},{\"id\":\"b\",\"type\":\"core."       \
	"noop\"},"                                                                                 \
	"{\"id\":\"new\",\"type\":\"core.nonesuch\"}],"                                            \
	"\"edges\":[{\"from\":\"a\",\"to\":\"b\"},{\"from\":\"b\",\"to\":\"new\"}],\"settings\":{" \
	"}}"

static void
import(void)
{
	make_workspace();
	ck_assert_int_eq(ctl(FLOW, "workflow", "import", "--name", "Flow").code, 0);
}

/* The node that is being made is in nobody's way. */
START_TEST(a_part_of_a_workflow_is_run_on_pins)
{
	const char *run;

	import();
	ck_assert_int_eq(ctl(NULL, "run", "Flow").code, 1);
	run = member(ctl("{\"a\":[{\"json\":{\"n\":1}}]}", "--json", "run", "Flow", "--pin", "-",
			 "--to", "b"),
		     "execution_id");
	ck_assert_str_eq(member(ctl(NULL, "--json", "executions", "show", run), "mode"), "partial");
}
END_TEST

static const struct {
	const char *option, *node, *message;
} refused[] = {
	{ "--to", "zzz", "there is no node \"zzz\" in this version" },
	{ "--to", "new", "1 error" },
	{ "--only", "b", "nothing before it is pinned or recorded" },
	{ "--from", "b", "nothing before it is pinned or recorded" },
	{ "--source", "soon", "It is no id of a run" },
};

START_TEST(a_part_that_cannot_be_run_is_refused)
{
	struct said said;

	import();
	said = ctl(NULL, "run", "Flow", refused[_i].option, refused[_i].node);
	ck_assert_int_eq(said.code, 1);
	ck_assert_msg(strstr(said.err, refused[_i].message) != NULL, "%s", said.err);
}
END_TEST

static void
add_tests(TCase *tc)
{
	TEST(a_part_of_a_workflow_is_run_on_pins);
	TEST_LOOP(a_part_that_cannot_be_run_is_refused, refused);
}

SUITE_MAIN("partials", TEST_TIMEOUT_S, setup, fx_teardown, open_servers(), services_stop(&svc),
	   add_tests(tc))
