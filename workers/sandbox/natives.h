/*
 * natives.h -- what the prelude cannot do by itself, as functions of a realm.
 *
 * Only the prelude holds them; user code cannot come by one.
 */
#ifndef TY_SANDBOX_NATIVES_H
#define TY_SANDBOX_NATIVES_H

#include "jsc_api.h"

#define NATIVES_COUNT 5

struct zones;

/* Set the zones of zoneOffset(); they stay where they are while the process runs. */
void natives_use_zones(const struct zones *zones);

/* Make the natives in the order in which the prelude takes them; the last gives it the others, which a
 * realm pays for as it needs them. */
void natives_make(JSContextRef ctx, JSValueRef out[NATIVES_COUNT]);

#endif
