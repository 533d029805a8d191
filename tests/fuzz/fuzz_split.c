/*
 * fuzz_split -- a multipart body cut in pieces of any size: the same files and the same rest as in one
 * piece, and both together are the body.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "body/split.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES_MAX 1000

struct cut {
	struct ty_arena *arena;
	struct ty_buf files[FILES_MAX];
	size_t at[FILES_MAX], count;
	const char *skeleton;
	size_t skeleton_len;
	enum ty_code code;
};

static enum ty_code
on_begin(void *ctx, const struct ty_form_part *part, size_t at, struct ty_err *err)
{
	struct cut *cut = ctx;

	if (cut->count == FILES_MAX)
		return ty_err_set(err, TY_E_LIMIT, "many");
	ty_buf_init(&cut->files[cut->count], cut->arena, 16);
	cut->at[cut->count++] = at;
	return TY_OK;
}

static enum ty_code
on_bytes(void *ctx, const void *data, size_t len, struct ty_err *err)
{
	struct cut *cut = ctx;

	ty_buf_add(&cut->files[cut->count - 1], data, len);
	return TY_OK;
}

static enum ty_code
on_end(void *ctx, struct ty_err *err)
{
	return TY_OK;
}

static struct cut *
cut_body(struct ty_arena *arena, const uint8_t *data, size_t size, size_t piece)
{
	struct cut *cut = ty_arena_new_of(arena, struct cut);
	const struct ty_body_split_to to = { on_begin, on_bytes, on_end, cut };
	struct ty_body_split *split = ty_body_split_new(arena, "b", size + 1, &to);
	struct ty_err err = { TY_OK };

	cut->arena = arena;
	for (size_t at = 0; at < size && cut->code == TY_OK; at += piece)
		cut->code = ty_body_split_add(split, data + at,
					      size - at < piece ? size - at : piece, &err);
	if (cut->code == TY_OK)
		cut->code = ty_body_split_end(split, &cut->skeleton, &cut->skeleton_len, &err);
	return cut;
}

static void
check_whole(const struct cut *cut, const uint8_t *data, size_t size)
{
	struct ty_buf whole;
	size_t from = 0;

	ty_buf_init(&whole, cut->arena, size + 1);
	for (size_t i = 0; i < cut->count; i++) {
		ty_buf_add(&whole, cut->skeleton + from, cut->at[i] - from);
		ty_buf_add(&whole, cut->files[i].data, cut->files[i].len);
		from = cut->at[i];
	}
	ty_buf_add(&whole, cut->skeleton + from, cut->skeleton_len - from);
	if (whole.len != size || memcmp(whole.data, data, size) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	struct cut *a, *b;

	if (size > 1) {
		a = cut_body(arena, data + 1, size - 1, size);
		b = cut_body(arena, data + 1, size - 1, data[0] % 64 + 1);
		if (a->code != b->code)
			abort();
		if (a->code == TY_OK) {
			check_whole(a, data + 1, size - 1);
			check_whole(b, data + 1, size - 1);
			if (a->count != b->count || a->skeleton_len != b->skeleton_len)
				abort();
		}
	}
	ty_arena_free(arena);
	return 0;
}
