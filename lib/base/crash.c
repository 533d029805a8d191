/*
 * crash.c -- the handler of deadly signals: see crash.h.
 *
 * Invariants:
 *   (1) The handler takes no lock, no memory and no buffered stream: write(2), clock_gettime(2), sigaction(2),
 *       raise(3), and backtrace(3), whose library is loaded by a first call at the start.
 *   (2) What may be damaged is read last: the objects and the signal are told before the runs.
 *   (3) A fault within the handler ends the process by the signal's default.
 */
#include "base/crash.h"

#include "base/err.h"

#include <elf.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The unwinder takes some KiB; a page more costs nothing until it is used. */
#define STACK_BYTES 65536
/* A worker has some 40; what is loaded later is told by its address alone. */
#define OBJECTS_MAX    96
#define NAME_MAX_BYTES 64
#define BUILD_BYTES    20 /* SHA-1, as ld makes it */

struct object {
	char name[NAME_MAX_BYTES];
	uintptr_t base, begin, end;
};

static const struct {
	int number;
	const char *name;
} signals[] = {
	{ SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" },	{ SIGFPE, "SIGFPE" },
	{ SIGILL, "SIGILL" },	{ SIGABRT, "SIGABRT" },
};

/* The process's, as its handlers are (crash.h). */
static struct {
	int fd; /* 0 = none: never a report's, which is opened with the standard ones there */
	char path[512];
	const char *program, *version;
	pid_t pid;
	char build[2 * BUILD_BYTES + 1];
	struct object objects[OBJECTS_MAX];
	size_t object_count;
	struct sigaction before[TY_ARRAY_COUNT(signals)];
	struct ty_crash_run *volatile first, *volatile at;
	void *frames[TY_CRASH_FRAMES_MAX];
	char out[4096];
	size_t out_len;
	volatile sig_atomic_t is_dying;
} crash;

static _Alignas(16) char crash_stack[STACK_BYTES];

/* ---- within the handler ---- */

static void
out_flush(void)
{
	size_t done = 0;

	while (done < crash.out_len) {
		ssize_t n = write(crash.fd, crash.out + done, crash.out_len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	crash.out_len = 0;
}

static void
out_bytes(const char *text, size_t max)
{
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		if (crash.out_len == sizeof(crash.out))
			out_flush();
		crash.out[crash.out_len++] = text[i];
	}
}

static void
out(const char *text)
{
	out_bytes(text, SIZE_MAX);
}

static void
out_number(uint64_t n, unsigned base)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n > 0);
	out(base == 16 ? "0x" : "");
	out(digits + at);
}

static void
out_pair(const char *word, const char *value)
{
	out(word);
	out(" ");
	out(value);
	out("\n");
}

static void
out_frame(uintptr_t address)
{
	out("frame ");
	for (size_t i = 0; i < crash.object_count; i++) {
		const struct object *o = &crash.objects[i];

		if (address >= o->begin && address < o->end) {
			out(o->name);
			out("+");
			address -= o->base;
			break;
		}
	}
	out_number(address, 16);
	out("\n");
}

/* A node's id is the author's: bytes that would end a word or a line become '?'. */
static void
out_node(const char *node)
{
	char c[2] = { 0 };

	for (size_t i = 0; i < 128 && node[i] != '\0'; i++) {
		c[0] = (unsigned char)node[i] > ' ' && node[i] != 0x7f ? node[i] : '?';
		out(c);
	}
}

static void
out_run(const char *word, const struct ty_crash_run *run)
{
	out(word);
	out(" ");
	out_bytes(run->run.s, sizeof(run->run.s));
	out(" ");
	out_bytes(run->workspace.s, sizeof(run->workspace.s));
	out(" ");
	out_bytes(run->workflow.s, sizeof(run->workflow.s));
	out(" ");
	if (run->node != NULL)
		out_node(run->node);
	else
		out("-");
	out("\n");
}

static void
out_runs(void)
{
	size_t count = 0;

	if (crash.at != NULL)
		out_run("at", crash.at);
	for (const struct ty_crash_run *run = crash.first; run != NULL && count < TY_CRASH_RUNS_MAX;
	     run = run->next, count++)
		if (run != crash.at)
			out_run("held", run);
}

static const char *
signal_name(int number)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(signals); i++)
		if (signals[i].number == number)
			return signals[i].name;
	return "-";
}

static void
report(int number, const siginfo_t *info)
{
	struct timespec now;
	int count;

	clock_gettime(CLOCK_REALTIME, &now);
	out_pair("program", crash.program);
	out_pair("version", crash.version);
	out_pair("build", crash.build[0] != '\0' ? crash.build : "-");
	out("pid ");
	out_number((uint64_t)crash.pid, 10);
	out("\nat_ms ");
	out_number((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, 10);
	out("\nsignal ");
	out_number((uint64_t)number, 10);
	out(" ");
	out(signal_name(number));
	out("\naddress ");
	/* A signal that a process sent has no address. */
	out_number(info->si_code > 0 ? (uintptr_t)info->si_addr : 0, 16);
	out("\n");
	out_flush();
	count = backtrace(crash.frames, TY_CRASH_FRAMES_MAX);
	for (int i = 0; i < count; i++)
		out_frame((uintptr_t)crash.frames[i]);
	out_flush();
	out_runs();
	out("end\n");
	out_flush();
}

static void
tell(const char *signal_text)
{
	int fd = crash.fd;

	crash.fd = STDERR_FILENO;
	out("level=error prog=");
	out(crash.program);
	out(" msg=\"died of a signal\" signal=");
	out(signal_text);
	out(" report=");
	out(crash.path);
	out("\n");
	out_flush();
	crash.fd = fd;
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	/* A child that was forked and has not become another program is not the one that is reported. */
	if (!crash.is_dying && crash.fd > 0 && getpid() == crash.pid) {
		crash.is_dying = 1;
		report(number, info);
		tell(signal_name(number));
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(signals); i++)
		if (signals[i].number == number)
			sigaction(number, &crash.before[i], NULL);
	/* A fault comes again by itself, at the same place; what was sent does not. */
	if (info->si_code <= 0)
		raise(number);
}

/* ---- before ---- */

static void
build_take(const char *note, size_t len)
{
	while (len >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *head = (const void *)note;
		size_t name = (head->n_namesz + 3U) & ~3U, desc = (head->n_descsz + 3U) & ~3U;
		const unsigned char *id = (const void *)(note + sizeof(*head) + name);

		if (sizeof(*head) + name + desc > len)
			return;
		if (head->n_type == NT_GNU_BUILD_ID && head->n_descsz <= BUILD_BYTES) {
			for (size_t i = 0; i < head->n_descsz; i++)
				snprintf(crash.build + 2 * i, 3, "%02x", id[i]);
			return;
		}
		note += sizeof(*head) + name + desc;
		len -= sizeof(*head) + name + desc;
	}
}

/* The program itself comes first, and has no name. */
static int
object_take(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct object *o = &crash.objects[crash.object_count];
	const char *slash = strrchr(info->dlpi_name, '/');
	const char *name = slash != NULL ? slash + 1 : info->dlpi_name;

	(void)size;
	(void)ctx;
	if (crash.object_count == OBJECTS_MAX)
		return 1;
	snprintf(o->name, sizeof(o->name), "%s",
		 crash.object_count == 0 ? crash.program
		 : *name != '\0'	 ? name
					 : "-");
	o->base = info->dlpi_addr;
	o->begin = UINTPTR_MAX;
	o->end = 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + h->p_vaddr;

		if (h->p_type == PT_NOTE && crash.object_count == 0)
			build_take((const char *)from, h->p_memsz);
		if (h->p_type != PT_LOAD)
			continue;
		o->begin = from < o->begin ? from : o->begin;
		o->end = from + h->p_memsz > o->end ? from + h->p_memsz : o->end;
	}
	crash.object_count++;
	return 0;
}

static void
signals_take(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_sp = crash_stack, .ss_size = sizeof(crash_stack) }, there;

	/* A sanitizer may have brought a stack, which it takes down itself. */
	if (sigaltstack(NULL, &there) == 0 && (there.ss_flags & SS_DISABLE) != 0)
		sigaltstack(&stack, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < TY_ARRAY_COUNT(signals); i++)
		sigaction(signals[i].number, &action, &crash.before[i]);
}

static enum ty_code
unusable(const char *path, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "%s: %s", path, strerror(errno));
	return ty_err_hint(err, "Is the setting \"home\" right, and may this user write there?");
}

static enum ty_code
folder_make(const char *home, struct ty_err *err)
{
	char path[sizeof(crash.path)];

	snprintf(path, sizeof(path), "%s/run", home);
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return unusable(path, err);
	snprintf(path, sizeof(path), "%s/" TY_CRASH_FOLDER, home);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return unusable(path, err);
	return TY_OK;
}

/* Locked before it has its name, so that nobody takes it for that of a process that is gone. */
static enum ty_code
file_open(const char *home, struct ty_err *err)
{
	char begun[sizeof(crash.path)];
	int fd;

	snprintf(begun, sizeof(begun), "%s/" TY_CRASH_FOLDER "/.%s.%d", home, crash.program,
		 (int)crash.pid);
	snprintf(crash.path, sizeof(crash.path), "%s/" TY_CRASH_FOLDER "/%s.%d", home,
		 crash.program, (int)crash.pid);
	(void)unlink(begun); /* the report of a dead process that had the same pid */
	fd = open(begun, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return unusable(begun, err);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || rename(begun, crash.path) != 0) {
		close(fd);
		return unusable(crash.path, err);
	}
	crash.fd = fd;
	return TY_OK;
}

enum ty_code
ty_crash_begin(const char *home, const char *program, const char *version, struct ty_err *err)
{
	if (crash.fd > 0)
		return TY_OK;
	if (folder_make(home, err) != TY_OK)
		return err->code;
	crash.program = program;
	crash.version = version;
	crash.pid = getpid();
	if (file_open(home, err) != TY_OK)
		return err->code;
	crash.object_count = 0;
	dl_iterate_phdr(object_take, NULL);
	(void)backtrace(crash.frames, TY_CRASH_FRAMES_MAX); /* loads the unwinder */
	signals_take();
	return TY_OK;
}

void
ty_crash_end(void)
{
	if (crash.fd <= 0 || getpid() != crash.pid)
		return;
	for (size_t i = 0; i < TY_ARRAY_COUNT(signals); i++)
		sigaction(signals[i].number, &crash.before[i], NULL);
	(void)unlink(crash.path);
	close(crash.fd);
	crash.fd = 0;
}

/* ---- runs ---- */

void
ty_crash_run_open(struct ty_crash_run *run)
{
	if (run->is_open)
		return;
	run->is_open = true;
	run->prev = NULL;
	run->next = crash.first;
	if (run->next != NULL)
		run->next->prev = run;
	crash.first = run;
}

void
ty_crash_run_close(struct ty_crash_run *run)
{
	if (!run->is_open)
		return;
	run->is_open = false;
	if (run->prev != NULL)
		run->prev->next = run->next;
	else if (crash.first == run)
		crash.first = run->next;
	if (run->next != NULL)
		run->next->prev = run->prev;
	if (crash.at == run)
		crash.at = NULL;
	run->next = run->prev = NULL;
}

struct ty_crash_run *
ty_crash_run_at(struct ty_crash_run *run)
{
	struct ty_crash_run *was = crash.at;

	crash.at = run;
	return was;
}
