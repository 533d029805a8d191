/*
 * oauth2.h -- the texts of OAuth 2.0: what a token endpoint is sent, what it answers, and the address at
 * which a person signs in (RFC 6749, 6750, 7636, 7523).
 *
 * Pure but for the key that signs an assertion.  Who asks when, and what is kept, is token.h's.
 */
#ifndef TY_SERVICE_OAUTH2_H
#define TY_SERVICE_OAUTH2_H

#include "base/defs.h"
#include "json/json.h"
#include "vault/forms.h"
#include "vault/signing.h"

/* Answer of a token endpoint: a JWT with many claims has some KB, the largest seen 16. */
#define TY_OAUTH2_ANSWER_BYTES (64 * 1024)
/* Token endpoints answer within a second; one that takes longer than this is away. */
#define TY_OAUTH2_TIMEOUT_MS 10000
/* Lifetime of a token that can be believed: ten years.  Beyond, none is said. */
#define TY_OAUTH2_LIFETIME_S_MAX ((int64_t)10 * 366 * 86400)

/* A grant that is exchanged for a token. */
struct ty_oauth2_grant {
	enum ty_signing signing; /* way of signing: TY_SIGNING_OAUTH2_* */
	const struct ty_signing_oauth2 *values;
	const char *refresh_token; /* NULL = the grant of the type itself */
	const char *code, *verifier,
		*redirect_uri; /* of TY_SIGNING_OAUTH2_CODE without refresh_token */
	int64_t now_ms;	       /* time that an assertion is good from */
};

/*
 * The request to the token endpoint, for net/http.h: it follows no redirect.  New reference, which the
 * caller wipes.  NULL: 'err' is set (TY_E_INVALID, the key does not sign).
 */
json_t *ty_oauth2_request(struct ty_arena *arena, const struct ty_oauth2_grant *grant,
			  struct ty_err *err);

enum ty_oauth2_outcome {
	TY_OAUTH2_TOKEN,
	TY_OAUTH2_LATER,      /* not now: another try may help */
	TY_OAUTH2_REFUSED,    /* the provider says no, and nothing was used up */
	TY_OAUTH2_OVER,	      /* the grant is none any more (invalid_grant) */
	TY_OAUTH2_UNREADABLE, /* not known whether the grant was used */
};

struct ty_oauth2_token {
	const char *access_token, *refresh_token; /* refresh_token NULL = none */
	int64_t lifetime_s;			  /* 0 = not said */
};

struct ty_oauth2_answer {
	int64_t status;
	const char *text;
	size_t len;
	const struct ty_forms
		*sent; /* secrets that the provider was sent and may repeat; NULL = none */
};

/*
 * Read an answer: RFC 6749, 5.1 and 5.2.  Texts of *ret_token are wiped with 'arena'.  Of any outcome but
 * TY_OAUTH2_TOKEN 'err' says why, in the provider's words where it has some, without what it was sent: masked
 * before they are cut, because of a secret that was cut nothing would be found.
 */
enum ty_oauth2_outcome ty_oauth2_answer(struct ty_arena *arena,
					const struct ty_oauth2_answer *answer,
					struct ty_oauth2_token *ret_token, struct ty_err *err);

/* 'text' of a provider as one line of 'size' bytes at most: what cannot be printed is '?'. */
void ty_oauth2_words(const char *text, char *out, size_t size);

/* Time after which a token of that lifetime is got anew: a tenth of it before its end, a minute at most. */
int64_t ty_oauth2_renew_s(int64_t lifetime_s);

/* The address at which a person signs in; owned by 'arena'. */
const char *ty_oauth2_authorization_url(struct ty_arena *arena,
					const struct ty_signing_oauth2 *values,
					const char *redirect_uri, const char *state,
					const char *verifier);

#endif
