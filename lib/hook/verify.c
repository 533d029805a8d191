/*
 * verify.c -- the scheme table and the one way through it.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"

#include <string.h>
#include <strings.h>

const struct ty_hook_scheme ty_hook_schemes[] = {
#define X(name_, label_, choice, ...) { .name = #name_, .label = label_, __VA_ARGS__ },
#include "hook/scheme.def"
#undef X
	{ .name = NULL },
};

/* RFC 3339 text with nanoseconds and an offset has 35. */
#define TIME_BYTES_MAX 40
/* From here on it is milliseconds: as seconds, the year 5138; as milliseconds, 1973. */
#define MS_FROM 100000000000

const struct ty_hook_scheme *
ty_hook_scheme_find(const char *name)
{
	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++) {
		if (ty_str_eq(s->name, name))
			return s;
	}
	return NULL;
}

/* A non-empty option as lower-case text in the arena, 'def' where absent. */
static const char *
rule_option(struct ty_arena *arena, const json_t *verify, const char *key, bool lower,
	    const char *def)
{
	const char *value = ty_json_str(verify, key, "");
	char *copy;

	if (value[0] == '\0')
		return def;
	copy = ty_arena_strdup(arena, value);
	for (char *p = copy; lower && *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return copy;
}

static enum ty_code
rule_parse_hmac(struct ty_arena *arena, const json_t *verify, struct ty_hook_scheme *s,
		struct ty_err *err)
{
	const char *algorithm = ty_json_str(verify, "hmac_algorithm", "sha256");
	const char *encoding = ty_json_str(verify, "hmac_encoding", "hex");

	s->signature_header = rule_option(arena, verify, "hmac_header", true, s->signature_header);
	s->prefix = rule_option(arena, verify, "hmac_prefix", false, NULL);
	s->timestamp_header = rule_option(arena, verify, "hmac_timestamp_header", true, NULL);
	if (s->timestamp_header != NULL) {
		s->signed_bytes = "{time}.{body}";
		s->age = TY_HOOK_AGE_BOTH;
	}
	if (strcmp(algorithm, "sha256") != 0 && strcmp(algorithm, "sha1") != 0)
		return ty_err_set(err, TY_E_INVALID, "unknown HMAC algorithm \"%s\"", algorithm);
	s->mac = strcmp(algorithm, "sha1") == 0 ? TY_HOOK_SHA1 : TY_HOOK_SHA256;
	if (strcmp(encoding, "hex") != 0 && strcmp(encoding, "base64") != 0)
		return ty_err_set(err, TY_E_INVALID, "unknown signature encoding \"%s\"", encoding);
	s->encoding = strcmp(encoding, "base64") == 0 ? TY_HOOK_BASE64 : TY_HOOK_HEX;
	return TY_OK;
}

/* Options that a hook may set of its scheme. */
static enum ty_code
rule_parse_options(struct ty_arena *arena, const json_t *verify, struct ty_hook_scheme *s,
		   struct ty_err *err)
{
	switch (s->options) {
	case TY_HOOK_OPTIONS_HMAC:
		return rule_parse_hmac(arena, verify, s, err);
	case TY_HOOK_OPTIONS_TOKEN:
		s->signature_header =
			rule_option(arena, verify, "token_header", true, s->signature_header);
		s->prefix = rule_option(arena, verify, "token_prefix", false, NULL);
		return TY_OK;
	default:
		return TY_OK;
	}
}

const char *
ty_hook_read_as(const json_t *verify)
{
	if (ty_str_eq(ty_json_str(verify, "bytes", ""), "file"))
		return ty_body_as_name(TY_BODY_AS_AUTO_FILE);
	return ty_json_str(verify, "read_as", "");
}

void
ty_hook_read_as_set(json_t *verify, const char *read_as)
{
	if (ty_str_eq(read_as, ty_body_as_name(TY_BODY_AS_AUTO_FILE)))
		json_object_set_new(verify, "bytes", json_string("file"));
	else
		json_object_set_new(verify, "read_as", json_string(read_as));
}

enum ty_code
ty_hook_rule_parse(struct ty_arena *arena, const json_t *verify, struct ty_hook_rule **ret_rule,
		   struct ty_err *err)
{
	const char *name = ty_json_str(verify, "scheme", "");
	const struct ty_hook_scheme *scheme = ty_hook_scheme_find(name);
	struct ty_hook_rule *rule;

	if (scheme == NULL)
		return ty_err_set(err, TY_E_INVALID, "unknown signature scheme \"%s\"", name);
	rule = ty_arena_new_of(arena, struct ty_hook_rule);
	rule->scheme = *scheme;
	rule->credential_id = rule_option(arena, verify, "credential", false, "");
	rule->route = rule_option(arena, verify, "route", false, "");
	rule->origins = rule_option(arena, verify, "allowed_origins", false, "");
	rule->rerun_failed = strcmp(ty_json_str(verify, "on_repeat", ""), "rerun_failed") == 0;
	ty_hook_rule_parse_answers(verify, rule);
	if (rule_parse_options(arena, verify, &rule->scheme, err) != TY_OK)
		return err->code;
	rule->keep_headers = rule_option(arena, verify, "keep_headers", true, "");
	rule->scheme.dedupe_header =
		rule_option(arena, verify, "dedupe_header", true, scheme->dedupe_header);
	if (!ty_body_as_parse(ty_hook_read_as(verify), &rule->read_as))
		return ty_err_set(err, TY_E_INVALID, "a body cannot be read as \"%s\"",
				  ty_hook_read_as(verify));
	*ret_rule = rule;
	return TY_OK;
}

bool
ty_hook_rule_keeps(const struct ty_hook_rule *rule, const char *name)
{
	return ty_str_list_has(rule->keep_headers, name);
}

bool
ty_hook_rule_takes_secret_in(const struct ty_hook_rule *rule, const char *name)
{
	return rule->scheme.options == TY_HOOK_OPTIONS_TOKEN &&
	       ty_str_eq(rule->scheme.signature_header, name);
}

/* ---- reading what was sent ---- */

static size_t
mac_size(const struct ty_hook_scheme *s)
{
	return s->mac == TY_HOOK_SHA1 ? TY_SHA1_SIZE : TY_SHA256_SIZE;
}

static int
base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	if (at != NULL)
		return (int)(at - digits);
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Without its padding; false where that is not none or just what RFC 4648 asks for. */
static bool
strip_padding(struct span *in)
{
	size_t whole = in->len;

	while (in->len > 0 && in->s[in->len - 1] == '=')
		in->len--;
	return whole == in->len || (whole % 4 == 0 && whole - in->len <= 2);
}

/*
 * Decode exactly 'size' bytes without an arena: the hot path allocates nothing here.  Bits
 * beyond the last byte must be 0: one signature has one spelling.
 */
static bool
unbase64(struct span in, uint8_t *out, size_t size)
{
	uint32_t bits = 0;
	int have = 0;
	size_t n = 0;

	if (!strip_padding(&in) || in.len != (size * 8 + 5) / 6)
		return false;
	for (size_t i = 0; i < in.len; i++) {
		int digit = base64_digit(in.s[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return n == size && (bits & ((1U << have) - 1)) == 0;
}

bool
signature_decode(const struct ty_hook_scheme *s, struct span text, uint8_t *out)
{
	size_t size = mac_size(s);

	if (s->encoding == TY_HOOK_BASE64)
		return unbase64(text, out, size);
	return text.len == size * 2 && ty_str_unhex(text.s, text.len, out);
}

/* The next "key=value" of "t=1,v1=ab, v1=cd"; false at the end. */
static bool
pair_next(const char **at, struct span *ret_key, struct span *ret_value)
{
	const char *p = *at + strspn(*at, ", \t"), *end, *eq;

	if (*p == '\0')
		return false;
	end = p + strcspn(p, ",");
	eq = memchr(p, '=', (size_t)(end - p));
	*ret_key = (struct span){ p, (size_t)((eq != NULL ? eq : end) - p) };
	*ret_value =
		(struct span){ eq != NULL ? eq + 1 : end, eq != NULL ? (size_t)(end - eq - 1) : 0 };
	while (ret_value->len > 0 && (ret_value->s[ret_value->len - 1] == ' ' ||
				      ret_value->s[ret_value->len - 1] == '\t'))
		ret_value->len--;
	*at = end;
	return true;
}

static bool
span_is(struct span span, const char *s)
{
	return strlen(s) == span.len && memcmp(span.s, s, span.len) == 0;
}

struct span
find_time(const struct ty_hook_scheme *s, const struct ty_hook_delivery *d, const char *signature)
{
	struct span key, value;
	const char *text;

	if (s->timestamp_header != NULL) {
		text = d->header(d->ctx, s->timestamp_header);
		return text != NULL ? (struct span){ text, strlen(text) } : (struct span){ "", 0 };
	}
	while (s->time_key != NULL && pair_next(&signature, &key, &value)) {
		if (span_is(key, s->time_key))
			return value;
	}
	return (struct span){ "", 0 };
}

/* Lay out "v0:{time}:{body}" as pieces, so that a 16 MiB body is not copied. */
size_t
signed_parts(const char *layout, struct span time, const struct ty_hook_delivery *d,
	     struct ty_bytes *parts)
{
	size_t n = 0;

	while (*layout != '\0') {
		TY_ASSERT(n < PARTS_MAX);
		if (ty_str_has_prefix(layout, "{body}")) {
			parts[n++] = (struct ty_bytes){ d->body, d->body_len };
			layout += strlen("{body}");
		} else if (ty_str_has_prefix(layout, "{time}")) {
			parts[n++] = (struct ty_bytes){ time.s, time.len };
			layout += strlen("{time}");
		} else {
			size_t len = 1 + strcspn(layout + 1, "{");

			parts[n++] = (struct ty_bytes){ layout, len };
			layout += len;
		}
	}
	return n;
}

static void
mac_compute(const struct ty_hook_scheme *s, const struct ty_secret *secret,
	    const struct ty_bytes *parts, size_t count, uint8_t *out)
{
	if (s->mac == TY_HOOK_SHA1)
		ty_hmac_sha1_v(secret->data, secret->len, parts, count, out);
	else
		ty_hmac_sha256_v(secret->data, secret->len, parts, count, out);
}

/* Does any signature in the header equal 'mac'?  All are looked at, whatever matches. */
bool
signature_matches(const struct ty_hook_scheme *s, const char *header, const uint8_t *mac)
{
	uint8_t sent[MAC_SIZE_MAX];
	struct span key, value;
	bool found = false;

	if (s->signature_key == NULL) {
		size_t skip = s->prefix != NULL ? strlen(s->prefix) : 0;

		if (skip > 0 && !ty_str_has_prefix(header, s->prefix))
			return false;
		value = (struct span){ header + skip, strlen(header + skip) };
		return signature_decode(s, value, sent) && ty_crypto_equal(sent, mac, mac_size(s));
	}
	while (pair_next(&header, &key, &value)) {
		if (span_is(key, s->signature_key) && signature_decode(s, value, sent))
			found |= ty_crypto_equal(sent, mac, mac_size(s));
	}
	return found;
}

/*
 * The header is the secret.  Digests are compared, so that neither the secret's length nor the first
 * wrong byte can be measured; all secrets are looked at, whichever matches.
 */
static enum ty_hook_result
token_verify(const struct ty_hook_scheme *s, const struct ty_secret *const *secrets, size_t count,
	     const char *header)
{
	uint8_t sent[TY_SHA256_SIZE], want[TY_SHA256_SIZE];
	size_t skip = s->prefix != NULL ? strlen(s->prefix) : 0;
	bool found = false;

	/* An authentication scheme such as "Bearer " is of either case (RFC 9110, 11.1). */
	if (strncasecmp(header, s->prefix != NULL ? s->prefix : "", skip) != 0)
		return TY_HOOK_WRONG_TOKEN;
	ty_sha256(header + skip, strlen(header + skip), sent);
	for (size_t i = 0; i < count; i++) {
		ty_sha256(secrets[i]->data, secrets[i]->len, want);
		found |= secrets[i]->len > 0 && ty_crypto_equal(sent, want, sizeof(want));
	}
	ty_crypto_wipe(want, sizeof(want));
	return found ? TY_HOOK_OK : TY_HOOK_WRONG_TOKEN;
}

bool
time_parse(struct span time, int64_t *ret_s)
{
	char text[TIME_BYTES_MAX + 1];
	int64_t n;

	if (time.len == 0 || time.len > TIME_BYTES_MAX)
		return false;
	memcpy(text, time.s, time.len);
	text[time.len] = '\0';
	if (ty_str_parse_i64(text, 0, INT64_MAX / 2, &n)) {
		*ret_s = n >= MS_FROM ? n / 1000 : n;
		return true;
	}
	if (!ty_time_parse(text, &n))
		return false;
	*ret_s = n / 1000;
	return true;
}

bool
time_is_fresh(const struct ty_hook_scheme *s, struct span time, int64_t now_s)
{
	int64_t sent_s;

	if (s->age == TY_HOOK_AGE_NONE)
		return true;
	return time_parse(time, &sent_s) && now_s - sent_s <= TY_LIMIT_SIGNATURE_AGE_S &&
	       sent_s - now_s <= TY_LIMIT_SIGNATURE_AGE_S;
}

static bool
any_secret_matches(const struct ty_hook_scheme *s, const struct ty_secret *const *secrets,
		   size_t count, const char *header, const struct ty_bytes *parts,
		   size_t part_count)
{
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		uint8_t mac[MAC_SIZE_MAX];

		if (secrets[i]->len == 0)
			continue;
		mac_compute(s, secrets[i], parts, part_count, mac);
		found |= signature_matches(s, header, mac);
	}
	return found;
}

static bool
has_secret(const struct ty_secret *const *secrets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (secrets[i]->len > 0)
			return true;
	}
	return false;
}

enum ty_hook_result
verify_begin(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets,
	     size_t secret_count, const struct ty_hook_delivery *delivery, const char **ret_header,
	     struct span *ret_time)
{
	const struct ty_hook_scheme *s = &rule->scheme;

	*ret_header = NULL;
	if (!s->needs_secret)
		return TY_HOOK_OK;
	if (!has_secret(secrets, secret_count))
		return TY_HOOK_NOT_CONFIGURED;
	*ret_header = delivery->header(delivery->ctx, s->signature_header);
	if (ty_str_is_blank(*ret_header))
		return TY_HOOK_MISSING;
	if (s->signed_bytes == NULL)
		return token_verify(s, secrets, secret_count, *ret_header);
	*ret_time = find_time(s, delivery, *ret_header);
	return s->age != TY_HOOK_AGE_NONE && ret_time->len == 0 ? TY_HOOK_MISSING : TY_HOOK_OK;
}

enum ty_hook_result
ty_hook_verify(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets,
	       size_t secret_count, const struct ty_hook_delivery *delivery)
{
	const struct ty_hook_scheme *s = &rule->scheme;
	struct ty_bytes parts[PARTS_MAX];
	const char *header;
	enum ty_hook_result result;
	struct span time;
	size_t count;

	result = verify_begin(rule, secrets, secret_count, delivery, &header, &time);
	if (result != TY_HOOK_OK || !s->needs_secret || s->signed_bytes == NULL)
		return result;
	count = signed_parts(s->signed_bytes, time, delivery, parts);
	if (!any_secret_matches(s, secrets, secret_count, header, parts, count))
		return TY_HOOK_MISMATCH;
	return time_is_fresh(s, time, delivery->now_s) ? TY_HOOK_OK : TY_HOOK_STALE;
}

const char *
ty_hook_result_text(enum ty_hook_result result)
{
	static const char *const texts[TY_HOOK__COUNT] = {
		[TY_HOOK_OK] = "",
		[TY_HOOK_MISSING] = "The signature header is missing",
		[TY_HOOK_MISMATCH] = "The signature does not match the body and the secret",
		[TY_HOOK_STALE] = "The signature is right, but its time is outside the window",
		[TY_HOOK_NOT_CONFIGURED] = "The webhook verifies signatures, but no secret is set",
		[TY_HOOK_WRONG_TOKEN] = "The header does not equal the secret",
		[TY_HOOK_LOCKED] = "The webhook's secret cannot be opened at the moment",
	};

	TY_ASSERT(result < TY_HOOK__COUNT);
	return texts[result];
}

const char *
ty_hook_result_verdict(enum ty_hook_result result)
{
	static const char *const verdicts[TY_HOOK__COUNT] = {
		[TY_HOOK_OK] = "accepted",
		[TY_HOOK_MISSING] = "bad_signature",
		[TY_HOOK_MISMATCH] = "bad_signature",
		[TY_HOOK_STALE] = "stale",
		[TY_HOOK_NOT_CONFIGURED] = "not_configured",
		[TY_HOOK_WRONG_TOKEN] = "bad_signature",
		[TY_HOOK_LOCKED] = "not_configured",
	};

	TY_ASSERT(result < TY_HOOK__COUNT);
	return verdicts[result];
}
