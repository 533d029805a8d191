/*
 * touch.c -- one pass over a script's tokens for touch.h; owns no memory.
 *
 * Safe as long as a token ends here where the engine sees it end.  A character outside of ASCII,
 * an escape or a slash whose meaning depends on grammar (after '}' or the parenthesis of an 'if')
 * is given up on, outside of texts.
 *
 * Why a list of methods is enough: data is JSON, so it has no functions of its own.  A function
 * that changes its arguments (Object.assign) is reached by the name Object or by 'constructor'
 * alone; one that changes 'this' (reverse) needs its name written, and call, apply, bind or a
 * method's call to be given a 'this'.
 */
#include "touch.h"

#include "dialect.h"
#include "touch_scan.h"
#include "touch_words.h"

#include <string.h>

static bool
is_banned(struct word word)
{
	return word_is_one_of(word, banned) ||
	       (word.len >= 2 && word.text[0] == '_' && word.text[1] == '_');
}

static struct bracket *
innermost(struct scan *scan)
{
	return scan->depth > 0 ? &scan->open[scan->depth - 1] : NULL;
}

static void
change(struct scan *scan)
{
	if (scan->worst == TOUCH_READS)
		scan->worst = TOUCH_CHANGES;
}

/* Is an operand complete before this place? */
static bool
follows_operand(const struct scan *scan)
{
	return scan->last == OPERAND || scan->last == NAME || scan->last == CALLABLE ||
	       scan->last == METHOD || scan->last == DECLARED;
}

/* tokens -------------------------------------------------------------------------- */

/* 5, 5.5, 0x1f, 1e9, 10n: a fraction follows plain digits only, as 0x1f.x reads a member. */
static enum last
number(struct scan *scan)
{
	bool is_plain = !(scan_peek(scan, 0) == '0' && is_name_char(scan_peek(scan, 1)));

	while (is_name_char(scan_peek(scan, 0))) {
		is_plain = is_plain && is_digit(*scan->at);
		scan->at++;
	}
	if (is_plain && scan_peek(scan, 0) == '.') {
		scan->at++;
		while (is_name_char(scan_peek(scan, 0)))
			scan->at++;
	}
	return OPERAND;
}

/* Past the closing quote; false where there is none.  *ret_has_escape: a backslash is within. */
static bool
skip_text(struct scan *scan, bool *ret_has_escape)
{
	unsigned short quote = *scan->at++;

	*ret_has_escape = false;
	for (; scan->at < scan->end && *scan->at != quote; scan->at++) {
		if (*scan->at != '\\')
			continue;
		*ret_has_escape = true;
		if (++scan->at == scan->end)
			return false;
	}
	if (scan->at == scan->end)
		return false;
	scan->at++;
	return true;
}

static enum last
text(struct scan *scan)
{
	bool has_escape;

	return skip_text(scan, &has_escape) ? OPERAND : NOTHING;
}

static bool
push(struct scan *scan, struct bracket bracket)
{
	if (scan->depth == BRACKETS_MAX)
		return false;
	scan->open[scan->depth++] = bracket;
	return true;
}

/* From within a template on: past its end, or into its next ${. */
static enum last template(struct scan *scan) {
	for (; scan->at < scan->end;
	     scan->at++){ if (*scan->at == '\\'){ if (++scan->at == scan->end) return NOTHING; }
else if (*scan->at == '`')
{
	scan->at++;
	return OPERAND;
}
else if (*scan->at == '$' && scan_peek(scan, 1) == '{')
{
	scan->at += 2;
	return push(scan, (struct bracket){ .open = '{', .is_template = true }) ? OPERATOR
										: NOTHING;
}
}
return NOTHING;
}

static enum last
pattern(struct scan *scan)
{
	bool in_class = false;

	for (scan->at++; scan->at < scan->end && !is_line_end(*scan->at); scan->at++) {
		if (*scan->at == '\\')
			scan->at++;
		else if (*scan->at == '[')
			in_class = true;
		else if (*scan->at == ']')
			in_class = false;
		else if (*scan->at == '/' && !in_class)
			break;
	}
	if (scan->at >= scan->end || *scan->at != '/')
		return NOTHING;
	scan->at++;
	scan_word(scan);
	return OPERAND;
}

static bool
is_method(struct word word)
{
	return word_is_one_of(word, methods) || word_is_one_of(word, of_object) ||
	       word_is_one_of(word, dialect_helpers);
}

/* From a member's name on. */
static enum last
member(struct scan *scan)
{
	struct word word;
	bool is_called;

	if (!is_name_char(scan_next(scan)) || is_digit(scan_peek(scan, 0)))
		return NOTHING;
	word = scan_word(scan);
	if (is_banned(word))
		return NOTHING;
	is_called = scan_next(scan) == '(';
	if (word_is_one_of(word, changers)) {
		change(scan);
		return is_called ? METHOD : NOTHING;
	}
	if (is_called)
		return is_method(word) ? METHOD : NOTHING;
	return OPERAND;
}

/* "Object.keys(": nothing else of it, and always called. */
static enum last
object(struct scan *scan)
{
	struct word word;

	if (scan_next(scan) != '.')
		return NOTHING;
	scan->at++;
	scan_skip_space(scan);
	word = scan_word(scan);
	return word_is_one_of(word, of_object) && scan_next(scan) == '(' ? METHOD : NOTHING;
}

/* A function that is called, asked for a member, or is all that a method is given: map(Number). */
static enum last
function_name(struct scan *scan)
{
	bool is_argument = scan->last == CALL;
	unsigned short c = scan_next(scan);

	if (c == '(')
		return CALLABLE;
	if (c == '.' || (c == ')' && is_argument))
		return OPERAND;
	return NOTHING;
}

/* "for (": what it sets is declared there. */
static enum last
control(struct scan *scan, struct word word)
{
	struct scan ahead = { .at = scan->at, .end = scan->end };

	if (scan_next(scan) != '(')
		return word_is(word, "catch") ? OPERATOR : NOTHING;
	if (!word_is(word, "for"))
		return CONTROL;
	scan_skip_space(&ahead);
	ahead.at++;
	scan_skip_space(&ahead);
	return word_is_one_of(scan_word(&ahead), declares) ? CONTROL : NOTHING;
}

static enum last
name(struct scan *scan)
{
	enum last before = scan->last;
	struct word word = scan_word(scan);
	struct bracket *in = innermost(scan);

	if (before == DECLARED && word_is(word, "of") && in != NULL && in->is_control)
		return OPERATOR;
	if (is_banned(word) || word_is_one_of(word, changers))
		return NOTHING;
	if (word_is_one_of(word, operators))
		return OPERATOR;
	if (word_is_one_of(word, controls))
		return control(scan, word);
	if (word_is_one_of(word, declares))
		return DECLARES;
	if (word_is(word, "function")) {
		if (in != NULL && in->members == 0)
			in->is_function = true;
		return FUNCTION;
	}
	if (word_is_one_of(word, literals))
		return OPERAND;
	if (word_is_one_of(word, functions) || word_is_one_of(word, dialect_functions))
		return before == FUNCTION || before == DECLARES ? NOTHING : function_name(scan);
	if (word_is_one_of(word, spaces))
		return scan_next(scan) == '.' ? OPERAND : NOTHING;
	if (word_is(word, "Object"))
		return object(scan);
	/* A builtin that is not listed. */
	if (word.text[0] >= 'A' && word.text[0] <= 'Z')
		return NOTHING;
	if (before == FUNCTION)
		return scan_next(scan) == '(' ? CALLABLE : NOTHING;
	return before == DECLARES ? DECLARED : NAME;
}

/* From the bracket on, after an operand: one number, text or $itemIndex. */
static enum last
index_of(struct scan *scan)
{
	bool has_escape = false;
	struct word word = { NULL, 0 };
	unsigned short c;

	scan->at++;
	c = scan_next(scan);
	if (c == '"' || c == '\'') {
		word.text = scan->at + 1;
		if (!skip_text(scan, &has_escape) || has_escape)
			return NOTHING;
		word.len = (size_t)(scan->at - word.text) - 1;
		if (is_banned(word) || word_is_one_of(word, changers))
			return NOTHING;
	} else if (is_digit(c)) {
		number(scan);
	} else if (!word_is(scan_word(scan), "$itemIndex")) {
		return NOTHING;
	}
	if (scan_next(scan) != ']')
		return NOTHING;
	scan->at++;
	/* The function behind a computed name is not known. */
	return scan_next(scan) == '(' ? NOTHING : OPERAND;
}

static enum last
open_bracket(struct scan *scan)
{
	unsigned short c = *scan->at;
	struct bracket *in = innermost(scan);
	struct bracket bracket = { .open = c };

	if (c == '[' && (follows_operand(scan) || scan->last == BRACE))
		return index_of(scan);
	if (c == '(') {
		if (scan->last == OPERAND || scan->last == NAME || scan->last == BRACE ||
		    scan->last == DECLARED || scan->last == DECLARES)
			return NOTHING;
		bracket.is_control = scan->last == CONTROL;
		bracket.is_call = scan->last == METHOD || scan->last == CALLABLE;
	}
	bracket.is_pattern = scan->last == DECLARES;
	bracket.is_key = c == '[' && in != NULL && in->open == '{' &&
			 (scan->before == '{' || scan->before == ',');
	scan->at++;
	if (!push(scan, bracket))
		return NOTHING;
	return c == '(' && scan->last == METHOD ? CALL : OPERATOR;
}

static enum last
close_bracket(struct scan *scan)
{
	static const char pairs[] = "()[]{}";
	unsigned short c = *scan->at++;
	struct bracket closed;

	if (scan->depth == 0)
		return NOTHING;
	closed = scan->open[--scan->depth];
	if (strchr(pairs, c)[-1] != (char)closed.open)
		return NOTHING;
	if (closed.is_template)
		return template(scan);
	if (closed.is_pattern)
		return DECLARED;
	if (c == '}')
		return BRACE;
	if (c == ']')
		return closed.is_key && scan_next(scan) != ',' && scan_peek(scan, 0) != '}'
			       ? NOTHING
			       : OPERAND;
	if (closed.is_control)
		return HEAD;
	return closed.is_function && !closed.is_call ? CALLABLE : OPERAND;
}

/* In parentheses that begin with "x =>" or "(...) =>", a function is all there is. */
static enum last
arrow(struct scan *scan)
{
	struct bracket *in = innermost(scan);

	if (in != NULL && in->members == 1)
		in->is_function = true;
	return OPERATOR;
}

static enum last
slash(struct scan *scan)
{
	if (scan->last == BRACE || scan->last == HEAD)
		return NOTHING;
	if (!follows_operand(scan))
		return pattern(scan);
	scan->at++;
	if (scan_peek(scan, 0) != '=')
		return OPERATOR;
	scan->at++;
	return scan->last == NAME ? OPERATOR : NOTHING;
}

static enum last
sign(struct scan *scan)
{
	struct word word = { scan->at, 0 };

	/* Comments, in old scripts. */
	if (scan_begins(scan, "<!--") || scan_begins(scan, "-->"))
		return NOTHING;
	for (size_t i = 0; word.len == 0 && signs[i] != NULL; i++) {
		if (scan_begins(scan, signs[i]))
			word.len = strlen(signs[i]);
	}
	if (word.len == 0)
		return NOTHING;
	scan->at += word.len;
	if (word_is(word, "=>"))
		return arrow(scan);
	if (word_is_one_of(word, keeps))
		return scan->last == DECLARED && word.len == 1 ? OPERATOR : NOTHING;
	if (word_is_one_of(word, assigns))
		return scan->last == NAME ? OPERATOR : NOTHING;
	/* After a line's end it would belong to what follows. */
	if (word_is(word, "++") || word_is(word, "--"))
		return scan->last == NAME && is_name_char(word.text[-1]) ? OPERAND : NOTHING;
	return scan->last == FUNCTION ? NOTHING : OPERATOR;
}

static enum last
point(struct scan *scan)
{
	if (scan_begins(scan, "...")) {
		scan->at += 3;
		return OPERATOR;
	}
	scan->at++;
	if (is_digit(scan_peek(scan, 0)))
		return follows_operand(scan) ? NOTHING : number(scan);
	return follows_operand(scan) || scan->last == BRACE ? member(scan) : NOTHING;
}

/* From "?." on. */
static enum last
optional(struct scan *scan)
{
	if (!follows_operand(scan))
		return NOTHING;
	scan->at += 2;
	return scan_next(scan) == '[' ? index_of(scan) : member(scan);
}

static enum last
token(struct scan *scan)
{
	unsigned short c = *scan->at;

	if (is_digit(c))
		return number(scan);
	if (is_name_char(c))
		return name(scan);
	if (c == '"' || c == '\'')
		return text(scan);
	if (c == '`') {
		if (follows_operand(scan) || scan->last == BRACE)
			return NOTHING;
		scan->at++;
		return template(scan);
	}
	if (c == '/')
		return slash(scan);
	if (c == '.')
		return point(scan);
	if (c == '?' && scan_peek(scan, 1) == '.' && !is_digit(scan_peek(scan, 2)))
		return optional(scan);
	if (c == '(' || c == '[' || c == '{')
		return open_bracket(scan);
	if (c == ')' || c == ']' || c == '}')
		return close_bracket(scan);
	return c < 128 ? sign(scan) : NOTHING;
}

/* A token that is complete counts where it stands; a bracket when it closes. */
static void
count_member(struct scan *scan, size_t depth_before)
{
	struct bracket *in = innermost(scan);

	if (in != NULL && scan->depth <= depth_before && in->members < 2)
		in->members++;
}

enum touch
touch(const unsigned short *script, size_t len)
{
	struct scan scan = { .at = script, .end = script + len, .last = OPERATOR };

	for (scan_skip_space(&scan); scan.at < scan.end; scan_skip_space(&scan)) {
		size_t depth = scan.depth;
		bool is_arrow = scan_begins(&scan, "=>");

		scan.last = token(&scan);
		if (scan.last == NOTHING)
			return TOUCH_ANY;
		scan.before = scan.at[-1];
		if (!is_arrow)
			count_member(&scan, depth);
	}
	return scan.depth == 0 ? scan.worst : TOUCH_ANY;
}
