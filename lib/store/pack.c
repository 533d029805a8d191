/*
 * pack.c -- zstd, one frame a value, with its size in the header.
 */
#include "store/pack.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

#include <stdlib.h>
#include <zstd.h>

#define PACK_LEVEL 1

struct ty_pack {
	ZSTD_CCtx *zstd;
};

struct ty_pack *
ty_pack_new(void)
{
	struct ty_pack *pack = calloc(1, sizeof(*pack));

	if (pack == NULL || (pack->zstd = ZSTD_createCCtx()) == NULL)
		abort();
	return pack;
}

void
ty_pack_free(struct ty_pack *pack)
{
	if (pack == NULL)
		return;
	ZSTD_freeCCtx(pack->zstd);
	free(pack);
}

void *
ty_pack_bytes(struct ty_pack *pack, struct ty_arena *arena, const void *data, size_t len,
	      size_t *ret_len)
{
	size_t max = ZSTD_compressBound(len);
	void *out = ty_arena_alloc(arena, max);
	size_t n = ZSTD_compressCCtx(pack->zstd, out, max, data, len, PACK_LEVEL);

	TY_ASSERT(!ZSTD_isError(n)); /* the bound is enough, and memory does not run out */
	*ret_len = n;
	return out;
}

enum ty_code
ty_unpack(struct ty_arena *arena, const void *packed, size_t packed_len, char **ret_data,
	  size_t *ret_len, struct ty_err *err)
{
	unsigned long long len = ZSTD_getFrameContentSize(packed, packed_len);
	char *out;

	if (len == ZSTD_CONTENTSIZE_ERROR || len == ZSTD_CONTENTSIZE_UNKNOWN)
		return ty_err_set(err, TY_E_MALFORMED, "a stored value is damaged");
	if (len > TY_LIMIT_RUN_BYTES)
		return ty_err_set(err, TY_E_LIMIT, "a stored value has %llu bytes", len);
	out = ty_arena_alloc(arena, (size_t)len + 1);
	if (ZSTD_isError(ZSTD_decompress(out, (size_t)len, packed, packed_len)))
		return ty_err_set(err, TY_E_MALFORMED, "a stored value is damaged");
	*ret_data = out;
	*ret_len = (size_t)len;
	return TY_OK;
}
