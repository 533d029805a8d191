/*
 * fuzz_request -- request targets, queries and cookies of strangers.
 *
 * Input: a target, a newline, a cookie header, a newline, a header's value.
 */
#include "request.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_target(struct ty_arena *arena, const char *target)
{
	struct ty_http_request request = { .arena = arena };
	struct ty_err err;
	const char *name;
	json_t *query = NULL, *value;

	if (ty_http_request_parse(&request, target, &err) != TY_OK) {
		TY_ASSERT(err.code == TY_E_MALFORMED);
		return;
	}
	TY_ASSERT(request.path[0] == '/' && request.segment_count <= TY_HTTP_SEGMENTS_MAX);
	for (size_t i = 0; i < request.segment_count; i++)
		TY_ASSERT(ty_str_is_utf8(request.segments[i], strlen(request.segments[i])));
	if (ty_http_query(arena, request.query, &query, &err) != TY_OK) {
		TY_ASSERT(err.code == TY_E_MALFORMED);
		return;
	}
	TY_ASSERT(json_object_size(query) <= TY_HTTP_PAIRS_MAX);
	json_object_foreach(query, name, value) TY_ASSERT(json_is_string(value));
}

static void
check_cookie(struct ty_arena *arena, const char *header)
{
	const char *value = ty_http_cookie(arena, header, "tyboo_session", 0);

	TY_ASSERT(value == NULL || (strchr(value, ';') == NULL && strstr(header, value) != NULL));
	TY_ASSERT(ty_http_cookie(arena, NULL, "a", 0) == NULL);
	(void)ty_http_cookie(arena, header, "a", 0);
}

/* Nothing that is put into a header may end it early. */
static void
check_header(struct ty_arena *arena, const char *value)
{
	struct ty_http_response response;
	const char *end;

	ty_http_response_init(&response, arena);
	ty_http_response_header(&response, "X-Test", value);
	end = memchr(response.headers.data, '\r', response.headers.len);
	TY_ASSERT(end == response.headers.data + response.headers.len - 2 && end[1] == '\n');
	TY_ASSERT(memchr(response.headers.data, '\n', response.headers.len) == end + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	char *text = ty_arena_strndup(arena, (const char *)data, size), *cookie, *value;

	cookie = strchr(text, '\n');
	value = cookie != NULL ? strchr(cookie + 1, '\n') : NULL;
	if (value != NULL)
		*value++ = '\0';
	if (cookie != NULL)
		*cookie++ = '\0';
	check_target(arena, text);
	if (cookie != NULL)
		check_cookie(arena, cookie);
	if (value != NULL)
		check_header(arena, value);
	ty_arena_free(arena);
	return 0;
}
