/*
 * hook_load.h -- who claims an address?  Asked of Postgres, or of what Redis mirrors of it.
 *
 * Both give the same answer in the same form, with the time it was true; hook_cache.c decides whom
 * to ask.  The rule is parsed and the secrets are opened here, in the entry's own arena.
 */
#ifndef TY_APP_HOOK_LOAD_H
#define TY_APP_HOOK_LOAD_H

#include "base/defs.h"
#include "hook_cache.h"

struct ty_hook_mirror;

struct ty_hook_address {
	const char *slug, *method, *path;
};

struct ty_hook_loaded {
	struct ty_arena *arena; /* owns the entry, and is the caller's; NULL: nobody claims it */
	struct ty_hook_entry entry;
	struct ty_id workspace_id; /* unset: there is none with that slug */
	/* Methods that an address takes ("GET, POST", '*' for any) which GET, HEAD or OPTIONS do not
	 * claim; "" = none. */
	const char *methods;
	int64_t as_of_ms; /* wall clock: Postgres said so then */
};

/* 'arena' is for the look-up and owns 'methods'.  Errors: TY_E_UNAVAILABLE, TY_E_INTERNAL. */
enum ty_code ty_hook_load(struct ty_app *app, struct ty_arena *arena,
			  const struct ty_hook_address *address, struct ty_hook_loaded *ret_loaded,
			  struct ty_err *err) TY_MUST_CHECK;
/*
 * ty_hook_load() from Redis.  TY_E_UNAVAILABLE also where Redis is away, has no mirror, or where the mirror
 * is no newer than 'as_of_ms'.
 */
enum ty_code ty_hook_load_mirrored(struct ty_app *app, struct ty_hook_mirror *mirror,
				   struct ty_arena *arena, const struct ty_hook_address *address,
				   int64_t as_of_ms, struct ty_hook_loaded *ret_loaded,
				   struct ty_err *err) TY_MUST_CHECK;

#endif
