/*
 * selector_parts.h -- a selector as it was read: chains of compounds of tests.
 *
 * For selector_read.c, which makes it, and selector.c, which holds elements against it.
 */
#ifndef TY_PARSE_SELECTOR_PARTS_H
#define TY_PARSE_SELECTOR_PARTS_H

#include "selector.h"

enum test_kind {
	TEST_NAME,
	TEST_HAS,      /* [a] */
	TEST_EQUAL,    /* [a=v], #id */
	TEST_WORD,     /* [a~=v], .class */
	TEST_DASH,     /* [a|=v] */
	TEST_BEGIN,    /* [a^=v] */
	TEST_END,      /* [a$=v] */
	TEST_PART,     /* [a*=v] */
	TEST_NTH,      /* :nth-child(an+b) */
	TEST_NTH_LAST, /* from the end */
	TEST_ONLY,
	TEST_EMPTY,
};

struct test {
	enum test_kind kind;
	bool is_not;
	const char *name, *value;
	int a, b;
	struct test *next;
};

struct compound {
	struct test *tests;
	char combinator; /* between the one before it and it: ' ' '>' '+' '~'; '\0' = it is the first */
	struct compound *before;
};

struct selector {
	const struct compound *last; /* of the chain */
	struct selector *other;
};

#endif
