/*
 * Row-level security of every table of a tenant: found in the catalog, so that a new table is tested
 * from the day it is there.
 */
#include "integration/store/fixture.h"

/* Tables with a workspace_id (and workspaces itself), without partitions; as names. */
static const char tables_sql[] =
	"SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
	" WHERE c.relnamespace = 'tyboo'::regnamespace AND c.relkind IN ('r', 'p') AND NOT "
	"c.relispartition"
	" AND NOT a.attisdropped AND (a.attname = 'workspace_id' OR (c.relname = 'workspaces' AND "
	"a.attname = 'id'))"
	" ORDER BY 1";

/* One row of every table for one workspace, written as the owner. */
static const char *const rows_of[] = {
	"INSERT INTO tyboo.users (id, email, name) VALUES ('%1$s', '%1$s@example.org', 'n')",
	"INSERT INTO tyboo.workspace_members (workspace_id, user_id, role) VALUES ('%1$s', '%1$s', "
	"'owner')",
	"INSERT INTO tyboo.api_keys (workspace_id, id, name, prefix, secret_hash, scopes)"
	" VALUES ('%1$s', '%1$s', 'k', right('%1$s', 12), sha256('k'), '{}')",
	"INSERT INTO tyboo.workspace_keys (workspace_id, version, wrapped) VALUES ('%1$s', 1, "
	"sha256('k'))",
	"INSERT INTO tyboo.credentials (workspace_id, id, name, type, key_version, sealed)"
	" VALUES ('%1$s', '%1$s', 'c', 'webhook_secret', 1, 'x')",
	"INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id) VALUES ('%1$s', "
	"'%1$s', 'w', '%1$s')",
	"INSERT INTO tyboo.published_credentials (workspace_id, workflow_id, credential_id)"
	" VALUES ('%1$s', '%1$s', '%1$s')",
	"INSERT INTO tyboo.credential_uses (workspace_id, credential_id, workflow_id)"
	" VALUES ('%1$s', '%1$s', '%1$s')",
	"INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, credential_version)"
	" VALUES ('%1$s', '%1$s', 1)",
	"INSERT INTO tyboo.hook_keys (workspace_id, url, kind) VALUES ('%1$s', 'u', 'jwks')",
	"INSERT INTO tyboo.held_deliveries (workspace_id, delivery_id, hook_id, url, body_bytes, "
	"received_at) VALUES ('%1$s', '%1$s', '%1$s', 'u', 1, now())",
	"INSERT INTO tyboo.oauth2_states (state_hash, workspace_id, credential_id, "
	"credential_version, expires_at)"
	" VALUES (sha256('%1$s'), '%1$s', '%1$s', 1, now())",
	"INSERT INTO tyboo.variables (workspace_id, id, name, value) VALUES ('%1$s', '%1$s', 'v', "
	"'x')",
	"INSERT INTO tyboo.published_variables (workspace_id, workflow_id, name)"
	" VALUES ('%1$s', '%1$s', 'v')",
	"INSERT INTO tyboo.state_usage (workspace_id) VALUES ('%1$s')",
	"INSERT INTO tyboo.states (workspace_id, id, kind, key, value, version) VALUES ('%1$s', "
	"'%1$s', 'seen', 'k', '1', 1)",
	"INSERT INTO tyboo.state_seen (workspace_id, state_id, hash, number) VALUES ('%1$s', "
	"'%1$s', '\\x000102030405060708090a0b0c0d0e0f', 1)",
	"INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, number, graph)"
	" VALUES ('%1$s', '%1$s', '%1$s', 1, '{}')",
	"INSERT INTO tyboo.hooks (workspace_id, id, workflow_id, version_id, node_id, method, path)"
	" VALUES ('%1$s', '%1$s', '%1$s', '%1$s', 'n1', 'POST', 'p')",
	"INSERT INTO tyboo.deliveries (workspace_id, id, mode, verdict, received_at)"
	" VALUES ('%1$s', '%1$s', 'webhook', 'accepted', now())",
	"INSERT INTO tyboo.delivery_keys (workspace_id, delivery_key, run_id) VALUES ('%1$s', 'k', "
	"'%1$s')",
	"INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, status, "
	"fence, accepted_at, started_at)"
	" VALUES ('%1$s', '%1$s', '%1$s', '%1$s', 'webhook', 'running', 1, now(), now())",
	"INSERT INTO tyboo.execution_data (workspace_id, id, steps) VALUES ('%1$s', '%1$s', 'x')",
	"INSERT INTO tyboo.execution_pieces (workspace_id, run_id, number, fence, first_step, "
	"step_count, frames, save, steps)"
	" VALUES ('%1$s', '%1$s', 0, 1, 0, 1, '{\"\"}', 'all', 'x')",
	"INSERT INTO tyboo.parked_runs (workspace_id, run_id, start_node, piece_count, step_count, "
	"item_count, running_ms, frames, payloads, state, parked_at)"
	" VALUES ('%1$s', '%1$s', '', 1, 1, 1, 1, '{}', '{}', 'x', now())",
	"INSERT INTO tyboo.waits (workspace_id, run_id, key, kind, node, frame, at, look_at)"
	" VALUES ('%1$s', '%1$s', 'k', 'time', 'n1', '', now(), now())",
	"INSERT INTO tyboo.schedules (workspace_id, id, workflow_id, version_id, node_id, kind, "
	"cron, every, unit, anchor, timezone, missed, missed_max, overlap, timeout_ms, next_at, "
	"look_at) VALUES ('%1$s', '%1$s', '%1$s', '%1$s', 's', 'cron', '@daily', 0, 'hours', '', "
	"'UTC', 'once', 1, 'allow', 1, now(), now())",
	"INSERT INTO tyboo.cancels (workspace_id, run_id) VALUES ('%1$s', '%1$s')",
	"INSERT INTO tyboo.pauses (workspace_id) VALUES ('%1$s')",
	"INSERT INTO tyboo.breaker_events (id, workspace_id, node_type, host, state_from, state, "
	"failures, why, by_whom, at)"
	" VALUES ('%1$s', '%1$s', 't', 'h', 'closed', 'open', 5, '', '', now())",
	"INSERT INTO tyboo.breaker_holds (workspace_id, what, why, by_whom) VALUES ('%1$s', 't h', "
	"'', '')",
	"INSERT INTO tyboo.crashes (workspace_id, run_id, at, worker, program, version, build, "
	"signal, was_at, frames)"
	" VALUES ('%1$s', '%1$s', now(), 'h:1', 'p', '', '', 'SIGSEGV', true, '{}')",
	"INSERT INTO tyboo.effects (workspace_id, run_id, key, fence, idempotency_key, intent_at)"
	" VALUES ('%1$s', '%1$s', 'k', 1, 'i', now())",
	"INSERT INTO tyboo.payloads (workspace_id, hash, kind, size_bytes, stored)"
	" VALUES ('%1$s', repeat('0', 64), 'json', 1, 'x')",
	"INSERT INTO tyboo.payload_usage (workspace_id, stored_bytes) VALUES ('%1$s', 1)",
	"INSERT INTO tyboo.usage_events (workspace_id, run_id, workflow_id, at, steps, items, "
	"run_ms, bytes)"
	" VALUES ('%1$s', '%1$s', '%1$s', now(), 1, 1, 1, 1)",
	"INSERT INTO tyboo.blobs (workspace_id, hash, upload_id, size_bytes, stored_bytes, "
	"in_folder)"
	" VALUES ('%1$s', repeat('0', 64), '%1$s', 1, 1, false)",
	"INSERT INTO tyboo.blob_uploads (workspace_id, id, is_verified, in_folder) VALUES ('%1$s', "
	"'%1$s', true, false)",
	"INSERT INTO tyboo.blob_chunks (workspace_id, upload_id, number, size_bytes, stored_bytes, "
	"is_packed, stored) VALUES ('%1$s', '%1$s', 0, 1, 1, false, 'x')",
	"INSERT INTO tyboo.blob_uses (workspace_id, owner_id, hash) VALUES ('%1$s', '%1$s', "
	"repeat('0', 64))",
	"INSERT INTO tyboo.answers (workspace_id, run_id, at, status, answer)"
	" VALUES ('%1$s', '%1$s', now(), 200, 'x')",
};

static void
fill(const struct ty_id *workspace)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(rows_of); i++) {
		char sql[1024];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof(sql), rows_of[i], workspace->s);
#pragma GCC diagnostic pop
		db_run(owner, NULL, sql);
	}
}

static void
tables(struct ty_rows *rows)
{
	struct ty_tx *tx = db_begin(owner, NULL);

	ck_assert_ok(ty_tx_query(tx, tables_sql, NULL, 0, rows, &fx.err));
	ty_tx_rollback(tx);
	ck_assert_int_ge((int)rows->count, 16);
}

static int64_t
count(struct ty_store *store, const struct ty_id *workspace, const char *table, const char *where)
{
	return strtoll(
		db_cell(store, workspace,
			ty_arena_printf(fx.arena, "SELECT count(*) FROM tyboo.%s%s", table, where)),
		NULL, 10);
}

START_TEST(without_a_workspace_no_row_of_any_tenant_is_seen)
{
	struct ty_rows rows;

	fill(&ws_a);
	tables(&rows);
	for (size_t i = 0; i < rows.count; i++) {
		const char *table = ty_rows_text(&rows, i, 0);

		ck_assert_msg(count(owner, NULL, table, "") > 0, "%s: nothing to hide", table);
		ck_assert_msg(count(app, NULL, table, "") == 0, "%s is seen", table);
	}
}
END_TEST

START_TEST(a_workspace_sees_its_own_rows_and_no_others)
{
	struct ty_rows rows;

	fill(&ws_a);
	fill(&ws_b);
	tables(&rows);
	for (size_t i = 0; i < rows.count; i++) {
		const char *table = ty_rows_text(&rows, i, 0), *column = ty_rows_text(&rows, i, 1);
		const char *others = ty_arena_printf(fx.arena, " WHERE %s <> '%s'", column, ws_a.s);

		ck_assert_msg(count(app, &ws_a, table, "") == 1, "%s: not one row of A's", table);
		ck_assert_msg(count(app, &ws_a, table, others) == 0, "%s: A sees others", table);
	}
}
END_TEST

/* As the programs' role in workspace A, each row of B: refused by the policy or for want of a grant. */
START_TEST(no_row_can_be_written_for_another_workspace)
{
	fill(&ws_a);
	for (size_t i = 1; i < TY_ARRAY_COUNT(rows_of); i++) {
		struct ty_tx *tx = db_begin(app, &ws_a);
		char sql[512];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof(sql), rows_of[i], ws_b.s);
#pragma GCC diagnostic pop
		ck_assert_int_eq(ty_tx_exec(tx, sql, NULL, 0, &fx.err), TY_E_INTERNAL);
		ck_assert_msg(strstr(fx.err.msg, "42501") != NULL, "%s: %s", sql, fx.err.msg);
		ty_tx_rollback(tx);
	}
}
END_TEST

START_TEST(no_row_of_another_workspace_can_be_changed)
{
	struct ty_rows rows;

	fill(&ws_b);
	tables(&rows);
	for (size_t i = 0; i < rows.count; i++) {
		const char *table = ty_rows_text(&rows, i, 0), *column = ty_rows_text(&rows, i, 1);
		struct ty_tx *tx = db_begin(app, &ws_a);
		struct ty_rows done;

		if (ty_tx_query(tx,
				ty_arena_printf(fx.arena, "DELETE FROM tyboo.%s WHERE %s = '%s'",
						table, column, ws_b.s),
				NULL, 0, &done, &fx.err) == TY_OK)
			ck_assert_int_eq((int)done.affected, 0);
		else
			ck_assert_msg(strstr(fx.err.msg, "42501") != NULL, "%s", fx.err.msg);
		ty_tx_rollback(tx);
	}
}
END_TEST

START_TEST(a_partition_is_not_a_way_round_its_parent)
{
	struct ty_tx *tx = db_begin(app, &ws_a);

	ck_assert_int_eq(ty_tx_exec(tx, "SELECT FROM tyboo.deliveries_default", NULL, 0, &fx.err),
			 TY_E_INTERNAL);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "42501"));
	ty_tx_rollback(tx);
}
END_TEST

/* The connection is lent again after each transaction: nothing of the last one's workspace stays. */
START_TEST(the_workspace_ends_with_its_transaction)
{
	fill(&ws_a);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq((int)count(app, &ws_a, "workflows", ""), 1);
		ck_assert_int_eq((int)count(app, NULL, "workflows", ""), 0);
	}
}
END_TEST

DB_TEST_MAIN("store.rls", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(without_a_workspace_no_row_of_any_tenant_is_seen);
	TEST(a_workspace_sees_its_own_rows_and_no_others);
	TEST(no_row_can_be_written_for_another_workspace);
	TEST(no_row_of_another_workspace_can_be_changed);
	TEST(a_partition_is_not_a_way_round_its_parent);
	TEST(the_workspace_ends_with_its_transaction);
})
