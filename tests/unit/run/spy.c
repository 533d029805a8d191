/*
 * spy.c -- a jailed program that tells every secret it can get at: what code would that has broken out
 * of the script engine and is still in the jail.
 *
 * A secret is "secret-" and letters or digits.  It keeps a copy of all that it is sent, and looks for
 * secrets, at each request, in its whole heap and in its socket, where the next requests wait.  Its
 * answer is { "ok": true, "seen": [ each once ] }.
 */
#include "jail/jail.h"
#include "jail/options.h"
#include "jail/serve.h"
#include "jail/zygote.h"

#include <ctype.h>
#include <malloc.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MARK	     "secret-"
#define SECRET_MAX   64
#define SECRETS_MAX  4096
#define SOCKET_BYTES (64 * 1024)

static const int calls[] = { SCMP_SYS(recvfrom), -1 };

/* Outside of the heap, so that it does not find what it has found. */
static char found[SECRETS_MAX][SECRET_MAX];
static size_t found_count;
static char in_socket[SOCKET_BYTES];
static char *heap_start;

static void
add(const char *text, size_t len)
{
	for (size_t i = 0; i < found_count; i++)
		if (strncmp(found[i], text, len) == 0 && found[i][len] == '\0')
			return;
	if (found_count < SECRETS_MAX && len < SECRET_MAX)
		memcpy(found[found_count++], text, len);
}

static void
search(const char *from, size_t size)
{
	const char *end = from + size, *at = from;

	while ((at = memmem(at, (size_t)(end - at), MARK, sizeof(MARK) - 1)) != NULL) {
		size_t len = sizeof(MARK) - 1;

		while (at + len < end && isalnum((unsigned char)at[len]))
			len++;
		add(at, len);
		at += len;
	}
}

/* As long as code may take before nothing waits behind it. */
static void
dawdle(void)
{
	for (volatile int i = 0; i < 1000000; i++)
		continue;
}

static char *
spy(void *ctx, const char *request, size_t len, size_t *ret_len)
{
	const size_t max = 64 + SECRETS_MAX * (SECRET_MAX + 4);
	char *answer = malloc(max);
	char *at = answer + JAIL_HEADER_SIZE;
	ssize_t waiting;

	if (answer == NULL)
		abort();
	memset(found, 0, sizeof(found));
	found_count = 0;
	(void)!strdup(request); /* never freed */
	dawdle();
	waiting = recv(STDIN_FILENO, in_socket, sizeof(in_socket), MSG_PEEK | MSG_DONTWAIT);
	if (waiting > 0)
		search(in_socket, (size_t)waiting);
	search(heap_start, (size_t)((char *)sbrk(0) - heap_start));
	at = stpcpy(at, "{\"ok\":true,\"seen\":[");
	for (size_t i = 0; i < found_count; i++)
		at += sprintf(at, "%s\"%s\"", i > 0 ? "," : "", found[i]);
	at = stpcpy(at, "]}");
	*ret_len = (size_t)(at - answer) - JAIL_HEADER_SIZE;
	return answer;
}

int
main(int argc, char **argv)
{
	struct jail_conf conf = { .calls = calls };
	const struct jail_program program = { "usage: sandbox-spy\n", "sandbox-spy" };
	const char *unused;
	int status = jail_options(argc, argv, &program, &conf, &unused);

	if (status >= 0)
		return status;
	mallopt(M_MMAP_THRESHOLD, 64 * 1024 * 1024); /* all in the heap */
	heap_start = sbrk(0);
	jail_early(&conf);
	jail_leave(&conf);
	if (conf.is_zygote)
		jail_zygote(&conf);
	jail_close(&conf);
	jail_serve(spy, NULL, NULL);
	return EXIT_SUCCESS;
}
