/*
 * zone.h -- the time zones of the system (package tzdata), which tyboo-sandbox computes with.
 *
 * Nothing is kept: an update of the package counts from the next question on.
 */
#ifndef TY_BASE_ZONE_H
#define TY_BASE_ZONE_H

#include "base/defs.h"

#define TY_ZONE_DIR "/usr/share/zoneinfo"

#define TY_ZONE_VERSION_SIZE 32 /* "2026b" + NUL */

/*
 * Is there such a zone: "Europe/Berlin", as IANA writes it, or "UTC+3", which scripts know too?
 * On a machine without zones nobody can tell, so any name is.
 */
bool ty_zone_is_known(const char *name);

/* Is it "UTC", "UTC+3" or "UTC-03:30"?  Gives the offset from UTC. */
bool ty_zone_is_fixed(const char *name, int32_t *ret_offset_s);

/* Write the path of a zone's file; false where 'name' cannot be one of a zone's files. */
#define TY_ZONE_PATH_SIZE 96
bool ty_zone_path(const char *name, char out[TY_ZONE_PATH_SIZE]);

/* The release of the data, "unknown" where the system does not tell. */
void ty_zone_version(char out[TY_ZONE_VERSION_SIZE]);

#endif
