/*
 * fuzz_url -- escapes, base64, hex and the addresses of Redis, as strangers and operators write them.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "queue/url.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_escapes(struct ty_arena *arena, const char *s, size_t size)
{
	for (int plus = 0; plus < 2; plus++) {
		size_t len = 0, again_len = 0;
		char *decoded = ty_str_url_decode(arena, s, size, plus, &len), *encoded, *again;

		if (decoded == NULL)
			continue;
		TY_ASSERT(len <= size && strlen(decoded) == len);
		encoded = ty_str_url_encode(arena, decoded, len);
		again = ty_str_url_decode(arena, encoded, strlen(encoded), plus, &again_len);
		TY_ASSERT(again != NULL && again_len == len && memcmp(again, decoded, len) == 0);
	}
}

static void
check_base64(struct ty_arena *arena, const char *s, size_t size)
{
	size_t len = 0, again_len = 0;
	uint8_t *decoded = ty_base64_decode(arena, s, size, &len), *again;
	const char *text = ty_base64_encode(arena, s, size);

	again = ty_base64_decode(arena, text, strlen(text), &again_len);
	TY_ASSERT(again != NULL && again_len == size && (size == 0 || memcmp(again, s, size) == 0));
	TY_ASSERT(decoded == NULL || len <= size);
}

static void
check_redis(const char *s)
{
	struct ty_queue_url url;
	struct ty_err err;

	if (ty_queue_url_parse(s, &url, &err) != TY_OK)
		return;
	TY_ASSERT((url.host[0] == '\0') != (url.path[0] == '\0'));
	TY_ASSERT(url.port > 0 && url.port <= 65535 && url.db >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const char *s = (const char *)data;
	uint8_t *raw = ty_arena_alloc(arena, size / 2 + 1);

	check_escapes(arena, s, size);
	check_base64(arena, s, size);
	check_redis(ty_arena_strndup(arena, s, size));
	(void)ty_str_unhex(s, size, raw);
	ty_arena_free(arena);
	return 0;
}
