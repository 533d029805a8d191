/* test_multipart.c -- multipart/form-data as an object: as senders write it, and broken. */
#include "base/limits.h"
#include "body/form.h"
#include "json/json.h"
#include "support/common.h"

#define CTE	"Content-Transfer-Encoding"
#define D(name) "Content-Disposition: form-data; name=\"" name "\""

static const struct {
	const char *text, *json;
} rows[] = {
	{ "--b\r\n" D("payload") "\r\n\r\n{\"a\":1}\r\n--b--\r\n",
	  "{\"payload\":\"{\\\"a\\\":1}\"}" },
	{ "--b\r\n" D("a") "\r\nContent-Type: application/json\r\n\r\n{\"n\":[1]}\r\n--b--",
	  "{\"a\":{\"n\":[1]}}" },
	{ "--b\r\n" D("a") "\r\nContent-Type: application/json\r\n\r\n{\"n\"\r\n--b--",
	  "{\"a\":\"{\\\"n\\\"\"}" },
	{ "--b\n" D("a") "\n\n1\n--b\n" D("b") "\n\n2\n3\n--b--\n",
	  "{\"a\":\"1\",\"b\":\"2\\n3\"}" },
	{ "--b\r\n" D("a") "\r\n\r\n1\r\n--b\r\n" D("a") "\r\n\r\n2\r\n--b--",
	  "{\"a\":[\"1\",\"2\"]}" },
	{ "--b\r\n" D("a") "\r\n\r\n\r\n--b--", "{\"a\":\"\"}" },
	{ "--b\r\n" D("a") "\r\n\r\n--b--", "{\"a\":\"\"}" },
	{ "preamble\r\n--b  \r\n" D("a") "\r\n\r\n--bx\r\n-- b\r\nx--b\r\n--b--epilogue",
	  "{\"a\":\"--bx\\r\\n-- b\\r\\nx--b\"}" },
	{ "--b\r\n" D(
		  "f") "; filename=\"p.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--b--",
	  "{\"f\":{\"filename\":\"p.png\",\"type\":\"image/"
	  "png\",\"bytes\":4,\"base64\":\"iVBORw==\"}}" },
	{ "--b\r\n" D(
		  "f") "; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--b--",
	  "{\"f\":{\"filename\":\"\",\"type\":\"application/"
	  "octet-stream\",\"bytes\":0,\"base64\":\"\"}}" },
	{ "--b\r\ncontent-disposition:form-data;name=f;filename*=UTF-8''%e2%82%ac.txt\r\n\r\nx\r\n-"
	  "-b--",
	  "{\"f\":{\"filename\":\"\xE2\x82\xAC.txt\",\"type\":\"\",\"bytes\":1,\"base64\":\"eA==\"}"
	  "}" },
	{ "--b\r\n" D(
		  "n") "\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nRen\xE9\r\n--b--",
	  "{\"n\":\"Ren\xC3\xA9\"}" },
	{ "--b\r\n" D("_charset_") "\r\n\r\nwindows-1252\r\n--b\r\n" D(
		  "n") "\r\n\r\nRen\xE9\r\n--b--",
	  "{\"_charset_\":\"windows-1252\",\"n\":\"Ren\xC3\xA9\"}" },
	{ "--b\r\n" D("n") "\r\n\r\nRen\xE9\r\n--b--", "{\"n\":\"Ren\xEF\xBF\xBD\"}" },
	{ "--b\r\nContent-Type: text/plain\r\n\r\nnameless\r\n--b--", "{}" },
	{ "--b--", "{}" },
	{ "--b\r\n" D("a") "\r\n" CTE ": base64\r\n\r\naGVs\r\nbG8=\r\n--b--",
	  "{\"a\":\"hello\"}" },
	{ "--b\r\n" D("a") "\r\n" CTE ":Quoted-Printable ; x\r\n\r\na=3Db=\r\n=C3=A9\r\n--b--",
	  "{\"a\":\"a=b\xC3\xA9\"}" },
	{ "--b\r\n" D("a") "\r\n" CTE ": 8bit\r\n\r\n=41\r\n--b--", "{\"a\":\"=41\"}" },
	{ "--b\r\n" D("f") "; filename=x\r\n" CTE ": base64\r\n\r\naGVsbG8=\r\n--b--",
	  "{\"f\":{\"filename\":\"x\",\"type\":\"\",\"bytes\":5,\"base64\":\"aGVsbG8=\"}}" },
};

START_TEST(each_body_is_this_object)
{
	struct ty_form_body form = { .text = { rows[_i].text, strlen(rows[_i].text) } };
	json_t *json;

	ck_assert_ok(ty_form_multipart(fx.arena, "b", &form, &json, &fx.err));
	ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), rows[_i].json);
}
END_TEST

/* What cannot be undone is as it was sent, and told. */
static const char *const encoded[] = {
	"--b\r\n" D("a") "\r\n" CTE ": uuencode\r\n\r\n=\r\n--b--",
	"--b\r\n" D("a") "\r\n" CTE ": base64\r\n\r\n=\r\n--b--",
	"--b\r\n" D("a") "\r\n" CTE ": quoted-printable\r\n\r\n=\r\n--b--",
};

START_TEST(an_encoding_that_cannot_be_undone_is_told)
{
	struct ty_form_body form = { .text = { encoded[_i], strlen(encoded[_i]) } };
	json_t *json;

	ck_assert_ok(ty_form_multipart(fx.arena, "b", &form, &json, &fx.err));
	ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), "{\"a\":\"=\"}");
	ck_assert(form.encoded);
}
END_TEST

static const struct {
	const char *boundary, *text, *says;
} broken[] = {
	{ "", "--b--", "no boundary" },
	{ "c", "--b--", "does not have its boundary" },
	{ "b", "", "does not have its boundary" },
	{ "b", "--b\r\n" D("a") "\r\n\r\n1\r\n", "cut off" },
	{ "b", "--b\r\n" D("a") "\r\n\r\n1\r\n--b\r\n", "cut off" },
	{ "b", "--b\r\n" D("a") "\r\n--b--", "headers do not end" },
};

START_TEST(a_broken_body_says_how)
{
	struct ty_form_body form = { .text = { broken[_i].text, strlen(broken[_i].text) } };
	json_t *json = NULL;

	ck_assert_code(ty_form_multipart(fx.arena, broken[_i].boundary, &form, &json, &fx.err),
		       TY_E_MALFORMED);
	ck_assert_msg(strstr(fx.err.msg, broken[_i].says) != NULL, "%s", fx.err.msg);
	ck_assert_ptr_null(json);
}
END_TEST

/* A file of 'len' bytes; gives whether it is in the item. */
static bool
is_inline(size_t len, struct ty_form_body *form)
{
	static const char head[] = "--b\r\n" D("f") "; filename=f\r\n\r\n", tail[] = "\r\n--b--";
	char *text = ty_arena_alloc(fx.arena, sizeof(head) + len + sizeof(tail));
	size_t all = sizeof(head) - 1 + len + sizeof(tail) - 1;
	json_t *json;

	memcpy(text, head, sizeof(head) - 1);
	memset(text + sizeof(head) - 1, 'x', len);
	memcpy(text + sizeof(head) - 1 + len, tail, sizeof(tail) - 1);
	*form = (struct ty_form_body){ .text = { text, all } };
	ck_assert_ok(ty_form_multipart(fx.arena, "b", form, &json, &fx.err));
	ck_assert_int_eq(ty_json_int(json_object_get(json, "f"), "bytes", -1), (int)len);
	return json_object_get(json_object_get(json, "f"), "base64") != NULL;
}

START_TEST(a_file_is_in_the_item_up_to_its_limit)
{
	struct ty_form_body form;

	ck_assert(is_inline(TY_LIMIT_INLINE_FILE_BYTES, &form) && !form.left_out);
	ck_assert(!is_inline(TY_LIMIT_INLINE_FILE_BYTES + 1, &form) && form.left_out);
}
END_TEST

START_TEST(parts_and_the_json_in_them_count_as_values)
{
	static const char text[] = "--b\r\n" D("a") "\r\n\r\n1\r\n--b\r\n" D(
		"j") "\r\nContent-Type: text/json\r\n\r\n[1,2,3]\r\n--b--";
	struct ty_form_body form = { .text = { text, sizeof(text) - 1 }, .values_max = 100 };
	json_t *json;
	size_t values;

	ck_assert_ok(ty_form_multipart(fx.arena, "b", &form, &json, &fx.err));
	values = form.values;
	ck_assert_uint_ge(values, 5);
	for (size_t max = 1; max <= values; max++) {
		form = (struct ty_form_body){ .text = { text, sizeof(text) - 1 },
					      .values_max = max };
		ck_assert_code(ty_form_multipart(fx.arena, "b", &form, &json, &fx.err),
			       max < values ? TY_E_LIMIT : TY_OK);
	}
}
END_TEST

TEST_MAIN("multipart", {
	TEST_LOOP(each_body_is_this_object, rows);
	TEST_LOOP(an_encoding_that_cannot_be_undone_is_told, encoded);
	TEST_LOOP(a_broken_body_says_how, broken);
	TEST(a_file_is_in_the_item_up_to_its_limit);
	TEST(parts_and_the_json_in_them_count_as_values);
})
