/*
 * test_secrets.c -- a workflow's secrets: sealed in the database, masked on every way out, kept when
 * the mask comes back.
 */
#include "house.h"

#include "base/str.h"

#define CANARY "sk-canary-5e7"
#define MASK   "********"
#define WS     "/api/v1/workspaces/{ws}"

/* Four ways to have a secret in one node. */
static const char graph[] =
	"{\"nodes\":[{\"id\":\"t\",\"name\":\"T\",\"type\":\"core.manual\",\"version\":1,"
	"\"params\":{},\"position\":[0,0]},{\"id\":\"h\",\"name\":\"H\",\"type\":\"http.request\","
	"\"version\":1,\"params\":{\"url\":\"https://u:" CANARY "-1@a.test/\","
	"\"auth_header\":\"Authorization\",\"auth_value\":\"Bearer " CANARY "-2\",\"headers\":"
	"[{\"name\":\"X-Api-Key\",\"value\":\"" CANARY "-3\"}],\"query\":[{\"name\":\"token\","
	"\"value\":\"" CANARY "-4\"}]},\"position\":[0,0]}],\"edges\":[{\"from\":\"t\",\"output\":"
	"\"main\",\"to\":\"h\",\"input\":\"main\"}],\"settings\":{}}";

static const char *
dump(const struct reply *reply)
{
	return reply->json != NULL ? ty_json_dump(fx.arena, reply->json, NULL) : "";
}

static void
check_hidden(const struct reply reply)
{
	ck_assert_msg(reply.status < 300, "%d: %s", reply.status, dump(&reply));
	ck_assert_ptr_null(strstr(dump(&reply), CANARY));
	ck_assert_ptr_null(strstr(dump(&reply), "tysealed"));
	ck_assert_ptr_null(strstr(reply.headers, CANARY));
}

static struct reply
save(const char *id, const char *revision, const char *new_graph)
{
	const char *const headers[] = { ty_arena_printf(fx.arena, "If-Match: \"%s\"", revision),
					NULL };

	return ask_as(&house.me, "PUT", ty_arena_printf(fx.arena, WS "/workflows/%s", id),
		      ty_arena_printf(fx.arena, "{\"graph\":%s}", new_graph), headers);
}

static const char *
stored(const char *id)
{
	return house_sql("SELECT graph FROM tyboo.workflow_versions WHERE workflow_id = '%s' "
			 "ORDER BY number DESC LIMIT 1",
			 id);
}

static const char *
replace(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);

	ck_assert_msg(at != NULL, "%s is not in %s", what, text);
	return ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - text), text, with,
			       at + strlen(what));
}

/* As an earlier release kept it, which sealed what was written in it; its revision is 2. */
static const char *
old_draft(void)
{
	const char *id = house_draft("{\"nodes\":[]}"), *shown;
	struct reply got;

	house_sql("UPDATE tyboo.workflow_versions SET graph = '%s' WHERE workflow_id = '%s'", graph,
		  id);
	got = ask("GET", ty_arena_printf(fx.arena, WS "/workflows/%s", id), NULL);
	check_hidden(got);
	shown = ty_json_dump(fx.arena, json_object_get(got.json, "graph"), NULL);
	check_hidden(save(id, "1", shown));
	ck_assert_ptr_nonnull(strstr(stored(id), "tysealed.1."));
	return id;
}

static const char *
shown_graph(const char *id)
{
	struct reply got = ask("GET", ty_arena_printf(fx.arena, WS "/workflows/%s", id), NULL);

	check_hidden(got);
	return ty_json_dump(fx.arena, json_object_get(got.json, "graph"), NULL);
}

START_TEST(a_workflows_secrets_leave_by_no_route)
{
	struct person viewer = house_person("viewer", &house.ws_id);
	const char *id = old_draft(), *target;
	struct reply run;

	ck_assert_ptr_nonnull(strstr(shown_graph(id), "https://u:" MASK "@a.test/"));
	target = ty_arena_printf(fx.arena, WS "/workflows/%s", id);
	check_hidden(ask_as(&viewer, "GET", target, NULL, NULL));
	check_hidden(ask_as(&viewer, "GET", WS "/workflows", NULL, NULL));
	check_hidden(ask_as(&viewer, "GET", ty_arena_printf(fx.arena, "%s/versions/2", target),
			    NULL, NULL));
	check_hidden(ask_as(&viewer, "GET", ty_arena_printf(fx.arena, "%s/versions", target), NULL,
			    NULL));
	/* It goes on: it may be run, though no more be published. */
	run = ask("POST", ty_arena_printf(fx.arena, "%s/run", target), "{}");
	ck_assert_status(run, 202);
	check_hidden(run);
	check_hidden(ask("POST", WS "/workflows/validate",
			 ty_arena_printf(fx.arena, "{\"graph\":%s}", graph)));
	/* Nothing of it is at rest. */
	ck_assert_ptr_null(strstr(stored(id), CANARY));
	ck_assert_ptr_nonnull(strstr(stored(id), "tysealed.1."));
	ck_assert_str_eq(house_sql("SELECT count(*) FROM tyboo.deliveries d WHERE d::text LIKE "
				   "'%%" CANARY "%%'"),
			 "0");
}
END_TEST

/* The run's graph comes from the version. */
START_TEST(a_runs_graph_has_no_secrets)
{
	const char *id = old_draft(), *run = ty_id_new().s;

	house_sql("INSERT INTO tyboo.executions (id, workspace_id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at) SELECT '%s', workspace_id, id, "
		  "draft_version_id, 'manual', 'running', 1, now(), now() FROM tyboo.workflows "
		  "WHERE id = '%s'",
		  run, id);
	check_hidden(ask("GET", ty_arena_printf(fx.arena, WS "/executions/%s", run), NULL));
}
END_TEST

START_TEST(a_mask_keeps_what_is_stored)
{
	const char *id = old_draft(), *before = stored(id), *shown = shown_graph(id);
	struct reply reply;

	/* As it was shown: the same text is kept, to the byte. */
	check_hidden(save(id, "2", shown));
	ck_assert_str_eq(stored(id), before);
	/* Without one of them, the others are kept. */
	check_hidden(save(id, "3",
			  replace(shown, "\"auth_value\":\"" MASK "\"", "\"auth_value\":\"\"")));
	ck_assert_str_ne(stored(id), before);
	ck_assert_ptr_null(strstr(stored(id), MASK));
	/* A new one is refused, and nothing is saved. */
	before = stored(id);
	reply = save(
		id, "4",
		replace(shown, "\"auth_value\":\"" MASK "\"", "\"auth_value\":\"Bearer other\""));
	ck_assert_status(reply, 422);
	ck_assert_str_eq(stored(id), before);
}
END_TEST

/* Each where it is, with the way out. */
static const struct {
	const char *params, *path;
} written_cases[] = {
	{ "\"auth_header\":\"X\",\"auth_value\":\"" CANARY "\"", "auth_value" },
	{ "\"auth_value\":\"=" CANARY "\"", "auth_value" },
	{ "\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"" CANARY "\"}]", "headers[X-Api-Key]" },
	{ "\"query\":[{\"name\":\"token\",\"value\":\"" CANARY "\"}]", "query[token]" },
	{ "\"body_json\":{\"grant\":\"x\",\"client_secret\":\"" CANARY "\"}",
	  "body_json.client_secret" },
	{ "\"body_json\":\"={\\\"auth\\\": {\\\"password\\\": \\\"" CANARY "\\\"}}\"",
	  "body_json.password" },
	{ "\"body_text\":\"{\\\"token\\\":\\\"" CANARY "\\\"}\"", "body_text.token" },
	{ "\"body_form\":[{\"name\":\"password\",\"value\":\"" CANARY "\"}]",
	  "body_form[password]" },
	{ "\"url\":\"https://u:" CANARY "@a.test/\"", "url" },
	{ "\"url\":\"https://a.test/?x=1&access_token=" CANARY "\"", "url[access_token]" },
	{ "\"url\":\"=https://a.test/{{ $json.id }}?api_key=" CANARY "\"", "url[api_key]" },
	{ "\"headers\":[{\"name\":\"x-auth\",\"value\":\"" CANARY "\"}]", "headers[x-auth]" },
	{ "\"headers\":[{\"name\":\"Authentication\",\"value\":\"" CANARY "\"}]",
	  "headers[Authentication]" },
	{ "\"headers\":[{\"name\":\"X-Foo\",\"value\":\"Bearer " CANARY "\"}]", "headers[X-Foo]" },
	{ "\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'Bearer " CANARY "' }}\"}]",
	  "headers[X-Foo]" },
	{ "\"url\":\"={{ 'https://a.test/?token=' + '" CANARY "' }}\"", "url[token]" },
	{ "\"auth_value\":12345", "auth_value" },
	{ "\"auth_value\":{\"key\":\"" CANARY "\"}", "auth_value" },
	{ "\"headers\":[{\"name\":\"X-Api-Key\",\"value\":12345678901234567890}]",
	  "headers[X-Api-Key]" },
	{ "\"query\":[{\"name\":\"token\",\"value\":true}]", "query[token]" },
};

START_TEST(a_written_secret_is_refused)
{
	const char *doc = ty_arena_printf(
		fx.arena,
		"{\"nodes\":[{\"id\":\"t\",\"name\":\"T\",\"type\":\"core.manual\",\"version\":1,"
		"\"params\":{}},{\"id\":\"h\",\"name\":\"H\",\"type\":\"http.request\",\"version\":"
		"1,"
		"\"params\":{\"method\":\"GET\",%s}}],\"edges\":[],\"settings\":{}}",
		written_cases[_i].params);
	struct reply reply = ask("POST", WS "/workflows",
				 ty_arena_printf(fx.arena, "{\"name\":\"W\",\"graph\":%s}", doc));

	ck_assert_status(reply, 422);
	ck_assert_str_eq(
		text_of(&reply, "path"),
		ty_arena_printf(fx.arena, "graph.nodes[1].params.%s", written_cases[_i].path));
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "hint"), "credential"));
	ck_assert_ptr_null(strstr(dump(&reply), CANARY));
	reply = ask("POST", WS "/workflows/validate",
		    ty_arena_printf(fx.arena, "{\"graph\":%s}", doc));
	check_hidden(reply);
	ck_assert_ptr_nonnull(strstr(dump(&reply), "literal_secret"));
	ck_assert_ptr_nonnull(
		strstr(dump(&reply), ty_arena_printf(fx.arena, "\"nodes[1].params.%s\"",
						     written_cases[_i].path)));
}
END_TEST

/* A draft of before: it is said at publish, and what is published goes on. */
START_TEST(a_sealed_secret_is_not_published_anew)
{
	const char *id = old_draft();
	struct reply reply =
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", id), "{}");

	ck_assert_status(reply, 422);
	ck_assert_ptr_nonnull(strstr(dump(&reply), "literal_secret"));
	ck_assert_ptr_nonnull(strstr(dump(&reply), "nodes[1].params.auth_value"));
	ck_assert_ptr_nonnull(strstr(dump(&reply), "migrate-secrets"));
	ck_assert_ptr_null(strstr(dump(&reply), "tysealed"));
}
END_TEST

/* An exported workflow, imported elsewhere. */
START_TEST(a_mask_with_nothing_behind_it_is_a_finding)
{
	const char *id = house_draft(shown_graph(old_draft()));
	struct reply reply =
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", id), "{}");

	ck_assert_status(reply, 422);
	ck_assert_ptr_nonnull(strstr(dump(&reply), "missing_secret"));
	ck_assert_ptr_nonnull(strstr(dump(&reply), "nodes[1].params.auth_value"));
}
END_TEST

/* Published in clear by an earlier release. */
START_TEST(a_stored_secret_in_clear_is_hidden_and_sealed_at_the_next_save)
{
	const char *id = old_draft();

	ck_assert_ptr_null(strstr(stored(id), CANARY));
	ck_assert_ptr_null(strstr(stored(id), MASK));
}
END_TEST

/* ---- credentials of other workspaces ---- */

static const struct {
	const char *params, *path;
} foreign_cases[] = {
	{ "\"url\":\"https://a.test/\",\"credential\":\"%s\"", "nodes[1].params.credential" },
	{ "\"url\":\"={{ 'https://a.test/?c=%s' }}\"", "nodes[1].params.url" },
	{ "\"url\":\"https://a.test/"
	  "\",\"body_kind\":\"json\",\"body_json\":{\"a\":[{\"b\":\"x%sy\"}]}",
	  "nodes[1].params.body_json.a[0].b" },
	{ "\"url\":\"https://a.test/\",\"headers\":[{\"name\":\"X\",\"value\":\"%s\"}]",
	  "nodes[1].params.headers[0].value" },
};

START_TEST(a_credential_of_another_workspace_is_told_wherever_it_hides)
{
	const char *id = house_secret("{\"secret\":\"s\"}"), *flow;
	struct reply reply;

	house_sql("WITH w AS (INSERT INTO tyboo.workspaces (id, slug, name) VALUES ('%s', "
		  "'other-%s', 'Other') RETURNING id) UPDATE tyboo.credentials SET workspace_id = "
		  "w.id FROM w WHERE credentials.id = '%s'",
		  ty_id_new().s, ty_id_new().s + 24, id);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	flow = house_draft(ty_arena_printf(
		fx.arena,
		"{\"nodes\":[{\"id\":\"t\",\"name\":\"T\",\"type\":\"core.manual\",\"version\":1,"
		"\"params\":{},\"position\":[0,0]},{\"id\":\"h\",\"name\":\"H\",\"type\":"
		"\"http.request\",\"version\":1,\"params\":{%s},\"position\":[0,0]}],\"edges\":[{"
		"\"from\":\"t\",\"output\":\"main\",\"to\":\"h\",\"input\":\"main\"}],\"settings\":"
		"{}}",
		ty_arena_printf(fx.arena, foreign_cases[_i].params, id)));
#pragma GCC diagnostic pop
	reply = ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", flow), "{}");
	ck_assert_status(reply, 422);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "findings")), 1);
	ck_assert_ptr_nonnull(strstr(dump(&reply), "missing_credential"));
	ck_assert_msg(strstr(dump(&reply), ty_arena_printf(fx.arena, "\"path\":\"%s\"",
							   foreign_cases[_i].path)) != NULL,
		      "%s", dump(&reply));
	/* One of our own may be named. */
	house_sql("UPDATE tyboo.credentials SET workspace_id = '%s', type = 'http_bearer' WHERE id "
		  "= '%s'",
		  house.ws_id.s, id);
	ck_assert_status(
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", flow), "{}"),
		200);
}
END_TEST

/* ---- webhooks ---- */

static struct raw
delivery(const char *header)
{
	return (struct raw){ .method = "POST",
			     .target = "/hooks/{ws}/h",
			     .body = "{}",
			     .len = 2,
			     .declared = -1,
			     .headers = { "Content-Type: application/json", header } };
}

static void
publish_token(const char *more)
{
	const char *secret = house_secret("{\"secrets\":[\"new\",\"hush\"]}");

	house_publish(house_hook_graph(
		"h", ty_arena_printf(fx.arena, "\"verify\":\"token\",\"credential\":\"%s\"%s",
				     secret, more)));
}

static struct reply
deliver(const char *header)
{
	const struct raw raw = delivery(header);

	return ask_raw(&raw);
}

START_TEST(a_header_that_equals_the_secret_lets_in)
{
	publish_token(",\"token_header\":\"X-Gitlab-Token\"");
	ck_assert_status(deliver("X-Gitlab-Token: hush"), 202);
	ck_assert_status(deliver("X-Gitlab-Token: new"), 202);
	ck_assert_status(deliver("X-Gitlab-Token: other"), 401);
	ck_assert_status(deliver("X-Other: hush"), 401);
}
END_TEST

/* A token of { "sub": "x", "roles": ["a", "\u00e9"], "__proto__": { "n": 1 } } that never ends. */
#define TOKEN_PART                                                                                 \
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                    \
	"eyJzdWIiOiJ4Iiwicm9sZXMiOlsiYSIsIsOpIl0sIl9fcHJvdG9fXyI6eyJuIjoxfX0"
#define TOKEN_SIGNATURE "p-JoLqi7w_6hpvd1Lh-oolYSAbqOjlzxqhJCu91YFaw"
#define TOKEN_CLAIMS	"{\"sub\":\"x\",\"roles\":[\"a\",\"\u00e9\"],\"__proto__\":{\"n\":1}}"

/* The newest receipt's. */
static const char *
kept_claims(void)
{
	return house_sql(
		"SELECT coalesce(jwt, 'none') FROM tyboo.deliveries WHERE workspace_id = '%s' "
		"ORDER BY id DESC LIMIT 1",
		house.ws_id.s);
}

/* The claims are kept for the run and for its replays; the token itself is nowhere. */
START_TEST(the_claims_of_a_right_token_are_kept)
{
	const char *secret = house_secret("{\"secret\":\"a secret of the issuer\"}");
	struct reply reply;

	house_publish(house_hook_graph(
		"h",
		ty_arena_printf(fx.arena, "\"verify\":\"jwt\",\"credential\":\"%s\"", secret)));
	ck_assert_status(deliver("Authorization: Bearer " TOKEN_PART ".A" TOKEN_SIGNATURE), 401);
	ck_assert_str_eq(kept_claims(), "none");
	reply = deliver("Authorization: Bearer " TOKEN_PART "." TOKEN_SIGNATURE);
	ck_assert_status(reply, 202);
	ck_assert_str_eq(kept_claims(), TOKEN_CLAIMS);
	ck_assert_str_eq(
		house_sql("SELECT jwt FROM tyboo.receipts_without_run('0 s', "
			  "'00000000-0000-0000-0000-000000000000', 1000) WHERE workspace_id "
			  "= '%s'",
			  house.ws_id.s),
		TOKEN_CLAIMS);
	ck_assert_status(ask("POST",
			     ty_arena_printf(fx.arena, WS "/deliveries/%s/replay",
					     text_of(&reply, "delivery_id")),
			     NULL),
			 202);
	ck_assert_str_eq(kept_claims(), TOKEN_CLAIMS);
	ck_assert_str_eq(
		house_sql("SELECT count(*) FROM tyboo.deliveries d WHERE workspace_id = '%s' "
			  "AND d::text LIKE '%%" TOKEN_SIGNATURE "%%'",
			  house.ws_id.s),
		"0");
}
END_TEST

/* The header is the secret, whatever its name: nobody who sees deliveries or runs sees it. */
START_TEST(a_header_that_equals_the_secret_is_not_kept)
{
	publish_token(",\"token_header\":\"X-Code\",\"keep_headers\":\"X-Code, X-Other\"");
	ck_assert_status(deliver("X-Code: hush"), 202);
	ck_assert_str_eq(
		house_sql("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s' "
			  "AND headers LIKE '%%hush%%'",
			  house.ws_id.s),
		"0");
	ck_assert_status(deliver("X-Other: hush"), 401);
	ck_assert_str_eq(
		house_sql("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s' "
			  "AND headers LIKE '%%x-other%%'",
			  house.ws_id.s),
		"1");
}
END_TEST

/* The run gets it; whoever looks at deliveries does not. */
START_TEST(a_named_header_is_kept_and_masked)
{
	struct reply reply;
	const char *id;

	house_publish(house_hook_graph(
		"h", "\"verify\":\"none\",\"keep_headers\":\"X-Channel-Token, Cookie\""));
	reply = deliver("X-Channel-Token: tenant-7");
	ck_assert_status(reply, 202);
	id = text_of(&reply, "delivery_id");
	ck_assert_str_eq(house_sql("SELECT headers::json->>'x-channel-token' FROM tyboo.deliveries "
				   "WHERE id = '%s'",
				   id),
			 "tenant-7");
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/deliveries/%s", id), NULL);
	ck_assert_status(reply, 200);
	ck_assert_ptr_null(strstr(dump(&reply), "tenant-7"));
	ck_assert_ptr_nonnull(strstr(dump(&reply), "\"x-channel-token\":\"" MASK "\""));
	/* Of another webhook, and of nobody's address. */
	house_publish(house_hook_graph("i", "\"verify\":\"none\""));
	ck_assert_str_eq(house_sql("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = "
				   "'%s' AND path <> 'h' AND headers LIKE '%%tenant-7%%'",
				   house.ws_id.s),
			 "0");
}
END_TEST

static const struct {
	const char *keep, *value;
	bool is_found;
} header_cases[] = {
	{ "", "={{ $json.headers['x-channel-token'] }}", true },
	{ "", "={{ $json.headers[\"X-Channel-Token\"] }}", true },
	{ "", "={{ $json.headers.cookie }}", true },
	{ "", "={{ $json.headers?.authorization + 1 }}", true },
	{ "", "={{ $('Hook').first().json.headers['x-api-key'] }}", true },
	{ "X-Channel-Token", "={{ $json.headers['x-channel-token'] }}", false },
	{ "", "={{ $json.headers['x-github-event'] }}", false },
	{ "", "={{ $json.headers }}", false },
};

START_TEST(reading_a_header_that_is_left_out_is_a_finding)
{
	json_t *doc = json_loads("{\"nodes\":[{\"id\":\"hook\",\"name\":\"Hook\",\"type\":"
				 "\"core.webhook\",\"version\":1,\"params\":{\"path\":\"h\","
				 "\"verify\":\"none\"}},{\"id\":\"f\",\"name\":\"F\",\"type\":"
				 "\"core.stop_error\",\"version\":1,\"params\":{}}],\"edges\":[{"
				 "\"from\":\"hook\",\"output\":\"main\",\"to\":\"f\",\"input\":"
				 "\"main\"}],\"settings\":{}}",
				 0, NULL),
	       *nodes;
	struct reply reply;
	const char *id;

	ck_assert_ptr_nonnull(doc);
	ty_json_own(fx.arena, doc);
	nodes = json_object_get(doc, "nodes");
	json_object_set_new(json_object_get(json_array_get(nodes, 0), "params"), "keep_headers",
			    json_string(header_cases[_i].keep));
	json_object_set_new(json_object_get(json_array_get(nodes, 1), "params"), "message",
			    json_string(header_cases[_i].value));
	id = house_draft(ty_json_dump(fx.arena, doc, NULL));
	reply = ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", id), "{}");
	ck_assert_status(reply, header_cases[_i].is_found ? 422 : 200);
	ck_assert_int_eq(strstr(dump(&reply), "stripped_header") != NULL,
			 header_cases[_i].is_found);
	if (header_cases[_i].is_found)
		ck_assert_ptr_nonnull(strstr(dump(&reply), "keep_headers"));
}
END_TEST

/* A wrong master key, as seen by a sender and by the operator. */
START_TEST(a_secret_that_does_not_open_is_ours_to_mend)
{
	struct reply reply;

	publish_token("");
	house_sql("UPDATE tyboo.workspace_keys SET wrapped = wrapped || '\\x00', created_at = "
		  "now() + interval '1 hour' WHERE workspace_id = '%s'",
		  house.ws_id.s);
	reply = deliver("X-Webhook-Token: hush");
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After:"));
	reply = ask("GET", "/api/v1/health", NULL);
	ck_assert_str_eq(text_of(&reply, "secrets"), "ok");
	ty_app_tick(house.app);
	reply = ask("GET", "/api/v1/health", NULL);
	ck_assert_str_eq(text_of(&reply, "secrets"), "locked");
	ck_assert_str_eq(text_of(&reply, "status"), "degraded");
	house_sql("DELETE FROM tyboo.workspace_keys WHERE workspace_id = '%s'", house.ws_id.s);
}
END_TEST

/* ---- credentials ---- */

static const struct {
	const char *type, *data;
	int status;
	const char *says;
} made_cases[] = {
	{ "webhook_secret", "{\"secret\":\"whsec_abc\\n\"}", 422, "ends with a line break" },
	{ "webhook_secret", "{\"secret\":\" whsec_abc\"}", 422, "begins with a space" },
	{ "webhook_secret", "{\"secrets\":[\"a\",\"\\u200bb\"]}", 422, "zero-width space" },
	{ "webhook_secret", "{\"secret\":\"two words\"}", 201, "" },
	{ "http_bearer", "{\"token\":\"Bearer x\"}", 422, "Bearer" },
	{ "http_bearer", "{\"token\":\"x\"}", 201, "" },
	{ "http_basic", "{\"username\":\"u\",\"password\":\"p\"}", 201, "" },
	{ "http_basic", "{\"username\":\"u:v\",\"password\":\"p\"}", 422, "colon" },
	{ "http_basic", "{\"username\":\"u\"}", 422, "http_basic is" },
	{ "http_header", "{\"name\":\"X-Key\",\"value\":\"v\"}", 201, "" },
	{ "http_header", "{\"name\":\"X Key\",\"value\":\"v\"}", 422, "no name of a header" },
};

START_TEST(a_credential_is_judged_when_it_is_made)
{
	struct reply reply =
		ask("POST", WS "/credentials",
		    ty_arena_printf(fx.arena, "{\"name\":\"C\",\"type\":\"%s\",\"data\":%s}",
				    made_cases[_i].type, made_cases[_i].data));

	ck_assert_status(reply, made_cases[_i].status);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "detail"), made_cases[_i].says));
}
END_TEST

/* A new value, name or list of hosts; what uses it is told; nothing is read back. */
START_TEST(a_credential_is_changed_and_told)
{
	const char *id = house_secret("{\"secret\":\"" CANARY "\"}"), *target;
	struct person viewer = house_person("viewer", &house.ws_id);
	struct reply reply;

	target = ty_arena_printf(fx.arena, WS "/credentials/%s", id);
	house_publish(house_hook_graph(
		"h", ty_arena_printf(fx.arena, "\"verify\":\"token\",\"credential\":\"%s\"", id)));
	reply = ask("GET", target, NULL);
	ck_assert_status(reply, 200);
	ck_assert_int_eq((int)ty_json_int(reply.json, "version", 0), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "workflows")), 1);
	check_hidden(reply);
	reply = ask("PUT", target, "{\"data\":{\"secret\":\"" CANARY "-2\"},\"hosts\":\"a.test\"}");
	ck_assert_status(reply, 200);
	ck_assert_int_eq((int)ty_json_int(reply.json, "version", 0), 2);
	ck_assert_str_eq(text_of(&reply, "hosts"), "a.test");
	check_hidden(reply);
	reply = ask("PUT", target, "{\"data\":{\"secret\":\" " CANARY "\"}}");
	ck_assert_status(reply, 422);
	ck_assert_str_eq(text_of(&reply, "path"), "data.secret");
	ck_assert_status(ask("PUT", target, "{\"hosts\":\"https://a.test\"}"), 422);
	ck_assert_status(ask("PUT", target, "{\"name\":\"\"}"), 422);
	ck_assert_status(
		ask("PUT", ty_arena_printf(fx.arena, WS "/credentials/%s", ty_id_new().s), "{}"),
		404);
	ck_assert_status(ask_as(&viewer, "GET", target, NULL, NULL), 403);
	ck_assert_status(ask_as(&viewer, "PUT", target, "{}", NULL), 403);
	check_hidden(ask("GET", WS "/credentials", NULL));
	reply = ask("GET", "/api/v1/credential-types", NULL);
	ck_assert_status(reply, 200);
	ck_assert_ptr_nonnull(strstr(dump(&reply), "http_query"));
}
END_TEST

HOUSE_MAIN("api secrets", {
	TEST(a_credential_is_changed_and_told);
	TEST(a_header_that_equals_the_secret_lets_in);
	TEST(a_header_that_equals_the_secret_is_not_kept);
	TEST(the_claims_of_a_right_token_are_kept);
	TEST(a_named_header_is_kept_and_masked);
	TEST_LOOP(reading_a_header_that_is_left_out_is_a_finding, header_cases);
	TEST(a_secret_that_does_not_open_is_ours_to_mend);
	TEST_LOOP(a_credential_is_judged_when_it_is_made, made_cases);
	TEST(a_workflows_secrets_leave_by_no_route);
	TEST(a_runs_graph_has_no_secrets);
	TEST(a_mask_keeps_what_is_stored);
	TEST(a_mask_with_nothing_behind_it_is_a_finding);
	TEST(a_stored_secret_in_clear_is_hidden_and_sealed_at_the_next_save);
	TEST_LOOP(a_written_secret_is_refused, written_cases);
	TEST(a_sealed_secret_is_not_published_anew);
	TEST_LOOP(a_credential_of_another_workspace_is_told_wherever_it_hides, foreign_cases);
})
