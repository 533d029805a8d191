/*
 * resolve.c -- names that are looked up on the loop's own threads, and not by curl.
 *
 *	again	why a host's name gave no address: there is none of that name, or nobody answered.
 *		curl tells both as one code, and only the first stays as it is.
 *	ahead	the address that a proxy is asked to connect: the guard looks at it, and the proxy gets
 *		the address and not the name, so that it connects no other.
 *
 * A call that ends meanwhile leaves the look-up to itself.
 */
#include "net/internal.h"

#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct net_lookup {
	uv_getaddrinfo_t request;
	uv_timer_t timer;	  /* ahead: the call's time, which no resolver knows */
	struct ty_net_call *call; /* NULL: it is over */
	const struct ty_net_guard *guard;
	bool is_ahead;
	int open; /* the request, and the timer */
};

static struct net_lookup *
lookup_new(struct ty_net_call *call)
{
	struct net_lookup *lookup = calloc(1, sizeof(*lookup));

	TY_ASSERT(lookup != NULL);
	lookup->request.data = lookup->timer.data = lookup;
	lookup->call = call;
	lookup->open = 1;
	call->lookup = lookup;
	return lookup;
}

static void
lookup_release(struct net_lookup *lookup)
{
	if (--lookup->open == 0)
		free(lookup);
}

static void
lookup_timer_closed(uv_handle_t *handle)
{
	lookup_release(handle->data);
}

/* The call and the look-up part; gives the call, NULL where that has happened before. */
static struct ty_net_call *
lookup_part(struct net_lookup *lookup)
{
	struct ty_net_call *call = lookup->call;

	if (call == NULL)
		return NULL;
	lookup->call = NULL;
	call->lookup = NULL;
	if (lookup->is_ahead)
		uv_close((uv_handle_t *)&lookup->timer, lookup_timer_closed);
	return call;
}

void
net_resolve_forget(struct ty_net_call *call)
{
	struct net_lookup *lookup = call->lookup;

	if (lookup == NULL)
		return;
	(void)lookup_part(lookup);
	uv_cancel((uv_req_t *)&lookup->request);
}

/* ---- again ---- */

static void
again_done(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct net_lookup *lookup = request->data;
	struct ty_net_call *call = lookup_part(lookup);

	uv_freeaddrinfo(list);
	lookup_release(lookup);
	if (call == NULL)
		return;
	call->host_unknown = status == UV_EAI_NONAME || status == UV_EAI_NODATA;
	net_call_looked_up(call);
}

bool
net_resolve_again(struct uv_loop_s *loop, struct ty_net_call *call)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct net_lookup *lookup;
	struct ty_err err = { 0 };
	const char *host;
	int port;

	if (ty_net_url_host(call->arena, call->request.url, &host, &port, &err) != TY_OK)
		return false;
	lookup = lookup_new(call);
	if (uv_getaddrinfo(loop, &lookup->request, again_done, host, NULL, &hints) != 0) {
		(void)lookup_part(lookup);
		lookup_release(lookup);
		return false;
	}
	return true;
}

/* ---- ahead ---- */

/* The first that may be connected, of IPv4 before IPv6, because many proxies have no IPv6. */
static const struct sockaddr *
ahead_pick(const struct addrinfo *list, const struct ty_net_guard *guard)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < TY_ARRAY_COUNT(families); i++)
		for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
			if (a->ai_family == families[i] &&
			    net_guard_allows_sockaddr(guard, a->ai_addr))
				return a->ai_addr;
	return NULL;
}

static void
ahead_take(struct ty_net_call *call, const struct ty_net_guard *guard, int status,
	   const struct addrinfo *list)
{
	const struct sockaddr *picked = status == 0 ? ahead_pick(list, guard) : NULL;
	char text[80];

	if (picked != NULL) {
		net_sockaddr_format(picked, text, sizeof(text));
		call->route.connect_to = ty_arena_printf(call->arena, "::%s", text);
	} else if (status == 0 && list != NULL) {
		net_sockaddr_format(list->ai_addr, call->denied, sizeof(call->denied));
		net_transfer_denied(call, &call->err);
	} else {
		net_host_unknown(call, status == UV_EAI_NONAME || status == UV_EAI_NODATA,
				 &call->err);
	}
}

static void
ahead_done(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct net_lookup *lookup = request->data;
	const struct ty_net_guard *guard = lookup->guard;
	struct ty_net_call *call = lookup_part(lookup);

	lookup_release(lookup);
	if (call != NULL)
		ahead_take(call, guard, status, list);
	uv_freeaddrinfo(list);
	if (call != NULL)
		net_call_routed(call);
}

static void
ahead_late(uv_timer_t *timer)
{
	struct net_lookup *lookup = timer->data;
	struct ty_net_call *call = lookup_part(lookup);

	uv_cancel((uv_req_t *)&lookup->request);
	net_host_late(call, &call->err);
	net_call_routed(call);
}

/* The look-up could not even begin: a name too long for any resolver. */
static void
ahead_refused(uv_timer_t *timer)
{
	struct net_lookup *lookup = timer->data;
	struct ty_net_call *call = lookup_part(lookup);

	net_host_unknown(call, true, &call->err);
	net_call_routed(call);
}

void
net_resolve_ahead(struct uv_loop_s *loop, struct ty_net_call *call,
		  const struct ty_net_guard *guard)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int64_t left_ms = call->deadline_ms - ty_time_mono_ms();
	struct net_lookup *lookup = lookup_new(call);
	struct ty_err ignored = { 0 };
	const char *host = "";
	char service[16], *name;
	int port = 0;

	call->err.code = TY_OK;
	lookup->guard = guard;
	lookup->is_ahead = true;
	lookup->open = 2;
	uv_timer_init(loop, &lookup->timer);
	uv_timer_start(&lookup->timer, ahead_late, (uint64_t)(left_ms > 1 ? left_ms : 1), 0);
	if (ty_net_url_host(call->arena, call->request.url, &host, &port, &ignored) != TY_OK)
		host = ""; /* no address either */
	name = ty_arena_strdup(call->arena, host[0] == '[' ? host + 1 : host);
	name[strcspn(name, "]")] = '\0';
	snprintf(service, sizeof(service), "%d", port);
	if (uv_getaddrinfo(loop, &lookup->request, ahead_done, name, service, &hints) == 0)
		return;
	/* Told by the timer, never from within. */
	lookup_release(lookup);
	uv_timer_start(&lookup->timer, ahead_refused, 0, 0);
}
