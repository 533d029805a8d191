/*
 * start.c -- what a jailed process costs from nothing to its first answer.
 *
 *	bench-start PROGRAM SHARE_DIR [COUNT]
 *
 * Four ways, each COUNT times (200), one after the other, as one JSON object: "exec", a bare fork and exec of a
 * program that ends at once; "cold", PROGRAM itself; "warm", a child of its zygote; "turn", such a child that answers
 * as many requests as a workspace has in its turn.  "ms" is the median time to the (last) answer (exec: to the end),
 * "cpu_us" all that one took: ours, its own to its end, and the zygote's; "faults" its own pages that had to be made.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "sandbox/zygote.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 10000
/* SANDBOX_TURN (workers/run/sandbox_lane.h). */
#define TURN 8

/* A script, for tyboo-sandbox; tyboo-parse has no such tool, and answers that. */
static const char request[] = "{\"kind\":\"code_all\",\"now_ms\":0,\"seed\":\"00\",\"timezone\":"
			      "\"UTC\",\"items\":[{\"json\":{\"n\":1}}],"
			      "\"nodes\":{},\"vars\":{},\"execution\":{},\"workflow\":{},\"code\":"
			      "\"return $input.all()\"}";

struct bench {
	struct ty_sandbox_conf conf;
	struct ty_sandbox_process zygote;
	struct ty_arena *arena;
	json_t *request;
	struct ty_err err;
};

static int64_t
time_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
usage_us(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
	       u.ru_stime.tv_usec;
}

static int64_t
all_cpu_us(const struct bench *b)
{
	clockid_t clock;
	int64_t us = usage_us(RUSAGE_SELF) + usage_us(RUSAGE_CHILDREN);

	if (b->zygote.pid > 0 && clock_getcpuclockid(b->zygote.pid, &clock) == 0)
		us += time_us(clock);
	return us;
}

static long
ended_faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return u.ru_minflt;
}

static _Noreturn void
die(const struct bench *b, const char *what)
{
	fprintf(stderr, "bench-start: %s: %s\n", what, b->err.msg);
	exit(EXIT_FAILURE);
}

static void
start_exec(struct bench *b, int64_t *ret_end_us)
{
	char *const argv[] = { "/bin/true", NULL };
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, NULL) != 0)
		die(b, argv[0]);
	waitpid(pid, NULL, 0);
	*ret_end_us = time_us(CLOCK_MONOTONIC);
}

static void
ask(struct bench *b, struct ty_sandbox_process *process, int64_t *ret_end_us)
{
	json_t *answer;

	/* An answer that says no is one. */
	if (ty_sandbox_request(process, &b->conf, b->arena, b->request, 10000, &answer, &b->err) !=
		    TY_OK &&
	    b->err.code != TY_E_INVALID)
		die(b, b->conf.path);
	*ret_end_us = time_us(CLOCK_MONOTONIC);
}

static void
start_cold(struct bench *b, int64_t *ret_end_us)
{
	struct ty_sandbox_process process = { 0 };

	ask(b, &process, ret_end_us);
	ty_sandbox_kill(&process);
}

static void
start_turn_of(struct bench *b, int requests, int64_t *ret_end_us)
{
	struct ty_sandbox_process process;

	if (ty_sandbox_zygote_bear(&b->zygote, &b->conf, &process, &b->err) != TY_OK)
		die(b, "zygote");
	for (int i = 0; i < requests; i++)
		ask(b, &process, ret_end_us);
	ty_sandbox_kill(&process);
}

static void
start_warm(struct bench *b, int64_t *ret_end_us)
{
	start_turn_of(b, 1, ret_end_us);
}

static void
start_turn(struct bench *b, int64_t *ret_end_us)
{
	start_turn_of(b, TURN, ret_end_us);
}

static int
by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure(struct bench *b, const char *name, void (*start)(struct bench *, int64_t *), int count)
{
	static int64_t took_us[COUNT_MAX];
	size_t middle = (size_t)count / 2;
	int64_t cpu_us, end_us;
	long faults;

	start(b, &end_us); /* files are in memory then */
	cpu_us = all_cpu_us(b);
	faults = ended_faults();
	for (int i = 0; i < count; i++) {
		int64_t begun_us = time_us(CLOCK_MONOTONIC);

		start(b, &end_us);
		took_us[i] = end_us - begun_us;
		ty_arena_clear(b->arena);
	}
	cpu_us = all_cpu_us(b) - cpu_us;
	qsort(took_us, (size_t)count, sizeof(*took_us), by_value);
	faults = ended_faults() - faults;
	printf("\"%s\":{\"ms\":%.3f,\"cpu_us\":%lld,\"faults\":%ld}", name,
	       (double)took_us[middle] / 1000, (long long)(cpu_us / count), faults / count);
}

int
main(int argc, char **argv)
{
	struct bench b = { .arena = ty_arena_new(NULL, "bench", 0) };
	struct ty_arena *whole = ty_arena_new(NULL, "bench", 0);
	int64_t end_us;
	int count = argc > 3 ? atoi(argv[3]) : 200;

	if (argc < 3 || count < 1 || count > COUNT_MAX) {
		fputs("usage: bench-start PROGRAM SHARE_DIR [COUNT]\n", stderr);
		return 2;
	}
	b.conf = (struct ty_sandbox_conf){ .path = argv[1], .share_dir = argv[2] };
	if (ty_json_parse(whole, request, strlen(request), &b.request, &b.err) != TY_OK)
		die(&b, "request");
	printf("{");
	measure(&b, "exec", start_exec, count);
	printf(",");
	measure(&b, "cold", start_cold, count);
	printf(",");
	start_warm(&b, &end_us); /* the program is ready then */
	measure(&b, "warm", start_warm, count);
	printf(",");
	measure(&b, "turn", start_turn, count);
	printf("}\n");
	ty_sandbox_kill(&b.zygote);
	ty_arena_free(b.arena);
	ty_arena_free(whole);
	return EXIT_SUCCESS;
}
