/*
 * failure.c -- why a transfer ended without an answer: what to say, and whether it may pass.
 *
 * The table of failures is the one place that tells what passes by itself (a connection that is refused
 * or breaks, a name server that is away, a time limit) from what stays as it is until somebody mends
 * it (a name that is not there, a certificate).  docs/WORKFLOWS.md shows it.
 */
#include "net/internal.h"

#include "base/limits.h"

enum ty_code
net_too_large(int64_t max_bytes, struct ty_err *err)
{
	ty_err_set(err, TY_E_TOO_LARGE, "The answer is over %lld bytes", (long long)max_bytes);
	return ty_err_hint(err, "Ask for less: a page of a list, fewer fields, a range");
}

static void
transfer_too_large(const struct ty_net_call *call, struct ty_err *err)
{
	if (call->response.header_bytes > TY_LIMIT_HEADERS_BYTES) {
		ty_err_set(err, TY_E_TOO_LARGE, "The answer's headers are over %d bytes",
			   TY_LIMIT_HEADERS_BYTES);
		ty_err_hint(err, "No setting raises that: the server has to send fewer");
		return;
	}
	net_too_large(call->request.response_max_bytes, err);
}

static void
transfer_timeout(const struct ty_net_call *call, struct ty_err *err)
{
	const char *url = call->request.url;
	int len = net_url_shown_len(url);

	if (call->sent) {
		ty_err_set(err, TY_E_TIMEOUT, "No whole answer from %.*s within %lld ms", len, url,
			   (long long)call->request.timeout_ms);
		ty_err_hint(err, "Raise the node's time limit, or ask the server for less at once");
	} else {
		ty_err_set(err, TY_E_TIMEOUT, "No connection to %.*s in time", len, url);
		ty_err_hint(err, "Check host and port; a firewall may swallow what is sent there");
	}
	err->no_answer = true;
}

static void
transfer_doubled(struct ty_err *err)
{
	ty_err_set(err, TY_E_UPSTREAM,
		   "The connection closed before an answer came; the "
		   "request may or may not have been received");
	err->retryable = false;
	err->no_answer = true;
	ty_err_hint(err, "Look at the receiver whether it came, before you run this again");
}

void
net_transfer_denied(const struct ty_net_call *call, struct ty_err *err)
{
	ty_err_set(err, TY_E_DENIED, "The address %s is not on the public internet", call->denied);
	ty_err_hint(err, "The operator can allow it with http_allow in tyboo.conf");
}

/* A name that is not there is known by a second look (resolve.c); no code of curl's own says so. */
#define HOST_UNKNOWN CURL_LAST

/* curl's code -> what to say; the last row is for every other. */
static const struct transfer_failure {
	CURLcode code;
	bool retryable, no_answer;
	const char *what, *hint;
} transfer_failures[] = {
	{ HOST_UNKNOWN, false, true, "There is no host of that name",
	  "Check the host's name in the URL: the name servers say that it does not exist" },
	{ CURLE_COULDNT_RESOLVE_HOST, true, true, "The host's address could not be looked up",
	  "The name servers gave no answer; it may pass by itself, or this machine's DNS be "
	  "wrong" },
	{ CURLE_COULDNT_CONNECT, true, true, "No connection could be made",
	  "Check host and port: nothing may listen there, or a firewall refuse it" },
	{ CURLE_PEER_FAILED_VERIFICATION, false, true, "The server's certificate is not trusted",
	  "Have the certificate put right, let the operator name its CA with http_ca_file, or turn "
	  "off the node's check of it" },
	{ CURLE_SSL_INVALIDCERTSTATUS, false, true, "The server's certificate is not trusted",
	  "Have the certificate put right: its own CA says that it does not hold" },
	{ CURLE_SSL_ISSUER_ERROR, false, true, "The server's certificate is not trusted",
	  "Have the certificate put right: it is of another issuer" },
	{ CURLE_SSL_CACERT_BADFILE, false, false, "The certificates to trust cannot be read",
	  "The operator has to look at http_ca_file in tyboo.conf" },
	{ CURLE_SSL_CERTPROBLEM, false, false, "The certificate to show the server cannot be used",
	  "The operator has to look at it" },
	{ CURLE_SSL_CIPHER, false, true, "The server speaks TLS with no cipher known here",
	  "The server has to be brought up to date" },
	{ CURLE_SSL_CONNECT_ERROR, true, true, "No TLS connection could be made",
	  "Does the server speak https on this port? It may want TLS older than 1.2, or a "
	  "certificate of its clients" },
	{ CURLE_UNSUPPORTED_PROTOCOL, true, true, "The answer is not HTTP",
	  "Check the port: something other than a web server may answer there" },
	{ CURLE_WEIRD_SERVER_REPLY, true, true, "The answer is not HTTP",
	  "Check the port: something other than a web server may answer there" },
	{ CURLE_GOT_NOTHING, true, true, "The server closed the connection without an answer",
	  "The server's own log may say why" },
	{ CURLE_RECV_ERROR, true, true, "The connection broke before the answer was whole",
	  "The server's own log may say why; it may pass by itself" },
	{ CURLE_SEND_ERROR, true, true, "The connection broke before the request was sent",
	  "The server's own log may say why; it may pass by itself" },
	{ CURLE_PARTIAL_FILE, true, true, "The answer is shorter than the server announced",
	  "The server's own log may say why; it may pass by itself" },
	{ CURLE_OK, true, true, NULL,
	  "Try the same request by hand from the machine that Tyboo runs on" },
};

static void
transfer_failed(const struct ty_net_call *call, CURLcode code, struct ty_err *err)
{
	const struct transfer_failure *row = transfer_failures;
	const char *url = call->request.url;

	if (code == CURLE_COULDNT_RESOLVE_HOST && call->host_unknown)
		code = HOST_UNKNOWN;
	while (row->code != code && row->code != CURLE_OK)
		row++;
	ty_err_set(err, TY_E_UPSTREAM, "%s: %.*s",
		   row->what != NULL ? row->what : curl_easy_strerror(code), net_url_shown_len(url),
		   url);
	/* Add curl's reason, because a certificate fails for many: self-signed, expired, another host's. */
	if (code == CURLE_PEER_FAILED_VERIFICATION && call->why[0] != '\0')
		ty_err_set(err, TY_E_UPSTREAM, "%s: %.*s (%.120s)", row->what,
			   net_url_shown_len(url), url, call->why);
	err->retryable = row->retryable;
	err->no_answer = row->no_answer;
	ty_err_hint(err, "%s", row->hint);
}

void
net_host_unknown(struct ty_net_call *call, bool is_unknown, struct ty_err *err)
{
	call->host_unknown = is_unknown;
	transfer_failed(call, CURLE_COULDNT_RESOLVE_HOST, err);
}

void
net_host_late(const struct ty_net_call *call, struct ty_err *err)
{
	transfer_timeout(call, err);
}

static void
transfer_error(const struct ty_net_call *call, CURLcode code, struct ty_err *err)
{
	if (call->err.code != TY_OK)
		*err = call->err;
	else if (call->response.too_large)
		transfer_too_large(call, err);
	else if (net_proxy_error(call, (int)code, err))
		return;
	else if (call->doubled)
		transfer_doubled(err);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		transfer_timeout(call, err);
	else if (code == CURLE_COULDNT_CONNECT && call->denied[0] != '\0')
		net_transfer_denied(call, err);
	else if (code == CURLE_URL_MALFORMAT)
		net_url_invalid(err);
	else
		transfer_failed(call, code, err);
}

void
net_transfer_error(const struct ty_net_call *call, CURLcode code, struct ty_err *err)
{
	transfer_error(call, code, err);
	/* Failures through somebody's own proxy say nothing of the server, whose breaker counts this. */
	if (call->request.proxy != NULL)
		err->no_answer = false;
}
