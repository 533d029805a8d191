/*
 * check_condition.c -- the sides of a typed condition: their expressions, and patterns that are written
 * there.  The structure itself is param/condition.h's to check.
 */
#include "graph/checker.h"

#include "base/arena.h"
#include "base/buf.h"
#include "expr/expr.h"
#include "param/condition.h"

#include <string.h>

/* The end of the pattern in "/pattern/flags"; NULL where the text is a bare pattern. */
static const char *
pattern_end(const char *text)
{
	const char *last = strrchr(text, '/');

	return text[0] == '/' && last > text && last[1 + strspn(last + 1, "gimsuy")] == '\0' ? last
											     : NULL;
}

/* The literal /pattern/flags of a text, whose own slashes are escaped outside of classes. */
static const char *
pattern_literal(struct ty_arena *arena, const char *text)
{
	const char *end = pattern_end(text), *flags = end != NULL ? end + 1 : "";
	const char *at = end != NULL ? text + 1 : text;
	bool in_class = false;
	struct ty_buf buf;

	ty_buf_init(&buf, arena, strlen(text) + 16);
	ty_buf_add_char(&buf, '/');
	for (; *at != '\0' && at != end; at++) {
		if (*at == '\\' && at[1] != '\0')
			ty_buf_add_char(&buf, *at++);
		else if (*at == '[' || *at == ']')
			in_class = *at == '[';
		else if (*at == '/' && !in_class)
			ty_buf_add_char(&buf, '\\');
		ty_buf_add_char(&buf, *at);
	}
	ty_buf_printf(&buf, "/%s", flags);
	return buf.data;
}

static void
check_pattern(struct checker *c, const json_t *value, size_t n)
{
	const char *text = json_string_value(ty_condition_side(value, n, "rightValue"));
	size_t at;

	/* No literal has a line's end (U+2028 and U+2029 are some), and a pattern may; an empty one matches anything. */
	if (ty_condition_at(value, n).op->test != TY_CONDITION_MATCHES || text == NULL ||
	    strpbrk(text, "\r\n") != NULL || strstr(text, "\xE2\x80\xA8") != NULL ||
	    strstr(text, "\xE2\x80\xA9") != NULL || text[0] == '=' || text[0] == '\0' ||
	    strcmp(text, "//") == 0)
		return;
	at = checker_push(c, "rightValue", 0);
	checker_script(c, TY_FINDING_INVALID_PARAM, pattern_literal(c->report->arena, text), false);
	checker_pop(c, at);
}

static void
check_side(struct checker *c, const json_t *value, size_t n, const char *name)
{
	const json_t *side = ty_condition_side(value, n, name);
	size_t at = checker_push(c, name, 0);

	if (ty_expr_is(side))
		checker_expr(c, json_string_value(side));
	else if (side != NULL)
		checker_literal(c, side);
	checker_pop(c, at);
}

void
checker_condition(struct checker *c, const json_t *value)
{
	bool is_sound = ty_condition_check(value, "", NULL, NULL) == 0;
	size_t list = checker_push(c, "conditions", 0);

	for (size_t n = 0; n < ty_condition_count(value); n++) {
		size_t at = checker_push(c, NULL, n);

		check_side(c, value, n, "leftValue");
		check_side(c, value, n, "rightValue");
		if (is_sound)
			check_pattern(c, value, n);
		checker_pop(c, at);
	}
	checker_pop(c, list);
}
