/*
 * http_message.c -- one request and its answer on a FastCGI connection.
 */
#include "http_private.h"

#include "app.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void
http_set_timeout(int fd, int option, int64_t ms)
{
	const struct timeval timeout = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof(timeout));
}

static ssize_t
http_body_read(void *ctx, void *buf, size_t len)
{
	struct http_body *body = ctx;
	int n = FCGX_GetStr(buf, len > INT_MAX ? INT_MAX : (int)len, body->in);

	body->taken += n;
	return n == 0 && FCGX_GetError(body->in) != 0 ? -1 : n;
}

/*
 * Take what is left of the body, and say whether that reached its end.  What is left libfcgi
 * would take for the next request's beginning; and a connection that we close may be another
 * request's already, for the server at the other end keeps it.  A server that refused a body
 * sends none though its length is told: its end is here, and is not waited for longer than
 * that takes.
 */
bool
http_body_drain(FCGX_Request *fcgi, struct http_body *body, const struct ty_http_request *request)
{
	bool whole = body->taken == request->content_length;
	char scrap[SCRAP_BYTES];
	ssize_t n;

	if (!whole)
		http_set_timeout(fcgi->ipcFd, SO_RCVTIMEO, END_WAIT_MS);
	do
		n = http_body_read(body, scrap, sizeof(scrap));
	while (n > 0 && body->taken <= TY_LIMIT_BODY_BYTES);
	if (!whole)
		http_set_timeout(fcgi->ipcFd, SO_RCVTIMEO, IO_TIMEOUT_MS);
	return n == 0;
}

/* "HTTP_X_REQUEST_ID" -> "x-request-id" */
static const char *
header_name(struct ty_arena *arena, const char *param, size_t len)
{
	char *name = ty_arena_strndup(arena, param, len);

	for (char *p = name; *p != '\0'; p++)
		*p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
	return name;
}

static void
add_header(struct ty_http_request *request, const char *name, const char *value)
{
	if (value[0] != '\0')
		ty_http_request_add_header(request, name, value);
}

/* The body's type and length have parameters of their own; the server may send both forms. */
static void
read_headers(struct ty_http_request *request, char **envp)
{
	for (; *envp != NULL; envp++) {
		const char *equals = strchr(*envp, '=');
		size_t len = equals != NULL ? (size_t)(equals - *envp) : 0;

		if (len <= 5 || memcmp(*envp, "HTTP_", 5) != 0 ||
		    ty_str_has_prefix(*envp, "HTTP_CONTENT_TYPE=") ||
		    ty_str_has_prefix(*envp, "HTTP_CONTENT_LENGTH="))
			continue;
		add_header(request, header_name(request->arena, *envp + 5, len - 5), equals + 1);
	}
}

const char *
http_param(const FCGX_Request *fcgi, const char *name)
{
	const char *value = FCGX_GetParam(name, fcgi->envp);

	return value != NULL ? value : "";
}

void
http_request_read(FCGX_Request *fcgi, struct http_body *body, struct ty_http_request *request)
{
	const char *length = http_param(fcgi, "CONTENT_LENGTH");

	request->method = http_param(fcgi, "REQUEST_METHOD");
	request->remote_addr = http_param(fcgi, "REMOTE_ADDR");
	request->read = http_body_read;
	request->read_ctx = body;
	read_headers(request, fcgi->envp);
	add_header(request, "content-type", http_param(fcgi, "CONTENT_TYPE"));
	if (length[0] != '\0' && !ty_str_parse_i64(length, 0, INT64_MAX, &request->content_length))
		request->content_length = -1;
}

/* False where the body ended before its length: the connection goes, so that nobody takes it for whole. */
static bool
write_stream(FCGX_Request *fcgi, const struct ty_http_response *response)
{
	char piece[SCRAP_BYTES];
	size_t left = response->body_len;

	while (left > 0) {
		ssize_t n = response->read(response->read_ctx, piece, sizeof(piece));

		if (n <= 0 || FCGX_PutStr(piece, (int)n, fcgi->out) < 0)
			return false;
		left -= (size_t)n;
	}
	return true;
}

/* 204 and 304 have no body and no length (RFC 9110, 8.6); HEAD has the length alone. */
bool
http_answer_write(FCGX_Request *fcgi, const struct ty_http_request *request,
		  const struct ty_http_response *response)
{
	bool has_body = response->status != 204 && response->status != 304;
	char line[64];
	int n = snprintf(line, sizeof(line), "Status: %d\r\n", response->status);

	FCGX_PutStr(line, n, fcgi->out);
	FCGX_PutStr(response->headers.data, (int)response->headers.len, fcgi->out);
	if (has_body) {
		n = snprintf(line, sizeof(line), "Content-Length: %zu\r\n", response->body_len);
		FCGX_PutStr(line, n, fcgi->out);
	}
	FCGX_PutStr("\r\n", 2, fcgi->out);
	if (!has_body || response->body_len == 0 || ty_str_eq(request->method, "HEAD"))
		return true;
	return response->read != NULL
		       ? write_stream(fcgi, response)
		       : FCGX_PutStr(response->body, (int)response->body_len, fcgi->out) >= 0;
}
