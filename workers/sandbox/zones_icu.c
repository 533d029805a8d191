/*
 * zones_icu.c -- zoneinfo64.res for zones.h: what ICU's own tool makes of the zones' sources,
 * made of their compiled files.
 *
 * A bundle is an array of 32-bit words: the root resource, the indexes, the keys of its tables,
 * then the resources, each before the one that refers to it.  A resource's word has its type in
 * the upper four bits and, below, its place in words or its value (ICU: uresdata.h).
 */
#include "zones.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STRING = 0, BINARY = 1, TABLE = 2, INT = 7, ARRAY = 8, INT_VECTOR = 14 };

/* ICU: "001" is the world. */
#define WORLD "001"

#define RULES_MAX  500	/* 40 different ones in 2026 */
#define KEYS_BYTES 8192 /* a table gives the place of a key two bytes */
#define ROWS_MAX   16	/* rows of a table other than Rules */

struct rule {
	const char *text; /* rule as the zones have it */
	int32_t data[11]; /* rule as ICU's SimpleTimeZone takes it, in seconds */
	int32_t raw_s;
	char key[8];
};

struct bundle {
	int32_t *words;
	size_t count, cap;
	char keys[KEYS_BYTES];
	size_t keys_len;
	struct rule rules[RULES_MAX];
	size_t rule_count;
};

struct row {
	const char *key;
	uint32_t resource;
};

/* Before the keys: the root and six indexes. */
#define INDEX_COUNT 6
#define HEAD_WORDS  (1 + INDEX_COUNT)

/* words --------------------------------------------------------------------------- */

static size_t
add_words(struct bundle *b, size_t n)
{
	size_t at = b->count;

	if (b->count + n > b->cap) {
		b->cap = 2 * (b->count + n) + 1024;
		b->words = realloc(b->words, b->cap * sizeof(*b->words));
		if (b->words == NULL)
			abort();
	}
	memset(b->words + at, 0, n * sizeof(*b->words));
	b->count += n;
	return at;
}

/* Places count from the root; the keys before the resources take their full room. */
static uint32_t
resource(int type, size_t at)
{
	return (uint32_t)type << 28 | (uint32_t)(HEAD_WORDS + KEYS_BYTES / 4 + at);
}

static uint32_t
add_string(struct bundle *b, const char *text)
{
	size_t len = strlen(text);
	size_t at = add_words(b, 1 + (len + 2) / 2);
	uint16_t *units = (uint16_t *)(b->words + at + 1);

	b->words[at] = (int32_t)len;
	for (size_t i = 0; i < len; i++)
		units[i] = (unsigned char)text[i];
	return resource(STRING, at);
}

static uint32_t
add_vector(struct bundle *b, const int32_t *v, size_t n)
{
	size_t at = add_words(b, 1 + n);

	b->words[at] = (int32_t)n;
	memcpy(b->words + at + 1, v, n * sizeof(*v));
	return resource(INT_VECTOR, at);
}

static uint32_t
add_binary(struct bundle *b, const uint8_t *bytes, size_t n)
{
	size_t at = add_words(b, 1 + (n + 3) / 4);

	b->words[at] = (int32_t)n;
	memcpy(b->words + at + 1, bytes, n);
	return resource(BINARY, at);
}

static uint32_t
add_array(struct bundle *b, const uint32_t *v, size_t n)
{
	size_t at = add_words(b, 1 + n);

	b->words[at] = (int32_t)n;
	memcpy(b->words + at + 1, v, n * sizeof(*v));
	return resource(ARRAY, at);
}

/* The place of a key in bytes from the root on. */
static uint16_t
add_key(struct bundle *b, const char *key)
{
	size_t len = strlen(key) + 1, at = 0;

	while (at < b->keys_len && strcmp(b->keys + at, key) != 0)
		at += strlen(b->keys + at) + 1;
	if (at == b->keys_len) {
		if (b->keys_len + len > sizeof(b->keys))
			abort();
		memcpy(b->keys + at, key, len);
		b->keys_len += len;
	}
	return (uint16_t)(HEAD_WORDS * 4 + at);
}

/* 'rows' are sorted by key. */
static uint32_t
add_table(struct bundle *b, const struct row *rows, size_t n)
{
	size_t key_words = (1 + n + 1) / 2;
	size_t at = add_words(b, key_words + n);
	uint16_t *keys = (uint16_t *)(b->words + at);

	keys[0] = (uint16_t)n;
	for (size_t i = 0; i < n; i++) {
		keys[1 + i] = add_key(b, rows[i].key);
		b->words[at + key_words + i] = (int32_t)rows[i].resource;
	}
	return resource(TABLE, at);
}

/* rules --------------------------------------------------------------------------- */

/* The name of a POSIX rule: letters, or anything in <>. */
static bool
skip_name(const char **p)
{
	const char *from = *p;

	if (**p == '<') {
		*p = strchr(*p, '>');
		if (*p == NULL)
			return false;
		(*p)++;
		return true;
	}
	while ((**p >= 'a' && **p <= 'z') || (**p >= 'A' && **p <= 'Z'))
		(*p)++;
	return *p != from;
}

/* [+-]h[h][:mm[:ss]] */
static bool
read_time(const char **p, int32_t *ret_s)
{
	int32_t sign = **p == '-' ? -1 : 1, s = 0, unit = 3600;

	if (**p == '-' || **p == '+')
		(*p)++;
	for (;;) {
		char *end;
		long n = strtol(*p, &end, 10);

		if (end == *p || n < 0 || n > 167)
			return false;
		s += (int32_t)n * unit;
		*p = end;
		unit /= 60;
		if (**p != ':' || unit == 0)
			break;
		(*p)++;
	}
	*ret_s = sign * s;
	return true;
}

/*
 * ",Mm.w.d[/time]" as SimpleTimeZone's month, day, weekday and time: "on that weekday on or after
 * that day of the month".  A time before or after the day itself moves both.
 */
static bool
read_date(const char **p, int32_t out[5])
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int month, week, day, used = 0;
	int32_t time_s = 2 * 3600, shift = 0, first;

	if (sscanf(*p, ",M%d.%d.%d%n", &month, &week, &day, &used) != 3 || used == 0)
		return false;
	*p += used;
	if (month < 1 || month > 12 || week < 1 || week > 5 || day < 0 || day > 6)
		return false;
	if (**p == '/') {
		(*p)++;
		if (!read_time(p, &time_s))
			return false;
	}
	for (; time_s < 0; time_s += 86400)
		shift--;
	for (; time_s >= 86400; time_s -= 86400)
		shift++;
	first = (week == 5 ? lengths[month - 1] - 6 : 1 + 7 * (week - 1)) + shift;
	if (first < 1 || first > lengths[month - 1])
		return false;
	out[0] = month - 1;
	out[1] = first;
	out[2] = -(((day + shift) % 7 + 7) % 7 + 1);
	out[3] = time_s;
	out[4] = 0; /* wall time */
	return true;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3"; false where there is no summer time, or it is of another form. */
static bool
rule_parse(const char *text, struct rule *rule)
{
	int32_t standard, summer, begins[5], ends[5];
	const char *p = text;

	if (!skip_name(&p) || !read_time(&p, &standard) || !skip_name(&p))
		return false;
	/* POSIX counts westward. */
	standard = -standard;
	summer = standard + 3600;
	if (*p != ',') {
		if (!read_time(&p, &summer))
			return false;
		summer = -summer;
	}
	if (!read_date(&p, begins) || !read_date(&p, ends) || *p != '\0')
		return false;
	/* Ireland's winter time is the exception by its law; ICU knows only summer times. */
	bool is_reverse = summer < standard;

	rule->text = text;
	rule->raw_s = is_reverse ? summer : standard;
	memcpy(rule->data, is_reverse ? ends : begins, sizeof(begins));
	memcpy(rule->data + 5, is_reverse ? begins : ends, sizeof(ends));
	rule->data[10] = abs(summer - standard);
	return true;
}

/* The rule of a zone; NULL where its last offset stays for ever. */
static const struct rule *
rule_of(struct bundle *b, const struct zone *zone)
{
	struct rule *next = &b->rules[b->rule_count];

	for (size_t i = 0; i < b->rule_count; i++) {
		if (strcmp(b->rules[i].text, zone->data.rule) == 0)
			return &b->rules[i];
	}
	if (strchr(zone->data.rule, ',') == NULL || b->rule_count == RULES_MAX ||
	    !rule_parse(zone->data.rule, next))
		return NULL;
	snprintf(next->key, sizeof(next->key), "R%03zu", b->rule_count);
	b->rule_count++;
	return next;
}

/* zones --------------------------------------------------------------------------- */

/*
 * ICU wants an offset in two parts.  Summer time is what the next standard time before it lacks;
 * where the "summer" time is behind it (Ireland, Morocco), it is taken for the standard.
 */
static void
split_offsets(const struct zone *zone, int32_t out[2 * TY_TZIF_TYPES_MAX])
{
	int32_t lowest_reverse = INT32_MAX;

	for (size_t i = 0; i < zone->data.type_count; i++) {
		out[2 * i] = zone->data.types[i].offset_s;
		out[2 * i + 1] = 0;
	}
	for (size_t i = 0; i < zone->data.transition_count; i++) {
		size_t type = zone->data.types_after[i];
		size_t before = i == 0 ? 0 : zone->data.types_after[i - 1];
		int32_t saved = zone->data.types[type].offset_s - zone->data.types[before].offset_s;

		if (!zone->data.types[type].is_dst || zone->data.types[before].is_dst)
			continue;
		if (saved < 0)
			lowest_reverse = zone->data.types[type].offset_s;
		else if (out[2 * type + 1] == 0 && saved > 0 && saved <= 2 * 3600)
			out[2 * type + 1] = saved;
	}
	for (size_t i = 0; i < zone->data.type_count; i++) {
		if (zone->data.types[i].is_dst && out[2 * i + 1] == 0 &&
		    lowest_reverse == INT32_MAX)
			out[2 * i + 1] = 3600;
		if (!zone->data.types[i].is_dst && lowest_reverse != INT32_MAX &&
		    out[2 * i] == lowest_reverse + 3600)
			out[2 * i + 1] = 3600;
		out[2 * i] -= out[2 * i + 1];
	}
}

/* The year of a moment, well enough: its days end no later than the zones' last transitions. */
static int32_t
year_of(int64_t s)
{
	return 1970 + (int32_t)((double)s / (365.2425 * 86400));
}

/*
 * Transitions go into three lists, those that 32 bits hold and two others in halves.  Returns the
 * count of rows.
 */
static size_t
add_transitions(struct bundle *b, const struct zone *zone, struct row *rows)
{
	static const char *const keys[] = { "trans", "transPost32", "transPre32" };
	int32_t *lists[3];
	size_t counts[3] = { 0, 0, 0 }, n = 0;

	for (size_t k = 0; k < 3; k++) {
		lists[k] = calloc(2 * zone->data.transition_count + 1, sizeof(int32_t));
		if (lists[k] == NULL)
			abort();
	}
	for (size_t i = 0; i < zone->data.transition_count; i++) {
		int64_t at = zone->data.transitions[i];
		size_t k = at > INT32_MAX ? 1 : at < INT32_MIN ? 2 : 0;

		if (k > 0)
			lists[k][counts[k]++] = (int32_t)(at >> 32);
		lists[k][counts[k]++] = (int32_t)(uint32_t)at;
	}
	for (size_t k = 0; k < 3; k++) {
		if (counts[k] > 0)
			rows[n++] = (struct row){ keys[k], add_vector(b, lists[k], counts[k]) };
		free(lists[k]);
	}
	return n;
}

static uint32_t
add_zone(struct bundle *b, const struct zone *zone)
{
	const struct rule *rule = rule_of(b, zone);
	struct row rows[ROWS_MAX];
	int32_t offsets[2 * TY_TZIF_TYPES_MAX];
	size_t n = 0;

	if (rule != NULL) {
		int32_t year =
			zone->data.transition_count == 0
				? 1970
				: year_of(zone->data.transitions[zone->data.transition_count - 1]) +
					  1;

		rows[n++] = (struct row){ "finalRaw", (uint32_t)INT << 28 |
							      ((uint32_t)rule->raw_s & 0xfffffff) };
		rows[n++] = (struct row){ "finalRule", add_string(b, rule->key) };
		rows[n++] = (struct row){ "finalYear", (uint32_t)INT << 28 | (uint32_t)year };
	}
	n += add_transitions(b, zone, rows + n);
	if (zone->data.transition_count > 0)
		rows[n++] = (struct row){ "typeMap", add_binary(b, zone->data.types_after,
								zone->data.transition_count) };
	split_offsets(zone, offsets);
	rows[n++] =
		(struct row){ "typeOffsets", add_vector(b, offsets, 2 * zone->data.type_count) };
	return add_table(b, rows, n);
}

static uint32_t
add_zones(struct bundle *b, const struct zones *zones)
{
	uint32_t *list = calloc(zones->count + 1, sizeof(*list)), out;

	if (list == NULL)
		abort();
	for (size_t i = 0; i < zones->count; i++) {
		list[i] = zones->v[i].same_as == i
				  ? add_zone(b, &zones->v[i])
				  : (uint32_t)INT << 28 | (uint32_t)zones->v[i].same_as;
	}
	out = add_array(b, list, zones->count);
	free(list);
	return out;
}

static uint32_t
add_texts(struct bundle *b, const struct zones *zones, bool is_region)
{
	uint32_t *list = calloc(zones->count + 1, sizeof(*list)), out;

	if (list == NULL)
		abort();
	for (size_t i = 0; i < zones->count; i++) {
		const struct zone *zone = &zones->v[i];

		if (is_region)
			zone = &zones->v[zone->same_as];
		list[i] = add_string(b, !is_region		   ? zone->name
					: zone->country[0] != '\0' ? zone->country
								   : WORLD);
	}
	out = add_array(b, list, zones->count);
	free(list);
	return out;
}

static uint32_t
add_rules(struct bundle *b)
{
	struct row rows[RULES_MAX];

	for (size_t i = 0; i < b->rule_count; i++)
		rows[i] = (struct row){ b->rules[i].key, add_vector(b, b->rules[i].data, 11) };
	return add_table(b, rows, b->rule_count);
}

/* the file ------------------------------------------------------------------------ */

static bool
write_bundle(const struct bundle *b, uint32_t root, int fd)
{
	static const unsigned char head[32] = {
		32, 0, 0xda, 0x27, 20,	0,   0,	  0, 0 /* little-endian */,
		0,  2, 0,    'R',  'e', 's', 'B', 1, 1,
	};
	const int32_t top = (int32_t)(HEAD_WORDS + KEYS_BYTES / 4 + b->count);
	const int32_t words[HEAD_WORDS] = {
		(int32_t)root, INDEX_COUNT, HEAD_WORDS + KEYS_BYTES / 4, top, top,
		ROWS_MAX,      1, /* no fallback to another bundle */
	};

	return write(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
	       write(fd, words, sizeof(words)) == (ssize_t)sizeof(words) &&
	       write(fd, b->keys, sizeof(b->keys)) == (ssize_t)sizeof(b->keys) &&
	       write(fd, b->words, b->count * 4) == (ssize_t)(b->count * 4);
}

bool
zones_write(const struct zones *zones, const char *dir)
{
	struct bundle *b = calloc(1, sizeof(*b));
	char path[512];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%.400s/zoneinfo64.res", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (b == NULL || fd < 0) {
		free(b);
		return false;
	}
	uint32_t names = add_texts(b, zones, false), regions = add_texts(b, zones, true);
	uint32_t list = add_zones(b, zones);
	struct row rows[] = { { "Names", names },
			      { "Regions", regions },
			      { "Rules", add_rules(b) },
			      { "TZVersion", add_string(b, zones->version) },
			      { "Zones", list } };

	done = write_bundle(b, add_table(b, rows, sizeof(rows) / sizeof(rows[0])), fd);
	if (close(fd) != 0)
		done = false;
	free(b->words);
	free(b);
	return done;
}
