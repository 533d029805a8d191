/*
 * load.c -- bench-load: deliveries signed as GitHub signs, each with an id of its own, as fast as
 * they are answered.
 *
 * One thread and one epoll: each of N kept connections has one request in flight.  The same
 * load goes to the bare programs and to us, so it costs both the same.  Prints one JSON object.
 */
#include "load_http.h"

#include <errno.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 512
/* 60 s at 100 000 a second would be more than any machine here does. */
#define SAMPLES_MAX 6000000

struct options {
	uint16_t port;
	const char *path, *secret;
	long connections, count, spread;
	double seconds;
};

struct load {
	struct options opt;
	struct load_conn *conns;
	int epoll_fd;
	uint64_t start_us, end_us;
	uint32_t *samples;
	size_t sent, answered, ok, refused, broken;
	int last_refusal;
	char run_tag[32];
};

/* Put the request's number among the spread in place of '@' in its path, so that workspaces take turns. */
static void
path_format(const struct load *l, char *out, size_t size)
{
	const char *at = strchr(l->opt.path, '@');

	if (at == NULL)
		snprintf(out, size, "%s", l->opt.path);
	else
		snprintf(out, size, "%.*s%zu%s", (int)(at - l->opt.path), l->opt.path,
			 l->sent % (size_t)l->opt.spread, at + 1);
}

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* About 500 bytes, as an event of an issue tracker is at its smallest. */
static int
body_format(const struct load *l, char *out, size_t size)
{
	return snprintf(
		out, size,
		"{\"action\":\"opened\",\"n\":%zu,\"issue\":{\"number\":%zu,\"title\":\"The "
		"quick brown fox jumps over the lazy dog\",\"labels\":[\"bug\",\"ops\",\"urgent\"],"
		"\"state\":\"open\",\"comments\":3,\"created_at\":\"2026-01-02T03:04:05Z\","
		"\"body\":"
		"\"It happened again last night, and nobody knows why. The graph shows a step at "
		"03:04 and a slow fall until the morning.\"},\"repository\":{\"full_name\":"
		"\"example/bench\",\"private\":true,\"default_branch\":\"main\"},\"sender\":"
		"{\"login\":\"octocat\",\"id\":583231,\"type\":\"User\"},\"amount\":%zu}",
		l->sent, l->sent % 10000, l->sent % 1000);
}

static void
hex(const unsigned char *in, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * len] = '\0';
}

static void
request_format(struct load *l, struct load_conn *c)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int mac_len = 0;
	char path[256], body[1024], signature[2 * EVP_MAX_MD_SIZE + 1];
	int body_len = body_format(l, body, sizeof(body));

	HMAC(EVP_sha256(), l->opt.secret, (int)strlen(l->opt.secret), (unsigned char *)body,
	     (size_t)body_len, mac, &mac_len);
	hex(mac, mac_len, signature);
	path_format(l, path, sizeof(path));
	c->out_len = (size_t)snprintf(
		c->out, sizeof(c->out),
		"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
		"Content-Length: %d\r\nUser-Agent: GitHub-Hookshot/bench\r\nX-GitHub-Event: "
		"issues\r\n"
		"X-GitHub-Delivery: %s-%zu\r\nX-Hub-Signature-256: sha256=%s\r\n\r\n%s",
		path, body_len, l->run_tag, l->sent, signature, body);
	c->out_done = 0;
	l->sent++;
}

static bool
is_over(const struct load *l)
{
	if (l->opt.count > 0 && l->sent >= (size_t)l->opt.count)
		return true;
	return l->sent >= SAMPLES_MAX || now_us() >= l->end_us;
}

static bool
conn_open(struct load *l, struct load_conn *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	if (!load_connect(c, l->opt.port))
		return false;
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

static void
conn_close(struct load_conn *c)
{
	close(c->fd);
	c->fd = -1;
}

/* A request of 1 KB goes out in one write; a socket that takes no more is as good as broken. */
static void
conn_next(struct load *l, struct load_conn *c)
{
	if (is_over(l)) {
		conn_close(c);
		return;
	}
	request_format(l, c);
	c->sent_at_us = now_us();
	if (load_write(c) != LOAD_DONE) {
		l->broken++;
		conn_close(c);
	}
}

static void
conn_answered(struct load *l, struct load_conn *c, int status)
{
	l->samples[l->answered++] = (uint32_t)(now_us() - c->sent_at_us);
	if (status / 100 == 2) {
		l->ok++;
	} else {
		l->refused++;
		l->last_refusal = status;
	}
	conn_next(l, c);
}

static void
conn_ready(struct load *l, struct load_conn *c)
{
	int status = 0;

	switch (load_read(c, &status)) {
	case LOAD_DONE:
		conn_answered(l, c, status);
		return;
	case LOAD_BROKEN:
		l->broken++;
		conn_close(c);
		if (!is_over(l) && conn_open(l, c))
			conn_next(l, c);
		return;
	case LOAD_MORE:
		return;
	}
}

static long
conns_open(const struct load *l)
{
	long open = 0;

	for (long i = 0; i < l->opt.connections; i++)
		open += l->conns[i].fd >= 0;
	return open;
}

static int
run(struct load *l)
{
	struct epoll_event events[64];

	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (long i = 0; i < l->opt.connections; i++)
		l->conns[i].fd = -1;
	for (long i = 0; i < l->opt.connections; i++) {
		if (!conn_open(l, &l->conns[i])) {
			fprintf(stderr, "bench-load: 127.0.0.1:%u: %s\n", l->opt.port,
				strerror(errno));
			return EXIT_FAILURE;
		}
	}
	l->start_us = now_us();
	l->end_us = l->start_us + (uint64_t)(l->opt.seconds * 1e6);
	for (long i = 0; i < l->opt.connections; i++)
		conn_next(l, &l->conns[i]);
	while (conns_open(l) > 0) {
		int n = epoll_wait(l->epoll_fd, events, 64, 10000);

		if (n == 0) {
			fprintf(stderr, "bench-load: no answer for ten seconds\n");
			return EXIT_FAILURE;
		}
		for (int i = 0; i < n; i++)
			conn_ready(l, events[i].data.ptr);
	}
	l->end_us = now_us();
	close(l->epoll_fd);
	return EXIT_SUCCESS;
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double
percentile_ms(const struct load *l, double part)
{
	size_t at = (size_t)((double)l->answered * part);

	if (l->answered == 0)
		return 0;
	return (double)l->samples[at < l->answered ? at : l->answered - 1] / 1000;
}

static void
report(struct load *l)
{
	double seconds = (double)(l->end_us - l->start_us) / 1e6;

	qsort(l->samples, l->answered, sizeof(*l->samples), compare_u32);
	printf("{\"ok\":%zu,\"refused\":%zu,\"last_refusal\":%d,\"broken\":%zu,\"seconds\":%.3f,"
	       "\"per_s\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n",
	       l->ok, l->refused, l->last_refusal, l->broken, seconds, (double)l->ok / seconds,
	       percentile_ms(l, 0.5), percentile_ms(l, 0.99), percentile_ms(l, 1));
}

static const char usage[] = "usage: bench-load --port N --path PATH --secret TEXT [--connections "
			    "32] [--seconds 5] [--count N] [--spread N]\n"
			    "\n"
			    "Sends signed deliveries to 127.0.0.1 until the time is over or N are "
			    "sent, and prints JSON.\n"
			    "--spread N: '@' in the path stands for 0 to N - 1 in turn.\n";

static bool
options_read(struct options *opt, int argc, char **argv)
{
	static const struct option known[] = { { "port", required_argument, NULL, 'p' },
					       { "path", required_argument, NULL, 'u' },
					       { "secret", required_argument, NULL, 'k' },
					       { "connections", required_argument, NULL, 'c' },
					       { "seconds", required_argument, NULL, 's' },
					       { "count", required_argument, NULL, 'n' },
					       { "spread", required_argument, NULL, 'w' },
					       { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'p':
			opt->port = (uint16_t)strtol(optarg, NULL, 10);
			break;
		case 'u':
			opt->path = optarg;
			break;
		case 'k':
			opt->secret = optarg;
			break;
		case 'c':
			opt->connections = strtol(optarg, NULL, 10);
			break;
		case 's':
			opt->seconds = strtod(optarg, NULL);
			break;
		case 'n':
			opt->count = strtol(optarg, NULL, 10);
			break;
		case 'w':
			opt->spread = strtol(optarg, NULL, 10);
			break;
		default:
			return false;
		}
	}
	return opt->port != 0 && opt->path != NULL && opt->secret != NULL && opt->connections > 0 &&
	       opt->connections <= CONNECTIONS_MAX && opt->spread > 0 && opt->seconds > 0 &&
	       opt->seconds <= 120;
}

int
main(int argc, char **argv)
{
	struct load l = { .opt = { .connections = 32, .spread = 1, .seconds = 5 } };
	int rc;

	if (!options_read(&l.opt, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	snprintf(l.run_tag, sizeof(l.run_tag), "%lx-%x", (long)time(NULL), (unsigned)getpid());
	l.conns = calloc((size_t)l.opt.connections, sizeof(*l.conns));
	l.samples = calloc(SAMPLES_MAX, sizeof(*l.samples));
	if (l.conns == NULL || l.samples == NULL) {
		fputs("bench-load: out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	rc = run(&l);
	if (rc == EXIT_SUCCESS)
		report(&l);
	free(l.conns);
	free(l.samples);
	return rc;
}
