/*
 * tyboo-parse -- runs other people's parsers over hostile input, and holds nothing worth stealing.
 *
 *	tyboo-parse [--user NAME] [--memory BYTES] [--debug]
 *	tyboo-parse --help | --version
 *
 * Child of tyboo-run.  Speaks lib/sandbox/message.h on descriptor 0, a socket that its parent
 * made; closes the jail (lib/jail), which leaves it fewer system calls than the script engine has,
 * then answers one request after the other with a tool of tools.c until the parent hangs up.
 * Deadlines are the parent's: a tool that goes on is killed with us.
 */
#include "tool.h"

#include "base/arena.h"
#include "base/limits.h"
#include "jail/jail.h"
#include "jail/serve.h"

#include <getopt.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* pthread_once() of libjq wakes nobody. */
static const int tool_calls[] = { SCMP_SYS(futex), -1 };

static const char usage[] =
	"usage: tyboo-parse [--user NAME] [--memory BYTES] [--debug]\n"
	"Runs parsers over hostile input.  It is started by tyboo-run, with a socket as standard\n"
	"input.\n\n"
	"  --user NAME     become NAME, where started as root\n"
	"  --memory BYTES  of data beyond what the program itself has\n"
	"  --debug         keep standard error\n"
	"  --version\n"
	"  --help\n\n"
	"Exit status: 0 the parent hung up, 2 wrong usage, 3 no jail.\n";

enum { EXIT_USAGE = 2 };

static char *
parse_answer(void *ctx, const char *request, size_t len, size_t *ret_len)
{
	struct ty_arena *arena = ty_arena_new(NULL, "request", 0);
	const char *text = ty_json_dump(arena, tool_answer(arena, request, len), ret_len);
	char *answer = malloc(JAIL_HEADER_SIZE + *ret_len + 1);

	if (answer == NULL)
		abort();
	memcpy(answer + JAIL_HEADER_SIZE, text, *ret_len + 1);
	ty_arena_free(arena);
	return answer;
}

/* The exit status to end with at once; -1 = serve. */
static int
parse_options(int argc, char **argv, struct jail_conf *conf)
{
	static const struct option options[] = {
		{ "share", required_argument, NULL, 's' }, /* of every jailed program; unused */
		{ "user", required_argument, NULL, 'u' },
		{ "memory", required_argument, NULL, 'm' },
		{ "debug", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			break;
		case 'u':
			conf->user = optarg;
			break;
		case 'm':
			conf->memory_bytes = strtoll(optarg, NULL, 10);
			break;
		case 'd':
			conf->debug = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'v':
			puts("tyboo-parse " TY_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (isatty(STDIN_FILENO) || conf->memory_bytes <= 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct jail_conf conf = { .calls = tool_calls, .memory_bytes = TY_LIMIT_SANDBOX_BYTES };
	int status = parse_options(argc, argv, &conf);

	if (status >= 0)
		return status;
	jail_early(&conf);
	json_object_seed(0); /* reads /dev/urandom: before the files are gone */
	jail_close(&conf);
	jail_serve(parse_answer, NULL, NULL);
	return EXIT_SUCCESS;
}
