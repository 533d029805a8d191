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

/* A version is an index, from 1; the first had no name. */
static const struct {
	const char *prefix;
	dump_fn dump;
	bool is_chain;
} versions[] = {
	{ "", ty_json_dump_canonical_1, false }, { "2:", ty_json_dump_canonical, false },
	{ "3:", ty_json_dump_canonical, true },	 { "4:", ty_json_dump_canonical, true },
	{ "5:", ty_json_dump_canonical, true },	 { "6:", ty_json_dump_canonical, true },
	{ "7:", ty_json_dump_canonical, true },	 { "8:", ty_json_dump_canonical, true },
	{ "9:", ty_json_dump_canonical, true },
};

_Static_assert(TY_ARRAY_COUNT(versions) == TY_DIGEST_VERSION, "a version is a row");

/* Bytes of a value in a tree: its own, and those of its key and its place. */
#define VALUE_BYTES 100

/* Values of a JSON text, as many as have a comma or a bracket before them; a few too many where texts have some. */
static size_t
text_values(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += (text[i] == ',') | (text[i] == '{') | (text[i] == '[');
	return count;
}

size_t
ty_digest_add(struct ty_digest *digest, struct ty_arena *arena, const json_t *step)
{
	struct ty_buf buf;
	const char *text;
	size_t len;

	text = ty_json_dump_canonical(arena, step, &len);
	ty_buf_init(&buf, arena, sizeof(digest->sum) + len);
	ty_buf_add(&buf, digest->sum, sizeof(digest->sum));
	ty_buf_add(&buf, text, len);
	ty_sha256(buf.data, buf.len, digest->sum);
	return len + VALUE_BYTES * text_values(text, len);
}

void
ty_digest_text(const struct ty_digest *digest, unsigned version, char out[TY_DIGEST_SIZE])
{
	const char *prefix_text = versions[version - 1].prefix;
	size_t prefix = strlen(prefix_text);

	TY_ASSERT(versions[version - 1].is_chain);
	memcpy(out, prefix_text, prefix);
	ty_str_hex(digest->sum, sizeof(digest->sum), out + prefix);
}

static void
digest_chain(struct ty_arena *parent, const json_t *steps, unsigned version,
	     char out[TY_DIGEST_SIZE])
{
	struct ty_arena *scratch = ty_arena_new(parent, "digest", 0);
	struct ty_digest digest = { 0 };

	for (size_t i = 0; i < json_array_size(steps); i++) {
		ty_digest_add(&digest, scratch, json_array_get(steps, i));
		ty_arena_clear(scratch);
	}
	ty_digest_text(&digest, version, out);
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

unsigned
ty_digest_version(const char *digest)
{
	const char *colon = strchr(digest, ':');
	size_t prefix = colon != NULL ? (size_t)(colon + 1 - digest) : 0;

	for (unsigned i = 0; i < TY_ARRAY_COUNT(versions); i++)
		if (strlen(versions[i].prefix) == prefix &&
		    strncmp(versions[i].prefix, digest, prefix) == 0)
			return i + 1;
	return 0;
}

bool
ty_digest_is_of(struct ty_arena *arena, const json_t *steps, const char *digest)
{
	json_t *bare = ty_json_own(arena, json_array()), *step;
	unsigned version = ty_digest_version(digest);
	char found[TY_DIGEST_SIZE];
	size_t i;

	json_array_foreach((json_t *)steps, i, step)
	{
		json_t *copy = json_copy(step);

		record_addendum_del(copy);
		json_array_append_new(bare, copy);
	}
	if (version == 0)
		return false;
	if (versions[version - 1].is_chain)
		digest_chain(arena, bare, version, found);
	else
		digest_of(arena, bare, version - 1, found);
	return ty_str_eq(found, digest);
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

/* With the attempt and the frame in its name, so that a retry and the next turn of a loop draw anew. */
void
ty_step_chance(const struct ty_step *step, size_t i, char out[TY_CHANCE_SIZE])
{
	struct ty_step *of = (struct ty_step *)step; /* the arena of it is written to */

	digest_seed(step,
		    ty_arena_printf(step->arena, "%s/chance/%zu",
				    journal_step_name(of, step->attempt), i),
		    out);
}
