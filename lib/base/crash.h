/*
 * crash.h -- what a program leaves behind that dies of a signal: where it was, as addresses, and with which
 * runs.  No memory is written, because memory holds secrets; a core is never left (conf/program.h).
 *
 * ty_crash_begin() opens the report, <home>/run/crashes/<program>.<pid>, mode 0600, and takes SIGSEGV, SIGBUS,
 * SIGFPE, SIGILL and SIGABRT.  The handler runs on a stack of its own and calls only what is safe in one; what
 * it needs (the open file, the names and addresses of the objects, the unwinder) was made ready before.  Then it puts
 * back what took the signal before it and lets that come: the process dies of it, or a sanitizer tells of it too.
 *
 * The report is lines of text, "word values", whole only where the last line is "end":
 *
 *	program tyboo-run		version 0.9.0		build 3f9a... (of the program's file; "-" = none)
 *	pid 4711			at_ms 1796000000000	signal 11 SIGSEGV	address 0x10
 *	at <run> <workspace> <workflow> <node>	the run that was being worked on; "-" for what is not known
 *	held <the same>				each other run that was open
 *	frame libjansson.so.4+0x4a10		from the inside out: addr2line -e <object> 0x4a10
 *	end
 *
 * A report is empty until its process dies, and goes with an ordinary end.  Its process holds flock(2) on it, so
 * that whoever gets the lock knows that the process is gone.
 *
 * One process, one report: the state is the process's, as its signal handlers are.
 */
#ifndef TY_BASE_CRASH_H
#define TY_BASE_CRASH_H

#include "base/defs.h"
#include "base/id.h"

/* Reports lie here, below the home. */
#define TY_CRASH_FOLDER "run/crashes"
/* Runs that a report names besides the one worked on; a worker holds 256 in ordinary times (run_max). */
#define TY_CRASH_RUNS_MAX   256
#define TY_CRASH_FRAMES_MAX 64

/* A run that is open; its caller's storage, which stays until ty_crash_run_close(). */
struct ty_crash_run {
	struct ty_crash_run *next, *prev;
	struct ty_id run, workspace, workflow;
	/* The node that was last worked on, borrowed; set by whoever works on it.  NULL = none yet. */
	const char *volatile node;
	bool is_open;
};

/*
 * Open the report of 'program' (static) and take the signals.  Once a process; a second call does nothing.
 * Errors: TY_E_INVALID (the folder or file cannot be made): nothing is taken then.
 */
enum ty_code ty_crash_begin(const char *home, const char *program, const char *version,
			    struct ty_err *err) TY_MUST_CHECK;
/* The process ends as it should: the report goes.  Nothing where none was begun. */
void ty_crash_end(void);

/* By the thread that works on runs, which is one.  One that is open stays so, one that is closed too. */
void ty_crash_run_open(struct ty_crash_run *run);
void ty_crash_run_close(struct ty_crash_run *run);
/* 'run' is being worked on from now on; NULL = none is.  Gives back which was. */
struct ty_crash_run *ty_crash_run_at(struct ty_crash_run *run);

#endif
