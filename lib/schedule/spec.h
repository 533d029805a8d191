/*
 * spec.h -- what an author writes of a schedule, read from JSON: the parameters of core.schedule, and the
 * body of a preview, which has the same members.
 */
#ifndef TY_SCHEDULE_SPEC_H
#define TY_SCHEDULE_SPEC_H

#include "json/json.h"
#include "schedule/schedule.h"

/*
 * Members that are left out have their defaults, as the table of core.schedule says; without a
 * "timezone" it is the given one.  Texts are borrowed from 'params' and never NULL.
 * Errors: TY_E_INVALID (path: the member).
 */
enum ty_code ty_schedule_spec_read(const json_t *params, const char *timezone,
				   struct ty_schedule_spec *ret_spec,
				   struct ty_err *err) TY_MUST_CHECK;

#endif
