/*
 * What is kept compressed: all of it comes back, and nothing else does.
 */
#include "base/limits.h"
#include "store/pack.h"
#include "support/common.h"

#include <zstd.h>

static const struct {
	const char *text;
	size_t len;
} texts[] = { { "", 0 }, { "x", 1 }, { "a\0b\0", 4 }, { "[{\"node\":\"n1\"}]", 15 } };

START_TEST(what_is_packed_is_unpacked)
{
	struct ty_pack *pack = ty_pack_new();
	size_t packed_len, len;
	char *out;

	for (int i = 0; i < 3; i++) { /* the compressor is used again */
		void *packed =
			ty_pack_bytes(pack, fx.arena, texts[_i].text, texts[_i].len, &packed_len);

		ck_assert_ok(ty_unpack(fx.arena, packed, packed_len, &out, &len, &fx.err));
		ck_assert_uint_eq(len, texts[_i].len);
		ck_assert_mem_eq(out, texts[_i].text, len);
		ck_assert_int_eq(out[len], '\0');
	}
	ty_pack_free(pack);
	ty_pack_free(NULL);
}
END_TEST

START_TEST(repetition_shrinks_and_noise_does_not_grow_much)
{
	struct ty_pack *pack = ty_pack_new();
	const size_t len = 1024 * 1024;
	uint8_t *data = ty_arena_alloc(fx.arena, len);
	size_t packed_len;
	uint32_t x = 1;

	(void)ty_pack_bytes(pack, fx.arena, data, len, &packed_len);
	ck_assert_uint_lt(packed_len, 1000);
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
	(void)ty_pack_bytes(pack, fx.arena, data, len, &packed_len);
	ck_assert_uint_lt(packed_len, len + 1024);
	ty_pack_free(pack);
}
END_TEST

/* Every way to cut a frame short, and every flipped bit of one: an error, or (a bit that says
 * nothing) the same text. */
START_TEST(a_damaged_frame_is_malformed)
{
	static const char text[] =
		"the quick brown fox jumps over the lazy dog, the quick brown fox";
	struct ty_pack *pack = ty_pack_new();
	size_t packed_len, len;
	uint8_t *packed = ty_pack_bytes(pack, fx.arena, text, sizeof(text), &packed_len);
	char *out;

	for (size_t i = 0; i < packed_len; i++)
		ck_assert_code(ty_unpack(fx.arena, packed, i, &out, &len, &fx.err), TY_E_MALFORMED);
	packed[0] ^= 1;
	ck_assert_code(ty_unpack(fx.arena, packed, packed_len, &out, &len, &fx.err),
		       TY_E_MALFORMED);
	ck_assert_code(ty_unpack(fx.arena, "junk", 4, &out, &len, &fx.err), TY_E_MALFORMED);
	ty_pack_free(pack);
}
END_TEST

/* A frame that only says that it is large takes no memory. */
START_TEST(a_size_over_the_limit_is_refused_before_memory_is_taken)
{
	/* Magic; descriptor: single segment, 8 bytes of size; 1 TiB. */
	static const uint8_t claim[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0,
					 0,    0,    1,	   0,	 0,    1, 0, 0 };
	size_t len;
	char *out;

	ck_assert(ZSTD_getFrameContentSize(claim, sizeof(claim)) == UINT64_C(1) << 40);
	ck_assert_code(ty_unpack(fx.arena, claim, sizeof(claim), &out, &len, &fx.err), TY_E_LIMIT);
}
END_TEST

TEST_MAIN("store.pack", {
	TEST_LOOP(what_is_packed_is_unpacked, texts);
	TEST(repetition_shrinks_and_noise_does_not_grow_much);
	TEST(a_damaged_frame_is_malformed);
	TEST(a_size_over_the_limit_is_refused_before_memory_is_taken);
})
