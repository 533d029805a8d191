/*
 * signature.c -- a signature and its time, as they were sent.
 */
#include "internal.h"

#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"

#include <string.h>

/* RFC 3339 text with nanoseconds and an offset has 35. */
#define TIME_BYTES_MAX 40
/* From here on it is milliseconds: as seconds, the year 5138; as milliseconds, 1973. */
#define MS_FROM 100000000000

size_t
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

size_t
unbase64_size(struct span in)
{
	while (in.len > 0 && in.s[in.len - 1] == '=')
		in.len--;
	return in.len * 6 / 8;
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
bool
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

bool
pair_next(const struct ty_hook_scheme *s, const char **at, struct span *ret_key,
	  struct span *ret_value)
{
	const char ends[] = { s->separator != '\0' ? s->separator : ',', '\0' };
	const char *p = *at + strspn(*at, " \t"), *end, *eq;

	while (*p == ends[0])
		p += 1 + strspn(p + 1, " \t");
	if (*p == '\0')
		return false;
	end = p + strcspn(p, ends);
	eq = memchr(p, s->assign != '\0' ? s->assign : '=', (size_t)(end - p));
	*ret_key = (struct span){ p, (size_t)((eq != NULL ? eq : end) - p) };
	*ret_value =
		(struct span){ eq != NULL ? eq + 1 : end, eq != NULL ? (size_t)(end - eq - 1) : 0 };
	while (ret_value->len > 0 && (ret_value->s[ret_value->len - 1] == ' ' ||
				      ret_value->s[ret_value->len - 1] == '\t'))
		ret_value->len--;
	*at = end;
	return true;
}

bool
span_is(struct span span, const char *s)
{
	return strlen(s) == span.len && memcmp(span.s, s, span.len) == 0;
}

bool
signature_next(const struct ty_hook_scheme *s, const char **at, struct span *ret_value)
{
	size_t skip = s->prefix != NULL ? strlen(s->prefix) : 0;
	struct span key;

	if (s->signature_key == NULL) {
		if (*at == NULL || strncmp(*at, s->prefix != NULL ? s->prefix : "", skip) != 0)
			return false;
		*ret_value = (struct span){ *at + skip, strlen(*at + skip) };
		*at = NULL;
		return true;
	}
	while (pair_next(s, at, &key, ret_value))
		if (span_is(key, s->signature_key))
			return true;
	return false;
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
	while (s->time_key != NULL && pair_next(s, &signature, &key, &value)) {
		if (span_is(key, s->time_key))
			return value;
	}
	return (struct span){ "", 0 };
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
	int64_t age_max_s = s->age_max_s != 0 ? s->age_max_s : TY_LIMIT_SIGNATURE_AGE_S, sent_s;

	if (s->age == TY_HOOK_AGE_NONE)
		return true;
	return time_parse(time, &sent_s) && now_s - sent_s <= age_max_s &&
	       sent_s - now_s <= age_max_s;
}

/* ---- does it match? ---- */

bool
signature_matches(const struct ty_hook_scheme *s, const char *header, const uint8_t *mac)
{
	uint8_t sent[MAC_SIZE_MAX];
	struct span value;
	bool found = false;

	for (const char *at = header; signature_next(s, &at, &value);)
		if (signature_decode(s, value, sent))
			found |= ty_crypto_equal(sent, mac, mac_size(s));
	return found;
}
