/* test_type.c -- a Content-Type taken apart, and the kind of each. */
#include "body/type.h"
#include "support/common.h"

static const struct {
	const char *text, *name;
	enum ty_body_kind kind;
} types[] = {
	{ NULL, "", TY_BODY_KIND_NO_TYPE },
	{ "", "", TY_BODY_KIND_NO_TYPE },
	{ "; charset=utf-8", "", TY_BODY_KIND_NO_TYPE },
	{ "application/json", "application/json", TY_BODY_KIND_JSON },
	{ " Application/JSON;charset=utf-8", "application/json", TY_BODY_KIND_JSON },
	{ "application/json, application/json", "application/json", TY_BODY_KIND_JSON },
	{ "text/json", "text/json", TY_BODY_KIND_JSON },
	{ "application/csp-report", "application/csp-report", TY_BODY_KIND_JSON },
	{ "application/reports+json", "application/reports+json", TY_BODY_KIND_JSON },
	{ "application/problem+json; x=1", "application/problem+json", TY_BODY_KIND_JSON },
	{ "application/x-amz-json-1.1", "application/x-amz-json-1.1", TY_BODY_KIND_JSON },
	{ "+json", "+json", TY_BODY_KIND_OTHER },
	{ "application/jsonx", "application/jsonx", TY_BODY_KIND_OTHER },
	{ "application/x-ndjson", "application/x-ndjson", TY_BODY_KIND_TEXT },
	{ "application/stream+json", "application/stream+json", TY_BODY_KIND_TEXT },
	{ "application/x-www-form-urlencoded", "application/x-www-form-urlencoded",
	  TY_BODY_KIND_FORM },
	{ "Multipart/Form-Data; boundary=x", "multipart/form-data", TY_BODY_KIND_MULTIPART },
	{ "multipart/mixed", "multipart/mixed", TY_BODY_KIND_OTHER },
	{ "text/csv", "text/csv", TY_BODY_KIND_TEXT },
	{ "image/svg+xml", "image/svg+xml", TY_BODY_KIND_XML },
	{ "image/png", "image/png", TY_BODY_KIND_BYTES },
	{ "application/octet-stream", "application/octet-stream", TY_BODY_KIND_BYTES },
	{ "application/x-thing", "application/x-thing", TY_BODY_KIND_OTHER },
};

START_TEST(each_type_is_of_this_kind)
{
	struct ty_body_type type;

	ty_body_type_parse(types[_i].text, &type);
	ck_assert_str_eq(type.name, types[_i].name);
	ck_assert_int_eq(type.kind, types[_i].kind);
}
END_TEST

START_TEST(a_type_too_long_to_be_one_is_none)
{
	char text[300];
	struct ty_body_type type;

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ty_body_type_parse(text, &type);
	ck_assert_str_eq(type.name, "");
	ck_assert_int_eq(type.kind, TY_BODY_KIND_OTHER);
}
END_TEST

static const struct {
	const char *params, *value;
} params[] = {
	{ "; charset=utf-8", "utf-8" },
	{ ";charset=\"utf-8\"", "utf-8" },
	{ "; charset='utf-8'", "utf-8" },
	{ "; CHARSET = utf-8 ; b=2", "utf-8" },
	{ "; x=\"a;charset=no\"; charset=yes", "yes" },
	{ "; charset=\"a\\\"b\\\\c\"", "a\"b\\c" },
	{ "; charset=\"C:\\dir\\f\"", "C:\\dir\\f" },
	{ "; charset=\"open", "open" },
	{ "; charset=", "" },
	{ "; charset", NULL },
	{ "; xcharset=a; charsetx=b", NULL },
	{ "", NULL },
	{ "; ;;= ;==; charset=a", "a" },
	{ "; charset=a-value-that-is-longer-than-its-place", NULL },
};

START_TEST(a_parameter_is_this)
{
	char out[32];
	bool found = ty_body_param(params[_i].params, "charset", out, sizeof(out));

	ck_assert_int_eq(found, params[_i].value != NULL);
	if (found)
		ck_assert_str_eq(out, params[_i].value);
}
END_TEST

static const struct {
	const char *disposition, *name;
} names[] = {
	{ NULL, "" },
	{ "", "" },
	{ "attachment", "" },
	{ "attachment; filename=\"a b.png\"", "a b.png" },
	{ "inline;filename=a.png; x=1", "a.png" },
	{ "filename=a.png", "" }, /* the disposition itself comes first */
};

START_TEST(a_file_has_this_name)
{
	char name[32] = "left over";

	ty_body_file_name(names[_i].disposition, name, sizeof(name));
	ck_assert_str_eq(name, names[_i].name);
}
END_TEST

TEST_MAIN("type", {
	TEST_LOOP(each_type_is_of_this_kind, types);
	TEST(a_type_too_long_to_be_one_is_none);
	TEST_LOOP(a_parameter_is_this, params);
	TEST_LOOP(a_file_has_this_name, names);
})
