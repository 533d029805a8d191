/*
 * test_sns.c -- addresses that a message of Amazon SNS may name, and topics.  Signatures are checked against a service
 * that signs: tests/e2e/hooks-sns.test.mjs.
 */
#include "hook/sns.h"
#include "support/common.h"

#include <string.h>

#define OWN  "https://sns.eu-central-1.amazonaws.com"
#define CERT "/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
#define SUB  "/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x:1:y&Token=ab"

static const struct {
	const char *url, *hosts;
	bool is_certificate, is_subscription;
} urls[] = {
	{ OWN CERT, "", true, false },
	{ OWN SUB, "", false, true },
	{ "https://sns.cn-north-1.amazonaws.com.cn" CERT, "", true, false },
	{ "https://sns.us-gov-west-1.amazonaws.com" CERT, NULL, true, false },
	{ "http://sns.eu-central-1.amazonaws.com" CERT, "", false, false },
	{ OWN ":443" CERT, "", false, false },
	{ OWN "@evil.example" CERT, "", false, false },
	{ OWN ".evil.example" CERT, "", false, false },
	{ OWN "\\.evil.example" CERT, "", false, false },
	{ "https://evil.example/sns.eu-central-1.amazonaws.com" CERT, "", false, false },
	{ "https://sns.a.b.amazonaws.com" CERT, "", false, false },
	{ "https://sns.EU-central-1.amazonaws.com" CERT, "", false, false },
	{ "https://sns..amazonaws.com" CERT, "", false, false },
	{ "https://sns.s3-eu-west-1.amazonaws.com" CERT, "", false, false }, /* a bucket "sns" */
	{ "https://sns.s3-eu-west-1.amazonaws.com/?Action=ConfirmSubscription", "", false, false },
	{ "https://sns.s3express.amazonaws.com" CERT, "", false, false },
	{ "https://sns.amazonaws.com" CERT, "", false, false },
	{ "https://xsns.eu-central-1.amazonaws.com" CERT, "", false, false },
	{ "https://sqs.eu-central-1.amazonaws.com" CERT, "", false, false },
	{ OWN CERT "?x=1", "", false, false },
	{ OWN "/?x=" CERT, "", false, false },
	{ OWN "/SimpleNotificationService-.pem", "", false, false },
	{ OWN "/SimpleNotificationService-ABC.pem", "", false, false },
	{ OWN "/SimpleNotificationService-ab.pem/../x.pem", "", false, false },
	{ OWN "/x.pem", "", false, false },
	{ OWN "/?Action=Publish", "", false, false },
	{ "https://sns.test:4566/any/x.pem", "other.test, sns.test:4566", true, false },
	{ "https://sns.test:4566/x.crt", "sns.test:4566", false, false },
	{ "https://sns.test:4566" SUB, "sns.test:4566", false, true },
	{ "https://sns.test/x.pem", "sns.test:4566", false, false },
	{ "https://sns.test:4566/x.pem#y.pem", "sns.test:4566", false, false },
	{ "https:///x.pem", "sns.test", false, false },
	{ "", "", false, false },
};

START_TEST(an_address_lies_at_sns)
{
	ck_assert_msg(ty_hook_sns_url_is_right(urls[_i].url, TY_HOOK_SNS_CERTIFICATE,
					       urls[_i].hosts) == urls[_i].is_certificate,
		      "%s", urls[_i].url);
	ck_assert_msg(ty_hook_sns_url_is_right(urls[_i].url, TY_HOOK_SNS_SUBSCRIBE,
					       urls[_i].hosts) == urls[_i].is_subscription,
		      "%s", urls[_i].url);
}
END_TEST

static const struct {
	const char *topics;
	bool is_fault;
} topics[] = {
	{ "arn:aws:sns:eu-central-1:123456789012:orders", false },
	{ "arn:aws:sns:a:1:x, arn:aws-cn:sns:b:2:y.fifo", false },
	{ "orders", true },
	{ "arn:aws:sns:a:1:x orders", true },
	{ "arn:", true },
};

START_TEST(topics_are_arns)
{
	const char *hint = NULL;

	ck_assert_int_eq(ty_hook_sns_topics_fault(topics[_i].topics, &hint) != NULL,
			 topics[_i].is_fault);
	ck_assert_int_eq(hint != NULL, topics[_i].is_fault);
}
END_TEST

static const char *const no_certificates[] = {
	"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
};

START_TEST(other_text_is_no_certificate)
{
	const char *text = no_certificates[_i];

	ck_assert_int_eq(ty_hook_sns_certificate_check(text, strlen(text), 1764450000, &fx.err),
			 TY_E_UPSTREAM);
}
END_TEST

TEST_MAIN("hook.sns", {
	TEST_LOOP(an_address_lies_at_sns, urls);
	TEST_LOOP(topics_are_arns, topics);
	TEST_LOOP(other_text_is_no_certificate, no_certificates);
})
