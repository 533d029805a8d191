/*
 * formula.c -- is this code a formula?  A parser by precedence; see formula.h.
 *
 * Whatever is not understood, at any place, makes the whole a script: nothing is computed in
 * part.  So the parser may be strict where JavaScript is not: no comments, no exponents, no
 * ++ and --, no spaces within a path.
 */
#include "expr/formula.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct parser {
	struct ty_arena *arena;
	const char *code;
	size_t len, at;
	int depth;
};

enum {
	LEVEL_COALESCE = 1,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_EQUALITY,
	LEVEL_RELATION,
	LEVEL_SUM,
	LEVEL_PRODUCT
};

struct binary {
	const char *word;
	enum ty_formula_op op;
	int level; /* binds tighter the higher it is */
};

/* Longer words first where one begins another. */
static const struct binary binaries[] = {
	{ "===", TY_FORMULA_SAME, LEVEL_EQUALITY },
	{ "!==", TY_FORMULA_NOT_SAME, LEVEL_EQUALITY },
	{ "==", TY_FORMULA_EQUAL, LEVEL_EQUALITY },
	{ "!=", TY_FORMULA_NOT_EQUAL, LEVEL_EQUALITY },
	{ "<=", TY_FORMULA_LESS_EQUAL, LEVEL_RELATION },
	{ ">=", TY_FORMULA_GREATER_EQUAL, LEVEL_RELATION },
	{ "&&", TY_FORMULA_AND, LEVEL_AND },
	{ "||", TY_FORMULA_OR, LEVEL_OR },
	{ "??", TY_FORMULA_COALESCE, LEVEL_COALESCE },
	{ "<", TY_FORMULA_LESS, LEVEL_RELATION },
	{ ">", TY_FORMULA_GREATER, LEVEL_RELATION },
	{ "+", TY_FORMULA_ADD, LEVEL_SUM },
	{ "-", TY_FORMULA_SUBTRACT, LEVEL_SUM },
	{ "*", TY_FORMULA_MULTIPLY, LEVEL_PRODUCT },
	{ "/", TY_FORMULA_DIVIDE, LEVEL_PRODUCT },
	{ "%", TY_FORMULA_REMAINDER, LEVEL_PRODUCT },
};

static const struct ty_expr_formula *parse_conditional(struct parser *p);

static void
skip_blanks(struct parser *p)
{
	while (p->at < p->len && p->code[p->at] != '\0' &&
	       strchr(" \t\r\n", p->code[p->at]) != NULL)
		p->at++;
}

static char
peek(const struct parser *p, size_t ahead)
{
	return p->at + ahead < p->len ? p->code[p->at + ahead] : '\0';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || c == '\\' || (unsigned char)c >= 0x80;
}

static bool
take(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	skip_blanks(p);
	if (p->len - p->at < len || memcmp(p->code + p->at, word, len) != 0)
		return false;
	p->at += len;
	return true;
}

static struct ty_expr_formula *
make(struct parser *p, enum ty_formula_op op, const struct ty_expr_formula *a,
     const struct ty_expr_formula *b, const struct ty_expr_formula *c)
{
	struct ty_expr_formula *made = ty_arena_new_of(p->arena, struct ty_expr_formula);

	made->op = op;
	made->operands[0] = a;
	made->operands[1] = b;
	made->operands[2] = c;
	return made;
}

/* ---- constants ---- */

/* Keep the JSON of a constant whose digits a double may lose, because they are compared and shown too. */
static const json_t *
literal_json(struct ty_arena *arena, const char *text)
{
	struct ty_err ignored;
	json_t *json;

	if (ty_json_parse(arena, text, strlen(text), &json, &ignored) != TY_OK)
		return NULL;
	return ty_json_is_exact(json) || json_number_value(json) >= TY_FORMULA_SAFE_MAX ? json
											: NULL;
}

/* Digits with at most one point between them; 0x10, 1e3, 1_000 and .5 are not for us. */
static const struct ty_expr_formula *
parse_number(struct parser *p)
{
	struct ty_expr_formula *made;
	size_t end = p->at;
	char *text, *after;

	while (end < p->len && p->code[end] >= '0' && p->code[end] <= '9')
		end++;
	if (end - p->at > 1 && p->code[p->at] == '0')
		return NULL;
	if (end + 1 < p->len && p->code[end] == '.' && p->code[end + 1] >= '0' &&
	    p->code[end + 1] <= '9')
		for (end++; end < p->len && p->code[end] >= '0' && p->code[end] <= '9';)
			end++;
	if (end < p->len && (is_word(p->code[end]) || p->code[end] == '.'))
		return NULL;
	text = ty_arena_strndup(p->arena, p->code + p->at, end - p->at);
	made = make(p, TY_FORMULA_CONST, NULL, NULL, NULL);
	made->value.type = TY_FORMULA_NUMBER;
	made->value.number = strtod(text, &after);
	made->value.json = literal_json(p->arena, text);
	p->at = end;
	return *after == '\0' ? made : NULL;
}

static const struct ty_expr_formula *
parse_string(struct parser *p)
{
	const char *text = ty_expr_scan_string(p->arena, p->code, p->len, p->at, &p->at);
	struct ty_expr_formula *made;

	if (text == NULL)
		return NULL;
	made = make(p, TY_FORMULA_CONST, NULL, NULL, NULL);
	made->value.type = TY_FORMULA_STRING;
	made->value.text = text;
	made->value.len = strlen(text);
	return made;
}

static const struct ty_expr_formula *
parse_name(struct parser *p)
{
	static const struct {
		const char *word;
		struct ty_formula_value value;
	} names[] = {
		{ "true", { .type = TY_FORMULA_BOOL, .boolean = true } },
		{ "false", { .type = TY_FORMULA_BOOL } },
		{ "null", { .type = TY_FORMULA_NULL } },
		{ "undefined", { .type = TY_FORMULA_UNDEFINED } },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++) {
		struct ty_expr_formula *made;

		if (!take(p, names[i].word))
			continue;
		if (is_word(peek(p, 0)) || peek(p, 0) == '.')
			return NULL;
		made = make(p, TY_FORMULA_CONST, NULL, NULL, NULL);
		made->value = names[i].value;
		return made;
	}
	return NULL;
}

/* ---- operands ---- */

static const struct ty_expr_formula *
parse_path(struct parser *p)
{
	const struct ty_expr_path *path =
		ty_expr_path_scan(p->arena, p->code, p->len, p->at, &p->at);
	struct ty_expr_formula *made;

	if (path == NULL || is_word(peek(p, 0)) || peek(p, 0) == '.')
		return NULL;
	made = make(p, TY_FORMULA_PATH, NULL, NULL, NULL);
	made->path = path;
	return made;
}

static const struct ty_expr_formula *
parse_group(struct parser *p)
{
	const struct ty_expr_formula *inner;

	p->at++;
	inner = parse_conditional(p);
	return inner != NULL && take(p, ")") ? inner : NULL;
}

static const struct ty_expr_formula *
parse_primary(struct parser *p)
{
	char c;

	skip_blanks(p);
	c = peek(p, 0);
	if (c == '(')
		return parse_group(p);
	if (c == '$')
		return parse_path(p);
	if (c == '"' || c == '\'' || c == '`')
		return parse_string(p);
	if (c >= '0' && c <= '9')
		return parse_number(p);
	return parse_name(p);
}

static const struct ty_expr_formula *
parse_unary(struct parser *p)
{
	static const struct {
		char sign;
		enum ty_formula_op op;
	} unaries[] = { { '!', TY_FORMULA_NOT },
			{ '-', TY_FORMULA_NEGATE },
			{ '+', TY_FORMULA_TO_NUMBER } };
	const struct ty_expr_formula *operand;

	skip_blanks(p);
	for (size_t i = 0; i < TY_ARRAY_COUNT(unaries); i++) {
		if (peek(p, 0) != unaries[i].sign)
			continue;
		/* ++x and --x change what they are given. */
		if (unaries[i].sign != '!' && peek(p, 1) == unaries[i].sign)
			return NULL;
		if (++p->depth > TY_LIMIT_JSON_DEPTH)
			return NULL;
		p->at++;
		operand = parse_unary(p);
		p->depth--;
		return operand != NULL ? make(p, unaries[i].op, operand, NULL, NULL) : NULL;
	}
	return parse_primary(p);
}

/* ---- operators ---- */

/* The binary operator that is next, not taken; NULL = none. */
static const struct binary *
next_binary(struct parser *p)
{
	skip_blanks(p);
	for (size_t i = 0; i < TY_ARRAY_COUNT(binaries); i++) {
		size_t len = strlen(binaries[i].word);

		if (p->len - p->at >= len && memcmp(p->code + p->at, binaries[i].word, len) == 0)
			return &binaries[i];
	}
	return NULL;
}

/* Parse operators after 'left' that bind at least as tight as 'level': (a - b) - c. */
static const struct ty_expr_formula *
parse_rest(struct parser *p, const struct ty_expr_formula *left, int level)
{
	const struct ty_expr_formula *right;
	const struct binary *binary;

	while (left != NULL && (binary = next_binary(p)) != NULL && binary->level >= level) {
		p->at += strlen(binary->word);
		/* ++ and --, and <!-- and --> of old, are JavaScript's own business. */
		if ((binary->op == TY_FORMULA_ADD && peek(p, 0) == '+') ||
		    (binary->op == TY_FORMULA_SUBTRACT && peek(p, 0) == '-'))
			return NULL;
		right = parse_rest(p, parse_unary(p), binary->level + 1);
		left = right != NULL ? make(p, binary->op, left, right, NULL) : NULL;
	}
	return left;
}

/* Parse ?? or || and && in one row, never both, because that is a syntax error (ECMA-262, 13.13). */
static const struct ty_expr_formula *
parse_logical(struct parser *p)
{
	const struct ty_expr_formula *left = parse_rest(p, parse_unary(p), LEVEL_EQUALITY), *right;
	const struct binary *next = left != NULL ? next_binary(p) : NULL;

	if (next == NULL || next->op != TY_FORMULA_COALESCE) {
		left = parse_rest(p, left, LEVEL_OR);
		next = left != NULL ? next_binary(p) : NULL;
		return next == NULL ? left : NULL;
	}
	while (left != NULL && take(p, "??")) {
		right = parse_rest(p, parse_unary(p), LEVEL_EQUALITY);
		left = right != NULL ? make(p, TY_FORMULA_COALESCE, left, right, NULL) : NULL;
	}
	return left != NULL && next_binary(p) == NULL ? left : NULL;
}

static const struct ty_expr_formula *
parse_conditional(struct parser *p)
{
	const struct ty_expr_formula *test, *yes, *no;

	if (++p->depth > TY_LIMIT_JSON_DEPTH)
		return NULL;
	test = parse_logical(p);
	if (test != NULL && take(p, "?")) {
		yes = parse_conditional(p);
		no = yes != NULL && take(p, ":") ? parse_conditional(p) : NULL;
		test = no != NULL ? make(p, TY_FORMULA_CHOOSE, test, yes, no) : NULL;
	}
	p->depth--;
	return test;
}

const struct ty_expr_formula *
ty_expr_formula_parse(struct ty_arena *arena, const char *code, size_t len)
{
	struct parser p = { .arena = arena, .code = code, .len = len };
	const struct ty_expr_formula *formula = parse_conditional(&p);

	skip_blanks(&p);
	return p.at == p.len ? formula : NULL;
}
