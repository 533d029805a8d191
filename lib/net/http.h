/*
 * http.h -- outbound HTTP on a libuv loop (libcurl multi), behind the SSRF guard.
 *
 * The guard looks at the address that is really connected, for each redirect anew:
 * loopback, private, link-local, multicast, unspecified and metadata addresses are
 * refused unless the operator's allow-list names them.  Only http and https.
 *
 * The "http" service of the engine: request and answer are JSON, so that they can
 * be journaled.
 *
 * Request: { "method": "POST", "url": "https://...",
 *            "query"?: [ {"name","value","secret"?} ], "headers"?: [ {"name","value","secret"?} ],
 *            "body"?: { "kind": "json"|"form"|"multipart"|"text"|"file",
 *                       "value": any | [ {"name","value","secret"?} ] | "text" | handle,
 *                       "files"?: [ {"name","file": handle} ] (multipart), "content_type"?: "...", "secret"?: bool },
 *            "timeout_ms"?: n, "connect_timeout_ms"?: n, "redirects_max"?: n (0 = do not follow),
 *            "response_max_bytes"?: n, "response": a word of ty_body_as_parse (body/body.h), or "file",
 *            "idempotency_key"?: "..." (sent as Idempotency-Key unless the headers have one),
 *            "verify_tls"?: bool (default true),
 *            "proxy"?: "http://host:port" or https (proxy.h says when it counts) }
 *          A header with "secret": true is for the URL's own origin (scheme, host and port): a
 *          redirect to another goes without it, and without Authorization, Cookie, Host and
 *          user information, whoever gave them.  So is a body with "secret": true, or whose form
 *          has such a field: it is not sent on, the call fails.  Such a parameter of the query is not in the answer's URL.
 * Answer:  { "status": n, "headers": { "lower-name": "value" }, "body": any, "url": final,
 *            "bytes": n (inflated), "duration_ms": n, "notices"?: as ty_body_notices's,
 *            "retry_after_ms"?: what Retry-After asks for, where it asks for a wait,
 *            "own_proxy"?: true where it came through the request's, which may have made it up,
 *            "redirects"?: n, "method"?: of the last request, where it was redirected }
 *          As "file" an answer of status 2xx has "file": handle instead of "body"; any other is read as
 *          its type says.  Handles are blob/blob.h's; a file is sent and kept a chunk at a time, with
 *          the peer held back meanwhile.
 */
#ifndef TY_NET_HTTP_H
#define TY_NET_HTTP_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "json/json.h"

struct ty_blob_io;
struct uv_loop_s;
struct ty_net;
struct ty_net_call;

struct ty_net_conf {
	const char *allow;   /* conf's http_allow: comma-separated CIDR, address, address:port */
	const char *ca_file; /* conf's http_ca_file: PEM, trusted besides the system's CAs */
	const char *proxy; /* conf's http_proxy: URL, with user:password@ where it asks for them */
	bool proxy_resolves; /* conf's http_proxy_resolves */
};

/*
 * NULL in 'conf' is as "": nothing.  Errors: TY_E_INVALID (names the entry, or the file that cannot
 * be read).
 */
enum ty_code ty_net_new(struct uv_loop_s *loop, const struct ty_net_conf *conf,
			struct ty_net **ret_net, struct ty_err *err) TY_MUST_CHECK;
void ty_net_free(struct ty_net *net); /* cancels what is under way */

/* 'answer' is borrowed for the call; exactly one of answer and err is not NULL. */
typedef void (*ty_net_fn)(void *ctx, const json_t *answer, const struct ty_err *err);

/*
 * Begin.  'request' is read before this returns.  'fn' is always called, never from within,
 * unless canceled.  Errors (to fn): TY_E_INVALID (URL, header), TY_E_DENIED (guard),
 * TY_E_TIMEOUT, TY_E_UPSTREAM (connect, TLS, protocol), TY_E_TOO_LARGE.  'no_answer' is set, and
 * 'retryable' by the table in failure.c, where no whole answer came.
 * An HTTP status of 400 and above is an answer, not an error.
 */
struct ty_net_call *ty_net_http(struct ty_net *net, const json_t *request, int64_t timeout_ms,
				ty_net_fn fn, void *ctx);
/* A call that fails with 'err' (copied), told as any other's outcome. */
struct ty_net_call *ty_net_refuse(struct ty_net *net, const struct ty_err *err, ty_net_fn fn,
				  void *ctx);
/* Host (an IPv6 address in brackets) and port of an absolute http(s) URL. Errors: TY_E_INVALID. */
enum ty_code ty_net_url_host(struct ty_arena *arena, const char *url, const char **ret_host,
			     int *ret_port, struct ty_err *err) TY_MUST_CHECK;
/*
 * Time that a Retry-After asks to wait, from the response's Date on, where that is legible, else from
 * 'now_ms' on; 'date' may be NULL.  0 = a date that is past.  False: it cannot be read.
 */
bool ty_net_retry_after(const char *text, const char *date, int64_t now_ms, int64_t *ret_ms);
void ty_net_cancel(struct ty_net_call *call); /* fn is not called */

/* Store that a call's files come from and go to. */
struct ty_net_files {
	const struct ty_blob_io *io;
	void *io_ctx;
	struct ty_id workspace_id;
	struct ty_id owner_id; /* the run, whose its files are */
	int64_t bytes_max;     /* largest file that may come; TY_E_TOO_LARGE beyond */
};
/* ty_net_http() with files: 'files' is copied, its pointers are borrowed.  NULL: a request with files is
 * TY_E_INVALID. */
struct ty_net_call *ty_net_http_files(struct ty_net *net, const json_t *request, int64_t timeout_ms,
				      const struct ty_net_files *files, ty_net_fn fn, void *ctx);

struct ty_net_auth;
/* ty_net_http_files() with what the call proves itself with (net/auth.h); NULL: the request is all. */
struct ty_net_call *ty_net_http_auth(struct ty_net *net, const json_t *request, int64_t timeout_ms,
				     const struct ty_net_files *files,
				     const struct ty_net_auth *auth, ty_net_fn fn, void *ctx);

/* The guard by itself: may this address (text, v4 or v6) and port be connected? */
struct ty_net_guard;
enum ty_code ty_net_guard_new(struct ty_arena *arena, const char *allow,
			      const struct ty_net_guard **ret_guard,
			      struct ty_err *err) TY_MUST_CHECK;
bool ty_net_guard_allows(const struct ty_net_guard *guard, const char *address, int port);

#endif
