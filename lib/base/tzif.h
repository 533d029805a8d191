/*
 * tzif.h -- one file of the package tzdata (TZif, RFC 8536), read into memory.
 *
 * The only reader of these files: tyboo-sandbox hands what it gives to ICU, zone_offset.h answers
 * schedules from it.  Needs nothing but the C library, because tyboo-sandbox links none of ours.
 */
#ifndef TY_BASE_TZIF_H
#define TY_BASE_TZIF_H

#include "base/defs.h"

#define TY_TZIF_TYPES_MAX      256   /* a type's number has one byte */
#define TY_TZIF_FILE_BYTES_MAX 65536 /* the largest of 2026 has 4 KB */

struct ty_tzif_type {
	int32_t offset_s; /* from UTC, all in all */
	bool is_dst;
};

struct ty_tzif {
	int64_t *transitions; /* seconds; ascending */
	uint8_t *types_after; /* for each transition */
	size_t transition_count;
	struct ty_tzif_type types[TY_TZIF_TYPES_MAX]; /* the first holds before all transitions */
	size_t type_count;
	char *rule; /* POSIX TZ text for the time after the last transition */
};

/* Parse a file's bytes; false where it is no TZif of version 2 or later.  'ret' needs ty_tzif_done either way. */
bool ty_tzif_parse(const void *bytes, size_t len, struct ty_tzif *ret);
void ty_tzif_done(struct ty_tzif *tzif);

/* The bytes of a small file, to be freed by the caller; NULL where it cannot be read, or is too large. */
char *ty_tzif_read(const char *path, size_t *ret_len);

#endif
