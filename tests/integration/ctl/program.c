/*
 * program.c -- see program.h.  Input and output go through unlinked files: no pipe can fill up.
 */
#include "integration/ctl/program.h"

#include "base/arena.h"
#include "base/buf.h"
#include "support/places.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
must(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

void
program_home(const struct services *svc)
{
	char path[128];
	FILE *conf;

	snprintf(path, sizeof(path), "%s/home", svc->dir);
	must(mkdir(path, 0755) == 0, path);
	setenv("TYBOO_HOME", path, 1);
	snprintf(path, sizeof(path), "%s/home/run", svc->dir);
	must(mkdir(path, 0755) == 0, path);
	snprintf(path, sizeof(path), "%s/home/etc", svc->dir);
	must(mkdir(path, 0755) == 0, path);
	snprintf(path, sizeof(path), "%s/home/etc/tyboo.conf", svc->dir);
	conf = fopen(path, "w");
	must(conf != NULL, path);
	fprintf(conf, "database_url = %s\nredis_url = %s\nshare_dir = %s\nsandbox_path = %s\n",
		svc->database_url, svc->redis_url, TY_SOURCE_DIR,
		TY_BUILD_DIR "/bin/tyboo-sandbox");
	fclose(conf);
	setenv("TYBOO_OWNER_DATABASE_URL", svc->owner_database_url, 1);
	unsetenv("TYBOO_CONF");
	unsetenv("TYBOO_WORKSPACE");
}

static int
temp_file(const char *text)
{
	char path[] = "/tmp/ty-ctl.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	size_t len = text != NULL ? strlen(text) : 0;

	must(fd >= 0 && unlink(path) == 0, path);
	must(write(fd, text != NULL ? text : "", len) == (ssize_t)len &&
		     lseek(fd, 0, SEEK_SET) == 0,
	     path);
	return fd;
}

static char *
read_all(struct ty_arena *arena, int fd)
{
	struct ty_buf buf;
	ssize_t n;

	ty_buf_init(&buf, arena, 4096);
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, ty_buf_reserve(&buf, 4096), 4096)) > 0)
		ty_buf_extend(&buf, (size_t)n);
	close(fd);
	return buf.data;
}

static pid_t
spawn(const char *path, const char *const *words, int in, int out, int err)
{
	const char *argv[PROGRAM_WORDS_MAX + 2] = { path };
	pid_t parent = getpid(), pid;

	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		must(i < PROGRAM_WORDS_MAX, "too many words");
		argv[i + 1] = words[i];
	}
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(99);
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		execv(path, (char **)argv);
		_exit(99);
	}
	return pid;
}

static int
collect(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct said
program_run(struct ty_arena *arena, const char *path, const char *input, const char *const *words)
{
	int in = temp_file(input), out = temp_file(NULL), err = temp_file(NULL);
	struct said said = { .code = collect(spawn(path, words, in, out, err)) };

	close(in);
	said.out = read_all(arena, out);
	said.err = read_all(arena, err);
	return said;
}

pid_t
program_start(const char *path)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = spawn(path, NULL, null, null, STDERR_FILENO);

	close(null);
	return pid;
}

int
program_stop(pid_t pid)
{
	kill(pid, SIGTERM);
	return collect(pid);
}
