/*
 * proxy.h -- the way a hop takes: straight, or through a proxy; internal.h includes it, nobody else.
 *
 * A proxy is asked for a tunnel (CONNECT) whatever the scheme, so that what comes of a request is
 * always known to be of the server itself, and the address that the guard looked at is the one that is
 * connected.
 *
 *	operator's proxy?  request's own?  it resolves?   way
 *	no                 no              -              NET_WAY_STRAIGHT
 *	no                 yes             -              NET_WAY_OWN
 *	yes                yes             -              NET_WAY_OWN_LISTED
 *	yes                no              no             NET_WAY_OPERATOR
 *	yes                no              yes            NET_WAY_OPERATOR_RESOLVES
 *
 * The environment's HTTP_PROXY, NO_PROXY and their like count for nothing.
 */
#ifndef TY_NET_PROXY_H
#define TY_NET_PROXY_H

#include "base/defs.h"
#include "base/err.h"
#include "json/json.h"

struct curl_slist;
struct net_request;
struct sockaddr;
struct ty_net_call;
struct ty_net_conf;
struct ty_net_guard;

struct net_proxy {
	const char *url;	     /* "http://host:port" or "https://host:port" */
	const char *user, *password; /* NULL = none */
};

enum net_way {
	NET_WAY_STRAIGHT,
	NET_WAY_OPERATOR,
	NET_WAY_OPERATOR_RESOLVES,
	NET_WAY_OWN,
	NET_WAY_OWN_LISTED,
	NET_WAY__COUNT
};

/* Peers, whose address a socket is opened to. */
enum net_peer { NET_PEER_GUARDED, NET_PEER_ANY, NET_PEER_LISTED };
/* Look-ups of the destination's name. */
enum net_lookup_by { NET_LOOKUP_CURL, NET_LOOKUP_HERE, NET_LOOKUP_PROXY };

/* Rules of a way. */
struct net_way_rules {
	enum net_peer peer; /* ANY: the operator named it; LISTED: on http_allow alone */
	enum net_lookup_by
		looks;	   /* HERE: before, by the guard; PROXY: by rule (net_guard_allows_name) */
	bool is_operators; /* the proxy is: it may see what is secret */
	bool keeps;	   /* connections, for other calls on the same way */
	const char *whose; /* for messages; NULL = there is no proxy */
};

extern const struct net_way_rules net_way_rules[NET_WAY__COUNT];

/* Means of every call of a struct ty_net. */
struct net_means {
	const struct ty_net_guard *guard;
	const char *ca_file;	       /* "" = the system's CAs */
	const struct net_proxy *proxy; /* the operator's; NULL = none */
	bool proxy_resolves;
};

/* The way that a hop takes. */
struct net_route {
	enum net_way way;
	const struct net_proxy *proxy; /* NULL = straight */
	const char *connect_to; /* "::address:port", once it is looked up; NULL = by its name */
	struct curl_slist *connect_tos; /* as curl wants it */
};

/* All in 'arena'.  Errors: TY_E_INVALID (names the setting). */
enum ty_code net_means_init(struct ty_arena *arena, const struct ty_net_conf *conf,
			    struct net_means *ret_means, struct ty_err *err) TY_MUST_CHECK;

/* The request's own "proxy"; *ret_proxy is NULL where it has none.  Errors: TY_E_INVALID. */
enum ty_code net_proxy_parse(struct ty_arena *arena, const json_t *request,
			     const struct net_proxy **ret_proxy, struct ty_err *err) TY_MUST_CHECK;

/* The table above. */
enum net_way net_way_choose(const struct net_means *means, const struct net_proxy *own);

/*
 * The way of call->request, each hop anew.  Errors: TY_E_DENIED (a secret that the proxy would see; a
 * destination that is refused by its name).
 */
enum ty_code net_route_choose(struct ty_net_call *call, const struct net_means *means,
			      struct ty_err *err) TY_MUST_CHECK;
/* May a socket be opened to this address? */
bool net_route_allows(const struct net_route *route, const struct ty_net_guard *guard,
		      const struct sockaddr *peer);
/* curl's options for it. */
void net_route_setup(struct ty_net_call *call, const struct net_means *means);

/* ---- guard.c ---- */

/* Does http_allow name it? */
bool net_guard_lists_sockaddr(const struct ty_net_guard *guard, const struct sockaddr *sa);
/* The guard on a host that somebody else looks up: an address as ever, a name where it is no inner one by rule. */
bool net_guard_allows_name(const struct ty_net_guard *guard, const char *host, int port);

/* ---- resolve.c ---- */

/*
 * Look up an address for a tunnel that 'guard' allows, into call->route; net_call_routed (http.c) follows,
 * never from within, with call->err set where there is none.
 */
struct uv_loop_s;
void net_resolve_ahead(struct uv_loop_s *loop, struct ty_net_call *call,
		       const struct ty_net_guard *guard);
void net_call_routed(struct ty_net_call *call);

/* failure.c: the errors of a look-up: no address, and none in time. */
void net_host_unknown(struct ty_net_call *call, bool is_unknown, struct ty_err *err);
void net_host_late(const struct ty_net_call *call, struct ty_err *err);

/* proxy_failure.c: the error for a transfer that ended in 'code' (a CURLcode), where that was the proxy's fault. */
bool net_proxy_error(const struct ty_net_call *call, int code, struct ty_err *err);

#endif
