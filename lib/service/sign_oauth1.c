/*
 * sign_oauth1.c -- OAuth 1.0 (RFC 5849): HMAC over method, URL and parameters, in the Authorization header.
 */
#include "service/sign.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "service/sign_params.h"

#include <string.h>

#define NONCE_BYTES 16

/* 3.4.1.2: without query, the host in lower case, without the scheme's own port. */
static const char *
base_url(struct ty_arena *arena, const struct sign_url *url)
{
	char *host = ty_str_lower(arena, url->host), *port = strrchr(host, ':');
	const char *own = ty_str_eq(url->scheme, "https") ? ":443" : ":80";

	if (port != NULL && strcmp(port, own) == 0)
		*port = '\0';
	return ty_arena_printf(arena, "%s://%s%s", url->scheme, host, url->path);
}

static const char *
encode(struct ty_arena *arena, const char *text)
{
	return ty_str_url_encode(arena, text, strlen(text));
}

static const char *
mac_of(struct ty_arena *arena, const struct ty_signing_oauth1 *o, const char *text)
{
	bool is_sha1 = o->method == TY_OAUTH1_SHA1;
	const char *key = ty_arena_printf(
		arena, "%s&%s", encode(arena, o->consumer_secret),
		ty_str_is_blank(o->token_secret) ? "" : encode(arena, o->token_secret));
	struct ty_bytes part = { text, strlen(text) };
	uint8_t mac[TY_SHA256_SIZE];

	if (is_sha1)
		ty_hmac_sha1_v(key, strlen(key), &part, 1, mac);
	else
		ty_hmac_sha256_v(key, strlen(key), &part, 1, mac);
	return ty_base64_encode(arena, mac, is_sha1 ? TY_SHA1_SIZE : TY_SHA256_SIZE);
}

static const char *
nonce_of(struct ty_arena *arena, const struct ty_sign *sign)
{
	char *hex = ty_arena_alloc(arena, 2 * NONCE_BYTES + 1);
	uint8_t random[NONCE_BYTES];

	if (sign->nonce[0] != '\0')
		return sign->nonce;
	ty_crypto_random(random, sizeof(random));
	ty_str_hex(random, sizeof(random), hex);
	return hex;
}

/* The protocol's own parameters, in the order in which they are sent. */
static size_t
own_params(struct ty_arena *arena, const struct ty_sign *sign, struct ty_net_field own[6])
{
	const struct ty_signing_oauth1 *o = sign->values;
	int64_t now_ms = sign->now_ms != 0 ? sign->now_ms : ty_time_now_ms();
	size_t n = 0;

	own[n++] = (struct ty_net_field){ "oauth_consumer_key", o->consumer_key };
	if (!ty_str_is_blank(o->token))
		own[n++] = (struct ty_net_field){ "oauth_token", o->token };
	own[n++] =
		(struct ty_net_field){ "oauth_signature_method",
				       o->method == TY_OAUTH1_SHA1 ? "HMAC-SHA1" : "HMAC-SHA256" };
	own[n++] =
		(struct ty_net_field){ "oauth_timestamp",
				       ty_arena_printf(arena, "%lld", (long long)(now_ms / 1000)) };
	own[n++] = (struct ty_net_field){ "oauth_nonce", nonce_of(arena, sign) };
	own[n++] = (struct ty_net_field){ "oauth_version", "1.0" };
	return n;
}

enum ty_code
ty_sign_oauth1(const void *ctx, struct ty_arena *arena, const struct ty_net_signable *request,
	       struct ty_net_signature *ret_signature, struct ty_err *err)
{
	const struct ty_sign *sign = ctx;
	const struct ty_signing_oauth1 *o = sign->values;
	struct sign_params params = { .list = NULL };
	struct ty_net_field own[6];
	size_t own_count = own_params(arena, sign, own);
	struct sign_url url;
	struct ty_buf header;
	const char *text;

	sign_url_split(arena, request->url, &url);
	sign_params_add(arena, &params, url.query, strlen(url.query));
	if (request->is_form && request->body != NULL)
		sign_params_add(arena, &params, request->body, request->body_len);
	for (size_t i = 0; i < own_count; i++)
		sign_params_put(arena, &params, own[i].name, own[i].value);
	sign_params_sort(&params);
	text = ty_arena_printf(arena, "%s&%s&%s", encode(arena, request->method),
			       encode(arena, base_url(arena, &url)),
			       encode(arena, sign_params_join(arena, &params)));
	ty_buf_init(&header, arena, 512);
	ty_buf_add_str(&header, "OAuth ");
	if (!ty_str_is_blank(o->realm))
		ty_buf_printf(&header, "realm=\"%s\", ", encode(arena, o->realm));
	for (size_t i = 0; i < own_count; i++)
		ty_buf_printf(&header, "%s=\"%s\", ", own[i].name, encode(arena, own[i].value));
	ty_buf_printf(&header, "oauth_signature=\"%s\"", encode(arena, mac_of(arena, o, text)));
	ret_signature->fields[0] = (struct ty_net_field){ "Authorization", header.data };
	ret_signature->count = 1;
	return TY_OK;
}
