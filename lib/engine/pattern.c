/*
 * pattern.c -- a script's regular expressions, and when what they found is in doubt.
 *
 * JavaScriptCore gives a match that backtracks without end up after 5 to 8 s of CPU time, and says
 * "no match" instead of an error.  A script that used so much time may have met that.
 *
 * Whether a script has a pattern is looked for in its text, without reading it as JavaScript: a
 * division may be taken for a pattern, but no pattern for a division.
 */
#include "engine/private.h"

#include <ctype.h>
#include <string.h>

/* Names that make a pattern without one being written: the class, and the methods that turn text into one. */
static const char *const pattern_words[] = { "RegExp", "match", "search" };

/* After one of these words, as after an operator, a slash begins a pattern. */
static const char *const before_pattern[] = {
	"return", "typeof", "case",   "in",    "of",	"do",
	"else",	  "void",   "delete", "await", "yield", "throw",
};

static bool
is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool
word_allows_pattern(const char *source, const char *end)
{
	const char *start = end;

	while (start > source && is_word_char(start[-1]))
		start--;
	for (size_t i = 0; i < TY_ARRAY_COUNT(before_pattern); i++)
		if ((size_t)(end - start) == strlen(before_pattern[i]) &&
		    strncmp(start, before_pattern[i], (size_t)(end - start)) == 0)
			return true;
	return false;
}

/* A slash behind a value divides; behind ")", which may end a condition, it may be either. */
static bool
slash_may_begin(const char *source, const char *slash)
{
	const char *end = slash;

	if (slash[1] == '/' || slash[1] == '*' ||
	    (slash > source && (slash[-1] == '*' || slash[-1] == '/')))
		return false; /* a comment's */
	while (end > source && isspace((unsigned char)end[-1]))
		end--;
	if (end == source)
		return true;
	if (is_word_char(end[-1]))
		return word_allows_pattern(source, end);
	return end[-1] != ']';
}

static bool
pattern_is_in(const char *source)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(pattern_words); i++)
		if (strstr(source, pattern_words[i]) != NULL)
			return true;
	for (const char *at = strchr(source, '/'); at != NULL; at = strchr(at + 1, '/'))
		if (slash_may_begin(source, at))
			return true;
	return false;
}

static bool
request_has_pattern(const json_t *body)
{
	const char *code = ty_json_str(body, "code", NULL);
	const json_t *scripts = ty_json_arr(body, "scripts"), *script;
	size_t i;

	if (code != NULL && pattern_is_in(code))
		return true;
	json_array_foreach((json_t *)scripts, i, script)
	{
		if (json_is_string(script) && pattern_is_in(json_string_value(script)))
			return true;
	}
	return false;
}

void
pattern_notice(const struct request *request)
{
	struct ty_step *step = request->step;
	const json_t *value = json_object_get(request->answer, "value");
	int64_t cpu_ms = ty_json_int(value, "cpu_ms", 0);

	if (cpu_ms < TY_LIMIT_SANDBOX_PATTERN_MS || !request_has_pattern(request->body))
		return;
	ty_step_notice(
		step, "slow_pattern",
		"The script used %lld ms of CPU time and has a regular expression.  One that "
		"takes seconds is given up and counts as no match, so this result may be "
		"wrong.  Write it without a repetition inside a repetition, as in (a+)+.",
		(long long)cpu_ms);
}
