/*
 * fuzz_date -- dates: the first line is a pattern, the second a text.  A date that was read is written as
 * ISO 8601 and read again as the same moment.
 */
#include "base/arena.h"
#include "base/err.h"
#include "nodes/date_format.h"
#include "nodes/moment.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(struct ty_arena *arena, const struct ty_zone *zone, int64_t ms, const char *pattern)
{
	struct ty_err err = { .code = TY_OK };
	char iso[NODE_DATE_ISO_SIZE];
	struct ty_buf out;
	int64_t again;

	/* An offset of a day may lead out of the years that a text has. */
	if (ms < NODE_MOMENT_MIN_MS + 86400000 || ms > NODE_MOMENT_MAX_MS - 86400000)
		return;
	node_date_iso(ty_zone_load(arena, "UTC"), ms, iso);
	TY_ASSERT(node_moment_read(zone, iso, &again) && again == ms);
	ty_buf_init(&out, arena, 64);
	(void)!node_date_format(zone, ms, pattern, &out, &err);
	for (enum node_unit unit = NODE_UNIT_YEARS; unit <= NODE_UNIT_MILLISECONDS; unit++) {
		TY_ASSERT(node_moment_floor(zone, ms, unit) <= ms);
		if (node_moment_add(zone, ms, unit, 13, &again))
			TY_ASSERT(again >= ms);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const struct ty_zone *zone = ty_zone_load(arena, "Europe/Berlin");
	const char *end = memchr(data, '\n', size);
	struct ty_err err = { .code = TY_OK };
	const char *pattern, *text;
	int64_t ms;

	if (end != NULL) {
		pattern = ty_arena_strndup(arena, (const char *)data,
					   (size_t)(end - (const char *)data));
		text = ty_arena_strndup(arena, end + 1,
					size - (size_t)(end + 1 - (const char *)data));
		if (node_moment_read(zone, text, &ms))
			look(arena, zone, ms, pattern);
		if (node_date_parse(zone, text, pattern, &ms, &err) == TY_OK)
			look(arena, zone, ms, pattern);
	}
	ty_arena_free(arena);
	return 0;
}
