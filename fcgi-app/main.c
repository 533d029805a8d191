/*
 * main.c -- tyboo-api: configuration, log, signals; everything else hangs off struct ty_app.
 *
 * Started by spawn-fcgi with a listening socket on descriptor 0, kept by multiwatch.
 */
#include "app.h"
#include "base/arena.h"
#include "base/crash.h"
#include "base/err.h"
#include "catalog/nodes_page.h"
#include "conf/program.h"
#include "http.h"
#include "node/registry.h"
#include "nodes/nodes.h"
#include "openapi.h"
#include "router.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LISTEN_FD 0

static const char usage[] =
	"usage: tyboo-api [--config FILE]\n"
	"       tyboo-api --openapi | --nodes | --version | --help\n"
	"\n"
	"Serves the API and webhooks over FastCGI, on the listening socket it is given as\n"
	"descriptor 0:\n"
	"\n"
	"  spawn-fcgi -n -s api.sock -- multiwatch -f 2 -- tyboo-api\n"
	"\n"
	"  --config FILE settings; else $TYBOO_CONF, else $TYBOO_HOME/etc/tyboo.conf\n"
	"  --openapi     print the OpenAPI document\n"
	"  --nodes       print docs/NODES.md, the page of all nodes\n"
	"\n"
	"SIGTERM, SIGINT, SIGUSR1 or SIGQUIT: accept no more, finish what is being answered (at "
	"most\n"
	"drain_ms), exit 0.  SIGUSR1 is what multiwatch sends when it is stopped.\n";

/*
 * All of them drain.  multiwatch passes SIGUSR1 on when it is stopped, whatever stopped it; with its "-s TERM" it
 * sends SIGQUIT, because it takes a name for the place in its own list.
 */
static const int stop_signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGQUIT };

static void
fail(const struct ty_err *err)
{
	fprintf(stderr, "tyboo-api: %s\n", err->msg);
	if (err->hint[0] != '\0')
		fprintf(stderr, "  what to do: %s\n", err->hint);
}

/* Until one of stop_signals, with a tick now and then. */
static void
wait_for_stop(struct ty_app *app, const sigset_t *signals)
{
	const struct timespec tick = { .tv_sec = 5 };

	do
		ty_app_tick(app);
	while (sigtimedwait(signals, NULL, &tick) < 0);
}

static int
serve(const struct ty_conf *conf, const struct ty_log *log, const sigset_t *signals)
{
	struct ty_err err = { TY_OK };
	struct ty_http_server *server;
	struct ty_app *app;

	if (ty_app_new(conf, log, &app, &err) != TY_OK) {
		ty_log_err(log, TY_LOG_ERROR, "cannot start", &err);
		fail(&err);
		return EXIT_FAILURE;
	}
	if (ty_http_server_new(app, LISTEN_FD, (size_t)conf->api_threads, &server, &err) != TY_OK) {
		ty_log_err(log, TY_LOG_ERROR, "cannot start", &err);
		ty_app_free(app);
		return EXIT_FAILURE;
	}
	ty_log_info(log, "ready", "threads=%lld", (long long)conf->api_threads);
	wait_for_stop(app, signals);
	ty_log_info(log, "draining", "%s", "");
	if (!ty_http_server_stop(server, conf->drain_ms)) {
		ty_log_warn(log, "stopped with requests unanswered", "drain_ms=%lld",
			    (long long)conf->drain_ms);
		ty_crash_end();
		_exit(EXIT_SUCCESS); /* the threads still use everything */
	}
	ty_http_server_free(server);
	ty_app_free(app);
	ty_log_info(log, "stopped", "%s", "");
	return EXIT_SUCCESS;
}

static int
run(struct ty_arena *arena, const char *conf_path)
{
	struct ty_err err = { TY_OK };
	const struct ty_conf *conf;
	struct ty_log log;
	sigset_t signals;
	int rc;

	if (!ty_http_can_listen(LISTEN_FD)) {
		ty_err_set(&err, TY_E_INVALID, "there is no listening socket on descriptor %d",
			   LISTEN_FD);
		ty_err_hint(&err, "spawn-fcgi -n -s api.sock -- multiwatch -f 2 -- tyboo-api");
		fail(&err);
		return 2;
	}
	if (ty_conf_load(arena, conf_path, &conf, &err) != TY_OK ||
	    ty_program_log(conf, "tyboo-api", &log, &err) != TY_OK) {
		fail(&err);
		return 2;
	}
	if (ty_crash_begin(conf->home, "tyboo-api", TY_VERSION, &err) != TY_OK) {
		ty_log_err(&log, TY_LOG_WARN, "a crash would leave no report", &err);
		ty_err_clear(&err);
	}
	signal(SIGPIPE, SIG_IGN);
	ty_program_leave_no_core();
	/* Before any thread is made, so that only wait_for_stop sees them. */
	sigemptyset(&signals);
	for (size_t i = 0; i < TY_ARRAY_COUNT(stop_signals); i++)
		sigaddset(&signals, stop_signals[i]);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	rc = serve(conf, &log, &signals);
	ty_crash_end();
	return rc;
}

static int
print_openapi(struct ty_arena *arena)
{
	size_t len;
	const char *text = ty_openapi_text(arena, ty_routes, true, &len);

	return fwrite(text, 1, len, stdout) == len && putchar('\n') != EOF && fflush(stdout) == 0
		       ? EXIT_SUCCESS
		       : EXIT_FAILURE;
}

static int
print_nodes(struct ty_arena *arena)
{
	struct ty_registry *registry;
	struct ty_err err = { .code = TY_OK };
	const char *text;
	size_t len;

	if (ty_nodes_load(arena, &registry, &err) != TY_OK) {
		fprintf(stderr, "tyboo-api: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	text = ty_nodes_page(arena, registry, &len);
	return fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0 ? EXIT_SUCCESS
									  : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct ty_arena *arena = ty_arena_new(NULL, "process", 0);
	int rc = EXIT_SUCCESS;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
	} else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("tyboo-api %s\n", TY_VERSION);
	} else if (argc == 2 && strcmp(argv[1], "--openapi") == 0) {
		rc = print_openapi(arena);
	} else if (argc == 2 && strcmp(argv[1], "--nodes") == 0) {
		rc = print_nodes(arena);
	} else if (argc == 1 || (argc == 3 && strcmp(argv[1], "--config") == 0)) {
		rc = run(arena, argc == 3 ? argv[2] : NULL);
	} else {
		fputs(usage, stderr);
		rc = 2;
	}
	ty_arena_free(arena);
	return rc;
}
