/*
 * http.c -- curl's multi handle on a libuv loop.
 *
 *	begin -> [address looked up] -> (multi) -> hop ended -> redirect -> begin ...
 *	                              -> answer or error told, call freed
 *
 * curl says which sockets to watch (multi_socket) and when to be called again
 * (multi_timer); we tell it what happened.  A call's fn is never called from within
 * ty_net_http: a request that fails its checks is told from the 'soon' timer.
 *
 * Ownership: struct ty_net owns its calls; each handle of libuv is freed by its own
 * close callback, the last of which frees struct ty_net.
 */
#include "net/internal.h"

#include "base/time.h"

#include <stdlib.h>
#include <uv.h>

/* Idle connections kept: enough for the services one workspace talks to. */
#define KEPT_CONNECTIONS_MAX 64L

struct ty_net {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer; /* curl's */
	uv_timer_t soon;  /* calls that failed before they began */
	struct ty_arena *arena;
	struct net_means means;
	struct ty_net_call *calls;
	int open_handles; /* timers not yet closed */
};

static void net_soon_fired(uv_timer_t *timer);

struct net_socket {
	uv_poll_t poll;
	struct ty_net *net;
	curl_socket_t fd;
};

/* ---- a call's life ---- */

static void
call_link(struct ty_net_call *call)
{
	struct ty_net *net = call->net;

	call->next = net->calls;
	if (net->calls != NULL)
		net->calls->prev = call;
	net->calls = call;
}

static void
call_free(struct ty_net_call *call)
{
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		call->net->calls = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	if (call->in_multi)
		curl_multi_remove_handle(call->net->multi, call->easy);
	net_resolve_forget(call);
	net_transfer_done(call);
	ty_arena_free(call->arena);
}

/* Tell the outcome and forget the call. 'fn' may begin or cancel other calls. */
static void
call_finish(struct ty_net_call *call, const json_t *answer, const struct ty_err *err)
{
	call->fn(call->ctx, answer, err);
	call_free(call);
}

/* A failure somewhere else than where the call was sent says how it came there. */
static void
call_fail(struct ty_net_call *call, struct ty_err *err)
{
	const char *url = call->request.url;

	if (call->hops > 0)
		ty_err_wrap(err, "redirected to %s %.*s", call->request.method,
			    net_url_shown_len(url), url);
	call_finish(call, NULL, err);
}

/* Tell the call's error soon, not from within its beginning. */
static struct ty_net_call *
call_fail_early(struct ty_net_call *call)
{
	uv_timer_start(&call->net->soon, net_soon_fired, 0, 0);
	call->failed_early = true;
	return call;
}

static void
call_send(struct ty_net_call *call)
{
	CURLMcode rc;

	net_transfer_setup(call, &call->net->means);
	rc = curl_multi_add_handle(call->net->multi, call->easy);
	TY_ASSERT(rc == CURLM_OK);
	call->in_multi = true;
}

static void
call_start_hop(struct ty_net_call *call)
{
	struct ty_net *net = call->net;

	if (net_request_sign(call->arena, &call->request, &call->err) != TY_OK ||
	    net_route_choose(call, &net->means, &call->err) != TY_OK)
		(void)call_fail_early(call);
	else if (net_way_rules[call->route.way].looks == NET_LOOKUP_HERE)
		net_resolve_ahead(net->loop, call, net->means.guard);
	else
		call_send(call);
}

void
net_call_routed(struct ty_net_call *call)
{
	if (call->err.code == TY_OK)
		call_send(call);
	else
		call_fail(call, &call->err);
}

/* True where the call went on to another hop, or ended in an error on the way there. */
static bool
call_redirect(struct ty_net_call *call, long status)
{
	const char *location = net_response_find(&call->response, "location");
	struct ty_err err = { 0 };

	if (!net_status_redirects(status) || location == NULL || call->request.redirects_max == 0)
		return false;
	if (call->hops >= call->request.redirects_max) {
		ty_err_set(&err, TY_E_UPSTREAM, "The server redirected more than %lld times",
			   (long long)call->request.redirects_max);
		err.retryable = false;
		ty_err_hint(&err, "Use the address it leads to, or raise the node's redirects");
		call_fail(call, &err);
		return true;
	}
	if (net_request_redirect(call->arena, &call->request, status, location, &err) != TY_OK) {
		call_fail(call, &err);
		return true;
	}
	call->hops++;
	call_start_hop(call);
	return true;
}

/* An answer from elsewhere says how it came there. */
static json_t *
call_redirected(const struct ty_net_call *call, json_t *answer)
{
	if (call->hops > 0) {
		json_object_set_new(answer, "redirects", json_integer((json_int_t)call->hops));
		json_object_set_new(answer, "method", json_string(call->request.method));
	}
	return answer;
}

static void
call_fail_of(struct ty_net_call *call, CURLcode code)
{
	struct ty_err err = { 0 };

	net_transfer_error(call, code, &err);
	call_fail(call, &err);
}

void
net_call_looked_up(struct ty_net_call *call)
{
	call_fail_of(call, CURLE_COULDNT_RESOLVE_HOST);
}

static void
call_hop_ended(struct ty_net_call *call, CURLcode code)
{
	struct ty_err err = { 0 };
	json_t *answer = NULL;
	long status = 0;

	curl_multi_remove_handle(call->net->multi, call->easy);
	call->in_multi = false;
	if (code == CURLE_COULDNT_RESOLVE_HOST && net_resolve_again(call->net->loop, call))
		return;
	if (code != CURLE_OK) {
		call_fail_of(call, code);
		return;
	}
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (call_redirect(call, status))
		return;
	if (call->request.wants_file && net_files_wants(call)) {
		net_files_end(call);
		return;
	}
	if (net_answer(call->arena, &call->request, &call->response, status,
		       ty_time_mono_ms() - call->begun_ms, &answer, &err) != TY_OK)
		call_fail(call, &err);
	else
		call_finish(call, call_redirected(call, answer), NULL);
}

void
net_call_stopped(struct ty_net_call *call, CURLcode code)
{
	call_hop_ended(call, code);
}

void
net_call_kept(struct ty_net_call *call)
{
	long status = 0;

	if (call->files.blob == NULL) {
		call_fail(call, &call->err);
		return;
	}
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	call_finish(
		call,
		call_redirected(call, net_answer_file(call->arena, &call->request, &call->response,
						      status, ty_time_mono_ms() - call->begun_ms,
						      net_files_json(call))),
		NULL);
}

/* ---- curl and the loop ---- */

static void
net_take_finished(struct ty_net *net)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(net->multi, &left)) != NULL) {
		CURLcode code = msg->data.result;
		char *call = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		call_hop_ended((struct ty_net_call *)(void *)call, code);
	}
}

static void
net_socket_ready(uv_poll_t *poll, int status, int events)
{
	struct net_socket *sock = poll->data;
	struct ty_net *net = sock->net;
	int flags = 0, running;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(net->multi, sock->fd, flags, &running);
	net_take_finished(net);
}

static void
net_socket_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct net_socket *
net_socket_new(struct ty_net *net, curl_socket_t fd)
{
	struct net_socket *sock = calloc(1, sizeof(*sock));

	TY_ASSERT(sock != NULL);
	if (uv_poll_init(net->loop, &sock->poll, fd) != 0) {
		free(sock);
		return NULL;
	}
	sock->poll.data = sock;
	sock->net = net;
	sock->fd = fd;
	curl_multi_assign(net->multi, fd, sock);
	return sock;
}

static int
net_watch(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct ty_net *net = ctx;
	struct net_socket *sock = socket_ctx;
	int events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (sock != NULL) {
			curl_multi_assign(net->multi, fd, NULL);
			uv_close((uv_handle_t *)&sock->poll, net_socket_closed);
		}
		return 0;
	}
	if (sock == NULL)
		sock = net_socket_new(net, fd);
	if (sock == NULL)
		return -1;
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	return uv_poll_start(&sock->poll, events, net_socket_ready) == 0 ? 0 : -1;
}

static void
net_timer_fired(uv_timer_t *timer)
{
	struct ty_net *net = timer->data;
	int running;

	curl_multi_socket_action(net->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	net_take_finished(net);
}

static int
net_set_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct ty_net *net = ctx;

	if (timeout_ms < 0)
		uv_timer_stop(&net->timer);
	else
		uv_timer_start(&net->timer, net_timer_fired, (uint64_t)timeout_ms, 0);
	return 0;
}

/* Tell the calls that failed their checks; each telling may change the list. */
static void
net_soon_fired(uv_timer_t *timer)
{
	struct ty_net *net = timer->data;
	struct ty_net_call *call;

	do {
		for (call = net->calls; call != NULL && !call->failed_early; call = call->next)
			;
		if (call != NULL)
			call_fail(call, &call->err);
	} while (call != NULL);
}

/* ---- public ---- */

static void
net_multi_setup(struct ty_net *net)
{
	CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);

	TY_ASSERT(rc == CURLE_OK);
	net->multi = curl_multi_init();
	TY_ASSERT(net->multi != NULL);
	curl_multi_setopt(net->multi, CURLMOPT_SOCKETFUNCTION, net_watch);
	curl_multi_setopt(net->multi, CURLMOPT_SOCKETDATA, net);
	curl_multi_setopt(net->multi, CURLMOPT_TIMERFUNCTION, net_set_timer);
	curl_multi_setopt(net->multi, CURLMOPT_TIMERDATA, net);
	curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS_MAX);
}

enum ty_code
ty_net_new(struct uv_loop_s *loop, const struct ty_net_conf *conf, struct ty_net **ret_net,
	   struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "net", 0);
	struct ty_net *net = calloc(1, sizeof(*net));

	TY_ASSERT(net != NULL);
	if (net_means_init(arena, conf, &net->means, err) != TY_OK) {
		ty_arena_free(arena);
		free(net);
		return err->code;
	}
	net->arena = arena;
	net->loop = loop;
	uv_timer_init(loop, &net->timer);
	uv_timer_init(loop, &net->soon);
	net->timer.data = net->soon.data = net;
	net->open_handles = 2;
	net_multi_setup(net);
	*ret_net = net;
	return TY_OK;
}

static void
net_timer_closed(uv_handle_t *handle)
{
	struct ty_net *net = handle->data;

	if (--net->open_handles == 0) {
		ty_arena_free(net->arena);
		free(net);
	}
}

void
ty_net_free(struct ty_net *net)
{
	if (net == NULL)
		return;
	while (net->calls != NULL)
		call_free(net->calls);
	curl_multi_cleanup(net->multi);
	curl_global_cleanup();
	uv_close((uv_handle_t *)&net->timer, net_timer_closed);
	uv_close((uv_handle_t *)&net->soon, net_timer_closed);
}

static struct ty_net_call *
call_new(struct ty_net *net, ty_net_fn fn, void *ctx)
{
	struct ty_arena *arena = ty_arena_new(NULL, "net.call", 0);
	struct ty_net_call *call = ty_arena_new_of(arena, struct ty_net_call);

	call->net = net;
	call->arena = arena;
	call->fn = fn;
	call->ctx = ctx;
	call->begun_ms = ty_time_mono_ms();
	call_link(call);
	return call;
}

/* Files need somewhere to come from and to go to. */
static enum ty_code
call_check_files(struct ty_net_call *call, struct ty_err *err)
{
	if ((call->request.pieces == NULL && !call->request.wants_file) || call->files.is_given)
		return TY_OK;
	return ty_err_set(err, TY_E_INVALID, "Files can be neither sent nor kept here");
}

struct ty_net_call *
ty_net_http(struct ty_net *net, const json_t *request, int64_t timeout_ms, ty_net_fn fn, void *ctx)
{
	return ty_net_http_auth(net, request, timeout_ms, NULL, NULL, fn, ctx);
}

struct ty_net_call *
ty_net_http_files(struct ty_net *net, const json_t *request, int64_t timeout_ms,
		  const struct ty_net_files *files, ty_net_fn fn, void *ctx)
{
	return ty_net_http_auth(net, request, timeout_ms, files, NULL, fn, ctx);
}

struct ty_net_call *
ty_net_http_auth(struct ty_net *net, const json_t *request, int64_t timeout_ms,
		 const struct ty_net_files *files, const struct ty_net_auth *auth, ty_net_fn fn,
		 void *ctx)
{
	struct ty_net_call *call = call_new(net, fn, ctx);

	call->files.is_given = files != NULL;
	if (files != NULL)
		call->files.to = *files;
	if (net_request_parse(call->arena, request, timeout_ms, &call->request, &call->err) !=
		    TY_OK ||
	    call_check_files(call, &call->err) != TY_OK)
		return call_fail_early(call);
	if (auth != NULL)
		call->request.auth = net_auth_copy(call->arena, auth);
	call->deadline_ms = call->begun_ms + call->request.timeout_ms;
	call->easy = curl_easy_init();
	TY_ASSERT(call->easy != NULL);
	call_start_hop(call);
	return call;
}

struct ty_net_call *
ty_net_refuse(struct ty_net *net, const struct ty_err *err, ty_net_fn fn, void *ctx)
{
	struct ty_net_call *call = call_new(net, fn, ctx);

	call->err = *err;
	return call_fail_early(call);
}

void
ty_net_cancel(struct ty_net_call *call)
{
	if (call != NULL)
		call_free(call);
}
