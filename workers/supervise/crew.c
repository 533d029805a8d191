/*
 * crew.c -- see crew.h.
 */
#include "crew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_CANNOT_EXEC 127 /* the code that a shell gives */

void
crew_init(struct crew *crew, const struct ty_log *log, const char *program, struct member *members,
	  size_t count, int64_t grace_ms, const sigset_t *child_mask)
{
	*crew = (struct crew){
		.log = log,
		.program = program,
		.grace_ms = grace_ms,
		.child_mask = *child_mask,
		.roll = count,
		.count = count,
		.members = members,
	};
}

static size_t
member_index(const struct crew *crew, const struct member *member)
{
	return (size_t)(member - crew->members);
}

/* In the child.  Never returns. */
static void
become(const struct crew *crew, size_t index, pid_t parent)
{
	char *argv[] = { (char *)crew->program, NULL };
	char number[24];

	/* The parent may have died before the kernel was asked. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_CANNOT_EXEC);
	snprintf(number, sizeof(number), "%zu", index);
	setenv("TYBOO_INSTANCE", number, 1);
	sigprocmask(SIG_SETMASK, &crew->child_mask, NULL);
	execvp(crew->program, argv);
	_exit(EXIT_CANNOT_EXEC);
}

static void
member_start(struct crew *crew, struct member *member, int64_t now_ms)
{
	size_t index = member_index(crew, member);
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(crew, index, parent);
	if (pid < 0) {
		member->due_ms = now_ms + backoff_next(&member->backoff, 0);
		ty_log_error(crew->log, "cannot fork", "instance=%zu errno=%d again_ms=%lld", index,
			     errno, (long long)(member->due_ms - now_ms));
		return;
	}
	member->pid = pid;
	member->state = MEMBER_UP;
	member->started_ms = now_ms;
	ty_log_info(crew->log, "started", "instance=%zu child=%d", index, (int)pid);
}

static void
member_stop(struct crew *crew, struct member *member, int64_t now_ms)
{
	if (member->state != MEMBER_UP)
		return;
	kill(member->pid, SIGTERM);
	member->state = MEMBER_STOPPING;
	member->due_ms = now_ms + crew->grace_ms;
}

static void
member_kill(struct crew *crew, struct member *member)
{
	ty_log_warn(crew->log, "did not stop in time: killed",
		    "instance=%zu child=%d grace_ms=%lld", member_index(crew, member),
		    (int)member->pid, (long long)crew->grace_ms);
	kill(member->pid, SIGKILL);
	member->due_ms = INT64_MAX;
}

static void
member_ended(struct crew *crew, struct member *member, int status, int64_t now_ms)
{
	bool was_asked = member->state == MEMBER_STOPPING;
	int64_t ran_ms = now_ms - member->started_ms;
	int64_t wait_ms = was_asked ? 0 : backoff_next(&member->backoff, ran_ms);
	char how[64];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal=%d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit=%d", WEXITSTATUS(status));
	ty_log_at(crew->log, was_asked ? TY_LOG_INFO : TY_LOG_WARN, was_asked ? "stopped" : "ended",
		  "instance=%zu child=%d %s ran_ms=%lld again_ms=%lld", member_index(crew, member),
		  (int)member->pid, how, (long long)ran_ms, (long long)wait_ms);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CANNOT_EXEC)
		ty_log_error(crew->log, "the program cannot be run", "program=%s", crew->program);
	member->pid = 0;
	member->state = MEMBER_DOWN;
	member->due_ms = now_ms + wait_ms;
}

void
crew_reap(struct crew *crew, int64_t now_ms)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < crew->count; i++) {
			if (crew->members[i].pid == pid)
				member_ended(crew, &crew->members[i], status, now_ms);
		}
	}
}

/* Invariant (3). */
static void
roll_on(struct crew *crew, int64_t now_ms)
{
	while (crew->roll < crew->count) {
		struct member *member = &crew->members[crew->roll];

		if (!crew->roll_is_stopped) {
			member_stop(crew, member, now_ms);
			crew->roll_is_stopped = true;
		}
		if (member->state != MEMBER_UP || now_ms - member->started_ms < CREW_SETTLE_MS)
			return;
		crew->roll_is_stopped = false;
		if (++crew->roll == crew->count)
			ty_log_info(crew->log, "all were restarted", "instances=%zu", crew->count);
	}
}

void
crew_tick(struct crew *crew, int64_t now_ms)
{
	for (size_t i = 0; i < crew->count; i++) {
		struct member *member = &crew->members[i];

		if (member->state == MEMBER_STOPPING && now_ms >= member->due_ms)
			member_kill(crew, member);
		else if (member->state == MEMBER_DOWN && !crew->is_stopping &&
			 now_ms >= member->due_ms)
			member_start(crew, member, now_ms);
	}
	if (!crew->is_stopping)
		roll_on(crew, now_ms);
}

void
crew_stop(struct crew *crew, int64_t now_ms)
{
	crew->is_stopping = true;
	for (size_t i = 0; i < crew->count; i++)
		member_stop(crew, &crew->members[i], now_ms);
}

void
crew_roll(struct crew *crew)
{
	crew->roll = 0;
	crew->roll_is_stopped = false;
}

bool
crew_is_gone(const struct crew *crew)
{
	for (size_t i = 0; i < crew->count; i++) {
		if (crew->members[i].pid != 0)
			return false;
	}
	return crew->is_stopping;
}

int64_t
crew_wait_ms(const struct crew *crew, int64_t now_ms)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < crew->count; i++) {
		const struct member *member = &crew->members[i];
		int64_t due = INT64_MAX;

		if (member->state == MEMBER_STOPPING ||
		    (member->state == MEMBER_DOWN && !crew->is_stopping))
			due = member->due_ms;
		else if (member->state == MEMBER_UP && i == crew->roll)
			due = member->started_ms + CREW_SETTLE_MS;
		if (due < next)
			next = due;
	}
	if (next == INT64_MAX)
		return -1;
	return next > now_ms ? next - now_ms : 0;
}
