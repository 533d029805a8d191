/*
 * web_proxy.h -- web.h's server behind a proxy, which is a real one: it makes tunnels (CONNECT) and notes what
 * it was asked.
 *
 * Each test opens both with servers_start, start_operator or start_own and closes them with servers_stop.
 */
#ifndef TY_TESTS_NET_WEB_PROXY_H
#define TY_TESTS_NET_WEB_PROXY_H

#include "unit/net/web.h"

#include <arpa/inet.h>
#include <pthread.h>

#define NOTES_MAX 16

static struct {
	struct http_server *server;
	int port, status; /* 0: tunnels are made */
	pthread_mutex_t lock;
	char notes[NOTES_MAX][600]; /* heads of the CONNECTs */
	int count;
} proxy = { .lock = PTHREAD_MUTEX_INITIALIZER };

static TY_UNUSED void
note(const char *head)
{
	pthread_mutex_lock(&proxy.lock);
	if (proxy.count < NOTES_MAX)
		snprintf(proxy.notes[proxy.count++], sizeof(proxy.notes[0]), "%s\r\n", head);
	pthread_mutex_unlock(&proxy.lock);
}

static TY_UNUSED int
noted(void)
{
	int count;

	pthread_mutex_lock(&proxy.lock);
	count = proxy.count;
	pthread_mutex_unlock(&proxy.lock);
	return count;
}

static TY_UNUSED bool
pass(int from, int to)
{
	char buf[4096];
	ssize_t n = recv(from, buf, sizeof(buf), 0);

	if (n > 0)
		http_server_write(to, buf, (size_t)n);
	return n > 0;
}

/* "address:port", as CONNECT has it: to our own servers, whatever the name. */
static TY_UNUSED int
dial(const char *target)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons((uint16_t)atoi(strrchr(target, ':') + 1));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

static TY_UNUSED bool
serve_proxy(void *ctx, const struct http_server_request *r)
{
	struct pollfd fds[2] = { { .fd = r->fd, .events = POLLIN }, { .events = POLLIN } };
	static const char made[] = "HTTP/1.1 200 Made\r\nX-Of-Proxy: yes\r\n\r\n";
	bool is_open = true;

	note(r->head);
	if (proxy.status != 0) {
		http_server_answer(r->fd, proxy.status, "Proxy-Authenticate: Basic realm=\"x\"\r\n",
				   "sesame", 6);
		return false;
	}
	fds[1].fd = dial(r->target);
	if (fds[1].fd < 0) {
		http_server_answer(r->fd, 502, "", "", 0);
		return false;
	}
	http_server_write(r->fd, made, sizeof(made) - 1);
	while (is_open && poll(fds, 2, -1) > 0)
		for (int i = 0; i < 2 && is_open; i++)
			if (fds[i].revents != 0)
				is_open = pass(fds[i].fd, fds[1 - i].fd);
	close(fds[1].fd);
	return false;
}

static TY_UNUSED void
servers_start(void)
{
	proxy.status = proxy.count = 0;
	proxy.server = http_server_new(serve_proxy, NULL);
	proxy.port = http_server_port(proxy.server);
	web_start(NULL);
}

/* Calls go by these settings from here on. */
static TY_UNUSED void
net_use(const struct ty_net_conf *conf)
{
	ty_net_free(web.net);
	ck_assert_ok(ty_net_new(&web.loop, conf, &web.net, &fx.err));
}

static TY_UNUSED void
servers_stop(void)
{
	web_stop();
	http_server_free(proxy.server);
}

static TY_UNUSED const char *
proxy_at(const char *user)
{
	return ty_arena_printf(fx.arena, "http://%s127.0.0.1:%d", user, proxy.port);
}

/* By the operator's proxy, whose address needs no leave; 'allow' NULL: our server alone. */
static TY_UNUSED void
start_operator(const char *user, const char *allow, bool resolves)
{
	struct ty_net_conf conf = { .allow = allow, .proxy_resolves = resolves };

	servers_start();
	conf.proxy = proxy_at(user);
	if (allow == NULL)
		conf.allow = ty_arena_printf(fx.arena, "127.0.0.1:%d", web.port);
	net_use(&conf);
}

/* By a proxy of the request's own: both servers may be called, and nothing else. */
static TY_UNUSED void
start_own(void)
{
	struct ty_net_conf conf = { .proxy = NULL };

	servers_start();
	conf.allow = ty_arena_printf(fx.arena, "127.0.0.1:%d,127.0.0.1:%d", web.port, proxy.port);
	net_use(&conf);
}

/* Members of a request that goes by the proxy. */
static TY_UNUSED const char *
own(void)
{
	return ty_arena_printf(fx.arena, "{\"proxy\":\"%s\"}", proxy_at(""));
}

static TY_UNUSED struct outcome
get(const char *url, const char *more)
{
	json_t *request = request_for("/", more);

	json_object_set_new(request, "url", json_string(url));
	return fetch(request, 0);
}

#endif
