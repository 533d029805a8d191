/*
 * test_problem.c -- application/problem+json for every code there is.
 */
#include "problem.h"

#include "json/json.h"
#include "support/common.h"

static json_t *
write_problem(const struct ty_problem *problem, struct ty_http_response *response)
{
	struct ty_http_request request = { .arena = fx.arena, .id = ty_id_new() };
	json_t *json;

	ty_http_response_init(response, fx.arena);
	ty_problem_write(&request, response, problem);
	ck_assert_ok(ty_json_parse(fx.arena, response->body, response->body_len, &json, &fx.err));
	ck_assert_str_eq(ty_json_str(json, "request_id", ""), request.id.s);
	return json;
}

START_TEST(each_code_has_its_status_type_and_words) /* all but TY_OK */
{
	enum ty_code code = (enum ty_code)_i;
	struct ty_http_response response;
	struct ty_err err = { TY_OK };
	json_t *json;

	ty_err_set(&err, code, "what happened");
	json = write_problem(&(struct ty_problem){ .err = &err }, &response);
	ck_assert_int_eq(response.status, ty_code_http(code));
	ck_assert_int_eq(ty_json_int(json, "status", 0), ty_code_http(code));
	ck_assert_str_eq(ty_json_str(json, "code", ""), ty_code_name(code));
	ck_assert_str_eq(ty_json_str(json, "title", ""), ty_code_text(code));
	ck_assert_str_eq(ty_json_str(json, "type", ""),
			 ty_arena_printf(fx.arena, "urn:tyboo:problem:%s", ty_code_name(code)));
	/* Ours and the stores' are told in general words. */
	ck_assert_str_eq(ty_json_str(json, "detail", ""),
			 code == TY_E_INTERNAL || code == TY_E_UNAVAILABLE ? ty_code_text(code)
									   : "what happened");
	ck_assert_int_eq(strstr(response.headers.data, "Retry-After: ") != NULL,
			 code == TY_E_LIMIT || code == TY_E_UNAVAILABLE);
}
END_TEST

START_TEST(what_is_known_more_is_said)
{
	json_t *findings = ty_json_own(fx.arena, json_pack("[{s:s}]", "path", "a"));
	struct ty_http_response response;
	struct ty_err err = { TY_OK };
	json_t *json;

	ty_err_set(&err, TY_E_INVALID, "no");
	ty_err_at(&err, "graph.nodes");
	ty_err_hint(&err, "do this");
	json = write_problem(&(struct ty_problem){ .err = &err,
						   .status = 415,
						   .retry_after_ms = 1,
						   .findings = findings,
						   .verdict = "stale" },
			     &response);
	ck_assert_int_eq(response.status, 415);
	ck_assert_str_eq(ty_json_str(json, "path", ""), "graph.nodes");
	ck_assert_str_eq(ty_json_str(json, "hint", ""), "do this");
	ck_assert_str_eq(ty_json_str(json, "verdict", ""), "stale");
	ck_assert_uint_eq(json_array_size(json_object_get(json, "findings")), 1);
	ck_assert_ptr_nonnull(strstr(response.headers.data, "Retry-After: 1\r\n"));
}
END_TEST

START_TEST(a_message_that_is_no_text_does_not_lose_the_answer)
{
	struct ty_http_response response;
	struct ty_err err = { TY_OK };
	json_t *json;

	ty_err_set(&err, TY_E_INVALID, "bytes: \xff\xfe");
	json = write_problem(&(struct ty_problem){ .err = &err }, &response);
	ck_assert_str_eq(ty_json_str(json, "code", ""), "invalid");
}
END_TEST

TEST_MAIN("problem", {
	tcase_add_loop_test(tc, each_code_has_its_status_type_and_words, 1, TY_E__COUNT);
	TEST(what_is_known_more_is_said);
	TEST(a_message_that_is_no_text_does_not_lose_the_answer);
})
