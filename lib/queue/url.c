/*
 * url.c -- see url.h.
 */
#include "queue/url.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define PORT_DEFAULT 6379

/* [s, s+len) into a buffer; false where it does not fit. */
static bool
url_copy(char *out, size_t out_size, const char *s, size_t len)
{
	if (len >= out_size)
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

/* %XX as in any address, in place; false where one is broken or NUL. */
static bool
url_unescape(char *text)
{
	char *out = text;

	for (const char *s = text; *s != '\0'; s++) {
		uint8_t byte = (uint8_t)*s;

		if (*s == '%') {
			if (!ty_str_unhex(s + 1, strnlen(s + 1, 2), &byte) || s[1] == '\0' ||
			    byte == 0)
				return false;
			s += 2;
		}
		*out++ = (char)byte;
	}
	*out = '\0';
	return true;
}

static bool
url_db(const char *s, struct ty_queue_url *url)
{
	int64_t n;

	if (!ty_str_parse_i64(s, 0, 1023, &n))
		return false;
	url->db = (int)n;
	return true;
}

static bool
url_unix(const char *s, struct ty_queue_url *url)
{
	const char *query = strstr(s, "?db=");
	size_t len = query != NULL ? (size_t)(query - s) : strlen(s);

	return len > 0 && url_copy(url->path, sizeof(url->path), s, len) &&
	       (query == NULL || url_db(query + 4, url));
}

/* "user:password@" or ":password@". */
static bool
url_secret(const char *s, size_t len, struct ty_queue_url *url)
{
	const char *colon = memchr(s, ':', len);

	if (colon == NULL)
		return false;
	return url_copy(url->user, sizeof(url->user), s, (size_t)(colon - s)) &&
	       url_copy(url->password, sizeof(url->password), colon + 1,
			len - (size_t)(colon - s) - 1) &&
	       url_unescape(url->user) && url_unescape(url->password);
}

static bool
url_tcp(const char *s, struct ty_queue_url *url)
{
	const char *slash, *colon, *at = strrchr(s, '@');
	int64_t port = PORT_DEFAULT;
	char text[8];
	size_t len;

	if (at != NULL) {
		if (!url_secret(s, (size_t)(at - s), url))
			return false;
		s = at + 1;
	}
	slash = strchr(s, '/');
	if (slash != NULL && slash[1] != '\0' && !url_db(slash + 1, url))
		return false;
	len = slash != NULL ? (size_t)(slash - s) : strlen(s);
	colon = memrchr(s, ':', len);
	if (colon != NULL &&
	    s[len - 1] != ']') { /* a colon before ']' belongs to an IPv6 address */
		if (!url_copy(text, sizeof(text), colon + 1, len - (size_t)(colon - s) - 1) ||
		    !ty_str_parse_i64(text, 1, 65535, &port))
			return false;
		len = (size_t)(colon - s);
	}
	url->port = (int)port;
	if (len >= 2 && s[0] == '[' && s[len - 1] == ']') { /* an IPv6 address */
		s++;
		len -= 2;
	} else if (memchr(s, ':', len) != NULL || memchr(s, '[', len) != NULL ||
		   memchr(s, ']', len) != NULL) {
		return false;
	}
	return len > 0 && url_copy(url->host, sizeof(url->host), s, len);
}

enum ty_code
ty_queue_url_parse(const char *text, struct ty_queue_url *ret_url, struct ty_err *err)
{
	struct ty_queue_url url = { .port = PORT_DEFAULT };
	bool ok = false;

	if (ty_str_has_prefix(text, "rediss:"))
		return ty_err_set(err, TY_E_INVALID, "redis_url: TLS to Redis is not supported");
	if (ty_str_has_prefix(text, "redis://"))
		ok = url_tcp(text + strlen("redis://"), &url);
	else if (ty_str_has_prefix(text, "unix:"))
		ok = url_unix(text + strlen("unix:"), &url);
	if (!ok) /* the URL is not shown, because it may hold a password */
		return ty_err_set(err, TY_E_INVALID,
				  "redis_url is neither "
				  "redis://[:password@]host[:port][/db] nor unix:/path[?db=n]");
	*ret_url = url;
	return TY_OK;
}
