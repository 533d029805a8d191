/*
 * host.h -- the one spelling of a host, by which things are kept that belong to it.
 */
#ifndef TY_BASE_HOST_H
#define TY_BASE_HOST_H

#include "base/defs.h"

/*
 * 'host', with a port or without, as its plain form is written: small letters, no dot at the end, an IPv6 address
 * in its shortest form and one that stands for an IPv4 address as that.  In 'arena'.  What is no address stays.
 */
const char *ty_host_spelling(struct ty_arena *arena, const char *host);

#endif
