/*
 * hosts.c -- which hosts a credential is for.
 */
#include "base/err.h"
#include "base/str.h"
#include "vault/credential.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HOST_BYTES_MAX 255 /* RFC 1035, 2.3.4 */

/* An entry of the list: "*.example.com", "[::1]:8080". */
struct entry {
	const char *host;
	size_t len;
	int port;	/* 0 = any, -1 = no number of a port */
	bool is_suffix; /* the star's: 'host' begins with its dot */
};

static int
port_parse(const char *from, const char *end)
{
	char digits[8];
	int64_t port;

	snprintf(digits, sizeof(digits), "%.*s", (int)(end - from), from);
	return ty_str_parse_i64(digits, 1, UINT16_MAX, &port) ? (int)port : -1;
}

/* The entry at *at, which moves behind it; false at the end. */
static bool
entry_next(const char **at, struct entry *ret)
{
	const char *from = *at + strspn(*at, ", \t"), *end = from + strcspn(from, ", \t");
	const char *colon, *close = memchr(from, ']', (size_t)(end - from));

	if (from == end)
		return false;
	*at = end;
	ret->is_suffix = end - from > 2 && strncmp(from, "*.", 2) == 0;
	ret->host = from + ret->is_suffix;
	/* A colon within brackets is part of an IPv6 address. */
	colon = memchr(close != NULL ? close : from, ':',
		       (size_t)(end - (close != NULL ? close : from)));
	ret->len = (size_t)((colon != NULL ? colon : end) - ret->host);
	ret->port = colon != NULL ? port_parse(colon + 1, end) : 0;
	return true;
}

static bool
entry_is_right(const struct entry *entry)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_";
	size_t i = 0;

	if (entry->len == 0 || entry->len > HOST_BYTES_MAX || entry->port < 0)
		return false;
	if (*entry->host == '[')
		return entry->host[entry->len - 1] == ']';
	while (i < entry->len && strchr(allowed, entry->host[i]) != NULL)
		i++;
	return i == entry->len;
}

enum ty_code
ty_credential_hosts_check(const char *hosts, struct ty_err *err)
{
	const char *at = hosts;
	struct entry entry;

	while (entry_next(&at, &entry)) {
		if (entry_is_right(&entry))
			continue;
		ty_err_set(
			err, TY_E_INVALID, "\"%.*s\" is no host",
			(int)(at - entry.host < HOST_BYTES_MAX ? at - entry.host : HOST_BYTES_MAX),
			entry.host);
		ty_err_hint(err, "Write hosts as api.example.com, *.example.com or "
				 "localhost:8080, with commas between them.");
		return ty_err_at(err, "hosts");
	}
	return TY_OK;
}

static bool
entry_takes(const struct entry *entry, const char *host, int port)
{
	size_t len = strlen(host);

	if (entry->port != 0 && entry->port != port)
		return false;
	if (entry->is_suffix)
		return len > entry->len &&
		       strncasecmp(host + len - entry->len, entry->host, entry->len) == 0;
	return len == entry->len && strncasecmp(host, entry->host, len) == 0;
}

bool
ty_credential_is_for(const char *hosts, const char *host, int port)
{
	const char *at = hosts;
	struct entry entry;

	if (ty_str_is_blank(hosts))
		return true;
	while (entry_next(&at, &entry)) {
		if (entry_takes(&entry, host, port))
			return true;
	}
	return false;
}
