/*
 * services.c -- runs support/services.sh and keeps the pipe that it lives by.
 */
#include "support/services.h"

#include "base/defs.h"
#include "support/places.h"
#include "base/err.h"
#include "store/migrate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT TY_SOURCE_DIR "/tests/support/services.sh"

static void
services_die(const char *what)
{
	fprintf(stderr, "services: %s failed\n", what);
	exit(99);
}

/*
 * The holder is nobody's child and has its own session, so that whoever ends the test's
 * process tree does not end it before it has cleared up.
 */
static void
services_hold(struct services *svc, unsigned flags, int in, int out)
{
	const char *argv[6] = { SCRIPT, "hold", svc->dir };
	int n = 3;
	pid_t pid = fork();

	if (pid < 0)
		services_die("fork");
	if (pid > 0) {
		waitpid(pid, NULL, 0);
		return;
	}
	setsid();
	if (fork() != 0)
		_exit(0);
	if ((flags & SERVICES_POSTGRES) != 0)
		argv[n++] = "postgres";
	if ((flags & SERVICES_REDIS) != 0)
		argv[n++] = "redis";
	argv[n] = NULL;
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execv(SCRIPT, (char **)argv);
	_exit(127);
}

static void
services_migrate(const struct services *svc)
{
	struct ty_migrate_report report;
	struct ty_err err = { TY_OK };

	if (ty_migrate_apply(svc->owner_database_url, TY_SOURCE_DIR "/sql", NULL, NULL, &report,
			     &err) != TY_OK) {
		fprintf(stderr, "%s\n", err.msg);
		services_die("migrate");
	}
}

void
services_start(struct services *svc, unsigned flags)
{
	int in[2], out[2];
	char ready[6];

	memset(svc, 0, sizeof(*svc));
	strcpy(svc->dir, "/tmp/ty.XXXXXX");
	if (mkdtemp(svc->dir) == NULL || pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		services_die("a folder and two pipes");
	services_hold(svc, flags, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	svc->hold_fd = in[1];
	svc->report_fd = out[0];
	if (read(svc->report_fd, ready, sizeof(ready)) != sizeof(ready))
		services_die("starting the servers");
	if ((flags & SERVICES_POSTGRES) != 0) {
		snprintf(svc->database_url, sizeof(svc->database_url),
			 "host=%s dbname=tyboo user=tyboo_app", svc->dir);
		snprintf(svc->owner_database_url, sizeof(svc->owner_database_url),
			 "host=%s dbname=tyboo user=tyboo_owner", svc->dir);
	}
	if ((flags & SERVICES_REDIS) != 0)
		snprintf(svc->redis_url, sizeof(svc->redis_url), "unix:%s/redis.sock", svc->dir);
	if ((flags & SERVICES_MIGRATED) != 0)
		services_migrate(svc);
}

void
services_stop(struct services *svc)
{
	char rest;

	close(svc->hold_fd);
	/* The script's end ends the pipe. */
	while (read(svc->report_fd, &rest, 1) > 0)
		;
	close(svc->report_fd);
}

static void
services_run(const char *command, const char *dir, const char *what)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		services_die("fork");
	if (pid == 0) {
		execl(SCRIPT, SCRIPT, command, dir, what, (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		services_die(command);
}

void
svc_postgres_kill9(const struct services *svc)
{
	services_run("kill9", svc->dir, "postgres");
}

void
svc_redis_kill9(const struct services *svc)
{
	services_run("kill9", svc->dir, "redis");
}

void
svc_postgres_start(const struct services *svc)
{
	services_run("boot", svc->dir, "postgres");
}

void
svc_redis_start(const struct services *svc)
{
	services_run("boot", svc->dir, "redis");
}
