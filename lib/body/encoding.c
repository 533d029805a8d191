/*
 * encoding.c -- see encoding.h.  A coding is one row: its names and the function that undoes it.
 */
#include "body/encoding.h"

#include "base/arena.h"
#include "base/budget.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Encodings of one body: senders use one, a proxy may add a second. */
#define ENCODINGS_MAX 4
#define TOKEN_MAX     32
/* The first block of what comes out; it doubles from there. */
#define OUT_BYTES_MIN ((size_t)16 * 1024)
/* RFC 9659: a zstd window of HTTP is at most 8 MiB; libzstd itself would take 128. */
#define ZSTD_WINDOW_LOG 23

/*
 * Room of what bodies are inflated to, in tyboo-api.  Such a receipt is written alone, so a second one
 * would only lie in memory; a few KB become 16 MiB, so their own length says nothing.
 */
static struct ty_budget room_of_process =
	TY_BUDGET_INIT(TY_LIMIT_BODIES_BYTES, TY_LIMIT_BODIES_WAIT_MS);

struct span {
	const char *s;
	size_t len;
};

/* Output: one malloc'd block, which the kernel moves without a copy once it is large. */
struct out {
	char *data;
	size_t len, cap, max;
	struct ty_budget *room; /* still to be taken once it is large; NULL = it has its room */
	struct ty_arena *arena; /* holds the room then */
	bool is_denied;
};

enum outcome { OUTCOME_DONE, OUTCOME_DAMAGED, OUTCOME_TOO_LARGE };

static bool
take_room(struct out *out)
{
	struct ty_budget *room = out->room;

	out->room = NULL;
	out->is_denied =
		room != NULL && !ty_budget_take(room, out->arena, room->max, room->wait_ms);
	return !out->is_denied;
}

/* Room for at least one more byte.  False: the limit is reached, and more wants to come out, or it is denied. */
static bool
out_room(struct out *out)
{
	size_t cap = out->cap > 0 ? out->cap * 2 : OUT_BYTES_MIN;
	char *grown;

	if (out->len < out->cap)
		return true;
	if (cap > TY_LIMIT_BODY_COUNTED_BYTES && !take_room(out))
		return false;
	if (cap > out->max + 1)
		cap = out->max + 1; /* the one byte over tells too large from just full */
	if (cap <= out->cap)
		return false;
	grown = realloc(out->data, cap);
	TY_ASSERT(grown != NULL);
	out->data = grown;
	out->cap = cap;
	return true;
}

/* ---- gzip and deflate ---- */

static bool
is_zeros(const z_stream *z)
{
	for (uInt i = 0; i < z->avail_in; i++)
		if (z->next_in[i] != 0)
			return false;
	return true;
}

/* After one member: another (RFC 1952, 2.2), padding, or an end. */
static enum outcome
zlib_next_member(z_stream *z, bool is_gzip, bool *ret_is_over)
{
	*ret_is_over = z->avail_in == 0 || is_zeros(z);
	if (*ret_is_over)
		return OUTCOME_DONE;
	return is_gzip && z->next_in[0] == 0x1f && inflateReset(z) == Z_OK ? OUTCOME_DONE
									   : OUTCOME_DAMAGED;
}

static enum outcome
zlib_run(z_stream *z, bool is_gzip, struct out *out)
{
	bool is_over = false;

	while (!is_over) {
		int rc;

		if (!out_room(out))
			return OUTCOME_TOO_LARGE;
		z->next_out = (Bytef *)out->data + out->len;
		z->avail_out = (uInt)(out->cap - out->len);
		rc = inflate(z, Z_NO_FLUSH);
		out->len = out->cap - z->avail_out;
		if (rc == Z_STREAM_END) {
			if (zlib_next_member(z, is_gzip, &is_over) != OUTCOME_DONE)
				return OUTCOME_DAMAGED;
		} else if (rc != Z_OK && !(rc == Z_BUF_ERROR && z->avail_out == 0)) {
			return OUTCOME_DAMAGED; /* Z_BUF_ERROR with room left: the data is cut off */
		}
	}
	return OUTCOME_DONE;
}

static enum outcome
zlib_undo(int window_bits, bool is_gzip, struct span in, struct out *out)
{
	z_stream z = { .next_in = (z_const Bytef *)in.s, .avail_in = (uInt)in.len };
	enum outcome outcome;

	TY_ASSERT(inflateInit2(&z, window_bits) == Z_OK);
	outcome = zlib_run(&z, is_gzip, out);
	inflateEnd(&z);
	return outcome;
}

static enum outcome
gzip_undo(struct span in, struct out *out)
{
	return zlib_undo(16 + MAX_WBITS, true, in, out);
}

/* "deflate" is zlib's format (RFC 9110, 8.4.1.2), but some senders leave its header out. */
static enum outcome
deflate_undo(struct span in, struct out *out)
{
	unsigned first = in.len >= 2 ? (unsigned char)in.s[0] : 0;
	unsigned both = in.len >= 2 ? first << 8 | (unsigned char)in.s[1] : 1;
	bool has_header = (first & 0x0f) == Z_DEFLATED && both % 31 == 0;

	return zlib_undo(has_header ? MAX_WBITS : -MAX_WBITS, false, in, out);
}

/* ---- brotli ---- */

static enum outcome
br_run(BrotliDecoderState *br, struct span in, struct out *out)
{
	const uint8_t *next_in = (const uint8_t *)in.s;
	size_t left_in = in.len;

	for (;;) {
		uint8_t *next_out;
		size_t room;
		BrotliDecoderResult rc;

		if (!out_room(out))
			return OUTCOME_TOO_LARGE;
		next_out = (uint8_t *)out->data + out->len;
		room = out->cap - out->len;
		rc = BrotliDecoderDecompressStream(br, &left_in, &next_in, &room, &next_out, NULL);
		out->len = out->cap - room;
		if (rc == BROTLI_DECODER_RESULT_SUCCESS)
			return left_in == 0 ? OUTCOME_DONE : OUTCOME_DAMAGED;
		if (rc != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT)
			return OUTCOME_DAMAGED;
	}
}

static enum outcome
br_undo(struct span in, struct out *out)
{
	BrotliDecoderState *br = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	enum outcome outcome;

	TY_ASSERT(br != NULL);
	outcome = br_run(br, in, out);
	BrotliDecoderDestroyInstance(br);
	return outcome;
}

/* ---- zstd ---- */

static enum outcome
zstd_run(ZSTD_DCtx *zstd, struct span in, struct out *out)
{
	ZSTD_inBuffer from = { in.s, in.len, 0 };
	size_t rc;

	do {
		ZSTD_outBuffer to;

		if (!out_room(out))
			return OUTCOME_TOO_LARGE;
		to = (ZSTD_outBuffer){ out->data, out->cap, out->len };
		rc = ZSTD_decompressStream(zstd, &to, &from);
		out->len = to.pos;
		if (ZSTD_isError(rc) || (rc != 0 && from.pos == from.size && to.pos < to.size))
			return OUTCOME_DAMAGED;
	} while (rc != 0 || from.pos < from.size);
	return OUTCOME_DONE;
}

static enum outcome
zstd_undo(struct span in, struct out *out)
{
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	enum outcome outcome;
	size_t rc;

	TY_ASSERT(zstd != NULL);
	rc = ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	TY_ASSERT(!ZSTD_isError(rc));
	outcome = zstd_run(zstd, in, out);
	ZSTD_freeDCtx(zstd);
	return outcome;
}

/* ---- the list ---- */

static const struct coding {
	const char *name, *alias; /* RFC 9110, 8.4.1.3: x-gzip is gzip */
	enum outcome (*undo)(struct span in, struct out *out); /* NULL: nothing was done */
} codings[] = {
	{ "gzip", "x-gzip", gzip_undo }, { "deflate", NULL, deflate_undo }, { "br", NULL, br_undo },
	{ "zstd", NULL, zstd_undo },	 { "identity", NULL, NULL },
};

static const struct coding *
coding_find(const char *name)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(codings); i++)
		if (ty_str_ieq(name, codings[i].name) ||
		    (codings[i].alias != NULL && ty_str_ieq(name, codings[i].alias)))
			return &codings[i];
	return NULL;
}

static enum ty_code
unsupported(const char *name, struct ty_err *err)
{
	ty_err_set(err, TY_E_UNSUPPORTED, "The Content-Encoding \"%.60s\" is not known", name);
	return ty_err_hint(err, "Known are " TY_BODY_ENCODINGS "; or send the body as it is.");
}

/* The codings of the header in the order in which they were applied. */
static enum ty_code
codings_parse(const char *list, const struct coding **ret_codings, size_t *ret_count,
	      struct ty_err *err)
{
	char token[TOKEN_MAX];

	*ret_count = 0;
	for (; list != NULL && *list != '\0'; list += *list == ',') {
		size_t len, skip = strspn(list, " \t");
		const struct coding *coding;

		list += skip;
		len = strcspn(list, ", \t");
		if (len >= sizeof(token))
			return unsupported(list, err);
		memcpy(token, list, len);
		token[len] = '\0';
		list += len;
		list += strspn(list, " \t");
		if (len == 0)
			continue;
		coding = coding_find(token);
		if (coding == NULL || (*list != ',' && *list != '\0'))
			return unsupported(coding == NULL ? token : list, err);
		if (coding->undo == NULL)
			continue;
		if (*ret_count == ENCODINGS_MAX)
			return ty_err_set(err, TY_E_MALFORMED,
					  "The body has more than %d encodings, one over another",
					  ENCODINGS_MAX);
		ret_codings[(*ret_count)++] = coding;
	}
	return TY_OK;
}

static enum ty_code
denied(struct ty_err *err)
{
	ty_err_set(err, TY_E_UNAVAILABLE,
		   "Too many large bodies are being decompressed at this moment");
	return ty_err_hint(err, "Send it again later.");
}

static enum ty_code
coding_undo(struct ty_arena *arena, struct ty_budget **room, const struct coding *coding,
	    struct span *data, size_t max_bytes, struct ty_err *err)
{
	struct out out = { .max = max_bytes, .room = *room, .arena = arena };
	enum outcome outcome = coding->undo(*data, &out);

	*room = out.room;
	if (outcome == OUTCOME_DONE && out.len > max_bytes)
		outcome = OUTCOME_TOO_LARGE;
	if (outcome != OUTCOME_DONE) {
		free(out.data);
		if (out.is_denied)
			return denied(err);
		if (outcome == OUTCOME_TOO_LARGE) {
			ty_err_set(err, TY_E_TOO_LARGE,
				   "The body is over %zu bytes once its %s is undone", max_bytes,
				   coding->name);
			return ty_err_hint(err, "Send it in several parts.");
		}
		ty_err_set(err, TY_E_MALFORMED, "The body is damaged or cut off: it is no %s",
			   coding->name);
		return ty_err_hint(err, "Compress the whole body, or send it without "
					"Content-Encoding.");
	}
	ty_arena_defer(arena, free, out.data);
	*data = (struct span){ out.data, out.len };
	return TY_OK;
}

enum ty_code
ty_body_inflate(struct ty_arena *arena, struct ty_budget *room, const char *encodings,
		const char *data, size_t len, size_t max_bytes, const char **ret_data,
		size_t *ret_len, struct ty_err *err)
{
	const struct coding *list[ENCODINGS_MAX];
	struct span span = { data, len };
	size_t count;

	if (codings_parse(encodings, list, &count, err) != TY_OK)
		return err->code;
	/* An empty body is no body, whatever the header says of it. */
	while (count > 0 && span.len > 0)
		if (coding_undo(arena, &room, list[--count], &span, max_bytes, err) != TY_OK)
			return err->code;
	*ret_data = span.s;
	*ret_len = span.len;
	return TY_OK;
}

struct ty_budget *
ty_body_room(void)
{
	return &room_of_process;
}
