/*
 * proxy_failure.c -- what a proxy did wrong, told as the proxy's and never as the destination's.
 *
 * The destination's circuit breaker counts what has no_answer: a proxy that cannot reach it, but not a proxy that
 * is away itself or wants another password.
 */
#include "net/internal.h"

static const char hint_operator[] = "The operator has to look at http_proxy in tyboo.conf";
static const char hint_node[] = "Look at the node's proxy: its address, its port, its certificate";

/* The status of an answer to CONNECT -> what to say; the last row is for every other. */
static const struct proxy_status {
	long status;
	bool retryable, no_answer;
	const char *what, *hint_node, *hint_operator;
} proxy_statuses[] = {
	{ 407, false, false, "wants another user and password",
	  "A node's own proxy must ask for none; the operator can name it in http_proxy instead",
	  "The operator has to put the proxy's user and password into http_proxy in tyboo.conf" },
	{ 403, false, false, "refuses to connect there",
	  "Its rules may forbid the host or the port",
	  "Its rules may forbid the host, its address or the port: ask the operator" },
	{ 405, false, false, "makes no tunnels", "It has to allow CONNECT to that port",
	  "It has to allow CONNECT to that port: ask the operator" },
	{ 429, true, false, "is asked too often", "Ask less often", "Ask less often" },
	{ 502, true, true, "could not connect there", "Check host and port; it may pass by itself",
	  "Check host and port; it may pass by itself" },
	{ 503, true, true, "could not connect there", "Check host and port; it may pass by itself",
	  "Check host and port; it may pass by itself" },
	{ 504, true, true, "could not connect there in time",
	  "Check host and port; it may pass by itself",
	  "Check host and port; it may pass by itself" },
	{ 0, false, false, "makes no tunnel there", hint_node, hint_operator },
};

/* curl's code, where no answer to CONNECT came; the last row is for every other. */
static const struct proxy_failure {
	CURLcode code;
	bool retryable;
	const char *what;
} proxy_failures[] = {
	{ CURLE_COULDNT_RESOLVE_PROXY, true, "has a name that gives no address" },
	{ CURLE_COULDNT_CONNECT, true, "cannot be connected" },
	{ CURLE_PEER_FAILED_VERIFICATION, false, "shows a certificate that is not trusted" },
	{ CURLE_SSL_CONNECT_ERROR, true, "speaks no TLS that is known here" },
	{ CURLE_OPERATION_TIMEDOUT, true, "made no connection in time" },
	{ CURLE_OK, true, "broke the connection off" },
};

static void
tell_status(const struct ty_net_call *call, long status, struct ty_err *err)
{
	const struct net_way_rules *rules = &net_way_rules[call->route.way];
	const struct proxy_status *row = proxy_statuses;
	const char *url = call->request.url;

	while (row->status != status && row->status != 0)
		row++;
	ty_err_set(err, TY_E_UPSTREAM, "%s %s (status %ld): %.*s", rules->whose, row->what, status,
		   net_url_shown_len(url), url);
	err->retryable = row->retryable;
	err->no_answer = row->no_answer;
	ty_err_hint(err, "%s", rules->is_operators ? row->hint_operator : row->hint_node);
}

static void
tell_code(const struct ty_net_call *call, CURLcode code, struct ty_err *err)
{
	const struct net_way_rules *rules = &net_way_rules[call->route.way];
	const struct proxy_failure *row = proxy_failures;
	const char *url = call->request.url;

	while (row->code != code && row->code != CURLE_OK)
		row++;
	ty_err_set(err, code == CURLE_OPERATION_TIMEDOUT ? TY_E_TIMEOUT : TY_E_UPSTREAM,
		   "%s %s: %.*s", rules->whose, row->what, net_url_shown_len(url), url);
	err->retryable = row->retryable;
	err->no_answer = false;
	ty_err_hint(err, "%s", rules->is_operators ? hint_operator : hint_node);
}

static void
tell_denied(const struct ty_net_call *call, struct ty_err *err)
{
	if (net_way_rules[call->route.way].peer == NET_PEER_LISTED) {
		ty_err_set(err, TY_E_DENIED,
			   "All requests go through the operator's proxy, and the node's is not "
			   "allowed");
		ty_err_hint(err,
			    "Leave the node's proxy out, or let the operator allow its address "
			    "with http_allow in tyboo.conf");
		return;
	}
	ty_err_set(err, TY_E_DENIED, "The proxy's address %s is not on the public internet",
		   call->denied);
	ty_err_hint(err, "The operator can allow it with http_allow in tyboo.conf");
}

bool
net_proxy_error(const struct ty_net_call *call, int code, struct ty_err *err)
{
	long status = 0;

	/* Once it was sent, or the tunnel stands, what fails is the destination's. */
	if (call->route.proxy == NULL || call->sent > 0)
		return false;
	curl_easy_getinfo(call->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (status / 100 == 2)
		return false;
	if (call->denied[0] != '\0')
		tell_denied(call, err);
	else if (status >= 300)
		tell_status(call, status, err);
	else
		tell_code(call, (CURLcode)code, err);
	return true;
}
