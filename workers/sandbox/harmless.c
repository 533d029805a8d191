/*
 * harmless.c -- one pass over a script's tokens for harmless.h; owns no memory.
 *
 * Safe as long as a token ends here where the engine sees it end.  So nothing is let through
 * whose end depends on what stands before or within it: no comment, no regular expression, no
 * template, no escape, and of operators only runs that stand in a list as they are.
 */
#include "harmless.h"

#include "dialect.h"

#include <stdint.h>
#include <string.h>

enum token {
	NOTHING, /* no harmless token, or the end */
	OPERATOR,
	OPERAND,  /* after it '(' calls and '[' reads a member */
	CALLABLE, /* an operand that may be called */
};

/* Brackets open at once: no expression that people write has more. */
#define OPEN_MAX 32

struct scan {
	const unsigned short *at, *end;
	enum token before; /* the token before 'at' */
	char open[OPEN_MAX];
	size_t open_count;
};

static const char *const operands[] = { "$json",     "$itemIndex", "$vars",	"$execution",
					"$workflow", "$now",	   "$today",	"true",
					"false",     "null",	   "undefined", NULL };

/*
 * Methods of String, Array, Number and luxon's DateTime; no function of these names, wherever it is,
 * changes a thing.  The helpers of the dialect are others (dialect.h).
 */
static const char *const methods[] = { "toUpperCase", "toLowerCase", "trim",	 "trimStart",
				       "trimEnd",     "startsWith",  "endsWith", "includes",
				       "indexOf",     "slice",	     "join",	 "toFixed",
				       "charAt",      "split",	     "toISO",	 "toISODate",
				       "toISOTime",   "toFormat",    "toMillis", NULL };

/*
 * Operators that neither assign (=, ++, --, +=), begin a comment or are one in old scripts (//, <!--, -->),
 * make a function (=>), shift (>>, which can begin >>=), nor spread.
 */
static const char *const runs[] = { "+",  "-",	"*",  "/",  "%",   "<",	  ">",
				    "<=", ">=", "==", "!=", "===", "!==", "&&",
				    "||", "??", "!",  "!!", "?",   ":",	  NULL };

static bool
is_digit(unsigned short c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_char(unsigned short c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
	       c == '$';
}

static bool
is_operator_char(unsigned short c)
{
	return c != 0 && c < 128 && strchr("+-*/%<>=!&|^~?:", c) != NULL;
}

static unsigned short
peek(const struct scan *scan)
{
	return scan->at < scan->end ? *scan->at : 0;
}

static void
skip_space(struct scan *scan)
{
	while (peek(scan) == ' ' || peek(scan) == '\t' || peek(scan) == '\n' || peek(scan) == '\r')
		scan->at++;
}

static bool
is_one_of(const unsigned short *text, size_t len, const char *const *words)
{
	for (; *words != NULL; words++) {
		size_t i = 0;

		while (i < len && (unsigned char)(*words)[i] == text[i])
			i++;
		if (i == len && (*words)[i] == '\0')
			return true;
	}
	return false;
}

/* Past all characters that 'is' takes; how many they were. */
static size_t
skip_run(struct scan *scan, bool (*is)(unsigned short c))
{
	const unsigned short *start = scan->at;

	while (scan->at < scan->end && is(*scan->at))
		scan->at++;
	return (size_t)(scan->at - start);
}

/* 5 or 5.5; the engine ends it there only where no letter or point follows. */
static enum token
number(struct scan *scan)
{
	skip_run(scan, is_digit);
	if (peek(scan) == '.') {
		scan->at++;
		if (skip_run(scan, is_digit) == 0)
			return NOTHING;
	}
	return is_name_char(peek(scan)) || peek(scan) == '.' || peek(scan) >= 128 ? NOTHING
										  : OPERAND;
}

static enum token
text(struct scan *scan)
{
	unsigned short quote = *scan->at++;

	for (; scan->at < scan->end && *scan->at != quote; scan->at++) {
		if (*scan->at == '\\' || *scan->at == '\n' || *scan->at == '\r')
			return NOTHING;
	}
	if (scan->at == scan->end)
		return NOTHING;
	scan->at++;
	return OPERAND;
}

static enum token
name(struct scan *scan)
{
	static const char *const joins[] = { "$str", "$if", NULL }, *const prefix[] = { "typeof",
											NULL };
	const unsigned short *start = scan->at;
	size_t len = skip_run(scan, is_name_char);

	if (is_one_of(start, len, operands) || is_one_of(start, len, dialect_values))
		return OPERAND;
	if (is_one_of(start, len, prefix))
		return OPERATOR;
	if (!is_one_of(start, len, joins) && !is_one_of(start, len, dialect_functions))
		return NOTHING;
	skip_space(scan);
	return peek(scan) == '(' ? CALLABLE : NOTHING;
}

/* From the point on. */
static enum token
member(struct scan *scan)
{
	const unsigned short *start;
	size_t len;

	scan->at++;
	skip_space(scan);
	start = scan->at;
	if (is_digit(peek(scan)))
		return NOTHING;
	len = skip_run(scan, is_name_char);
	if (len == 0)
		return NOTHING;
	return is_one_of(start, len, methods) || is_one_of(start, len, dialect_helpers) ? CALLABLE
											: OPERAND;
}

/* From the bracket on: one number or text, and the other bracket. */
static enum token
index_of(struct scan *scan)
{
	unsigned short c;
	enum token what;

	scan->at++;
	skip_space(scan);
	c = peek(scan);
	what = is_digit(c) ? number(scan) : c == '"' || c == '\'' ? text(scan) : NOTHING;
	skip_space(scan);
	if (what != OPERAND || peek(scan) != ']')
		return NOTHING;
	scan->at++;
	return OPERAND;
}

static enum token
operator(struct scan *scan) {
	const unsigned short *start = scan->at;
	bool follows = scan->before == OPERAND || scan->before == CALLABLE;
	size_t len = skip_run(scan, is_operator_char);

	if (!is_one_of(start, len, runs)) return NOTHING;
	/* A slash without an operand before it begins a regular expression. */
	if (*start == '/' && !follows) return NOTHING;
	if (*start != '?' || len != 1 || peek(scan) != '.') return OPERATOR;
	return follows ? member(scan) : NOTHING;
}

/* JavaScript calls these of an object by itself; a function can be come by, as $json.constructor. */
static const char *const called_keys[] = { "toJSON",	"toString", "valueOf",
					   "__proto__", "then",	    NULL };

/* In an object: a name or a text, and its colon. */
static enum token
key(struct scan *scan)
{
	const unsigned short *start;
	size_t len;

	skip_space(scan);
	start = scan->at;
	if (peek(scan) == '"' || peek(scan) == '\'') {
		if (text(scan) == NOTHING)
			return NOTHING;
		len = (size_t)(scan->at - ++start) - 1;
	} else {
		len = is_digit(peek(scan)) ? 0 : skip_run(scan, is_name_char);
		if (len == 0)
			return NOTHING;
	}
	skip_space(scan);
	if (peek(scan) != ':' || is_one_of(start, len, called_keys))
		return NOTHING;
	scan->at++;
	return OPERATOR;
}

static enum token
opening(struct scan *scan)
{
	char c = (char)*scan->at++;

	if (scan->open_count == OPEN_MAX || (c == '(' && scan->before == OPERAND))
		return NOTHING;
	scan->open[scan->open_count++] = c;
	if (c != '{')
		return OPERATOR;
	skip_space(scan);
	return peek(scan) == '}' ? OPERATOR : key(scan);
}

static enum token
closing(struct scan *scan)
{
	char c = (char)*scan->at++, opened = c == ')' ? '(' : c == ']' ? '[' : '{';

	if (scan->open_count == 0 || scan->open[--scan->open_count] != opened)
		return NOTHING;
	return OPERAND;
}

static enum token
comma(struct scan *scan)
{
	scan->at++;
	return scan->open_count > 0 && scan->open[scan->open_count - 1] == '{' ? key(scan)
									       : OPERATOR;
}

static enum token
next(struct scan *scan)
{
	unsigned short c = *scan->at;
	bool follows = scan->before == OPERAND || scan->before == CALLABLE;

	if (is_digit(c))
		return number(scan);
	if (c == '"' || c == '\'')
		return text(scan);
	if (is_name_char(c))
		return name(scan);
	if (c == '.')
		return follows ? member(scan) : NOTHING;
	if (c == '[' && follows)
		return index_of(scan);
	if (c == '(' || c == '[' || (c == '{' && !follows))
		return opening(scan);
	if (c == ')' || c == ']' || c == '}')
		return closing(scan);
	if (c == ',')
		return comma(scan);
	return is_operator_char(c) ? operator(scan) : NOTHING;
}

bool
harmless(const unsigned short *script, size_t len)
{
	struct scan scan = { .at = script, .end = script + len, .before = OPERATOR };

	for (skip_space(&scan); scan.at < scan.end; skip_space(&scan)) {
		scan.before = next(&scan);
		if (scan.before == NOTHING)
			return false;
	}
	return scan.open_count == 0;
}
