/*
 * transfer.c -- one hop of a call as a curl easy handle.
 *
 * The guard sits in the open-socket callback: it sees the address that is about to be
 * connected, whatever name, number notation or redirect led there; behind a proxy, whose address
 * that is, proxy.c and resolve.c look at the destination's before.  A kept connection
 * was let through by the same guard when it was opened, and curl uses it only for the
 * same scheme, host and port.
 *
 * A request that is not idempotent is put on a connection once: where a kept connection
 * turns out to be dead, curl would send it again, and nobody knows whether the first
 * one was read (RFC 9110, 9.2.2).
 */
#include "net/internal.h"

#include "base/limits.h"
#include "base/time.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Idle connections: shorter than the keep-alive of any common server for what must not be
 * sent twice, so that it does not meet a closing one. */
#define IDLE_MAX_S	30L
#define IDLE_MAX_ONCE_S 2L
/* Read at once: hundreds of calls wait at a time and each holds this, most for an answer that is
 * shorter. */
#define READ_BYTES 2048L
/* A file is long, and few are fetched at a time. */
#define FILE_READ_BYTES 16384L

#define set(easy, option, value)                                                                   \
	do {                                                                                       \
		CURLcode set_rc = curl_easy_setopt((easy), (option), (value));                     \
                                                                                                   \
		TY_ASSERT(set_rc == CURLE_OK);                                                     \
	} while (0)

struct transfer_open {
	struct ty_net_call *call;
	const struct ty_net_guard *guard;
};

static curl_socket_t
transfer_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct transfer_open *open = ctx;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !net_route_allows(&open->call->route, open->guard, &addr->addr)) {
		net_sockaddr_format(&addr->addr, open->call->denied, sizeof(open->call->denied));
		return CURL_SOCKET_BAD;
	}
	fd = socket(addr->family, addr->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, addr->protocol);
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static bool
is_idempotent(const char *method)
{
	static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "PUT", "DELETE" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(methods); i++)
		if (strcmp(method, methods[i]) == 0)
			return true;
	return false;
}

/* Digest asks once to be told the challenge, which a server answers without reading more (RFC 7616, 3.3). */
static int
sends_max(const struct net_request *request)
{
	if (is_idempotent(request->method))
		return INT_MAX;
	return request->auth != NULL && request->auth->digest_user != NULL ? 2 : 1;
}

static int
transfer_before_send(void *ctx, char *ip, char *local_ip, int port, int local_port)
{
	struct ty_net_call *call = ctx;

	if (call->sent >= sends_max(&call->request)) {
		call->doubled = true;
		return CURL_PREREQFUNC_ABORT;
	}
	call->sent++;
	if (call->request.auth != NULL && call->request.auth->sent != NULL)
		*call->request.auth->sent = true;
	return CURL_PREREQFUNC_OK;
}

static size_t
transfer_header(char *data, size_t size, size_t count, void *ctx)
{
	struct ty_net_call *call = ctx;

	return net_response_header(&call->response, call->arena, data, size * count) ? size * count
										     : 0;
}

static size_t
transfer_body(char *data, size_t size, size_t count, void *ctx)
{
	struct ty_net_call *call = ctx;

	if (call->request.wants_file && net_files_wants(call))
		return net_files_write(call, data, size * count);
	return net_response_body(&call->response, data, size * count,
				 call->request.response_max_bytes)
		       ? size * count
		       : 0;
}

/* "Name: value"; curl wants "Name;" for an empty one and "Name:" to send none of its own. */
static void
transfer_headers(struct ty_net_call *call)
{
	const struct net_request *request = &call->request;
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (size_t i = 0; i < request->header_count; i++) {
		const struct net_header *h = &request->headers[i];

		list = curl_slist_append(
			list, *h->value == '\0'
				      ? ty_arena_printf(call->arena, "%s;", h->name)
				      : ty_arena_printf(call->arena, "%s: %s", h->name, h->value));
	}
	if (!net_request_has(request, "Content-Type"))
		list = curl_slist_append(
			list,
			"Content-Type:"); /* without the line curl says that the body is a form */
	curl_slist_free_all(call->headers);
	call->headers = list;
	set(call->easy, CURLOPT_HTTPHEADER, list);
}

static void
transfer_method(CURL *easy, const struct net_request *request)
{
	if (request->has_body || strcmp(request->method, "POST") == 0) {
		set(easy, CURLOPT_POST, 1L);
		set(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
		if (request->pieces == NULL)
			set(easy, CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
	} else if (strcmp(request->method, "HEAD") == 0) {
		set(easy, CURLOPT_NOBODY, 1L);
	} else {
		set(easy, CURLOPT_HTTPGET, 1L);
	}
	set(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
transfer_pem(CURL *easy, CURLoption option, const char *pem)
{
	struct curl_blob blob = { (void *)(uintptr_t)pem, strlen(pem), CURL_BLOB_NOCOPY };

	set(easy, option, &blob);
}

/* From memory: a key that is no file is in no folder, no backup and no other process's reach. */
static void
transfer_auth(CURL *easy, const struct ty_net_auth *auth)
{
	if (auth->digest_user != NULL) {
		set(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_DIGEST);
		set(easy, CURLOPT_USERNAME, auth->digest_user);
		set(easy, CURLOPT_PASSWORD, auth->digest_password);
	}
	if (auth->certificate == NULL)
		return;
	set(easy, CURLOPT_SSLCERTTYPE, "PEM");
	set(easy, CURLOPT_SSLKEYTYPE, "PEM");
	transfer_pem(easy, CURLOPT_SSLCERT_BLOB, auth->certificate);
	transfer_pem(easy, CURLOPT_SSLKEY_BLOB, auth->key);
	if (auth->key_passphrase != NULL)
		set(easy, CURLOPT_KEYPASSWD, auth->key_passphrase);
}

/* No other protocol, no cookie jar, no redirect of its own. */
static void
transfer_confine(CURL *easy, const struct net_request *request, const char *ca_file)
{
	set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	set(easy, CURLOPT_FOLLOWLOCATION, 0L);
	set(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	set(easy, CURLOPT_NOSIGNAL, 1L);
	set(easy, CURLOPT_BUFFERSIZE, request->wants_file ? FILE_READ_BYTES : READ_BYTES);
	set(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a resolver's thread */
	set(easy, CURLOPT_SSL_VERIFYPEER, request->verify_tls ? 1L : 0L);
	set(easy, CURLOPT_SSL_VERIFYHOST, request->verify_tls ? 2L : 0L);
	/* Besides the system's, which Debian's libcurl also finds by its own CAPATH. */
	if (*ca_file != '\0')
		set(easy, CURLOPT_CAINFO, ca_file);
	set(easy, CURLOPT_MAXAGE_CONN,
	    is_idempotent(request->method) ? IDLE_MAX_S : IDLE_MAX_ONCE_S);
	if (request->auth != NULL)
		transfer_auth(easy, request->auth);
	/* Digest has a user and a password of its own. */
	if ((request->auth == NULL || request->auth->digest_user == NULL) &&
	    (request->user != NULL || request->password != NULL)) {
		set(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		set(easy, CURLOPT_USERNAME, request->user != NULL ? request->user : "");
		set(easy, CURLOPT_PASSWORD, request->password != NULL ? request->password : "");
	}
}

static void
transfer_callbacks(struct ty_net_call *call, const struct ty_net_guard *guard)
{
	struct transfer_open *open = ty_arena_new_of(call->arena, struct transfer_open);

	open->call = call;
	open->guard = guard;
	set(call->easy, CURLOPT_PRIVATE, call);
	set(call->easy, CURLOPT_ERRORBUFFER, call->why);
	set(call->easy, CURLOPT_OPENSOCKETFUNCTION, transfer_open_socket);
	set(call->easy, CURLOPT_OPENSOCKETDATA, open);
	set(call->easy, CURLOPT_PREREQFUNCTION, transfer_before_send);
	set(call->easy, CURLOPT_PREREQDATA, call);
	set(call->easy, CURLOPT_HEADERFUNCTION, transfer_header);
	set(call->easy, CURLOPT_HEADERDATA, call);
	set(call->easy, CURLOPT_WRITEFUNCTION, transfer_body);
	set(call->easy, CURLOPT_WRITEDATA, call);
	/* Give a transfer with files its own connection, because a paused one would hold up others on
	 * the same. */
	if (call->request.pieces != NULL || call->request.wants_file)
		set(call->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (call->request.pieces != NULL) {
		set(call->easy, CURLOPT_READFUNCTION, net_files_read);
		set(call->easy, CURLOPT_READDATA, call);
		set(call->easy, CURLOPT_SEEKFUNCTION, net_files_seek);
		set(call->easy, CURLOPT_SEEKDATA, call);
	}
}

void
net_transfer_setup(struct ty_net_call *call, const struct net_means *means)
{
	const struct net_request *request = &call->request;
	int64_t left_ms = call->deadline_ms - ty_time_mono_ms();

	if (left_ms < 1)
		left_ms = 1;
	net_response_done(&call->response);
	net_files_reset(call);
	call->err.code = TY_OK;
	call->denied[0] = call->why[0] = '\0';
	call->sent = 0;
	curl_easy_reset(call->easy);
	set(call->easy, CURLOPT_URL, request->url);
	set(call->easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
	set(call->easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(request->connect_timeout_ms < left_ms ? request->connect_timeout_ms : left_ms));
	transfer_method(call->easy, request);
	transfer_confine(call->easy, request, means->ca_file);
	transfer_callbacks(call, means->guard);
	net_route_setup(call, means);
	transfer_headers(call);
}

void
net_transfer_done(struct ty_net_call *call)
{
	net_files_reset(call);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	curl_slist_free_all(call->route.connect_tos);
	net_response_done(&call->response);
	call->easy = NULL;
	call->headers = NULL;
}
