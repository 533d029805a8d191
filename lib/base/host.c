/*
 * host.c -- see host.h.
 */
#include "base/host.h"

#include "base/arena.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* "[::ffff:127.0.0.1]" without its brackets; NULL where it is no address. */
static const char *
address_spelling(struct ty_arena *arena, const char *text)
{
	char shown[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) != 1)
		return NULL;
	if (IN6_IS_ADDR_V4MAPPED(&address))
		return ty_arena_strdup(
			arena, inet_ntop(AF_INET, &address.s6_addr[12], shown, sizeof(shown)));
	return ty_arena_printf(arena, "[%s]", inet_ntop(AF_INET6, &address, shown, sizeof(shown)));
}

const char *
ty_host_spelling(struct ty_arena *arena, const char *host)
{
	const char *lower = ty_str_lower(arena, host), *address = NULL;
	const char *close = lower[0] == '[' ? strchr(lower, ']') : NULL;
	size_t len = close != NULL ? (size_t)(close + 1 - lower) : strcspn(lower, ":");
	const char *port = lower + len;

	if (close != NULL)
		address = address_spelling(arena, ty_arena_strndup(arena, lower + 1, len - 2));
	else if (len > 1 && lower[len - 1] == '.')
		len--;
	if (address != NULL)
		return ty_arena_printf(arena, "%s%s", address, port);
	return ty_arena_printf(arena, "%.*s%s", (int)len, lower, port);
}
