/*
 * The API's table families: workflows and their revisions, hooks, sessions, API keys, people,
 * credentials; as the programs' role, under row-level security.
 */
#include "integration/store/fixture.h"

#include "json/json.h"
#include "nodes/nodes.h"
#include "publish/hooks.h"
#include "publish/outline.h"
#include "store/api_key.h"
#include "store/credential.h"
#include "store/hook_admin.h"
#include "store/session.h"
#include "store/tidy.h"
#include "store/user.h"
#include "store/workflow.h"

#define GRAPH(path)                                                                                \
	"{\"nodes\":[{\"id\":\"n1\",\"type\":\"core.webhook\",\"params\":{\"path\":\"" path        \
	"\",\"verify\":\"none\"}}],"                                                               \
	"\"edges\":[],\"settings\":{\"timeout_ms\":1234}}"

static void
commit(struct ty_tx *tx)
{
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

static const struct ty_registry *
registry(void)
{
	struct ty_registry *made;

	ck_assert_ok(ty_nodes_load(fx.arena, &made, &fx.err));
	return made;
}

static struct ty_store_outline
outline_of(const char *graph)
{
	json_t *doc;

	ck_assert_ok(ty_json_parse(fx.arena, graph, strlen(graph), &doc, &fx.err));
	return ty_publish_outline(fx.arena, registry(), doc);
}

static struct ty_id
workflow_new(const struct ty_id *workspace, const char *graph)
{
	struct ty_tx *tx = db_begin(app, workspace);
	struct ty_store_outline outline;
	struct ty_id id = ty_id_new();

	outline = outline_of(graph);
	ck_assert_ok(ty_store_workflow_add(tx, workspace, &id, "orders", graph, &outline, NULL,
					   &fx.err));
	commit(tx);
	return id;
}

static struct ty_store_workflow *
workflow_load(const struct ty_id *id)
{
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_store_workflow *w = NULL;

	ck_assert_ok(ty_store_workflow_load(tx, id, &w, &fx.err));
	commit(tx);
	return w;
}

static enum ty_code
workflow_save(const struct ty_id *id, const char *name, const char *graph, int64_t revision)
{
	struct ty_store_workflow_change change = {
		.name = name, .graph = graph, .note = "why", .revision = revision
	};
	struct ty_tx *tx = db_begin(app, &ws_a);
	enum ty_code code = ty_store_workflow_save(tx, &ws_a, id, &change, NULL, &fx.err);

	if (code == TY_OK)
		commit(tx);
	else
		ty_tx_rollback(tx);
	return code;
}

START_TEST(a_save_needs_the_revision_it_changed)
{
	struct ty_id id = workflow_new(&ws_a, "{}"), nobody = ty_id_new();
	struct ty_store_workflow *w = workflow_load(&id);

	ck_assert_int_eq(w->revision, 1);
	ck_assert_int_eq(w->version, 1);
	ck_assert_ok(workflow_save(&id, NULL, "{\"a\":1}", 1));
	ck_assert_code(workflow_save(&id, "late", NULL, 1), TY_E_PRECONDITION);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "revision 2"));
	ck_assert_ok(workflow_save(&id, "renamed", NULL, 2));
	w = workflow_load(&id);
	ck_assert_int_eq(w->revision, 3);
	ck_assert_int_eq(w->version, 2); /* a name alone is no new version */
	ck_assert_str_eq(w->name, "renamed");
	ck_assert_str_eq(w->graph, "{\"a\":1}");
	ck_assert_code(workflow_save(&nobody, "x", NULL, 1), TY_E_NOT_FOUND);
}
END_TEST

/* Both read revision 1; the second waits for the first's lock and is then refused. */
START_TEST(of_two_saves_at_once_one_wins)
{
	struct ty_id id = workflow_new(&ws_a, "{}");
	struct ty_store_workflow_change change = { .name = "first", .revision = 1 };
	struct ty_tx *first = db_begin(app, &ws_a), *second = db_begin(app, &ws_a);

	ck_assert_ok(ty_store_workflow_save(first, &ws_a, &id, &change, NULL, &fx.err));
	ck_assert_ok(ty_tx_exec(second, "SET LOCAL lock_timeout = 100", NULL, 0, &fx.err));
	change.name = "second";
	ck_assert_int_ne(ty_store_workflow_save(second, &ws_a, &id, &change, NULL, &fx.err), TY_OK);
	ty_tx_rollback(second);
	commit(first);
	ck_assert_code(workflow_save(&id, "second", NULL, 1), TY_E_PRECONDITION);
	ck_assert_str_eq(workflow_load(&id)->name, "first");
}
END_TEST

START_TEST(another_workspace_finds_no_workflow)
{
	struct ty_id id = workflow_new(&ws_b, "{}");
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_store_workflow *w;
	struct ty_store_version *v;

	ck_assert_code(ty_store_workflow_load(tx, &id, &w, &fx.err), TY_E_NOT_FOUND);
	ck_assert_code(ty_store_version_load(tx, &id, 0, &v, &fx.err), TY_E_NOT_FOUND);
	ck_assert_code(ty_store_workflow_remove(tx, &id, &fx.err), TY_E_NOT_FOUND);
	ck_assert_code(ty_store_unpublish(tx, &id, &fx.err), TY_E_NOT_FOUND);
	commit(tx);
	ck_assert_code(workflow_save(&id, "mine now", NULL, 1), TY_E_NOT_FOUND);
}
END_TEST

START_TEST(versions_are_kept_and_listed_newest_first)
{
	struct ty_id id = workflow_new(&ws_a, "{\"v\":1}");
	struct ty_tx *tx;
	struct ty_store_version *v;
	const char *next;
	json_t *list;

	ck_assert_ok(workflow_save(&id, NULL, "{\"v\":2}", 1));
	ck_assert_ok(workflow_save(&id, NULL, "{\"v\":3}", 2));
	tx = db_begin(app, &ws_a);
	ck_assert_ok(ty_store_version_load(tx, &id, 1, &v, &fx.err));
	ck_assert_str_eq(v->graph, "{\"v\":1}");
	ck_assert_ok(ty_store_version_load(tx, &id, 0, &v, &fx.err));
	ck_assert_int_eq(v->number, 3);
	ck_assert_code(ty_store_version_load(tx, &id, 4, &v, &fx.err), TY_E_NOT_FOUND);
	ck_assert_ok(ty_store_version_list(tx, &id, NULL, 2, &list, &next, &fx.err));
	ck_assert_int_eq((int)json_array_size(list), 2);
	ck_assert_int_eq((int)ty_json_int(json_array_get(list, 0), "number", 0), 3);
	ck_assert_str_eq(next, "2");
	ck_assert_ok(ty_store_version_list(tx, &id, next, 2, &list, &next, &fx.err));
	ck_assert_int_eq((int)json_array_size(list), 1);
	ck_assert_ptr_null(next);
	commit(tx);
}
END_TEST

START_TEST(a_list_has_pages_and_filters)
{
	struct ty_store_workflow_filter filter = { .limit = 2 };
	const char *next = NULL;
	struct ty_tx *tx;
	json_t *list;

	for (int i = 0; i < 5; i++)
		(void)workflow_new(&ws_a, GRAPH("x"));
	(void)workflow_new(&ws_b, GRAPH("x"));
	tx = db_begin(app, &ws_a);
	for (int i = 0, left = 5; left > 0; i++, left -= 2) {
		filter.cursor = next;
		ck_assert_ok(
			ty_publish_workflow_list(tx, registry(), &filter, &list, &next, &fx.err));
		ck_assert_int_eq((int)json_array_size(list), left > 2 ? 2 : left);
		ck_assert_int_eq(next != NULL, left > 2);
	}
	filter = (struct ty_store_workflow_filter){ .limit = 10,
						    .search = "ORD",
						    .published = "true" };
	ck_assert_ok(ty_publish_workflow_list(tx, registry(), &filter, &list, &next, &fx.err));
	ck_assert_int_eq((int)json_array_size(list), 0);
	filter.published = NULL;
	ck_assert_ok(ty_publish_workflow_list(tx, registry(), &filter, &list, &next, &fx.err));
	ck_assert_int_eq((int)json_array_size(list), 5);
	commit(tx);
}
END_TEST

#define TRIGGERS                                                                                   \
	"[{\"type\":\"core.webhook\",\"method\":\"POST\",\"path\":\"x\",\"node\":\"n1\",\"name\":" \
	"\"n1\",\"live\":true}]"

/* The one item of a list, which has no graph in it. */
static json_t *
listed(void)
{
	const struct ty_store_workflow_filter filter = { .limit = 10 };
	struct ty_tx *tx = db_begin(app, &ws_a);
	const char *next;
	json_t *list;

	ck_assert_ok(ty_publish_workflow_list(tx, registry(), &filter, &list, &next, &fx.err));
	commit(tx);
	ck_assert_ptr_null(json_object_get(json_array_get(list, 0), "graph"));
	return json_array_get(list, 0);
}

START_TEST(what_a_list_shows_of_a_graph_is_kept_beside_it)
{
	struct ty_id id = workflow_new(&ws_a, GRAPH("x"));
	const char *triggers = ty_arena_printf(
		fx.arena, "SELECT triggers FROM tyboo.workflow_versions WHERE workflow_id = '%s'",
		id.s);

	ck_assert_str_eq(db_cell(owner, NULL, triggers), TRIGGERS);
	ck_assert_int_eq(ty_json_int(listed(), "node_count", 0), 1);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(listed(), "triggers"), NULL),
			 TRIGGERS);
}
END_TEST

/* What the release before saves has no outline. */
START_TEST(a_version_without_an_outline_is_listed_and_filled_in)
{
	struct ty_id id = workflow_new(&ws_a, GRAPH("x"));
	const char *where = ty_arena_printf(fx.arena, "WHERE workflow_id = '%s'", id.s), *missing;
	size_t count;
	struct ty_tx *tx;

	missing = ty_arena_printf(fx.arena,
				  "SELECT count(*) FROM tyboo.workflow_versions %s AND triggers IS "
				  "NULL AND node_count IS NULL",
				  where);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.workflow_versions SET triggers = NULL, node_count = "
			       "NULL %s",
			       where));
	ck_assert_int_eq(ty_json_int(listed(), "node_count", 0), 1);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(listed(), "triggers"), NULL),
			 TRIGGERS);
	ck_assert_str_eq(db_cell(owner, NULL, missing), "1");
	do {
		tx = db_begin(owner, NULL);
		ck_assert_ok(ty_publish_outline_fill(tx, registry(), &count, &fx.err));
		commit(tx);
	} while (count > 0);
	ck_assert_str_eq(db_cell(owner, NULL, missing), "0");
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(listed(), "triggers"), NULL),
			 TRIGGERS);
}
END_TEST

/* hooks --------------------------------------------------------------------------- */

static enum ty_code
publish(const struct ty_id *id)
{
	struct ty_tx *tx = db_begin(app, &ws_a);
	json_t *findings = ty_json_own(fx.arena, json_array()), *graph;
	struct ty_store_workflow *w;
	struct ty_store_hooks hooks;
	enum ty_code code;

	ck_assert_ok(ty_store_workflow_load(tx, id, &w, &fx.err));
	ck_assert_ok(ty_json_parse(fx.arena, w->graph, strlen(w->graph), &graph, &fx.err));
	ck_assert(ty_publish_hooks_of(fx.arena, ty_graph_read(fx.arena, registry(), graph), &hooks,
				      findings));
	code = ty_store_publish(tx, &ws_a, id, &w->draft_version_id, &hooks,
				&(struct ty_store_schedules){ .count = 0 },
				ty_json_own(fx.arena, json_array()), NULL, &fx.err);
	if (code == TY_OK)
		commit(tx);
	else
		ty_tx_rollback(tx);
	return code;
}

/* As a request finds it: with no workspace in its transaction. */
static struct ty_store_claim
claim_find(const char *slug, const char *method, const char *path)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_store_claim claim;

	ck_assert_ok(ty_store_claim_find(tx, slug, method, path, &claim, &fx.err));
	commit(tx);
	return claim;
}

static struct ty_store_claim
hook_find(const struct ty_id *workspace, const char *method, const char *path)
{
	const char *slug = db_cell(
		owner, NULL,
		ty_arena_printf(fx.arena, "SELECT slug FROM tyboo.workspaces WHERE id = '%s'",
				workspace->s));

	return claim_find(slug, method, path);
}

static bool
is_claimed(const struct ty_id *workspace, const char *method, const char *path)
{
	struct ty_store_claim claim = hook_find(workspace, method, path);

	ck_assert(ty_id_eq(&claim.workspace_id, workspace));
	return ty_id_is_set(&claim.hook_id);
}

START_TEST(a_published_hook_is_found_and_keeps_its_id)
{
	struct ty_id id = workflow_new(&ws_a, GRAPH("in/1"));
	struct ty_store_claim row, again;
	struct ty_tx *tx;

	ck_assert(!is_claimed(&ws_a, "POST", "in/1"));
	ck_assert_ok(publish(&id));
	row = hook_find(&ws_a, "POST", "in/1");
	ck_assert(ty_id_is_set(&row.hook_id) && ty_id_eq(&row.workflow_id, &id));
	ck_assert_str_eq(row.node_id, "n1");
	ck_assert_str_eq(row.verify, "{\"scheme\":\"none\",\"bytes\":\"file\"}");
	ck_assert_int_eq(row.timeout_ms, 1234);
	ck_assert(!is_claimed(&ws_a, "GET", "in/1"));
	ck_assert(!is_claimed(&ws_b, "POST", "in/1"));
	ck_assert_ok(workflow_save(&id, NULL, GRAPH("in/1"), 1));
	ck_assert_ok(publish(&id));
	again = hook_find(&ws_a, "POST", "in/1");
	ck_assert(ty_id_eq(&again.hook_id, &row.hook_id) &&
		  !ty_id_eq(&again.version_id, &row.version_id));
	/* Another path: the old address is free again. */
	ck_assert_ok(workflow_save(&id, NULL, GRAPH("in/2"), 2));
	ck_assert_ok(publish(&id));
	ck_assert(!is_claimed(&ws_a, "POST", "in/1"));
	ck_assert(is_claimed(&ws_a, "POST", "in/2"));
	tx = db_begin(app, &ws_a);
	ck_assert_ok(ty_store_workflow_remove(tx, &id, &fx.err));
	commit(tx);
	ck_assert(!is_claimed(&ws_a, "POST", "in/2"));
}
END_TEST

START_TEST(an_address_of_another_workflow_is_a_conflict)
{
	struct ty_id first = workflow_new(&ws_a, GRAPH("same")),
		     second = workflow_new(&ws_a, GRAPH("same"));
	struct ty_store_claim row;
	struct ty_tx *tx;

	ck_assert_ok(publish(&first));
	ck_assert_code(publish(&second), TY_E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "POST same is taken by the workflow \"orders\""));
	ck_assert_ptr_nonnull(strstr(fx.err.msg, first.s));
	ck_assert(!ty_id_is_set(&workflow_load(&second)->published_version_id));
	tx = db_begin(app, &ws_a);
	ck_assert_ok(ty_store_unpublish(tx, &first, &fx.err));
	commit(tx);
	ck_assert_ok(publish(&second));
	row = hook_find(&ws_a, "POST", "same");
	ck_assert(ty_id_eq(&row.workflow_id, &second));
}
END_TEST

START_TEST(an_unknown_workspace_has_no_hooks)
{
	struct ty_store_claim claim = claim_find("no-such-workspace", "POST", "x");

	ck_assert(!ty_id_is_set(&claim.workspace_id) && !ty_id_is_set(&claim.hook_id));
}
END_TEST

/* people, sessions, keys ---------------------------------------------------------- */

static struct ty_id
user_new(const char *email)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_id id;

	ck_assert_ok(ty_store_user_add(tx, email, "n", "hash", &id, &fx.err));
	commit(tx);
	return id;
}

static const char *
email_new(void)
{
	return ty_arena_printf(fx.arena, "U%s@Example.org", ty_id_new().s);
}

START_TEST(an_address_is_one_person_whatever_its_case)
{
	const char *email = email_new();
	struct ty_id id = user_new(email), other;
	char *lower = ty_arena_strdup(fx.arena, email);
	struct ty_store_user *user;
	struct ty_tx *tx;

	for (char *p = lower; *p != '\0'; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_user_find(tx, lower, &user, &fx.err));
	ck_assert(user != NULL && ty_id_eq(&user->id, &id));
	ck_assert_code(ty_store_user_add(tx, lower, "n", NULL, &other, &fx.err), TY_E_CONFLICT);
	ty_tx_rollback(tx);
	tx = db_begin(app, NULL);
	ck_assert_code(ty_store_user_add(tx, "x", "n", NULL, &other, &fx.err), TY_E_INVALID);
	ty_tx_rollback(tx);
}
END_TEST

static struct ty_store_session *
session_find(const uint8_t hash[32], int64_t session_s)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_store_session *session;

	ck_assert_ok(ty_store_session_find(tx, hash, session_s, &session, &fx.err));
	commit(tx);
	return session;
}

static void
session_new(uint8_t hash[32], const struct ty_id *user, int64_t expires_at_ms)
{
	struct ty_store_session session = { .user.id = *user,
					    .expires_at_ms = expires_at_ms,
					    .csrf_token =
						    "0123456789012345678901234567890123456789" };
	struct ty_tx *tx = db_begin(app, NULL);

	memset(hash, 0, 32);
	snprintf((char *)hash, 32, "%.31s", ty_id_new().s);
	memcpy(session.token_hash, hash, 32);
	ck_assert_ok(ty_store_session_add(tx, &session, "agent", "127.0.0.1", &fx.err));
	commit(tx);
}

START_TEST(a_session_is_found_until_it_is_over_and_slides)
{
	struct ty_id user = user_new(email_new());
	int64_t now = ty_time_now_ms();
	struct ty_store_session *s;
	uint8_t hash[32], over[32];
	struct ty_tx *tx;

	session_new(over, &user, now - 1000);
	ck_assert_ptr_null(session_find(over, 3600));
	session_new(hash, &user, now + 1000 * 1000);
	s = session_find(hash, 1000);
	ck_assert(s != NULL && ty_id_eq(&s->user.id, &user));
	ck_assert_ptr_null(s->user.password_hash);
	s = session_find(hash, 3600); /* less than nine tenths of an hour are left: it slides */
	ck_assert_int_le(s->expires_at_ms, now + 1000 * 1000);
	s = session_find(hash, 3600);
	ck_assert_int_ge(s->expires_at_ms, now + 3600 * 1000 - 1000);
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_session_remove(tx, hash, &fx.err));
	commit(tx);
	ck_assert_ptr_null(session_find(hash, 3600));
}
END_TEST

START_TEST(a_disabled_person_has_no_session)
{
	struct ty_id user = user_new(email_new());
	uint8_t hash[32];

	session_new(hash, &user, ty_time_now_ms() + 100000);
	ck_assert_ptr_nonnull(session_find(hash, 100));
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.users SET disabled_at = now() WHERE id = '%s'",
			       user.s));
	ck_assert_ptr_null(session_find(hash, 100));
}
END_TEST

START_TEST(an_api_key_is_found_until_it_is_revoked)
{
	uint8_t hash[32] = { 1, 2, 3 };
	const char *prefix = ty_arena_printf(fx.arena, "%.8s", ty_id_new().s + 28), *next;
	struct ty_id id, nobodys, ignored, maker = user_new(email_new());
	struct ty_store_api_key *key;
	struct ty_tx *tx = db_begin(app, &ws_a);
	json_t *list;

	ck_assert_ok(ty_store_member_add(tx, &ws_a, &maker, "editor", &fx.err));
	ck_assert_ok(ty_store_api_key_add(tx, &ws_a, "ci", prefix, hash,
					  "workflow.run execution.read api_key.write", &maker, &id,
					  &fx.err));
	ck_assert_ok(ty_store_api_key_add(tx, &ws_a, "ci", "nomaker0", hash, "workflow.run", NULL,
					  &nobodys, &fx.err));
	commit(tx);
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_api_key_find(tx, "nomaker0", &key, &fx.err));
	ck_assert_ptr_null(key);
	commit(tx);
	tx = db_begin(app, &ws_a);
	ck_assert_ok(ty_store_api_key_revoke(tx, &nobodys, &fx.err));
	commit(tx);
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_api_key_find(tx, prefix, &key, &fx.err));
	ck_assert(key != NULL && ty_id_eq(&key->workspace.id, &ws_a));
	ck_assert_mem_eq(key->secret_hash, hash, 32);
	ck_assert_str_eq(key->workspace.permissions, "execution.read workflow.run");
	ck_assert_ok(ty_store_api_key_find(tx, "nobody", &key, &fx.err));
	ck_assert_ptr_null(key);
	commit(tx);
	tx = db_begin(app, &ws_a);
	ck_assert_code(
		ty_store_api_key_add(tx, &ws_a, "ci", prefix, hash, "", NULL, &ignored, &fx.err),
		TY_E_CONFLICT);
	ty_tx_rollback(tx);
	tx = db_begin(app, &ws_b); /* not B's to revoke or to see */
	ck_assert_code(ty_store_api_key_revoke(tx, &id, &fx.err), TY_E_NOT_FOUND);
	ck_assert_ok(ty_store_api_key_list(tx, NULL, NULL, 10, &list, &next, &fx.err));
	ck_assert_int_eq((int)json_array_size(list), 0);
	commit(tx);
	tx = db_begin(app, &ws_a);
	ck_assert_ok(ty_store_api_key_list(tx, NULL, NULL, 10, &list, &next, &fx.err));
	ck_assert_int_eq((int)json_array_size(list), 1);
	ck_assert_ptr_null(json_object_get(json_array_get(list, 0), "secret_hash"));
	ck_assert_ok(ty_store_api_key_touch(tx, &id, &fx.err));
	ck_assert_ok(ty_store_api_key_revoke(tx, &id, &fx.err));
	ck_assert_code(ty_store_api_key_revoke(tx, &id, &fx.err), TY_E_NOT_FOUND);
	ck_assert_ok(ty_store_api_key_find(tx, prefix, &key, &fx.err));
	ck_assert_ptr_null(key);
	commit(tx);
}
END_TEST

START_TEST(a_person_sees_their_workspaces_with_their_rights)
{
	static const struct {
		const char *role, *may, *may_not;
	} roles[] = { { "viewer", "workflow.read", "workflow.write" },
		      { "editor", "workflow.write", "api_key.write" },
		      { "admin", "api_key.write", "nothing" },
		      { "owner", "workspace.write", "nothing" } };
	struct ty_id user = user_new(email_new());
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_store_workspace *list;
	size_t count;

	ck_assert_ok(ty_store_member_add(tx, &ws_a, &user, roles[_i].role, &fx.err));
	commit(tx);
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_user_workspaces(tx, &user, NULL, &list, &count, &fx.err));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(list[0].role, roles[_i].role);
	ck_assert_ptr_nonnull(strstr(list[0].permissions, roles[_i].may));
	ck_assert_ptr_null(strstr(list[0].permissions, roles[_i].may_not));
	ck_assert_ok(ty_store_user_workspaces(tx, &user, ws_b.s, &list, &count, &fx.err));
	ck_assert_uint_eq(count, 0);
	commit(tx);
}
END_TEST

START_TEST(credentials_have_names_and_are_never_listed_whole)
{
	struct ty_store_credential c = { .id = ty_id_new(),
					 .name = "Git",
					 .type = "webhook_secret",
					 .key_version = 1,
					 .version = 1,
					 .sealed = (const uint8_t *)"sealed",
					 .sealed_len = 6 },
				   *found;
	struct ty_tx *tx = db_begin(app, &ws_a);
	const char *next;
	json_t *list, *users;

	ck_assert_ok(ty_store_credential_add(tx, &ws_a, &c, &fx.err));
	ck_assert_ok(ty_store_credential_list(tx, NULL, 10, &list, &next, &fx.err));
	ck_assert_int_eq((int)json_array_size(list), 1);
	ck_assert_ptr_null(json_object_get(json_array_get(list, 0), "sealed"));
	ck_assert_ok(ty_store_credential_find(tx, &c.id, &found, &fx.err));
	ck_assert_mem_eq(found->sealed, "sealed", 6);
	commit(tx);
	tx = db_begin(app, &ws_b);
	ck_assert_ok(ty_store_credential_find(tx, &c.id, &found, &fx.err));
	ck_assert_ptr_null(found);
	ck_assert_code(ty_store_credential_remove(tx, &c.id, false, &users, &fx.err),
		       TY_E_NOT_FOUND);
	commit(tx);
	tx = db_begin(app, &ws_a);
	c.id = ty_id_new();
	c.name = "gIT";
	ck_assert_code(ty_store_credential_add(tx, &ws_a, &c, &fx.err), TY_E_CONFLICT);
	ty_tx_rollback(tx);
}
END_TEST

/* What a header says of each adder: what the tables' constraints refuse is the caller's mistake. */
static enum ty_code
add_odd_key(struct ty_tx *tx)
{
	uint8_t hash[32] = { 0 };
	struct ty_id id;

	return ty_store_api_key_add(tx, &ws_a, "", "prefix00", hash, "", NULL, &id, &fx.err);
}

static enum ty_code
add_odd_credential(struct ty_tx *tx)
{
	struct ty_store_credential c = { .id = ty_id_new(),
					 .name = "",
					 .type = "webhook_secret",
					 .key_version = 1,
					 .version = 1,
					 .sealed = (const uint8_t *)"sealed",
					 .sealed_len = 6 };

	return ty_store_credential_add(tx, &ws_a, &c, &fx.err);
}

static enum ty_code
add_odd_workspace(struct ty_tx *tx)
{
	struct ty_id id;

	return ty_store_workspace_add(tx, "No Slug", "n", &id, &fx.err);
}

static enum ty_code
add_odd_workflow(struct ty_tx *tx)
{
	const struct ty_id id = ty_id_new();

	return ty_store_workflow_add(tx, &ws_a, &id, "", "{}", &(struct ty_store_outline){ 0 },
				     NULL, &fx.err);
}

static enum ty_code
add_second_workspace(struct ty_tx *tx)
{
	const char *slug = ty_arena_printf(fx.arena, "s-%.13s", ty_id_new().s);
	struct ty_id id;

	ck_assert_ok(ty_store_workspace_add(tx, slug, "n", &id, &fx.err));
	return ty_store_workspace_add(tx, slug, "n", &id, &fx.err);
}

static const struct {
	enum ty_code (*add)(struct ty_tx *tx);
	enum ty_code code;
} refused[] = {
	{ add_odd_key, TY_E_INVALID },		 { add_odd_credential, TY_E_INVALID },
	{ add_odd_workspace, TY_E_INVALID },	 { add_odd_workflow, TY_E_INVALID },
	{ add_second_workspace, TY_E_CONFLICT },
};

START_TEST(what_a_table_refuses_is_an_error_of_its_kind)
{
	struct ty_tx *tx = db_begin(app, &ws_a);

	ck_assert_code(refused[_i].add(tx), refused[_i].code);
	ty_tx_rollback(tx);
}
END_TEST

START_TEST(tidying_drops_what_is_over_and_nothing_else)
{
	struct ty_id user = user_new(email_new());
	uint8_t live[32], over[32];
	struct ty_tidied tidied;
	struct ty_tx *tx;

	session_new(over, &user, ty_time_now_ms() - 5000);
	session_new(live, &user, ty_time_now_ms() + 100000);
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_tidy(tx, &tidied, &fx.err));
	commit(tx);
	ck_assert_int_ge(tidied.sessions, 1);
	ck_assert_ptr_nonnull(session_find(live, 100));
	ck_assert_str_eq(
		db_cell(owner, NULL,
			ty_arena_printf(fx.arena,
					"SELECT count(*) FROM tyboo.sessions WHERE user_id = '%s'",
					user.s)),
		"1");
}
END_TEST

DB_TEST_MAIN("store.api", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(a_save_needs_the_revision_it_changed);
	TEST(of_two_saves_at_once_one_wins);
	TEST(another_workspace_finds_no_workflow);
	TEST(versions_are_kept_and_listed_newest_first);
	TEST(a_list_has_pages_and_filters);
	TEST(what_a_list_shows_of_a_graph_is_kept_beside_it);
	TEST(a_version_without_an_outline_is_listed_and_filled_in);
	TEST(a_published_hook_is_found_and_keeps_its_id);
	TEST(an_address_of_another_workflow_is_a_conflict);
	TEST(an_unknown_workspace_has_no_hooks);
	TEST(an_address_is_one_person_whatever_its_case);
	TEST(a_session_is_found_until_it_is_over_and_slides);
	TEST(a_disabled_person_has_no_session);
	TEST(an_api_key_is_found_until_it_is_revoked);
	tcase_add_loop_test(tc, a_person_sees_their_workspaces_with_their_rights, 0, 4);
	TEST(credentials_have_names_and_are_never_listed_whole);
	TEST_LOOP(what_a_table_refuses_is_an_error_of_its_kind, refused);
	TEST(tidying_drops_what_is_over_and_nothing_else);
})
