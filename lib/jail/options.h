/*
 * options.h -- the command line of a jailed program; its parent gives the same to all of them.
 */
#ifndef TY_JAIL_OPTIONS_H
#define TY_JAIL_OPTIONS_H

#include "jail/jail.h"

/* The exit status of a wrong command line. */
#define JAIL_EXIT_USAGE 2

struct jail_program {
	const char *usage;   /* for --help, and where the command line is wrong */
	const char *version; /* text of --version, without the end of its line */
};

/*
 * Read --share DIR (*ret_share, "" where it is not given), --user, --memory, --debug and --zygote into
 * 'conf'.  Gives the exit status to end with at once, -1 to serve: descriptor 0 is no terminal and
 * there is some memory.
 */
int jail_options(int argc, char **argv, const struct jail_program *program, struct jail_conf *conf,
		 const char **ret_share);

#endif
