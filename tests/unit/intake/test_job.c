/* test_job.c -- the payload of a receipt: each mode, each kind of body, each way to be broken. */
#include "json/budget.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "intake/job.h"
#include "json/json.h"
#include "support/common.h"

#define TEXT(s)	  s, sizeof(s) - 1
#define JSON_TYPE "application/json"
#define FFFD	  "\xEF\xBF\xBD"

static const char *notices;

static struct ty_receipt
receipt_of(const char *mode, const char *type, const char *body, size_t len)
{
	struct ty_receipt receipt = {
		.start_node = "n1",
		.mode = mode,
		.method = "POST",
		.path = "p/q",
		.query = "a=1",
		.headers = ty_arena_printf(fx.arena, "{\"content-type\":\"%s\"}", type),
		.body = body,
		.body_len = len,
		.delivery_key = "",
		.verdict = "accepted",
		.received_at_ms = 1700000000000,
	};

	ck_assert(ty_id_parse("00000000-0000-7000-8000-000000000001", &receipt.id));
	ck_assert(ty_id_parse("00000000-0000-7000-8000-000000000002", &receipt.workspace_id));
	ck_assert(ty_id_parse("00000000-0000-7000-8000-000000000003", &receipt.workflow_id));
	ck_assert(ty_id_parse("00000000-0000-7000-8000-000000000004", &receipt.version_id));
	return receipt;
}

static json_t *
payload_of(const struct ty_receipt *receipt)
{
	const char *text;
	json_error_t error;
	json_t *json;
	size_t len;

	ck_assert_ok(ty_job_payload(fx.arena, receipt, &text, &len, &notices, &fx.err));
	ck_assert_uint_eq(strlen(text), len);
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(json != NULL, "%s: %s", error.text, text);
	return ty_json_own(fx.arena, json);
}

/* ---- bodies of a request ---- */

static const struct {
	const char *type, *body;
	size_t len;
	const char *json;
} bodies[] = {
	{ JSON_TYPE, TEXT("{\"n\":1}"), "{\"n\":1}" },
	{ JSON_TYPE, TEXT(" [1, 2] "), "[1,2]" },
	{ JSON_TYPE, TEXT("\"s\""), "\"s\"" },
	{ JSON_TYPE, TEXT("null"), "null" },
	{ JSON_TYPE, TEXT(""), "null" },
	{ "Application/JSON; charset=utf-8", TEXT("1"), "1" },
	{ "application/vnd.github+json", TEXT("true"), "true" },
	{ "application/x-www-form-urlencoded", TEXT("a=1&b=2&a=3"),
	  "{\"a\":[\"1\",\"3\"],\"b\":\"2\"}" },
	{ "application/x-www-form-urlencoded;charset=UTF-8", TEXT("a=+"), "{\"a\":\" \"}" },
	{ "text/plain", TEXT("{\"n\":1}"), "\"{\\\"n\\\":1}\"" },
	{ "", TEXT("h\xC3\xA9"), "\"h\xC3\xA9\"" },
	{ "", TEXT(""), "\"\"" },
	{ "text/plain", TEXT("a\0b"), "{\"base64\":\"YQBi\"}" },
	{ "image/png", TEXT("\x89PNG\xff"), "{\"base64\":\"iVBOR/8=\"}" },
	{ "application/jsonx", TEXT("{"), "\"{\"" },
};

START_TEST(each_body_is_this_json)
{
	struct ty_receipt receipt =
		receipt_of("webhook", bodies[_i].type, bodies[_i].body, bodies[_i].len);
	const json_t *item = json_array_get(json_object_get(payload_of(&receipt), "items"), 0);
	const json_t *body = json_object_get(json_object_get(item, "json"), "body");

	ck_assert_str_eq(ty_json_dump(fx.arena, body, NULL), bodies[_i].json);
}
END_TEST

static const struct {
	const char *body;
	size_t len;
	const char *says;
} broken[] = {
	{ TEXT("{"), "body" },	      { TEXT("{\"a\":1} x"), "end of file" },
	{ TEXT("\"a\0b\""), "body" }, { TEXT("[1]\0"), "body" },
	{ TEXT("1e"), "exponent" },   { TEXT("{\"a\":-}"), "digit" },
};
static const char *const modes[] = { "webhook", "api", "manual" };

START_TEST(each_broken_body_is_malformed_in_every_mode)
{
	for (size_t m = 0; m < TY_ARRAY_COUNT(modes); m++) {
		struct ty_receipt receipt =
			receipt_of(modes[m], JSON_TYPE, broken[_i].body, broken[_i].len);
		const char *text = NULL;
		size_t len;

		ck_assert_code(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err),
			       TY_E_MALFORMED);
		ck_assert_msg(strstr(fx.err.msg, broken[_i].says) != NULL, "%s lacks %s",
			      fx.err.msg, broken[_i].says);
		ck_assert_ptr_null(text);
	}
}
END_TEST

/* What JSON's grammar allows: a sender sends once, so it is mended and told; a caller of the API is asked to mend it. */
static const struct {
	const char *body;
	size_t len;
	const char *item, *code;
} mended[] = {
	{ TEXT("{\"a\":1,\"a\":2}"), "\"body\":{\"a\":2},\"raw\":\"{\\\"a\\\":1,\\\"a\\\":2}\"",
	  "key_twice" },
	{ TEXT("\"\\ud800\""), "\"body\":\"" FFFD "\",\"raw\":\"\\\"\\\\ud800\\\"\"",
	  "half_pair_replaced" },
	{ TEXT("\"\\udc00\""), "\"body\":\"" FFFD "\"", "half_pair_replaced" },
	{ TEXT("\"a\\u0000b\""), "\"body\":\"a" FFFD "b\"", "nul_replaced" },
	{ TEXT("\"\xff\""), "\"body\":\"" FFFD "\",\"raw\":{\"base64\":\"Iv8i\"}",
	  "bytes_replaced" },
};

START_TEST(what_a_sender_may_write_is_mended_and_told)
{
	struct ty_receipt receipt =
		receipt_of("webhook", JSON_TYPE, mended[_i].body, mended[_i].len);
	const char *text = NULL;
	size_t len;

	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err));
	ck_assert_msg(strstr(text, mended[_i].item) != NULL, "%s lacks %s", text, mended[_i].item);
	ck_assert_msg(strstr(notices, mended[_i].code) != NULL, "%s", notices);
	receipt.mode = "replay";
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err));
	ck_assert_ptr_nonnull(strstr(text, mended[_i].item));
	receipt.mode = "api";
	ck_assert_code(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err),
		       TY_E_MALFORMED);
}
END_TEST

START_TEST(what_needed_no_mending_is_not_told)
{
	struct ty_receipt receipt = receipt_of("webhook", JSON_TYPE, TEXT("{\"a\":1}"));
	const char *text;
	size_t len;

	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err));
	ck_assert_str_eq(notices, "");
	ck_assert_ptr_null(strstr(text, "\"raw\""));
}
END_TEST

START_TEST(a_body_too_large_to_be_kept_twice_is_not)
{
	size_t len = TY_LIMIT_RAW_BYTES + 1;
	char *body = ty_arena_alloc(fx.arena, len);
	struct ty_receipt receipt = receipt_of("webhook", "text/plain; charset=latin1", body, len);
	const char *text;

	memset(body, 0xe9, len);
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err));
	ck_assert_ptr_null(strstr(text, "\"raw\""));
	receipt.body_len--;
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err));
	ck_assert_ptr_nonnull(strstr(text, "\"raw\""));
}
END_TEST

START_TEST(a_body_is_read_as_the_webhook_says)
{
	struct ty_receipt receipt = receipt_of("webhook", JSON_TYPE, TEXT("{"));
	const char *text;
	size_t len;

	receipt.read_as = "text";
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err));
	ck_assert_ptr_nonnull(strstr(text, "\"body\":\"{\""));
	receipt.read_as = "a word of a later release";
	ck_assert_code(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err),
		       TY_E_MALFORMED);
}
END_TEST

/* ---- a body that is a file ---- */

static struct ty_receipt
file_receipt(const char *type, const char *body, size_t len)
{
	struct ty_receipt receipt = receipt_of("webhook", type, body, len);

	receipt.read_as = "auto_file";
	return receipt;
}

START_TEST(a_body_that_is_a_file_is_carried_and_named)
{
	struct ty_receipt receipt = file_receipt("image/png", TEXT("\x89PNG\xff"));
	const json_t *payload, *item, *file, *carried;

	receipt.headers = "{\"content-type\":\"image/png\","
			  "\"content-disposition\":\"attachment; filename=\\\"\u00e9.png\\\"\"}";
	payload = payload_of(&receipt);
	ck_assert_int_eq(ty_json_int(payload, "v", 0), TY_JOB_VERSION_CARRIES);
	item = json_array_get(json_object_get(payload, "items"), 0);
	ck_assert_str_eq(ty_json_dump(fx.arena,
				      json_object_get(json_object_get(item, "json"), "body"), NULL),
			 "{}");
	ck_assert_uint_eq(json_object_size(json_object_get(item, "binary")), 1);
	file = json_object_get(json_object_get(item, "binary"), "data");
	ck_assert_str_eq(ty_json_str(file, "mime", ""), "image/png");
	ck_assert_str_eq(ty_json_str(file, "name", ""), "\xC3\xA9.png");
	ck_assert_int_eq(ty_json_int(file, "bytes", 0), 5);
	carried = json_object_get(payload, "carried");
	ck_assert_uint_eq(json_array_size(carried), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(carried, 0), "base64", ""), "iVBOR/8=");
	ck_assert_str_eq(ty_json_str(json_array_get(carried, 0), "blob", ""),
			 ty_json_str(file, "blob", "?"));
}
END_TEST

/* As it was inflated; a large one is spliced in. */
START_TEST(a_large_file_is_carried_whole)
{
	size_t len = 3 * 1024 * 1024 + 1;
	char *body = ty_arena_alloc(fx.arena, len);
	struct ty_receipt receipt = file_receipt("application/octet-stream", body, len);
	const json_t *carried;

	memset(body, 0xe9, len);
	carried = json_array_get(json_object_get(payload_of(&receipt), "carried"), 0);
	ck_assert_str_eq(ty_json_str(carried, "base64", ""), ty_base64_encode(fx.arena, body, len));
}
END_TEST

#define FORGED                                                                                     \
	"{\"blob\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\","          \
	"\"bytes\":3,"                                                                             \
	"\"mime\":\"a/b\",\"name\":\"n\"}"

/* What is sent is data, also where it looks like what only we put there. */
static const struct {
	const char *mode, *path, *body;
} handles[] = {
	{ "webhook", "p", "{\"binary\":{\"data\":" FORGED "}}" },
	{ "api", "", "{\"binary\":{\"data\":" FORGED "}}" },
	{ "api", "", "[{\"json\":{},\"binary\":{\"data\":" FORGED "}}]" },
	{ "manual", "", "{\"json\":{},\"binary\":{\"data\":" FORGED "}}" },
	{ "replay", "p", "{\"carried\":[" FORGED "]}" },
	{ "webhook", "p", "{\"base64\":\"YWJj\"}" },
};

START_TEST(a_handle_in_a_body_is_no_file)
{
	struct ty_receipt receipt =
		receipt_of(handles[_i].mode, JSON_TYPE, handles[_i].body, strlen(handles[_i].body));
	const json_t *payload, *item;

	receipt.path = handles[_i].path;
	receipt.read_as = "auto_file";
	payload = payload_of(&receipt);
	item = json_array_get(json_object_get(payload, "items"), 0);
	ck_assert_int_eq(ty_json_int(payload, "v", 0), TY_JOB_VERSION);
	ck_assert_ptr_null(json_object_get(payload, "carried"));
	ck_assert_ptr_null(json_object_get(item, "binary"));
	ck_assert_uint_eq(json_object_size(item), 1);
}
END_TEST

START_TEST(what_is_no_file_is_a_job_as_ever)
{
	struct ty_receipt text = file_receipt("text/plain", TEXT("a"));
	struct ty_receipt old = receipt_of("webhook", "image/png", TEXT("\xff"));
	const json_t *payload = payload_of(&text);

	ck_assert_int_eq(ty_json_int(payload, "v", 0), TY_JOB_VERSION);
	ck_assert_ptr_null(json_object_get(payload, "carried"));
	payload = payload_of(&old);
	ck_assert_int_eq(ty_json_int(payload, "v", 0), TY_JOB_VERSION);
	ck_assert_ptr_null(json_object_get(payload, "carried"));
}
END_TEST

START_TEST(an_encoding_that_is_not_known_is_no_job)
{
	struct ty_receipt receipt = receipt_of("webhook", JSON_TYPE, TEXT("{}"));
	const char *text = NULL;
	size_t len;

	receipt.headers = "{\"content-type\":\"application/json\",\"content-encoding\":\"snappy\"}";
	ck_assert_code(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err),
		       TY_E_UNSUPPORTED);
	ck_assert_ptr_null(text);
	ck_assert_str_eq(ty_job_verdict(TY_E_UNSUPPORTED), "malformed");
	ck_assert_str_eq(ty_job_verdict(TY_E_TOO_LARGE), "too_large");
}
END_TEST

static const struct {
	int depth;
	enum ty_code code;
} depths[] = {
	{ 1, TY_OK },
	{ TY_LIMIT_JSON_DEPTH, TY_OK },
	{ TY_LIMIT_JSON_DEPTH + 1, TY_E_MALFORMED },
	{ 100000, TY_E_MALFORMED },
};

/* [[[1]]] */
START_TEST(a_body_is_nested_only_so_deep)
{
	size_t depth = (size_t)depths[_i].depth, len;
	char *body = ty_arena_alloc(fx.arena, 2 * depth + 2);
	struct ty_receipt receipt = receipt_of("webhook", JSON_TYPE, body, 2 * depth + 1);
	const char *text;

	memset(body, '[', depth);
	body[depth] = '1';
	memset(body + depth + 1, ']', depth);
	ck_assert_code(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err),
		       depths[_i].code);
}
END_TEST

/* ---- modes ---- */

static const char request_item[] =
	"[{\"json\":{\"headers\":{\"content-type\":\"application/json\"},\"params\":{},"
	"\"query\":{\"a\":\"1\"},\"body\":{\"n\":1},\"method\":\"POST\",\"path\":\"p/q\"}}]";

static const struct {
	const char *mode, *path, *body;
	size_t len;
	const char *items; /* NULL: malformed */
} mode_cases[] = {
	{ "webhook", "p/q", TEXT("{\"n\":1}"), request_item },
	{ "schedule", "", TEXT("{\"n\":1}"), "[{\"json\":{\"n\":1}}]" },
	{ "replay", "p/q", TEXT("{\"n\":1}"), request_item },
	{ "replay", "", TEXT("{\"n\":1}"), "[{\"json\":{\"n\":1}}]" },
	{ "api", "", TEXT("{\"n\":1}"), "[{\"json\":{\"n\":1}}]" },
	{ "api", "", TEXT(""), "[{\"json\":{}}]" },
	{ "api", "", TEXT("[{\"a\":1},{\"b\":2}]"), "[{\"json\":{\"a\":1}},{\"json\":{\"b\":2}}]" },
	{ "api", "", TEXT("[]"), "[]" },
	{ "manual", "p/q", TEXT("{}"), "[{\"json\":{}}]" },
	{ "manual", "", TEXT("[{},1]"), NULL },
	{ "api", "", TEXT("1"), NULL },
	{ "api", "", TEXT("null"), NULL },
	{ "api", "", TEXT("\"s\""), NULL },
};

START_TEST(each_mode_makes_these_items)
{
	struct ty_receipt receipt =
		receipt_of(mode_cases[_i].mode, JSON_TYPE, mode_cases[_i].body, mode_cases[_i].len);
	const char *text;
	size_t len;

	receipt.path = mode_cases[_i].path;
	if (mode_cases[_i].items != NULL)
		ck_assert_str_eq(ty_json_dump(fx.arena,
					      json_object_get(payload_of(&receipt), "items"), NULL),
				 mode_cases[_i].items);
	else
		ck_assert_code(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err),
			       TY_E_MALFORMED);
}
END_TEST

START_TEST(an_item_that_is_no_object_is_named)
{
	struct ty_receipt receipt = receipt_of("api", JSON_TYPE, TEXT("[{},{},3]"));
	const char *text;
	size_t len;

	ck_assert_code(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err),
		       TY_E_MALFORMED);
	ck_assert_str_eq(fx.err.path, "[2]");
}
END_TEST

/* ---- the envelope ---- */

START_TEST(the_envelope_says_whose_run_it_is)
{
	struct ty_receipt receipt = receipt_of("webhook", JSON_TYPE, TEXT("1"));
	json_t *payload = payload_of(&receipt);

	ck_assert_int_eq(ty_json_int(payload, "v", 0), TY_JOB_VERSION);
	ck_assert_str_eq(ty_json_str(payload, "run_id", ""), receipt.id.s);
	ck_assert_str_eq(ty_json_str(payload, "workspace_id", ""), receipt.workspace_id.s);
	ck_assert_str_eq(ty_json_str(payload, "workflow_id", ""), receipt.workflow_id.s);
	ck_assert_str_eq(ty_json_str(payload, "version_id", ""), receipt.version_id.s);
	ck_assert_str_eq(ty_json_str(payload, "start_node", ""), "n1");
	ck_assert_str_eq(ty_json_str(payload, "mode", ""), "webhook");
	ck_assert_int_eq(ty_json_int(payload, "accepted_at_ms", 0), 1700000000000);
}
END_TEST

START_TEST(a_job_that_stands_on_another_run_says_so)
{
	struct ty_receipt receipt = receipt_of("replay", JSON_TYPE, TEXT("{\"n\":1}"));
	json_t *payload;

	receipt.source = "{\"run_id\":\"00000000-0000-7000-8000-000000000009\"}";
	payload = payload_of(&receipt);
	ck_assert_int_eq(ty_json_int(payload, "v", 0), TY_JOB_VERSION_SOURCE);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(payload, "source"), NULL),
			 receipt.source);
}
END_TEST

/* Claims as they are kept, and what the item has of them; NULL: nothing. */
static const struct {
	const char *kept, *item;
} claims[] = {
	{ "{\"sub\":\"x\",\"__proto__\":{\"n\":1}}", "{\"sub\":\"x\",\"__proto__\":{\"n\":1}}" },
	{ "{}", "{}" },
	{ "", NULL },
	{ NULL, NULL },
	{ "[1]", NULL },
	{ "{},\"x\":1", NULL },
	{ "{\"sub\":", NULL },
};

START_TEST(the_item_has_the_tokens_claims)
{
	struct ty_receipt receipt = receipt_of("webhook", JSON_TYPE, TEXT("{\"jwtPayload\":1}"));
	const json_t *item, *found;

	receipt.jwt = claims[_i].kept;
	item = json_array_get(json_object_get(payload_of(&receipt), "items"), 0);
	found = json_object_get(json_object_get(item, "json"), "jwtPayload");
	ck_assert_ptr_null(json_object_get(json_object_get(item, "json"), "x"));
	if (claims[_i].item == NULL)
		ck_assert_ptr_null(found);
	else
		ck_assert_str_eq(ty_json_dump(fx.arena, found, NULL), claims[_i].item);
}
END_TEST

START_TEST(a_body_cannot_break_out_of_its_place)
{
	/* Text that would end the string, were it not escaped; headers that are no object. */
	struct ty_receipt receipt = receipt_of("webhook", "text/plain", TEXT("\"}},{\"json\":1"));
	const json_t *items;

	receipt.path = "\"},\"x\":\"";
	receipt.start_node = "\",\"mode\":\"api";
	receipt.headers = "},{";
	items = json_object_get(payload_of(&receipt), "items");
	ck_assert_uint_eq(json_array_size(items), 1);
	ck_assert_str_eq(
		ty_json_dump(fx.arena,
			     json_object_get(json_object_get(json_array_get(items, 0), "json"),
					     "headers"),
			     NULL),
		"{}");
}
END_TEST

/* "[{},{},...]" and "a&a&..." of TY_LIMIT_JSON_VALUES + 1 values. */
static const char *
many(const char *first, const char *more)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, TY_LIMIT_JSON_VALUES * 3 + 10);
	ty_buf_add_str(&buf, first);
	for (int i = 1; i < TY_LIMIT_JSON_VALUES; i++)
		ty_buf_add_str(&buf, more);
	return buf.data;
}

START_TEST(a_body_of_too_many_values_gives_a_job_that_says_so)
{
	static const char *const sent_as[] = { "webhook", "api", "webhook" };
	const char *bodies_of[] = { many("[{}", ",{}"), many("[{}", ",{}"),
				    many("a=1&b=2", "&a=1") };
	const char *text, *types[] = { JSON_TYPE, JSON_TYPE, "application/x-www-form-urlencoded" };

	text = _i < 2 ? ty_arena_printf(fx.arena, "%s]", bodies_of[_i]) : bodies_of[_i];
	struct ty_receipt receipt = receipt_of(sent_as[_i], types[_i], text, strlen(text));
	json_t *payload = payload_of(&receipt);

	ck_assert_int_eq(ty_json_int(payload, "values", 0), TY_LIMIT_JSON_VALUES + 1);
	ck_assert_uint_eq(json_array_size(ty_json_arr(payload, "items")), 0);
	ck_assert_str_eq(ty_json_str(payload, "version_id", ""), receipt.version_id.s);
	ck_assert_ptr_nonnull(strstr(notices, "too_many_values"));
	ck_assert_ptr_nonnull(strstr(notices, "200001"));
}
END_TEST

START_TEST(no_tree_is_kept_of_a_body)
{
	const char *text = many("[\"\\ud83d\"", ",{}");
	size_t len = strlen(text) - 2; /* one object less, and room for the bracket */
	char *body = ty_arena_strndup(fx.arena, text, len);
	struct ty_receipt receipt;

	body[len - 1] = ']';
	receipt = receipt_of("webhook", JSON_TYPE, body, len);
	ck_assert_ptr_nonnull(ty_json_arr(payload_of(&receipt), "items"));
	ck_assert_ptr_nonnull(strstr(notices, "pair"));
	ck_assert_uint_eq(ty_json_budget_taken(), 0);
}
END_TEST

START_TEST(the_same_receipt_gives_the_same_bytes)
{
	struct ty_receipt receipt =
		receipt_of("webhook", JSON_TYPE, TEXT("{ \"b\" : 1.50,\"a\":2 }"));
	const char *first, *second;
	size_t len;

	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &first, &len, &notices, &fx.err));
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &second, &len, &notices, &fx.err));
	ck_assert_str_eq(first, second);
	ck_assert_msg(strstr(first, "{ \"b\" : 1.50,\"a\":2 }") != NULL, "the body's own bytes: %s",
		      first);
}
END_TEST

/* GitHub's and Slack's form: the text of its one field is the body, and outlives the tree of the form. */
START_TEST(the_payload_of_a_form_is_the_body)
{
	struct ty_receipt receipt =
		receipt_of("webhook", "application/x-www-form-urlencoded",
			   TEXT("payload=%7B%22type%22%3A%22block_actions%22%7D"));
	json_t *item;

	receipt.headers = "{\"content-type\":\"application/x-www-form-urlencoded\","
			  "\"x-slack-signature\":\"v0=1\"}";
	item = json_array_get(json_object_get(payload_of(&receipt), "items"), 0);
	ck_assert_str_eq(ty_json_dump(fx.arena,
				      json_object_get(json_object_get(item, "json"), "body"), NULL),
			 "{\"type\":\"block_actions\"}");
}
END_TEST

/* In a request, and as given items: what is lent is the receipt's own bytes, and the whole is one JSON text. */
START_TEST(a_large_body_is_not_copied_into_its_job)
{
	enum { LARGE = 200 * 1024 };
	struct ty_receipt receipt;
	struct ty_job_text text;
	char *body = ty_arena_alloc(fx.arena, LARGE + 1);
	json_t *item;

	memset(body, 'x', LARGE);
	memcpy(body, "{\"t\":\"", 6);
	memcpy(body + LARGE - 2, "\"}", 2);
	receipt = receipt_of(modes[_i], JSON_TYPE, body, LARGE);
	ck_assert_ok(ty_job_text(fx.arena, &receipt, &text, &notices, &fx.err));
	ck_assert_ptr_eq(text.body, body);
	ck_assert_uint_eq(text.body_len, LARGE);
	ck_assert_uint_lt(text.len, 4096);
	item = json_array_get(json_object_get(payload_of(&receipt), "items"), 0);
	item = json_object_get(item, "json");
	if (_i == 0)
		item = json_object_get(item, "body");
	ck_assert_uint_eq(json_string_length(json_object_get(item, "t")), LARGE - 8);
}
END_TEST

/* ---- files ---- */

#define HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HANDLE(mime, name, bytes)                                                                  \
	"{\"blob\":\"" HASH "\",\"mime\":\"" mime "\",\"name\":\"" name "\",\"bytes\":" #bytes "}"
#define FILE_AT(field, at, bytes)                                                                  \
	"{\"field\":\"" field "\",\"at\":" #at ",\"blob\":\"" HASH                                 \
	"\",\"mime\":\"a/b\",\"name\":\"n\",\"bytes\":" #bytes "}"
#define PART(field, value)                                                                         \
	"--b\r\nContent-Disposition: form-data; name=\"" field "\"; filename=\"n\"\r\n\r\n" value  \
	"\r\n"

static const struct {
	const char *type, *body, *blobs, *binary, *json;
} filed[] = {
	{ "image/png", "", "[" FILE_AT("", 0, 7) "]", "{\"data\":" HANDLE("a/b", "n", 7) "}",
	  "{}" },
	{ "multipart/form-data; boundary=b", PART("f", "") "--b--", "[" FILE_AT("f", 60, 7) "]",
	  "{\"f\":" HANDLE("a/b", "n", 7) "}",
	  "{\"f\":{\"filename\":\"n\",\"type\":\"\",\"bytes\":7}}" },
	{ "multipart/form-data; boundary=b", PART("f", "x") "--b--", "[" FILE_AT("f", -1, 1) "]",
	  "{\"f\":" HANDLE("a/b", "n", 1) "}",
	  "{\"f\":{\"filename\":\"n\",\"type\":\"\",\"bytes\":1,\"base64\":\"eA==\"}}" },
	{ "multipart/form-data; boundary=b", PART("f", "") PART("f", "") PART("g", "") "--b--",
	  "[" FILE_AT("f", 60, 1) "," FILE_AT("f", 120, 2) "," FILE_AT("g", 180, 3) "]",
	  "{\"f0\":" HANDLE("a/b", "n", 1) ",\"f1\":" HANDLE("a/b", "n",
							     2) ",\"g\":" HANDLE("a/b", "n", 3) "}",
	  NULL },
	{ "multipart/form-data; boundary=b", PART("f", "") "--b--",
	  "[{\"field\":\"f\",\"at\":60,\"bytes\":0}]", "{}",
	  "{\"f\":{\"filename\":\"n\",\"type\":\"\",\"bytes\":0}}" },
	{ JSON_TYPE, "{\"a\":1}", "", NULL, "{\"a\":1}" },
	{ JSON_TYPE, "{\"a\":1}", "no list", NULL, "{\"a\":1}" },
};

START_TEST(files_are_in_the_items_binary)
{
	struct ty_receipt receipt =
		receipt_of("webhook", filed[_i].type, filed[_i].body, strlen(filed[_i].body));
	json_t *item, *binary;

	receipt.blobs = filed[_i].blobs;
	item = json_array_get(json_object_get(payload_of(&receipt), "items"), 0);
	binary = json_object_get(item, "binary");
	ck_assert_int_eq(binary != NULL, filed[_i].binary != NULL);
	if (binary != NULL)
		ck_assert_str_eq(ty_json_dump(fx.arena, binary, NULL), filed[_i].binary);
	if (filed[_i].json != NULL)
		ck_assert_str_eq(
			ty_json_dump(fx.arena,
				     json_object_get(json_object_get(item, "json"), "body"), NULL),
			filed[_i].json);
	ck_assert_str_eq(notices, "");
}
END_TEST

/* Whoever sends one names no bytes with it: it is a value like any other. */
START_TEST(a_handle_in_a_body_is_data)
{
	static const char body[] = "{\"json\":{},\"binary\":{\"data\":" HANDLE("a/b", "n", 7) "}}";
	struct ty_receipt receipt = receipt_of(modes[_i], JSON_TYPE, TEXT(body));
	json_t *item = json_array_get(json_object_get(payload_of(&receipt), "items"), 0);
	json_t *json = json_object_get(item, "json");

	ck_assert_ptr_null(json_object_get(item, "binary"));
	if (_i == 0)
		json = json_object_get(json, "body");
	ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), body);
}
END_TEST

TEST_MAIN("job", {
	TEST_LOOP(files_are_in_the_items_binary, filed);
	TEST_LOOP(a_handle_in_a_body_is_data, modes);
	TEST_LOOP(each_body_is_this_json, bodies);
	TEST_LOOP(each_broken_body_is_malformed_in_every_mode, broken);
	TEST_LOOP(what_a_sender_may_write_is_mended_and_told, mended);
	TEST(what_needed_no_mending_is_not_told);
	TEST(a_body_too_large_to_be_kept_twice_is_not);
	TEST(a_body_is_read_as_the_webhook_says);
	TEST(a_body_that_is_a_file_is_carried_and_named);
	TEST(a_large_file_is_carried_whole);
	TEST_LOOP(a_handle_in_a_body_is_no_file, handles);
	TEST(what_is_no_file_is_a_job_as_ever);
	TEST(an_encoding_that_is_not_known_is_no_job);
	TEST_LOOP(a_body_is_nested_only_so_deep, depths);
	TEST_LOOP(each_mode_makes_these_items, mode_cases);
	TEST(an_item_that_is_no_object_is_named);
	TEST(the_envelope_says_whose_run_it_is);
	TEST(a_job_that_stands_on_another_run_says_so);
	TEST_LOOP(the_item_has_the_tokens_claims, claims);
	TEST(a_body_cannot_break_out_of_its_place);
	tcase_add_loop_test(tc, a_body_of_too_many_values_gives_a_job_that_says_so, 0, 3);
	TEST(no_tree_is_kept_of_a_body);
	TEST(the_same_receipt_gives_the_same_bytes);
	TEST(the_payload_of_a_form_is_the_body);
	TEST_LOOP(a_large_body_is_not_copied_into_its_job, modes);
})
