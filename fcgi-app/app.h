/*
 * app.h -- what all accept threads of one process share.
 *
 * Made once by ty_app_new, and after that only its parts change, each behind its own lock.
 * Nothing in this program is a mutable global: everything hangs off this struct.
 */
#ifndef TY_APP_APP_H
#define TY_APP_APP_H

#include "base/budget.h"
#include "base/defs.h"
#include "hook_cache.h"
#include "log/log.h"
#include "publish/checker.h"

#include <pthread.h>
#include <stdatomic.h>

struct ty_intake;
struct ty_password;
struct ty_queue_sync;
struct ty_router;
struct ty_vault;
struct ty_waiting;

struct ty_app {
	struct ty_arena *arena; /* process lifetime */
	const struct ty_conf *conf;
	struct ty_log log;
	struct ty_store *store;
	struct ty_vault *vault;
	struct ty_intake *intake;
	struct ty_password *password;
	const struct ty_registry *registry;
	const struct ty_router *router;
	struct ty_hook_cache *hooks;
	struct ty_checker *checker;
	struct ty_waiting *waiting; /* requests that wait for their runs */
	const char *openapi;	    /* the document, made once */
	size_t openapi_len;
	struct ty_budget bodies; /* of requests, while they are in memory */
	atomic_bool is_locked;	 /* the master key does not open what is sealed */
	bool is_key_checked;	 /* for the main thread alone */
	atomic_int tries;	 /* credentials that are tried just now (api_credential.c) */
	/* A blocking connection to Redis, for health and cancel, which are rare. */
	pthread_mutex_t queue_lock;
	struct ty_queue_sync *queue;
};

/*
 * 'conf' is borrowed for the app's life.  Connects to nothing yet: stores may be away.
 * Errors: TY_E_NOT_FOUND, TY_E_DENIED, TY_E_INVALID (master key); TY_E_INTERNAL (a route
 * without a known permission, the committer did not start).
 */
enum ty_code ty_app_new(const struct ty_conf *conf, const struct ty_log *log,
			struct ty_app **ret_app, struct ty_err *err) TY_MUST_CHECK;
/* Finishes what the committer has been handed. */
void ty_app_free(struct ty_app *app); /* takes NULL */

/* Now and then, from the main thread: give back what is idle. */
void ty_app_tick(struct ty_app *app);

#endif
