/*
 * lock.h -- one process at a time for each name in a home: <home>/run/<name>.lock.
 *
 * The lock is flock(2) on the open file.  The kernel gives it back when the file is closed, so
 * also when its holder is killed or the machine goes down: there is nothing to clean up, and the
 * file that stays behind means nothing.  It is never removed, since a process that has just
 * opened it would then hold the lock of a file that the next one cannot see.
 *
 * A file with a pid to check would be stale after a crash and lie once the number is given to
 * another process, and two that look at the same moment would both go on.  A lock of fcntl(2)
 * is lost as soon as anything in the process closes the file, and flock(1), with which crontab
 * lines and operators look, does not see it.
 *
 * The file holds its holder's pid, for people and for "kill -HUP".  It is truth only while
 * the lock is held.  Only its owner can open it, since whoever can open it could hold it.
 */
#ifndef TY_CONF_LOCK_H
#define TY_CONF_LOCK_H

#include "base/defs.h"

/*
 * Take the lock without waiting, and make <home>/run where it is not there.  *ret_fd is the
 * caller's: closing it gives the lock back.  A program that is exec'd does not inherit it; a
 * child that only forks shares it, and it is held until both have closed it.
 * Errors: TY_E_CONFLICT (it is held, also where by this process), TY_E_INVALID (folder or file
 * cannot be made, locked or written).
 */
enum ty_code ty_lock_take(struct ty_arena *arena, const char *home, const char *name, int *ret_fd,
			  struct ty_err *err) TY_MUST_CHECK;

#endif
