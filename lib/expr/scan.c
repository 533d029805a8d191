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
	bool after_value;	/* a '/' here divides; else it begins a regular expression */
	bool bad;		/* in->err is set */
	const char *wanted;	/* a variable's name; NULL = none */
	ty_expr_member_fn tell; /* told what the code reads of 'wanted' */
	void *tell_ctx;
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
		s->tell(s->tell_ctx, ty_expr_member_name(s->in->arena, s->src + s->at));
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

const char *
ty_expr_member_name(struct ty_arena *arena, const char *at)
{
	size_t len = strlen(at), i = 0, after, name;
	const char *text;

	i += at[i] == '?' && at[i + 1] == '.' && at[i + 2] == '[' ? 2 : 0;
	if (at[i] == '[') {
		i += 1 + strspn(at + i + 1, " \t\r\n");
		text = ty_expr_scan_string(arena, at, len, i, &after);
		return text != NULL && at[after + strspn(at + after, " \t\r\n")] == ']' ? text
											: NULL;
	}
	i += at[i] == '?';
	if (at[i] != '.' || at[i + 1] == '.')
		return NULL;
	name = ++i;
	while (i < len && scan_is_word(at[i]) && at[i] != '\\')
		i++;
	return i > name && at[i] != '\\' ? ty_arena_strndup(arena, at + name, i - name) : NULL;
}

void
ty_expr_each_member(struct ty_arena *arena, const char *src, const char *word,
		    ty_expr_member_fn tell, void *ctx)
{
	struct ty_expr_names names = { .last = &names.first };
	struct ty_err err;
	const struct ty_expr_scan in = { .arena = arena, .src = src, .names = &names, .err = &err };
	struct scanner s = { .in = &in,
			     .src = src,
			     .len = strlen(src),
			     .wanted = word,
			     .tell = tell,
			     .tell_ctx = ctx };
	const char *open;

	ty_err_clear(&err);
	if (*src != '=')
		scan_words(&s, false);
	while (*src == '=' && s.at < s.len && (open = strstr(src + s.at, "{{")) != NULL) {
		s.at = (size_t)(open - src) + 2;
		s.depth = 0;
		s.after_value = false;
		scan_words(&s, true);
	}
}
