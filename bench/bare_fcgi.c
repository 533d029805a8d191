/*
 * bare_fcgi.c -- bench-bare: the least that a program behind nginx can do, as a ceiling for ours.
 *
 *   plain    reads the body, answers 202
 *   stores   the same, after one Postgres INSERT + COMMIT and one Redis XADD of its own
 *   grouped  the same, after a COMMIT and an XADD pipeline shared with the requests in flight
 *
 * Plain libfcgi accept loops, as many as tyboo-api has threads.  Descriptor 0 is the listening
 * socket (spawn-fcgi); SIGTERM ends the process at once: it holds nothing that must be kept.
 */
#include "bare_group.h"
#include "bare_store.h"

#include <fcgiapp.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX    16384
#define THREADS_MAX 1024

enum mode { MODE_PLAIN, MODE_STORES, MODE_GROUPED };

struct bare {
	enum mode mode;
	const char *redis, *conninfo;
	long threads;
	struct bare_group *group;
};

static int
keep(const struct bare *bare, struct bare_store *store, const struct bare_item *item)
{
	switch (bare->mode) {
	case MODE_STORES:
		return bare_store_keep(store, item, 1);
	case MODE_GROUPED:
		return bare_group_keep(bare->group, item);
	case MODE_PLAIN:
		break;
	}
	return 0;
}

static void
serve_one(const struct bare *bare, struct bare_store *store, FCGX_Request *request)
{
	char body[BODY_MAX];
	int len = FCGX_GetStr(body, sizeof(body), request->in);
	struct bare_item item = { .body = body, .len = len > 0 ? (size_t)len : 0 };

	if (keep(bare, store, &item) == 0)
		FCGX_PutS("Status: 202 Accepted\r\nContent-Type: application/json\r\n"
			  "Content-Length: 17\r\n\r\n{\"accepted\":true}",
			  request->out);
	else
		FCGX_PutS("Status: 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
			  request->out);
}

static void *
loop(void *arg)
{
	const struct bare *bare = arg;
	struct bare_store *store = NULL;
	FCGX_Request request;

	if (bare->mode == MODE_STORES &&
	    (store = bare_store_new(bare->redis, bare->conninfo)) == NULL)
		exit(EXIT_FAILURE);
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		serve_one(bare, store, &request);
		FCGX_Finish_r(&request);
	}
	bare_store_free(store);
	return NULL;
}

static int
serve(struct bare *bare)
{
	pthread_t threads[THREADS_MAX];

	if (bare->mode == MODE_GROUPED) {
		struct bare_store *store = bare_store_new(bare->redis, bare->conninfo);

		if (store == NULL || (bare->group = bare_group_new(store)) == NULL)
			return EXIT_FAILURE;
	}
	FCGX_Init();
	/* multiwatch asks with SIGUSR1, for which libfcgi has a handler that lets a loop in accept go on. */
	signal(SIGUSR1, SIG_DFL);
	for (long i = 0; i < bare->threads; i++) {
		if (pthread_create(&threads[i], NULL, loop, bare) != 0)
			return EXIT_FAILURE;
	}
	for (long i = 0; i < bare->threads; i++)
		pthread_join(threads[i], NULL);
	return EXIT_SUCCESS;
}

static const char usage[] = "usage: bench-bare --mode plain|stores|grouped --threads N [--redis "
			    "SOCKET --postgres CONNINFO]\n";

int
main(int argc, char **argv)
{
	static const struct option known[] = { { "mode", required_argument, NULL, 'm' },
					       { "threads", required_argument, NULL, 't' },
					       { "redis", required_argument, NULL, 'r' },
					       { "postgres", required_argument, NULL, 'p' },
					       { NULL, 0, NULL, 0 } };
	static const char *const modes[] = { "plain", "stores", "grouped" };
	struct bare bare = { .mode = MODE_PLAIN, .threads = 0 };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'm':
			for (int i = 0; i < 3; i++)
				if (strcmp(optarg, modes[i]) == 0)
					bare.mode = (enum mode)i;
			break;
		case 't':
			bare.threads = strtol(optarg, NULL, 10);
			break;
		case 'r':
			bare.redis = optarg;
			break;
		case 'p':
			bare.conninfo = optarg;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (bare.threads < 1 || bare.threads > THREADS_MAX ||
	    (bare.mode != MODE_PLAIN && (bare.redis == NULL || bare.conninfo == NULL))) {
		fputs(usage, stderr);
		return 2;
	}
	return serve(&bare);
}
