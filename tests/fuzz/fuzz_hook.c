/*
 * fuzz_hook -- signature headers of strangers, over every scheme.
 *
 * Input: a byte that chooses the rule, then lines: signature header, time header, id header; the
 * rest is the body.  The secret is new each time, so nothing that is sent may pass; what is signed with it must,
 * whatever else the header holds.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "hook/verify.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NOW_S 1700000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const rules[] = {
	"{\"scheme\":\"github\"}",
	"{\"scheme\":\"stripe\"}",
	"{\"scheme\":\"slack\"}",
	"{\"scheme\":\"hmac\"}",
	"{\"scheme\":\"hmac\",\"hmac_encoding\":\"base64\",\"hmac_algorithm\":\"sha1\"}",
	"{\"scheme\":\"hmac\",\"hmac_prefix\":\"v=\",\"hmac_timestamp_header\":\"x-time\"}",
};

struct sent {
	const struct ty_hook_scheme *scheme;
	const char *signature, *time, *id;
};

static const char *
sent_header(void *ctx, const char *name)
{
	const struct sent *sent = ctx;

	if (ty_str_eq(name, sent->scheme->signature_header))
		return sent->signature;
	if (ty_str_eq(name, sent->scheme->timestamp_header))
		return sent->time;
	return ty_str_eq(name, "idempotency-key") ? sent->id : NULL;
}

/* One line as text; NUL ends it too. */
static const char *
take_line(struct ty_arena *arena, const uint8_t **data, size_t *size)
{
	const uint8_t *end = memchr(*data, '\n', *size);
	size_t len = end != NULL ? (size_t)(end - *data) : *size;
	const char *line = ty_arena_strndup(arena, (const char *)*data, len);

	*data += len + (end != NULL);
	*size -= len + (end != NULL);
	return line;
}

/* The header that the owner of the secret would send, with the stranger's text beside it. */
static const char *
sign(struct ty_arena *arena, const struct ty_hook_scheme *s, const struct ty_secret *secret,
     const struct ty_hook_delivery *d, const char *junk)
{
	struct ty_bytes parts[3] = { { "", 0 }, { "", 0 }, { d->body, d->body_len } };
	uint8_t mac[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1], time[48];

	snprintf(time, sizeof(time), "%s%d%s", s->signed_bytes[0] == 'v' ? "v0:" : "", NOW_S,
		 s->signed_bytes[0] == 'v' ? ":" : ".");
	if (s->age != TY_HOOK_AGE_NONE)
		parts[0] = (struct ty_bytes){ time, strlen(time) };
	if (s->mac == TY_HOOK_SHA1)
		ty_hmac_sha1_v(secret->data, secret->len, parts, 3, mac);
	else
		ty_hmac_sha256_v(secret->data, secret->len, parts, 3, mac);
	if (s->encoding == TY_HOOK_BASE64)
		return ty_base64_encode(arena, mac, TY_SHA1_SIZE);
	ty_str_hex(mac, TY_SHA256_SIZE, hex);
	if (s->signature_key != NULL)
		return ty_arena_printf(arena, "t=%d,%s,v1=%s", NOW_S, junk, hex);
	return ty_arena_printf(arena, "%s%s", s->prefix != NULL ? s->prefix : "", hex);
}

static struct ty_hook_rule *
rule_of(struct ty_arena *arena, const char *text)
{
	struct ty_hook_rule *rule = NULL;
	struct ty_err err;
	json_t *json = json_loads(text, 0, NULL);

	TY_ASSERT(json != NULL && ty_hook_rule_parse(arena, json, &rule, &err) == TY_OK);
	json_decref(json);
	return rule;
}

static void
check(struct ty_arena *arena, const uint8_t *data, size_t size)
{
	struct ty_hook_rule *rule = rule_of(arena, rules[data[0] % TY_ARRAY_COUNT(rules)]);
	struct sent sent = { .scheme = &rule->scheme };
	struct ty_hook_delivery d = { .header = sent_header, .ctx = &sent, .now_s = NOW_S };
	uint8_t random[32];
	const struct ty_secret *secret;
	const char *id;

	ty_crypto_random(random, sizeof(random));
	secret = ty_secret_new(arena, random, sizeof(random));
	data++;
	size--;
	sent.signature = take_line(arena, &data, &size);
	sent.time = take_line(arena, &data, &size);
	sent.id = take_line(arena, &data, &size);
	d.body = data;
	d.body_len = size;
	TY_ASSERT(ty_hook_verify(rule, &secret, 1, &d) != TY_HOOK_OK);
	TY_ASSERT(ty_hook_verify(rule, &secret, 0, &d) == TY_HOOK_NOT_CONFIGURED);
	id = ty_hook_delivery_id(rule, arena, &d);
	TY_ASSERT(strlen(id) <= TY_LIMIT_IDEMPOTENCY_KEY_BYTES && ty_str_is_utf8(id, strlen(id)));
	sent.signature = sign(arena, &rule->scheme, secret, &d, sent.signature);
	sent.time = ty_arena_printf(arena, "%d", NOW_S);
	TY_ASSERT(ty_hook_verify(rule, &secret, 1, &d) == TY_HOOK_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena;

	if (size < 1)
		return 0;
	arena = ty_arena_new(NULL, "fuzz", 0);
	check(arena, data, size);
	ty_arena_free(arena);
	return 0;
}
