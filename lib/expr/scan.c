/*
 * scan.c -- where does the JavaScript between {{ and }} end?
 *
 * Not a parser: it knows just enough of JavaScript's words (strings, template
 * literals, comments, regular expressions, braces) not to take a brace inside one
 * of them for the end.  Whether the code is any good is the script engine's to say.
 */
#include "expr/internal.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <string.h>

enum nest { NEST_BRACE, NEST_TEMPLATE };

struct scanner {
	const struct ty_expr_scan *in;
	const char *src;
	size_t len, at;
	size_t open; /* start of the code, for messages */
	uint8_t nest[TY_LIMIT_JSON_DEPTH];
	size_t depth;
	bool after_value;   /* a '/' here divides; else it begins a regular expression */
	bool bad;	    /* in->err is set */
	const char *wanted; /* a variable's name; NULL = none */
	bool found;	    /* 'wanted' is in the code */
	struct ty_expr_code code;
};

size_t
ty_expr_column(const char *src, size_t at)
{
	size_t column = 1;

	for (size_t i = 0; i < at; i++)
		column += ((unsigned char)src[i] & 0xC0) != 0x80;
	return column;
}

static bool
scan_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* Bytes of names and numbers; what is not ASCII can only be part of a name. */
static bool
scan_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || c == '\\' || (unsigned char)c >= 0x80;
}

static char
scan_peek(const struct scanner *s, size_t ahead)
{
	return s->at + ahead < s->len ? s->src[s->at + ahead] : '\0';
}

static void
scan_fail(struct scanner *s, size_t at, const char *what, const char *hint)
{
	if (!s->bad) {
		ty_err_set(s->in->err, TY_E_INVALID, "%s at column %zu", what,
			   ty_expr_column(s->src, at));
		ty_err_hint(s->in->err, "%s", hint);
	}
	s->bad = true;
	s->at = s->len;
}

static void
scan_push(struct scanner *s, enum nest nest)
{
	if (s->depth == TY_ARRAY_COUNT(s->nest)) {
		scan_fail(s, s->at, "braces are nested too deep", "Split the expression up");
		return;
	}
	s->nest[s->depth++] = (uint8_t)nest;
}

/* A '...' or "..." that begins here. */
static void
scan_quoted(struct scanner *s)
{
	size_t begin = s->at;
	char quote = s->src[s->at++];

	while (s->at < s->len && s->src[s->at] != quote && s->src[s->at] != '\n')
		s->at += s->src[s->at] == '\\' ? 2 : 1;
	if (s->at >= s->len || s->src[s->at] != quote) {
		scan_fail(s, begin, "the quoted text is not closed that begins",
			  "Close it with the same quote, or write \\ before a quote inside it");
		return;
	}
	s->at++;
	s->after_value = true;
}

/* Inside a template literal, up to its end or to the next ${. */
static void
scan_template(struct scanner *s, size_t begin)
{
	for (; s->at < s->len; s->at++) {
		if (s->src[s->at] == '\\') {
			s->at++;
		} else if (s->src[s->at] == '`') {
			s->at++;
			s->after_value = true;
			return;
		} else if (s->src[s->at] == '$' && scan_peek(s, 1) == '{') {
			s->at += 2;
			s->after_value = false;
			scan_push(s, NEST_TEMPLATE);
			return;
		}
	}
	scan_fail(s, begin, "the template literal is not closed that begins or goes on",
		  "Close it with a backquote");
}

static void
scan_comment(struct scanner *s)
{
	const char *at = s->src + s->at, *end;

	if (at[1] == '/') {
		end = memchr(at, '\n', s->len - s->at);
		if (end == NULL)
			scan_fail(s, s->at, "a // comment hides the closing }}",
				  "End the comment with a line break, or write /* ... */");
		else
			s->at = (size_t)(end - s->src);
		return;
	}
	end = s->at + 2 < s->len ? memmem(at + 2, s->len - s->at - 2, "*/", 2) : NULL;
	if (end == NULL)
		scan_fail(s, s->at, "the comment is not closed that begins", "Close it with */");
	else
		s->at = (size_t)(end - s->src) + 2;
}

/* A regular expression ends on its line; where it does not, the '/' divides after all. */
static void
scan_slash(struct scanner *s)
{
	bool in_class = false;

	for (size_t i = s->at + 1; !s->after_value && i < s->len && s->src[i] != '\n'; i++) {
		if (s->src[i] == '\\') {
			i++;
		} else if (s->src[i] == '[') {
			in_class = true;
		} else if (s->src[i] == ']') {
			in_class = false;
		} else if (s->src[i] == '/' && !in_class) {
			s->at = i + 1;
			s->after_value = true;
			return;
		}
	}
	s->at++;
	s->after_value = false;
}

static void
scan_add_name(const struct ty_expr_scan *in, const char *name)
{
	struct ty_expr_name *entry;

	for (entry = in->names->first; entry != NULL; entry = entry->next)
		if (ty_str_eq(entry->name, name))
			return;
	entry = ty_arena_new_of(in->arena, struct ty_expr_name);
	entry->name = name;
	*in->names->last = entry;
	in->names->last = &entry->next;
	in->names->count++;
}

static size_t
scan_skip_blanks(const struct scanner *s, size_t at)
{
	while (at < s->len && scan_is_blank(s->src[at]))
		at++;
	return at;
}

/* Words that look at other nodes: $('name'), $items('name', 0), $node['name'] and $node.name. */
static const struct reference {
	const char *word;
	char open;
	const char *close; /* bytes one of which is behind the name */
	bool is_member;	   /* the word may be a member, as in $item(0).$node['name'] */
} references[] = {
	{ "$", '(', ")", false },
	{ "$items", '(', "),", false },
	{ "$node", '[', "]", true },
};

/* Behind "$node.": the name is the word itself. */
static void
scan_node_member(struct scanner *s)
{
	size_t at = scan_skip_blanks(s, s->at), begin;

	if (at >= s->len || s->src[at] != '.')
		return;
	begin = at = scan_skip_blanks(s, at + 1);
	while (at < s->len && scan_is_word(s->src[at]))
		at++;
	if (at > begin)
		scan_add_name(s->in, ty_arena_strndup(s->in->arena, s->src + begin, at - begin));
}

/* Behind such a word: note the node's name, and scan on as if nothing were. */
static void
scan_reference(struct scanner *s, const struct reference *reference)
{
	size_t at = scan_skip_blanks(s, s->at);
	const char *name;

	if (reference->open == '[')
		scan_node_member(s);
	if (at >= s->len || s->src[at] != reference->open)
		return;
	at = scan_skip_blanks(s, at + 1);
	name = ty_expr_scan_string(s->in->arena, s->src, s->len, at, &at);
	if (name == NULL)
		return;
	at = scan_skip_blanks(s, at);
	if (at < s->len && strchr(reference->close, s->src[at]) != NULL)
		scan_add_name(s->in, name);
}

/* A name, keyword or number. */
static void
scan_word(struct scanner *s)
{
	/* Behind these an operand follows, so a '/' begins a regular expression. */
	static const char *const operators[] = { "return", "typeof", "instanceof", "in",    "of",
						 "new",	   "delete", "void",	   "throw", "case",
						 "do",	   "else",   "await",	   "yield" };
	size_t begin = s->at;
	bool is_spread = begin > 2 && memcmp(s->src + begin - 3, "...", 3) == 0;
	bool member = begin > 0 && s->src[begin - 1] == '.' && !is_spread;

	while (s->at < s->len && scan_is_word(s->src[s->at]))
		s->at++;
	s->after_value = true;
	for (size_t i = 0; i < TY_ARRAY_COUNT(operators) && !member; i++)
		if (strlen(operators[i]) == s->at - begin &&
		    memcmp(operators[i], s->src + begin, s->at - begin) == 0)
			s->after_value = false;
	if (s->wanted != NULL && !member && strlen(s->wanted) == s->at - begin &&
	    memcmp(s->wanted, s->src + begin, s->at - begin) == 0)
		s->found = true;
	for (size_t i = 0; i < TY_ARRAY_COUNT(references) && s->src[begin] == '$'; i++)
		if (strlen(references[i].word) == s->at - begin &&
		    memcmp(references[i].word, s->src + begin, s->at - begin) == 0 &&
		    (!member || references[i].is_member))
			scan_reference(s, &references[i]);
}

/* True where the braces that close the code are here. */
static bool
scan_brace(struct scanner *s)
{
	if (s->depth == 0) {
		if (scan_peek(s, 1) == '}')
			return true;
		s->at++;
		s->after_value = false;
		return false;
	}
	s->at++;
	s->after_value = true;
	if (s->nest[--s->depth] == NEST_TEMPLATE)
		scan_template(s, s->at - 1);
	return false;
}

static void
scan_operator(struct scanner *s, char c)
{
	if ((c == '+' || c == '-') && scan_peek(s, 1) == c) {
		s->at += 2; /* i++ / 2: what was a value stays one */
		return;
	}
	if (c == '{')
		scan_push(s, NEST_BRACE);
	s->at++;
	s->after_value = c == ')' || c == ']';
}

/* Scan one word of JavaScript; true at the closing braces. */
static bool
scan_token(struct scanner *s)
{
	char c = s->src[s->at];

	if (c == '}')
		return scan_brace(s);
	if (c == '"' || c == '\'')
		scan_quoted(s);
	else if (c == '`')
		scan_template(s, s->at++);
	else if (c == '/')
		scan_slash(s);
	else if (scan_is_word(c))
		scan_word(s);
	else
		scan_operator(s, c);
	return false;
}

/* Note where the code really begins and ends: at words other than a last ';'. */
static void
scan_note(struct scanner *s, size_t token_at)
{
	if (s->src[token_at] == ';' && s->depth == 0)
		return;
	if (s->code.end == 0)
		s->code.begin = token_at;
	s->code.end = s->at < s->len ? s->at : s->len;
}

enum ty_code
ty_expr_scan_code(const struct ty_expr_scan *scan, size_t at, struct ty_expr_code *ret_code)
{
	struct scanner s = { .in = scan, .src = scan->src, .len = scan->len, .at = at, .open = at };

	while (s.at < s.len) {
		size_t begin = s.at;

		if (scan_is_blank(s.src[s.at])) {
			s.at++;
		} else if (s.src[s.at] == '/' &&
			   (scan_peek(&s, 1) == '/' || scan_peek(&s, 1) == '*')) {
			scan_comment(&s);
		} else if (scan_token(&s)) {
			break;
		} else {
			scan_note(&s, begin);
		}
	}
	if (s.at >= s.len)
		scan_fail(&s, s.open - 2, "}} is missing for the {{",
			  "Close the expression with }}, and check its quotes and braces");
	else if (s.code.end == 0)
		scan_fail(&s, s.open - 2, "there is nothing between the braces",
			  "Write an expression such as {{ $json.name }}");
	if (s.bad)
		return scan->err->code;
	s.code.after = s.at + 2;
	*ret_code = s.code;
	return TY_OK;
}

/* ---- names ---- */

/* Walk the code at s->at up to its closing braces, or to its end. */
static void
scan_words(struct scanner *s, bool has_braces)
{
	while (s->at < s->len) {
		size_t begin = s->at;
		char c = s->src[begin], next = scan_peek(s, 1);

		if (scan_is_blank(c))
			s->at++;
		else if (c == '/' && (next == '/' || next == '*'))
			scan_comment(s);
		else if (scan_token(s) && has_braces)
			return;
		else if (s->at == begin)
			s->at++; /* a brace of code that closes nothing */
	}
}

bool
ty_expr_has_word(struct ty_arena *arena, const char *src, const char *word)
{
	struct ty_expr_names names = { .last = &names.first };
	struct ty_err err;
	const struct ty_expr_scan in = { .arena = arena, .src = src, .names = &names, .err = &err };
	struct scanner s = { .in = &in, .src = src, .len = strlen(src), .wanted = word };
	const char *open;

	ty_err_clear(&err);
	if (*src != '=') {
		scan_words(&s, false);
		return s.found;
	}
	while (!s.found && s.at < s.len && (open = strstr(src + s.at, "{{")) != NULL) {
		s.at = (size_t)(open - src) + 2;
		s.depth = 0;
		s.after_value = false;
		scan_words(&s, true);
	}
	return s.found;
}

/* ---- string literals ---- */

static bool
scan_hex(const char *s, size_t count, uint32_t *ret_c)
{
	uint32_t c = 0;

	for (size_t i = 0; i < count; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = s[i] == '\0' ? NULL : strchr(digits, s[i] | 0x20);

		if (digit == NULL || (s[i] < '0'))
			return false;
		c = c * 16 + (uint32_t)(digit - digits);
	}
	*ret_c = c;
	return true;
}

static void
scan_add_utf8(struct ty_buf *buf, uint32_t c)
{
	if (c < 0x80) {
		ty_buf_add_char(buf, (char)c);
	} else if (c < 0x800) {
		ty_buf_add_char(buf, (char)(0xC0 | c >> 6));
		ty_buf_add_char(buf, (char)(0x80 | (c & 0x3F)));
	} else {
		ty_buf_add_char(buf, (char)(0xE0 | c >> 12));
		ty_buf_add_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
		ty_buf_add_char(buf, (char)(0x80 | (c & 0x3F)));
	}
}

/* The escape behind a backslash at 'at'; gives its length, 0 where it is not for us. */
static size_t
scan_escape(struct ty_buf *buf, const char *src, size_t len, size_t at)
{
	static const char simple[][2] = { { 'n', '\n' }, { 't', '\t' }, { 'r', '\r' },
					  { 'b', '\b' }, { 'f', '\f' }, { 'v', '\v' } };
	uint32_t c;
	size_t digits = src[at] == 'x' ? 2 : src[at] == 'u' ? 4 : 0;

	if (digits > 0) {
		if (at + digits >= len || !scan_hex(src + at + 1, digits, &c) || c == 0 ||
		    (c >= 0xD800 && c < 0xE000))
			return 0;
		scan_add_utf8(buf, c);
		return 1 + digits;
	}
	if ((src[at] >= '0' && src[at] <= '9') || src[at] == '\r' || src[at] == '\n' ||
	    (unsigned char)src[at] >= 0x80)
		return 0;
	c = (unsigned char)src[at];
	for (size_t i = 0; i < TY_ARRAY_COUNT(simple); i++)
		if (simple[i][0] == src[at])
			c = (unsigned char)simple[i][1];
	ty_buf_add_char(buf, (char)c);
	return 1;
}

const char *
ty_expr_scan_string(struct ty_arena *arena, const char *src, size_t len, size_t at,
		    size_t *ret_after)
{
	struct ty_buf buf;
	char quote = at < len ? src[at] : '\0';

	if (quote != '"' && quote != '\'' && quote != '`')
		return NULL;
	ty_buf_init(&buf, arena, 32);
	for (at++; at < len && src[at] != quote;) {
		size_t n = 1;

		if (src[at] == '\n' || src[at] == '\r' ||
		    (quote == '`' && src[at] == '$' && at + 1 < len && src[at + 1] == '{'))
			return NULL;
		if (src[at] != '\\')
			ty_buf_add_char(&buf, src[at]);
		else if (++at >= len || (n = scan_escape(&buf, src, len, at)) == 0)
			return NULL;
		at += n;
	}
	if (at >= len)
		return NULL;
	*ret_after = at + 1;
	return buf.data;
}
