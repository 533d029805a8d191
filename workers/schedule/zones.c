/*
 * zones.c -- see scheduler.h.  A zone is a file that is read; ten thousand schedules have a few.
 */
#include "scheduler.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/time.h"
#include "base/zone.h"
#include "base/zone_offset.h"

#include <stdlib.h>
#include <string.h>

/* Time until an update of the package tzdata counts. */
#define LOOK_MS 60000

struct zones {
	struct ty_arena *arena;
	struct ty_map *by_name;
	char version[TY_ZONE_VERSION_SIZE];
	int64_t looked_ms; /* monotonic */
};

struct zones *
zones_new(void)
{
	struct zones *zones = calloc(1, sizeof(*zones));

	TY_ASSERT(zones != NULL);
	zones->arena = ty_arena_new(NULL, "zones", 0);
	zones->by_name = ty_map_new(zones->arena);
	ty_zone_version(zones->version);
	zones->looked_ms = ty_time_mono_ms();
	return zones;
}

void
zones_free(struct zones *zones)
{
	if (zones == NULL)
		return;
	ty_arena_free(zones->arena);
	free(zones);
}

const struct ty_zone *
zones_get(struct zones *zones, const char *name)
{
	const struct ty_zone *zone = ty_map_find(zones->by_name, name);

	if (zone != NULL)
		return zone;
	zone = ty_zone_load(zones->arena, name);
	if (zone != NULL)
		ty_map_set(zones->by_name, name, (void *)zone);
	return zone;
}

void
zones_rest(struct zones *zones)
{
	char version[TY_ZONE_VERSION_SIZE];
	int64_t now_ms = ty_time_mono_ms();

	if (now_ms - zones->looked_ms < LOOK_MS)
		return;
	zones->looked_ms = now_ms;
	ty_zone_version(version);
	if (strcmp(version, zones->version) == 0)
		return;
	memcpy(zones->version, version, sizeof(version));
	ty_arena_clear(zones->arena);
	zones->by_name = ty_map_new(zones->arena);
}
