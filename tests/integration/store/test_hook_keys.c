/*
 * Issuers' keys and deliveries that wait for them: one worker asks an address, none sooner than it may, and a
 * delivery is settled once.
 */
#include "integration/store/fixture.h"

#include "base/str.h"
#include "hook/keys.h"
#include "store/hook_keys.h"
#include "store/hook_mirror.h"

#include <string.h>

static const char *url; /* of the running test */
static struct ty_id hook_id, workflow_id;

/* The address and what waits are all the table's: other tests' rows are put out of the way. */
static void
open_hook(void)
{
	const char *verify;

	url = ty_arena_printf(fx.arena, "https://issuer.example/%s", ty_id_new().s);
	hook_id = ty_id_new();
	workflow_id = ty_id_new();
	verify = ty_arena_printf(fx.arena, "{\"scheme\":\"jwt\",\"jwks_url\":\"%s\"}", url);
	db_run(owner, NULL, "DELETE FROM tyboo.held_deliveries");
	db_run(owner, NULL, "DELETE FROM tyboo.hook_keys");
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "WITH w AS (INSERT INTO tyboo.workflows (workspace_id, id, name, "
		       "draft_version_id) VALUES ('%1$s', '%2$s', 'w %2$s', '%2$s') RETURNING id), "
		       "v AS "
		       "(INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, "
		       "number, "
		       "graph) SELECT '%1$s', id, id, 1, '{}' FROM w RETURNING id) INSERT INTO "
		       "tyboo.hooks (workspace_id, id, workflow_id, version_id, node_id, method, "
		       "path, verify) SELECT '%1$s', '%3$s', id, id, 'n1', 'POST', '%3$s', '%4$s' "
		       "FROM v",
		       ws_a.s, workflow_id.s, hook_id.s, verify));
}

static struct ty_store_key_work
take_first(const struct ty_id *holder, bool settles)
{
	struct ty_store_key_work work;
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_key_work_query(fx.arena, holder, settles, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_key_work_decode(fx.arena, &rows, &work, &fx.err));
	return work;
}

static struct ty_store_key_work
take(const struct ty_id *holder)
{
	return take_first(holder, false);
}

static bool
keep(const struct ty_store_key_work *work, const struct ty_id *holder, const char *content)
{
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_keys_keep_query(fx.arena, work, holder, content, 3600, &query);
	db_query(&query, &rows);
	return rows.count == 1;
}

static struct ty_store_keys
load(void)
{
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_store_keys keys;

	ck_assert_ok(ty_store_keys_load(tx, url, &keys, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return keys;
}

static struct ty_delivery_row
delivery_new(const char *key)
{
	return (struct ty_delivery_row){
		.id = ty_id_new(),
		.workspace_id = ws_a,
		.workflow_id = workflow_id,
		.version_id = workflow_id,
		.hook_id = hook_id,
		.start_node = "n1",
		.mode = "webhook",
		.verdict = "awaiting_keys",
		.reason = "why",
		.method = "POST",
		.path = "p",
		.query = "",
		.headers = "{}",
		.remote_addr = "127.0.0.1",
		.body = "a\0b",
		.body_len = 3,
		.read_as = "",
		.route = "",
		.delivery_key = key,
		.received_at_ms = ty_time_now_ms(),
	};
}

static bool
hold(const struct ty_delivery_row *row, const struct ty_store_keys *judged_by)
{
	const struct ty_store_keys keys = {
		.url = url, .kind = "jwks", .got_at = judged_by != NULL ? judged_by->got_at : NULL
	};
	const struct ty_store_held held = { .row = row,
					    .keys = &keys,
					    .key_version = 1,
					    .sealed = (const uint8_t *)"sealed",
					    .sealed_len = 6 };
	struct ty_tx *tx = db_begin(app, &ws_a);
	bool is_held;

	ck_assert_ok(ty_store_hold(tx, &held, &is_held, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return is_held;
}

static size_t
due(struct ty_store_due_delivery **ret_due)
{
	struct ty_store_query query;
	struct ty_rows rows;
	size_t count;

	ty_store_due_deliveries_query(fx.arena, 10, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_due_deliveries_decode(fx.arena, &rows, ret_due, &count, &fx.err));
	return count;
}

static size_t
settle(const struct ty_id *id, const char *verdict, struct ty_delivery_row **ret_rows)
{
	const struct ty_store_settled settled = { *id, verdict, "said", "{\"sub\":\"x\"}" };
	struct ty_store_query query;
	struct ty_rows rows;
	size_t count;

	ty_store_settle_query(fx.arena, &settled, 1, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_receipts_decode(fx.arena, &rows, ret_rows, &count, &fx.err));
	return count;
}

static const char *
column_of(const struct ty_id *id, const char *column)
{
	return db_cell(app, &ws_a,
		       ty_arena_printf(fx.arena, "SELECT %s FROM tyboo.deliveries WHERE id = '%s'",
				       column, id->s));
}

START_TEST(a_published_address_is_asked_by_one)
{
	struct ty_id one = ty_id_new(), other = ty_id_new();
	struct ty_store_key_work work;

	open_hook();
	work = take(&one);
	ck_assert_str_eq(work.work, "fetch");
	ck_assert_str_eq(work.url, url);
	ck_assert_str_eq(work.kind, "jwks");
	ck_assert(ty_id_eq(&work.workspace_id, &ws_a));
	ck_assert_str_eq(take(&other).work, "");
	/* The one is gone: its hold runs out, and what it brings late is not kept. */
	db_run(owner, NULL, "UPDATE tyboo.hook_keys SET held_until = now()");
	ck_assert_str_eq(take(&other).work, "fetch");
	ck_assert(!keep(&work, &one, "late"));
	ck_assert_ptr_null(load().content);
	ck_assert(keep(&work, &other, "keys"));
	ck_assert_str_eq(load().content, "keys");
	ck_assert_str_eq(take(&one).work, "");
}
END_TEST

START_TEST(keys_are_asked_for_before_they_end_and_count_for_a_day_after)
{
	struct ty_id me = ty_id_new();
	struct ty_store_key_work work;

	open_hook();
	work = take(&me);
	ck_assert(keep(&work, &me, "keys"));
	ck_assert_str_eq(
		db_cell(owner, NULL,
			"SELECT round(extract(epoch FROM next_at - got_at)) || ' ' || "
			"round(extract(epoch FROM ends_at - got_at)) FROM tyboo.hook_keys"),
		"2880 3600");
	db_run(owner, NULL, "UPDATE tyboo.hook_keys SET ends_at = now() - interval '86390 s'");
	ck_assert_str_eq(load().content, "keys");
	db_run(owner, NULL, "UPDATE tyboo.hook_keys SET ends_at = now() - interval '86400 s'");
	ck_assert_ptr_null(load().content);
	ck_assert_ptr_nonnull(load().url);
}
END_TEST

START_TEST(after_failures_the_rest_grows_to_an_hour)
{
	static const char *const rests[] = { "60",  "120",  "240",  "480",
					     "960", "1920", "3600", "3600" };
	struct ty_id me = ty_id_new();
	struct ty_store_key_work work;
	struct ty_store_query query;
	struct ty_rows rows;

	open_hook();
	for (size_t i = 0; i < TY_ARRAY_COUNT(rests); i++) {
		work = take(&me);
		ck_assert_str_eq(work.work, "fetch");
		ty_store_keys_fail_query(fx.arena, &work, &me, "away", &query);
		db_query(&query, &rows);
		ck_assert_str_eq(db_cell(owner, NULL,
					 "SELECT round(extract(epoch FROM next_at - asked_at) / "
					 "60) * 60 FROM "
					 "tyboo.hook_keys"),
				 rests[i]);
		db_run(owner, NULL, "UPDATE tyboo.hook_keys SET next_at = now()");
	}
}
END_TEST

START_TEST(whoever_wants_keys_waits_a_minute_after_the_last_question)
{
	struct ty_id me = ty_id_new();
	struct ty_store_key_work work;
	struct ty_store_keys keys;
	struct ty_delivery_row row;

	open_hook();
	row = delivery_new("");
	work = take(&me);
	ck_assert(keep(&work, &me, "keys"));
	keys = load();
	ck_assert(hold(&row, &keys));
	ck_assert_str_eq(take(&me).work, "");
	ck_assert_str_eq(db_cell(owner, NULL,
				 "SELECT round(extract(epoch FROM next_at - asked_at)) FROM "
				 "tyboo.hook_keys"),
			 "60");
	db_run(owner, NULL, "UPDATE tyboo.hook_keys SET next_at = now()");
	work = take(&me);
	ck_assert_str_eq(work.work, "fetch");
	ck_assert(keep(&work, &me, "newer"));
	/* Keys that are newer already are not asked for again. */
	row = delivery_new("");
	ck_assert(hold(&row, &keys));
	ck_assert_str_eq(take(&me).work, "settle");
	ck_assert_str_eq(
		db_cell(owner, NULL,
			"SELECT next_at > now() + interval '10 minutes' FROM tyboo.hook_keys"),
		"t");
}
END_TEST

START_TEST(a_delivery_waits_for_keys_newer_than_those_that_it_did_not_match)
{
	struct ty_id me = ty_id_new();
	struct ty_store_key_work work;
	struct ty_store_due_delivery *list;
	struct ty_store_keys keys;
	struct ty_delivery_row first, second;

	open_hook();
	first = delivery_new("");
	ck_assert(hold(&first, NULL));
	ck_assert(hold(&first, NULL)); /* an outcome that was not known */
	ck_assert_str_eq(column_of(&first.id, "verdict"), "awaiting_keys");
	ck_assert_uint_eq(due(&list), 0);
	work = take(&me);
	ck_assert(keep(&work, &me, "keys"));
	keys = load();
	second = delivery_new("");
	ck_assert(hold(&second, &keys));
	ck_assert_uint_eq(due(&list), 1);
	ck_assert(ty_id_eq(&list[0].id, &first.id));
	ck_assert_str_eq(list[0].content, "keys");
	ck_assert_uint_eq(list[0].sealed_len, 6);
	ck_assert_ptr_nonnull(strstr(list[0].verify, url));
	ck_assert_ptr_null(list[0].body);
	/* One whose workspace is gone keeps no other from its turn. */
	db_run(owner, NULL,
	       "INSERT INTO tyboo.held_deliveries (workspace_id, delivery_id, hook_id, url, "
	       "body_bytes, received_at) VALUES (gen_random_uuid(), "
	       "'00000000-0000-0000-0000-000000000001', gen_random_uuid(), 'x', 1, now())");
	ck_assert_uint_eq(due(&list), 2);
	ck_assert_ptr_null(list[0].verify);
	db_run(owner, NULL, "DELETE FROM tyboo.held_deliveries WHERE url = 'x'");
	/* One that has waited for too long is due with the keys of before. */
	db_run(owner, NULL,
	       "UPDATE tyboo.held_deliveries SET received_at = now() - interval '73 hours'");
	ck_assert_uint_eq(due(&list), 2);
}
END_TEST

START_TEST(a_delivery_is_settled_once_and_takes_its_key_then)
{
	struct ty_delivery_row *rows, first, again, refused;

	open_hook();
	first = delivery_new("key");
	again = delivery_new("key");
	refused = delivery_new("key");
	ck_assert(hold(&refused, NULL) && hold(&first, NULL) && hold(&again, NULL));
	ck_assert_uint_eq(settle(&refused.id, "bad_signature", &rows), 0);
	ck_assert_str_eq(column_of(&refused.id, "verdict || ' ' || reason"), "bad_signature said");
	ck_assert_uint_eq(settle(&first.id, "accepted", &rows), 1);
	ck_assert(ty_id_eq(&rows[0].id, &first.id) && rows[0].body_len == 3);
	ck_assert_str_eq(rows[0].jwt, "{\"sub\":\"x\"}");
	ck_assert_str_eq(column_of(&first.id, "verdict || ' ' || jwt || ' ' || delivery_key"),
			 "accepted {\"sub\":\"x\"} key");
	ck_assert_uint_eq(settle(&again.id, "accepted", &rows), 0);
	ck_assert_str_eq(column_of(&again.id, "verdict"), "duplicate");
	ck_assert_uint_eq(settle(&first.id, "bad_signature", &rows), 0);
	ck_assert_str_eq(column_of(&first.id, "verdict"), "accepted");
}
END_TEST

START_TEST(a_workspace_holds_so_many)
{
	struct ty_delivery_row row;

	open_hook();
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.held_deliveries (workspace_id, delivery_id, "
			       "hook_id, url, body_bytes, received_at) SELECT '%s', "
			       "gen_random_uuid(), gen_random_uuid(), 'x', 1, now() FROM "
			       "generate_series(1, 999)",
			       ws_a.s));
	row = delivery_new("");
	ck_assert(hold(&row, NULL));
	row = delivery_new("");
	ck_assert(!hold(&row, NULL));
	ck_assert_ptr_null(column_of(&row.id, "verdict"));
	db_run(owner, NULL,
	       "DELETE FROM tyboo.held_deliveries WHERE delivery_id IN (SELECT delivery_id FROM "
	       "tyboo.held_deliveries LIMIT 500)");
	db_run(owner, NULL,
	       "UPDATE tyboo.held_deliveries SET body_bytes = 1 + 67108864 / (SELECT count(*) FROM "
	       "tyboo.held_deliveries)");
	ck_assert(!hold(&row, NULL));
}
END_TEST

START_TEST(so_many_are_judged_at_a_time_as_memory_allows)
{
	struct ty_store_due_delivery *list;
	struct ty_delivery_row row;

	open_hook();
	for (int i = 0; i < 4; i++) {
		row = delivery_new("");
		ck_assert(hold(&row, NULL));
	}
	db_run(owner, NULL,
	       "UPDATE tyboo.held_deliveries SET received_at = now() - interval '73 hours', "
	       "body_bytes = 5 * 1024 * 1024");
	ck_assert_uint_eq(due(&list), 2);
	db_run(owner, NULL, "UPDATE tyboo.held_deliveries SET body_bytes = 16 * 1024 * 1024");
	ck_assert_uint_eq(due(&list), 1);
}
END_TEST

/* As an API process finds the hook while Postgres is away. */
static struct ty_store_keys
mirrored(void)
{
	const char *value = db_cell(
		owner, NULL,
		ty_arena_printf(
			fx.arena,
			"SELECT value FROM tyboo.mirrored_hooks() WHERE strpos(value, '%s') > 0",
			url));
	struct ty_store_mirrored found;

	ck_assert_ok(ty_store_mirrored_parse(fx.arena, value, &found, &fx.err));
	return found.keys;
}

START_TEST(the_mirror_has_the_keys_and_is_another_with_newer_ones)
{
	const char *token = "SELECT tyboo.mirrored_hooks_token()", *before;
	struct ty_id me = ty_id_new();
	struct ty_store_key_work work;

	open_hook();
	ck_assert_ptr_null(mirrored().content);
	before = db_cell(owner, NULL, token);
	work = take(&me);
	ck_assert_str_eq(db_cell(owner, NULL, token), before);
	ck_assert(keep(&work, &me, "{\"keys\":[]}"));
	ck_assert_str_ne(db_cell(owner, NULL, token), before);
	ck_assert_str_eq(mirrored().content, "{\"keys\":[]}");
	ck_assert_str_eq(mirrored().url, url);
	ck_assert_str_eq(mirrored().got_at, load().got_at);
	db_run(owner, NULL, "UPDATE tyboo.hook_keys SET ends_at = now() - interval '86401 s'");
	ck_assert_ptr_null(mirrored().content);
}
END_TEST

START_TEST(a_subscription_waits_on_for_its_confirmation)
{
	const char *address = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription";
	const char *held =
		"SELECT url || ' ' || coalesce(judged_by::text, 'none') FROM tyboo.held_deliveries";
	struct ty_store_settled confirms = { .verdict = "awaiting_keys",
					     .reason = "why",
					     .jwt = address };
	struct ty_store_query query;
	struct ty_delivery_row row;
	struct ty_rows rows;

	open_hook();
	row = delivery_new("");
	ck_assert(hold(&row, NULL));
	confirms.id = row.id;
	for (int i = 0; i < 2; i++) { /* of two workers that judge it, the second changes nothing */
		ty_store_settle_query(fx.arena, &confirms, 1, &query);
		db_query(&query, &rows);
		ck_assert_uint_eq(rows.count, 0);
		ck_assert_str_eq(db_cell(owner, NULL, held),
				 ty_arena_printf(fx.arena, "%s none", address));
	}
	ck_assert_str_eq(column_of(&row.id, "verdict || ' ' || reason"), "awaiting_keys why");
	ck_assert_str_eq(
		db_cell(owner, NULL, "SELECT kind FROM tyboo.hook_keys WHERE url LIKE '%Confirm%'"),
		"subscription");
	/* Five questions in vain, and it is due without an answer. */
	db_run(owner, NULL, "UPDATE tyboo.hook_keys SET failures = 5, problem = 'away'");
	ck_assert_str_eq(
		db_cell(owner, NULL,
			"SELECT kind || ' ' || problem || ' ' || coalesce(content, 'none') "
			"FROM tyboo.deliveries_to_settle(9, 1, 1000)"),
		"subscription away none");
}
END_TEST

/* A hook of another address, or of another workspace, whose keys are due. */
static void
address_add(const struct ty_id *workspace, const char *path)
{
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "WITH v AS (SELECT workflow_id, version_id FROM tyboo.hooks WHERE id "
		       "= '%s') INSERT INTO tyboo.hooks (workspace_id, id, workflow_id, "
		       "version_id, node_id, method, path, verify) SELECT '%s', '%s', "
		       "workflow_id, version_id, '%s', 'POST', '%s', "
		       "'{\"jwks_url\":\"%s/%s\"}' FROM v",
		       hook_id.s, workspace->s, ty_id_new().s, path, path, url, path));
}

START_TEST(addresses_of_one_workspace_hold_up_no_other)
{
	struct ty_id one = ty_id_new(), other = ty_id_new(), third = ty_id_new();
	struct ty_store_key_work work;

	open_hook();
	address_add(&ws_a, "slow-1");
	address_add(&ws_a, "slow-2");
	work = take(&one);
	ck_assert(ty_id_eq(&work.workspace_id, &ws_a));
	/* Another worker is not given a second address of the same workspace ... */
	ck_assert_str_eq(take(&other).work, "");
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.hook_keys (workspace_id, url, kind, next_at) "
			       "VALUES ('%s', '%s', 'jwks', now())",
			       ws_b.s, url));
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.held_deliveries (workspace_id, delivery_id, "
			       "hook_id, url, body_bytes, received_at) VALUES ('%s', '%s', '%s', "
			       "'%s', 1, now())",
			       ws_b.s, ty_id_new().s, hook_id.s, url));
	work = take(&other);
	ck_assert_str_eq(work.work, "fetch");
	ck_assert(ty_id_eq(&work.workspace_id, &ws_b));
	/* ... and goes, once both are free, to the one that was asked for longest ago. */
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.hook_keys SET held_until = NULL, asked_at = now() - "
			       "CASE WHEN workspace_id = '%s' THEN interval '1 s' ELSE interval '2 "
			       "s' END, next_at = now() - CASE WHEN workspace_id = '%s' THEN "
			       "interval '1 h' ELSE interval '0' END",
			       ws_a.s, ws_a.s));
	work = take(&third);
	ck_assert(ty_id_eq(&work.workspace_id, &ws_b));
}
END_TEST

START_TEST(deliveries_are_settled_whatever_addresses_are_due)
{
	struct ty_id me = ty_id_new();
	struct ty_store_key_work work;
	struct ty_delivery_row row;

	open_hook();
	row = delivery_new("");
	ck_assert(hold(&row, NULL));
	ck_assert_str_eq(take_first(&me, true).work, "fetch"); /* nothing can be judged yet */
	db_run(owner, NULL, "UPDATE tyboo.hook_keys SET held_until = NULL, next_at = now()");
	work = take(&me);
	ck_assert(keep(&work, &me, "keys"));
	address_add(&ws_a, "due");
	ck_assert_str_eq(take_first(&me, true).work, "settle");
	ck_assert_str_eq(take(&me).work, "fetch");
}
END_TEST

START_TEST(an_address_that_nobody_names_is_forgotten)
{
	struct ty_id me = ty_id_new();

	open_hook();
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "DELETE FROM tyboo.hooks WHERE id = '%s'", hook_id.s));
	ck_assert_str_eq(take(&me).work, "");
	ck_assert_ptr_null(load().url);
}
END_TEST

DB_TEST_MAIN("store.hook_keys", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(a_published_address_is_asked_by_one);
	TEST(keys_are_asked_for_before_they_end_and_count_for_a_day_after);
	TEST(after_failures_the_rest_grows_to_an_hour);
	TEST(whoever_wants_keys_waits_a_minute_after_the_last_question);
	TEST(a_delivery_waits_for_keys_newer_than_those_that_it_did_not_match);
	TEST(a_delivery_is_settled_once_and_takes_its_key_then);
	TEST(a_workspace_holds_so_many);
	TEST(so_many_are_judged_at_a_time_as_memory_allows);
	TEST(the_mirror_has_the_keys_and_is_another_with_newer_ones);
	TEST(a_subscription_waits_on_for_its_confirmation);
	TEST(addresses_of_one_workspace_hold_up_no_other);
	TEST(deliveries_are_settled_whatever_addresses_are_due);
	TEST(an_address_that_nobody_names_is_forgotten);
})
