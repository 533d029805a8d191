/*
 * zygote.h -- a warm parent: children that start where the program is ready, not where it begins.
 *
 * The parent P of a zygote Z asks over Z's descriptor 0: one byte, with one end of a socket as
 * ancillary data.  Z forks a child of P (CLONE_PARENT), which serves that socket; the first that
 * the child says there is its pid, four bytes.  So P knows it before any request is read.
 *
 *	P --(byte, fd)--> Z --fork--> child of P, which says its pid and closes its jail
 *
 * The child dies with P and not with Z, P alone waits for it, and its pid is nobody else's until P
 * has.  Z has left its files, namespaces and rights, reads no request and holds no data; what it
 * has is what each child begins with.  Where it cannot fork, the socket is closed.
 *
 * Requires a program of one thread.  Compiled into each jailed program, as jail.h is.
 */
#ifndef TY_JAIL_ZYGOTE_H
#define TY_JAIL_ZYGOTE_H

#include "jail/jail.h"

/* After jail_leave.  Returns in each child, before jail_close; ends the zygote itself when P hangs up. */
void jail_zygote(struct jail_conf *conf);

#endif
