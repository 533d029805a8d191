/*
 * stream.c -- a signature over a body that comes in pieces: one MAC for each secret, all fed at once.
 *
 * The schemes are verify.c's: what is signed before the body goes in at the beginning, what is behind
 * it at the end.
 */
#include "internal.h"

#include <stdlib.h>

struct ty_hook_stream {
	const struct ty_hook_rule *rule;
	const char *header;
	struct span time;
	int64_t now_s;
	struct ty_bytes parts[PARTS_MAX];
	size_t part_count, body_part;
	struct ty_mac **macs; /* NULL where no bytes are signed */
	size_t mac_count;
};

/* Pieces from 'from' to the body or, behind it, to the end. */
static size_t
add_parts(struct ty_hook_stream *stream, struct ty_mac *mac, size_t from)
{
	size_t i = from;

	for (; i < stream->part_count && stream->parts[i].data != stream; i++)
		ty_mac_add(mac, stream->parts[i].data, stream->parts[i].len);
	return i;
}

static void
macs_begin(struct ty_hook_stream *stream, const struct ty_secret *const *secrets, size_t count,
	   const struct ty_hook_delivery *delivery)
{
	const struct ty_hook_scheme *s = &stream->rule->scheme;
	struct ty_hook_delivery marked = *delivery;

	marked.body = stream; /* the body's place, known by its address */
	marked.body_len = 0;
	stream->part_count = signed_parts(s->signed_bytes, stream->time, &marked, stream->parts);
	stream->macs = calloc(count + 1, sizeof(*stream->macs));
	TY_ASSERT(stream->macs != NULL);
	for (size_t i = 0; i < count; i++) {
		struct ty_mac *mac;

		if (secrets[i]->len == 0)
			continue;
		mac = ty_mac_new(s->mac == TY_HOOK_SHA1, secrets[i]->data, secrets[i]->len);
		stream->body_part = add_parts(stream, mac, 0);
		stream->macs[stream->mac_count++] = mac;
	}
}

struct ty_hook_stream *
ty_hook_stream_new(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets,
		   size_t secret_count, const struct ty_hook_delivery *delivery,
		   enum ty_hook_result *ret_now)
{
	struct ty_hook_stream *stream = calloc(1, sizeof(*stream));

	TY_ASSERT(stream != NULL);
	stream->rule = rule;
	stream->now_s = delivery->now_s;
	*ret_now =
		verify_begin(rule, secrets, secret_count, delivery, &stream->header, &stream->time);
	if (*ret_now == TY_HOOK_OK && rule->scheme.needs_secret &&
	    rule->scheme.signed_bytes != NULL)
		macs_begin(stream, secrets, secret_count, delivery);
	return stream;
}

void
ty_hook_stream_add(struct ty_hook_stream *stream, const void *data, size_t len)
{
	for (size_t i = 0; i < stream->mac_count; i++)
		ty_mac_add(stream->macs[i], data, len);
}

enum ty_hook_result
ty_hook_stream_end(struct ty_hook_stream *stream)
{
	const struct ty_hook_scheme *s = &stream->rule->scheme;
	bool found = false;

	if (stream->macs == NULL)
		return TY_HOOK_OK;
	for (size_t i = 0; i < stream->mac_count; i++) {
		uint8_t mac[MAC_SIZE_MAX];

		add_parts(stream, stream->macs[i], stream->body_part + 1);
		ty_mac_end(stream->macs[i], mac);
		found |= signature_matches(s, stream->header, mac);
	}
	stream->mac_count = 0;
	if (!found)
		return TY_HOOK_MISMATCH;
	return time_is_fresh(s, stream->time, stream->now_s) ? TY_HOOK_OK : TY_HOOK_STALE;
}

void
ty_hook_stream_free(struct ty_hook_stream *stream)
{
	if (stream == NULL)
		return;
	for (size_t i = 0; i < stream->mac_count; i++)
		ty_mac_free(stream->macs[i]);
	free(stream->macs);
	free(stream);
}
