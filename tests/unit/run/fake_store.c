/*
 * fake_store.c -- see fake_store.h.
 */
#include "fake_store.h"

#include "base/err.h"
#include "base/str.h"

#include <check.h>
#include <string.h>

struct fake_store fake_store;

bool __wrap_ty_store_async_is_up(const struct ty_store_async *store);
void __wrap_ty_store_async_query(struct ty_store_async *store, const char *sql,
				 const struct ty_sql_param *params, size_t count,
				 ty_store_async_fn fn, void *ctx);

bool
__wrap_ty_store_async_is_up(const struct ty_store_async *store)
{
	return fake_store.is_up;
}

void
__wrap_ty_store_async_query(struct ty_store_async *store, const char *sql,
			    const struct ty_sql_param *params, size_t count, ty_store_async_fn fn,
			    void *ctx)
{
	ck_assert_ptr_null(fake_store.fn); /* one at a time */
	fake_store.sent++;
	fake_store.fn = fn;
	fake_store.ctx = ctx;
	fake_store.said_len = 0;
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_lt(fake_store.said_len + params[i].len, sizeof(fake_store.said));
		if (params[i].is_bytes && params[i].len > 0)
			memcpy(fake_store.said + fake_store.said_len, params[i].bytes,
			       params[i].len);
		fake_store.said_len += params[i].len;
	}
}

const char *
fake_store_text(const char *text)
{
	return memmem(fake_store.said, fake_store.said_len, text, strlen(text));
}

const char *
fake_store_id(const struct ty_id *id)
{
	char hex[33];
	uint8_t bytes[16];
	size_t n = 0;

	for (const char *at = id->s; *at != '\0'; at++)
		if (*at != '-')
			hex[n++] = *at;
	ck_assert(n == 32 && ty_str_unhex(hex, n, bytes));
	return memmem(fake_store.said, fake_store.said_len, bytes, sizeof(bytes));
}

void
fake_store_setup(void)
{
	fake_store = (struct fake_store){ .is_up = true };
	ck_assert_int_eq(uv_loop_init(&fake_store.loop), 0);
}

void
fake_store_done(void)
{
	uv_run(&fake_store.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&fake_store.loop), 0);
}

void
fake_store_await(size_t sent)
{
	while (fake_store.sent < sent)
		ck_assert_msg(uv_run(&fake_store.loop, UV_RUN_ONCE) != 0 || fake_store.sent == sent,
			      "%zu statements, and nothing sends another", fake_store.sent);
	ck_assert_uint_eq(fake_store.sent, sent);
}

void
fake_store_next(void)
{
	uv_run(&fake_store.loop, UV_RUN_ONCE);
}

void
fake_store_turn(void)
{
	uv_run(&fake_store.loop, UV_RUN_NOWAIT);
}

static void
answer(const struct ty_rows *rows, const struct ty_err *err)
{
	ty_store_async_fn fn = fake_store.fn;

	ck_assert_ptr_nonnull(fn);
	fake_store.fn = NULL;
	fn(fake_store.ctx, rows, err);
}

void
fake_store_rows(const char *const *names, size_t columns, const char *const *cells, size_t count)
{
	const struct ty_rows rows = {
		.count = count, .columns = columns, .cells = (char **)cells, .names = (char **)names
	};

	answer(&rows, NULL);
}

void
fake_store_fail(enum ty_code code)
{
	const struct ty_err err = { .code = code, .msg = "said so" };

	answer(NULL, &err);
}
