/*
 * addr_range.c -- see addr_range.h.
 */
#include "base/addr_range.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

#define TEXT_MAX 64
#define V4_BITS	 96 /* before an IPv4 address in an IPv6 one */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

bool
ty_addr_parse(const char *text, uint8_t ret_addr[16])
{
	if (inet_pton(AF_INET, text, ret_addr + sizeof(mapped)) != 1)
		return inet_pton(AF_INET6, text, ret_addr) == 1;
	memcpy(ret_addr, mapped, sizeof(mapped));
	return true;
}

static void
range_mask(struct ty_addr_range *range)
{
	for (int i = 0; i < 16; i++) {
		int keep = range->bits - i * 8;

		if (keep <= 0)
			range->addr[i] = 0;
		else if (keep < 8)
			range->addr[i] &= (uint8_t)(0xff00 >> keep);
	}
}

bool
ty_addr_range_parse(const char *text, struct ty_addr_range *ret_range)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char addr[TEXT_MAX];
	int64_t bits;
	int base;

	if (len == 0 || len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (!ty_addr_parse(addr, ret_range->addr))
		return false;
	/* An address with dots alone counts the bits of IPv4 only. */
	base = strchr(addr, ':') == NULL ? V4_BITS : 0;
	bits = 128 - base;
	if (slash != NULL && !ty_str_parse_i64(slash + 1, 0, bits, &bits))
		return false;
	ret_range->bits = base + (int)bits;
	range_mask(ret_range);
	return true;
}

bool
ty_addr_range_has(const struct ty_addr_range *range, const uint8_t addr[16])
{
	int whole = range->bits / 8, rest = range->bits % 8;

	if (memcmp(range->addr, addr, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((range->addr[whole] ^ addr[whole]) & (0xff00 >> rest) & 0xff) == 0;
}
