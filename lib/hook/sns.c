/*
 * sns.c -- see sns.h.
 *
 * What is signed, and how, is said in AWS's "Verifying the signatures of Amazon SNS messages".
 */
#include "hook/sns.h"

#include "internal.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>

/* RSA of 4096 bits. */
#define SIGNATURE_SIZE_MAX 512
#define URL_BYTES_MAX	   1000
#define HTTPS		   "https://"

/* ---- addresses ---- */

static bool
span_ends(const char *s, size_t len, const char *end)
{
	return len >= strlen(end) && memcmp(s + len - strlen(end), end, strlen(end)) == 0;
}

/*
 * "sns.<region>.amazonaws.com", of China's with ".cn" behind it.  What looks like a region and begins with "s3" is storage,
 * where the host is that of whoever has the bucket of this name.
 */
static bool
is_amazons(const char *host, size_t len)
{
	const char *const ends[] = { ".amazonaws.com", ".amazonaws.com.cn" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(ends); i++) {
		size_t around = strlen("sns.") + strlen(ends[i]);

		if (len >= around + 3 && memcmp(host, "sns.", 4) == 0 &&
		    memcmp(host + 4, "s3", 2) != 0 && span_ends(host, len, ends[i]) &&
		    strspn(host + 4, "abcdefghijklmnopqrstuvwxyz0123456789-") == len - around)
			return true;
	}
	return false;
}

static bool
is_listed(const char *hosts, const char *host, size_t len)
{
	struct ty_str_word word;

	while (ty_str_list_next(&hosts, &word))
		if (word.len == len && memcmp(word.s, host, len) == 0)
			return true;
	return false;
}

/* SNS's own certificates have no other form; an address of SNS may answer what its caller puts into it. */
static bool
is_certificate_path(const char *path)
{
	static const char begin[] = "/SimpleNotificationService-";
	size_t hex;

	if (!ty_str_has_prefix(path, begin))
		return false;
	path += strlen(begin);
	hex = strspn(path, "0123456789abcdef");
	return hex > 0 && ty_str_eq(path + hex, ".pem");
}

static bool
is_printable(const char *url)
{
	for (; *url != '\0'; url++)
		if (*url <= ' ' || *url >= 0x7f || strchr("\"\\<>^`{|}#", *url) != NULL)
			return false;
	return true;
}

bool
ty_hook_sns_url_is_right(const char *url, enum ty_hook_sns_url what, const char *hosts)
{
	const char *host = url + strlen(HTTPS), *path;
	bool is_own;

	if (!ty_str_has_prefix(url, HTTPS) || strlen(url) > URL_BYTES_MAX || !is_printable(url))
		return false;
	path = host + strcspn(host, "/?");
	is_own = is_amazons(host, (size_t)(path - host));
	if (!is_own && !is_listed(hosts != NULL ? hosts : "", host, (size_t)(path - host)))
		return false;
	if (what == TY_HOOK_SNS_SUBSCRIBE)
		return strstr(path, "Action=ConfirmSubscription") != NULL;
	return is_own ? is_certificate_path(path) : span_ends(path, strlen(path), ".pem");
}

/* ---- topics ---- */

const char *
ty_hook_sns_topics_fault(const char *topics, const char **ret_hint)
{
	struct ty_str_word word;

	while (ty_str_list_next(&topics, &word)) {
		if (word.len > 4 && memcmp(word.s, "arn:", 4) == 0)
			continue;
		*ret_hint = "Write each as arn:aws:sns:eu-central-1:123456789012:orders, separated "
			    "by commas.";
		return "has an entry that is no ARN of a topic";
	}
	return NULL;
}

/* ---- messages ---- */

static const json_t *
message_of(struct ty_arena *arena, const struct ty_hook_delivery *delivery)
{
	struct ty_err ignored;
	json_t *message = NULL;

	return ty_json_parse(arena, delivery->body, delivery->body_len, &message, &ignored) ==
				       TY_OK &&
			       json_is_object(message)
		       ? message
		       : NULL;
}

const char *
ty_hook_sns_url(struct ty_arena *arena, const struct ty_hook_delivery *delivery,
		enum ty_hook_sns_url what)
{
	const json_t *message = message_of(arena, delivery);

	return ty_arena_strdup(
		arena,
		ty_json_str(message,
			    what == TY_HOOK_SNS_SUBSCRIBE ? "SubscribeURL" : "SigningCertURL", ""));
}

/* Names and values in lines, the names in order; NULL: one is missing, or the message is of no kind. */
static const char *
signed_text(struct ty_arena *arena, const json_t *message)
{
	static const char *const of_notification[] = { "Message",   "MessageId", "Subject",
						       "Timestamp", "TopicArn",	 "Type",
						       NULL };
	static const char *const of_subscription[] = { "Message",   "MessageId", "SubscribeURL",
						       "Timestamp", "Token",	 "TopicArn",
						       "Type",	    NULL };
	const char *type = ty_json_str(message, "Type", "");
	bool is_notification = ty_str_eq(type, "Notification");
	struct ty_buf buf;

	if (!is_notification && !ty_str_eq(type, "SubscriptionConfirmation") &&
	    !ty_str_eq(type, "UnsubscribeConfirmation"))
		return NULL;
	ty_buf_init(&buf, arena, 1000);
	for (const char *const *name = is_notification ? of_notification : of_subscription;
	     *name != NULL; name++) {
		const char *value = ty_json_str(message, *name, NULL);

		if (value == NULL && ty_str_eq(*name, "Subject"))
			continue;
		if (value == NULL)
			return NULL;
		ty_buf_printf(&buf, "%s\n%s\n", *name, value);
	}
	return ty_arena_strndup(arena, buf.data, buf.len);
}

static bool
is_signed_by(const char *pem, size_t pem_len, const json_t *message, const char *text,
	     int64_t now_s)
{
	const char *sent = ty_json_str(message, "Signature", "");
	bool is_sha1 = ty_str_eq(ty_json_str(message, "SignatureVersion", ""), "1");
	struct span span = { sent, strlen(sent) };
	struct ty_bytes part = { text, strlen(text) };
	uint8_t signature[SIGNATURE_SIZE_MAX];
	size_t size = unbase64_size(span);
	struct ty_public_key *key;
	bool is_right;

	if (size > sizeof(signature) || !unbase64(span, signature, size))
		return false;
	key = ty_public_key_certificate(pem, pem_len, now_s, is_sha1);
	is_right = key != NULL && ty_public_key_verify(key, signature, size, &part, 1);
	ty_public_key_free(key);
	return is_right;
}

static enum ty_hook_result
verify(struct ty_arena *arena, const struct ty_hook_rule *rule,
       const struct ty_hook_delivery *delivery)
{
	const json_t *message = message_of(arena, delivery);
	const char *version = ty_json_str(message, "SignatureVersion", "");
	const char *topic = ty_json_str(message, "TopicArn", "");
	const char *url = ty_json_str(message, "SigningCertURL", ""), *text;
	const struct ty_hook_keys *keys;

	if (ty_json_str(message, "Signature", "")[0] == '\0')
		return TY_HOOK_MISSING;
	if (!is_listed(rule->sns_topics, topic, strlen(topic)))
		return TY_HOOK_OTHER_TOPIC;
	text = signed_text(arena, message);
	if (text == NULL || (!ty_str_eq(version, "1") && !ty_str_eq(version, "2")) ||
	    !ty_hook_sns_url_is_right(url, TY_HOOK_SNS_CERTIFICATE, delivery->sns_hosts))
		return TY_HOOK_MISMATCH;
	keys = keys_find(delivery, url);
	if (keys == NULL)
		return TY_HOOK_AWAITS_KEYS;
	if (!is_signed_by(keys->text, keys->len, message, text, delivery->now_s))
		return TY_HOOK_MISMATCH;
	if (!ty_str_eq(ty_json_str(message, "Type", ""), "SubscriptionConfirmation"))
		return TY_HOOK_OK;
	return ty_hook_sns_url_is_right(ty_json_str(message, "SubscribeURL", ""),
					TY_HOOK_SNS_SUBSCRIBE, delivery->sns_hosts)
		       ? TY_HOOK_CONFIRMS
		       : TY_HOOK_MISMATCH;
}

enum ty_hook_result
sns_verify(const struct ty_hook_rule *rule, const struct ty_hook_delivery *delivery)
{
	struct ty_arena *arena = ty_arena_new(NULL, "message", 0);
	enum ty_hook_result result = verify(arena, rule, delivery);

	ty_arena_free(arena);
	return result;
}

enum ty_code
ty_hook_sns_certificate_check(const char *pem, size_t len, int64_t now_s, struct ty_err *err)
{
	struct ty_public_key *key = ty_public_key_certificate(pem, len, now_s, false);

	if (key == NULL)
		return ty_err_set(err, TY_E_UPSTREAM,
				  "The answer is no certificate of RSA in PEM that is in its time");
	ty_public_key_free(key);
	return TY_OK;
}
