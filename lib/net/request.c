/*
 * request.c -- request JSON, as http.request and the journal know it, checked and
 * made into struct net_request.
 *
 * Everything a user can write into a request is untrusted: a header must not be able
 * to hold a line break, a method must be a token, headers that frame the message are
 * ours alone (request smuggling, RFC 9112 section 11).
 *
 * Knows nothing of sockets or of curl; url.c takes the URL apart.
 */
#include "net/internal.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "body/charset.h"
#include "body/encoding.h"
#include "body/type.h"
#include "crypto/crypto.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define METHOD_BYTES_MAX   16
#define CONNECT_TIMEOUT_MS 10000 /* a peer that is there answers well within it */
#define REDIRECTS_DEFAULT  0

static bool
is_token(const char *s)
{
	/* RFC 9110, 5.6.2 */
	static const char punctuation[] = "!#$%&'*+-.^_`|~";

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		bool alnum = (*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') ||
			     (*s >= 'a' && *s <= 'z');

		if (!alnum && strchr(punctuation, *s) == NULL)
			return false;
	}
	return true;
}

static enum ty_code
parse_method(struct ty_arena *arena, const json_t *json, struct net_request *request,
	     struct ty_err *err)
{
	char *method = ty_arena_strdup(arena, ty_json_str(json, "method", "GET"));

	if (!is_token(method) || strlen(method) > METHOD_BYTES_MAX) {
		ty_err_set(err, TY_E_INVALID, "The method is not an HTTP method");
		return ty_err_at(err, "method");
	}
	for (char *c = method; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	if (strcmp(method, "CONNECT") == 0 || strcmp(method, "TRACE") == 0) {
		ty_err_set(err, TY_E_INVALID, "The method %s cannot be sent", method);
		return ty_err_at(err, "method");
	}
	request->method = method;
	return TY_OK;
}

static enum ty_code
parse_url(struct ty_arena *arena, const json_t *json, struct net_request *request,
	  struct ty_err *err)
{
	const json_t *pairs = json_object_get(json, "query");
	char *query, *secret = NULL;
	size_t len;

	if (net_pairs_encode(arena, pairs, NET_PAIRS_PLAIN, "query", &query, &len, err) != TY_OK)
		return err->code;
	if (net_pairs_has_secret(pairs)) {
		if (net_pairs_encode(arena, pairs, NET_PAIRS_SECRET, "query", &secret, &len, err) !=
		    TY_OK)
			return err->code;
		query = *query != '\0' ? ty_arena_printf(arena, "%s&%s", query, secret) : secret;
	}
	request->secret_query = secret;
	return net_url_parse(arena, ty_json_str(json, "url", ""), query, request, err);
}

/* Headers that say where a message ends or what the connection does are ours alone. */
static bool
is_framing(const char *name)
{
	static const char *const framing[] = {
		"connection", "content-length",	   "expect", "keep-alive", "te",
		"trailer",    "transfer-encoding", "upgrade"
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(framing); i++)
		if (ty_str_ieq(name, framing[i]))
			return true;
	return strncasecmp(name, "proxy-", 6) == 0;
}

static bool
is_header_value(const char *value)
{
	for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++)
		if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
			return false;
	return true;
}

/* Headers that are meant for one origin, whoever wrote them; of others the caller says so (RFC 9110, 15.4). */
static bool
is_for_origin(const char *name)
{
	return ty_str_ieq(name, "Authorization") || ty_str_ieq(name, "Cookie") ||
	       ty_str_ieq(name, "Host");
}

static struct net_header *
add_header(struct net_request *request, const char *name, const char *value)
{
	struct net_header *header = &request->headers[request->header_count++];

	header->name = name;
	header->value = value;
	header->for_origin = is_for_origin(name);
	return header;
}

bool
net_request_has(const struct net_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (ty_str_ieq(request->headers[i].name, name))
			return true;
	return false;
}

static enum ty_code
parse_header(struct ty_arena *arena, const json_t *pair, struct net_request *request,
	     struct ty_err *err)
{
	const char *name = ty_json_str(pair, "name", "");
	const char *value = net_pair_value(arena, pair);
	struct net_header *header;

	if (!is_token(name))
		return ty_err_set(err, TY_E_INVALID,
				  "A header's name holds a character it must not");
	if (value == NULL || !is_header_value(value))
		return ty_err_set(
			err, TY_E_INVALID,
			"The value of header %.64s holds a line break or control character", name);
	if (is_framing(name)) {
		ty_err_set(err, TY_E_INVALID,
			   "The header %.64s is set by Tyboo and cannot be given", name);
		return ty_err_hint(err, "Remove it; the right value is sent by itself");
	}
	header = add_header(request, ty_arena_strdup(arena, name), ty_arena_strdup(arena, value));
	header->for_origin = header->for_origin || ty_json_bool(pair, "secret", false);
	return TY_OK;
}

#define HEADERS_OF_OURS 4 /* Accept-Encoding, Content-Type, Idempotency-Key, User-Agent */

static enum ty_code
parse_headers(struct ty_arena *arena, const json_t *json, struct net_request *request,
	      struct ty_err *err)
{
	const json_t *headers = json_object_get(json, "headers");
	size_t i, bytes = 0;
	json_t *pair;

	if (net_pairs_check(headers, "headers", err) != TY_OK)
		return err->code;
	request->headers = ty_arena_alloc_array(arena, json_array_size(headers) + HEADERS_OF_OURS,
						sizeof(*request->headers));
	json_array_foreach(headers, i, pair)
	{
		if (parse_header(arena, pair, request, err) != TY_OK)
			return ty_err_at(err, "headers[%zu]", i);
		bytes += strlen(request->headers[i].name) + strlen(request->headers[i].value) + 4;
	}
	if (bytes > TY_LIMIT_HEADERS_BYTES) {
		ty_err_set(err, TY_E_INVALID, "The headers are over %d bytes together",
			   TY_LIMIT_HEADERS_BYTES);
		return ty_err_at(err, "headers");
	}
	return TY_OK;
}

/* Fill request->body and give its default content type. */
static enum ty_code
parse_body_value(struct ty_arena *arena, const json_t *body, struct net_request *request,
		 const char **ret_type, struct ty_err *err)
{
	const char *kind = ty_json_str(body, "kind", "");
	const json_t *value = json_object_get(body, "value");
	char *text;

	if (strcmp(kind, "json") == 0) {
		request->body = ty_json_dump(arena, value != NULL ? value : json_null(),
					     &request->body_len);
		*ret_type = "application/json";
	} else if (strcmp(kind, "form") == 0) {
		if (net_pairs_encode(arena, value, NET_PAIRS_ALL, "body.value", &text,
				     &request->body_len, err) != TY_OK)
			return err->code;
		request->body = text;
		*ret_type = "application/x-www-form-urlencoded";
	} else if (strcmp(kind, "multipart") == 0) {
		if (net_parts_encode(arena, body, request, ret_type, err) != TY_OK)
			return err->code;
	} else if (strcmp(kind, "file") == 0) {
		if (net_file_encode(arena, value, request, ret_type, err) != TY_OK)
			return err->code;
	} else if (strcmp(kind, "text") == 0 && (value == NULL || json_is_string(value))) {
		request->body_len = json_string_length(value);
		request->body =
			ty_arena_memdup(arena, value != NULL ? json_string_value(value) : "",
					request->body_len + 1);
		*ret_type = "text/plain; charset=utf-8";
	} else {
		ty_err_set(err, TY_E_INVALID,
			   "The body's kind is not json, form, multipart, text or file");
		return ty_err_at(err, "body.kind");
	}
	request->has_body = true;
	request->body_for_origin = ty_json_bool(body, "secret", false) ||
				   (strcmp(kind, "json") != 0 && net_pairs_has_secret(value));
	return TY_OK;
}

/* Text goes out in the charset that its type says. */
static enum ty_code
encode_text(struct ty_arena *arena, const json_t *body, const char *type,
	    struct net_request *request, struct ty_err *err)
{
	struct ty_text in = { request->body, request->body_len }, out = in;
	struct ty_body_type parsed;
	char label[64];

	for (size_t i = 0; i < request->header_count; i++)
		if (ty_str_ieq(request->headers[i].name, "Content-Type"))
			type = request->headers[i].value;
	ty_body_type_parse(type, &parsed);
	if (!ty_str_eq(ty_json_str(body, "kind", ""), "text") ||
	    !ty_body_param(parsed.params, "charset", label, sizeof(label)))
		return TY_OK;
	if (ty_charset_encode(arena, ty_charset_find(label), in, &out, err) != TY_OK)
		return ty_err_at(err, "body.value");
	request->body = out.s;
	request->body_len = out.len;
	return TY_OK;
}

static enum ty_code
parse_body(struct ty_arena *arena, const json_t *json, struct net_request *request,
	   struct ty_err *err)
{
	const json_t *body = json_object_get(json, "body");
	const char *type = NULL;

	if (body == NULL || json_is_null(body))
		return TY_OK;
	if (parse_body_value(arena, body, request, &type, err) != TY_OK)
		return err->code;
	if (request->pieces == NULL && request->body_len > TY_LIMIT_BODY_BYTES) {
		ty_err_set(err, TY_E_INVALID, "The body is over %d bytes", TY_LIMIT_BODY_BYTES);
		return ty_err_at(err, "body");
	}
	type = ty_arena_strdup(arena, ty_json_str(body, "content_type", type));
	if (!is_header_value(type)) {
		ty_err_set(err, TY_E_INVALID, "The content type holds a control character");
		return ty_err_at(err, "body.content_type");
	}
	if (encode_text(arena, body, type, request, err) != TY_OK)
		return err->code;
	if (!net_request_has(request, "Content-Type") && *type != '\0')
		add_header(request, "Content-Type", type);
	return TY_OK;
}

static enum ty_code
parse_response(const json_t *json, struct net_request *request, struct ty_err *err)
{
	request->wants_file = ty_str_eq(ty_json_str(json, "response", ""), "file");
	if (request->wants_file ||
	    ty_body_as_parse(ty_json_str(json, "response", ""), &request->response))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID,
		   "The response is not auto, json, form, multipart, text, bytes or file");
	return ty_err_at(err, "response");
}

/* The smaller of two times where both are given. */
static int64_t
shorter(int64_t a, int64_t b)
{
	if (a <= 0)
		return b;
	return b <= 0 || a < b ? a : b;
}

static int64_t
clamp(int64_t n, int64_t min, int64_t max)
{
	return n < min ? min : n > max ? max : n;
}

static void
parse_limits(const json_t *json, int64_t timeout_ms, struct net_request *request)
{
	int64_t timeout = shorter(timeout_ms, ty_json_int(json, "timeout_ms", 0));

	request->timeout_ms = timeout > 0 ? clamp(timeout, 1, TY_LIMIT_NODE_TIMEOUT_MAX_MS)
					  : TY_LIMIT_NODE_TIMEOUT_MS;
	request->connect_timeout_ms =
		clamp(ty_json_int(json, "connect_timeout_ms", CONNECT_TIMEOUT_MS), 1,
		      request->timeout_ms);
	request->redirects_max = clamp(ty_json_int(json, "redirects_max", REDIRECTS_DEFAULT), 0,
				       TY_LIMIT_HTTP_REDIRECTS);
	request->response_max_bytes =
		clamp(ty_json_int(json, "response_max_bytes", TY_LIMIT_HTTP_RESPONSE_BYTES), 0,
		      TY_LIMIT_HTTP_RESPONSE_BYTES);
	request->verify_tls = ty_json_bool(json, "verify_tls", true);
}

static enum ty_code
parse_key(struct ty_arena *arena, const json_t *json, struct net_request *request,
	  struct ty_err *err)
{
	const char *key = ty_json_str(json, "idempotency_key", NULL);

	if (key != NULL && !is_header_value(key)) {
		ty_err_set(err, TY_E_INVALID, "The idempotency key holds a control character");
		return ty_err_at(err, "idempotency_key");
	}
	if (key != NULL && !net_request_has(request, "Idempotency-Key"))
		add_header(request, "Idempotency-Key", ty_arena_strdup(arena, key));
	if (!net_request_has(request, "User-Agent"))
		add_header(request, "User-Agent", "Tyboo/" TY_VERSION);
	/* Ask for encodings that answer.c undoes, because curl's own decoding takes a body that is cut off for whole. */
	if (!net_request_has(request, "Accept-Encoding"))
		add_header(request, "Accept-Encoding",
			   request->wants_file ? "identity" : TY_BODY_ENCODINGS);
	return TY_OK;
}

enum ty_code
net_request_parse(struct ty_arena *arena, const json_t *json, int64_t timeout_ms,
		  struct net_request *ret_request, struct ty_err *err)
{
	struct net_request request = { 0 };

	parse_limits(json, timeout_ms, &request);
	if (parse_method(arena, json, &request, err) != TY_OK ||
	    parse_url(arena, json, &request, err) != TY_OK ||
	    parse_headers(arena, json, &request, err) != TY_OK ||
	    parse_body(arena, json, &request, err) != TY_OK ||
	    parse_response(json, &request, err) != TY_OK ||
	    parse_key(arena, json, &request, err) != TY_OK ||
	    net_proxy_parse(arena, json, &request.proxy, err) != TY_OK)
		return err->code;
	*ret_request = request;
	return TY_OK;
}
