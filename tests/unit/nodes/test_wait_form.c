/*
 * test_wait_form.c -- the form of core.wait: which answers fit which fields.
 */
#include "base/arena.h"
#include "json/json.h"
#include "nodes/wait_form.h"
#include "support/common.h"
#include "support/fake_ops.h"

static void
note(void *ctx, const char *path, const char *msg, const char *hint)
{
	const char **text = ctx;

	ck_assert_str_ne(hint, "");
	*text = ty_arena_printf(fx.arena, "%s%s %s\n", *text, path, msg);
}

static const struct {
	const char *field, *sent, *taken, *wrong;
} answers[] = {
	{ "`type`:`text`", "` Ann `", "`Ann`", "" },
	{ "`type`:`text`", "`  `", "null", "" },
	{ "`type`:`text`,`required`:true", "`  `", "null", "f is missing\n" },
	{ "`type`:`text`,`required`:true", NULL, "null", "f is missing\n" },
	{ "`type`:`text`", "[1]", "null", "f is no text\n" },
	{ "`type`:`textarea`", "`a\\nb`", "`a\\nb`", "" },
	{ "`type`:`number`", "`12.50`", "12.5", "" },
	{ "`type`:`number`", "`12345678901234567890`", "12345678901234567890", "" },
	{ "`type`:`number`", "`007`", "7.0", "" },
	{ "`type`:`number`", "3", "3", "" },
	{ "`type`:`number`", "``", "null", "" },
	{ "`type`:`number`", "`1,5`", "null", "f is no number\n" },
	{ "`type`:`number`", "`NaN`", "null", "f is no number\n" },
	{ "`type`:`number`", "`1e999`", "1e999", "" },
	{ "`type`:`number`", "true", "null", "f is no number\n" },
	{ "`type`:`email`", "`ann@x.example`", "`ann@x.example`", "" },
	{ "`type`:`email`", "`ann`", "null", "f is no e-mail address\n" },
	{ "`type`:`email`", "`@x.example`", "null", "f is no e-mail address\n" },
	{ "`type`:`email`", "`ann@`", "null", "f is no e-mail address\n" },
	/* No '.' that an earlier answer left behind the text is the host's. */
	{ "`type`:`email`", "`a@`", "null", "f is no e-mail address\n" },
	{ "`type`:`email`", "`ann@.example`", "null", "f is no e-mail address\n" },
	{ "`type`:`email`", "`ann@x.`", "null", "f is no e-mail address\n" },
	{ "`type`:`email`", "`a@b@x.example`", "null", "f is no e-mail address\n" },
	{ "`type`:`email`", "`a@x.example, b@x.example`", "null", "f is no e-mail address\n" },
	{ "`type`:`date`", "`2028-02-29`", "`2028-02-29`", "" },
	{ "`type`:`date`", "`2026-02-29`", "null", "f is no date such as 2026-12-24\n" },
	{ "`type`:`date`", "`2026-13-01`", "null", "f is no date such as 2026-12-24\n" },
	{ "`type`:`date`", "`-026-12-01`", "null", "f is no date such as 2026-12-24\n" },
	{ "`type`:`date`", "`24.12.2026`", "null", "f is no date such as 2026-12-24\n" },
	{ "`type`:`select`,`options`:`yes\\r\\n no \\n`", "`no`", "`no`", "" },
	{ "`type`:`select`,`options`:`yes\\nno`", "`perhaps`", "null",
	  "f is none of the options\n" },
	{ "`type`:`checkbox`", "`on`", "true", "" },
	{ "`type`:`checkbox`", NULL, "false", "" },
	{ "`type`:`checkbox`", "false", "false", "" },
	{ "`type`:`checkbox`", "null", "false", "" },
	{ "`type`:`checkbox`", "1", "false", "f is neither true nor false\n" },
	{ "`type`:`checkbox`", "{`a`:1}", "false", "f is neither true nor false\n" },
	{ "`type`:`checkbox`,`required`:true", NULL, "false", "f has to be ticked\n" },
};

START_TEST(an_answer_is_taken_as_its_field_says)
{
	const char *params = ty_arena_printf(fx.arena, "{`mode`:`form`,`fields`:[{`name`:`f`,%s}]}",
					     answers[_i].field);
	const char *sent = ty_arena_printf(
		fx.arena, answers[_i].sent != NULL ? "{`f`:%s,`more`:1}" : "{`more`:1}%.0s",
		answers[_i].sent);
	const char *wrong = "";
	struct ty_wait_page page;
	json_t *taken;

	ck_assert(ty_wait_page_read(fx.arena, fake_json(fx.arena, params), &page));
	ck_assert(page.is_form);
	ck_assert_uint_eq(page.field_count, 1);
	taken = ty_wait_answer_take(fx.arena, &page, fake_json(fx.arena, sent), note, &wrong);
	ck_assert_str_eq(wrong, answers[_i].wrong);
	ck_assert_str_eq(
		ty_json_dump_canonical(fx.arena, taken, NULL),
		ty_json_dump_canonical(fx.arena,
				       fake_json(fx.arena, ty_arena_printf(fx.arena, "{`f`:%s}",
									   answers[_i].taken)),
				       NULL));
}
END_TEST

/* All fields are optional, so nothing else would be found. */
static const char *const no_objects[] = { "[]", "[1,2]", "[{`f`:`x`}]" };

START_TEST(an_answer_that_is_no_object_is_refused)
{
	const char *wrong = "";
	struct ty_wait_page page;

	ck_assert(ty_wait_page_read(
		fx.arena, fake_json(fx.arena, "{`mode`:`form`,`fields`:[{`name`:`f`}]}"), &page));
	ty_wait_answer_take(fx.arena, &page, fake_json(fx.arena, no_objects[_i]), note, &wrong);
	ck_assert_str_eq(wrong, "body is no object with the form's fields\n");
}
END_TEST

/* What the arena holds behind the text is no part of it, whatever the text's length. */
START_TEST(an_address_ends_where_its_text_ends)
{
	struct ty_wait_page page;

	ck_assert(ty_wait_page_read(
		fx.arena,
		fake_json(fx.arena, "{`mode`:`form`,`fields`:[{`name`:`f`,`type`:`email`}]}"),
		&page));
	for (int len = 1; len <= 32; len++) {
		struct ty_arena *arena = ty_arena_new(NULL, "used", 0);
		json_t *sent =
			fake_json(fx.arena, ty_arena_printf(fx.arena, "{`f`:`%0*d@`}", len, 0));
		const char *wrong = "";

		memset(ty_arena_alloc(arena, 1024), '.', 1024);
		ty_arena_clear(arena);
		ty_wait_answer_take(arena, &page, sent, note, &wrong);
		ck_assert_str_eq(wrong, "f is no e-mail address\n");
		ty_arena_free(arena);
	}
}
END_TEST

static const struct {
	const char *fields, *findings;
} checks[] = {
	{ "[]", "fields has no field\n" },
	{ "[{`name`:`a`},{`name`:`b`}]", "" },
	{ "[{`name`:`a`},{`name`:`a`}]", "fields[1].name is the name of an earlier field\n" },
	{ "[{`name`:`submitted_at`}]", "fields[0].name is the name of the time of the answer\n" },
	{ "[{`name`:`a`,`type`:`select`,`options`:` \\n`}]",
	  "fields[0].options has no option to choose\n" },
};

START_TEST(fields_that_cannot_be_answered_are_told)
{
	const char *text = "";

	ty_wait_fields_check(fake_json(fx.arena, checks[_i].fields), note, &text);
	ck_assert_str_eq(text, checks[_i].findings);
}
END_TEST

START_TEST(a_wait_for_a_time_has_no_page)
{
	struct ty_wait_page page;

	ck_assert(!ty_wait_page_read(fx.arena, fake_json(fx.arena, "{`amount`:1}"), &page));
	ck_assert(!ty_wait_page_read(fx.arena, fake_json(fx.arena, "{`mode`:`until`}"), &page));
	ck_assert(ty_wait_page_read(fx.arena, fake_json(fx.arena, "{`mode`:`call`}"), &page));
	ck_assert(!page.is_form);
}
END_TEST

TEST_MAIN("nodes.wait_form", {
	TEST_LOOP(an_answer_is_taken_as_its_field_says, answers);
	TEST_LOOP(an_answer_that_is_no_object_is_refused, no_objects);
	TEST(an_address_ends_where_its_text_ends);
	TEST_LOOP(fields_that_cannot_be_answered_are_told, checks);
	TEST(a_wait_for_a_time_has_no_page);
})
