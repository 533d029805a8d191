/*
 * zygote.h -- processes from a warm parent: the host's side of jail/zygote.h.
 *
 *	ask ----> unborn: pid 0, requests can be written to fd ----> hear: born, its pid is known
 *	                                                       \--> hung up: none was born
 *
 * A zygote is a ty_sandbox_process of which nothing is asked but children.  They are children of
 * ours: they die with us, and outlive it.
 */
#ifndef TY_SANDBOX_ZYGOTE_H
#define TY_SANDBOX_ZYGOTE_H

#include "sandbox/process.h"

/* Start it where it does not run (pid 0).  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_sandbox_zygote_start(struct ty_sandbox_process *zygote,
				     const struct ty_sandbox_conf *conf,
				     struct ty_err *err) TY_MUST_CHECK;
/*
 * Ask for a child; a zygote that does not run, or has ended, is started for it.
 * Errors: TY_E_UNAVAILABLE (also where too many are asked for and not born).
 */
enum ty_code ty_sandbox_zygote_ask(struct ty_sandbox_process *zygote,
				   const struct ty_sandbox_conf *conf,
				   struct ty_sandbox_process *ret_process,
				   struct ty_err *err) TY_MUST_CHECK;

/*
 * ty_sandbox_zygote_ask() for programs that may wait until the child is born.
 * Errors: TY_E_UNAVAILABLE.
 */
enum ty_code ty_sandbox_zygote_bear(struct ty_sandbox_process *zygote,
				    const struct ty_sandbox_conf *conf,
				    struct ty_sandbox_process *ret_process,
				    struct ty_err *err) TY_MUST_CHECK;

enum ty_sandbox_birth {
	TY_SANDBOX_BORN,
	TY_SANDBOX_UNBORN,
	TY_SANDBOX_STILLBORN, /* the zygote hung up: the fd is left to the caller */
};
/* State of a child that was asked for; never waits.  A born child's answers come on fd. */
enum ty_sandbox_birth ty_sandbox_hear(struct ty_sandbox_process *process);

#endif
