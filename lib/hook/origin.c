/*
 * origin.c -- see origin.h.
 */
#include "hook/origin.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

static bool
entry_has_prefix(const struct ty_str_word *entry, const char *prefix)
{
	size_t len = strlen(prefix);

	return entry->len > len && strncasecmp(entry->s, prefix, len) == 0;
}

/* Digits, and not the scheme's own port: a browser leaves that out. */
static bool
port_is_sent(const char *port, size_t len, bool is_tls)
{
	const char *own = is_tls ? "443" : "80";

	return len > 0 && len <= 5 && strspn(port, "0123456789") >= len &&
	       (strlen(own) != len || memcmp(port, own, len) != 0);
}

static bool
entry_is_origin(const struct ty_str_word *entry)
{
	bool is_tls = entry_has_prefix(entry, "https://");
	size_t scheme_len = strlen(is_tls ? "https://" : "http://");
	const char *host = entry->s + scheme_len, *colon;
	size_t len, host_len;

	if (!is_tls && !entry_has_prefix(entry, "http://"))
		return false;
	len = entry->len - scheme_len;
	colon = host[0] == '[' ? memchr(host, ']', len) : host; /* an IPv6 address has colons */
	if (colon == NULL)
		return false;
	colon = memchr(colon, ':', len - (size_t)(colon - host));
	host_len = colon != NULL ? (size_t)(colon - host) : len;
	if (host_len == 0 || memchr(host, '/', host_len) != NULL ||
	    memchr(host, '@', host_len) != NULL || memchr(host, '*', host_len) != NULL)
		return false;
	return colon == NULL || port_is_sent(colon + 1, len - host_len - 1, is_tls);
}

const char *
ty_hook_origins_fault(const char *origins, const char **ret_hint)
{
	struct ty_str_word entry;

	while (ty_str_list_next(&origins, &entry)) {
		if ((entry.len == 1 && entry.s[0] == '*') || entry_is_origin(&entry))
			continue;
		*ret_hint =
			"Write each as the browser sends it, such as https://shop.example.org or "
			"https://shop.example.org:8443: no path, no slash at its end, no port "
			"that is the scheme's own; or * for all.";
		return "has an entry that is no origin";
	}
	return NULL;
}

const char *
ty_hook_origins_allow(const char *origins, const char *origin)
{
	struct ty_str_word entry;

	while (ty_str_list_next(&origins, &entry)) {
		if (entry.len == 1 && entry.s[0] == '*')
			return "*";
		if (strlen(origin) == entry.len && strncasecmp(entry.s, origin, entry.len) == 0)
			return origin;
	}
	return NULL;
}
