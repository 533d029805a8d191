/*
 * fuzz_schedule -- cron expressions and intervals as authors write them, in any zone.
 *
 * Lines: the expression, the zone, number and unit and anchor of an interval, a moment in seconds.  What parses has
 * times that ascend, each the next of any moment just before it.
 */
#include "base/arena.h"
#include "base/err.h"
#include "schedule/schedule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TIMES 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_times(const struct ty_schedule *schedule, int64_t from_ms)
{
	int64_t at_ms = from_ms, next_ms, again_ms;
	char last[TY_SCHEDULE_TIME_SIZE] = "", text[TY_SCHEDULE_TIME_SIZE];

	for (int i = 0; i < TIMES && ty_schedule_next(schedule, at_ms, &next_ms); i++) {
		TY_ASSERT(next_ms > at_ms);
		TY_ASSERT(ty_schedule_next(schedule, next_ms - 1, &again_ms) &&
			  again_ms == next_ms);
		ty_schedule_format(schedule, next_ms, text);
		TY_ASSERT(strcmp(text, last) != 0);
		memcpy(last, text, sizeof(last));
		at_ms = next_ms;
	}
}

static void
check_parse(struct ty_arena *arena, const struct ty_schedule_spec *spec, int64_t now_ms)
{
	const struct ty_schedule *schedule;
	struct ty_err err;
	int64_t at_ms;

	ty_err_clear(&err);
	if (ty_schedule_parse(arena, spec, now_ms, &schedule, &err) != TY_OK) {
		TY_ASSERT(err.path[0] != '\0' && err.hint[0] != '\0');
		return;
	}
	TY_ASSERT(ty_schedule_next(schedule, now_ms, &at_ms));
	check_times(schedule, now_ms);
}

/* The next line of a text, cut out of it; "" where there is none. */
static char *
take_line(char **text)
{
	char *line = *text, *end = line + strcspn(line, "\n");

	*text = *end == '\0' ? end : end + 1;
	*end = '\0';
	return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	char *text = ty_arena_strndup(arena, (const char *)data, size);
	struct ty_schedule_spec spec = { .kind = TY_SCHEDULE_CRON };
	int64_t now_ms;

	spec.cron = take_line(&text);
	spec.timezone = take_line(&text);
	spec.every = strtoll(take_line(&text), NULL, 10);
	if (!ty_schedule_unit_find(take_line(&text), &spec.unit))
		spec.unit = TY_UNIT_MINUTES;
	spec.anchor = take_line(&text);
	now_ms = strtoll(take_line(&text), NULL, 10) % 253402300799LL * 1000;
	check_parse(arena, &spec, now_ms);
	spec.kind = TY_SCHEDULE_INTERVAL;
	check_parse(arena, &spec, now_ms);
	ty_arena_free(arena);
	return 0;
}
