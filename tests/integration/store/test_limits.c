/*
 * The table of limits and the database say the same, and a limit is changed within its range.
 */
#include "integration/store/fixture.h"

#include "base/limit_set.h"
#include "store/hook_admin.h"
#include "store/limits.h"

static size_t
limit_count(void)
{
	size_t count = 0;

	while (ty_limit_table[count].name != NULL)
		count++;
	return count;
}

/* Every number of a workspace's row is a limit, with the same default. */
START_TEST(each_number_of_a_workspace_is_a_row_of_the_table)
{
	struct ty_tx *tx = db_begin(owner, NULL);
	struct ty_rows rows;

	ck_assert_ok(ty_tx_query(tx,
				 "SELECT column_name, regexp_replace(column_default, '\\D', '', "
				 "'g') AS def, is_nullable FROM information_schema.columns WHERE "
				 "table_schema = 'tyboo' AND table_name = 'workspaces' AND "
				 "data_type IN ('integer', 'bigint', 'smallint', 'numeric')",
				 NULL, 0, &rows, &fx.err));
	ck_assert_uint_eq(rows.count, limit_count());
	for (size_t i = 0; i < rows.count; i++) {
		const struct ty_limit *limit = ty_limit_find(ty_rows_text(&rows, i, 0));

		ck_assert_msg(limit != NULL, "limits.def has no %s", ty_rows_text(&rows, i, 0));
		ck_assert_msg(ty_rows_int(&rows, i, 1) == limit->def, "%s", limit->name);
		ck_assert_str_eq(ty_rows_text(&rows, i, 2), "NO");
	}
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}
END_TEST

static enum ty_code
set(const struct ty_limit *limit, int64_t n, struct ty_limits *ret_limits)
{
	struct ty_tx *tx = db_begin(owner, NULL);
	enum ty_code code = ty_store_workspace_limit_set(tx, &ws_a, limit, n, ret_limits, &fx.err);

	if (code == TY_OK)
		ck_assert_ok(ty_tx_commit(tx, &fx.err));
	else
		ty_tx_rollback(tx);
	return code;
}

/* The range is the column's own: its least and most are taken, and stay beside the others. */
START_TEST(each_limit_takes_its_least_and_its_most_and_nothing_beyond)
{
	struct ty_limits limits;

	for (size_t i = 0; i < limit_count(); i++) {
		const struct ty_limit *limit = &ty_limit_table[i];

		ck_assert_code(set(limit, limit->min - 1, &limits), TY_E_INVALID);
		ck_assert_ptr_nonnull(strstr(fx.err.msg, limit->name));
		ck_assert_code(set(limit, limit->max + 1, &limits), TY_E_INVALID);
		ck_assert_ok(set(limit, limit->min, &limits));
		ck_assert_ok(set(limit, limit->max, &limits));
		for (size_t j = 0; j < limit_count(); j++)
			ck_assert_int_eq(ty_limit_get(&limits, &ty_limit_table[j]),
					 j <= i ? ty_limit_table[j].max : ty_limit_table[j].def);
	}
}
END_TEST

START_TEST(a_changed_limit_is_in_the_next_claim)
{
	const struct ty_limit *rate = ty_limit_find("rate_per_s");
	struct ty_store_claim claim;
	struct ty_limits limits;
	struct ty_tx *tx;
	const char *slug;

	ck_assert_ok(set(rate, 7, &limits));
	slug = db_cell(owner, NULL,
		       ty_arena_printf(fx.arena,
				       "SELECT slug FROM tyboo.workspaces WHERE id = '%s'",
				       ws_a.s));
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_claim_find(tx, slug, "POST", "none", &claim, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_int_eq(claim.limits.rate_per_s, 7);
	ck_assert_int_eq(claim.limits.concurrent_max, 100);
	/* The release before reads the columns. */
	ck_assert_str_eq(db_cell(app, NULL,
				 ty_arena_printf(fx.arena,
						 "SELECT rate_per_s FROM tyboo.claim_hook('%s', "
						 "'POST', 'none')",
						 slug)),
			 "7");
}
END_TEST

START_TEST(the_limits_of_another_workspace_are_not_seen)
{
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_limits limits;

	ck_assert_ok(ty_store_workspace_limits(tx, &ws_a, &limits, &fx.err));
	ck_assert_code(ty_store_workspace_limits(tx, &ws_b, &limits, &fx.err), TY_E_NOT_FOUND);
	ty_tx_rollback(tx);
}
END_TEST

DB_TEST_MAIN("store.limits", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(each_number_of_a_workspace_is_a_row_of_the_table);
	TEST(each_limit_takes_its_least_and_its_most_and_nothing_beyond);
	TEST(a_changed_limit_is_in_the_next_claim);
	TEST(the_limits_of_another_workspace_are_not_seen);
})
