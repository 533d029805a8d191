/*
 * selector_read.c -- the text of a selector as its parts (selector_parts.h).
 *
 *	selector = chain { "," chain }
 *	chain    = compound { combinator compound }     kept from its last compound to the first
 *	compound = [ name | "*" ] { "#id" | ".class" | "[...]" | ":pseudo" }
 */
#include "selector_parts.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

struct reading {
	struct ty_arena *arena;
	const char *whole, *at;
	struct ty_err *err;
};

static enum ty_code
refuse(struct reading *r, const char *what)
{
	ty_err_set(r->err, TY_E_INVALID,
		   "The selector \"%.100s\" cannot be read at character %zu: %s", r->whole,
		   (size_t)(r->at - r->whole) + 1, what);
	return ty_err_hint(r->err,
			   "Write it as in a style sheet: table.prices tr > td:nth-child(2), "
			   "a[href^=\"https\"].");
}

static void
skip_blanks(struct reading *r)
{
	r->at += strspn(r->at, " \t\r\n\f");
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || ((unsigned char)c & 0x80) != 0;
}

/* NULL where there is none.  A backslash takes the next character as it is. */
static const char *
read_name(struct reading *r)
{
	char *name = ty_arena_alloc(r->arena, strlen(r->at) + 1), *to = name;

	while (is_name(*r->at) || (*r->at == '\\' && r->at[1] != '\0')) {
		r->at += *r->at == '\\';
		*to++ = *r->at++;
	}
	return to > name ? name : NULL;
}

static const char *
read_value(struct reading *r)
{
	const char *close, *from = r->at + 1;

	if (*r->at != '"' && *r->at != '\'')
		return read_name(r);
	close = strchr(from, *r->at);
	if (close == NULL)
		return NULL;
	r->at = close + 1;
	return ty_arena_strndup(r->arena, from, (size_t)(close - from));
}

static struct test *
test_new(struct reading *r, enum test_kind kind, const char *name, const char *value)
{
	struct test *test = ty_arena_new_of(r->arena, struct test);

	test->kind = kind;
	test->name = name;
	test->value = value;
	return test;
}

static enum ty_code
read_attribute(struct reading *r, struct test **ret_test)
{
	static const char marks[] = "~|^$*";
	static const enum test_kind kinds[] = { TEST_WORD, TEST_DASH, TEST_BEGIN, TEST_END,
						TEST_PART };
	enum test_kind kind = TEST_EQUAL;
	const char *name, *value, *mark;

	skip_blanks(r);
	if ((name = read_name(r)) == NULL)
		return refuse(r, "the name of an attribute is missing");
	skip_blanks(r);
	if (*r->at == ']') {
		r->at++;
		*ret_test = test_new(r, TEST_HAS, name, NULL);
		return TY_OK;
	}
	mark = *r->at != '\0' ? strchr(marks, *r->at) : NULL;
	if (mark != NULL) {
		kind = kinds[mark - marks];
		r->at++;
	}
	if (*r->at != '=')
		return refuse(r, "\"=\" or \"]\" is expected");
	r->at++;
	skip_blanks(r);
	if ((value = read_value(r)) == NULL)
		return refuse(r, "a value is missing, or its quote is not closed");
	skip_blanks(r);
	if (*r->at != ']')
		return refuse(r, "\"]\" is expected");
	r->at++;
	*ret_test = test_new(r, kind, name, value);
	return TY_OK;
}

static int
read_number(struct reading *r, int when_none)
{
	int n = 0;
	const char *from = r->at;

	for (; *r->at >= '0' && *r->at <= '9'; r->at++)
		n = n < 100000 ? n * 10 + (*r->at - '0') : n;
	return r->at > from ? n : when_none;
}

/* "odd", "even", "3", "2n", "-n+3", up to the parenthesis. */
static enum ty_code
read_nth(struct reading *r, struct test *test)
{
	int sign = 1, n;

	skip_blanks(r);
	if (strncmp(r->at, "odd", 3) == 0 || strncmp(r->at, "even", 4) == 0) {
		test->a = 2;
		test->b = *r->at == 'o';
		r->at += test->b ? 3 : 4;
	} else {
		if (*r->at == '+' || *r->at == '-')
			sign = *r->at++ == '-' ? -1 : 1;
		n = read_number(r, *r->at == 'n' ? 1 : -1);
		if (n < 0)
			return refuse(r, "a number is expected");
		if (*r->at != 'n') {
			test->b = sign * n;
		} else {
			r->at++;
			test->a = sign * n;
			skip_blanks(r);
			if (*r->at == '+' || *r->at == '-') {
				sign = *r->at++ == '-' ? -1 : 1;
				skip_blanks(r);
				test->b = sign * read_number(r, 0);
			}
		}
	}
	skip_blanks(r);
	if (*r->at != ')')
		return refuse(r, "\")\" is expected");
	r->at++;
	return TY_OK;
}

static enum ty_code read_test(struct reading *r, struct test **ret_test);

static enum ty_code
read_not(struct reading *r, struct test **ret_test)
{
	skip_blanks(r);
	if (read_test(r, ret_test) != TY_OK)
		return r->err->code;
	if (*ret_test == NULL || (*ret_test)->is_not)
		return refuse(r, "one name, class, attribute or place is expected in :not()");
	skip_blanks(r);
	if (*r->at != ')')
		return refuse(r, "\")\" is expected");
	r->at++;
	(*ret_test)->is_not = true;
	return TY_OK;
}

static const struct {
	const char *name;
	enum test_kind kind;
	int b;		 /* of a place */
	bool has_number; /* in parentheses */
} pseudos[] = {
	{ "first-child", TEST_NTH, 1, false }, { "last-child", TEST_NTH_LAST, 1, false },
	{ "only-child", TEST_ONLY, 0, false }, { "empty", TEST_EMPTY, 0, false },
	{ "nth-child", TEST_NTH, 0, true },    { "nth-last-child", TEST_NTH_LAST, 0, true },
};

static enum ty_code
read_pseudo(struct reading *r, struct test **ret_test)
{
	const char *name = read_name(r);

	if (ty_str_eq(name, "not") && *r->at == '(') {
		r->at++;
		return read_not(r, ret_test);
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(pseudos); i++) {
		if (!ty_str_eq(name, pseudos[i].name))
			continue;
		*ret_test = test_new(r, pseudos[i].kind, NULL, NULL);
		(*ret_test)->b = pseudos[i].b;
		if (!pseudos[i].has_number)
			return TY_OK;
		if (*r->at != '(')
			return refuse(r, "\"(\" is expected");
		r->at++;
		return read_nth(r, *ret_test);
	}
	return refuse(r, "there is no such :word here");
}

/* One test; NULL where there is none more. */
static enum ty_code
read_test(struct reading *r, struct test **ret_test)
{
	const char *name;
	bool is_id = *r->at == '#';

	*ret_test = NULL;
	switch (*r->at) {
	case '#':
	case '.':
		r->at++;
		if ((name = read_name(r)) == NULL)
			return refuse(r, "a name is expected");
		*ret_test = is_id ? test_new(r, TEST_EQUAL, "id", name)
				  : test_new(r, TEST_WORD, "class", name);
		return TY_OK;
	case '[':
		r->at++;
		return read_attribute(r, ret_test);
	case ':':
		r->at++;
		return read_pseudo(r, ret_test);
	default:
		break;
	}
	name = read_name(r);
	if (name != NULL)
		*ret_test = test_new(r, TEST_NAME, name, NULL);
	return TY_OK;
}

static enum ty_code
read_compound(struct reading *r, struct compound *compound)
{
	bool is_any = *r->at == '*';
	struct test *test, **tail = &compound->tests;

	r->at += is_any;
	for (;;) {
		if (read_test(r, &test) != TY_OK)
			return r->err->code;
		if (test == NULL)
			break;
		*tail = test;
		tail = &test->next;
	}
	if (!is_any && compound->tests == NULL)
		return refuse(r, "a name, a class or an attribute is expected");
	return TY_OK;
}

static enum ty_code
read_chain(struct reading *r, struct selector *selector)
{
	char combinator = '\0';

	for (;;) {
		struct compound *compound = ty_arena_new_of(r->arena, struct compound);
		bool has_blank;

		skip_blanks(r);
		compound->combinator = combinator;
		compound->before = (struct compound *)selector->last;
		if (read_compound(r, compound) != TY_OK)
			return r->err->code;
		selector->last = compound;
		has_blank = strchr(" \t\r\n\f", *r->at) != NULL && *r->at != '\0';
		skip_blanks(r);
		if (*r->at == '\0' || *r->at == ',')
			return TY_OK;
		combinator = ' ';
		if (strchr(">+~", *r->at) != NULL)
			combinator = *r->at++;
		else if (!has_blank)
			return refuse(r, "this character has no place here");
	}
}

enum ty_code
selector_parse(struct ty_arena *arena, const char *text, const struct selector **ret_selector,
	       struct ty_err *err)
{
	struct reading r = { .arena = arena, .whole = text, .at = text, .err = err };
	struct selector *first = NULL, **tail = &first;

	for (;;) {
		struct selector *selector = ty_arena_new_of(arena, struct selector);

		if (read_chain(&r, selector) != TY_OK)
			return err->code;
		*tail = selector;
		tail = &selector->other;
		if (*r.at == '\0')
			break;
		r.at++;
	}
	*ret_selector = first;
	return TY_OK;
}
