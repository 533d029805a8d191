/*
 * date_format.h -- dates by a pattern, in the tokens that luxon has: "yyyy-MM-dd HH:mm".
 *
 * Texts stand in single quotes; any character that is no letter stands for itself.  Names of months and
 * days are English.  A letter that is no token is refused, so that a slip is told.
 */
#ifndef TY_NODES_DATE_FORMAT_H
#define TY_NODES_DATE_FORMAT_H

#include "base/buf.h"
#include "nodes/moment.h"

/* Errors: TY_E_INVALID (a token that there is not, a quote that is not closed). */
enum ty_code node_date_format(const struct ty_zone *zone, int64_t ms, const char *pattern,
			      struct ty_buf *out, struct ty_err *err) TY_MUST_CHECK;

/*
 * Read 'text' by the pattern; what it lacks is the first of its kind (1970 for the year), in 'zone' where it has no offset.
 * Errors: TY_E_INVALID (does not fit the pattern, no such date, a token that cannot be read).
 */
enum ty_code node_date_parse(const struct ty_zone *zone, const char *text, const char *pattern,
			     int64_t *ret_ms, struct ty_err *err) TY_MUST_CHECK;

/* ISO 8601 with the zone's offset: "2026-02-09T03:04:05.678+01:00", Z where the zone is UTC. */
#define NODE_DATE_ISO_SIZE 32
void node_date_iso(const struct ty_zone *zone, int64_t ms, char out[NODE_DATE_ISO_SIZE]);

#endif
