/*
 * test_years.c -- schedulers under a clock that nobody waits for, over two years in five zones: each tick exactly once.
 *
 * The ticks are judged by the C library's clock and the documented rules.  Schedulers come late, stay away for a
 * day, die between handing a tick in and remembering it, and are two; what hands a tick in again gives it the same key.
 */
#include "base/map.h"
#include "clock.h"
#include "schedule/due.h"

static const struct {
	const char *zone, *from;
} places[] = {
	{ "America/New_York", "2027-01-01T00:00:00Z" },
	{ "Europe/Berlin", "2027-01-01T00:00:00Z" },
	{ "Australia/Lord_Howe", "2027-01-01T00:00:00Z" },
	{ "America/Mexico_City", "2022-01-01T00:00:00Z" }, /* dropped its changes in October */
	{ "UTC", "2027-01-01T00:00:00Z" },
};

/* What became of the ticks of one schedule. */
struct world {
	const struct ty_schedule *schedule;
	struct ty_schedule_state state; /* as its row has it */
	struct ty_map *keys;		/* delivery key to the time of its tick */
	int64_t *runs;
	size_t run_count, again_count, conflict_count;
	unsigned seed;
};

static unsigned
chance(struct world *world, unsigned of)
{
	return (unsigned)rand_r(&world->seed) % of;
}

/* As the store does: a key is a run once. */
static void
hand_in(struct world *world, int64_t at_ms)
{
	char key[TY_SCHEDULE_TIME_SIZE];
	const int64_t *before;

	ty_schedule_format(world->schedule, at_ms, key);
	before = ty_map_find(world->keys, key);
	if (before != NULL) {
		world->again_count++;
		world->conflict_count += *before != at_ms;
		return;
	}
	world->runs[world->run_count] = at_ms;
	ty_map_set(world->keys, ty_arena_strdup(fx.arena, key), &world->runs[world->run_count++]);
}

/* When a scheduler looks that was told when there is something to do. */
static int64_t
look_at(struct world *world, int64_t look_ms)
{
	int64_t day_ms = 86400000;

	if (chance(world, 400) == 0)
		return look_ms + (int64_t)chance(world, (unsigned)day_ms);
	return look_ms + (int64_t)chance(world, TY_SCHEDULE_LATE_MS);
}

static void
two_years(struct world *world, int64_t end_ms)
{
	int64_t look_ms = world->state.next_ms;

	while (look_ms < end_ms) {
		int64_t now_ms = look_at(world, look_ms);
		struct ty_schedule_decision d;

		ty_schedule_decide(world->schedule, &world->state, now_ms, &d);
		for (size_t i = 0; i < d.tick_count; i++)
			hand_in(world, d.ticks[i]);
		world->conflict_count += (size_t)d.skipped;
		/* It died, or another one had the row: what it decided is forgotten. */
		look_ms = now_ms;
		if (chance(world, 8) == 0)
			continue;
		world->state.next_ms = d.next_ms;
		world->state.pending = d.pending;
		look_ms = d.look_ms;
	}
}

/* The ticks of the clock; *ret_count of them. */
static int64_t *
expected(size_t clock, const int64_t *walls, int64_t from_s, size_t *ret_count)
{
	int64_t *ticks = ty_arena_alloc_array(fx.arena, QUARTERS, sizeof(*ticks));

	*ret_count = 0;
	for (size_t i = 1; i < QUARTERS; i++)
		if (clock_is_due(clock, walls, i))
			ticks[(*ret_count)++] = (from_s + (int64_t)i * QUARTER_S) * 1000;
	return ticks;
}

START_TEST(each_tick_of_two_years_runs_exactly_once)
{
	int64_t from_s = ms_of(places[_i].from) / 1000;
	const int64_t *walls = clock_of(places[_i].zone, from_s, QUARTERS);

	for (size_t clock = 0; clock < TY_ARRAY_COUNT(clocks); clock++) {
		size_t count;
		const int64_t *ticks = expected(clock, walls, from_s, &count);
		struct world world = {
			.schedule = cron_of(clocks[clock].cron, places[_i].zone),
			.state = { .missed = TY_MISSED_ALL, .missed_max = TY_SCHEDULE_MISSED_MAX },
			.keys = ty_map_new(fx.arena),
			.runs = ty_arena_alloc_array(fx.arena, QUARTERS + 200, sizeof(int64_t)),
			.seed = (unsigned)clock + 1,
		};

		ck_assert(ty_schedule_next(world.schedule, from_s * 1000, &world.state.next_ms));
		two_years(&world, (from_s + (int64_t)QUARTERS * QUARTER_S) * 1000);
		/* Behind the end there may be a few that the last look found. */
		ck_assert_uint_ge(world.run_count, count);
		for (size_t i = 0; i < count; i++)
			if (world.runs[i] != ticks[i])
				ck_abort_msg("%s in %s: run %zu is of %lld, not %lld",
					     clocks[clock].cron, places[_i].zone, i,
					     (long long)world.runs[i], (long long)ticks[i]);
		ck_assert_uint_eq(world.conflict_count, 0);
		ck_assert_uint_gt(world.again_count, count / 16);
	}
}
END_TEST

TEST_MAIN("schedule.years", { TEST_LOOP(each_tick_of_two_years_runs_exactly_once, places); })
