/*
 * natives.h -- what the prelude cannot do by itself, as functions of a realm.
 *
 * Only the prelude holds them; user code cannot come by one.
 */
#ifndef TY_SANDBOX_NATIVES_H
#define TY_SANDBOX_NATIVES_H

#include "jsc_api.h"

#define NATIVES_COUNT 8

/* In the order in which the prelude takes them. */
void natives_make(JSContextRef ctx, JSValueRef out[NATIVES_COUNT]);

#endif
