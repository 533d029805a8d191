/*
 * zones.c -- reads TZif files (RFC 8536, version 2 and later) for zones.h.
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

#define HEADER_BYTES   44
#define FILE_BYTES_MAX (64 * 1024) /* the largest of 2026 has 4 KB */
#define ZONES_MAX      2000	   /* 600 in 2026; ICU's array takes 65,535 */
#define NAME_MAX_BYTES 64

struct reader {
	const unsigned char *at, *end;
};

static int64_t
read_be(const unsigned char *p, size_t bytes)
{
	uint64_t value = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | p[i];
	return (int64_t)value;
}

/* The counts of a header, in the order of the format. */
struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static bool
read_header(struct reader *in, struct counts *ret)
{
	size_t *const counts[] = { &ret->isut, &ret->isstd, &ret->leap,
				   &ret->time, &ret->type,  &ret->chars };

	if (in->end - in->at < HEADER_BYTES || memcmp(in->at, "TZif", 4) != 0 || in->at[4] < '2')
		return false;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int64_t n = read_be(in->at + 20 + 4 * i, 4);

		if (n < 0 || n > FILE_BYTES_MAX)
			return false;
		*counts[i] = (size_t)n;
	}
	in->at += HEADER_BYTES;
	return true;
}

static bool
skip(struct reader *in, size_t bytes)
{
	if ((size_t)(in->end - in->at) < bytes)
		return false;
	in->at += bytes;
	return true;
}

static size_t
body_bytes(const struct counts *n, size_t time_bytes)
{
	return n->time * (time_bytes + 1) + n->type * 6 + n->chars + n->leap * (time_bytes + 4) +
	       n->isstd + n->isut;
}

static bool
read_body(struct reader *in, const struct counts *n, struct zone *zone)
{
	const unsigned char *times = in->at, *types = times + 8 * n->time, *infos = types + n->time;

	if (n->type == 0 || n->type > ZONE_TYPES_MAX || !skip(in, body_bytes(n, 8)))
		return false;
	zone->transitions = calloc(n->time + 1, sizeof(*zone->transitions));
	zone->types_after = calloc(n->time + 1, 1);
	if (zone->transitions == NULL || zone->types_after == NULL)
		abort();
	for (size_t i = 0; i < n->time; i++) {
		zone->transitions[i] = read_be(times + 8 * i, 8);
		zone->types_after[i] = types[i];
		if (types[i] >= n->type)
			return false;
	}
	zone->transition_count = n->time;
	for (size_t i = 0; i < n->type; i++) {
		zone->types[i].offset_s = (int32_t)read_be(infos + 6 * i, 4);
		zone->types[i].is_dst = infos[6 * i + 4] != 0;
	}
	zone->type_count = n->type;
	return true;
}

/* The text between two line breaks at the end. */
static bool
read_rule(struct reader *in, struct zone *zone)
{
	const unsigned char *end;

	if (in->at == in->end || *in->at++ != '\n')
		return false;
	end = memchr(in->at, '\n', (size_t)(in->end - in->at));
	if (end == NULL)
		return false;
	zone->rule = strndup((const char *)in->at, (size_t)(end - in->at));
	if (zone->rule == NULL)
		abort();
	return true;
}

static bool
zone_parse(struct zone *zone)
{
	struct reader in = { (const unsigned char *)zone->bytes,
			     (const unsigned char *)zone->bytes + zone->bytes_len };
	struct counts counts;

	return read_header(&in, &counts) && skip(&in, body_bytes(&counts, 4)) &&
	       read_header(&in, &counts) && read_body(&in, &counts, zone) && read_rule(&in, zone);
}

static void
zone_done(struct zone *zone)
{
	free(zone->name);
	free(zone->transitions);
	free(zone->types_after);
	free(zone->rule);
	free(zone->bytes);
}

/* files --------------------------------------------------------------------------- */

/* A whole small file; NULL where it is none. */
static char *
read_whole(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *bytes;

	if (f == NULL)
		return NULL;
	bytes = malloc(FILE_BYTES_MAX);
	if (bytes == NULL)
		abort();
	*ret_len = fread(bytes, 1, FILE_BYTES_MAX, f);
	fclose(f);
	if (*ret_len == FILE_BYTES_MAX || *ret_len == 0) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

static void
add_zone(struct zones *zones, const char *path, const char *name)
{
	struct zone *zone = &zones->v[zones->count];

	if (zones->count == ZONES_MAX || strlen(name) >= NAME_MAX_BYTES)
		return;
	memset(zone, 0, sizeof(*zone));
	zone->bytes = read_whole(path, &zone->bytes_len);
	if (zone->bytes == NULL || !zone_parse(zone)) {
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
	for (high = zone->transition_count; low < high;) {
		size_t mid = (low + high) / 2;

		if ((double)zone->transitions[mid] * 1000 <= ms)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == zone->transition_count && strchr(zone->rule, ',') != NULL)
		return false;
	*ret_offset_s = zone->types[low == 0 ? 0 : zone->types_after[low - 1]].offset_s;
	return true;
}
