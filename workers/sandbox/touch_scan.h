/*
 * touch_scan.h -- where touch.c is in a script, and the small steps that it takes there.
 */
#ifndef TY_SANDBOX_TOUCH_SCAN_H
#define TY_SANDBOX_TOUCH_SCAN_H

#include "touch.h"

#include <stdbool.h>
#include <stddef.h>

/* The token before the place that is looked at. */
enum last {
	NOTHING,  /* given up */
	OPERATOR, /* an operator, the beginning, a keyword or an opening bracket */
	CALL,	  /* the '(' of a method's call */
	OPERAND,
	NAME,	  /* a plain name; not one of those that may be called */
	CALLABLE, /* a name, a method or a function in parentheses, before its '(' */
	METHOD,	  /* a method that is known, before its '(' */
	CONTROL,  /* if, for, while, switch, catch */
	HEAD,	  /* the ')' of one of those */
	DECLARES, /* const, let, var */
	DECLARED, /* the name or the pattern after it */
	FUNCTION,
	BRACE, /* '}' */
};

struct bracket {
	unsigned short open;	/* ( [ { */
	unsigned short members; /* tokens directly in it so far, at most 2: see arrow() */
	bool is_control, is_call, is_function, is_template, is_pattern, is_key;
};

#define BRACKETS_MAX 128

struct scan {
	const unsigned short *at, *end;
	unsigned short before; /* the last character of the token before */
	enum last last;
	enum touch worst;
	size_t depth;
	struct bracket open[BRACKETS_MAX];
};

struct word {
	const unsigned short *text;
	size_t len;
};

static inline bool
is_digit(unsigned short c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_name_char(unsigned short c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
	       c == '$';
}

static inline bool
is_line_end(unsigned short c)
{
	return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

/* The character 'n' places on; 0 past the end, and no script has that outside of texts. */
unsigned short scan_peek(const struct scan *scan, size_t n);

bool scan_begins(const struct scan *scan, const char *text);

/* Past space and comments; a comment without an end stays. */
void scan_skip_space(struct scan *scan);

/* The next character after space, which is skipped. */
unsigned short scan_next(struct scan *scan);

/* Past a name; empty where none is here. */
struct word scan_word(struct scan *scan);

bool word_is(struct word word, const char *text);

/* 'list' ends in NULL. */
bool word_is_one_of(struct word word, const char *const *list);

#endif
