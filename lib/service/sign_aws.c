/*
 * sign_aws.c -- AWS Signature Version 4.
 *
 * Source: "Create a signed AWS API request" (IAM user guide) and "Authenticating Requests" (S3 API
 * reference), whose examples the tests hold.  libcurl's own signing takes the URL as it was written,
 * where sorting and encoding have to come first, and leaves x-amz-content-sha256 out.
 */
#include "service/sign.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "service/sign_params.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define HEX_SIZE  (2 * TY_SHA256_SIZE + 1)
#define TIME_SIZE 17 /* "20130524T000000Z" */

struct aws {
	struct ty_arena *arena;
	const struct ty_signing_aws *values;
	const struct ty_net_signable *request;
	struct sign_url url;
	char now[TIME_SIZE];
	const char *body_hash, *query, *path, *scope;
	struct ty_net_field *headers; /* to be signed, names in lower case, sorted */
	size_t header_count;
};

static const char *
hash_hex(struct ty_arena *arena, const char *data, size_t len)
{
	uint8_t sum[TY_SHA256_SIZE];
	char *hex = ty_arena_alloc(arena, HEX_SIZE);

	ty_sha256(data, len, sum);
	ty_str_hex(sum, sizeof(sum), hex);
	return hex;
}

/* A path's escapes as RFC 3986 has them: each byte that need not be escaped is not. */
static const char *
path_encode(struct ty_arena *arena, const char *path, bool is_decoded)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 2 * strlen(path) + 1);
	for (;;) {
		size_t len = strcspn(path, "/"), plain_len = len;
		const char *plain =
			is_decoded ? path : ty_str_url_decode(arena, path, len, false, &plain_len);

		ty_buf_add_str(&buf, ty_str_url_encode(arena, plain != NULL ? plain : path,
						       plain != NULL ? plain_len : len));
		if (path[len] == '\0')
			return buf.data;
		ty_buf_add_str(&buf, "/");
		path += len + 1;
	}
}

static void
aws_url(struct aws *aws)
{
	struct sign_params params = { .list = NULL };

	sign_url_split(aws->arena, aws->request->url, &aws->url);
	sign_params_add(aws->arena, &params, aws->url.query, strlen(aws->url.query));
	sign_params_sort(&params);
	aws->query = sign_params_join(aws->arena, &params);
	aws->path = path_encode(aws->arena, aws->url.path, false);
}

/* ---- headers ---- */

/* Leave out headers that proxies and our own client change on the way. */
static bool
is_signed(const char *name)
{
	static const char *const left_out[] = {
		"accept-encoding",	"authorization",	"user-agent", "x-amz-date",
		"x-amz-content-sha256", "x-amz-security-token", "host"
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(left_out); i++)
		if (ty_str_ieq(name, left_out[i]))
			return false;
	return true;
}

/* Blanks at the ends go, and several within are one. */
static const char *
trim(struct ty_arena *arena, const char *value)
{
	char *out = ty_arena_alloc(arena, strlen(value) + 1), *to = out;

	for (value += strspn(value, " \t"); *value != '\0'; value++) {
		if ((*value == ' ' || *value == '\t') &&
		    (value[1] == ' ' || value[1] == '\t' || value[1] == '\0'))
			continue;
		*to++ = *value == '\t' ? ' ' : *value;
	}
	*to = '\0';
	return out;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct ty_net_field *)a)->name,
		      ((const struct ty_net_field *)b)->name);
}

static void
header_add(struct aws *aws, const char *name, const char *value)
{
	aws->headers[aws->header_count++] =
		(struct ty_net_field){ ty_str_lower(aws->arena, name), trim(aws->arena, value) };
}

static void
aws_headers(struct aws *aws)
{
	const struct ty_net_signable *r = aws->request;
	const char *host = aws->url.host;

	aws->headers = ty_arena_alloc_array(aws->arena, r->header_count + 4, sizeof(*aws->headers));
	for (size_t i = 0; i < r->header_count; i++) {
		if (ty_str_ieq(r->headers[i].name, "Host"))
			host = r->headers[i].value;
		if (is_signed(r->headers[i].name))
			header_add(aws, r->headers[i].name, r->headers[i].value);
	}
	header_add(aws, "host", host);
	header_add(aws, "x-amz-date", aws->now);
	header_add(aws, "x-amz-content-sha256", aws->body_hash);
	if (!ty_str_is_blank(aws->values->session_token))
		header_add(aws, "x-amz-security-token", aws->values->session_token);
	qsort(aws->headers, aws->header_count, sizeof(*aws->headers), by_name);
}

static const char *
signed_names(const struct aws *aws)
{
	struct ty_buf buf;

	ty_buf_init(&buf, aws->arena, 256);
	for (size_t i = 0; i < aws->header_count; i++)
		ty_buf_printf(&buf, "%s%s", i > 0 ? ";" : "", aws->headers[i].name);
	return buf.data;
}

/* ---- the signature ---- */

static const char *
canonical_request(const struct aws *aws, const char *names)
{
	bool is_s3 = ty_str_eq(aws->values->service, "s3");
	struct ty_buf buf;

	ty_buf_init(&buf, aws->arena, 1024);
	ty_buf_printf(&buf, "%s\n%s\n%s\n", aws->request->method,
		      is_s3 ? aws->path : path_encode(aws->arena, aws->path, true), aws->query);
	for (size_t i = 0; i < aws->header_count; i++)
		ty_buf_printf(&buf, "%s:%s\n", aws->headers[i].name, aws->headers[i].value);
	ty_buf_printf(&buf, "\n%s\n%s", names, aws->body_hash);
	return buf.data;
}

/* A key for the day, the region and the service, each made of the one before. */
static void
signing_key(const struct aws *aws, uint8_t key[TY_SHA256_SIZE])
{
	const char *const steps[] = { ty_arena_strndup(aws->arena, aws->now, 8),
				      aws->values->region, aws->values->service, "aws4_request" };
	struct ty_secret *first = ty_secret_new(
		aws->arena, ty_arena_printf(aws->arena, "AWS4%s", aws->values->secret_access_key),
		strlen(aws->values->secret_access_key) + 4);

	ty_hmac_sha256(first->data, first->len, steps[0], strlen(steps[0]), key);
	for (size_t i = 1; i < TY_ARRAY_COUNT(steps); i++) {
		uint8_t before[TY_SHA256_SIZE];

		memcpy(before, key, sizeof(before));
		ty_hmac_sha256(before, sizeof(before), steps[i], strlen(steps[i]), key);
		ty_crypto_wipe(before, sizeof(before));
	}
}

static const char *
sign_text(const struct aws *aws, const char *request)
{
	const char *text =
		ty_arena_printf(aws->arena, ALGORITHM "\n%s\n%s\n%s", aws->now, aws->scope,
				hash_hex(aws->arena, request, strlen(request)));
	uint8_t key[TY_SHA256_SIZE], mac[TY_SHA256_SIZE];
	char *hex = ty_arena_alloc(aws->arena, HEX_SIZE);

	signing_key(aws, key);
	ty_hmac_sha256(key, sizeof(key), text, strlen(text), mac);
	ty_crypto_wipe(key, sizeof(key));
	ty_str_hex(mac, sizeof(mac), hex);
	return hex;
}

static enum ty_code
aws_body(struct aws *aws, struct ty_err *err)
{
	const struct ty_net_signable *r = aws->request;

	aws->body_hash =
		r->body != NULL ? hash_hex(aws->arena, r->body, r->body_len) : r->body_hash;
	if (aws->body_hash != NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "A multipart form with files cannot be signed for AWS");
	ty_err_hint(err, "Send the file alone, as the body, or text fields only.");
	return ty_err_at(err, "body");
}

static void
signature_fill(const struct aws *aws, const char *names, const char *hex,
	       struct ty_net_signature *ret)
{
	struct ty_arena *arena = aws->arena;
	size_t n = 0;

	ret->fields[n++] = (struct ty_net_field){
		"Authorization",
		ty_arena_printf(arena,
				ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
				aws->values->access_key_id, aws->scope, names, hex)
	};
	ret->fields[n++] = (struct ty_net_field){ "X-Amz-Date", ty_arena_strdup(arena, aws->now) };
	ret->fields[n++] = (struct ty_net_field){ "X-Amz-Content-Sha256", aws->body_hash };
	if (!ty_str_is_blank(aws->values->session_token))
		ret->fields[n++] =
			(struct ty_net_field){ "X-Amz-Security-Token", aws->values->session_token };
	ret->count = n;
	ret->url = ty_arena_printf(arena, "%s://%s%s%s%s", aws->url.scheme, aws->url.host,
				   aws->path, *aws->query != '\0' ? "?" : "", aws->query);
}

enum ty_code
ty_sign_aws(const void *ctx, struct ty_arena *arena, const struct ty_net_signable *request,
	    struct ty_net_signature *ret_signature, struct ty_err *err)
{
	const struct ty_sign *sign = ctx;
	struct aws aws = { .arena = arena, .values = sign->values, .request = request };
	time_t now_s = (time_t)((sign->now_ms != 0 ? sign->now_ms : ty_time_now_ms()) / 1000);
	const char *names;
	struct tm tm;

	strftime(aws.now, sizeof(aws.now), "%Y%m%dT%H%M%SZ", gmtime_r(&now_s, &tm));
	if (aws_body(&aws, err) != TY_OK)
		return err->code;
	aws.scope = ty_arena_printf(arena, "%.8s/%s/%s/aws4_request", aws.now, aws.values->region,
				    aws.values->service);
	aws_url(&aws);
	aws_headers(&aws);
	names = signed_names(&aws);
	signature_fill(&aws, names, sign_text(&aws, canonical_request(&aws, names)), ret_signature);
	return TY_OK;
}
