/*
 * sender.h -- from which addresses a hook takes deliveries: core.webhook's "allowed_addresses".
 *
 * A list as text: addresses and CIDR ranges, IPv4 and IPv6, separated by commas or spaces; empty = all.
 * What counts is the address that the web server sees (see docs/OPERATING.md, "Behind a web server").
 */
#ifndef TY_HOOK_SENDER_H
#define TY_HOOK_SENDER_H

#include "base/defs.h"

/* Fault of 'addresses', as a sentence and how to mend it; NULL: none. */
const char *ty_hook_addresses_fault(const char *addresses, const char **ret_hint);
/* False also where 'remote_addr' is no address, unless the list is empty. */
bool ty_hook_addresses_allow(const char *addresses, const char *remote_addr);

#endif
