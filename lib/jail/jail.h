/*
 * jail.h -- giving up, step by step, everything that a program which reads hostile input does not need.
 *
 * What is left when all are done: one socket on descriptor 0, an unreadable nowhere as file
 * system, memory up to a limit, and one thread.  A zygote (jail/zygote.h) stops before the last
 * one, which each of its children does for itself.
 *
 * Compiled into each jailed program (ty_jailed_program in cmake/Tyboo.cmake), never with
 * AddressSanitizer, whose own calls are just what it forbids.
 */
#ifndef TY_JAIL_JAIL_H
#define TY_JAIL_JAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct jail_filter;

struct jail_conf {
	const char *user; /* to become where we are root; NULL or "" = stay */
	/* System calls that this program may make beside those of every jailed one; ends with -1.
	 * NULL = none. */
	const int *calls;
	int64_t memory_bytes; /* bytes of data beyond those that the program has when the jail closes */
	bool debug;	      /* keep standard error */
	bool is_zygote;	      /* make children on demand instead of serving */
	/* Found out by jail_leave for what follows, which has no files to ask any more. */
	pid_t parent;
	int64_t program_bytes; /* bytes of data that the program has */
	/* Made by a zygote for its children (jail/calls.h); NULL = not made. */
	struct jail_filter *filter;
};

/* First thing in main: other descriptors, session, parent's death, standard error. */
void jail_early(const struct jail_conf *conf);

/*
 * After all files are read: other descriptors, environment, namespaces, files, rights.  Costs most,
 * and children inherit it.  Exits the process where a duty fails, as jail_close does.
 */
void jail_leave(struct jail_conf *conf);

/* In a child of the zygote: its group, and its death with the zygote's parent. */
void jail_born(const struct jail_conf *conf);

/* Last thing before the first request: limits and system calls. */
void jail_close(struct jail_conf *conf);

#endif
