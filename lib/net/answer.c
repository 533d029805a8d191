/*
 * answer.c -- what a server sent, made into answer JSON.
 *
 * Everything here comes from a stranger: lengths are bounded as bytes arrive, text
 * that is not UTF-8 never reaches a json_t.
 */
#include "net/internal.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- collecting ---- */

/* A header value as UTF-8: bytes that are not are taken for ISO 8859-1. */
static const char *
header_text(struct ty_arena *arena, const char *s, size_t len)
{
	struct ty_buf buf;

	if (ty_str_is_utf8(s, len))
		return ty_arena_strndup(arena, s, len);
	ty_buf_init(&buf, arena, len * 2 + 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x80) {
			ty_buf_add_char(&buf, (char)(0xc0 | (c >> 6)));
			ty_buf_add_char(&buf, (char)(0x80 | (c & 0x3f)));
		} else if (c != '\0') {
			ty_buf_add_char(&buf, (char)c);
		}
	}
	return buf.data;
}

static void
response_push(struct net_response *response, struct ty_arena *arena, const char *name,
	      const char *value)
{
	response->headers = ty_arena_grow(arena, response->headers, response->header_count,
					  &response->header_cap, sizeof(*response->headers));
	response->headers[response->header_count].name = name;
	response->headers[response->header_count++].value = value;
}

bool
net_response_header(struct net_response *response, struct ty_arena *arena, const char *line,
		    size_t len)
{
	const char *colon;
	char *name;

	response->header_bytes += len;
	if (response->header_bytes > TY_LIMIT_HEADERS_BYTES) {
		response->too_large = true;
		return false;
	}
	if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
		response->header_count = 0; /* a 1xx went before */
		return true;
	}
	while (len > 0 && strchr("\r\n \t", line[len - 1]) != NULL)
		len--;
	colon = memchr(line, ':', len);
	if (colon == NULL || colon == line)
		return true;
	name = (char *)(uintptr_t)header_text(arena, line, (size_t)(colon - line));
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	len -= (size_t)(colon + 1 - line);
	colon++;
	while (len > 0 && (*colon == ' ' || *colon == '\t')) {
		colon++;
		len--;
	}
	response_push(response, arena, name, header_text(arena, colon, len));
	return true;
}

bool
net_response_body(struct net_response *response, const void *data, size_t len, int64_t max_bytes)
{
	size_t need = response->body_len + len;

	if (need > (size_t)max_bytes) {
		response->too_large = true;
		return false;
	}
	if (need > response->body_cap) {
		size_t cap = response->body_cap > 0 ? response->body_cap * 2 : 4096;
		char *grown;

		while (cap < need)
			cap *= 2;
		grown = realloc(response->body, cap);
		TY_ASSERT(grown != NULL);
		response->body = grown;
		response->body_cap = cap;
	}
	memcpy(response->body + response->body_len, data, len);
	response->body_len = need;
	return true;
}

const char *
net_response_find(const struct net_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	return NULL;
}

void
net_response_done(struct net_response *response)
{
	free(response->body);
	*response = (struct net_response){ 0 };
}

/* ---- making the answer ---- */

/* application/json and anything +json, parameters aside. */
static bool
is_json_type(const char *type)
{
	size_t len;

	if (type == NULL)
		return false;
	len = strcspn(type, "; \t");
	return (len == 16 && strncasecmp(type, "application/json", 16) == 0) ||
	       (len == 9 && strncasecmp(type, "text/json", 9) == 0) ||
	       (len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0);
}

/* Fields of one name are one list (RFC 9110, 5.3); Set-Cookie cannot be: one a line. */
static json_t *
answer_headers(struct ty_arena *arena, const struct net_response *response)
{
	json_t *obj = ty_json_own(arena, json_object());

	for (size_t i = 0; i < response->header_count; i++) {
		const struct net_header *h = &response->headers[i];
		const char *before = json_string_value(json_object_get(obj, h->name));
		const char *glue = strcmp(h->name, "set-cookie") == 0 ? "\n" : ", ";
		const char *value = h->value;

		if (before != NULL)
			value = ty_arena_printf(arena, "%s%s%s", before, glue, value);
		json_object_set_new(obj, h->name, json_string(value));
	}
	return obj;
}

static json_t *
body_text(struct ty_arena *arena, const char *body, size_t len)
{
	json_t *obj;

	if (ty_str_is_utf8(body, len))
		return ty_json_own(arena, json_stringn(body, len));
	obj = ty_json_own(arena, json_object());
	json_object_set_new(obj, "base64", json_string(ty_base64_encode(arena, body, len)));
	return obj;
}

static enum ty_code
answer_body(struct ty_arena *arena, const struct net_request *request,
	    const struct net_response *response, json_t **ret_body, struct ty_err *err)
{
	const char *body = response->body != NULL ? response->body : "";
	bool json = request->response == NET_RESPONSE_JSON ||
		    (request->response == NET_RESPONSE_AUTO &&
		     is_json_type(net_response_find(response, "content-type")));
	struct ty_err why = { 0 };

	if (json && response->body_len == 0) {
		*ret_body = json_null();
		return TY_OK;
	}
	if (json && ty_json_parse(arena, body, response->body_len, ret_body, &why) == TY_OK)
		return TY_OK;
	if (request->response == NET_RESPONSE_JSON) {
		ty_err_set(err, TY_E_UPSTREAM, "The answer is not JSON: %.200s", why.msg);
		err->retryable = false;
		return ty_err_hint(err, "Take the response as text, or ask the server for JSON");
	}
	*ret_body = body_text(arena, body, response->body_len);
	return TY_OK;
}

enum ty_code
net_answer(struct ty_arena *arena, const struct net_request *request,
	   const struct net_response *response, long status, int64_t duration_ms,
	   json_t **ret_answer, struct ty_err *err)
{
	json_t *body = NULL, *answer;

	if (answer_body(arena, request, response, &body, err) != TY_OK)
		return err->code;
	answer = ty_json_own(arena, json_object());
	json_object_set_new(answer, "status", json_integer(status));
	json_object_set(answer, "headers", answer_headers(arena, response));
	json_object_set(answer, "body", body);
	json_object_set_new(answer, "url", json_string(request->url));
	json_object_set_new(answer, "bytes", json_integer((json_int_t)response->body_len));
	json_object_set_new(answer, "duration_ms", json_integer(duration_ms));
	*ret_answer = answer;
	return TY_OK;
}
