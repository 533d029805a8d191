/*
 * test_credential_use.c -- a credential that a published workflow uses stays, whoever comes first.
 *
 * The order of two sessions is made, never hoped for: one goes on only when Postgres says that the
 * other waits for a lock.
 */
#include "integration/store/fixture.h"

#include "base/str.h"
#include "json/json.h"
#include "store/credential.h"
#include "store/hook_admin.h"
#include "store/workflow.h"

#include <pthread.h>
#include <sys/wait.h>

static struct ty_id
credential_new(const struct ty_id *workspace)
{
	struct ty_id id = ty_id_new();

	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.credentials (workspace_id, id, name, type, "
		       "key_version, sealed) VALUES ('%s', '%s', '%s', 'webhook_secret', 1, 'x')",
		       workspace->s, id.s, id.s));
	return id;
}

static struct ty_id
workflow_new(const char *name)
{
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_id id = ty_id_new(), nobody = { "" };
	const struct ty_store_outline none = { 0 };

	ck_assert_ok(ty_store_workflow_add(tx, &ws_a, &id, name, "{}", &none, &nobody, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return id;
}

/* In 'tx', with these credentials ("" = no more). */
static enum ty_code
publish_in(struct ty_tx *tx, const struct ty_id *workflow, const struct ty_id *credential)
{
	static const struct ty_store_hooks none;
	json_t *ids = ty_json_own(fx.arena, json_array());
	struct ty_store_workflow *w;

	for (int i = 0; credential != NULL && i < 2; i++) /* twice: two nodes may share one */
		json_array_append_new(ids, json_string(credential->s));
	ck_assert_ok(ty_store_workflow_load(tx, workflow, &w, &fx.err));
	return ty_store_publish(tx, &ws_a, workflow, &w->draft_version_id, &none,
				&(struct ty_store_schedules){ .count = 0 }, ids, NULL, &fx.err);
}

static void
publish(const struct ty_id *workflow, const struct ty_id *credential)
{
	struct ty_tx *tx = db_begin(app, &ws_a);

	ck_assert_ok(publish_in(tx, workflow, credential));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

/* What a removal answers, and the names of who is in the way, by commas. */
static enum ty_code
remove_it(const struct ty_id *credential, const char **ret_names, struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "remove", 0);
	json_t *users, *user;
	struct ty_tx *tx;
	enum ty_code code;
	char names[256] = "";
	size_t i;

	ck_assert_ok(ty_tx_begin(app, arena, &ws_a, 1000, &tx, err));
	code = ty_store_credential_remove(tx, credential, false, &users, err);
	json_array_foreach(users, i, user)
	{
		size_t len = strlen(names);

		ck_assert_uint_eq(strlen(ty_json_str(user, "id", "")), 36);
		snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? "," : "",
			 ty_json_str(user, "name", "?"));
	}
	if (code == TY_OK)
		ck_assert_ok(ty_tx_commit(tx, err));
	else
		ty_tx_rollback(tx);
	ty_arena_free(arena);
	*ret_names = strdup(names);
	ck_assert_ptr_nonnull(*ret_names);
	return code;
}

static void
check_removal(const struct ty_id *credential, enum ty_code code, const char *names)
{
	const char *said;

	ck_assert_code(remove_it(credential, &said, &fx.err), code);
	ck_assert_str_eq(said, names);
	free((char *)said);
}

START_TEST(who_uses_a_credential_is_named)
{
	struct ty_id used = credential_new(&ws_a), free_one = credential_new(&ws_a);
	struct ty_id b = workflow_new("b"), a = workflow_new("A");

	publish(&b, &used);
	check_removal(&used, TY_E_CONFLICT, "b");
	ck_assert_str_eq(fx.err.msg, "The published workflow \"b\" uses the credential");
	publish(&a, &used);
	check_removal(&used, TY_E_CONFLICT, "A,b");
	ck_assert_str_eq(fx.err.msg, "2 published workflows use the credential");
	check_removal(&free_one, TY_OK, "");
	check_removal(&free_one, TY_E_NOT_FOUND, "");
}
END_TEST

START_TEST(so_many_are_named_and_no_more)
{
	struct ty_id used = credential_new(&ws_a);
	struct ty_tx *tx;
	json_t *users;

	for (int i = 0; i <= TY_STORE_CREDENTIAL_USERS_MAX; i++) {
		struct ty_id workflow = workflow_new("w");

		publish(&workflow, &used);
	}
	tx = db_begin(app, &ws_a);
	ck_assert_code(ty_store_credential_remove(tx, &used, false, &users, &fx.err),
		       TY_E_CONFLICT);
	ck_assert_uint_eq(json_array_size(users), TY_STORE_CREDENTIAL_USERS_MAX);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "100 or more"));
	ty_tx_rollback(tx);
}
END_TEST

START_TEST(another_workspace_neither_sees_nor_removes_it)
{
	struct ty_id used = credential_new(&ws_a), w = workflow_new("w");
	struct ty_tx *tx;
	json_t *users;

	publish(&w, &used);
	tx = db_begin(app, &ws_b);
	ck_assert_code(ty_store_credential_remove(tx, &used, false, &users, &fx.err),
		       TY_E_NOT_FOUND);
	ck_assert_ptr_null(users);
	ty_tx_rollback(tx);
}
END_TEST

/* Each way off the air.  The statements are those of the release before, which knows no users. */
static const char *const endings[] = {
	"UPDATE tyboo.workflows SET published_version_id = NULL",
	"UPDATE tyboo.workflows SET deleted_at = now(), published_version_id = NULL",
	"UPDATE tyboo.workflows SET published_version_id = gen_random_uuid()",
	"DELETE FROM tyboo.workflows",
	NULL, /* a publish of what does without it */
};

START_TEST(what_is_off_the_air_uses_nothing)
{
	struct ty_id used = credential_new(&ws_a), w = workflow_new("w");

	publish(&w, &used);
	publish(&w, &used); /* the same version again */
	check_removal(&used, TY_E_CONFLICT, "w");
	if (endings[_i] == NULL)
		publish(&w, NULL);
	else
		db_run(app, &ws_a,
		       ty_arena_printf(fx.arena, "%s WHERE id = '%s'", endings[_i], w.s));
	check_removal(&used, TY_OK, "");
}
END_TEST

START_TEST(a_workspace_goes_with_all_of_it)
{
	struct ty_id used = credential_new(&ws_a), w = workflow_new("w");

	publish(&w, &used);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "DELETE FROM tyboo.workspaces WHERE id = '%s'", ws_a.s));
	ck_assert_str_eq(db_cell(owner, NULL,
				 ty_arena_printf(fx.arena,
						 "SELECT count(*) FROM tyboo.credentials "
						 "WHERE workspace_id = '%s'",
						 ws_a.s)),
			 "0");
}
END_TEST

/* ---- who comes first ---- */

START_TEST(a_removal_before_the_publish_makes_it_a_conflict)
{
	struct ty_id credential = credential_new(&ws_a), w = workflow_new("w");
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_store_credential *seen;

	/* The check has seen it ... */
	ck_assert_ok(ty_store_credential_find(tx, &credential, &seen, &fx.err));
	ck_assert_ptr_nonnull(seen);
	check_removal(&credential, TY_OK, "");
	ck_assert_code(publish_in(tx, &w, &credential), TY_E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "deleted meanwhile"));
	ty_tx_rollback(tx);
	ck_assert_str_eq(db_cell(app, &ws_a,
				 "SELECT count(*) FROM tyboo.workflows "
				 "WHERE published_version_id IS NOT NULL"),
			 "0");
}
END_TEST

struct removal {
	struct ty_id credential;
	enum ty_code code;
	const char *names;
	struct ty_err err;
};

static void *
removal_main(void *arg)
{
	struct removal *r = arg;

	r->code = remove_it(&r->credential, &r->names, &r->err);
	return NULL;
}

static void
await_a_waiter(void)
{
	while (ty_str_eq(db_cell(owner, NULL, "SELECT count(*) FROM pg_locks WHERE NOT granted"),
			 "0"))
		usleep(1000);
}

/* Once with a commit, once with a rollback. */
START_TEST(a_removal_waits_for_a_publish_that_is_under_way)
{
	struct removal removal = { .credential = credential_new(&ws_a) };
	struct ty_id w = workflow_new("w");
	struct ty_tx *tx = db_begin(app, &ws_a);
	pthread_t thread;

	ck_assert_ok(publish_in(tx, &w, &removal.credential));
	ck_assert_int_eq(pthread_create(&thread, NULL, removal_main, &removal), 0);
	await_a_waiter();
	if (_i == 0)
		ck_assert_ok(ty_tx_commit(tx, &fx.err));
	else
		ty_tx_rollback(tx);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_code(removal.code, _i == 0 ? TY_E_CONFLICT : TY_OK);
	ck_assert_str_eq(removal.names, _i == 0 ? "w" : "");
	free((char *)removal.names);
}
END_TEST

DB_TEST_MAIN("store.credential_use", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(who_uses_a_credential_is_named);
	TEST(so_many_are_named_and_no_more);
	TEST(another_workspace_neither_sees_nor_removes_it);
	TEST_LOOP(what_is_off_the_air_uses_nothing, endings);
	TEST(a_workspace_goes_with_all_of_it);
	TEST(a_removal_before_the_publish_makes_it_a_conflict);
	tcase_add_loop_test(tc, a_removal_waits_for_a_publish_that_is_under_way, 0, 2);
})
