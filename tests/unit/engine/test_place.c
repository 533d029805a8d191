/*
 * test_place.c -- where an error is: node, iteration, attempt, item, parameter and the author's own line, the same
 * wherever the error is told; and what the error of an HTTP request keeps.
 */
#include "unit/engine/flow.h"

#include "engine/digest.h"

#define TWO_ITEMS "[" ITEM("{`n`:1}") "," ITEM("{`n`:2}") "]"

static const char *body_text, *body_type;

static json_t *
http_failing(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	(void)f;
	if (strstr(ty_json_str(request, "url", ""), "/down") != NULL) {
		ty_err_set(err, TY_E_UPSTREAM, "no connection");
		return NULL;
	}
	return json_pack("{s:i, s:{s:s, s:s, s:s}, s:o, s:i, s:s}", "status", 502, "headers",
			 "content-type", body_type, "x-request-id", "r-1", "set-cookie", "s=secret",
			 "body", json_incref(fake_json(fx.arena, body_text)), "bytes", 7, "url",
			 "https://x.test/");
}

static struct fake_ops *
ops_new(void)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	body_text = "`no`";
	body_type = "text/plain";
	f->on_call = http_failing;
	fake_ops_use_sandbox(f);
	return f;
}

static const struct ty_run_result *
run(struct fake_ops *f, const char *flow)
{
	const struct ty_run_result *r = fake_ops_run(f, flow, TWO_ITEMS, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	return r;
}

static const char *
place_text(const json_t *error)
{
	size_t len;
	const json_t *place = json_object_get(error, "place");

	return place != NULL ? ty_json_dump_canonical(fx.arena, place, &len) : "none";
}

static const char *
one(const char *node)
{
	return ty_arena_printf(fx.arena,
			       "{`nodes`:[{`id`:`start`,`type`:`core.manual`},{`id`:`x`,%s}],"
			       "`edges`:[{`from`:`start`,`to`:`x`}]}",
			       node);
}

static const struct {
	const char *what, *node, *place;
} places[] = {
	{ "code of several lines",
	  "`type`:`core.code`,`params`:{`mode`:`each`,`code`:`const n = $json.n;\\nif (n === 2)\\n"
	  "  throw new Error('two');\\nreturn $json;`}",
	  "\"item\":1,\"line\":3" },
	{ "an expression",
	  "`type`:`core.set`,`params`:{`assignments`:[{`name`:`a`,`value`:`1`},{`name`:`x`,`value`:"
	  "`={{ $json.n === 2 ? nothing : [1].map(x => x) }}`}]}",
	  "\"parameter\":\"assignments[1].value\"" },
	{ "a parameter of another type",
	  "`type`:`core.filter`,`params`:{`condition`:`={{ $json.n === 2 ? 'x' : true }}`}",
	  "\"parameter\":\"condition\"" },
	{ "a call", "`type`:`http.request`,`params`:{`url`:`https://x.test/`}", "\"item\":0" },
};

/* As the step's, as the run's, and as the item's where it leaves through the error port. */
START_TEST(an_error_says_its_place_the_same_everywhere)
{
	const struct ty_run_result *r = run(ops_new(), one(places[_i].node));
	const char *place = place_text(json_object_get(fake_step_record(r, "x"), "error"));
	const json_t *item, *error;

	ck_assert_msg(strstr(place, places[_i].place) != NULL, "%s: %s", places[_i].what, place);
	ck_assert_ptr_nonnull(strstr(place, "\"node\":\"x\""));
	ck_assert_ptr_nonnull(strstr(place, "\"attempt\":1"));
	ck_assert_str_eq(place_text(r->error), place);

	r = run(ops_new(),
		one(ty_arena_printf(fx.arena, "`on_error`:`error_output`,%s", places[_i].node)));
	item = json_array_get(
		json_object_get(json_object_get(fake_step_record(r, "x"), "outputs"), "error"), 0);
	error = json_object_get(json_object_get(item, "json"), "error");
	ck_assert_str_eq(place_text(error), place);
	ck_assert_ptr_null(json_object_get(error, "trace"));
}
END_TEST

START_TEST(an_error_in_a_loop_says_its_iteration)
{
	const struct ty_run_result *r = run(
		ops_new(), "{`nodes`:[{`id`:`start`,`type`:`core.manual`},{`id`:`l`,`type`:"
			   "`core.loop`,`params`:{`batch_size`:1}},{`id`:`x`,`type`:`core.code`,"
			   "`params`:{`code`:`if ($input.first().json.n === 2) throw new "
			   "Error('two'); return []`}}],`edges`:[{`from`:`start`,`to`:`l`},"
			   "{`from`:`l`,`output`:`loop`,`to`:`x`},{`from`:`x`,`to`:`l`}]}");
	const char *place = place_text(r->error);

	ck_assert_ptr_nonnull(strstr(place, "\"frame\":\"l:1\""));
	ck_assert_ptr_nonnull(strstr(place, "\"iteration\":1"));
}
END_TEST

/* Its records are of the old form, so that its digest is what it was. */
START_TEST(a_run_that_began_by_earlier_rules_has_errors_of_their_form)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->digest_version = TY_DIGEST_STEP_CLOCKS;
	r = run(f, one(places[3].node));
	ck_assert_str_eq(place_text(json_object_get(fake_step_record(r, "x"), "error")), "none");
	ck_assert_ptr_null(json_object_get(r->error, "request"));
	ck_assert_uint_eq(ty_digest_version(r->digest), TY_DIGEST_STEP_CLOCKS);
}
END_TEST

START_TEST(an_error_without_a_hint_has_its_codes)
{
	const struct ty_run_result *r =
		run(ops_new(), one("`type`:`http.request`,`params`:{`url`:`https://x.test/down`}"));

	ck_assert_str_eq(error_str(r, "hint"), ty_code_hint(TY_E_UPSTREAM));
}
END_TEST

/* ---- HTTP ---- */

static const struct {
	const char *params, *request;
} requests[] = {
	{ "`url`:`https://x.test/a?page=2#part`", "GET https://x.test/a?page=2" },
	{ "`method`:`POST`,`url`:`https://x.test/down`", "POST https://x.test/down" },
	{ "`url`:`=https://{{ 'joe:pass' }}@x.test/a`", "GET https://x.test/a" },
	{ "`url`:`=https://x.test/a?api_key={{ 'k-123456789' }}&page=2`",
	  "GET https://x.test/a?api_key=********&page=2" },
	{ "`url`:`https://x.test/a`,`query`:[{`name`:`page`,`value`:`2`},{`name`:`token`,`value`:"
	  "`={{ 'k-123456789' }}`}]",
	  "GET https://x.test/a?page=2&token=********" },
};

START_TEST(the_error_of_a_request_has_its_line_without_secrets)
{
	const struct ty_run_result *r =
		run(ops_new(), one(ty_arena_printf(fx.arena, "`type`:`http.request`,`params`:{%s}",
						   requests[_i].params)));

	ck_assert_str_eq(error_str(r, "request"), requests[_i].request);
}
END_TEST

static const struct {
	const char *body, *type, *shown;
} bodies[] = {
	{ "`no`", "text/plain", "no" },
	{ "{`why`:`full`}", "application/json", "{\"why\":\"full\"}" },
	{ "{`base64`:`AAECAw==`}", "image/png", "(7 bytes that are no text, image/png)" },
	{ "{`base64`:`AAECAw==`}", "application/json", "{\"base64\":\"AAECAw==\"}" },
};

START_TEST(the_error_of_an_answer_has_its_beginning_and_the_headers_that_help)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;
	const json_t *headers;

	body_text = bodies[_i].body;
	body_type = bodies[_i].type;
	r = run(f, one(places[3].node));
	headers = json_object_get(r->error, "headers");
	ck_assert_str_eq(error_str(r, "body"), bodies[_i].shown);
	ck_assert_int_eq(ty_json_int(r->error, "status", 0), 502);
	ck_assert_str_eq(ty_json_str(headers, "x-request-id", ""), "r-1");
	ck_assert_ptr_null(json_object_get(headers, "set-cookie"));
}
END_TEST

TEST_MAIN("engine/place", {
	tcase_add_loop_test(tc, an_error_says_its_place_the_same_everywhere, 0,
			    TY_ARRAY_COUNT(places));
	TEST(an_error_in_a_loop_says_its_iteration);
	TEST(a_run_that_began_by_earlier_rules_has_errors_of_their_form);
	TEST(an_error_without_a_hint_has_its_codes);
	tcase_add_loop_test(tc, the_error_of_a_request_has_its_line_without_secrets, 0,
			    TY_ARRAY_COUNT(requests));
	tcase_add_loop_test(tc, the_error_of_an_answer_has_its_beginning_and_the_headers_that_help,
			    0, TY_ARRAY_COUNT(bodies));
})
