/*
 * sender.c -- see sender.h.
 */
#include "hook/sender.h"

#include "base/addr_range.h"
#include "base/str.h"

#include <string.h>

#define ENTRY_MAX 64

/* The next entry, NUL-terminated; one that is too long is cut, so that it is no address. */
static bool
entry_next(const char **at, char out[ENTRY_MAX])
{
	struct ty_str_word word;
	size_t kept;

	if (!ty_str_list_next(at, &word))
		return false;
	kept = word.len < ENTRY_MAX ? word.len : ENTRY_MAX - 1;
	memcpy(out, word.s, kept);
	out[kept] = '\0';
	return true;
}

const char *
ty_hook_addresses_fault(const char *addresses, const char **ret_hint)
{
	struct ty_addr_range range;
	char entry[ENTRY_MAX];

	while (entry_next(&addresses, entry))
		if (!ty_addr_range_parse(entry, &range)) {
			*ret_hint = "Write each as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32; no "
				    "name and no port.";
			return "has an entry that is no address and no range";
		}
	return NULL;
}

bool
ty_hook_addresses_allow(const char *addresses, const char *remote_addr)
{
	const char *at = addresses;
	struct ty_addr_range range;
	char entry[ENTRY_MAX];
	uint8_t addr[16];
	bool is_address = ty_addr_parse(remote_addr, addr), is_empty = true;

	while (entry_next(&at, entry)) {
		is_empty = false;
		if (is_address && ty_addr_range_parse(entry, &range) &&
		    ty_addr_range_has(&range, addr))
			return true;
	}
	return is_empty;
}
