/*
 * script.h -- the lane's scripts as data, made from lua/ at build time.
 *
 * Each is lua/common.lua followed by its own file.  A script is called by its SHA-1; a
 * Redis that does not know it (restarted, SCRIPT FLUSH) is sent the source, once.
 *
 * The contract between the callers in C (message.h) and the scripts has a version, the last argument of
 * every call; a script refuses another one's arguments before it does anything.  lua/common.lua says how
 * to change what.
 */
#ifndef TY_QUEUE_SCRIPT_H
#define TY_QUEUE_SCRIPT_H

#include "base/defs.h"

/* 1, without a number in the call, was until 2026-11: fourteen arguments a job. */
#define TY_QUEUE_CONTRACT "3"

struct ty_queue_script {
	const char *name;
	const char *sha1; /* hex, of 'source' */
	const char *source;
	size_t len;
};

/* clang-format never comes to rest on a list of X(). */
/* clang-format off */
#define TY_QUEUE_SCRIPTS(X) \
	X(admit) X(breaker_list) X(breaker_new) X(breaker_probe) X(breaker_recorded) \
	X(breaker_report) X(breaker_set) X(bury) X(cancel) X(canceled) X(check) X(damaged) X(dead) X(dead_drop) X(extend) \
	X(hooks_confirm) X(hooks_find) X(hooks_put) X(hooks_use) X(known) \
	X(lease) X(owed) X(owed_drop) X(park) X(pause) X(paused) X(place) X(reap) X(release) \
	X(restore) X(retry) X(stats) X(unpause) X(wait)
/* clang-format on */

#define X(script) extern const struct ty_queue_script ty_queue_script_##script;
TY_QUEUE_SCRIPTS(X)
#undef X

#endif
