/*
 * resolve.c -- why a host's name gave no address: there is none of that name, or nobody answered.
 *
 * curl tells both as one code, and only the first stays as it is.  So a name that failed is looked up
 * once more on the loop's own threads.  A call that ends meanwhile leaves the look-up to itself.
 */
#include "net/internal.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct net_lookup {
	uv_getaddrinfo_t request;
	struct ty_net_call *call; /* NULL: it is over */
};

static void
lookup_done(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct net_lookup *lookup = request->data;
	struct ty_net_call *call = lookup->call;

	uv_freeaddrinfo(list);
	free(lookup);
	if (call == NULL)
		return;
	call->lookup = NULL;
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
	lookup = calloc(1, sizeof(*lookup));
	TY_ASSERT(lookup != NULL);
	lookup->request.data = lookup;
	if (uv_getaddrinfo(loop, &lookup->request, lookup_done, host, NULL, &hints) != 0) {
		free(lookup);
		return false;
	}
	lookup->call = call;
	call->lookup = lookup;
	return true;
}

void
net_resolve_forget(struct ty_net_call *call)
{
	if (call->lookup == NULL)
		return;
	call->lookup->call = NULL;
	uv_cancel((uv_req_t *)&call->lookup->request);
	call->lookup = NULL;
}
