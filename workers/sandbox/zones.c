/*
 * zones.c -- reads the folder of the system's zones for zones.h.
 *
 * The files are the system's, written by root, and are read before any script runs; a damaged one
 * is skipped all the same, so lengths are checked before use.
 */
#include "zones.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ZONES_MAX      2000 /* 600 in 2026; ICU's array takes 65,535 */
#define NAME_MAX_BYTES 64

static void
zone_done(struct zone *zone)
{
	free(zone->name);
	ty_tzif_done(&zone->data);
	free(zone->bytes);
}

/* files --------------------------------------------------------------------------- */

static void
add_zone(struct zones *zones, const char *path, const char *name)
{
	struct zone *zone = &zones->v[zones->count];

	if (zones->count == ZONES_MAX || strlen(name) >= NAME_MAX_BYTES)
		return;
	memset(zone, 0, sizeof(*zone));
	zone->bytes = ty_tzif_read(path, &zone->bytes_len);
	if (zone->bytes == NULL || !ty_tzif_parse(zone->bytes, zone->bytes_len, &zone->data)) {
		zone_done(zone);
		return;
	}
	zone->bytes = realloc(zone->bytes, zone->bytes_len);
	zone->name = strdup(name);
	if (zone->name == NULL || zone->bytes == NULL)
		abort();
	zones->count++;
}

/* Beside the zones lie the same ones with and without leap seconds, and the machine's own. */
static bool
is_other(const char *name)
{
	static const char *const others[] = { "posix", "right", "posixrules", "localtime",
					      "Factory" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(name, others[i]) == 0)
			return true;
	}
	return name[0] == '.' || strchr(name, '.') != NULL;
}

/* America/Argentina/Ushuaia is the deepest kind. */
#define FOLDERS_MAX 3

static void
read_folder(struct zones *zones, const char *dir, const char *prefix, int depth)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char path[512], name[256];
		struct stat st;

		if (is_other(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%.240s/%.200s", dir, entry->d_name);
		snprintf(name, sizeof(name), "%.60s%.100s", prefix, entry->d_name);
		if (stat(path, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode)) {
			add_zone(zones, path, name);
		} else if (S_ISDIR(st.st_mode) && depth < FOLDERS_MAX) {
			strncat(name, "/", sizeof(name) - strlen(name) - 1);
			read_folder(zones, path, name, depth + 1);
		}
	}
	if (d != NULL)
		closedir(d);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct zone *)a)->name, ((const struct zone *)b)->name);
}

static struct zone *
find(const struct zones *zones, const char *name)
{
	struct zone key = { .name = (char *)name };

	return bsearch(&key, zones->v, zones->count, sizeof(key), by_name);
}

static int
by_content(const void *a, const void *b)
{
	const struct zone *x = *(const struct zone *const *)a, *y = *(const struct zone *const *)b;

	if (x->bytes_len != y->bytes_len)
		return x->bytes_len < y->bytes_len ? -1 : 1;
	return memcmp(x->bytes, y->bytes, x->bytes_len);
}

/* Zones of one content are one: the first by name that belongs to a country, else the first. */
static void
join_same(struct zones *zones)
{
	struct zone **sorted = calloc(zones->count + 1, sizeof(struct zone *));

	if (sorted == NULL)
		abort();
	for (size_t i = 0; i < zones->count; i++)
		sorted[i] = &zones->v[i];
	qsort(sorted, zones->count, sizeof(struct zone *), by_content);
	for (size_t from = 0, to; from < zones->count; from = to) {
		const struct zone *best = sorted[from];

		for (to = from; to < zones->count && by_content(&sorted[from], &sorted[to]) == 0;
		     to++) {
			bool has = sorted[to]->country[0] != '\0',
			     best_has = best->country[0] != '\0';

			if (has != best_has ? has : strcmp(sorted[to]->name, best->name) < 0)
				best = sorted[to];
		}
		for (size_t i = from; i < to; i++)
			sorted[i]->same_as = (size_t)(best - zones->v);
	}
	free(sorted);
	for (size_t i = 0; i < zones->count; i++) {
		free(zones->v[i].bytes);
		zones->v[i].bytes = NULL;
	}
}

/* "AD	+4230+00131	Europe/Andorra" */
static void
read_countries(struct zones *zones, const char *dir)
{
	char path[512], line[512], country[3], name[NAME_MAX_BYTES];
	FILE *f;

	snprintf(path, sizeof(path), "%.400s/zone.tab", dir);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		struct zone *zone;

		if (sscanf(line, "%2[A-Z]\t%*s\t%63s", country, name) != 2)
			continue;
		zone = find(zones, name);
		if (zone != NULL)
			memcpy(zone->country, country, sizeof(country));
	}
	if (f != NULL)
		fclose(f);
}

static void
read_version(struct zones *zones, const char *dir)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%.400s/tzdata.zi", dir);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fscanf(f, "# version %31s", zones->version) != 1)
		zones->version[0] = '\0';
	fclose(f);
}

struct zones *
zones_read(const char *dir)
{
	struct zones *zones = calloc(1, sizeof(*zones));

	if (zones == NULL)
		abort();
	zones->v = calloc(ZONES_MAX, sizeof(*zones->v));
	if (zones->v == NULL)
		abort();
	read_folder(zones, dir, "", 1);
	qsort(zones->v, zones->count, sizeof(*zones->v), by_name);
	read_countries(zones, dir);
	join_same(zones);
	read_version(zones, dir);
	return zones;
}

void
zones_free(struct zones *zones)
{
	if (zones == NULL)
		return;
	for (size_t i = 0; i < zones->count; i++)
		zone_done(&zones->v[i]);
	free(zones->v);
	free(zones);
}

/* look-up ------------------------------------------------------------------------- */

bool
zones_offset(const struct zones *zones, const char *name, double ms, int32_t *ret_offset_s)
{
	const struct zone *zone = zones == NULL ? NULL : find(zones, name);
	size_t low = 0, high;

	if (zone == NULL || !(ms >= -8.64e15 && ms <= 8.64e15))
		return false;
	/* The first transition after the moment. */
	for (high = zone->data.transition_count; low < high;) {
		size_t mid = (low + high) / 2;

		if ((double)zone->data.transitions[mid] * 1000 <= ms)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == zone->data.transition_count && strchr(zone->data.rule, ',') != NULL)
		return false;
	*ret_offset_s = zone->data.types[low == 0 ? 0 : zone->data.types_after[low - 1]].offset_s;
	return true;
}
