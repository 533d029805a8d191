/*
 * digest.c -- what makes a run comparable with its replay: the digest over its steps, and
 * the seeds of everything random in it.
 *
 * Must not know: wall clock.  A digest is over the records before timings are added.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

void
digest_steps(struct ty_run *run, char out[65])
{
	struct ty_arena *arena = ty_arena_new(run->arena, "digest", 0);
	uint8_t sum[TY_SHA256_SIZE];
	size_t len;
	const char *text = ty_json_dump_canonical(arena, run->steps, &len);

	ty_sha256(text, len, sum);
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
