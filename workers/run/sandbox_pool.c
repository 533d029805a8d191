/*
 * sandbox_pool.c -- see sandbox_pool.h.
 *
 *   submit -> lane of its workspace -> (turn) -> slot's queue -> answered
 *                    ^                               |  \
 *                    |  process killed: not begun    |   \  begun: fails
 *                    +-------------------------------+    \-> TIMEOUT, LIMIT, UPSTREAM
 *
 * A process belongs to a workspace (sandbox_slot.h (5)) and stays for its next request:
 *
 *   EMPTY --start--> WORKING <--> HOT --its workspace's turn is over, another needs the slot,
 *     ^                            |    or a minute has passed
 *     +----------------------------+
 *
 * Invariants:
 *   (1) One workspace's requests are with at most 'share' processes.  There are
 *       TY_SANDBOX_SPARE places to work more than that; more than a share and one of them work
 *       at a time only where the others are held.  A process is given a request ahead of its
 *       time only in its workspace's turn, or where no other waits: it would never leave its
 *       place else.
 *   (2) The last place is kept for code that may be short.  Where all are with long code and
 *       another waits, the one that has used the least gives way: its request, which has had no
 *       effect, is begun anew later, and not in the last place again.
 *   (3) A hot process makes room for another workspace's, but not while its own workspace has
 *       requests and it was given fewer than a turn: starts would take longer than the work.
 *       The latest that idles goes first, because where more workspaces take turns than processes
 *       stay, the longest idle is the one whose workspace comes next: every turn would start a process.
 *       Of those that were not asked for a while, the longest idle goes before all others.
 */
#include "sandbox_pool.h"

#include "sandbox_slot.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"

#include <stdlib.h>

/* Time between two looks at idle processes. */
#define IDLE_WATCH_MS 1000
#define RESTART_MS    200
/* A process that idles for so long is not in use any more: workspaces whose code keeps the processor
 * busy have their next turn sooner. */
#define STALE_MS 10000

struct sandbox_pool {
	struct slot_home home; /* first: see pool_changed */
	const struct ty_log *log;
	uv_timer_t watch, restart, soon;
	int open_handles;
	struct slot *slots;
	size_t slot_count;		 /* processes that may be there */
	size_t share, places;		 /* processes that may work: of one workspace, of all */
	bool is_watching;		 /* the watch ticks fast */
	struct sandbox_request *refused; /* too large; told soon */
	bool is_failing;		 /* the last start failed */
};

static void pool_dispatch(struct sandbox_pool *pool);
static void pool_restart(uv_timer_t *timer);
static void pool_soon(uv_timer_t *timer);
static void pool_watch(uv_timer_t *timer);

static void
pool_refuse(struct sandbox_pool *pool, struct sandbox_request *request)
{
	request->next = pool->refused;
	pool->refused = request;
	uv_timer_start(&pool->soon, pool_soon, 0, 0);
}

static void
pool_soon(uv_timer_t *timer)
{
	struct sandbox_pool *pool = timer->data;
	struct sandbox_request *request;
	struct ty_err err = { 0 };

	ty_sandbox_fault_set(&err, TY_SANDBOX_OVER_MESSAGE, NULL);
	while ((request = pool->refused) != NULL) {
		pool->refused = request->next;
		slot_tell(request, NULL, &err);
	}
}

/* ---- dispatch ---- */

/* May one more process than now begin to work? (1) */
static bool
pool_has_place(const struct sandbox_pool *pool)
{
	size_t working = 0, busy = 0;

	for (size_t i = 0; i < pool->slot_count; i++) {
		working += pool->slots[i].first != NULL;
		busy += slot_is_busy(&pool->slots[i]);
	}
	return working < pool->places && working - busy <= pool->share;
}

/* Processes of a request's workspace. */
struct claim {
	struct slot *hot;     /* an idle one */
	struct slot *working; /* may take one more; the one with the least to do */
	bool may_another;     /* a further process may work (1), (2) */
};

static struct claim
claim_of(const struct sandbox_pool *pool, const struct sandbox_request *request)
{
	struct claim claim = { .may_another = false };
	size_t held = 0, left = pool->places;

	for (size_t i = 0; i < pool->slot_count; i++) {
		struct slot *slot = &pool->slots[i];

		left -= slot_is_long(slot);
		if (!sandbox_child_is_running(&slot->child) ||
		    !slot_is_of(slot, &request->workspace_id))
			continue;
		held += slot->first != NULL;
		if (slot->first == NULL)
			claim.hot = slot;
		else if (slot_may_take(slot) &&
			 (claim.working == NULL || slot->depth < claim.working->depth))
			claim.working = slot;
	}
	claim.may_another = held < pool->share && (!request->is_long || left > 1);
	return claim;
}

/* (3) */
static bool
pool_may_replace(const struct sandbox_pool *pool, const struct slot *slot)
{
	const struct sandbox_request *next;

	if (slot->first != NULL)
		return false;
	next = sandbox_lane_first(&pool->home.lanes, &slot->workspace_id);
	return slot->given >= SANDBOX_TURN || next == NULL || !claim_of(pool, next).may_another;
}

/* Is the first of two idle processes the one to be replaced? (3) */
static bool
replaced_before(const struct slot *slot, const struct slot *other, int64_t now_ms)
{
	if (now_ms - slot->idle_since_ms >= STALE_MS || now_ms - other->idle_since_ms >= STALE_MS)
		return slot->idle_since_ms < other->idle_since_ms;
	return slot->idle_since_ms > other->idle_since_ms;
}

/* The slot in which a process may be started now; NULL where none may. */
static struct slot *
pool_slot_to_start(const struct sandbox_pool *pool)
{
	int64_t now_ms = ty_time_mono_ms();
	struct slot *best = NULL;

	if (uv_is_active((const uv_handle_t *)&pool->restart))
		return NULL;
	for (size_t i = 0; i < pool->slot_count; i++) {
		struct slot *slot = &pool->slots[i];

		if (!sandbox_child_is_running(&slot->child))
			return slot;
		if (pool_may_replace(pool, slot) &&
		    (best == NULL || replaced_before(slot, best, now_ms)))
			best = slot;
	}
	return best;
}

struct pick {
	struct sandbox_pool *pool;
	bool has_place, has_looked; /* has_looked: for 'start' */
	struct slot *start;	    /* a slot where a process may be started */
	struct slot *slot;	    /* the slot for the request that was found */
};

static struct slot *
pick_start(struct pick *pick)
{
	if (!pick->has_looked)
		pick->start = pool_slot_to_start(pick->pool);
	pick->has_looked = true;
	return pick->start;
}

/* May it be given to a process of its workspace that works? (1) */
static bool
pick_may_follow(const struct sandbox_pool *pool, const struct sandbox_request *request)
{
	return sandbox_lanes_are_one(&pool->home.lanes) ||
	       sandbox_lane_is_in_turn(&pool->home.lanes, &request->workspace_id);
}

/* Pick a slot for the request: its workspace's hot process, a new one, or one that works. */
static bool
pick_slot(void *ctx, const struct sandbox_request *request)
{
	struct pick *pick = ctx;
	struct claim claim = claim_of(pick->pool, request);

	pick->slot = NULL;
	if (pick->has_place && claim.may_another)
		pick->slot = claim.hot != NULL ? claim.hot : pick_start(pick);
	if (pick->slot == NULL && claim.working != NULL && pick_may_follow(pick->pool, request))
		pick->slot = claim.working;
	return pick->slot != NULL;
}

/* Asked first, because it is the same for all that wait. */
static bool
pick_has_room(struct pick *pick)
{
	const struct sandbox_pool *pool = pick->pool;

	pick->has_looked = false;
	pick->has_place = pool_has_place(pool);
	for (size_t i = 0; !pick->has_place && i < pool->slot_count; i++)
		if (pool->slots[i].first != NULL && slot_may_take(&pool->slots[i]))
			return true;
	return pick->has_place;
}

/* A process of the request's workspace in this slot. */
static bool
pool_start(struct sandbox_pool *pool, struct slot *slot, const struct sandbox_request *request)
{
	pid_t zygote = pool->home.zygote.pid;
	struct ty_err err = { 0 };

	if (sandbox_child_is_running(&slot->child)) {
		if (slot_is_of(slot, &request->workspace_id))
			return true;
		slot_end(slot);
	}
	if (slot_start(slot, &request->workspace_id, &err) == TY_OK) {
		pool->is_failing = false;
		if (zygote != 0 && zygote != pool->home.zygote.pid)
			ty_log_warn(pool->log,
				    "the parent of jailed programs has ended; there is another",
				    "path=%s", pool->home.conf.path);
		return true;
	}
	if (!pool->is_failing)
		ty_log_err(pool->log, TY_LOG_ERROR, "cannot start a jailed program", &err);
	uv_timer_start(&pool->restart, pool_restart, RESTART_MS, 0);
	return false;
}

static void
pool_give(struct sandbox_pool *pool, struct slot *slot, struct sandbox_request *request)
{
	if (!slot_give(slot, request)) {
		pool_refuse(pool, request);
	} else if (!pool->is_watching) {
		pool->is_watching = true;
		uv_timer_start(&pool->watch, pool_watch, TY_SANDBOX_WATCH_MS, 0);
	}
}

static void
pool_dispatch(struct sandbox_pool *pool)
{
	struct pick pick = { .pool = pool };
	struct sandbox_request *request;

	while (pool->home.lanes.first != NULL && pick_has_room(&pick)) {
		request = sandbox_lane_take(&pool->home.lanes, pick_slot, &pick);
		if (request == NULL)
			return;
		if (!pool_start(pool, pick.slot, request)) {
			sandbox_lane_push(&pool->home.lanes, request, true);
			return;
		}
		pool_give(pool, pick.slot, request);
	}
}

static void
pool_changed(struct slot_home *home)
{
	pool_dispatch((struct sandbox_pool *)home);
}

/* Starting failed a moment ago: once more; fails all that wait where it fails again. */
static void
pool_restart(uv_timer_t *timer)
{
	struct sandbox_pool *pool = timer->data;
	struct sandbox_request *request, *all = NULL;
	struct ty_err err = { 0 };

	if (!pool->is_failing) {
		pool->is_failing = true;
		pool_dispatch(pool);
		return;
	}
	ty_err_set(&err, TY_E_UNAVAILABLE, "%s cannot be started", pool->home.conf.path);
	ty_err_hint(&err, "Look into the log of tyboo-run; sandbox_path, parse_path or pdf_path in "
			  "tyboo.conf may be wrong");
	while ((request = sandbox_lane_take_any(&pool->home.lanes)) != NULL) {
		request->next = all;
		all = request;
	}
	while ((request = all) != NULL) {
		all = request->next;
		slot_tell(request, NULL, &err);
	}
}

/* ---- watching ---- */

static bool
may_have_last(void *ctx, const struct sandbox_request *request)
{
	return !request->is_long && claim_of(ctx, request).may_another;
}

/* (2), once nothing else helps. */
static void
pool_make_room(struct sandbox_pool *pool)
{
	struct slot *least = NULL;
	size_t count = 0;

	for (size_t i = 0; i < pool->slot_count; i++) {
		struct slot *slot = &pool->slots[i];

		if (!slot_is_long(slot))
			continue;
		count++;
		if (!slot->first->is_long &&
		    (least == NULL || slot->watch.used_ms < least->watch.used_ms))
			least = slot;
	}
	if (count < pool->places || least == NULL ||
	    sandbox_lane_find(&pool->home.lanes, may_have_last, pool) == NULL)
		return;
	least->first->is_long = true;
	slot_end(least);
	pool_dispatch(pool);
}

/* Often while something works, seldom while there are only idle processes. */
static void
pool_watch(uv_timer_t *timer)
{
	struct sandbox_pool *pool = timer->data;
	int64_t now_ms = ty_time_mono_ms();
	bool working = false;

	pool->is_watching = false;
	for (size_t i = 0; i < pool->slot_count; i++)
		if (sandbox_child_is_running(&pool->slots[i].child))
			slot_watch(&pool->slots[i], now_ms);
	pool_dispatch(pool);
	pool_make_room(pool);
	for (size_t i = 0; i < pool->slot_count; i++)
		working = working || pool->slots[i].first != NULL;
	pool->is_watching = working;
	if (sandbox_pool_count(pool) > 0)
		uv_timer_start(&pool->watch, pool_watch,
			       working ? TY_SANDBOX_WATCH_MS : IDLE_WATCH_MS, 0);
	else if (pool->home.conf.on_demand && pool->home.lanes.first == NULL)
		ty_sandbox_kill(&pool->home.zygote);
}

/* ---- public ---- */

struct sandbox_pool *
sandbox_pool_new(struct uv_loop_s *loop, const struct ty_sandbox_conf *conf, size_t share,
		 size_t hot, const struct ty_log *log)
{
	struct sandbox_pool *pool = calloc(1, sizeof(*pool));
	struct ty_err err = { 0 };

	TY_ASSERT(pool != NULL);
	pool->home = (struct slot_home){ .loop = loop, .conf = *conf, .changed = pool_changed };
	pool->log = log;
	sandbox_lanes_init(&pool->home.lanes);
	pool->share = share;
	pool->places = share + TY_SANDBOX_SPARE;
	pool->slot_count = hot > pool->places ? hot : pool->places;
	pool->slots = calloc(pool->slot_count, sizeof(*pool->slots));
	TY_ASSERT(pool->slots != NULL);
	for (size_t i = 0; i < pool->slot_count; i++)
		pool->slots[i].home = &pool->home;
	uv_timer_init(loop, &pool->watch);
	uv_timer_init(loop, &pool->restart);
	uv_timer_init(loop, &pool->soon);
	pool->watch.data = pool->restart.data = pool->soon.data = pool;
	pool->open_handles = 3;
	/* The first request is told of a failure. */
	if (!conf->on_demand)
		(void)!ty_sandbox_zygote_start(&pool->home.zygote, conf, &err);
	return pool;
}

static void
pool_timer_closed(uv_handle_t *handle)
{
	struct sandbox_pool *pool = handle->data;

	if (--pool->open_handles == 0) {
		sandbox_lanes_done(&pool->home.lanes);
		free(pool->slots);
		free(pool);
	}
}

void
sandbox_pool_free(struct sandbox_pool *pool)
{
	struct sandbox_request *request;

	if (pool == NULL)
		return;
	for (size_t i = 0; i < pool->slot_count; i++) {
		sandbox_child_kill(&pool->slots[i].child);
		while (pool->slots[i].first != NULL)
			free(slot_take(&pool->slots[i]));
	}
	while ((request = sandbox_lane_take_any(&pool->home.lanes)) != NULL)
		free(request);
	ty_sandbox_kill(&pool->home.zygote);
	while ((request = pool->refused) != NULL) {
		pool->refused = request->next;
		free(request);
	}
	uv_close((uv_handle_t *)&pool->soon, pool_timer_closed);
	uv_close((uv_handle_t *)&pool->watch, pool_timer_closed);
	uv_close((uv_handle_t *)&pool->restart, pool_timer_closed);
}

struct sandbox_request *
sandbox_pool_submit(struct sandbox_pool *pool, const struct ty_id *workspace_id, const json_t *json,
		    int64_t timeout_ms, sandbox_pool_fn fn, void *ctx)
{
	return sandbox_pool_submit_bytes(pool, workspace_id, json, NULL, timeout_ms, fn, ctx);
}

struct sandbox_request *
sandbox_pool_submit_bytes(struct sandbox_pool *pool, const struct ty_id *workspace_id,
			  const json_t *json, struct ty_parcel_bytes *bytes, int64_t timeout_ms,
			  sandbox_pool_fn fn, void *ctx)
{
	struct sandbox_request *request = calloc(1, sizeof(*request));

	TY_ASSERT(request != NULL);
	request->pool = pool;
	request->workspace_id = *workspace_id;
	request->request = json;
	request->bytes = bytes;
	request->timeout_ms = timeout_ms > 0 ? timeout_ms : TY_LIMIT_SANDBOX_MS;
	request->fn = fn;
	request->ctx = ctx;
	sandbox_lane_push(&pool->home.lanes, request, false);
	pool_dispatch(pool);
	return request;
}

void
sandbox_pool_cancel(struct sandbox_request *request)
{
	if (request->is_given) {
		request->fn = NULL;
		return;
	}
	sandbox_lane_remove(&request->pool->home.lanes, request);
	free(request);
}

size_t
sandbox_pool_count(const struct sandbox_pool *pool)
{
	size_t count = 0;

	for (size_t i = 0; i < pool->slot_count; i++)
		count += sandbox_child_is_running(&pool->slots[i].child);
	return count;
}
