/*
 * next.h -- a schedule made from a line, and its times as texts: "2026-03-08T03:00:00-04:00 ...".
 */
#ifndef TY_TESTS_SCHEDULE_NEXT_H
#define TY_TESTS_SCHEDULE_NEXT_H

#include "base/time.h"
#include "schedule/schedule.h"
#include "support/common.h"

#include <stdio.h>

static inline const struct ty_schedule *
cron_of(const char *cron, const char *zone)
{
	struct ty_schedule_spec spec = { .kind = TY_SCHEDULE_CRON, .cron = cron, .timezone = zone };
	const struct ty_schedule *schedule = NULL;

	ck_assert_ok(ty_schedule_parse(fx.arena, &spec, 0, &schedule, &fx.err));
	return schedule;
}

static inline int64_t
ms_of(const char *text)
{
	int64_t ms = 0;

	ck_assert_msg(ty_time_parse(text, &ms), "%s", text);
	return ms;
}

/* 'count' times after a moment, with a blank between. */
static inline const char *
times_of(const struct ty_schedule *schedule, const char *after, size_t count)
{
	int64_t at = ms_of(after);
	const char *out = "";

	for (size_t i = 0; i < count; i++) {
		char text[TY_SCHEDULE_TIME_SIZE];

		ck_assert(ty_schedule_next(schedule, at, &at));
		ty_schedule_format(schedule, at, text);
		out = ty_arena_printf(fx.arena, "%s%s%s", out, i > 0 ? " " : "", text);
	}
	return out;
}

#endif
