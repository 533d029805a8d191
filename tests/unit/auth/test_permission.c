/*
 * Sets of permissions as words: whole words only.
 */
#include "auth/permission.h"
#include "base/str.h"
#include "support/common.h"

static const struct {
	const char *set, *name;
	bool has;
} sets[] = {
	{ "workflow.read", "workflow.read", true },
	{ "a workflow.read b", "workflow.read", true },
	{ "a  workflow.read", "workflow.read", true },
	{ "workflow.read_all", "workflow.read", false },
	{ "my.workflow.read", "workflow.read", false },
	{ "workflow", "workflow.read", false },
	{ "workflow.read", "workflow", false },
	{ "workflow.read", "", false },
	{ "", "workflow.read", false },
	{ NULL, "workflow.read", false },
	{ "Workflow.Read", "workflow.read", false },
};

START_TEST(only_a_whole_word_counts)
{
	ck_assert_int_eq(ty_permission_has(sets[_i].set, sets[_i].name), sets[_i].has);
}
END_TEST

START_TEST(each_permission_is_known_once)
{
	for (const struct ty_permission *p = ty_permissions; p->name != NULL; p++) {
		ck_assert(ty_permission_is_known(p->name));
		ck_assert_ptr_null(strchr(p->name, ' '));
		ck_assert(!ty_str_is_blank(p->text));
		for (const struct ty_permission *q = p + 1; q->name != NULL; q++)
			ck_assert_str_ne(p->name, q->name);
	}
	ck_assert(!ty_permission_is_known("everything"));
	ck_assert(!ty_permission_is_known(""));
	ck_assert(!ty_permission_is_known("workflow"));
}
END_TEST

TEST_MAIN("auth.permission", {
	TEST_LOOP(only_a_whole_word_counts, sets);
	TEST(each_permission_is_known_once);
})
