/*
 * http_failed.c -- the error of an HTTP request: see http_failed.h.
 *
 * Memory: the step's arena.
 */
#include "nodes/http_failed.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "node/node.h"
#include "nodes/value.h"
#include "param/secret.h"

#include <string.h>

/* Enough of a failed answer to see why it failed, in the record of the step and of the item. */
#define FAILED_BODY_BYTES 2048
/* Enough of an address, and of a header, to know them again. */
#define FAILED_URL_BYTES    2048
#define FAILED_HEADER_BYTES 200

/* ---- the request's line ---- */

/* 'url' without its user information and its fragment; the secret pairs of its query are masked. */
static const char *
url_shown(struct ty_arena *arena, const struct ty_param *table, const char *url)
{
	json_t *values = ty_json_own(arena, json_pack("{s:s}", "url", url));
	const char *shown, *host, *at;

	ty_param_secrets_map(arena, table, values, ty_secret_hide, NULL);
	shown = ty_json_str(values, "url", "");
	host = strstr(shown, "://");
	if (host == NULL)
		return shown;
	host += 3;
	at = NULL;
	for (const char *c = host; *c != '\0' && strchr("/?#", *c) == NULL; c++)
		if (*c == '@')
			at = c;
	return ty_arena_printf(arena, "%.*s%.*s", (int)(host - shown), shown,
			       (int)strcspn(at != NULL ? at + 1 : host, "#"),
			       at != NULL ? at + 1 : host);
}

static void
query_add(struct ty_buf *line, const json_t *query)
{
	char glue = strchr(line->data, '?') != NULL ? '&' : '?';
	const json_t *pair;
	size_t i;

	json_array_foreach((json_t *)query, i, pair)
	{
		const char *name = ty_json_str(pair, "name", "");
		const char *value = ty_json_str(pair, "value", "");
		bool is_secret = ty_secret_pair_is(name, value) ||
				 ty_str_has_prefix(value, TY_SECRET_SEALED_PREFIX);

		ty_buf_printf(line, "%c%s=%s", glue, name, is_secret ? TY_SECRET_MASK : value);
		glue = '&';
	}
}

void
http_failed_request(struct ty_step *step, const struct ty_param *table, const char *method,
		    const char *url, const json_t *query)
{
	struct ty_arena *arena = ty_step_arena(step);
	struct ty_buf line;

	ty_buf_init(&line, arena, 200);
	ty_buf_printf(&line, "%s %s", method, url_shown(arena, table, url));
	query_add(&line, query);
	ty_step_error_more(
		step, "request",
		json_stringn(line.data, ty_str_utf8_cut(line.data, line.len, FAILED_URL_BYTES)));
}

/* ---- the answer ---- */

/* Bytes are told and not shown: body/body.h gives what is no text as { "base64" }. */
static const char *
body_text(struct ty_arena *arena, const json_t *answer, const char *type)
{
	const json_t *body = json_object_get(answer, "body");
	bool is_bytes = json_is_object(body) && json_object_size(body) == 1 &&
			json_is_string(json_object_get(body, "base64")) &&
			strstr(type, "json") == NULL;

	if (body == NULL)
		body = json_object_get(answer, "file");
	else if (!is_bytes)
		return node_value_text(arena, body);
	if (body == NULL)
		return "";
	return ty_arena_printf(arena, "(%lld bytes that are no text%s%.100s)",
			       (long long)ty_json_int(answer, "bytes", 0),
			       *type != '\0' ? ", " : "", type);
}

/* The headers by which the server's people find the request, or which say what to do. */
static json_t *
headers_shown(const json_t *headers)
{
	static const char *const names[] = {
		"cf-ray",
		"content-type",
		"date",
		"request-id",
		"retry-after",
		"server",
		"traceparent",
		"x-amz-request-id",
		"x-amzn-requestid",
		"x-correlation-id",
		"x-github-request-id",
		"x-ms-request-id",
		"x-ratelimit-remaining",
		"x-ratelimit-reset",
		"x-request-id",
	};
	json_t *shown = json_object();

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++) {
		const char *value = ty_json_str(headers, names[i], NULL);

		if (value != NULL)
			json_object_set_new(
				shown, names[i],
				json_stringn(value, ty_str_utf8_cut(value, strlen(value),
								    FAILED_HEADER_BYTES)));
	}
	return shown;
}

enum ty_code
http_failed_status(struct ty_step *step, const json_t *answer, struct ty_err *err)
{
	const json_t *headers = ty_json_obj(answer, "headers");
	const char *type = ty_json_str(headers, "content-type", "");
	const char *body = body_text(ty_step_arena(step), answer, type);
	int64_t status = ty_json_int(answer, "status", 0);

	ty_step_error_detail(step, "status", json_integer(status));
	ty_step_error_detail(
		step, "body",
		json_stringn(body, ty_str_utf8_cut(body, strlen(body), FAILED_BODY_BYTES)));
	ty_step_error_more(step, "headers", headers_shown(headers));
	ty_err_set(err, TY_E_UPSTREAM, "the server answered with status %lld", (long long)status);
	/* A server that says when to call again tells that it passes (RFC 9110, 15.5.14). */
	err->retry_after_ms = ty_json_int(answer, "retry_after_ms", 0);
	err->retryable = status == 408 || status == 425 || status == 429 || status >= 500 ||
			 err->retry_after_ms > 0;
	return ty_err_hint(err, "Turn off \"Fail on status 400 and above\" to handle it in the "
				"workflow.");
}
