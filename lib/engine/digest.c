/*
 * digest.c -- the digest over a run's steps (digest.h), and the seeds of everything random in it.
 *
 * Must not know: wall clock.  A digest is over the records before timings are added.
 */
#include "engine/digest.h"
#include "crypto/crypto.h"
#include "engine/private.h"

#include <string.h>

typedef char *(*dump_fn)(struct ty_arena *arena, const json_t *json, size_t *ret_len);

/* A version is an index; version 1 had no name. */
static const struct {
	const char *prefix;
	dump_fn dump;
	bool is_chain;
} versions[] = {
	{ "", ty_json_dump_canonical_1, false },
	{ "2:", ty_json_dump_canonical, false },
	{ "3:", ty_json_dump_canonical, true },
};

#define VERSION_NOW (TY_ARRAY_COUNT(versions) - 1)

void
ty_digest_add(struct ty_digest *digest, struct ty_arena *arena, const json_t *step)
{
	struct ty_buf buf;
	const char *text;
	size_t len;

	text = versions[VERSION_NOW].dump(arena, step, &len);
	ty_buf_init(&buf, arena, sizeof(digest->sum) + len);
	ty_buf_add(&buf, digest->sum, sizeof(digest->sum));
	ty_buf_add(&buf, text, len);
	ty_sha256(buf.data, buf.len, digest->sum);
}

void
ty_digest_text(const struct ty_digest *digest, char out[TY_DIGEST_SIZE])
{
	size_t prefix = strlen(versions[VERSION_NOW].prefix);

	memcpy(out, versions[VERSION_NOW].prefix, prefix);
	ty_str_hex(digest->sum, sizeof(digest->sum), out + prefix);
}

static void
digest_chain(struct ty_arena *parent, const json_t *steps, char out[TY_DIGEST_SIZE])
{
	struct ty_arena *scratch = ty_arena_new(parent, "digest", 0);
	struct ty_digest digest = { 0 };

	for (size_t i = 0; i < json_array_size(steps); i++) {
		ty_digest_add(&digest, scratch, json_array_get(steps, i));
		ty_arena_clear(scratch);
	}
	ty_digest_text(&digest, out);
	ty_arena_free(scratch);
}

/* Step by step: the text of a whole run may be as large as everything it emitted. */
static void
digest_of(struct ty_arena *parent, const json_t *steps, size_t version, char out[TY_DIGEST_SIZE])
{
	size_t count = json_array_size(steps), prefix = strlen(versions[version].prefix);
	struct ty_arena *arena = ty_arena_new(parent, "digest", 0);
	struct ty_arena *text_arena = ty_arena_new(arena, "text", 0);
	uint8_t *sums = ty_arena_alloc_array(arena, count + 1, TY_SHA256_SIZE);
	uint8_t sum[TY_SHA256_SIZE];

	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *text =
			versions[version].dump(text_arena, json_array_get(steps, i), &len);

		ty_sha256(text, len, sums + i * TY_SHA256_SIZE);
		ty_arena_clear(text_arena);
	}
	ty_sha256(sums, count * TY_SHA256_SIZE, sum);
	memcpy(out, versions[version].prefix, prefix);
	ty_str_hex(sum, sizeof(sum), out + prefix);
	ty_arena_free(arena);
}

bool
ty_digest_is_of(struct ty_arena *arena, const json_t *steps, const char *digest)
{
	const char *colon = strchr(digest, ':');
	size_t prefix = colon != NULL ? (size_t)(colon + 1 - digest) : 0, i;
	json_t *bare = ty_json_own(arena, json_array()), *step;
	char found[TY_DIGEST_SIZE];

	json_array_foreach((json_t *)steps, i, step)
	{
		json_t *copy = json_copy(step);

		record_addendum_del(copy);
		json_array_append_new(bare, copy);
	}
	for (i = 0; i < TY_ARRAY_COUNT(versions); i++) {
		if (strlen(versions[i].prefix) != prefix ||
		    strncmp(versions[i].prefix, digest, prefix) != 0)
			continue;
		if (versions[i].is_chain)
			digest_chain(arena, bare, found);
		else
			digest_of(arena, bare, i, found);
		return ty_str_eq(found, digest);
	}
	return false;
}

/* SHA-256(run id "/" what): the same for the same run, different for each use. */
void
digest_seed(const struct ty_step *step, const char *what, char out[65])
{
	struct ty_buf buf;
	uint8_t sum[TY_SHA256_SIZE];

	ty_buf_init(&buf, step->arena, 128);
	ty_buf_printf(&buf, "%s/%s", step->run->spec.run_id.s, what);
	ty_sha256(buf.data, buf.len, sum);
	ty_str_hex(sum, sizeof(sum), out);
}
