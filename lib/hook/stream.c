/*
 * stream.c -- a signature over a body that comes in pieces: one MAC for each secret, all fed at once.
 *
 * The schemes are verify.c's: what is signed before the body goes in at the beginning, what is behind
 * it at the end.
 */
#include "hook/stream.h"

#include "internal.h"

#include <stdlib.h>

struct ty_hook_stream {
	struct signing signing;
	int64_t now_s;
	struct ty_mac **macs; /* NULL where no bytes are signed */
	size_t mac_count;
};

/* Pieces before the body, or behind it. */
static void
add_parts(const struct signing *signing, struct ty_mac *mac, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		ty_mac_add(mac, signing->parts[i].data, signing->parts[i].len);
}

static void
macs_begin(struct ty_hook_stream *stream, const struct ty_secret *const *secrets, size_t count)
{
	const struct signing *signing = &stream->signing;

	stream->macs = calloc(count + 1, sizeof(*stream->macs));
	TY_ASSERT(stream->macs != NULL);
	for (size_t i = 0; i < count; i++) {
		struct hook_key key;

		if (hook_key_open(&signing->scheme, secrets[i], &key)) {
			struct ty_mac *mac =
				ty_mac_new(signing->scheme.mac == TY_HOOK_SHA1, key.data, key.len);

			add_parts(signing, mac, 0, signing->body_part);
			stream->macs[stream->mac_count++] = mac;
		}
		hook_key_close(&key);
	}
}

struct ty_hook_stream *
ty_hook_stream_new(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets,
		   size_t secret_count, const struct ty_hook_delivery *delivery,
		   enum ty_hook_result *ret_now)
{
	struct ty_hook_stream *stream = calloc(1, sizeof(*stream));

	TY_ASSERT(stream != NULL && ty_hook_rule_streams(rule));
	stream->now_s = delivery->now_s;
	*ret_now = signing_begin(rule, secrets, secret_count, delivery, &stream->signing);
	if (*ret_now != TY_HOOK_OK || stream->signing.part_count == 0)
		return stream;
	macs_begin(stream, secrets, secret_count);
	if (stream->mac_count == 0)
		*ret_now = TY_HOOK_BAD_SECRET;
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
	const struct signing *signing = &stream->signing;
	bool found = false;

	if (stream->macs == NULL)
		return TY_HOOK_OK;
	for (size_t i = 0; i < stream->mac_count; i++) {
		uint8_t mac[MAC_SIZE_MAX];

		add_parts(signing, stream->macs[i], signing->body_part + 1, signing->part_count);
		ty_mac_end(stream->macs[i], mac);
		found |= signature_matches(&signing->scheme, signing->header, mac);
	}
	stream->mac_count = 0;
	if (!found)
		return TY_HOOK_MISMATCH;
	return time_is_fresh(&signing->scheme, signing->time, stream->now_s) ? TY_HOOK_OK
									     : TY_HOOK_STALE;
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
