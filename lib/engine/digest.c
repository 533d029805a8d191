/*
 * digest.c -- what makes a run comparable with its replay: the digest over its steps, and
 * the seeds of everything random in it.
 *
 * Must not know: wall clock.  A digest is over the records before timings are added.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

/* Step by step: the text of a whole run may be as large as everything it emitted. */
void
digest_steps(struct ty_run *run, char out[65])
{
	size_t count = json_array_size(run->steps);
	struct ty_arena *arena = ty_arena_new(run->arena, "digest", 0);
	struct ty_arena *text_arena = ty_arena_new(arena, "text", 0);
	uint8_t *sums = ty_arena_alloc_array(arena, count + 1, TY_SHA256_SIZE);
	uint8_t sum[TY_SHA256_SIZE];

	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *text =
			ty_json_dump_canonical(text_arena, json_array_get(run->steps, i), &len);

		ty_sha256(text, len, sums + i * TY_SHA256_SIZE);
		ty_arena_clear(text_arena);
	}
	ty_sha256(sums, count * TY_SHA256_SIZE, sum);
	ty_str_hex(sum, sizeof(sum), out);
	ty_arena_free(arena);
}

/* SHA-256(run id "/" what): the same for the same run, different for each use. */
void
digest_seed(const struct ty_run *run, const char *what, char out[65])
{
	struct ty_buf buf;
	uint8_t sum[TY_SHA256_SIZE];

	ty_buf_init(&buf, run->step->arena, 128);
	ty_buf_printf(&buf, "%s/%s", run->spec.run_id.s, what);
	ty_sha256(buf.data, buf.len, sum);
	ty_str_hex(sum, sizeof(sum), out);
}
