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
#include "base/time.h"
#include "body/body.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Wait for a Retry-After that cannot be read: a second, the unit of the header. */
#define RETRY_AFTER_UNREAD_MS 1000

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

static const char *
header_of(void *ctx, const char *name)
{
	return net_response_find(ctx, name);
}

/* Tell what the reader found, in an answer's words. */
static enum ty_code
body_failed(const struct net_request *request, const struct net_response *response,
	    const struct ty_err *why, struct ty_err *err)
{
	if (why->code == TY_E_TOO_LARGE)
		return net_too_large(request->response_max_bytes, err);
	if (why->code != TY_E_MALFORMED) {
		*err = *why;
		return err->code;
	}
	if (!ty_str_is_blank(net_response_find(response, "content-encoding")))
		return ty_err_set(err, TY_E_UPSTREAM, "The answer cannot be read: %.200s",
				  why->msg);
	ty_err_set(err, TY_E_UPSTREAM, "The answer is not %s: %.200s",
		   request->response == TY_BODY_AS_JSON ? "JSON" : "what it is to be read as",
		   why->msg);
	err->retryable = false;
	return ty_err_hint(err, "Take the response as text, or ask the server for JSON");
}

/*
 * The one place where an answer's body becomes a value.  A failure's body is often a proxy's page:
 * where it is not what was asked for, the status still has to reach the node, so it is text.
 */
static enum ty_code
answer_body(struct ty_arena *arena, const struct net_request *request,
	    struct net_response *response, long status, struct ty_body *ret_body,
	    struct ty_err *err)
{
	struct ty_body_in in = { .data = response->body != NULL ? response->body : "",
				 .len = response->body_len,
				 .header = header_of,
				 .ctx = response,
				 .as = request->response,
				 .bytes_max = (size_t)request->response_max_bytes,
				 .values_max = TY_LIMIT_JSON_VALUES,
				 .lenient = true };
	struct ty_err why = { 0 };

	if (ty_body_read(arena, &in, ret_body, &why) == TY_OK)
		return TY_OK;
	in.as = TY_BODY_AS_TEXT;
	if (why.code != TY_E_MALFORMED || status < 400 ||
	    ty_body_read(arena, &in, ret_body, err) != TY_OK)
		return body_failed(request, response, &why, err);
	return TY_OK;
}

/*
 * A header that cannot be read stands for the least that it can ask for, because no wait would be wrong.
 * Of several the first counts.
 */
static void
answer_retry_after(json_t *answer, const struct net_response *response)
{
	const char *text = net_response_find(response, "retry-after");
	int64_t ms;

	if (text == NULL)
		return;
	if (!ty_net_retry_after(text, net_response_find(response, "date"), ty_time_now_ms(), &ms))
		ms = RETRY_AFTER_UNREAD_MS;
	if (ms > 0)
		json_object_set_new(answer, "retry_after_ms", json_integer(ms));
}

/* Members that every answer has. */
static json_t *
answer_head(struct ty_arena *arena, const struct net_request *request,
	    const struct net_response *response, long status, int64_t duration_ms)
{
	json_t *answer = ty_json_own(arena, json_object());

	json_object_set_new(answer, "status", json_integer(status));
	json_object_set(answer, "headers", answer_headers(arena, response));
	json_object_set_new(answer, "url", json_string(net_url_told(arena, request)));
	json_object_set_new(answer, "duration_ms", json_integer(duration_ms));
	if (request->proxy != NULL)
		json_object_set_new(answer, "own_proxy", json_true());
	answer_retry_after(answer, response);
	return answer;
}

json_t *
net_answer_file(struct ty_arena *arena, const struct net_request *request,
		const struct net_response *response, long status, int64_t duration_ms, json_t *file)
{
	json_t *answer = answer_head(arena, request, response, status, duration_ms);
	const char *encoding = net_response_find(response, "content-encoding");

	json_object_set_new(answer, "bytes", json_integer(ty_json_int(file, "bytes", 0)));
	json_object_set_new(answer, "file", file);
	if (!ty_str_is_blank(encoding) && !ty_str_ieq(encoding, "identity"))
		json_object_set_new(
			answer, "notices",
			json_pack(
				"[{s:s, s:s}]", "code", "still_encoded", "text",
				ty_arena_printf(arena,
						"The file is kept as it was sent, encoded as %.60s",
						encoding)));
	return answer;
}

enum ty_code
net_answer(struct ty_arena *arena, const struct net_request *request, struct net_response *response,
	   long status, int64_t duration_ms, json_t **ret_answer, struct ty_err *err)
{
	json_t *answer, *notices;
	struct ty_body body;

	if (answer_body(arena, request, response, status, &body, err) != TY_OK)
		return err->code;
	answer = answer_head(arena, request, response, status, duration_ms);
	json_object_set(answer, "body", body.json);
	json_object_set_new(answer, "bytes", json_integer((json_int_t)body.raw_len));
	notices = ty_body_notices(arena, &body);
	if (notices != NULL)
		json_object_set(answer, "notices", notices);
	*ret_answer = answer;
	return TY_OK;
}
