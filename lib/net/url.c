/*
 * url.c -- where a request goes: its URL, what of it may be shown, where a redirect leads.
 *
 * User information leaves the URL as soon as it is parsed, so that no message, answer or
 * Location that is resolved against it can hold a password.
 *
 * Knows of curl its URL parser alone, nothing of sockets.
 */
#include "net/internal.h"

#include "base/str.h"

#include <locale.h>
#include <string.h>

#define SHOWN_MAX 200 /* bytes of a URL that a message repeats */

static const char *
url_part(CURLU *url, CURLUPart part, unsigned flags, struct ty_arena *arena)
{
	char *text = NULL;
	char *copy = NULL;

	if (curl_url_get(url, part, &text, flags) == CURLUE_OK)
		copy = ty_arena_strdup(arena, text);
	curl_free(text);
	return copy;
}

static bool
is_ascii(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

/* Write the host as DNS knows it (xn--), so that both spellings have one breaker and one list of
 * hosts. curl takes its bytes by the thread's locale, which is "C" in our programs. */
static bool
url_host_to_ascii(CURLU *url)
{
	char *host = NULL, *ascii = NULL;
	locale_t utf8, before;
	bool ok;

	if (curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK || is_ascii(host)) {
		curl_free(host);
		return true; /* Refused by who asks for it, where there is none. */
	}
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	before = uselocale(utf8); /* Without that locale it stays, and curl refuses the host. */
	ok = curl_url_get(url, CURLUPART_HOST, &ascii, CURLU_PUNYCODE) == CURLUE_OK &&
	     curl_url_set(url, CURLUPART_HOST, ascii, 0) == CURLUE_OK;
	uselocale(before);
	if (utf8 != (locale_t)0)
		freelocale(utf8);
	curl_free(host);
	curl_free(ascii);
	return ok;
}

static bool
url_set(CURLU *url, const char *text)
{
	return curl_url_set(url, CURLUPART_URL, text, CURLU_ALLOW_SPACE | CURLU_URLENCODE) ==
		       CURLUE_OK &&
	       url_host_to_ascii(url);
}

/* 'text' with 'query' at the end of its own. By hand: curl would change the case of escapes,
 * and an address that is signed must be sent as it was made. */
static const char *
url_append(struct ty_arena *arena, const char *text, const char *query)
{
	size_t len = strcspn(text, "#");
	const char *own = memchr(text, '?', len);
	const char *glue = own == NULL ? "?" : own + 1 == text + len ? "" : "&";

	if (query == NULL || *query == '\0')
		return text;
	return ty_arena_printf(arena, "%.*s%s%s", (int)len, text, glue, query);
}

/* Take the URL apart and put it together again without user information. */
static bool
url_take(CURLU *url, struct ty_arena *arena, struct net_request *request)
{
	const char *scheme = url_part(url, CURLUPART_SCHEME, 0, arena);
	const char *host = url_part(url, CURLUPART_HOST, 0, arena);

	if (scheme == NULL || host == NULL || *host == '\0' ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return false;
	request->user = url_part(url, CURLUPART_USER, CURLU_URLDECODE, arena);
	request->password = url_part(url, CURLUPART_PASSWORD, CURLU_URLDECODE, arena);
	curl_url_set(url, CURLUPART_USER, NULL, 0);
	curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	curl_url_set(url, CURLUPART_OPTIONS, NULL, 0);
	curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	request->url = url_part(url, CURLUPART_URL, 0, arena);
	return request->url != NULL;
}

enum ty_code
net_url_invalid(struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "The URL is not an absolute http or https URL");
	ty_err_hint(err, "Write it as https://host/path");
	return ty_err_at(err, "url");
}

enum ty_code
net_url_parse(struct ty_arena *arena, const char *text, const char *query,
	      struct net_request *request, struct ty_err *err)
{
	CURLU *url = curl_url();
	bool ok;

	TY_ASSERT(url != NULL);
	ok = url_set(url, url_append(arena, text, query)) && url_take(url, arena, request);
	curl_url_cleanup(url);
	if (ok)
		return TY_OK;
	return net_url_invalid(err);
}

const char *
net_url_told(struct ty_arena *arena, const struct net_request *request)
{
	const char *secret = request->secret_query, *at;

	at = secret != NULL ? strstr(request->url, secret) : NULL;
	if (at == NULL)
		return request->url;
	/* With what joins it to the rest. */
	return ty_arena_printf(arena, "%.*s%s", (int)(at - 1 - request->url), request->url,
			       at + strlen(secret));
}

enum ty_code
ty_net_url_host(struct ty_arena *arena, const char *text, const char **ret_host, int *ret_port,
		struct ty_err *err)
{
	CURLU *url = curl_url();
	const char *host = NULL, *port = NULL;
	int64_t number;

	TY_ASSERT(url != NULL);
	if (url_set(url, text)) {
		host = url_part(url, CURLUPART_HOST, 0, arena);
		port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, arena);
	}
	curl_url_cleanup(url);
	if (ty_str_is_blank(host) || port == NULL ||
	    !ty_str_parse_i64(port, 0, UINT16_MAX, &number))
		return net_url_invalid(err);
	*ret_host = host;
	*ret_port = (int)number;
	return TY_OK;
}

int
net_url_shown_len(const char *url)
{
	int len = (int)strcspn(url, "?#");

	return len < SHOWN_MAX ? len : SHOWN_MAX;
}

/* ---- redirects ---- */

bool
net_status_redirects(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool
same_origin(struct ty_arena *arena, CURLU *a, CURLU *b)
{
	static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT };

	for (size_t i = 0; i < TY_ARRAY_COUNT(parts); i++)
		if (!ty_str_ieq(url_part(a, parts[i], CURLU_DEFAULT_PORT, arena),
				url_part(b, parts[i], CURLU_DEFAULT_PORT, arena)))
			return false;
	return true;
}

static void
drop_headers(struct net_request *request, bool (*is_dropped)(const struct net_header *header))
{
	size_t kept = 0;

	for (size_t i = 0; i < request->header_count; i++)
		if (!is_dropped(&request->headers[i]))
			request->headers[kept++] = request->headers[i];
	request->header_count = kept;
}

static bool
is_of_body(const struct net_header *header)
{
	return ty_str_ieq(header->name, "Content-Type");
}

static bool
is_for_origin(const struct net_header *header)
{
	return header->for_origin;
}

/* 303 always, and 301 and 302 for POST, become a GET without a body, as browsers do. */
static void
redirect_method(struct net_request *request, long status)
{
	bool post = strcmp(request->method, "POST") == 0;
	bool safe = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;

	if ((status == 303 && !safe) || ((status == 301 || status == 302) && post)) {
		request->method = "GET";
		request->body = NULL;
		request->body_len = 0;
		request->pieces = NULL;
		request->has_body = false;
		drop_headers(request, is_of_body);
	}
}

/* Drop secrets where scheme, host or port change, because the new origin belongs to somebody else. */
static void
redirect_secrets(struct net_request *request)
{
	request->user = request->password = NULL;
	request->auth = NULL;
	drop_headers(request, is_for_origin);
}

enum ty_code
net_request_redirect(struct ty_arena *arena, struct net_request *request, long status,
		     const char *location, struct ty_err *err)
{
	const char *user = request->user, *password = request->password;
	CURLU *from = curl_url(), *to;
	bool ok, same = false;

	TY_ASSERT(from != NULL);
	ok = url_set(from, request->url);
	to = curl_url_dup(from);
	TY_ASSERT(to != NULL);
	ok = ok && url_set(to, location);
	if (ok)
		same = same_origin(arena, from, to);
	ok = ok && url_take(to, arena, request);
	curl_url_cleanup(from);
	curl_url_cleanup(to);
	if (!ok) {
		ty_err_set(err, TY_E_UPSTREAM,
			   "The server redirected to something that is no http or https URL");
		err->retryable = false;
		return ty_err_hint(err, "Set \"Redirects\" to 0 to look at the answer itself");
	}
	redirect_method(request, status);
	if (!same && request->has_body && request->body_for_origin) {
		ty_err_set(
			err, TY_E_DENIED,
			"The server redirected to another host, and the body has a secret in it");
		err->retryable = false;
		return ty_err_hint(err, "Use the last address, if its host may have the secret");
	}
	if (!same) {
		redirect_secrets(request);
	} else if (request->user == NULL) {
		request->user = user;
		request->password = password;
	}
	return TY_OK;
}
