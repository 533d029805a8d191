/*
 * test_resume.c -- the address of a wait: what it shows, what a call comes to, who is refused.
 */
#include "house.h"

#include "base/arena.h"
#include "base/str.h"
#include "store/pack.h"
#include "vault/resume.h"

#include <string.h>

#define GRAPH(params)                                                                              \
	"{\"nodes\":[{\"id\":\"go\",\"type\":\"core.manual\"},{\"id\":\"w\",\"type\":"             \
	"\"core.wait\",\"params\":{" params "}}],\"edges\":[{\"from\":\"go\",\"to\":\"w\"}]}"
#define CALL GRAPH("\"mode\":\"call\",\"title\":\"Pay <b>Ann</b>?\",\"text\":\"42 & more\"")
#define FORM                                                                                       \
	GRAPH("\"mode\":\"form\",\"fields\":[{\"name\":\"by\",\"label\":\"Your name\","            \
	      "\"required\":true},{\"name\":\"sum\",\"type\":\"number\"},{\"name\":\"ok\","        \
	      "\"type\":\"checkbox\"},{\"name\":\"how\",\"type\":\"select\",\"options\":"          \
	      "\"card\\ncash\"}]")

/* A run of a published version: in the queue, or put down by its worker until 'at'. */
static struct ty_id
run_of(const char *graph, const char *at)
{
	const char *workflow = house_publish(graph);
	struct ty_id run = ty_id_new();
	const char *version =
		house_sql("SELECT id FROM tyboo.workflow_versions WHERE workflow_id = "
			  "'%s'",
			  workflow);

	if (at == NULL) {
		house_sql(
			"INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, "
			"mode, verdict, received_at) VALUES ('%s', '%s', '%s', '%s', 'api', "
			"'accepted', now())",
			house.ws_id.s, run.s, workflow, version);
		return run;
	}
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at) VALUES ('%s', '%s', '%s', '%s', 'api', "
		  "'waiting', 1, now(), now())",
		  house.ws_id.s, run.s, workflow, version);
	house_sql("INSERT INTO tyboo.waits (workspace_id, run_id, key, kind, node, frame, at, "
		  "token_hash, look_at) VALUES ('%s', '%s', 'w/1/call', 'call', 'w', '', '%s', "
		  "sha256('%s'), 'infinity')",
		  house.ws_id.s, run.s, at, run.s);
	return run;
}

static const char *
token_of(const struct ty_id *run)
{
	const struct ty_resume wait = { *run, "", "w" };

	return ty_resume_token(house.app->vault, fx.arena, &wait);
}

#define HTML "Accept: text/html,application/xhtml+xml"
#define JSON "Content-Type: application/json"
#define WWW  "Content-Type: application/x-www-form-urlencoded"

static struct reply
at(const char *workspace, const char *token, const char *method, const char *body, const char *type,
   const char *accept)
{
	const char *first = type != NULL ? type : accept;

	return ask_raw(&(struct raw){
		.method = method,
		.target = ty_arena_printf(fx.arena, "/resume/%s/%s?by=mail", workspace, token),
		.body = body != NULL ? body : "",
		.len = body != NULL ? strlen(body) : 0,
		.declared = -1,
		.headers = { first, first == accept ? NULL : accept } });
}

static const char *
answer_of(const struct ty_id *run)
{
	const char *hex =
		house_sql("SELECT encode(answer, 'hex') FROM tyboo.effects WHERE run_id = "
			  "'%s' AND key = 'w/1/call'",
			  run->s);
	size_t len = strlen(hex) / 2;
	uint8_t *bytes = ty_arena_alloc(fx.arena, len + 1);
	char *text;

	ck_assert(ty_str_unhex(hex, 2 * len, bytes));
	ck_assert_ok(ty_unpack(fx.arena, bytes, len, &text, &len, &fx.err));
	return text;
}

static int64_t
answers(const struct ty_id *run)
{
	int64_t count = 0;

	ck_assert(ty_str_parse_i64(
		house_sql("SELECT count(*) FROM tyboo.effects WHERE run_id = '%s'", run->s), 0,
		INT32_MAX, &count));
	return count;
}

/* Mail scanners fetch addresses: nothing comes of that. */
START_TEST(a_page_is_shown_and_ends_nothing)
{
	struct ty_id run = run_of(_i % 2 == 0 ? CALL : FORM, "infinity");
	struct reply reply =
		at(house.ws, token_of(&run), _i < 2 ? "GET" : "HEAD", NULL, NULL, NULL);

	ck_assert_int_eq(reply.status, 200);
	ck_assert_int_eq(answers(&run), 0);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Content-Type: text/html; charset=utf-8"));
	ck_assert_ptr_nonnull(strstr(reply.headers, "Content-Security-Policy: default-src 'none'; "
						    "style-src 'nonce-"));
	ck_assert_ptr_null(strstr(reply.headers, "script-src"));
	ck_assert_ptr_nonnull(strstr(reply.bytes, "<form method=\"post\">"));
	ck_assert_ptr_null(strstr(reply.bytes, "<script"));
	if (_i % 2 == 0) {
		ck_assert_ptr_nonnull(strstr(reply.bytes, "Pay &lt;b&gt;Ann&lt;/b&gt;?"));
		ck_assert_ptr_nonnull(strstr(reply.bytes, "<p>42 &amp; more</p>"));
		ck_assert_ptr_null(strstr(reply.bytes, "<input"));
	} else {
		ck_assert_ptr_nonnull(strstr(reply.bytes,
					     "<input type=\"text\" name=\"by\" value=\"\" "
					     "required>"));
		ck_assert_ptr_nonnull(strstr(reply.bytes, "<option>cash</option>"));
	}
}
END_TEST

START_TEST(a_call_counts_once_and_the_second_is_told_when_and_by_what)
{
	/* Put down, or not even begun. */
	struct ty_id run = run_of(CALL, _i == 0 ? "infinity" : NULL);
	struct reply reply =
		at(house.ws, token_of(&run), "POST", "{\"approved\":true}", JSON, NULL);

	ck_assert_status(reply, 202);
	ck_assert_str_eq(text_of(&reply, "execution_id"), run.s);
	ck_assert_str_eq(answer_of(&run),
			 "{\"value\":{\"headers\":{\"content-type\":"
			 "\"application/json\"},\"query\":{\"by\":\"mail\"},\"body\":{"
			 "\"approved\":true}}}");
	if (_i == 0)
		ck_assert_str_eq(
			house_sql("SELECT look_at <= now() FROM tyboo.waits WHERE run_id = "
				  "'%s'",
				  run.s),
			"t");
	reply = at(house.ws_id.s, token_of(&run), "POST", "{\"approved\":false}", JSON, NULL);
	ck_assert_status(reply, 409);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "detail"), "answered before"));
	ck_assert_int_eq(strlen(text_of(&reply, "at")), strlen("2026-11-29T01:00:00.000Z"));
	ck_assert(json_is_true(json_object_get(json_object_get(reply.json, "answer"), "approved")));
	reply = at(house.ws, token_of(&run), "POST", "", WWW, HTML);
	ck_assert_int_eq(reply.status, 409);
	ck_assert_ptr_nonnull(strstr(reply.bytes, "answered before"));
	ck_assert_ptr_nonnull(strstr(reply.bytes, "&quot;approved&quot;: true"));
	reply = at(house.ws, token_of(&run), "GET", NULL, NULL, HTML);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_ptr_null(strstr(reply.bytes, "<form"));
}
END_TEST

START_TEST(a_button_is_a_call_without_a_body)
{
	struct ty_id run = run_of(CALL, "infinity");
	struct reply reply = at(house.ws, token_of(&run), "POST", NULL, WWW, HTML);

	ck_assert_int_eq(reply.status, 202);
	ck_assert_ptr_nonnull(strstr(reply.bytes, "<h1>Thank you</h1>"));
	ck_assert_ptr_nonnull(strstr(answer_of(&run), "\"body\":{}"));
}
END_TEST

static const struct {
	const char *body, *type, *accept;
	int status;
	const char *says; /* the answer without its time, or what is wrong */
} forms[] = {
	{ "by=Ann+B&sum=1.50&ok=on&how=cash&more=x", WWW, HTML, 202,
	  "{\"value\":{\"by\":\"Ann "
	  "B\",\"sum\":1.5,\"ok\":true,\"how\":\"cash\",\"submitted_at\":" },
	{ "{\"by\":\"Ann\",\"sum\":2}", JSON, NULL, 202,
	  "{\"value\":{\"by\":\"Ann\",\"sum\":2,\"ok\":false,\"how\":null,\"submitted_at\":" },
	{ "by=&sum=x&ok=on", WWW, HTML, 422, "<span class=\"wrong\">is missing</span>" },
	{ "by=a&sum=%22%3E%3Cscript%3E", WWW, HTML, 422, "value=\"&quot;&gt;&lt;script&gt;\"" },
	{ "by=a&how=<b>", WWW, HTML, 422, "is none of the options" },
	{ "{\"by\":\"Ann\",\"sum\":\"x\"}", JSON, NULL, 422, "sum is no number" },
	{ "{", JSON, NULL, 400, "" },
	{ "[1]", JSON, NULL, 422, "by is missing" },
};

START_TEST(a_form_is_checked_at_the_server)
{
	struct ty_id run = run_of(FORM, "infinity");
	struct reply reply = at(house.ws, token_of(&run), "POST", forms[_i].body, forms[_i].type,
				forms[_i].accept);

	ck_assert_status(reply, forms[_i].status);
	if (reply.status == 202) {
		ck_assert_ptr_nonnull(strstr(answer_of(&run), forms[_i].says));
		return;
	}
	ck_assert_int_eq(answers(&run), 0);
	ck_assert_ptr_nonnull(
		strstr(forms[_i].accept != NULL ? reply.bytes : text_of(&reply, "detail"),
		       forms[_i].says));
}
END_TEST

START_TEST(who_has_no_right_token_is_told_apart)
{
	struct ty_id run = run_of(CALL, "infinity"), none = ty_id_new();
	const char *other, *token = token_of(&run);
	char *forged = ty_arena_strdup(fx.arena, token);
	struct reply reply;

	house_workspace(&other);
	ck_assert_status(at(other, token, "POST", NULL, NULL, NULL), 404);
	ck_assert_status(at("nowhere", token, "POST", NULL, NULL, NULL), 404);
	ck_assert_status(at(house.ws, token_of(&none), "POST", NULL, NULL, NULL), 404);
	forged[3] = forged[3] == '0' ? '1' : '0';
	ck_assert_status(at(house.ws, forged, "POST", NULL, NULL, NULL), 403);
	reply = at(house.ws, "guess", "GET", NULL, NULL, NULL);
	ck_assert_status(reply, 403);
	ck_assert_str_ne(text_of(&reply, "hint"), "");
	reply = at(house.ws, "guess", "GET", NULL, NULL, HTML);
	ck_assert_int_eq(reply.status, 403);
	ck_assert_ptr_nonnull(strstr(reply.bytes, "no address of a wait"));
	ck_assert_status(at(house.ws, token, "DELETE", NULL, NULL, NULL), 405);
	ck_assert_int_eq(answers(&run), 0);
}
END_TEST

START_TEST(what_is_over_is_gone)
{
	struct ty_id run = run_of(CALL, _i == 0 ? "2026-01-01T00:00:00Z" : "infinity");
	struct reply reply;

	if (_i == 1)
		house_sql("UPDATE tyboo.executions SET status = 'canceled', finished_at = now() "
			  "WHERE "
			  "id = '%s'",
			  run.s);
	reply = at(house.ws, token_of(&run), "POST", NULL, NULL, NULL);
	ck_assert_status(reply, 410);
	ck_assert_ptr_nonnull(
		strstr(text_of(&reply, "detail"), _i == 0 ? "2026-01-01" : "run was over"));
	ck_assert_int_eq(answers(&run), 0);
}
END_TEST

/* Headers that carry secrets stay out of the run. */
START_TEST(a_secret_header_is_not_kept)
{
	struct ty_id run = run_of(CALL, "infinity");

	ck_assert_status(at(house.ws, token_of(&run), "POST", NULL,
			    "Authorization: Bearer hush-hush", "X-Note: yes"),
			 202);
	ck_assert_ptr_null(strstr(answer_of(&run), "hush-hush"));
	ck_assert_ptr_nonnull(strstr(answer_of(&run), "\"x-note\":\"yes\""));
}
END_TEST

/* A run's address is for who may run its workflow. */
START_TEST(who_may_run_the_workflow_sees_the_address)
{
	struct ty_id run = run_of(CALL, "infinity");
	struct person viewer = house_person("viewer", &house.ws_id);
	const char *target =
		ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/executions/%s", house.ws, run.s);
	struct reply reply = ask("GET", target, NULL);
	const json_t *wait = json_array_get(json_object_get(reply.json, "waits"), 0);

	ck_assert_str_eq(ty_json_str(wait, "url", ""),
			 ty_arena_printf(fx.arena, HOUSE_BASE_URL "/resume/%s/%s", house.ws,
					 token_of(&run)));
	reply = ask_as(&viewer, "GET", target, NULL, NULL);
	ck_assert_status(reply, 200);
	wait = json_array_get(json_object_get(reply.json, "waits"), 0);
	ck_assert_str_eq(ty_json_str(wait, "kind", ""), "call");
	ck_assert_ptr_null(json_object_get(wait, "url"));
}
END_TEST

HOUSE_MAIN("api resume", {
	tcase_add_loop_test(tc, a_page_is_shown_and_ends_nothing, 0, 4);
	tcase_add_loop_test(tc, a_call_counts_once_and_the_second_is_told_when_and_by_what, 0, 2);
	TEST(a_button_is_a_call_without_a_body);
	TEST_LOOP(a_form_is_checked_at_the_server, forms);
	TEST(who_has_no_right_token_is_told_apart);
	tcase_add_loop_test(tc, what_is_over_is_gone, 0, 2);
	TEST(a_secret_header_is_not_kept);
	TEST(who_may_run_the_workflow_sees_the_address);
})
