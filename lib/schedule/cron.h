/*
 * cron.h -- a cron expression as sets of bits, and its wall times one after the other.
 *
 * Private to lib/schedule: knows no zones (next.c does).
 */
#ifndef TY_SCHEDULE_CRON_H
#define TY_SCHEDULE_CRON_H

#include "base/defs.h"

struct cron {
	uint64_t seconds, minutes, hours; /* bit 0 = 0 */
	uint64_t months;		  /* bit 1 = January */
	bool is_wall;			  /* minute and hour have neither star nor step */

	/* Day of month. */
	uint64_t days;	   /* bit 1 = the first */
	uint64_t from_end; /* bit n = n days before the last: L, L-n */
	uint64_t nearest;  /* bit n = the weekday (Monday to Friday) nearest to n: nW */
	bool last_weekday; /* LW */
	bool is_any_day;   /* a star or '?' */

	/* Day of week. */
	uint64_t weekdays;     /* bit 0 = Sunday */
	uint64_t nth[6];       /* nth[k]: the k-th of the month: n#k */
	uint64_t last_of_kind; /* the last of the month: nL */
	bool is_any_weekday;
};

/* Errors: TY_E_INVALID (path "cron"). */
enum ty_code cron_parse(const char *text, struct cron *ret_cron, struct ty_err *err) TY_MUST_CHECK;

/* The first wall time at or after 'wall_s' and before 'until_s'; false where there is none. */
bool cron_next(const struct cron *cron, int64_t wall_s, int64_t until_s, int64_t *ret_wall_s);

#endif
