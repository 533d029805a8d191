/*
 * test_docs.c -- the examples of docs/WORKFLOWS.md do what the page says of them.
 *
 * An example is a whole workflow in a block of JSON, and behind it lines
 *
 *	Given `[items]` it ends with `[items]`.
 *	Given `[items]` it fails with `code`.
 *
 * of the "json" of what its trigger gets and of what its run gives.  Waits end by the clock.  Whether each
 * construct has an example, and each example a test, tests/lint/examples.mjs says.
 */
#include "json/json.h"
#include "support/common.h"
#include "support/fake_ops.h"
#include "support/places.h"

#include <stdio.h>

#define EXAMPLES_MAX 128
#define GIVEN	     "\nGiven `"

enum { ENDS, FAILS };
static const char *const ends[] = {
	[ENDS] = "` it ends with `",
	[FAILS] = "` it fails with `",
};

static struct example {
	const char *workflow, *given, *outcome;
	int end;
} examples[EXAMPLES_MAX];
static int example_count;

static char *
page_read(void)
{
	FILE *file = fopen(TY_SOURCE_DIR "/docs/WORKFLOWS.md", "r");
	static char page[1 << 20];
	size_t len;

	if (file == NULL)
		return NULL;
	len = fread(page, 1, sizeof(page) - 1, file);
	fclose(file);
	page[len] = '\0';
	return page;
}

/* Cut the text between here and 'end' out of the page; the page goes on behind it. */
static const char *
cut(char **at, const char *end)
{
	char *text = *at, *stop = strstr(text, end);

	if (stop == NULL)
		return NULL;
	*stop = '\0';
	*at = stop + strlen(end);
	return text;
}

/* One line behind a block. */
static void
given_read(char **at, const char *workflow)
{
	struct example e = { .workflow = workflow };
	const char *line_end = strchr(*at + 1, '\n'), *fails = strstr(*at, ends[FAILS]);

	e.end = fails != NULL && fails < line_end ? FAILS : ENDS;
	*at += strlen(GIVEN);
	e.given = cut(at, ends[e.end]);
	e.outcome = cut(at, "`");
	*at += strlen(".");			 /* at the line's end */
	TY_ASSERT(example_count < EXAMPLES_MAX); /* before any test runs: no ck_assert */
	examples[example_count++] = e;
}

/* The block that a "Given" belongs to is the last one before it. */
static void
examples_find(char *page)
{
	for (char *at = strstr(page, "```json\n{"); at != NULL; at = strstr(at, "```json\n{")) {
		const char *workflow;

		at += strlen("```json\n");
		workflow = cut(&at, "\n```\n");
		while (workflow != NULL && strncmp(at, GIVEN, strlen(GIVEN)) == 0)
			given_read(&at, workflow);
	}
}

static json_t *
items_of(const char *text)
{
	json_t *list = fake_json(fx.arena, text), *items = ty_json_own(fx.arena, json_array());
	json_t *json;
	size_t i;

	ck_assert_msg(json_is_array(list), "%s", text);
	json_array_foreach(list, i, json)
		json_array_append_new(items, json_pack("{s:O}", "json", json));
	return items;
}

static json_t *
jsons_of(const json_t *items)
{
	json_t *list = ty_json_own(fx.arena, json_array()), *item;
	size_t i;

	json_array_foreach((json_t *)items, i, item)
		json_array_append(list, json_object_get(item, "json"));
	return list;
}

START_TEST(an_example_ends_as_the_page_says)
{
	const struct example *e = &examples[_i];
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const struct ty_plan *plan;

	fake_ops_use_sandbox(f);
	ck_assert_msg(fake_ops_plan(f, e->workflow, &plan, &fx.err) == TY_OK, "%s\n%s", fx.err.msg,
		      e->workflow);
	ck_assert_ok(fake_ops_start(f, plan, items_of(e->given), NULL, &fx.err));
	for (int i = 0; i < 1000 && ty_run_result(f->run) == NULL; i++)
		fake_ops_advance(f, f->wake_ms - f->now_ms);
	r = ty_run_result(f->run);
	ck_assert_ptr_nonnull(r);
	if (e->end == FAILS) {
		ck_assert_str_eq(ty_json_str(r->error, "code", "none"), e->outcome);
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s\n%s", ty_json_str(r->error, "message", ""),
		      e->workflow);
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, jsons_of(r->data), NULL),
			 ty_json_dump_canonical(fx.arena, fake_json(fx.arena, e->outcome), NULL));
}
END_TEST

START_TEST(the_page_has_examples)
{
	ck_assert_int_ge(example_count, 20);
}
END_TEST

TEST_MAIN("docs", {
	char *page = page_read();

	if (page != NULL)
		examples_find(page);
	TEST(the_page_has_examples);
	tcase_add_loop_test(tc, an_example_ends_as_the_page_says, 0, example_count);
})
