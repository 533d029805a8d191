/*
 * calls.h -- which system calls a jailed program may make.  Private to lib/jail.
 *
 * Both give NULL, or what failed.
 */
#ifndef TY_JAIL_CALLS_H
#define TY_JAIL_CALLS_H

struct jail_filter;

/*
 * Make the filter for a program that makes 'calls' beside those of every jailed one (ends with -1; NULL = none); it is
 * malloc'd and lasts as long as the process.  A zygote does it, and children inherit it, because it costs more than all
 * else that they do before they serve.  Needs descriptors.
 */
const char *jail_calls_make(const int *calls, struct jail_filter **ret_filter);

/* Forbid all others from now on.  Needs no_new_privs. */
const char *jail_calls_limit(struct jail_filter *filter);

#endif
