/*
 * test_crypto.c -- the service "crypto": vectors of the RFCs, and what is refused.
 */
#include "unit/service/one_blob.h"

#include "base/arena.h"
#include "base/buf.h"
#include "vault/credential.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static json_t *
parsed(const char *text)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, strlen(text));
	for (; *text != '\0'; text++)
		ty_buf_add_char(&buf, *text == '`' ? '"' : *text);
	return ty_json_own(fx.arena, json_loads(buf.data, JSON_ALLOW_NUL, NULL));
}

/* Call it with a credential of this type and data ("" = none). */
static struct outcome
ask(const char *type, const json_t *data, const char *request)
{
	const struct ty_service *service = ty_service_find("crypto");
	const struct ty_credential *credential = NULL;
	struct ty_id id = ty_id_new();
	struct ty_service_means means = { .loop = &st.loop };
	struct ty_service_ask call = { .workspace_id = &id, .run_id = &id };
	struct outcome out = { 0 };
	const char *text;
	size_t len;

	if (type[0] != '\0') {
		ck_assert_msg(ty_credential_check(type, data, &fx.err) == TY_OK, "%s", fx.err.msg);
		text = ty_json_dump(fx.arena, data, &len);
		ck_assert_ok(ty_credential_open(fx.arena, type, text, len, &credential, &fx.err));
	}
	call.request = parsed(request);
	ck_assert_ptr_nonnull(call.request);
	call.credential = credential;
	uv_loop_init(&st.loop);
	service->begin(&means, &call, told, &out);
	ck_assert_int_eq(out.told, 0);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(out.told, 1);
	uv_loop_close(&st.loop);
	return out;
}

#define SEED "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
/* RFC 7515, A.1: the key, and its token. */
#define HS_KEY                                                                                     \
	"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define HS_TOKEN                                                                                   \
	"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."                                                \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dH"                                   \
	"A6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static const struct {
	const char *type, *data, *request;
	const char *values; /* NULL: it fails */
	const char *message;
} rows[] = {
	/* RFC 4231, 2 and 3; RFC 2202, 3. */
	{ "crypto_secret", "{`secret`:`Jefe`}",
	  "{`do`:`hmac`,`hash`:`sha256`,`texts`:[`what do ya want for nothing?`]}",
	  "[`W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=`]", NULL },
	{ "crypto_secret", "{`secret`:`4a656665`,`form`:`hex`}",
	  "{`do`:`hmac`,`hash`:`sha1`,`texts`:[`what do ya want for nothing?`]}",
	  "[`7/zfauXrL6LSdBbV8YTfnCWafHk=`]", NULL },
	{ "crypto_secret", "{`secret`:`SmVmZQ==`,`form`:`base64`}",
	  "{`do`:`hmac`,`hash`:`md5`,`texts`:[`what do ya want for nothing?`]}",
	  "[`dQx4PmqwtQPqqG4xCl23OA==`]", NULL },
	{ "crypto_secret", "{`secret`:`x`}", "{`do`:`hmac`,`hash`:`sha256`,`texts`:[]}", "[]",
	  NULL },
	{ "crypto_secret", "{`secret`:`x`}", "{`do`:`hmac`,`hash`:`md6`,`texts`:[``]}", NULL,
	  "no such hash" },
	/* RFC 6238, appendix B: the seed of SHA-1, eight digits. */
	{ "crypto_totp", "{`secret`:`" SEED "`,`digits`:8}",
	  "{`do`:`totp`,`texts`:[`59`,`1111111109`,`1111111111`,`1234567890`,`2000000000`,`"
	  "20000000000`]}",
	  "[`94287082`,`07081804`,`14050471`,`89005924`,`69279037`,`65353130`]", NULL },
	{ "crypto_totp",
	  "{`secret`:`GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA`,`digits`:8,`hash`:`"
	  "SHA256`}",
	  "{`do`:`totp`,`texts`:[`59`,`20000000000`]}", "[`46119246`,`77737706`]", NULL },
	{ "crypto_totp",
	  "{`secret`:`"
	  "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBV"
	  "GY3TQOJQGEZDGNA`,"
	  "`digits`:8,`hash`:`SHA512`}",
	  "{`do`:`totp`,`texts`:[`59`,`20000000000`]}", "[`90693936`,`47863826`]", NULL },
	{ "crypto_totp", "{`secret`:`gezd gnbv-gy3t qojq gezd gnbv gy3t qojq`}",
	  "{`do`:`totp`,`texts`:[`59`]}", "[`287082`]", NULL },
	{ "crypto_totp", "{`secret`:`" SEED "`}",
	  "{`do`:`totp_check`,`at_s`:89,`window`:0,`texts`:[`287082`,`28708`,``]}",
	  "[false,false,false]", NULL },
	{ "crypto_totp", "{`secret`:`" SEED "`}",
	  "{`do`:`totp_check`,`at_s`:89,`window`:1,`texts`:[`287082`,`287083`]}", "[true,false]",
	  NULL },
	{ "crypto_totp", "{`secret`:`" SEED "`}", "{`do`:`totp`,`texts`:[`x`]}", NULL,
	  "no code at that time" },
	/* Tokens by a secret.  The signature of another, and every other algorithm, are refused. */
	{ "crypto_key", "{`algorithm`:`HS256`,`key`:`secret`}", "{`do`:`jws`,`texts`:[`{}`]}",
	  "[`eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.5hs7UdbD7JEYF2eNdCYGqoJcGsBqVhSuKzHY8E4mZl4`"
	  "]",
	  "any" },
	{ "crypto_key", "{`algorithm`:`HS256`,`key`:`secret`}",
	  "{`do`:`check`,`texts`:[`" HS_TOKEN "`,`eyJhbGciOiJub25lIn0.e30.`,`a.b.c`,`a`,``,`..`]}",
	  "[false,false,false,false,false,false]", NULL },
	/* Another type of credential, and none. */
	{ "crypto_secret", "{`secret`:`x`}", "{`do`:`jws`,`texts`:[`{}`]}", NULL,
	  "of another type" },
	{ "", "{}", "{`do`:`jws`,`texts`:[`{}`]}", NULL, "The credential is not given" },
	{ "crypto_secret", "{`secret`:`x`}", "{`do`:`what`,`texts`:[]}", NULL, "no such way" },
};

START_TEST(texts_are_computed_with)
{
	struct outcome out = ask(rows[_i].type, parsed(rows[_i].data), rows[_i].request);

	if (rows[_i].values == NULL) {
		ck_assert_msg(strstr(out.err.msg, rows[_i].message) != NULL, "%s", out.err.msg);
		return;
	}
	ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
	/* What is made of a token is looked at where it is checked. */
	if (rows[_i].message == NULL)
		ck_assert_str_eq(
			ty_json_dump(fx.arena, json_object_get(out.answer, "values"), NULL),
			ty_json_dump(fx.arena, parsed(rows[_i].values), NULL));
}
END_TEST

/* A pair of each kind, made when first asked for; what RSA and RSA-PSS share is one. */
static struct pair {
	const char *algorithm, *kind, *curve;
	const char *private, *public;
} pairs[] = {
	{ "RS256", "RSA", NULL, NULL, NULL },	  { "PS256", "RSA", NULL, NULL, NULL },
	{ "ES256", "EC", "P-256", NULL, NULL },	  { "ES384", "EC", "P-384", NULL, NULL },
	{ "EdDSA", "ED25519", NULL, NULL, NULL }, { "HS512", NULL, NULL, "a secret", "a secret" },
};

static const char *
pem_of(EVP_PKEY *key, bool is_private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *text;
	char *data;
	long len;

	ck_assert_int_eq(
		is_private ? PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
			   : PEM_write_bio_PUBKEY(bio, key),
		1);
	len = BIO_get_mem_data(bio, &data);
	text = ty_arena_strndup(fx.arena, data, (size_t)len);
	BIO_free(bio);
	return text;
}

static void
pairs_make(void)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(pairs); i++) {
		struct pair *pair = &pairs[i];
		EVP_PKEY *key;

		if (pair->kind == NULL ||
		    (i > 0 && pairs[i - 1].kind != NULL && strcmp(pair->kind, "RSA") == 0)) {
			if (pair->kind != NULL) {
				pair->private = pairs[i - 1].private;
				pair->public = pairs[i - 1].public;
			}
			continue;
		}
		key = pair->curve != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, pair->kind, pair->curve)
		      : strcmp(pair->kind, "RSA") == 0
			      ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
			      : EVP_PKEY_Q_keygen(NULL, NULL, pair->kind);
		ck_assert_ptr_nonnull(key);
		pair->private = pem_of(key, true);
		pair->public = pem_of(key, false);
		EVP_PKEY_free(key);
	}
}

static json_t *
key_of(const char *algorithm, const char *key)
{
	return ty_json_own(fx.arena, json_pack("{s:s, s:s}", "algorithm", algorithm, "key", key));
}

START_TEST(a_token_is_checked_by_its_own_key_and_algorithm_alone)
{
	struct outcome made, out;
	const char *token;
	char *bent;
	const char *request;

	pairs_make();
	made = ask("crypto_key", key_of(pairs[_i].algorithm, pairs[_i].private),
		   "{`do`:`jws`,`texts`:[`{\\`a\\`:1}`]}");
	ck_assert_msg(made.answer != NULL, "%s", made.err.msg);
	token = json_string_value(json_array_get(json_object_get(made.answer, "values"), 0));
	bent = ty_arena_strdup(fx.arena, token);
	bent[strlen(bent) - 3] = bent[strlen(bent) - 3] == 'A' ? 'B' : 'A';
	request = ty_arena_printf(fx.arena, "{`do`:`check`,`texts`:[`%s`,`%s`]}", token, bent);
	for (size_t k = 0; k < TY_ARRAY_COUNT(pairs); k++) {
		bool same = k == (size_t)_i;

		out = ask("crypto_key", key_of(pairs[k].algorithm, pairs[k].public), request);
		ck_assert_msg(json_is_true(json_array_get(json_object_get(out.answer, "values"),
							  0)) == same,
			      "%s by %s", pairs[_i].algorithm, pairs[k].algorithm);
		ck_assert(json_is_false(json_array_get(json_object_get(out.answer, "values"), 1)));
	}
	/* The public key's text as the secret of an HMAC is no credential at all. */
	ck_assert_int_ne(
		ty_credential_check("crypto_key", key_of("HS256", pairs[_i].public), &fx.err),
		strstr(pairs[_i].public, "-----BEGIN") != NULL ? TY_OK : TY_E_INTERNAL);
}
END_TEST

START_TEST(a_public_key_does_not_sign)
{
	struct outcome out;

	pairs_make();
	out = ask("crypto_key", key_of(pairs[0].algorithm, pairs[0].public),
		  "{`do`:`sign`,`texts`:[`x`]}");
	ck_assert_ptr_nonnull(strstr(out.err.msg, "is a public one"));
}
END_TEST

static const struct {
	const char *type, *data, *path;
} refused[] = {
	{ "crypto_secret", "{`secret`:`xyz`,`form`:`hex`}", "data.secret" },
	{ "crypto_secret", "{`secret`:`a*`,`form`:`base64`}", "data.secret" },
	{ "crypto_totp", "{`secret`:`01`}", "data.secret" },
	{ "crypto_totp", "{`secret`:`JBSWY3DP`,`digits`:9}", "data.digits" },
	{ "crypto_key", "{`algorithm`:`RS256`,`key`:`secret`}", "data.key" },
	{ "crypto_key", "{`algorithm`:`none`,`key`:`secret`}", "data.algorithm" },
};

START_TEST(credentials_that_cannot_compute_are_refused)
{
	ck_assert_int_ne(ty_credential_check(refused[_i].type, parsed(refused[_i].data), &fx.err),
			 TY_OK);
	ck_assert_str_eq(fx.err.path, refused[_i].path);
}
END_TEST

TEST_MAIN("service.crypto", {
	TEST_LOOP(texts_are_computed_with, rows);
	TEST_LOOP(a_token_is_checked_by_its_own_key_and_algorithm_alone, pairs);
	TEST(a_public_key_does_not_sign);
	TEST_LOOP(credentials_that_cannot_compute_are_refused, refused);
})
