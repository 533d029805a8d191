/*
 * guard.c -- which addresses an outbound connection may reach.
 *
 * A server that fetches what its users name is a way into the operator's own
 * network (SSRF).  So the address that is really connected is looked at, after
 * name resolution and again for each redirect: whatever is not plainly of the
 * public internet is refused, unless the operator's allow-list names it.
 *
 * Every address is treated as IPv6; IPv4 is ::ffff:0:0/96.  An address that only
 * wraps an IPv4 one (mapped, NAT64) is judged by what it wraps.
 */
#include "net/internal.h"

#include "base/addr_range.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Addresses that are refused, and where each is set down (IANA special-purpose registries). */
static const struct {
	const char *range;
	const char *why;
} guard_refused[] = {
	{ "0.0.0.0/8", "this network, RFC 791; Linux takes 0.0.0.0 for loopback" },
	{ "10.0.0.0/8", "private use, RFC 1918" },
	{ "100.64.0.0/10", "shared address space, RFC 6598" },
	{ "127.0.0.0/8", "loopback, RFC 1122" },
	{ "169.254.0.0/16", "link-local and cloud metadata, RFC 3927" },
	{ "172.16.0.0/12", "private use, RFC 1918" },
	{ "192.0.0.0/24", "protocol assignments, RFC 6890" },
	{ "192.0.2.0/24", "documentation, RFC 5737" },
	{ "192.88.99.0/24", "6to4 relay anycast, RFC 7526" },
	{ "192.168.0.0/16", "private use, RFC 1918" },
	{ "198.18.0.0/15", "benchmarking, RFC 2544" },
	{ "198.51.100.0/24", "documentation, RFC 5737" },
	{ "203.0.113.0/24", "documentation, RFC 5737" },
	{ "224.0.0.0/4", "multicast, RFC 5771" },
	{ "240.0.0.0/4", "reserved and broadcast, RFC 1112, RFC 919" },
	{ "::/96", "unspecified, loopback, IPv4-compatible, RFC 4291" },
	{ "64:ff9b:1::/48", "local-use translation, RFC 8215" },
	{ "100::/64", "discard only, RFC 6666" },
	{ "2001::/23", "protocol assignments with Teredo and ORCHID, RFC 2928" },
	{ "2001:db8::/32", "documentation, RFC 3849" },
	{ "2002::/16", "6to4, wraps any IPv4 address, RFC 3056" },
	{ "3fff::/20", "documentation, RFC 9637" },
	{ "5f00::/16", "segment routing, RFC 9602" },
	{ "fc00::/7", "unique local, RFC 4193" },
	{ "fe80::/10", "link-local, RFC 4291" },
	{ "fec0::/10", "site-local, RFC 3879" },
	{ "ff00::/8", "multicast, RFC 4291" },
};

/* NAT64 (RFC 6052): the last four bytes are an IPv4 address. */
static const uint8_t guard_nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
static const uint8_t guard_mapped[12] = { [10] = 0xff, [11] = 0xff };

struct guard_range {
	struct ty_addr_range addrs;
	int port; /* 0 = any */
};

struct ty_net_guard {
	struct guard_range refused[TY_ARRAY_COUNT(guard_refused)];
	struct guard_range *allowed;
	size_t allowed_count;
};

static bool
range_has(const struct guard_range *range, const uint8_t addr[16], int port)
{
	return (range->port == 0 || range->port == port) && ty_addr_range_has(&range->addrs, addr);
}

/* Parse one entry: RANGE, V4RANGE:PORT, [V6RANGE] or [V6RANGE]:PORT.  'text' is changed. */
static bool
entry_parse(char *text, struct guard_range *range)
{
	char *colon = strrchr(text, ':');
	int64_t port = 0;

	if (text[0] == '[') {
		char *end = strchr(text, ']');

		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		colon = end[1] == ':' ? end + 1 : NULL;
		*end = '\0';
		text++;
	} else if (colon != NULL && strchr(text, ':') != colon) {
		colon = NULL; /* several colons: a bare IPv6 address */
	}
	if (colon != NULL) {
		if (!ty_str_parse_i64(colon + 1, 1, 65535, &port))
			return false;
		*colon = '\0';
	}
	range->port = (int)port;
	return ty_addr_range_parse(text, &range->addrs);
}

static char *
trim(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		s[--len] = '\0';
	return s;
}

enum ty_code
ty_net_guard_new(struct ty_arena *arena, const char *allow, const struct ty_net_guard **ret_guard,
		 struct ty_err *err)
{
	struct ty_net_guard *guard = ty_arena_new_of(arena, struct ty_net_guard);
	char *list = ty_arena_strdup(arena, allow != NULL ? allow : "");
	size_t count = 1;

	for (size_t i = 0; i < TY_ARRAY_COUNT(guard_refused); i++)
		TY_ASSERT(ty_addr_range_parse(guard_refused[i].range, &guard->refused[i].addrs));
	for (const char *s = list; *s != '\0'; s++)
		count += *s == ',';
	guard->allowed = ty_arena_alloc_array(arena, count, sizeof(*guard->allowed));
	for (char *save = NULL, *entry = strtok_r(list, ",", &save); entry != NULL;
	     entry = strtok_r(NULL, ",", &save)) {
		const char *as_given;

		entry = trim(entry);
		if (*entry == '\0')
			continue;
		as_given = ty_arena_strdup(arena, entry);
		if (!entry_parse(entry, &guard->allowed[guard->allowed_count])) {
			ty_err_set(
				err, TY_E_INVALID,
				"http_allow: '%s' is not an address, a CIDR range or address:port",
				as_given);
			return ty_err_hint(err, "Write 127.0.0.1:8443, 10.0.0.0/8 or [fd00::1]:80");
		}
		guard->allowed_count++;
	}
	*ret_guard = guard;
	return TY_OK;
}

static bool
guard_lists(const struct ty_net_guard *guard, const uint8_t addr[16], int port)
{
	for (size_t i = 0; i < guard->allowed_count; i++)
		if (range_has(&guard->allowed[i], addr, port))
			return true;
	return false;
}

static bool
guard_allows(const struct ty_net_guard *guard, const uint8_t given[16], int port)
{
	uint8_t addr[16];

	memcpy(addr, given, sizeof(addr));
	if (guard_lists(guard, addr, port))
		return true;
	if (memcmp(addr, guard_nat64, sizeof(guard_nat64)) == 0)
		memcpy(addr, guard_mapped, sizeof(guard_mapped));
	for (size_t i = 0; i < TY_ARRAY_COUNT(guard->refused); i++)
		if (range_has(&guard->refused[i], addr, port))
			return false;
	return true;
}

bool
ty_net_guard_allows(const struct ty_net_guard *guard, const char *address, int port)
{
	uint8_t addr[16];

	return ty_addr_parse(address, addr) && guard_allows(guard, addr, port);
}

/* Names that are of somebody's own network, whoever looks them up. */
static const char *const guard_inner_names[] = {
	"localhost", /* RFC 6761 */
	"local",     /* RFC 6762 */
	"internal",  /* reserved by ICANN for private use; clouds' metadata have names in it */
	"home.arpa", /* RFC 8375 */
	"localdomain", "lan",	   "home",
	"corp",	       "intranet", "private", /* never to be delegated, or in use */
};

/* Is 'host' of that domain? */
static bool
name_is_in(const char *host, size_t len, const char *domain)
{
	size_t tail = strlen(domain);

	return len >= tail && strncasecmp(host + len - tail, domain, tail) == 0 &&
	       (len == tail || host[len - tail - 1] == '.');
}

bool
net_guard_allows_name(const struct ty_net_guard *guard, const char *host, int port)
{
	size_t len = strlen(host);
	char text[INET6_ADDRSTRLEN + 1];
	uint8_t addr[16];

	if (host[0] == '[' && len - 2 < sizeof(text)) {
		snprintf(text, sizeof(text), "%.*s", (int)(len - 2), host + 1);
		return ty_addr_parse(text, addr) && guard_allows(guard, addr, port);
	}
	if (len > 0 && host[len - 1] == '.')
		len--;
	if (len < sizeof(text)) {
		snprintf(text, sizeof(text), "%.*s", (int)len, host);
		if (ty_addr_parse(text, addr))
			return guard_allows(guard, addr, port);
	}
	/* A name of one label is looked up in the network's own domain. */
	if (memchr(host, '.', len) == NULL || host[0] == '[')
		return false;
	for (size_t i = 0; i < TY_ARRAY_COUNT(guard_inner_names); i++)
		if (name_is_in(host, len, guard_inner_names[i]))
			return false;
	/* Digits at the end are an address in an old way of writing, not a domain. */
	return host[len - 1] < '0' || host[len - 1] > '9';
}

static bool
sockaddr_take(const struct sockaddr *sa, uint8_t addr[16], int *ret_port)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memcpy(addr, guard_mapped, sizeof(guard_mapped));
		memcpy(addr + 12, &in.sin_addr, 4);
		*ret_port = ntohs(in.sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(addr, &in6.sin6_addr, 16);
		*ret_port = ntohs(in6.sin6_port);
		return true;
	}
	return false;
}

bool
net_guard_allows_sockaddr(const struct ty_net_guard *guard, const struct sockaddr *sa)
{
	uint8_t addr[16];
	int port;

	return sockaddr_take(sa, addr, &port) && guard_allows(guard, addr, port);
}

bool
net_guard_lists_sockaddr(const struct ty_net_guard *guard, const struct sockaddr *sa)
{
	uint8_t addr[16];
	int port;

	return sockaddr_take(sa, addr, &port) && guard_lists(guard, addr, port);
}

void
net_sockaddr_format(const struct sockaddr *sa, char *out, size_t out_size)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
		snprintf(out, out_size, "%s:%d", text, ntohs(in.sin_port));
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
		snprintf(out, out_size, "[%s]:%d", text, ntohs(in6.sin6_port));
	} else {
		snprintf(out, out_size, "an address of family %d", sa->sa_family);
	}
}
