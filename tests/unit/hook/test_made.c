/*
 * test_made.c -- schemes whose signed bytes are made of the delivery: Twilio, Adyen, Contentful, Figma.
 *
 * Twilio's vectors are those of its own libraries' tests, Adyen's is of its documentation; Contentful's was
 * made with another implementation of HMAC by the recipe of its library.
 */
#include "base/arena.h"
#include "hook/explain.h"
#include "hook/verify.h"
#include "json/json.h"
#include "support/common.h"

#include <string.h>

#define NOW_S 1764450000
#define FORM  "application/x-www-form-urlencoded; charset=utf-8"

struct row {
	const char *what, *scheme, *secret, *url, *headers[4][2], *body;
	enum ty_hook_result result;
	int64_t late_s;
};

#define TWILIO(what, url, signature, type, body, result)                                           \
	{                                                                                          \
		what, "twilio", "12345", url,                                                      \
			{ { "x-twilio-signature", signature }, { "content-type", type } }, body,   \
			result, 0                                                                  \
	}
#define T_URL "https://mycompany.com/myapp.php?foo=1&bar=2"
#define T_CALL                                                                                     \
	"To=%2B18005551212&From=%2B14158675309&CallSid=CA1234567890ABCDE&Digits=1234"              \
	"&Caller=%2B14158675309"
#define T_JSON "{\"property\": \"value\", \"boolean\": true}"
#define T_HASH "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"

#define ADYEN_ITEM(value, signature)                                                               \
	"{\"NotificationRequestItem\":{\"additionalData\":{\"hmacSignature\":\"" signature         \
	"\"},\"amount\":{\"currency\":\"EUR\",\"value\":" value                                    \
	"},\"eventCode\":\"AUTHORISATION\",\"merchantAccountCode\":\"TestMerchant\","              \
	"\"merchantReference\":\"TestPayment-1407325143704\",\"pspReference\":"                    \
	"\"7914073381342284\",\"success\":\"true\"}}"
#define ADYEN(items) "{\"live\":\"false\",\"notificationItems\":[" items "]}"
#define A_RIGHT	     "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="
#define A_KEY	     "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"

#define C_NAMES "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic"
#define CONTENTFUL(what, names, topic, body, result, late)                                         \
	{                                                                                          \
		what, "contentful", "a secret of the sender",                                      \
			"https://studio.example.org/hooks/acme/orders?from=%2Fa",                  \
			{ { "x-contentful-signature",                                              \
			    "77200350b2becf33649b1a0f47b1f291ffceadc8830158396edf9c1298cd8d93" },  \
			  { "x-contentful-signed-headers", names },                                \
			  { "x-contentful-timestamp", "1764450000000" },                           \
			  { "x-contentful-topic", topic } },                                       \
			body, result, late                                                         \
	}
#define C_TOPIC "ContentManagement.Entry.publish"

static const struct row rows[] = {
	TWILIO("a form", T_URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", FORM, T_CALL, TY_HOOK_OK),
	TWILIO("a name twice, by value", T_URL, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", FORM,
	       "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234", TY_HOOK_OK),
	TWILIO("the same pair twice counts once", T_URL, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", FORM,
	       "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=5678", TY_HOOK_OK),
	TWILIO("signed with a port", T_URL, "kvajT1Ptam85bY51eRf/AJRuM3w=", FORM, T_CALL,
	       TY_HOOK_OK),
	TWILIO("signed without a port", "https://mycompany.com:443/myapp.php?foo=1&bar=2",
	       "RSOYDt4T1cUTdK1PDd93/VVr8B8=", FORM, T_CALL, TY_HOOK_OK),
	TWILIO("http with a port", "http://mycompany.com/myapp.php?foo=1&bar=2",
	       "0ZXoZLH/DfblKGATFgpif+LLRf4=", FORM, T_CALL, TY_HOOK_OK),
	TWILIO("JSON, whose hash is in the address", T_URL T_HASH,
	       "a9nBmqA0ju/hNViExpshrM61xv4=", "application/json", T_JSON, TY_HOOK_OK),
	TWILIO("JSON of another hash", T_URL T_HASH,
	       "a9nBmqA0ju/hNViExpshrM61xv4=", "application/json", "{}", TY_HOOK_MISMATCH),
	TWILIO("another field", T_URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", FORM, T_CALL "&a=b",
	       TY_HOOK_MISMATCH),
	TWILIO("another address", T_URL "&c=3", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", FORM, T_CALL,
	       TY_HOOK_MISMATCH),
	TWILIO("a broken escape", T_URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", FORM, "a=%2",
	       TY_HOOK_MISMATCH),
	TWILIO("no signature", T_URL, "", FORM, T_CALL, TY_HOOK_MISSING),
	{ "a shared key",
	  "twilio",
	  "12345",
	  T_URL,
	  { { "x-twilio-signature", "zWQcI7BnZtlG7vZupStojt2Ky/UDUkURyTp1ygGxUgQ=" },
	    { "content-type", FORM },
	    { "x-twilio-webhooks-signature-settings", "key=k1,algorithm=HMAC_SHA256" } },
	  "CallSid=CA1234567890ABCDE&Digits=1234&From=Caller%3D%2B14158675309&To=%2B18005551212",
	  TY_HOOK_OK,
	  0 },
	{ "a notification",
	  "adyen",
	  A_KEY,
	  "",
	  { { NULL } },
	  ADYEN(ADYEN_ITEM("1130", A_RIGHT)),
	  TY_HOOK_OK,
	  0 },
	{ "another amount",
	  "adyen",
	  A_KEY,
	  "",
	  { { NULL } },
	  ADYEN(ADYEN_ITEM("1131", A_RIGHT)),
	  TY_HOOK_MISMATCH,
	  0 },
	{ "one of two is wrong",
	  "adyen",
	  A_KEY,
	  "",
	  { { NULL } },
	  ADYEN(ADYEN_ITEM("1130", A_RIGHT) "," ADYEN_ITEM("1131", A_RIGHT)),
	  TY_HOOK_MISMATCH,
	  0 },
	{ "no signature in it",
	  "adyen",
	  A_KEY,
	  "",
	  { { NULL } },
	  ADYEN(ADYEN_ITEM("1130", "")),
	  TY_HOOK_MISSING,
	  0 },
	{ "no notification", "adyen", A_KEY, "", { { NULL } }, ADYEN(""), TY_HOOK_MISSING, 0 },
	{ "no JSON", "adyen", A_KEY, "", { { NULL } }, "<a/>", TY_HOOK_MISSING, 0 },
	{ "a key that is no hex",
	  "adyen",
	  "no hex",
	  "",
	  { { NULL } },
	  ADYEN(ADYEN_ITEM("1130", A_RIGHT)),
	  TY_HOOK_BAD_SECRET,
	  0 },
	CONTENTFUL("a publication", C_NAMES, C_TOPIC, "{\"n\":1}", TY_HOOK_OK, 0),
	CONTENTFUL("another order of the names",
		   "x-contentful-topic, x-contentful-timestamp, x-contentful-signed-headers",
		   C_TOPIC, "{\"n\":1}", TY_HOOK_MISMATCH, 0),
	CONTENTFUL("another header", C_NAMES, "x", "{\"n\":1}", TY_HOOK_MISMATCH, 0),
	CONTENTFUL("a header that is not there", C_NAMES, NULL, "{\"n\":1}", TY_HOOK_MISMATCH, 0),
	CONTENTFUL("another body", C_NAMES, C_TOPIC, "{\"n\":2}", TY_HOOK_MISMATCH, 0),
	CONTENTFUL("a time that is not signed", "x-contentful-topic", C_TOPIC, "{\"n\":1}",
		   TY_HOOK_MISMATCH, 0),
	CONTENTFUL("31 s later", C_NAMES, C_TOPIC, "{\"n\":1}", TY_HOOK_STALE, 31),
	CONTENTFUL("30 s later", C_NAMES, C_TOPIC, "{\"n\":1}", TY_HOOK_OK, 30),
	{ "an address with its escapes undone, as HubSpot does",
	  "hubspot",
	  "a secret of the sender",
	  "https://studio.example.org/hooks/acme/orders?from=%2Fa%3ab%20c",
	  { { "x-hubspot-signature-v3", "ECRVhZcGuVlR1vNq/KvQ+Yzy2bq+1V/DJLaYMwNbyXw=" },
	    { "x-hubspot-request-timestamp", "1764450000000" } },
	  "{}",
	  TY_HOOK_OK,
	  0 },
	{ "a passcode",
	  "figma",
	  "open sesame",
	  "",
	  { { NULL } },
	  "{\"event_type\":\"PING\",\"passcode\":\"open sesame\"}",
	  TY_HOOK_OK,
	  0 },
	{ "Mailgun",
	  "mailgun",
	  "a key of Mailgun",
	  "",
	  { { NULL } },
	  "{\"signature\":{\"timestamp\":\"1764450000\",\"token\":"
	  "\"a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0\",\"signature\":"
	  "\"545e63f2972a270bb97b1779388fb97f069fddcdb4246c98653b92a45384ca50\"},\"event-data\":{}"
	  "}",
	  TY_HOOK_OK,
	  0 },
	{ "Mailgun, another time",
	  "mailgun",
	  "a key of Mailgun",
	  "",
	  { { NULL } },
	  "{\"signature\":{\"timestamp\":\"1764450001\",\"token\":"
	  "\"a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0\",\"signature\":"
	  "\"545e63f2972a270bb97b1779388fb97f069fddcdb4246c98653b92a45384ca50\"},\"event-data\":{}"
	  "}",
	  TY_HOOK_MISMATCH,
	  0 },
	{ "Mailgun, with a digit of the time in the token",
	  "mailgun",
	  "a key of Mailgun",
	  "",
	  { { NULL } },
	  "{\"signature\":{\"timestamp\":\"176445000\",\"token\":"
	  "\"0a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0\",\"signature\":"
	  "\"545e63f2972a270bb97b1779388fb97f069fddcdb4246c98653b92a45384ca50\"},\"event-data\":{}"
	  "}",
	  TY_HOOK_MISMATCH,
	  0 },
	{ "Mailgun, after a day",
	  "mailgun",
	  "a key of Mailgun",
	  "",
	  { { NULL } },
	  "{\"signature\":{\"timestamp\":\"1764450000\",\"token\":"
	  "\"a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0\",\"signature\":"
	  "\"545e63f2972a270bb97b1779388fb97f069fddcdb4246c98653b92a45384ca50\"},\"event-data\":{}"
	  "}",
	  TY_HOOK_STALE,
	  86401 },
	{ "Mailgun, none",
	  "mailgun",
	  "a key of Mailgun",
	  "",
	  { { NULL } },
	  "{\"signature\":{\"timestamp\":\"1764450000\",\"token\":"
	  "\"a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0\",\"signature\":"
	  "\"\"},\"event-data\":{}}",
	  TY_HOOK_MISSING,
	  0 },
	{ "another",
	  "figma",
	  "open sesame",
	  "",
	  { { NULL } },
	  "{\"passcode\":\"sesame\"}",
	  TY_HOOK_MISMATCH,
	  0 },
	{ "none",
	  "figma",
	  "open sesame",
	  "",
	  { { NULL } },
	  "{\"passcode\":7}",
	  TY_HOOK_MISSING,
	  0 },
};

static const char *
header_of(void *ctx, const char *name)
{
	const struct row *row = ctx;

	for (size_t i = 0; i < TY_ARRAY_COUNT(row->headers); i++)
		if (row->headers[i][0] != NULL && strcmp(row->headers[i][0], name) == 0)
			return row->headers[i][1];
	return NULL;
}

static struct ty_hook_delivery
delivery_of(const struct row *row)
{
	return (struct ty_hook_delivery){ .header = header_of,
					  .ctx = (void *)row,
					  .method = "POST",
					  .url = row->url,
					  .body = row->body,
					  .body_len = strlen(row->body),
					  .now_s = NOW_S + row->late_s };
}

static const struct ty_hook_rule *
rule_of(const char *scheme)
{
	json_t *verify = ty_json_own(fx.arena, json_pack("{s:s}", "scheme", scheme));
	struct ty_hook_rule *rule;

	ck_assert_ok(ty_hook_rule_parse(fx.arena, verify, &rule, &fx.err));
	return rule;
}

START_TEST(delivery_is_judged_by_what_its_provider_signs)
{
	const struct row *row = &rows[_i];
	const struct ty_secret *secret = ty_secret_new(fx.arena, row->secret, strlen(row->secret));
	struct ty_hook_delivery d = delivery_of(row);
	const struct ty_hook_rule *rule = rule_of(row->scheme);
	enum ty_hook_result result = ty_hook_verify(rule, &secret, 1, &d);
	struct ty_hook_difference ignored;

	ck_assert_msg(result == row->result, "%s, %s: %s", row->scheme, row->what,
		      ty_hook_result_text(result));
	ck_assert(!ty_hook_rule_streams(rule));
	/* Whoever asks why gets words, whatever the delivery lacks. */
	(void)ty_hook_explain(fx.arena, rule, &secret, 1, &d, &ignored);
	ck_assert_ptr_nonnull(ty_hook_hint(fx.arena, rule, &d, result));
}
END_TEST

START_TEST(delivery_without_a_secret_is_the_receivers_to_mend)
{
	struct ty_hook_delivery d = delivery_of(&rows[0]);

	ck_assert_int_eq(ty_hook_verify(rule_of("twilio"), NULL, 0, &d), TY_HOOK_NOT_CONFIGURED);
}
END_TEST

TEST_MAIN("hook.made", {
	TEST_LOOP(delivery_is_judged_by_what_its_provider_signs, rows);
	TEST(delivery_without_a_secret_is_the_receivers_to_mend);
})
