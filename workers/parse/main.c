/*
 * tyboo-parse -- runs other people's parsers over hostile input, and holds nothing worth stealing.
 *
 *	tyboo-parse [--user NAME] [--memory BYTES] [--debug] [--zygote]
 *	tyboo-parse --help | --version
 *
 * Child of tyboo-run.  Speaks lib/sandbox/message.h on descriptor 0, a socket that its parent
 * made; closes the jail (lib/jail), which leaves it fewer system calls than the script engine has,
 * then answers one request after the other with a tool of tools.c until the parent hangs up.
 * Deadlines are the parent's: a tool that goes on is killed with us.
 */
#include "file_tool.h"
#include "tool.h"

#include "base/arena.h"
#include "base/limits.h"
#include "jail/jail.h"
#include "jail/options.h"
#include "jail/serve.h"
#include "jail/zygote.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* pthread_once() of libjq wakes nobody. */
static const int tool_calls[] = { SCMP_SYS(futex), -1 };

static const char usage[] =
	"usage: tyboo-parse [--user NAME] [--memory BYTES] [--debug] [--zygote]\n"
	"Runs parsers over hostile input.  It is started by tyboo-run, with a socket as standard\n"
	"input.\n\n"
	"  --user NAME     become NAME, where started as root\n"
	"  --memory BYTES  of data beyond what the program itself has\n"
	"  --debug         keep standard error\n"
	"  --zygote        make children that serve, one for each socket that is sent\n"
	"  --version\n"
	"  --help\n\n"
	"Exit status: 0 the parent hung up, 2 wrong usage, 3 no jail.\n";

static char *
parse_answer(void *ctx, const char *request, size_t len, size_t *ret_len)
{
	struct ty_arena *arena;
	const char *text;
	char *answer;

	if (len > 0 && request[0] == 0)
		return file_tool_answer(request, len, JAIL_HEADER_SIZE, ret_len);
	arena = ty_arena_new(NULL, "request", 0);
	text = ty_json_dump(arena, tool_answer(arena, request, len), ret_len);
	answer = malloc(JAIL_HEADER_SIZE + *ret_len + 1);
	if (answer == NULL)
		abort();
	memcpy(answer + JAIL_HEADER_SIZE, text, *ret_len + 1);
	ty_arena_free(arena);
	return answer;
}

static int
by_byte(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/* Let qsort() of glibc ask for the machine's memory now, because sysinfo() is forbidden when tools sort: it asks once
 * in a process's life, for the first array of a kilobyte. */
static void
sort_once(void)
{
	char bytes[2048] = { 1 };

	qsort(bytes, sizeof(bytes), 1, by_byte);
}

int
main(int argc, char **argv)
{
	struct jail_conf conf = { .calls = tool_calls, .memory_bytes = TY_LIMIT_SANDBOX_BYTES };
	const struct jail_program program = { usage, "tyboo-parse " TY_VERSION };
	const char *unused; /* the program has no files */
	int status = jail_options(argc, argv, &program, &conf, &unused);

	if (status >= 0)
		return status;
	jail_early(&conf);
	sort_once();
	json_object_seed(0); /* reads /dev/urandom: before the files are gone */
	jail_leave(&conf);
	if (conf.is_zygote)
		jail_zygote(&conf);
	jail_close(&conf);
	jail_serve(parse_answer, NULL, NULL);
	return EXIT_SUCCESS;
}
