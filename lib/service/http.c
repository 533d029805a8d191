/*
 * http.c -- the service "http": lib/net behind the table.
 */
#include "net/http.h"
#include "service/service.h"

static void *
http_begin(const struct ty_service_means *means, const struct ty_service_ask *ask, ty_service_fn fn,
	   void *ctx)
{
	return ty_net_http(means->net, ask->request, ask->timeout_ms, fn, ctx);
}

static void
http_cancel(void *handle)
{
	ty_net_cancel(handle);
}

const struct ty_service ty_service_http = {
	.name = "http",
	.begin = http_begin,
	.cancel = http_cancel,
};
