/*
 * test_http_page.c -- http.request over pages and in batches: what it asks for, when it ends, what a
 * crash, a retry and a replay ask again.
 */
#include "unit/nodes/rows.h"

#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

#define URL "`url`:`https://x.test/a?k=1`"

/* ---- a server with 5 entries, 2 a page, which is asked in the way of 'kind' ---- */

struct server {
	const char *kind;
	size_t calls, fail_at, fail_times; /* the nth call fails, so often */
	struct ty_buf asked;		   /* what says the page, a word a call */
};

static struct server server;

static const char *
query_of(const json_t *request, const char *name)
{
	const json_t *pair;
	size_t i;

	json_array_foreach(json_object_get(request, "query"), i, pair)
	{
		if (strcmp(ty_json_str(pair, "name", ""), name) == 0)
			return ty_json_str(pair, "value", "");
	}
	return NULL;
}

static json_t *
entries(size_t first, size_t count)
{
	json_t *list = json_array();

	for (size_t i = first; i < 5 && i < first + count; i++)
		json_array_append_new(list, json_pack("{s:I}", "n", (json_int_t)i));
	return list;
}

static json_t *
answer_new(size_t first)
{
	return json_pack("{s:i, s:{}, s:{s:o}, s:s}", "status", 200, "headers", "body", "list",
			 entries(first, 2), "url", "https://x.test/a?k=1");
}

static void
tell(const char *word)
{
	ty_buf_printf(&server.asked, "%s%s", server.asked.len > 0 ? " " : "",
		      word != NULL ? word : "-");
}

/* Where a page begins, by what the request says. */
static size_t
page_asked(const json_t *request)
{
	const char *url = ty_json_str(request, "url", ""), *at;
	const char *page = query_of(request, "page"), *offset = query_of(request, "offset");
	const char *cursor = query_of(request, "cursor");
	const json_t *body = json_object_get(json_object_get(request, "body"), "value");

	if (strcmp(server.kind, "page") == 0) {
		tell(page);
		return 2 * (size_t)(atoi(page) - 1);
	}
	if (strcmp(server.kind, "offset") == 0) {
		tell(offset);
		return (size_t)atoi(offset);
	}
	if (strcmp(server.kind, "cursor") == 0) {
		tell(cursor);
		return cursor == NULL ? 0 : (size_t)atoi(cursor + 1);
	}
	if (strcmp(server.kind, "body") == 0) {
		tell(ty_json_dump(server.asked.arena, body, NULL));
		return 2 * (size_t)ty_json_int(body, "page", 0);
	}
	tell(url + strlen("https://x.test/"));
	at = strstr(url, "from=");
	return at == NULL ? 0 : (size_t)atoi(at + 5);
}

static json_t *
server_answers(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	size_t first;
	json_t *answer, *body;
	char next[80];

	(void)f;
	server.calls++;
	if (server.calls >= server.fail_at && server.calls < server.fail_at + server.fail_times) {
		ty_err_set(err, TY_E_UPSTREAM, "the connection broke");
		err->retryable = true;
		tell("!");
		return NULL;
	}
	first = page_asked(request);
	answer = answer_new(first);
	body = json_object_get(answer, "body");
	if (first + 2 >= 5)
		return answer;
	snprintf(next, sizeof(next), "c%zu", first + 2);
	json_object_set_new(body, "next_cursor", json_string(next));
	snprintf(next, sizeof(next), "?from=%zu", first + 2);
	json_object_set_new(body, "next", json_string(next));
	snprintf(next, sizeof(next), "<https://x.test/a?from=%zu>; rel=\"next\"", first + 2);
	json_object_set_new(json_object_get(answer, "headers"), "link", json_string(next));
	return answer;
}

static struct fake_step *
pages_run(const char *kind, const struct row *row)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_http_request, row->items);
	const char *out;
	enum ty_code rc;

	server.kind = kind;
	server.calls = 0;
	ty_buf_init(&server.asked, fx.arena, 100);
	fake_step_ops(s)->on_call = server_answers;
	fake_ops_use_sandbox(fake_step_ops(s));
	json_t *params = fake_json(fx.arena, row->params);

	fake_step_params(s, ty_json_dump(fx.arena, params, NULL));
	rc = fake_step_run(s, &fx.err);
	ck_assert_msg(rc == row->rc, "%s: gave %s (%s), not %s", row->what, ty_code_name(rc),
		      fx.err.msg, ty_code_name(row->rc));
	out = row->outs[0][0] != NULL ? fake_step_output(s, "main") : NULL;
	if (out != NULL)
		ck_assert_msg(strcmp(out, row->outs[0][1]) == 0, "%s: gave %s", row->what, out);
	if (row->message != NULL)
		ck_assert_msg(strstr(fx.err.msg, row->message) != NULL, "%s: \"%s\" has no \"%s\"",
			      row->what, fx.err.msg, row->message);
	return s;
}

#define FIVE "[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4}]"
#define LIST ",`items_path`:`list`"

static const struct {
	const char *kind, *asked;
	struct row row;
} page_rows[] = {
	{ "page",
	  "1 2 3 4",
	  { "pages by number, until one is empty",
	    "{" URL LIST ",`paging`:`page`}",
	    "[{}]",
	    TY_OK,
	    { { "main", FIVE } } } },
	{ "offset",
	  "0 2 4 5",
	  { "by how many have come",
	    "{" URL LIST ",`paging`:`offset`}",
	    "[{}]",
	    TY_OK,
	    { { "main", FIVE } } } },
	{ "offset",
	  "0 2 4 6",
	  { "by a fixed step",
	    "{" URL LIST ",`paging`:`offset`,`offset_step`:2}",
	    "[{}]",
	    TY_OK,
	    { { "main", FIVE } } } },
	{ "cursor",
	  "- c2 c4",
	  { "by a cursor",
	    "{" URL LIST ",`paging`:`cursor`}",
	    "[{}]",
	    TY_OK,
	    { { "main", FIVE } } } },
	{ "body",
	  "{\"a\":1,\"page\":0} {\"a\":1,\"page\":1} {\"a\":1,\"page\":2} {\"a\":1,\"page\":3}",
	  { "in a JSON body",
	    "{" URL LIST ",`paging`:`page`,`page_in`:`body`,`page_first`:0,`method`:`POST`,"
	    "`body_kind`:`json`,`body_json`:{`a`:1}}",
	    "[{}]",
	    TY_OK,
	    { { "main", FIVE } } } },
	{ "link",
	  "a?k=1 a?from=2 a?from=4",
	  { "by the Link header",
	    "{" URL LIST ",`paging`:`link`}",
	    "[{}]",
	    TY_OK,
	    { { "main", FIVE } } } },
	{ "link",
	  "a?k=1 a?from=2 a?from=4",
	  { "by a relative address in the answer",
	    "{" URL LIST ",`paging`:`next`,`next_url`:`={{ $response.body.next }}`}",
	    "[{}]",
	    TY_OK,
	    { { "main", FIVE } } } },
	{ "link",
	  "a?k=1 a?from=2&n=1",
	  { "by an address that is computed, of the item and the count too",
	    "{" URL LIST ",`paging`:`next`,"
	    "`next_url`:`={{ $pageCount < 2 ? '?from=' + $json.by + '&n=' + $pageCount : null }}`}",
	    "[{`by`:2}]",
	    TY_OK,
	    { { "main", "[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3}]" } } } },
	{ "page",
	  "1 2",
	  { "an expression ends it behind the page for which it is true",
	    "{" URL LIST ",`paging`:`page`,`end_when`:`={{ $pageCount === 2 }}`}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3}]" } } } },
	{ "page",
	  "1",
	  { "it sees status and headers",
	    "{" URL LIST ",`paging`:`page`,"
	    "`end_when`:`={{ $response.statusCode === 200 && !!$response.headers.link }}`}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"n\":0},{\"n\":1}]" } } } },
	{ "page",
	  "1 2",
	  { "so many pages at most",
	    "{" URL LIST ",`paging`:`page`,`pages_max`:2}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3}]" } } } },
	{ "cursor",
	  "- c2 c4",
	  { "an item for each page",
	    "{" URL LIST ",`paging`:`cursor`,`page_items`:`page`}",
	    "[{}]",
	    TY_OK,
	    { { "main",
		"[{\"list\":[{\"n\":0},{\"n\":1}],\"next_cursor\":\"c2\",\"next\":\"?from=2\"},"
		"{\"list\":[{\"n\":2},{\"n\":3}],\"next_cursor\":\"c4\",\"next\":\"?from=4\"},"
		"{\"list\":[{\"n\":4}]}]" } } } },
	{ "page",
	  "9",
	  { "an empty first page is no item",
	    "{" URL LIST ",`paging`:`page`,`page_first`:9,`page_items`:`page`}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[]" } } } },
	{ "page",
	  "1 2 3 4 1 2 3 4",
	  { "the pages of an item come together",
	    "{" URL LIST ",`paging`:`page`}",
	    "[{},{}]",
	    TY_OK,
	    { { "main", "[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4},"
			"{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4}]" } } } },
	{ "page",
	  "1",
	  { "nothing where the list should be is an empty page",
	    "{" URL ",`items_path`:`no.where`,`paging`:`page`}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[]" } } } },
	{ "page",
	  "",
	  { "a body that has no place for the parameter",
	    "{" URL ",`paging`:`page`,`page_in`:`body`}",
	    "[{}]",
	    TY_E_INVALID,
	    { { NULL } },
	    "no place" } },
	{ "link",
	  "a?k=1",
	  { "an address elsewhere is refused",
	    "{" URL ",`paging`:`next`,`next_url`:`https://evil.test/`}",
	    "[{}]",
	    TY_E_DENIED,
	    { { NULL } },
	    "another host" } },
	{ "link",
	  "a?k=1",
	  { "a page that leads to itself",
	    "{" URL ",`paging`:`next`,`next_url`:`?k=1`}",
	    "[{}]",
	    TY_E_UPSTREAM,
	    { { NULL } },
	    "itself" } },
	{ "link",
	  "a?k=1 a?k=1 a?k=1 a?k=1 a?k=1 a?k=1",
	  { "a server that knows no pages",
	    "{" URL ",`paging`:`page`}",
	    "[{}]",
	    TY_E_UPSTREAM,
	    { { NULL } },
	    "are the same" } },
	{ "link",
	  "a?k=1",
	  { "an expression that throws",
	    "{" URL ",`paging`:`next`,`next_url`:`={{ $response.body.no.way }}`}",
	    "[{}]",
	    TY_E_INVALID,
	    { { NULL } },
	    "TypeError" } },
	{ "page", "", { "no items", "{" URL ",`paging`:`page`}", "[]", TY_OK, { { NULL } } } },
};

START_TEST(pages_are_asked_for_one_after_another)
{
	pages_run(page_rows[_i].kind, &page_rows[_i].row);
	ck_assert_str_eq(server.asked.len > 0 ? server.asked.data : "", page_rows[_i].asked);
}
END_TEST

/* What is wrong before anybody is asked. */
static const struct {
	const char *params, *message;
} refused_rows[] = {
	{ ",`paging`:`next`", "next_url" },
	{ ",`paging`:`next`,`next_url`:[7]", "next_url" },
	{ ",`paging`:`all`", "paging" },
	{ ",`paging`:`page`,`pages_max`:2001", "pages_max" },
	{ ",`paging`:`page`,`pages_max`:0", "pages_max" },
	{ ",`paging`:`page`,`pages_max`:`={{ 2001 }}`", "pages_max" },
	{ ",`paging`:`page`,`page_pause_ms`:5001", "page_pause_ms" },
	{ ",`paging`:`page`,`page_first`:`={{ 'x' }}`", "page_first" },
	{ ",`paging`:`page`,`page_first`:`={{ undefined }}`", "page_first" },
	{ ",`paging`:`offset`,`offset_step`:-1", "offset_step" },
	{ ",`paging`:`page`,`end_when`:`={{ $response.`", "end_when" },
	{ ",`parallel`:0", "parallel" },
	{ ",`parallel`:11", "parallel" },
	{ ",`batch_size`:`two`", "batch_size" },
	{ ",`batch_size`:1,`batch_pause_ms`:5001", "batch_pause_ms" },
};

START_TEST(paging_that_cannot_be_is_refused)
{
	const char *text = ty_arena_printf(fx.arena, "{" URL "%s}", refused_rows[_i].params);
	const struct row row = { refused_rows[_i].params,
				 ty_json_dump(fx.arena, fake_json(fx.arena, text), NULL),
				 "[{}]",
				 TY_E_INVALID,
				 { { NULL } },
				 NULL };

	row_run(&ty_node_http_request, &row);
	ck_assert_msg(strstr(fx.err.msg, refused_rows[_i].message) != NULL ||
			      strstr(fx.err.path, refused_rows[_i].message) != NULL,
		      "%s: %s (%s)", refused_rows[_i].params, fx.err.msg, fx.err.path);
}
END_TEST

START_TEST(pages_that_are_left_are_told)
{
	const struct row row = {
		"left", "{" URL LIST ",`paging`:`page`,`pages_max`:1}", "[{}]", TY_OK, { { NULL } }
	};
	struct fake_step *s = pages_run("page", &row);

	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, fake_step_record(fake_step_result(s), "node"), NULL),
		       "\"pages_left\""));
}
END_TEST

/* ---- a run of several steps ---- */

#define PAGES(more, node)                                                                          \
	"{`nodes`:[{`id`:`start`,`type`:`core.manual`},{`id`:`get`,`type`:`http.request`" node     \
	",`params`:{" URL LIST more "}}],`edges`:[{`from`:`start`,`to`:`get`}]}"
#define BY_LINK ",`paging`:`next`,`next_url`:`={{ $response.body.next }}`,`end_when`:`={{ false }}`"

static struct fake_ops *
run_pages(const char *kind, const char *workflow, const char *items, const json_t *journal)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	server.kind = kind;
	server.calls = 0;
	ty_buf_init(&server.asked, fx.arena, 100);
	f->on_call = server_answers;
	fake_ops_use_sandbox(f);
	ck_assert_msg(fake_ops_run(f, ty_json_dump(fx.arena, fake_json(fx.arena, workflow), NULL),
				   items, journal, &fx.err) != NULL,
		      "%s", fx.err.msg);
	return f;
}

static const struct {
	const char *kind, *more;
} way_rows[] = {
	{ "page", ",`paging`:`page`" },
	{ "cursor", ",`paging`:`cursor`" },
	{ "link", BY_LINK },
};

START_TEST(page_that_is_journaled_is_not_asked_for_again)
{
	const char *workflow = ty_arena_printf(fx.arena, PAGES("%s", ""), way_rows[_i].more);
	const char *items = "[{\"json\":{}},{\"json\":{}}]";
	struct fake_ops *whole = run_pages(way_rows[_i].kind, workflow, items, NULL);
	size_t calls = server.calls, entries_count = json_array_size(whole->entries);
	char digest[TY_DIGEST_SIZE];

	ck_assert_uint_ge(calls, 6);
	ck_assert_uint_eq(entries_count, 2 * calls);
	strcpy(digest, ty_run_result(whole->run)->digest);
	for (size_t count = 0; count <= entries_count; count++) {
		const json_t *journal = fake_ops_journal(whole, fx.arena, count);
		struct fake_ops *again = run_pages(way_rows[_i].kind, workflow, items, journal);

		/* An intent without an answer is asked again, because a GET may be. */
		ck_assert_uint_eq(server.calls, calls - count / 2);
		ck_assert_str_eq(ty_run_result(again->run)->digest, digest);
	}
}
END_TEST

static const struct {
	const char *what;
	size_t fail_at, fail_times, tries;
	const char *asked;
	enum ty_code rc;
} retry_rows[] = {
	{ "a page is asked for again, and no page before it", 3, 1, 2, "1 2 ! 3 4", TY_OK },
	{ "each page has the tries for itself", 2, 2, 3, "1 ! ! 2 3 4", TY_OK },
	{ "no more than that", 2, 3, 3, "1 ! ! !", TY_E_UPSTREAM },
};

START_TEST(retry_is_of_a_page)
{
	const char *workflow =
		ty_arena_printf(fx.arena,
				PAGES(",`paging`:`page`", ",`retry`:{`tries`:%zu,`backoff`:`fixed`,"
							  "`base_ms`:1}"),
				retry_rows[_i].tries);
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_plan *plan;
	const struct ty_run_result *result;

	server = (struct server){ .kind = "page",
				  .fail_at = retry_rows[_i].fail_at,
				  .fail_times = retry_rows[_i].fail_times };
	ty_buf_init(&server.asked, fx.arena, 100);
	f->on_call = server_answers;
	fake_ops_use_sandbox(f);
	ck_assert_int_eq(fake_ops_plan(f,
				       ty_json_dump(fx.arena, fake_json(fx.arena, workflow), NULL),
				       &plan, &fx.err),
			 TY_OK);
	ck_assert_int_eq(
		fake_ops_start(f, plan, fake_json(fx.arena, "[{`json`:{}}]"), NULL, &fx.err),
		TY_OK);
	for (int i = 0; i < 20 && f->finished == 0; i++)
		fake_ops_advance(f, 1000);
	ck_assert_uint_eq(f->finished, 1);
	ck_assert_str_eq(server.asked.data, retry_rows[_i].asked);
	result = ty_run_result(f->run);
	ck_assert_int_eq(result->error == NULL ? TY_OK : TY_E_UPSTREAM, retry_rows[_i].rc);
}
END_TEST

/* Of an item that fails at its second page nothing is kept, and the next one is asked for. */
START_TEST(item_that_fails_at_a_page_leaves_the_others_be)
{
	struct fake_ops *f;

	server = (struct server){ .fail_at = 2, .fail_times = 1 };
	f = run_pages("page", PAGES(",`paging`:`page`", ",`on_error`:`continue`"),
		      "[{\"json\":{\"i\":0}},{\"json\":{\"i\":1}}]", NULL);
	ck_assert_str_eq(server.asked.data, "1 ! 1 2 3 4");
	const json_t *out = json_object_get(
		json_object_get(fake_step_record(ty_run_result(f->run), "get"), "outputs"), "main");

	ck_assert_uint_eq(json_array_size(out), 6);
	ck_assert_ptr_nonnull(
		json_object_get(json_object_get(json_array_get(out, 0), "json"), "error"));
	ck_assert_int_eq(ty_json_int(json_object_get(json_array_get(out, 5), "json"), "n", -1), 4);
	server = (struct server){ 0 };
}
END_TEST

/* ---- batches ---- */

static const struct {
	const char *params;
	size_t items;
	const char *log;
} pace_rows[] = {
	{ "", 3, "call call call" },
	{ ",`parallel`:1", 3, "call ok call ok call ok" },
	{ ",`parallel`:2", 3, "call call ok call ok ok" },
	{ ",`batch_size`:2,`batch_pause_ms`:700", 5,
	  "call call ok ok 700 call call ok ok 700 call ok" },
	{ ",`batch_size`:2,`batch_pause_ms`:0,`parallel`:1", 3, "call ok call ok call ok" },
};

START_TEST(items_begin_in_batches)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *items = ty_json_own(fx.arena, json_array());
	const struct ty_plan *plan;
	struct ty_buf log;
	size_t calls = 0;
	const char *workflow =
		ty_json_dump(fx.arena,
			     fake_json(fx.arena, ty_arena_printf(fx.arena, PAGES("%s", ""),
								 pace_rows[_i].params)),
			     NULL);

	for (size_t i = 0; i < pace_rows[_i].items; i++)
		json_array_append_new(items, json_pack("{s:{}}", "json"));
	ty_buf_init(&log, fx.arena, 100);
	f->on_call = fake_http;
	f->hold = FAKE_CALL;
	ck_assert_int_eq(fake_ops_plan(f, workflow, &plan, &fx.err), TY_OK);
	ck_assert_int_eq(fake_ops_start(f, plan, items, NULL, &fx.err), TY_OK);
	while (f->finished == 0) {
		for (; calls < f->calls; calls++)
			ty_buf_printf(&log, "%scall", log.len > 0 ? " " : "");
		if (strcmp(pace_rows[_i].params, "") == 0 && f->pending_count > 0) {
			fake_ops_drain(f);
			continue;
		}
		if (f->pending_count > 0) {
			fake_ops_release(f, 0);
			ty_buf_printf(&log, " ok");
			continue;
		}
		ck_assert_int_gt(f->wake_ms, f->now_ms);
		if (f->wake_ms - f->now_ms <= 700) {
			ty_buf_printf(&log, " %lld", (long long)(f->wake_ms - f->now_ms));
			fake_ops_advance(f, f->wake_ms - f->now_ms);
		}
	}
	ck_assert_str_eq(log.data, pace_rows[_i].log);
	ck_assert_ptr_null(ty_run_result(f->run)->error);
}
END_TEST

TEST_MAIN("nodes.http_page", {
	TEST_LOOP(pages_are_asked_for_one_after_another, page_rows);
	TEST_LOOP(paging_that_cannot_be_is_refused, refused_rows);
	TEST(pages_that_are_left_are_told);
	TEST_LOOP(page_that_is_journaled_is_not_asked_for_again, way_rows);
	TEST_LOOP(retry_is_of_a_page, retry_rows);
	TEST(item_that_fails_at_a_page_leaves_the_others_be);
	TEST_LOOP(items_begin_in_batches, pace_rows);
})
