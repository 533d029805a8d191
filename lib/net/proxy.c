/*
 * proxy.c -- see proxy.h.
 *
 * Memory: what a setting gives is of struct ty_net, all else of the call.
 */
#include "net/internal.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

const struct net_way_rules net_way_rules[NET_WAY__COUNT] = {
	[NET_WAY_STRAIGHT] = { NET_PEER_GUARDED, NET_LOOKUP_CURL, false, true, NULL },
	[NET_WAY_OPERATOR] = { NET_PEER_ANY, NET_LOOKUP_HERE, true, true, "The operator's proxy" },
	[NET_WAY_OPERATOR_RESOLVES] = { NET_PEER_ANY, NET_LOOKUP_PROXY, true, true,
					"The operator's proxy" },
	[NET_WAY_OWN] = { NET_PEER_GUARDED, NET_LOOKUP_HERE, false, false, "The node's proxy" },
	[NET_WAY_OWN_LISTED] = { NET_PEER_LISTED, NET_LOOKUP_HERE, false, false,
				 "The node's proxy" },
};

/* ---- what is given ---- */

/* False: no URL of a proxy.  User information is taken out of it, percent-decoded. */
static bool
proxy_take(struct ty_arena *arena, const char *text, struct net_proxy *ret)
{
	struct net_request parsed = { 0 };
	struct ty_err ignored = { 0 };
	const char *host, *path;
	int port;

	if (net_url_parse(arena, text, NULL, &parsed, &ignored) != TY_OK ||
	    ty_net_url_host(arena, parsed.url, &host, &port, &ignored) != TY_OK || port == 0)
		return false;
	path = strstr(parsed.url, "://") + 3;
	path += strcspn(path, "/?#");
	if (*path != '\0' && strcmp(path, "/") != 0)
		return false;
	/* With the port, because curl's default for a proxy is 1080, which nobody expects. */
	ret->url = ty_arena_printf(arena, "%s://%s:%d",
				   strncmp(parsed.url, "https:", 6) == 0 ? "https" : "http", host,
				   port);
	ret->user = parsed.user;
	ret->password = parsed.password;
	return true;
}

/* A file that cannot be read would fail every https call, and none before the first. */
static enum ty_code
check_ca_file(const char *path, struct ty_err *err)
{
	if (*path == '\0' || access(path, R_OK) == 0)
		return TY_OK;
	return ty_err_set(err, TY_E_INVALID, "http_ca_file: %s: %s", path, strerror(errno));
}

static enum ty_code
take_setting(struct ty_arena *arena, const char *text, const struct net_proxy **ret_proxy,
	     struct ty_err *err)
{
	struct net_proxy *proxy = ty_arena_new_of(arena, struct net_proxy);

	if (ty_str_is_blank(text))
		return TY_OK;
	if (!proxy_take(arena, text, proxy)) {
		/* The value is not repeated: a password may be in it. */
		ty_err_set(err, TY_E_INVALID, "http_proxy is not the URL of a proxy");
		return ty_err_hint(
			err, "Write http://host:port or https://host:port, with user:password@ "
			     "before the host where the proxy asks for them");
	}
	*ret_proxy = proxy;
	return TY_OK;
}

enum ty_code
net_means_init(struct ty_arena *arena, const struct ty_net_conf *conf, struct net_means *ret_means,
	       struct ty_err *err)
{
	struct net_means means = { .proxy_resolves = conf->proxy_resolves };

	means.ca_file = ty_arena_strdup(arena, conf->ca_file != NULL ? conf->ca_file : "");
	if (check_ca_file(means.ca_file, err) != TY_OK ||
	    ty_net_guard_new(arena, conf->allow, &means.guard, err) != TY_OK ||
	    take_setting(arena, conf->proxy, &means.proxy, err) != TY_OK)
		return err->code;
	*ret_means = means;
	return TY_OK;
}

enum ty_code
net_proxy_parse(struct ty_arena *arena, const json_t *request, const struct net_proxy **ret_proxy,
		struct ty_err *err)
{
	const char *url = ty_json_str(request, "proxy", NULL);
	struct net_proxy *proxy;

	if (url == NULL)
		return TY_OK;
	proxy = ty_arena_new_of(arena, struct net_proxy);
	if (!proxy_take(arena, url, proxy)) {
		ty_err_set(err, TY_E_INVALID, "The proxy is not the URL of one");
		ty_err_hint(err, "Write http://host:port or https://host:port");
		return ty_err_at(err, "proxy");
	}
	if (proxy->user != NULL || proxy->password != NULL) {
		ty_err_set(err, TY_E_INVALID, "The proxy's URL has a user or a password in it");
		ty_err_hint(err,
			    "Only the operator's proxy may ask for them: they are in http_proxy "
			    "in tyboo.conf");
		return ty_err_at(err, "proxy");
	}
	*ret_proxy = proxy;
	return TY_OK;
}

/* ---- the way ---- */

enum net_way
net_way_choose(const struct net_means *means, const struct net_proxy *own)
{
	if (own != NULL)
		return means->proxy != NULL ? NET_WAY_OWN_LISTED : NET_WAY_OWN;
	if (means->proxy == NULL)
		return NET_WAY_STRAIGHT;
	return means->proxy_resolves ? NET_WAY_OPERATOR_RESOLVES : NET_WAY_OPERATOR;
}

static bool
has_secret(const struct net_request *request)
{
	if (request->user != NULL || request->password != NULL || request->auth != NULL ||
	    request->secret_query != NULL || (request->has_body && request->body_for_origin))
		return true;
	for (size_t i = 0; i < request->header_count; i++)
		if (request->headers[i].for_origin && !ty_str_ieq(request->headers[i].name, "Host"))
			return true;
	return false;
}

/* A proxy reads what goes through it plain, and what it can answer itself because nobody looks at the certificate. */
static enum ty_code
check_secret(const struct net_request *request, struct ty_err *err)
{
	bool is_plain = strncasecmp(request->url, "https:", 6) != 0;

	if ((!is_plain && request->verify_tls) || !has_secret(request))
		return TY_OK;
	ty_err_set(err, TY_E_DENIED,
		   "The request has a secret in it, which the node's proxy could %s",
		   is_plain ? "read, because it goes over plain http"
			    : "read, because the server's certificate is not checked");
	err->retryable = false;
	ty_err_hint(err, is_plain ? "Write the URL as https://, or leave the proxy out"
				  : "Turn the check of the certificate on, or leave the proxy out");
	return ty_err_at(err, "proxy");
}

static enum ty_code
check_name(struct ty_net_call *call, const struct ty_net_guard *guard, struct ty_err *err)
{
	const char *host;
	int port;

	if (ty_net_url_host(call->arena, call->request.url, &host, &port, err) != TY_OK)
		return err->code;
	if (net_guard_allows_name(guard, host, port))
		return TY_OK;
	ty_err_set(err, TY_E_DENIED, "The host %.100s is not on the public internet", host);
	return ty_err_hint(err, "The operator can allow an address with http_allow in tyboo.conf");
}

enum ty_code
net_route_choose(struct ty_net_call *call, const struct net_means *means, struct ty_err *err)
{
	const struct net_proxy *own = call->request.proxy;
	struct net_route *route = &call->route;
	const struct net_way_rules *rules;

	route->way = net_way_choose(means, own);
	route->proxy = own != NULL ? own : means->proxy;
	route->connect_to = NULL;
	rules = &net_way_rules[route->way];
	if (route->proxy != NULL && !rules->is_operators &&
	    check_secret(&call->request, err) != TY_OK)
		return err->code;
	return rules->looks == NET_LOOKUP_PROXY ? check_name(call, means->guard, err) : TY_OK;
}

bool
net_route_allows(const struct net_route *route, const struct ty_net_guard *guard,
		 const struct sockaddr *peer)
{
	switch (net_way_rules[route->way].peer) {
	case NET_PEER_ANY:
		return true;
	case NET_PEER_LISTED:
		return net_guard_lists_sockaddr(guard, peer);
	case NET_PEER_GUARDED:
		break;
	}
	return net_guard_allows_sockaddr(guard, peer);
}

#define set(easy, option, value)                                                                   \
	do {                                                                                       \
		CURLcode set_rc = curl_easy_setopt((easy), (option), (value));                     \
                                                                                                   \
		TY_ASSERT(set_rc == CURLE_OK);                                                     \
	} while (0)

static void
setup_connection(CURL *easy, const struct net_proxy *proxy, const char *ca_file)
{
	set(easy, CURLOPT_PROXY, proxy->url);
	set(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* no part of the answer */
	set(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	set(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	if (*ca_file != '\0')
		set(easy, CURLOPT_PROXY_CAINFO, ca_file);
	if (proxy->user == NULL)
		return;
	set(easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	set(easy, CURLOPT_PROXYUSERNAME, proxy->user);
	set(easy, CURLOPT_PROXYPASSWORD, proxy->password != NULL ? proxy->password : "");
}

void
net_route_setup(struct ty_net_call *call, const struct net_means *means)
{
	struct net_route *route = &call->route;

	set(call->easy, CURLOPT_NOPROXY, ""); /* else the environment's NO_PROXY counts */
	if (route->proxy == NULL) {
		set(call->easy, CURLOPT_PROXY, ""); /* else its HTTP_PROXY */
		return;
	}
	setup_connection(call->easy, route->proxy, means->ca_file);
	curl_slist_free_all(route->connect_tos);
	route->connect_tos = NULL;
	if (route->connect_to != NULL) {
		route->connect_tos = curl_slist_append(NULL, route->connect_to);
		set(call->easy, CURLOPT_CONNECT_TO, route->connect_tos);
	}
	if (net_way_rules[route->way].keeps)
		return;
	/* Give each call a tunnel of its own, so that nothing depends on what libcurl takes for the same
	 * proxy; and of HTTP/2 another call could join one that is in use. */
	set(call->easy, CURLOPT_FRESH_CONNECT, 1L);
	set(call->easy, CURLOPT_FORBID_REUSE, 1L);
	set(call->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}
