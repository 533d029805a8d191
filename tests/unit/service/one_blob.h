/*
 * one_blob.h -- services called with a store of one blob in memory, which answers at once or later.
 */
#ifndef TY_TESTS_SERVICE_ONE_BLOB_H
#define TY_TESTS_SERVICE_ONE_BLOB_H

#include "support/common.h"

#include "base/limits.h"
#include "blob/blob.h"
#include "json/json.h"
#include "service/service.h"

#include <uv.h>

#define CHUNK TY_LIMIT_BLOB_CHUNK_BYTES

/* One blob, in memory. */
static struct {
	char *data;
	size_t len;
	char hash[TY_BLOB_HASH_SIZE];
	bool is_late, is_away;
	uv_loop_t loop;
	uv_timer_t later;
	ty_blob_done_fn done;
	ty_blob_got_fn got;
	void *ctx;
	int64_t number;
} st;

static struct ty_err away;

static inline void
st_answer(uv_timer_t *timer)
{
	ty_blob_done_fn done = st.done;
	ty_blob_got_fn got = st.got;
	size_t from = (size_t)st.number * CHUNK;

	st.done = NULL;
	st.got = NULL;
	if (done != NULL)
		done(st.ctx, st.is_away ? &away : NULL);
	else if (st.is_away)
		got(st.ctx, NULL, 0, 0, &away);
	else
		got(st.ctx, st.data + from, st.len - from < CHUNK ? st.len - from : CHUNK,
		    (int64_t)st.len, NULL);
}

static inline void
st_called(void)
{
	if (st.is_late)
		uv_timer_start(&st.later, st_answer, 1, 0);
	else
		st_answer(NULL);
}

static inline void
st_put(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx)
{
	st.data = realloc(st.data, st.len + chunk->len + 1);
	memcpy(st.data + st.len, chunk->data, chunk->len);
	st.len += chunk->len;
	st.done = done;
	st.ctx = ctx;
	st_called();
}

static inline void
st_commit(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
	  ty_blob_done_fn done, void *ctx)
{
	snprintf(st.hash, sizeof(st.hash), "%s", hash);
	st_put(io, last, done, ctx);
}

static inline void
st_drop(void *io, const struct ty_blob_scope *scope, const struct ty_id *upload_id)
{
}

static inline void
st_get(void *io, const struct ty_id *workspace_id, const char *hash, int64_t number,
       ty_blob_got_fn got, void *ctx)
{
	st.got = got;
	st.ctx = ctx;
	st.number = number;
	st_called();
}

static const struct ty_blob_io st_io = { st_put, st_commit, st_drop, st_get };

struct outcome {
	int told;
	json_t *answer;
	struct ty_err err;
};

static inline void
told(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct outcome *out = ctx;

	out->told++;
	out->answer = answer != NULL ? ty_json_own(fx.arena, json_deep_copy(answer)) : NULL;
	if (err != NULL)
		out->err = *err;
}

/* Call a service to its end.  'tools' may be NULL. */
static inline struct outcome
call(const char *name, json_t *request, const struct ty_tool_io *tools)
{
	const struct ty_service *service = ty_service_find(name);
	struct ty_id id = ty_id_new();
	struct ty_service_means means = { .loop = &st.loop, .blobs = &st_io, .tools = tools };
	struct ty_service_ask ask = { .request = ty_json_own(fx.arena, request),
				      .workspace_id = &id,
				      .run_id = &id,
				      .timeout_ms = 5000 };
	struct outcome out = { 0 };

	service->begin(&means, &ask, told, &out);
	ck_assert_int_eq(out.told, 0);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(out.told, 1);
	return out;
}

static inline void
store_set(const char *data, size_t len, bool is_late)
{
	uv_loop_init(&st.loop);
	uv_timer_init(&st.loop, &st.later);
	uv_unref((uv_handle_t *)&st.later);
	st.data = malloc(len + 1);
	memcpy(st.data, data, len);
	st.len = len;
	st.is_late = is_late;
	if (is_late)
		uv_ref((uv_handle_t *)&st.later);
}

static inline void
store_end(void)
{
	uv_close((uv_handle_t *)&st.later, NULL);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	uv_loop_close(&st.loop);
	free(st.data);
	memset(&st, 0, sizeof(st));
}

#endif
