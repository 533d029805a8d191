/*
 * jail.h -- giving up, step by step, everything that a program which reads hostile input does not need.
 *
 * What is left when both are done: one socket on descriptor 0, an unreadable nowhere as file
 * system, memory up to a limit, and one thread.
 *
 * Compiled into each jailed program (ty_jailed_program in cmake/Tyboo.cmake), never with
 * AddressSanitizer, whose own calls are just what it forbids.
 */
#ifndef TY_JAIL_JAIL_H
#define TY_JAIL_JAIL_H

#include <stdbool.h>
#include <stdint.h>

struct jail_conf {
	const char *user; /* to become where we are root; NULL or "" = stay */
	/* System calls that this program may make beside those of every jailed one; ends with -1.
	 * NULL = none. */
	const int *calls;
	int64_t memory_bytes; /* of data beyond what the program has when the jail closes */
	bool debug;	      /* keep standard error */
};

/* First thing in main: other descriptors, session, parent's death, standard error. */
void jail_early(const struct jail_conf *conf);

/* Last thing before the first request.  Exits the process where a duty fails. */
void jail_close(const struct jail_conf *conf);

#endif
