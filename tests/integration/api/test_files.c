/*
 * Deliveries with files: large bodies that are verified and kept while they come, and small ones whose
 * files are kept apart.
 */
#include "house.h"

#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"

#define WS     "/api/v1/workspaces/{ws}"
#define LARGE  (TY_LIMIT_BODY_BYTES + 300000)
#define SECRET "hush"

/* Bytes that no two chunks have alike. */
static char *
noise(size_t len)
{
	char *data = ty_arena_alloc(fx.arena, len + 1);
	uint64_t x = 88172645463325252U;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = (char)x;
	}
	return data;
}

static const char *
hex_of(const void *data, size_t len)
{
	char *hex = ty_arena_alloc(fx.arena, 65);
	uint8_t sum[TY_SHA256_SIZE];

	ty_sha256(data, len, sum);
	ty_str_hex(sum, sizeof(sum), hex);
	return hex;
}

static const char *
signature(const char *data, size_t len)
{
	uint8_t mac[TY_SHA256_SIZE];
	char hex[65];

	ty_hmac_sha256(SECRET, strlen(SECRET), data, len, mac);
	ty_str_hex(mac, sizeof(mac), hex);
	return ty_arena_printf(fx.arena, "X-Hub-Signature-256: sha256=%s", hex);
}

static void
publish_signed(void)
{
	house_publish(house_hook_graph(
		"h", ty_arena_printf(fx.arena, "\"verify\":\"github\",\"credential\":\"%s\"",
				     house_secret("{\"secret\":\"" SECRET "\"}"))));
}

static struct raw
delivery(const char *type, const char *body, size_t len)
{
	return (struct raw){ .method = "POST",
			     .target = ty_arena_printf(fx.arena, "/hooks/%s/h", house.ws),
			     .body = body,
			     .len = len,
			     .declared = -1,
			     .headers = { ty_arena_printf(fx.arena, "Content-Type: %s", type),
					  signature(body, len) } };
}

static int64_t
sum_of(const char *column)
{
	return atoll(house_sql("SELECT coalesce(sum(%s), 0) FROM tyboo.payload_usage WHERE "
			       "workspace_id = '%s'",
			       column, house.ws_id.s));
}

static int64_t
rows_of(const char *table)
{
	return atoll(house_sql("SELECT count(*) FROM tyboo.%s WHERE workspace_id = '%s'", table,
			       house.ws_id.s));
}

static void
assert_nothing_is_left(void)
{
	ck_assert_int_eq(rows_of("blobs") + rows_of("blob_uploads") + rows_of("blob_chunks"), 0);
	ck_assert_int_eq(sum_of("stored_bytes") + sum_of("unverified_bytes"), 0);
}

static struct reply
shown(const struct reply *accepted)
{
	return ask("GET",
		   ty_arena_printf(fx.arena, WS "/deliveries/%s", text_of(accepted, "delivery_id")),
		   NULL);
}

static const json_t *
file_at(const struct reply *delivery, size_t i)
{
	return json_array_get(json_object_get(delivery->json, "files"), i);
}

START_TEST(a_large_body_is_a_file)
{
	char *body = noise(LARGE);
	struct raw raw = delivery("image/png; x=y", body, LARGE);
	struct reply reply, kept, bytes;

	publish_signed();
	raw.headers[2] = "Content-Disposition: attachment; filename=\"a.png\"";
	reply = ask_raw(&raw);
	ck_assert_status(reply, 202);
	kept = shown(&reply);
	ck_assert_status(kept, 200);
	ck_assert_str_eq(text_of(&kept, "body"), "");
	ck_assert_uint_eq(json_array_size(json_object_get(kept.json, "files")), 1);
	ck_assert_str_eq(ty_json_str(file_at(&kept, 0), "field", "?"), "");
	ck_assert_str_eq(ty_json_str(file_at(&kept, 0), "mime", ""), "image/png");
	ck_assert_str_eq(ty_json_str(file_at(&kept, 0), "name", ""), "a.png");
	ck_assert_int_eq(ty_json_int(file_at(&kept, 0), "bytes", 0), LARGE);
	ck_assert_str_eq(ty_json_str(file_at(&kept, 0), "blob", ""), hex_of(body, LARGE));
	ck_assert_int_eq(sum_of("unverified_bytes"), 0);
	ck_assert_int_eq(sum_of("stored_bytes"), LARGE);
	ck_assert_int_eq(rows_of("blob_uploads"), 0);
	bytes = ask("GET",
		    ty_arena_printf(fx.arena, WS "/executions/%s/blobs/%s",
				    text_of(&reply, "run_id"), hex_of(body, LARGE)),
		    NULL);
	ck_assert_status(bytes, 200);
	ck_assert_uint_eq(bytes.bytes_len, LARGE);
	ck_assert_mem_eq(bytes.bytes, body, LARGE);
}
END_TEST

START_TEST(a_signature_counts_every_byte_and_nothing_is_kept_of_a_forgery)
{
	char *body = noise(LARGE);
	struct raw raw = delivery("image/png", body, LARGE);
	struct reply reply;

	publish_signed();
	body[_i == 0 ? 0 : _i == 1 ? LARGE / 2 : LARGE - 1] ^= 1;
	reply = ask_raw(&raw);
	ck_assert_status(reply, 401);
	ck_assert_str_eq(text_of(&reply, "verdict"), "bad_signature");
	assert_nothing_is_left();
	ck_assert_str_eq(house_sql("SELECT verdict || octet_length(body) || blobs FROM "
				   "tyboo.deliveries WHERE workspace_id = '%s'",
				   house.ws_id.s),
			 "bad_signature0");
}
END_TEST

/* What needs no byte of the body is refused before one is read: the house would say so. */
START_TEST(no_byte_is_read_without_a_signature)
{
	struct raw raw = delivery("image/png", "x", 1);

	publish_signed();
	raw.declared = LARGE;
	raw.headers[1] = NULL;
	ck_assert_status(ask_raw(&raw), 401);
	assert_nothing_is_left();
}
END_TEST

START_TEST(a_body_that_is_cut_off_is_dropped)
{
	char *body = noise(LARGE);
	struct raw raw = delivery("image/png", body, LARGE);

	publish_signed();
	raw.len = LARGE - 1;
	raw.declared = LARGE;
	ck_assert_status(ask_raw(&raw), 400);
	assert_nothing_is_left();
}
END_TEST

#define PART(name, more)                                                                           \
	"\r\n--b\r\nContent-Disposition: form-data; name=\"" name "\"" more "\r\n\r\n"

/* { fields, a large file "f", a small "f", an empty field of a form } */
static char *
multipart(const char *large, size_t len, size_t *ret_len)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, len + 1000);
	ty_buf_add_str(&buf, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none");
	ty_buf_add_str(&buf, PART("f", "; filename=\"l.bin\""));
	ty_buf_add(&buf, large, len);
	ty_buf_add_str(&buf, PART("f", "; filename=\"s.txt\"\r\nContent-Type: text/plain"));
	ty_buf_add_str(&buf, "small");
	ty_buf_add_str(&buf, PART("none", "; filename=\"\""));
	ty_buf_add_str(&buf, "\r\n--b--\r\n");
	*ret_len = buf.len;
	return buf.data;
}

START_TEST(the_files_of_a_large_form_are_cut_out_of_it)
{
	char *large = noise(LARGE), *body;
	struct reply reply, kept, replay;
	struct raw raw;
	size_t len;

	publish_signed();
	body = multipart(large, LARGE, &len);
	raw = delivery("multipart/form-data; boundary=b", body, len);
	reply = ask_raw(&raw);
	ck_assert_status(reply, 202);
	kept = shown(&reply);
	ck_assert_uint_eq(json_array_size(json_object_get(kept.json, "files")), 3);
	ck_assert_str_eq(ty_json_str(file_at(&kept, 0), "blob", ""), hex_of(large, LARGE));
	ck_assert_str_eq(ty_json_str(file_at(&kept, 0), "name", ""), "l.bin");
	ck_assert_str_eq(ty_json_str(file_at(&kept, 1), "blob", ""), hex_of("small", 5));
	ck_assert_str_eq(ty_json_str(file_at(&kept, 1), "mime", ""), "text/plain");
	ck_assert_ptr_null(json_object_get(file_at(&kept, 2), "blob"));
	ck_assert_int_eq(rows_of("blobs"), 2);
	ck_assert_int_eq(sum_of("unverified_bytes"), 0);
	ck_assert_ptr_nonnull(strstr(text_of(&kept, "body"), "one"));
	/* Run again, it names the same files. */
	replay = ask("POST",
		     ty_arena_printf(fx.arena, WS "/deliveries/%s/replay",
				     text_of(&reply, "delivery_id")),
		     "{}");
	ck_assert_status(replay, 202);
	ck_assert_int_eq(rows_of("blob_uses"), 4);
	ck_assert_str_eq(house_sql("SELECT count(DISTINCT blobs) FROM tyboo.deliveries WHERE "
				   "workspace_id = '%s'",
				   house.ws_id.s),
			 "1");
}
END_TEST

/* Its files are cut out while it comes: none has a name before the signature is right. */
START_TEST(nothing_is_kept_of_a_forged_form)
{
	struct raw raw;
	char *body;
	size_t len;

	publish_signed();
	body = multipart(noise(LARGE), LARGE, &len);
	raw = delivery("multipart/form-data; boundary=b", body, len);
	body[_i == 0 ? 50 : _i == 1 ? len / 2 : len - 3] ^= 1;
	ck_assert_status(ask_raw(&raw), _i == 2 ? 400 : 401);
	assert_nothing_is_left();
	ck_assert_str_eq(house_sql("SELECT octet_length(body) || blobs FROM tyboo.deliveries WHERE "
				   "workspace_id = '%s'",
				   house.ws_id.s),
			 "0");
}
END_TEST

START_TEST(the_files_of_a_small_form_are_kept_apart_too)
{
	struct reply reply, kept;
	struct raw raw;
	char *body;
	size_t len;

	publish_signed();
	body = multipart("0123", 4, &len);
	raw = delivery("multipart/form-data; boundary=b", body, len);
	reply = ask_raw(&raw);
	ck_assert_status(reply, 202);
	kept = shown(&reply);
	ck_assert_str_eq(ty_json_str(file_at(&kept, 0), "blob", ""), hex_of("0123", 4));
	ck_assert_int_eq(ty_json_int(file_at(&kept, 0), "at", 0), -1);
	ck_assert_uint_eq(strlen(text_of(&kept, "body")), len);
}
END_TEST

START_TEST(a_small_body_without_files_makes_none)
{
	struct raw raw = delivery("application/json", "{\"a\":1}", 7);

	publish_signed();
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_int_eq(rows_of("blob_uses") + rows_of("blobs"), 0);
}
END_TEST

static const char *
newest(const char *column)
{
	return house_sql("SELECT %s FROM tyboo.deliveries WHERE workspace_id = '%s' ORDER BY id "
			 "DESC LIMIT 1",
			 column, house.ws_id.s);
}

/* Its receipt has the bytes, so that it can be accepted by either store; its run makes the blob. */
START_TEST(a_small_body_that_is_a_file_is_received_as_ever_and_read_as_one)
{
	struct raw raw = delivery("image/png", "\x89PNG", 4);

	publish_signed();
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(newest("encode(body, 'hex')"), "89504e47");
	ck_assert_str_eq(newest("read_as"), "auto_file");
	ck_assert_str_eq(newest("blobs"), "");
	ck_assert_int_eq(rows_of("blobs") + rows_of("blob_uploads"), 0);
}
END_TEST

/* As the release before wrote its hook: expressions of that workflow read body.base64. */
START_TEST(a_hook_that_was_published_before_gives_base64)
{
	struct raw raw = delivery("image/png", "\x89PNG", 4);

	publish_signed();
	house_sql("UPDATE tyboo.hooks SET verify = (verify::jsonb - 'bytes')::text WHERE "
		  "workspace_id = '%s' AND verify::jsonb ? 'bytes' RETURNING 1",
		  house.ws_id.s);
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(newest("read_as"), "auto");
}
END_TEST

static const struct {
	const char *limit;
	int status;
	const char *verdict;
} limits[] = {
	{ "payload_bytes_max", 429, "quota" },
	{ "unverified_bytes_max", 429, "quota" },
	{ "blob_bytes_max", 413, "too_large" },
};

START_TEST(a_workspace_has_its_limits)
{
	struct raw raw = delivery("image/png", noise(LARGE), LARGE);
	struct reply reply;

	publish_signed();
	house_sql("UPDATE tyboo.workspaces SET %s = %d WHERE id = '%s' RETURNING 1",
		  limits[_i].limit, LARGE - 1, house.ws_id.s);
	reply = ask_raw(&raw);
	ck_assert_status(reply, limits[_i].status);
	ck_assert_str_eq(text_of(&reply, "verdict"), limits[_i].verdict);
	assert_nothing_is_left();
}
END_TEST

START_TEST(a_form_has_only_so_many_files)
{
	struct ty_buf buf;
	struct raw raw;

	publish_signed();
	ty_buf_init(&buf, fx.arena, LARGE + 100000);
	ty_buf_add_str(&buf, "--b");
	for (int i = 0; i <= TY_LIMIT_BLOB_FILES_COUNT; i++)
		ty_buf_add_str(&buf,
			       "\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
			       "\r\n--b");
	ty_buf_add_str(&buf, "--\r\n");
	ty_buf_add(&buf, noise(LARGE), LARGE);
	raw = delivery("multipart/form-data; boundary=b", buf.data, buf.len);
	ck_assert_status(ask_raw(&raw), 429);
	assert_nothing_is_left();
}
END_TEST

START_TEST(the_fields_of_a_large_form_have_a_limit)
{
	struct raw raw;
	struct ty_buf buf;

	publish_signed();
	ty_buf_init(&buf, fx.arena, LARGE + 1000);
	ty_buf_add_str(&buf, "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n");
	ty_buf_add(&buf, noise(LARGE), LARGE);
	ty_buf_add_str(&buf, "\r\n--b--");
	raw = delivery("multipart/form-data; boundary=b", buf.data, buf.len);
	ck_assert_status(ask_raw(&raw), 413);
	assert_nothing_is_left();
}
END_TEST

HOUSE_MAIN("api files", {
	TEST(a_large_body_is_a_file);
	tcase_add_loop_test(tc, a_signature_counts_every_byte_and_nothing_is_kept_of_a_forgery, 0,
			    3);
	TEST(no_byte_is_read_without_a_signature);
	TEST(a_body_that_is_cut_off_is_dropped);
	TEST(the_files_of_a_large_form_are_cut_out_of_it);
	tcase_add_loop_test(tc, nothing_is_kept_of_a_forged_form, 0, 3);
	TEST(the_files_of_a_small_form_are_kept_apart_too);
	TEST(a_small_body_without_files_makes_none);
	TEST(a_small_body_that_is_a_file_is_received_as_ever_and_read_as_one);
	TEST(a_hook_that_was_published_before_gives_base64);
	TEST_LOOP(a_workspace_has_its_limits, limits);
	TEST(a_form_has_only_so_many_files);
	TEST(the_fields_of_a_large_form_have_a_limit);
})
