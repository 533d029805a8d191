/*
 * addr_range.h -- ranges of IP addresses (CIDR, RFC 4632 and RFC 4291).
 *
 * Every address is 16 bytes of IPv6; IPv4 is ::ffff:0:0/96, so that "192.0.2.1" and "::ffff:192.0.2.1" are one.
 */
#ifndef TY_BASE_ADDR_RANGE_H
#define TY_BASE_ADDR_RANGE_H

#include "base/defs.h"

struct ty_addr_range {
	uint8_t addr[16]; /* bits beyond 'bits' are 0 */
	int bits;	  /* of 128 */
};

/* False: the text is no address. */
bool ty_addr_parse(const char *text, uint8_t ret_addr[16]);
/* "address" or "address/bits"; false: it is neither. */
bool ty_addr_range_parse(const char *text, struct ty_addr_range *ret_range);
bool ty_addr_range_has(const struct ty_addr_range *range, const uint8_t addr[16]);

#endif
