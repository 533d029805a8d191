/*
 * ical.h -- the writing half of data.ical.
 */
#ifndef TY_NODES_ICAL_H
#define TY_NODES_ICAL_H

#include "base/buf.h"
#include "node/node.h"

/*
 * The calendar of all input items, in the step's arena.  Fields are those that reading gives; times are written in UTC,
 * those of a recurrence in their zone, with what its clocks do.
 * Errors: TY_E_INVALID, with the item blamed.
 */
enum ty_code node_ical_write(struct ty_step *step, const char *name, struct ty_buf *ret_text,
			     struct ty_err *err) TY_MUST_CHECK;

#endif
