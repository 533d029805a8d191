/*
 * tzif.c -- reads TZif files (RFC 8536, version 2 and later).
 *
 * The files are the system's, written by root; a damaged one is refused all the same, so lengths
 * are checked before use.
 */
#include "base/tzif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 44

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

		if (n < 0 || n > TY_TZIF_FILE_BYTES_MAX)
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
read_body(struct reader *in, const struct counts *n, struct ty_tzif *tzif)
{
	const unsigned char *times = in->at, *types = times + 8 * n->time, *infos = types + n->time;

	if (n->type == 0 || n->type > TY_TZIF_TYPES_MAX || !skip(in, body_bytes(n, 8)))
		return false;
	tzif->transitions = calloc(n->time + 1, sizeof(*tzif->transitions));
	tzif->types_after = calloc(n->time + 1, 1);
	if (tzif->transitions == NULL || tzif->types_after == NULL)
		abort();
	for (size_t i = 0; i < n->time; i++) {
		tzif->transitions[i] = read_be(times + 8 * i, 8);
		tzif->types_after[i] = types[i];
		if (types[i] >= n->type)
			return false;
	}
	tzif->transition_count = n->time;
	for (size_t i = 0; i < n->type; i++) {
		tzif->types[i].offset_s = (int32_t)read_be(infos + 6 * i, 4);
		tzif->types[i].is_dst = infos[6 * i + 4] != 0;
	}
	tzif->type_count = n->type;
	return true;
}

/* The text between two line breaks at the end. */
static bool
read_rule(struct reader *in, struct ty_tzif *tzif)
{
	const unsigned char *end;

	if (in->at == in->end || *in->at++ != '\n')
		return false;
	end = memchr(in->at, '\n', (size_t)(in->end - in->at));
	if (end == NULL)
		return false;
	tzif->rule = strndup((const char *)in->at, (size_t)(end - in->at));
	if (tzif->rule == NULL)
		abort();
	return true;
}

bool
ty_tzif_parse(const void *bytes, size_t len, struct ty_tzif *ret)
{
	struct reader in = { bytes, (const unsigned char *)bytes + len };
	struct counts counts;

	memset(ret, 0, sizeof(*ret));
	return read_header(&in, &counts) && skip(&in, body_bytes(&counts, 4)) &&
	       read_header(&in, &counts) && read_body(&in, &counts, ret) && read_rule(&in, ret);
}

void
ty_tzif_done(struct ty_tzif *tzif)
{
	free(tzif->transitions);
	free(tzif->types_after);
	free(tzif->rule);
}

char *
ty_tzif_read(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *bytes;

	if (f == NULL)
		return NULL;
	bytes = malloc(TY_TZIF_FILE_BYTES_MAX);
	if (bytes == NULL)
		abort();
	*ret_len = fread(bytes, 1, TY_TZIF_FILE_BYTES_MAX, f);
	fclose(f);
	if (*ret_len == TY_TZIF_FILE_BYTES_MAX || *ret_len == 0) {
		free(bytes);
		return NULL;
	}
	return bytes;
}
