/*
 * zones.h -- the system's time zones, for the script engine.
 *
 * Debian's ICU has the zone data of its own release and gets no updates, while the package tzdata
 * does.  So the files of tzdata are read when the program starts, before the jail closes, and
 * handed to ICU in its own format: one time-zone database for everything on the machine.
 */
#ifndef TY_SANDBOX_ZONES_H
#define TY_SANDBOX_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/tzif.h"
#include "base/zone.h"

#define ZONES_DIR TY_ZONE_DIR

struct zone {
	char *name;
	size_t same_as;	 /* place of the first zone with the same content, or its own */
	char country[3]; /* "" = none */
	struct ty_tzif data;
	char *bytes; /* the file, until it is known which are the same */
	size_t bytes_len;
};

/* Sorted by name, as strcmp does. */
struct zones {
	struct zone *v;
	size_t count;
	char version[32]; /* "2026a"; "" = not told */
};

/* All zones beneath 'dir'; none where it cannot be read.  A file that is no zone is skipped. */
struct zones *zones_read(const char *dir);
void zones_free(struct zones *zones);

/*
 * The offset at a moment; false where the zone is unknown, or its rule decides (the moment lies
 * after the last transition that is written down).
 */
bool zones_offset(const struct zones *zones, const char *name, double ms, int32_t *ret_offset_s);

/*
 * Write ICU's zoneinfo64.res into 'dir' (formatVersion 1.1 of its resource bundles).  False where
 * that fails.
 */
bool zones_write(const struct zones *zones, const char *dir);

#endif
