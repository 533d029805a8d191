/*
 * test_tenants.c -- two workspaces against each other, over every route of the table: the ids of one in
 * every place of the other's addresses, queries and documents.
 *
 * What belongs to another workspace answers as what never was: the two answers are the same text but for
 * the id that was asked for.
 */
#include "house.h"

#include "base/arena.h"
#include "base/str.h"
#include "blob/writer.h"
#include "router.h"
#include "store/blob.h"
#include "vault/resume.h"

#define HOOK "\"verify\":\"none\""

/* What the house's workspace has. */
struct things {
	const char *workflow, *run, *credential, *key, *waiting, *token, *blob;
};

static struct things mine;
static const char *other; /* the stranger's workspace */
static struct person stranger;

static void
on_ready(void *ctx)
{
}

static void
on_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	ck_assert_msg(err == NULL, "%s", err != NULL ? err->msg : "");
	*(const char **)ctx = ty_arena_strdup(fx.arena, blob->hash);
	ty_blob_unref(blob);
}

/* A file that the run names; its hash. */
static const char *
file_of(const char *run)
{
	const char *hash = NULL;
	const struct ty_blob_writer_events events = { on_ready, on_done, &hash };
	struct ty_blob_scope scope = { .workspace_id = house.ws_id, .is_verified = true };
	struct ty_store_blobs *blobs = ty_store_blobs_new(house.app->store, "");
	struct ty_blob_writer *writer;

	ck_assert(ty_id_parse(run, &scope.owner_id));
	writer = ty_blob_writer_new(&ty_store_blob_io, blobs, &scope, INT64_MAX / 2, &events);
	ty_blob_writer_add(writer, "secret", 6);
	ty_blob_writer_end(writer);
	ty_blob_writer_free(writer);
	ty_store_blobs_free(blobs);
	return hash;
}

static const char *
waiting_run(void)
{
	struct ty_id run = ty_id_new();

	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at) SELECT workspace_id, '%s', id, "
		  "published_version_id, 'api', 'waiting', 1, now(), now() FROM tyboo.workflows "
		  "WHERE id = '%s'",
		  run.s, mine.workflow);
	house_sql("INSERT INTO tyboo.waits (workspace_id, run_id, key, kind, node, frame, at, "
		  "token_hash, look_at) VALUES ('%s', '%s', 'w/1/call', 'call', 'w', '', "
		  "now() + interval '1 day', sha256('%s'), 'infinity')",
		  house.ws_id.s, run.s, run.s);
	return ty_arena_strdup(fx.arena, run.s);
}

static void
setup(void)
{
	struct ty_id id = house_workspace(&other), waiting;
	struct raw raw = { .method = "POST",
			   .target = "/hooks/{ws}/h",
			   .body = "{}",
			   .len = 2,
			   .declared = -1,
			   .headers = { "Content-Type: application/json" } };
	struct reply reply;

	stranger = house_person("owner", &id);
	mine.workflow = house_publish(house_hook_graph("h", HOOK));
	mine.credential = house_secret("{\"secret\":\"s\"}");
	reply = ask_raw(&raw);
	ck_assert_status(reply, 202);
	mine.run = text_of(&reply, "run_id");
	mine.blob = file_of(mine.run);
	reply = ask("POST", "/api/v1/workspaces/{ws}/api-keys",
		    "{\"name\":\"k\",\"scopes\":[\"workflow.read\"]}");
	ck_assert_status(reply, 201);
	mine.key = text_of(&reply, "id");
	mine.waiting = waiting_run();
	ck_assert(ty_id_parse(mine.waiting, &waiting));
	mine.token = ty_resume_token(house.app->vault, fx.arena,
				     &(const struct ty_resume){ waiting, "", "w" });
}

/* 'text' with 'what' put for each 'name'. */
static const char *
put(const char *text, const char *name, const char *what)
{
	const char *at = strstr(text, name);

	return at == NULL ? text
			  : ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - text), text, what,
					    put(at + strlen(name), name, what));
}

/* Status and body; what differs by the request alone is left out, and 'id' is ID. */
static const char *
answer_of(const char *method, const char *target, const char *body, const char *id)
{
	static const char *const headers[] = { "If-Match: \"1\"", NULL };
	struct reply reply = ask_as(&stranger, method, target, body, headers);

	if (reply.json != NULL) {
		json_object_del(reply.json, "request_id");
		json_object_del(reply.json, "instance");
	}
	return put(
		ty_arena_printf(fx.arena, "%d %s", reply.status,
				reply.json != NULL ? ty_json_dump(fx.arena, reply.json, NULL) : ""),
		id, "ID");
}

/* What a route takes where it is asked for a body; the others take {}. */
static const struct {
	const char *route, *body;
} bodies[] = {
	{ "workflow_save", "{\"name\":\"n\",\"graph\":{\"nodes\":[]}}" },
	{ "credential_change", "{\"data\":{\"secret\":\"x\"}}" },
	{ "credential_try", "{\"url\":\"https://x.test/\"}" },
	{ "workflow_preview", "{\"node\":\"t\",\"expressions\":{}}" },
	{ "state_change", "{\"value\":1}" },
};

static const char *
body_for(const struct ty_route *route)
{
	if (route->body == TY_BODY_NONE)
		return NULL;
	for (size_t i = 0; i < TY_ARRAY_COUNT(bodies); i++)
		if (strcmp(bodies[i].route, route->name) == 0)
			return bodies[i].body;
	return "{}";
}

/* The route's address with 'id' in each place but the workspace's. */
static const char *
address(const struct ty_route *route, const char *ws, const char *id, const char *hash)
{
	const char *target = put(route->pattern, "{ws}", ws);

	target = put(put(target, "{id}", id), "{hash}", hash);
	return put(target, "{number}", "1");
}

/* By my address: there is no such workspace, whatever is asked of it and by which of its names. */
START_TEST(a_workspace_is_not_there_for_a_stranger)
{
	size_t tried = 0;

	for (const struct ty_route *r = ty_routes; r->name != NULL; r++) {
		if (r->auth != TY_AUTH_WORKSPACE || strstr(r->pattern, "{ws}") == NULL)
			continue;
		ck_assert_status(ask_as(&stranger, r->method,
					address(r, house.ws, mine.workflow, mine.blob), body_for(r),
					NULL),
				 404);
		ck_assert_status(ask_as(&stranger, r->method,
					address(r, house.ws_id.s, mine.run, mine.blob), body_for(r),
					NULL),
				 404);
		tried++;
	}
	ck_assert_uint_gt(tried, 35);
}
END_TEST

/* By their own address: my ids are as ids that never were. */
START_TEST(an_id_of_another_workspace_is_as_one_that_never_was)
{
	const char *const ids[] = { mine.workflow, mine.run,	 mine.credential,
				    mine.key,	   mine.waiting, house.ws_id.s };
	size_t tried = 0;

	for (const struct ty_route *r = ty_routes; r->name != NULL; r++) {
		if (r->auth != TY_AUTH_WORKSPACE || strstr(r->pattern, "{id}") == NULL)
			continue;
		for (size_t i = 0; i < TY_ARRAY_COUNT(ids); i++) {
			const char *none = ty_arena_strdup(fx.arena, ty_id_new().s);
			const char *as_mine =
				answer_of(r->method, address(r, other, ids[i], mine.blob),
					  body_for(r), ids[i]);
			const char *as_none = answer_of(
				r->method, address(r, other, none, mine.blob), body_for(r), none);

			ck_assert_msg(strncmp(as_mine, "404", 3) == 0, "%s: %s", r->name, as_mine);
			ck_assert_msg(strcmp(as_mine, as_none) == 0, "%s: %s and %s", r->name,
				      as_mine, as_none);
			tried++;
		}
	}
	ck_assert_uint_gt(tried, 100);
}
END_TEST

static const char *const queries[] = {
	"executions?workflow_id=ID", "executions?cursor=ID", "deliveries?workflow_id=ID",
	"deliveries?cursor=ID",	     "workflows?cursor=ID",  "credentials?cursor=ID",
	"api-keys?cursor=ID",
};

START_TEST(an_id_of_another_workspace_finds_nothing)
{
	const char *const ids[] = { mine.workflow, mine.run, mine.credential, mine.key };

	for (size_t i = 0; i < TY_ARRAY_COUNT(ids); i++) {
		const char *none = ty_arena_strdup(fx.arena, ty_id_new().s);
		const char *target =
			ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/%s", other, queries[_i]);
		const char *as_mine = answer_of("GET", put(target, "ID", ids[i]), NULL, ids[i]);

		ck_assert_str_eq(as_mine, answer_of("GET", put(target, "ID", none), NULL, none));
		ck_assert_msg(strstr(as_mine, "\"items\":[]") != NULL, "%s", as_mine);
	}
}
END_TEST

/* Each names an id in a document; validated and published by the stranger. */
static const char *const documents[] = {
	"{\"nodes\":[{\"id\":\"t\",\"type\":\"core.webhook\",\"params\":{\"path\":\"p\",\"verify\":"
	"\"github\",\"credential\":\"ID\"}}]}",
	"{\"nodes\":[{\"id\":\"t\",\"type\":\"core.manual\"},{\"id\":\"r\",\"type\":\"http."
	"request\",\"params\":{\"url\":\"https://x.test/\",\"credential\":\"ID\"}}],\"edges\":[{"
	"\"from\":\"t\",\"to\":\"r\"}]}",
	"{\"nodes\":[{\"id\":\"t\",\"type\":\"core.manual\"}],\"settings\":{\"error_workflow\":"
	"\"ID\"}}",
};

START_TEST(a_document_that_names_anothers_is_as_one_that_names_none)
{
	const char *const ids[] = { mine.credential, mine.workflow };
	const char *validate =
		ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/workflows/validate", other);

	for (size_t i = 0; i < TY_ARRAY_COUNT(ids); i++) {
		const char *none = ty_arena_strdup(fx.arena, ty_id_new().s);
		const char *body = ty_arena_printf(fx.arena, "{\"graph\":%s}", documents[_i]);
		const char *as_mine = answer_of("POST", validate, put(body, "ID", ids[i]), ids[i]);

		ck_assert_str_eq(as_mine, answer_of("POST", validate, put(body, "ID", none), none));
		ck_assert_msg(strstr(as_mine, "\"valid\":false") != NULL, "%s", as_mine);
	}
}
END_TEST

/* The token of my wait at their address, and at none. */
START_TEST(a_token_is_of_one_workspace)
{
	static const char *const methods[] = { "GET", "POST" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(methods); i++) {
		struct raw raw = { .method = methods[i],
				   .body = "",
				   .declared = -1,
				   .target = ty_arena_printf(fx.arena, "/resume/%s/%s", other,
							     mine.token) };

		ck_assert_status(ask_raw(&raw), 404);
	}
	ck_assert_str_eq(
		house_sql("SELECT count(*) FROM tyboo.waits WHERE run_id = '%s'", mine.waiting),
		"1");
}
END_TEST

/* After all that, nothing of mine has changed. */
START_TEST(nothing_that_a_stranger_asks_changes_anything)
{
	for (const struct ty_route *r = ty_routes; r->name != NULL; r++) {
		if (r->auth != TY_AUTH_WORKSPACE || strcmp(r->method, "GET") == 0)
			continue;
		(void)ask_as(&stranger, r->method, address(r, other, mine.workflow, mine.blob),
			     body_for(r), NULL);
		(void)ask_as(&stranger, r->method, address(r, other, mine.credential, mine.blob),
			     body_for(r), NULL);
		(void)ask_as(&stranger, r->method, address(r, other, mine.key, mine.blob),
			     body_for(r), NULL);
		(void)ask_as(&stranger, r->method, address(r, other, mine.run, mine.blob),
			     body_for(r), NULL);
		(void)ask_as(&stranger, r->method, address(r, other, mine.waiting, mine.blob),
			     body_for(r), NULL);
	}
	ck_assert_str_eq(house_sql("SELECT (SELECT count(*) FROM tyboo.hooks WHERE workflow_id = "
				   "'%1$s') + (SELECT count(*) FROM tyboo.workflows WHERE id = "
				   "'%1$s' AND deleted_at IS NULL AND published_version_id IS NOT "
				   "NULL) + (SELECT count(*) FROM tyboo.credentials WHERE id = "
				   "'%2$s' AND version = 1) + (SELECT count(*) FROM tyboo.api_keys "
				   "WHERE id = '%3$s' AND revoked_at IS NULL) + (SELECT count(*) "
				   "FROM tyboo.executions WHERE id = '%4$s' AND status = 'waiting')"
				   " + (SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = "
				   "'%5$s')",
				   mine.workflow, mine.credential, mine.key, mine.waiting,
				   house.ws_id.s),
			 "6");
}
END_TEST

HOUSE_MAIN("api tenants", {
	tcase_add_checked_fixture(tc, setup, NULL);
	TEST(a_workspace_is_not_there_for_a_stranger);
	TEST(an_id_of_another_workspace_is_as_one_that_never_was);
	TEST_LOOP(an_id_of_another_workspace_finds_nothing, queries);
	TEST_LOOP(a_document_that_names_anothers_is_as_one_that_names_none, documents);
	TEST(a_token_is_of_one_workspace);
	TEST(nothing_that_a_stranger_asks_changes_anything);
})
