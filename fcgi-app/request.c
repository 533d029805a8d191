/*
 * request.c -- taking a request apart and putting an answer together.
 */
#include "request.h"

#include "base/arena.h"
#include "base/budget.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/pair.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>
#include <strings.h>

static enum ty_code
segment_add(struct ty_http_request *request, const char *s, size_t len, struct ty_err *err)
{
	size_t decoded_len;
	char *decoded;

	if (request->segment_count == TY_HTTP_SEGMENTS_MAX)
		return ty_err_set(err, TY_E_MALFORMED, "The path has more than %d parts",
				  TY_HTTP_SEGMENTS_MAX);
	decoded = ty_str_url_decode(request->arena, s, len, false, &decoded_len);
	if (decoded == NULL || !ty_str_is_utf8(decoded, decoded_len))
		return ty_err_set(err, TY_E_MALFORMED, "The path has a broken escape in it");
	request->segments[request->segment_count++] = decoded;
	return TY_OK;
}

enum ty_code
ty_http_request_parse(struct ty_http_request *request, const char *target, struct ty_err *err)
{
	size_t path_len = strcspn(target, "?#");
	const char *at = target, *end = target + path_len;

	if (target[0] != '/')
		return ty_err_set(err, TY_E_MALFORMED, "The request target is not a path");
	request->path = ty_arena_strndup(request->arena, target, path_len);
	request->query = *end == '?' ? end + 1 : "";
	request->segments = ty_arena_alloc_array(request->arena, TY_HTTP_SEGMENTS_MAX,
						 sizeof(*request->segments));
	request->segment_count = 0;
	while (at < end) {
		const char *next = memchr(at + 1, '/', (size_t)(end - at - 1));

		if (next == NULL)
			next = end;
		if (segment_add(request, at + 1, (size_t)(next - at - 1), err) != TY_OK)
			return err->code;
		at = next;
	}
	return TY_OK;
}

static struct ty_http_header *
header_find(const struct ty_http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strcmp(request->headers[i].name, name) == 0)
			return &request->headers[i];
	}
	return NULL;
}

void
ty_http_request_add_header(struct ty_http_request *request, const char *name, const char *value)
{
	struct ty_http_header *earlier = header_find(request, name);

	if (request->header_lines == TY_LIMIT_HEADERS_COUNT) {
		request->has_more_headers = true;
		return;
	}
	if (request->headers == NULL)
		request->headers = ty_arena_alloc_array(request->arena, TY_LIMIT_HEADERS_COUNT,
							sizeof(*request->headers));
	request->header_lines++;
	if (earlier != NULL)
		earlier->value = ty_arena_printf(request->arena, "%s%s%s", earlier->value,
						 strcmp(name, "cookie") == 0 ? "; " : ", ", value);
	else
		request->headers[request->header_count++] =
			(struct ty_http_header){ .name = name, .value = value };
}

const char *
ty_http_header(const struct ty_http_request *request, const char *name)
{
	const struct ty_http_header *header = header_find(request, name);

	return header != NULL ? header->value : NULL;
}

enum ty_code
ty_http_too_large(size_t limit, struct ty_err *err)
{
	ty_err_set(err, TY_E_TOO_LARGE, "The body is larger than %zu bytes", limit);
	return ty_err_hint(err, "Send less at a time, or the address of what is large.");
}

static enum ty_code
wait_for_room(struct ty_http_request *request, size_t bytes, struct ty_err *err)
{
	if (request->bodies == NULL || bytes < TY_LIMIT_BODY_COUNTED_BYTES ||
	    ty_budget_take(request->bodies, request->arena, bytes, request->bodies->wait_ms))
		return TY_OK;
	ty_err_set(err, TY_E_UNAVAILABLE,
		   "Too many large bodies are being received at this moment");
	return ty_err_hint(err, "Send it again later.");
}

enum ty_code
ty_http_body(struct ty_http_request *request, size_t limit, const char **ret_body, size_t *ret_len,
	     struct ty_err *err)
{
	size_t want, have = 0;
	char *body, extra;

	if (request->content_length < 0)
		return ty_err_set(err, TY_E_MALFORMED, "Content-Length is not a number");
	if ((uint64_t)request->content_length > limit)
		return ty_http_too_large(limit, err);
	want = (size_t)request->content_length;
	if (wait_for_room(request, want, err) != TY_OK)
		return err->code;
	body = ty_arena_alloc(request->arena, want + 1);
	while (have < want) {
		ssize_t n = request->read(request->read_ctx, body + have, want - have);

		if (n <= 0)
			return ty_err_set(err, TY_E_MALFORMED,
					  "The body ends after %zu of %zu bytes", have, want);
		have += (size_t)n;
	}
	/* Look for more even where no length was declared, because a server that declares none must not
	 * empty a body. */
	if (request->read(request->read_ctx, &extra, 1) > 0)
		return ty_err_set(err, TY_E_MALFORMED, "The body is longer than declared");
	*ret_body = body;
	*ret_len = want;
	return TY_OK;
}

enum ty_code
ty_http_query(struct ty_arena *arena, const char *query, json_t **ret_query, struct ty_err *err)
{
	json_t *obj = ty_json_own(arena, json_object());
	const char *at = query, *end = query + strlen(query);
	struct ty_pair pair;

	while (ty_pair_next(&at, end, &pair)) {
		size_t name_len, value_len;
		char *name = ty_str_url_decode(arena, pair.name, pair.name_len, true, &name_len);
		char *value =
			ty_str_url_decode(arena, pair.value, pair.value_len, true, &value_len);

		if (name == NULL || value == NULL || !ty_str_is_utf8(name, name_len) ||
		    !ty_str_is_utf8(value, value_len))
			return ty_err_set(err, TY_E_MALFORMED,
					  "The query has a broken escape in it");
		if (json_object_size(obj) == TY_HTTP_PAIRS_MAX)
			return ty_err_set(err, TY_E_MALFORMED, "The query has more than %d members",
					  TY_HTTP_PAIRS_MAX);
		if (json_object_get(obj, name) == NULL)
			json_object_set_new(obj, name, json_stringn(value, value_len));
	}
	*ret_query = obj;
	return TY_OK;
}

const char *
ty_http_cookie(struct ty_arena *arena, const char *header, const char *name, size_t nth)
{
	size_t name_len = strlen(name);

	for (int pairs = 0; header != NULL && *header != '\0' && pairs < TY_HTTP_PAIRS_MAX;
	     pairs++) {
		size_t len;

		header += strspn(header, "; \t");
		len = strcspn(header, ";");
		if (len > name_len && header[name_len] == '=' &&
		    memcmp(header, name, name_len) == 0 && nth-- == 0) {
			const char *value = header + name_len + 1;

			len -= name_len + 1;
			while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
				len--;
			return ty_arena_strndup(arena, value, len);
		}
		header += len;
	}
	return NULL;
}

void
ty_http_response_init(struct ty_http_response *response, struct ty_arena *arena)
{
	*response = (struct ty_http_response){ .status = 204 };
	ty_buf_init(&response->headers, arena, 256);
}

void
ty_http_response_header(struct ty_http_response *response, const char *name, const char *value)
{
	struct ty_buf *buf = &response->headers;

	ty_buf_add_str(buf, name);
	ty_buf_add_str(buf, ": ");
	for (const char *p = value; *p != '\0'; p++) {
		if (*p != '\r' && *p != '\n')
			ty_buf_add_char(buf, *p);
	}
	ty_buf_add_str(buf, "\r\n");
}

void
ty_http_response_json(struct ty_http_response *response, struct ty_arena *arena, int status,
		      const json_t *body)
{
	response->status = status;
	if (body == NULL)
		return;
	ty_http_response_header(response, "Content-Type", "application/json");
	response->body = ty_json_dump(arena, body, &response->body_len);
}
