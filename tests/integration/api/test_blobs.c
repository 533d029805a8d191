/*
 * The bytes of a file that a run's item names: whole, in part, and for nobody else.
 */
#include "house.h"

#include "blob/writer.h"
#include "base/limits.h"
#include "store/blob.h"

#define CHUNK TY_LIMIT_BLOB_CHUNK_BYTES
#define WS    "/api/v1/workspaces/{ws}"
#define TEXT  "0123456789"

static struct ty_blob *made;

static void
on_ready(void *ctx)
{
}

static void
on_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	ck_assert_msg(err == NULL, "%s", err != NULL ? err->msg : "");
	made = blob;
}

/* A run of the workspace that has made a file; the address of its bytes. */
static const char *
file_of_a_run(const char *data, size_t len)
{
	static const struct ty_blob_writer_events events = { on_ready, on_done, NULL };
	struct ty_blob_scope scope = { .workspace_id = house.ws_id,
				       .owner_id = ty_id_new(),
				       .is_verified = true };
	struct ty_store_blobs *blobs = ty_store_blobs_new(house.app->store, "");
	struct ty_blob_writer *writer =
		ty_blob_writer_new(&ty_store_blob_io, blobs, &scope, INT64_MAX / 2, &events);

	ty_blob_writer_add(writer, data, len);
	ty_blob_writer_end(writer);
	ty_blob_writer_free(writer);
	ty_store_blobs_free(blobs);
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at, finished_at) VALUES ('%s', '%s', '%s', "
		  "'%s', 'webhook', 'ok', 1, now(), now(), now())",
		  house.ws_id.s, scope.owner_id.s, scope.owner_id.s, scope.owner_id.s);
	return ty_arena_printf(fx.arena, WS "/executions/%s/blobs/%s", scope.owner_id.s,
			       made->hash);
}

static struct reply
get(const char *target, const char *header)
{
	const char *headers[] = { header, NULL };

	return ask_as(&house.me, "GET", target, NULL, headers);
}

static bool
has_header(const struct reply *reply, const char *line)
{
	return strstr(reply->headers, line) != NULL;
}

START_TEST(a_file_is_downloaded_and_never_shown)
{
	const char *target = file_of_a_run(TEXT, 10);
	struct reply reply =
		get(ty_arena_printf(fx.arena, "%s?name=%%C3%%A4%%20b.html&type=text/html", target),
		    NULL);

	ck_assert_status(reply, 200);
	ck_assert_uint_eq(reply.bytes_len, 10);
	ck_assert_mem_eq(reply.bytes, TEXT, 10);
	ck_assert(has_header(&reply, "Content-Type: text/html\r\n"));
	ck_assert(has_header(
		&reply, "Content-Disposition: attachment; filename*=UTF-8''%C3%A4%20b.html\r\n"));
	ck_assert(has_header(&reply, "Content-Security-Policy: sandbox; default-src 'none'\r\n"));
	ck_assert(has_header(&reply, "X-Content-Type-Options: nosniff\r\n"));
	ck_assert(has_header(&reply, ty_arena_printf(fx.arena, "ETag: \"%s\"\r\n", made->hash)));
}
END_TEST

static const struct {
	const char *header;
	int status;
	const char *bytes, *range;
} ranges[] = {
	{ "Range: bytes=0-3", 206, "0123", "Content-Range: bytes 0-3/10\r\n" },
	{ "Range: bytes=8-", 206, "89", "Content-Range: bytes 8-9/10\r\n" },
	{ "Range: bytes=8-99", 206, "89", "Content-Range: bytes 8-9/10\r\n" },
	{ "Range: bytes=-3", 206, "789", "Content-Range: bytes 7-9/10\r\n" },
	{ "Range: bytes=-30", 206, TEXT, "Content-Range: bytes 0-9/10\r\n" },
	{ "Range: bytes=10-", 416, NULL, "Content-Range: bytes */10\r\n" },
	{ "Range: bytes=-0", 416, NULL, "Content-Range: bytes */10\r\n" },
	{ "Range: bytes=3-1", 200, TEXT, "" },
	{ "Range: bytes=0-1,3-4", 200, TEXT, "" },
	{ "Range: bytes=-", 200, TEXT, "" },
	{ "Range: bytes=x-2", 200, TEXT, "" },
	{ "Range: items=0-1", 200, TEXT, "" },
};

START_TEST(a_range_of_a_file_is_given)
{
	struct reply reply = get(file_of_a_run(TEXT, 10), ranges[_i].header);

	ck_assert_status(reply, ranges[_i].status);
	ck_assert(has_header(&reply, ranges[_i].range));
	if (ranges[_i].bytes == NULL)
		return;
	ck_assert_uint_eq(reply.bytes_len, strlen(ranges[_i].bytes));
	ck_assert_mem_eq(reply.bytes, ranges[_i].bytes, reply.bytes_len);
}
END_TEST

START_TEST(a_range_crosses_chunks)
{
	char *data = ty_arena_alloc(fx.arena, 3 * CHUNK);
	struct reply reply;

	for (size_t i = 0; i < 3 * CHUNK; i++)
		data[i] = (char)(i / 1000);
	reply = get(file_of_a_run(data, 3 * CHUNK),
		    ty_arena_printf(fx.arena, "Range: bytes=%d-%d", CHUNK - 5, 2 * CHUNK + 4));
	ck_assert_status(reply, 206);
	ck_assert_uint_eq(reply.bytes_len, CHUNK + 10);
	ck_assert_mem_eq(reply.bytes, data + CHUNK - 5, CHUNK + 10);
}
END_TEST

START_TEST(nobody_else_gets_it)
{
	const char *target = file_of_a_run(TEXT, 10), *slug;
	struct ty_id other = house_workspace(&slug);
	struct person outsider = house_person("owner", &other);
	struct person nobody = { 0 };
	const char *id = strstr(target, "/executions/") + strlen("/executions/");
	char run[37];

	ck_assert_status(ask_as(&nobody, "GET", target, NULL, NULL), 401);
	ck_assert_status(ask_as(&outsider, "GET", target, NULL, NULL), 404);
	/* Of one's own workspace, by a hash that one knows. */
	snprintf(run, sizeof(run), "%s", id);
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at, finished_at) VALUES ('%s', '%s', '%s', "
		  "'%s', 'webhook', 'ok', 1, now(), now(), now())",
		  other.s, other.s, other.s, other.s);
	ck_assert_status(
		ask_as(&outsider, "GET",
		       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/executions/%s/blobs/%s",
				       slug, other.s, made->hash),
		       NULL, NULL),
		404);
	ck_assert_status(get(ty_arena_printf(fx.arena, WS "/executions/%s/blobs/%s", run,
					     "00000000000000000000000000000000"
					     "00000000000000000000000000000000"),
			     NULL),
			 404);
}
END_TEST

HOUSE_MAIN("blobs", {
	TEST(a_file_is_downloaded_and_never_shown);
	TEST_LOOP(a_range_of_a_file_is_given, ranges);
	TEST(a_range_crosses_chunks);
	TEST(nobody_else_gets_it);
})
