/*
 * sns.h -- messages of Amazon SNS: signed by a certificate that the message names, and subscriptions that
 * whoever is subscribed has to confirm.
 *
 * Anybody with an account can have a message signed, so the topics that may send are the webhook's setting; and
 * addresses are taken from SNS's own hosts alone, with the operator's (sns_hosts) beside them.
 */
#ifndef TY_HOOK_SNS_H
#define TY_HOOK_SNS_H

#include "hook/verify.h"

enum ty_hook_sns_url { TY_HOOK_SNS_CERTIFICATE, TY_HOOK_SNS_SUBSCRIBE };

/* Does the address lie at SNS, and is it one of these?  'hosts': "host:port, host" of the operator; "" = none. */
bool ty_hook_sns_url_is_right(const char *url, enum ty_hook_sns_url what, const char *hosts);

/* Address in the message: SigningCertURL, or SubscribeURL; "" = it has none.  Owned by 'arena'. */
const char *ty_hook_sns_url(struct ty_arena *arena, const struct ty_hook_delivery *delivery,
			    enum ty_hook_sns_url what);

/* Fault of a list of topics, and how to mend it; NULL: none. */
const char *ty_hook_sns_topics_fault(const char *topics, const char **ret_hint);

/*
 * A certificate in PEM that messages may be signed with: of RSA, and in its time.
 * Errors: TY_E_UPSTREAM.
 */
enum ty_code ty_hook_sns_certificate_check(const char *pem, size_t len, int64_t now_s,
					   struct ty_err *err) TY_MUST_CHECK;

#endif
