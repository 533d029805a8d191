/*
 * regex.c -- the tool "regex": regular expressions over a text, by PCRE2.
 *
 * Options: { "field", "pattern", "action": "match" | "match_all" | "test" | "replace" | "split", "replacement"?,
 * "ignore_case"?, "multiline"?, "dot_all"? }.
 *
 * Value: of match { "match", "index", "groups": [text or null], "named": {} } or null; of match_all the list of
 * those; of test yes or no; of replace and split a text and a list.  Places count characters.
 *
 * A pattern that goes back and forth without end stops at a limit of steps, which is the same on every machine;
 * the time of the whole call is the parent's to limit.
 */
#include "tool.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define REGEX_BYTES (16 * 1024 * 1024)
/* Steps of one search: some 20 ms.  Sane patterns take some thousand for a page of text. */
#define STEPS_MAX 1000000
/* KiB that one search may take for its way back. */
#define HEAP_KIB_MAX 16384
/* Matches or parts of one text, as a step may emit items. */
#define MATCHES_MAX 10000

enum action { MATCH, MATCH_ALL, TEST, REPLACE, SPLIT, ACTION__COUNT };

static const char *const actions[ACTION__COUNT] = {
	[MATCH] = "match",     [MATCH_ALL] = "match_all", [TEST] = "test",
	[REPLACE] = "replace", [SPLIT] = "split",
};

struct regex {
	struct ty_arena *arena;
	const char *replacement;
	enum action action;
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	uint32_t name_count, name_size;
	const char *names;
};

static void
regex_end(void *state)
{
	struct regex *r = state;

	pcre2_match_context_free(r->limits);
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	ty_arena_free(r->arena);
}

static enum ty_code
regex_compile(struct regex *r, const json_t *options, struct ty_err *err)
{
	const char *pattern = ty_json_str(options, "pattern", "");
	uint32_t flags = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_ALT_BSUX |
			 PCRE2_MATCH_UNSET_BACKREF;
	PCRE2_SIZE offset;
	PCRE2_UCHAR said[160];
	int code;

	flags |= ty_json_bool(options, "ignore_case", false) ? PCRE2_CASELESS : 0;
	flags |= ty_json_bool(options, "multiline", false) ? PCRE2_MULTILINE : 0;
	flags |= ty_json_bool(options, "dot_all", false) ? PCRE2_DOTALL : 0;
	r->code = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), flags, &code, &offset, NULL);
	if (r->code == NULL) {
		pcre2_get_error_message(code, said, sizeof(said));
		ty_err_set(err, TY_E_INVALID, "The pattern cannot be read at character %zu: %s",
			   (size_t)offset + 1, (const char *)said);
		return ty_err_hint(err, "A pattern stands without slashes around it; a character "
					"that means something is taken as it is behind a "
					"backslash.");
	}
	r->data = pcre2_match_data_create_from_pattern(r->code, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (r->data == NULL || r->limits == NULL)
		abort();
	pcre2_set_match_limit(r->limits, STEPS_MAX);
	pcre2_set_heap_limit(r->limits, HEAP_KIB_MAX);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &r->name_count);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &r->name_size);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &r->names);
	return TY_OK;
}

static enum ty_code
regex_begin(const json_t *options, int64_t now_ms, void **ret_state, struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "regex", 0);
	struct regex *r = ty_arena_new_of(arena, struct regex);
	const char *action = ty_json_str(options, "action", "");

	r->arena = arena;
	r->replacement = ty_arena_strdup(arena, ty_json_str(options, "replacement", ""));
	while (r->action < ACTION__COUNT && !ty_str_eq(actions[r->action], action))
		r->action++;
	if (r->action == ACTION__COUNT)
		ty_err_set(err, TY_E_INVALID, "There is no action \"%.40s\"", action);
	if (r->action == ACTION__COUNT || regex_compile(r, options, err) != TY_OK) {
		regex_end(r);
		return err->code;
	}
	*ret_state = r;
	return TY_OK;
}

/* ---- searching ---- */

static enum ty_code
regex_failed(int rc, struct ty_err *err)
{
	PCRE2_UCHAR said[160];

	if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_HEAPLIMIT ||
	    rc == PCRE2_ERROR_DEPTHLIMIT) {
		ty_err_set(err, TY_E_LIMIT, "The pattern takes too many steps on this text");
		return ty_err_hint(err,
				   "Mostly two repetitions can take the same characters, as in "
				   "(a+)+: let one of them take what the other does not.");
	}
	pcre2_get_error_message(rc, said, sizeof(said));
	return ty_err_set(err, TY_E_INVALID, "The pattern failed: %s", (const char *)said);
}

/* Search from 'from'; *ret_found. */
static enum ty_code
search(const struct regex *r, const char *text, size_t len, size_t from, uint32_t flags,
       bool *ret_found, struct ty_err *err)
{
	int rc = pcre2_match(r->code, (PCRE2_SPTR)text, len, from, flags | PCRE2_NO_UTF_CHECK,
			     r->data, r->limits);

	*ret_found = rc >= 0;
	return rc >= 0 || rc == PCRE2_ERROR_NOMATCH ? TY_OK : regex_failed(rc, err);
}

/* Place of the next search: one character on behind an empty match, so that it ends. */
static size_t
next_place(const struct regex *r, const char *text, size_t len)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);
	size_t next = at[1];

	if (at[0] < at[1])
		return next;
	for (next++; next < len && ((unsigned char)text[next] & 0xC0) == 0x80;)
		next++;
	return next;
}

static json_t *
group(const struct regex *r, const char *text, uint32_t n)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);

	if (n >= pcre2_get_ovector_count(r->data) || at[2 * n] == PCRE2_UNSET ||
	    at[2 * n] > at[2 * n + 1])
		return json_null();
	return json_stringn_nocheck(text + at[2 * n], at[2 * n + 1] - at[2 * n]);
}

/* Characters before 'at', counted on from the last place that was asked for. */
struct counted {
	size_t at, count;
};

static size_t
count_to(struct counted *counted, const char *text, size_t at)
{
	for (; counted->at < at; counted->at++)
		counted->count += ((unsigned char)text[counted->at] & 0xC0) != 0x80;
	return counted->count;
}

static json_t *
match_json(const struct regex *r, const char *text, struct counted *counted)
{
	json_t *groups = json_array(), *named = json_object();
	size_t at = pcre2_get_ovector_pointer(r->data)[0];

	for (uint32_t n = 1; n < pcre2_get_ovector_count(r->data); n++)
		json_array_append_new(groups, group(r, text, n));
	for (uint32_t i = 0; i < r->name_count; i++) {
		const unsigned char *entry =
			(const unsigned char *)r->names + (size_t)i * r->name_size;

		json_object_set_new_nocheck(named, (const char *)entry + 2,
					    group(r, text, (uint32_t)(entry[0] << 8 | entry[1])));
	}
	return json_pack("{s:o, s:I, s:o, s:o}", "match", group(r, text, 0), "index",
			 (json_int_t)count_to(counted, text, at), "groups", groups, "named", named);
}

static enum ty_code
too_many(struct ty_err *err)
{
	ty_err_set(err, TY_E_LIMIT, "The pattern matches over %d times", MATCHES_MAX);
	return ty_err_hint(err, "Split the text into parts first.");
}

/* All matches, or the texts between them, into 'list'. */
static enum ty_code
find_all(const struct regex *r, const char *text, size_t len, json_t *list, struct ty_err *err)
{
	struct counted counted = { 0, 0 };
	size_t from = 0, part = 0;

	while (from <= len) {
		const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);
		bool found;

		if (search(r, text, len, from, 0, &found, err) != TY_OK)
			return err->code;
		if (!found)
			break;
		if (json_array_size(list) == MATCHES_MAX)
			return too_many(err);
		from = next_place(r, text, len);
		if (r->action == MATCH_ALL) {
			json_array_append_new(list, match_json(r, text, &counted));
		} else if (at[1] > 0 && at[0] < len) {
			/* An empty match at an end divides nothing. */
			json_array_append_new(list,
					      json_stringn_nocheck(text + part, at[0] - part));
			part = at[1];
		}
	}
	if (r->action == SPLIT)
		json_array_append_new(list, json_stringn_nocheck(text + part, len - part));
	return TY_OK;
}

static enum ty_code
replace(const struct regex *r, struct ty_arena *arena, const char *text, size_t len,
	json_t **ret_value, struct ty_err *err)
{
	const uint32_t flags = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH |
			       PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_NO_UTF_CHECK;
	PCRE2_SIZE size = len + len / 2 + 256;
	PCRE2_UCHAR said[160];
	int rc = PCRE2_ERROR_NOMEMORY;

	for (int tries = 0; tries < 2 && rc == PCRE2_ERROR_NOMEMORY && size <= REGEX_BYTES;
	     tries++) {
		char *out = ty_arena_alloc(arena, size);

		rc = pcre2_substitute(r->code, (PCRE2_SPTR)text, len, 0, flags, r->data, r->limits,
				      (PCRE2_SPTR)r->replacement, strlen(r->replacement),
				      (PCRE2_UCHAR *)out, &size);
		if (rc >= 0) {
			*ret_value = json_stringn_nocheck(out, size);
			return TY_OK;
		}
	}
	if (rc == PCRE2_ERROR_NOMEMORY)
		return ty_err_set(err, TY_E_LIMIT, "The text would have over %d bytes",
				  REGEX_BYTES);
	if (rc == PCRE2_ERROR_BADREPLACEMENT || rc == PCRE2_ERROR_BADREPESCAPE ||
	    rc == PCRE2_ERROR_REPMISSINGBRACE || rc == PCRE2_ERROR_NOSUBSTRING) {
		pcre2_get_error_message(rc, said, sizeof(said));
		ty_err_set(err, TY_E_INVALID, "What replaces it cannot be read: %s",
			   (const char *)said);
		return ty_err_hint(err, "$1 and ${name} are groups of the pattern, $0 the whole "
					"match, $$ a dollar sign.");
	}
	return regex_failed(rc, err);
}

static enum ty_code
regex_value(const struct regex *r, struct ty_arena *arena, const char *text, size_t len,
	    json_t **ret_value, struct ty_err *err)
{
	struct counted counted = { 0, 0 };
	bool found;

	if (r->action == REPLACE)
		return replace(r, arena, text, len, ret_value, err);
	if (r->action == MATCH_ALL || r->action == SPLIT) {
		*ret_value = ty_json_own(arena, json_array());
		if (find_all(r, text, len, *ret_value, err) != TY_OK)
			return err->code;
		json_incref(*ret_value);
		return TY_OK;
	}
	if (search(r, text, len, 0, 0, &found, err) != TY_OK)
		return err->code;
	if (r->action == TEST)
		*ret_value = json_boolean(found);
	else
		*ret_value = found ? match_json(r, text, &counted) : json_null();
	return TY_OK;
}

static enum ty_code
regex_give(void *state, struct ty_arena *arena, const char *text, size_t len, json_t **ret_value,
	   struct ty_err *err)
{
	return regex_value(state, arena, text, len, ret_value, err);
}

const struct tool tool_regex = {
	.name = "regex",
	.library = "PCRE2 " TY_PCRE2_VERSION,
	.input_max_bytes = REGEX_BYTES,
	.output_max_bytes = REGEX_BYTES,
	.begin = regex_begin,
	.value = regex_give,
	.end = regex_end,
};
