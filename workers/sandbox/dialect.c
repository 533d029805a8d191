/*
 * dialect.c -- see dialect.h; owns no memory.
 */
#include "dialect.h"

#include "touch_scan.h"

#include <stdio.h>
#include <string.h>

const char *const dialect_helpers[] = {
#define HELPER(type, name, parameters, effect) #name,
#include "dialect/dialect.def"
	NULL,
};

const char *const dialect_functions[] = {
#define FUNCTION(name, parameters, effect) #name,
#include "dialect/dialect.def"
	NULL,
};

const char *const dialect_values[] = {
#define VALUE(name, effect) #name,
#include "dialect/dialect.def"
	NULL,
};

static const char *const lookups[] = {
#define LOOKUP(name, parameters, effect) #name,
#include "dialect/dialect.def"
	NULL,
};

static const struct {
	const char *name, *value;
} outsides[] = {
#define OUTSIDE(name, value) { #name, value },
#include "dialect/dialect.def"
};

#define OUTSIDES_COUNT (sizeof(outsides) / sizeof(outsides[0]))

/* Rewritten where they are called, as helpers are (dialect/rewrite.js). */
static const char *const rewritten[] = { "$if", "$items", NULL };

/* The next name; *ret_is_member: it follows a point.  False at the end. */
static bool
next_name(struct scan *scan, struct word *ret_word, bool *ret_is_member)
{
	unsigned short before = 0;

	for (; scan->at < scan->end; scan->at++) {
		if (is_name_char(*scan->at) && !is_digit(*scan->at))
			break;
		if (is_digit(*scan->at)) {
			scan_word(scan); /* 5px is no name, and no script */
			scan->at--;
		}
		if (*scan->at > ' ')
			before = *scan->at;
	}
	*ret_is_member = before == '.';
	*ret_word = scan_word(scan);
	return ret_word->len > 0;
}

/* "(" or "?.(" */
static bool
is_called(const struct scan *scan)
{
	struct scan ahead = *scan;

	if (scan_next(&ahead) == '?' && scan_peek(&ahead, 1) == '.') {
		ahead.at += 2;
		return scan_next(&ahead) == '(';
	}
	return scan_peek(&ahead, 0) == '(';
}

static bool
is_outside(struct word word, size_t *ret_nth)
{
	for (size_t i = 0; i < OUTSIDES_COUNT; i++) {
		if (word_is(word, outsides[i].name)) {
			*ret_nth = i;
			return true;
		}
	}
	return false;
}

static unsigned int
used_by(const struct scan *scan, struct word word, bool is_member)
{
	size_t nth;

	if (is_member)
		return word_is_one_of(word, dialect_helpers) && is_called(scan) ? DIALECT_CALLS : 0;
	if (word_is_one_of(word, rewritten))
		return is_called(scan) ? DIALECT_CALLS : 0;
	if (word_is_one_of(word, dialect_functions) || word_is_one_of(word, dialect_values) ||
	    word_is_one_of(word, lookups))
		return DIALECT_NAMES;
	return is_outside(word, &nth) ? DIALECT_OUTSIDE : 0;
}

unsigned int
dialect_used(const unsigned short *script, size_t len)
{
	struct scan scan = { .at = script, .end = script + len };
	unsigned int used = 0;
	struct word word;
	bool is_member;

	while (next_name(&scan, &word, &is_member))
		used |= used_by(&scan, word, is_member);
	return used;
}

void
dialect_outside(const unsigned short *script, size_t len, char out[DIALECT_OUTSIDE_SIZE])
{
	struct scan scan = { .at = script, .end = script + len };
	bool seen[OUTSIDES_COUNT] = { false };
	size_t nth, used = 0;
	struct word word;
	bool is_member;

	out[0] = '\0';
	while (next_name(&scan, &word, &is_member)) {
		if (is_member || !is_outside(word, &nth) || seen[nth])
			continue;
		seen[nth] = true;
		used += (size_t)snprintf(out + used, DIALECT_OUTSIDE_SIZE - used, ",%s=%s",
					 outsides[nth].name, outsides[nth].value);
	}
}
