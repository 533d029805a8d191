/*
 * made.c -- deliveries whose signed bytes are made of them: Twilio, Adyen, Mailgun, Contentful, HubSpot; and a secret
 * that stands in the body (Figma).
 *
 * Such a body is needed whole, so these schemes do not stream (ty_hook_rule_streams).
 *
 * Memory: an arena of the call.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/pair.h"
#include "base/str.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Fields of a form, and notifications of one delivery: more than any provider sends. */
#define FIELDS_MAX	  1000
#define NOTIFICATIONS_MAX 100

struct made {
	struct ty_arena *arena;
	struct ty_hook_scheme scheme;
	const struct ty_secret *const *secrets;
	size_t secret_count;
	const struct ty_hook_delivery *delivery;
};

static const char *
header_of(const struct made *m, const char *name)
{
	const char *value = m->delivery->header(m->delivery->ctx, name);

	return value != NULL ? value : "";
}

static enum ty_hook_result
text_verify(const struct made *m, const char *signature, const char *text, size_t len)
{
	struct signing signing = { .scheme = m->scheme, .header = signature, .part_count = 1 };

	signing.parts[0] = (struct ty_bytes){ text, len };
	return any_secret_matches(&signing, m->secrets, m->secret_count);
}

static const json_t *
body_json(const struct made *m)
{
	struct ty_err ignored;
	json_t *body = NULL;

	if (ty_json_parse(m->arena, m->delivery->body, m->delivery->body_len, &body, &ignored) !=
	    TY_OK)
		return NULL;
	return body;
}

/* ---- a member of the body ---- */

static enum ty_hook_result
member_verify(const struct made *m)
{
	const char *sent = ty_json_str(body_json(m), m->scheme.secret_member, "");

	if (sent[0] == '\0')
		return TY_HOOK_MISSING;
	return secrets_have(m->secrets, m->secret_count, sent, strlen(sent)) ? TY_HOOK_OK
									     : TY_HOOK_MISMATCH;
}

/* ---- Twilio ---- */

struct field {
	const char *name, *value;
};

static int
field_compare(const void *a, const void *b)
{
	const struct field *x = a, *y = b;
	int by_name = strcmp(x->name, y->name);

	return by_name != 0 ? by_name : strcmp(x->value, y->value);
}

/* The fields of a form; false: it has a broken escape, or too many. */
static bool
fields_read(const struct made *m, struct field fields[FIELDS_MAX], size_t *ret_count)
{
	const char *at = m->delivery->body, *end = at + m->delivery->body_len;
	size_t count = 0, ignored;
	struct ty_pair pair;

	while (ty_pair_next(&at, end, &pair)) {
		struct field field = {
			ty_str_url_decode(m->arena, pair.name, pair.name_len, true, &ignored),
			ty_str_url_decode(m->arena, pair.value, pair.value_len, true, &ignored),
		};

		if (field.name == NULL || field.value == NULL || count == FIELDS_MAX)
			return false;
		fields[count++] = field;
	}
	*ret_count = count;
	return true;
}

/* Names and values in order, each pair once; "" of a body that is no form. */
static const char *
twilio_fields(const struct made *m)
{
	struct field *fields = ty_arena_alloc_array(m->arena, FIELDS_MAX, sizeof(*fields));
	struct ty_buf buf;
	size_t count;

	if (strncasecmp(header_of(m, "content-type"), "application/x-www-form-urlencoded", 33) != 0)
		return "";
	if (!fields_read(m, fields, &count))
		return NULL;
	qsort(fields, count, sizeof(*fields), field_compare);
	ty_buf_init(&buf, m->arena, m->delivery->body_len + 1);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || field_compare(&fields[i - 1], &fields[i]) != 0)
			ty_buf_printf(&buf, "%s%s", fields[i].name, fields[i].value);
	return ty_arena_strndup(m->arena, buf.len > 0 ? buf.data : "", buf.len);
}

/* The hash of a JSON body stands in the address; one that is not there says nothing. */
static bool
twilio_hash_fits(const struct made *m)
{
	const char *at = m->delivery->url != NULL ? strstr(m->delivery->url, "bodySHA256=") : NULL;
	uint8_t digest[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];

	if (at == NULL)
		return true;
	ty_sha256(m->delivery->body, m->delivery->body_len, digest);
	ty_str_hex(digest, sizeof(digest), hex);
	return strncasecmp(at + strlen("bodySHA256="), hex, strlen(hex)) == 0;
}

/* The address with the port of its scheme written, or without a port, because proxies write it anew. */
static const char *
twilio_other_url(const struct made *m, bool with_port)
{
	const char *url = m->delivery->url, *host = strstr(url, "://"), *end, *colon;

	if (host == NULL)
		return url;
	host += 3;
	end = host + strcspn(host, "/?#");
	colon = memrchr(host, ':', (size_t)(end - host));
	if (colon != NULL && memchr(colon, ']', (size_t)(end - colon)) != NULL)
		colon = NULL;
	if (!with_port)
		return ty_arena_printf(m->arena, "%.*s%s",
				       (int)((colon != NULL ? colon : end) - url), url, end);
	return colon != NULL ? url
			     : ty_arena_printf(m->arena, "%.*s:%s%s", (int)(end - url), url,
					       strncmp(url, "https", 5) == 0 ? "443" : "80", end);
}

static enum ty_hook_result
twilio_verify(struct made *m)
{
	const char *signature = header_of(m, m->scheme.signature_header);
	const char *fields = twilio_fields(m);
	const char *urls[3];
	enum ty_hook_result result = TY_HOOK_MISMATCH;

	if (ty_str_is_blank(signature))
		return TY_HOOK_MISSING;
	if (fields == NULL || m->delivery->url == NULL || !twilio_hash_fits(m))
		return TY_HOOK_MISMATCH;
	if (strstr(header_of(m, "x-twilio-webhooks-signature-settings"), "HMAC_SHA256") != NULL)
		m->scheme.mac = TY_HOOK_SHA256;
	urls[0] = m->delivery->url;
	urls[1] = twilio_other_url(m, true);
	urls[2] = twilio_other_url(m, false);
	for (size_t i = 0; i < TY_ARRAY_COUNT(urls) && result == TY_HOOK_MISMATCH; i++) {
		const char *text = ty_arena_printf(m->arena, "%s%s", urls[i], fields);

		result = text_verify(m, signature, text, strlen(text));
	}
	return result;
}

/* ---- Adyen ---- */

static const char *
scalar(const struct made *m, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return value == NULL || json_is_null(value) ? "" : ty_json_as_text(m->arena, value);
}

static enum ty_hook_result
adyen_item_verify(const struct made *m, const json_t *item)
{
	const json_t *n = ty_json_obj(item, "NotificationRequestItem"), *amount;
	const char *signature, *text;

	amount = ty_json_obj(n, "amount");
	signature = ty_json_str(ty_json_obj(n, "additionalData"), "hmacSignature", "");
	if (signature[0] == '\0')
		return TY_HOOK_MISSING;
	text = ty_arena_printf(
		m->arena, "%s:%s:%s:%s:%s:%s:%s:%s", scalar(m, n, "pspReference"),
		scalar(m, n, "originalReference"), scalar(m, n, "merchantAccountCode"),
		scalar(m, n, "merchantReference"), scalar(m, amount, "value"),
		scalar(m, amount, "currency"), scalar(m, n, "eventCode"), scalar(m, n, "success"));
	return text_verify(m, signature, text, strlen(text));
}

/* Each notification signs for itself: all have to be right. */
static enum ty_hook_result
adyen_verify(const struct made *m)
{
	const json_t *items = ty_json_arr(body_json(m), "notificationItems");
	size_t count = json_array_size(items);

	if (count == 0 || count > NOTIFICATIONS_MAX)
		return TY_HOOK_MISSING;
	for (size_t i = 0; i < count; i++) {
		enum ty_hook_result result = adyen_item_verify(m, json_array_get(items, i));

		if (result != TY_HOOK_OK)
			return result;
	}
	return TY_HOOK_OK;
}

/* ---- Mailgun ---- */

/* Digits of a time from 2001 to 2286. */
#define MAILGUN_TIME_LEN 10

/*
 * Time and token are signed, but no other byte of the delivery: whoever has seen one could send what he likes, so its
 * token counts once (it is the delivery's id) and for a day.  The two stand side by side in what is signed, so a time of
 * another length would make another token.
 */
static enum ty_hook_result
mailgun_verify(const struct made *m)
{
	const json_t *signature = ty_json_obj(body_json(m), "signature");
	const char *time = ty_json_str(signature, "timestamp", "");
	const char *sent = ty_json_str(signature, "signature", ""), *text;
	enum ty_hook_result result;

	if (sent[0] == '\0')
		return TY_HOOK_MISSING;
	if (strlen(time) != MAILGUN_TIME_LEN || strspn(time, "0123456789") != MAILGUN_TIME_LEN)
		return TY_HOOK_MISMATCH;
	text = ty_arena_printf(m->arena, "%s%s", time, ty_json_str(signature, "token", ""));
	result = text_verify(m, sent, text, strlen(text));
	if (result != TY_HOOK_OK)
		return result;
	return time_is_fresh(&m->scheme, (struct span){ time, MAILGUN_TIME_LEN },
			     m->delivery->now_s)
		       ? TY_HOOK_OK
		       : TY_HOOK_STALE;
}

/* ---- Contentful ---- */

/* "name:value" of the headers that are named, joined by ";" in the order of their names; NULL: one is missing. */
static const char *
contentful_headers(const struct made *m)
{
	char *list = ty_str_lower(m->arena, header_of(m, "x-contentful-signed-headers"));
	const char *names[FIELDS_MAX / 10];
	struct ty_buf buf;
	size_t count = 0;

	for (char *save = NULL, *name = strtok_r(list, ", ", &save); name != NULL;
	     name = strtok_r(NULL, ", ", &save)) {
		size_t at = count;

		if (count == TY_ARRAY_COUNT(names))
			return NULL;
		for (; at > 0 && strcmp(names[at - 1], name) > 0; at--)
			names[at] = names[at - 1];
		names[at] = name;
		count++;
	}
	ty_buf_init(&buf, m->arena, 200);
	for (size_t i = 0; i < count; i++) {
		const char *value = m->delivery->header(m->delivery->ctx, names[i]);

		if (value == NULL)
			return NULL;
		ty_buf_printf(&buf, "%s%s:%s", i > 0 ? ";" : "", names[i], value);
	}
	return ty_arena_strndup(m->arena, buf.len > 0 ? buf.data : "", buf.len);
}

static enum ty_hook_result
contentful_verify(const struct made *m)
{
	const struct ty_hook_delivery *d = m->delivery;
	const char *signature = header_of(m, m->scheme.signature_header);
	const char *headers = contentful_headers(m), *path;
	struct span time = find_time(&m->scheme, d, signature);
	enum ty_hook_result result;
	struct ty_buf text;

	if (ty_str_is_blank(signature) || time.len == 0)
		return TY_HOOK_MISSING;
	if (headers == NULL || d->url == NULL || strstr(d->url, "://") == NULL)
		return TY_HOOK_MISMATCH;
	/* The time counts only where it is signed. */
	if (strstr(headers, "x-contentful-timestamp:") == NULL)
		return TY_HOOK_MISMATCH;
	path = strstr(d->url, "://") + 3;
	path += strcspn(path, "/?");
	ty_buf_init(&text, m->arena, d->body_len + 500);
	ty_buf_printf(&text, "%s\n%s\n%s\n", d->method != NULL ? d->method : "POST", path, headers);
	ty_buf_add(&text, d->body, d->body_len);
	result = text_verify(m, signature, text.data, text.len);
	if (result != TY_HOOK_OK)
		return result;
	return time_is_fresh(&m->scheme, time, d->now_s) ? TY_HOOK_OK : TY_HOOK_STALE;
}

/* ---- HubSpot ---- */

/* The address with those escapes undone that HubSpot undoes before it signs. */
static const char *
hubspot_url(const struct made *m)
{
	static const char escapes[] = "3A2F3F40212427282A292C3B", meant[] = ":/?@!$'(*),;";
	const char *url = m->delivery->url;
	struct ty_buf buf;

	ty_buf_init(&buf, m->arena, strlen(url) + 1);
	for (; *url != '\0'; url++) {
		size_t at = 0;

		while (*url == '%' && at < strlen(meant) &&
		       strncasecmp(url + 1, escapes + 2 * at, 2) != 0)
			at++;
		if (*url != '%' || at == strlen(meant)) {
			ty_buf_add_char(&buf, *url);
			continue;
		}
		ty_buf_add_char(&buf, meant[at]);
		url += 2;
	}
	return ty_arena_strndup(m->arena, buf.len > 0 ? buf.data : "", buf.len);
}

static enum ty_hook_result
hubspot_verify(const struct made *m)
{
	const struct ty_hook_delivery *d = m->delivery;
	struct signing signing = { .scheme = m->scheme,
				   .header = header_of(m, m->scheme.signature_header),
				   .part_count = 4 };
	const char *method = d->method != NULL ? d->method : "";
	struct span time = find_time(&m->scheme, d, signing.header);
	enum ty_hook_result result = TY_HOOK_MISMATCH;

	if (ty_str_is_blank(signing.header) || time.len == 0)
		return TY_HOOK_MISSING;
	if (d->url == NULL)
		return TY_HOOK_MISMATCH;
	signing.parts[0] = (struct ty_bytes){ method, strlen(method) };
	signing.parts[2] = (struct ty_bytes){ d->body, d->body_len };
	signing.parts[3] = (struct ty_bytes){ time.s, time.len };
	for (int is_raw = 0; is_raw <= 1 && result == TY_HOOK_MISMATCH; is_raw++) {
		const char *url = is_raw ? d->url : hubspot_url(m);

		signing.parts[1] = (struct ty_bytes){ url, strlen(url) };
		result = any_secret_matches(&signing, m->secrets, m->secret_count);
	}
	if (result != TY_HOOK_OK)
		return result;
	return time_is_fresh(&m->scheme, time, d->now_s) ? TY_HOOK_OK : TY_HOOK_STALE;
}

enum ty_hook_result
made_verify(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets, size_t count,
	    const struct ty_hook_delivery *delivery)
{
	struct made m = { .scheme = rule->scheme,
			  .secrets = secrets,
			  .secret_count = count,
			  .delivery = delivery };
	enum ty_hook_result result = TY_HOOK_NOT_CONFIGURED;

	if (rule->scheme.made == TY_HOOK_MADE_SNS)
		return sns_verify(rule, delivery);
	if (!has_secret(secrets, count))
		return result;
	m.arena = ty_arena_new(NULL, "hook made", 0);
	switch (rule->scheme.made) {
	case TY_HOOK_MADE_TWILIO:
		result = twilio_verify(&m);
		break;
	case TY_HOOK_MADE_ADYEN:
		result = adyen_verify(&m);
		break;
	case TY_HOOK_MADE_HUBSPOT:
		result = hubspot_verify(&m);
		break;
	case TY_HOOK_MADE_MAILGUN:
		result = mailgun_verify(&m);
		break;
	case TY_HOOK_MADE_CONTENTFUL:
		result = contentful_verify(&m);
		break;
	default:
		result = member_verify(&m);
		break;
	}
	ty_arena_free(m.arena);
	return result;
}
