/*
 * app.c -- what the accept threads share: made once, taken apart once.
 *
 * The arena owns what never changes; the rest has its own free.  Nothing is connected to here.
 */
#include "app.h"

#include "auth/password.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "conf/conf.h"
#include "intake/intake.h"
#include "node/registry.h"
#include "nodes/nodes.h"
#include "openapi.h"
#include "queue/queue.h"
#include "router.h"
#include "store/store.h"
#include "vault/vault.h"
#include "waiting.h"

#include <malloc.h>

/* Hashings at a time: 19 MiB each, and a core each. */
#define PASSWORDS_AT_ONCE 2
/* A sandbox child holds some 40 MB: not kept for somebody who has gone to lunch. */
#define CHECKER_IDLE_MS 30000
/* A block of this size goes back to the system when it is freed; malloc would raise the limit with each such block. */
#define LARGE_BYTES (1024 * 1024)
/* The main thread has little else to do. */
#define CHECK_WAIT_MS 1000

static enum ty_code
make_parts(struct ty_app *app, struct ty_err *err)
{
	const struct ty_conf *conf = app->conf;
	struct ty_registry *registry;

	app->bodies =
		(struct ty_budget)TY_BUDGET_INIT(TY_LIMIT_BODIES_BYTES, TY_LIMIT_BODIES_WAIT_MS);
	TY_ASSERT(pthread_mutex_init(&app->queue_lock, NULL) == 0);
	app->hooks = ty_hook_cache_new(conf);
	app->checker = ty_checker_new(conf);
	app->password = ty_password_new(PASSWORDS_AT_ONCE);
	app->store =
		ty_store_new(conf->database_url, (size_t)conf->api_db_connections, "tyboo-api");
	app->queue = ty_queue_sync_new(conf->redis_url, conf->lane);
	if (ty_nodes_load(app->arena, &registry, err) != TY_OK)
		return err->code;
	app->registry = registry;
	app->openapi = ty_openapi_text(app->arena, ty_routes, false, &app->openapi_len);
	if (ty_router_new(app->arena, ty_routes, &app->router, err) != TY_OK ||
	    ty_vault_new(conf->master_key_file, &app->vault, err) != TY_OK)
		return err->code;
	/* Last, because they start threads. */
	if (ty_intake_new(conf, &app->log, &app->intake, err) != TY_OK)
		return err->code;
	return ty_waiting_new(conf, &app->log, &app->waiting, err);
}

enum ty_code
ty_app_new(const struct ty_conf *conf, const struct ty_log *log, struct ty_app **ret_app,
	   struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "app", 0);
	struct ty_app *app = ty_arena_new_of(arena, struct ty_app);

	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	app->arena = arena;
	app->conf = conf;
	app->log = *log;
	if (make_parts(app, err) != TY_OK) {
		ty_app_free(app);
		return err->code;
	}
	*ret_app = app;
	return TY_OK;
}

void
ty_app_free(struct ty_app *app)
{
	if (app == NULL)
		return;
	if (app->intake != NULL)
		ty_intake_free(app->intake);
	ty_waiting_free(app->waiting);
	ty_hook_cache_free(app->hooks);
	ty_checker_free(app->checker);
	ty_vault_free(app->vault);
	ty_password_free(app->password);
	ty_queue_sync_free(app->queue);
	ty_store_free(app->store);
	pthread_mutex_destroy(&app->queue_lock);
	ty_arena_free(app->arena);
}

/*
 * Do the master keys open what is sealed?  Asked once Postgres is there, and while they do not: a wrong key is
 * told when the program starts, and not by the first sender; a right one counts once it is in the file.
 */
static void
check_key(struct ty_app *app)
{
	struct ty_arena *arena = ty_arena_new(NULL, "key", 0);
	struct ty_err err = { TY_OK };
	struct ty_tx *tx;

	if (ty_tx_begin(app->store, arena, NULL, CHECK_WAIT_MS, &tx, &err) == TY_OK) {
		if (ty_vault_check(app->vault, tx, &err) == TY_OK)
			ty_log_debug(&app->log, "the master key opens what is sealed", "key=ok");
		ty_tx_rollback(tx);
	}
	app->is_key_checked = err.code == TY_OK;
	if (err.code == TY_E_DENIED && !atomic_exchange(&app->is_locked, true))
		ty_log_err(&app->log, TY_LOG_ERROR, "master_key_file holds another key", &err);
	else if (err.code == TY_OK && atomic_exchange(&app->is_locked, false))
		ty_log_info(&app->log, "master_key_file holds the right key again", "key=ok");
	ty_arena_free(arena);
}

void
ty_app_tick(struct ty_app *app)
{
	if (!app->is_key_checked)
		check_key(app);
	ty_checker_rest(app->checker, CHECKER_IDLE_MS);
	/* Freed trees lie among what is kept, where malloc gives nothing back by itself. */
	malloc_trim(0);
}
