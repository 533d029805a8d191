/*
 * breakers.h -- circuit breakers in Redis (lua/breaker_common.lua says what one is), shared by all workers.
 *
 * A worker is told of every breaker that is not closed without failures, and of each change, so that a call
 * asks Redis nothing while its breakers are closed and nothing has failed.  It reports failures, and an
 * answer only where it knows of failures.
 *
 * Invariants:
 *   (1) With Redis away nothing is held back: what was known is forgotten ('away'), and known again when
 *       the connection is back.
 *   (2) One probe at a time: the script that claims it says so to one worker.
 *
 * Two connections, of which one listens.  Owned by one loop and its thread.
 */
#ifndef TY_QUEUE_BREAKERS_H
#define TY_QUEUE_BREAKERS_H

#include "base/defs.h"
#include "base/err.h"
#include "json/json.h"

struct uv_loop_s;
struct ty_queue_breakers;
struct ty_queue_probe;
struct ty_queue_sync;

/* The scope of what holds for all workspaces. */
#define TY_BREAKER_OPERATOR "*"
/* Breakers that workers and lists see at once: fifty workspaces with all that they may have. */
#define TY_BREAKERS_MAX 10000

enum ty_breaker_state { TY_BREAKER_CLOSED, TY_BREAKER_OPEN, TY_BREAKER_PROBING };
const char *ty_breaker_state_name(enum ty_breaker_state state); /* "closed", "open", "probing" */

/* Texts are borrowed. */
struct ty_breaker {
	const char *scope; /* id of a workspace, or TY_BREAKER_OPERATOR */
	const char *what;  /* "<node type> <host>"; the host may be "*" */
	enum ty_breaker_state state;
	int64_t failures;	 /* in a row */
	int64_t changed_at_ms;	 /* when it came to this state */
	int64_t probe_at_ms;	 /* the next probe; 0 = not by itself */
	int64_t probe_until_ms;	 /* PROBING: of the one under way */
	int64_t forgotten_at_ms; /* 0 = never */
	const char *why, *by; /* the last failure, or what was said by hand; who did; "" = nobody */
};

/*
 * Make "<node type> <host>" of what a person wrote, in the form that calls have: small letters, and a
 * name with other ones as DNS knows it.  The text is the arena's.  Errors: TY_E_INVALID at "host".
 */
enum ty_code ty_breaker_what(struct ty_arena *arena, const char *node_type, const char *host,
			     const char **ret_what, struct ty_err *err) TY_MUST_CHECK;

/* ---- for event loops: tyboo-run ---- */

struct ty_queue_breaker_events {
	/*
	 * A breaker has this value now, which ty_breaker_read takes and which may be kept by a reference;
	 * NULL: it is closed, without failures.
	 */
	void (*changed)(void *ctx, const char *scope, const char *what, json_t *entry);
	void (*away)(void *ctx); /* Redis is away: no state is known */
};

/* Connects at once and again with back-off.  'events' is static. */
struct ty_queue_breakers *ty_queue_breakers_new(struct uv_loop_s *loop, const char *redis_url,
						const char *lane,
						const struct ty_queue_breaker_events *events,
						void *ctx);
void ty_queue_breakers_free(struct ty_queue_breakers *breakers); /* takes NULL */

/* A step's calls failed, or one was answered (why NULL).  Nobody waits for it. */
void ty_queue_breakers_report(struct ty_queue_breakers *breakers, const char *workspace,
			      const char *what, const char *why);

/* 'holder' NULL: make the probe, or Redis cannot be asked.  Else what holds the call back. */
typedef void (*ty_queue_probe_fn)(void *ctx, const struct ty_breaker *holder);
/*
 * Claim the probe of all of these, for a call that takes at most 'time_ms'.  'fn' is always called, never
 * from within, unless canceled.
 */
struct ty_queue_probe *ty_queue_breakers_probe(struct ty_queue_breakers *breakers, int64_t time_ms,
					       const struct ty_breaker *wanted, size_t count,
					       ty_queue_probe_fn fn, void *ctx);
void ty_queue_probe_cancel(struct ty_queue_probe *probe);

/* ---- blocking: API, tybooctl, tyboo-reap.  Errors of all: TY_E_UNAVAILABLE. ---- */

/* Breakers of these scopes, or of all where count is 0; owned by 'arena'. */
enum ty_code ty_queue_sync_breakers(struct ty_queue_sync *queue, struct ty_arena *arena,
				    const char *const *scopes, size_t count,
				    struct ty_breaker **ret_breakers, size_t *ret_count,
				    struct ty_err *err) TY_MUST_CHECK;
/*
 * By hand: "open" (until it is closed), "close", or "reset" (the delay that has grown, too).  Also
 * errors: TY_E_CONFLICT (it was so already), TY_E_LIMIT (the scope has too many).
 */
enum ty_code ty_queue_sync_breaker_set(struct ty_queue_sync *queue, const char *scope,
				       const char *what, const char *action, const char *by,
				       const char *why, struct ty_err *err) TY_MUST_CHECK;
/* Transitions that are not recorded yet, oldest first, as JSON texts; owned by 'arena'. */
enum ty_code ty_queue_sync_breaker_news(struct ty_queue_sync *queue, struct ty_arena *arena,
					size_t max, const char ***ret_news, size_t *ret_count,
					struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_queue_sync_breaker_recorded(struct ty_queue_sync *queue, const char *const *news,
					    size_t count, struct ty_err *err) TY_MUST_CHECK;

/* JSON of a breaker for API and tybooctl, its scope in their words; new reference. */
json_t *ty_breaker_json(const struct ty_breaker *breaker, const char *scope);

/* Read a value as it is in Redis; texts are borrowed from 'json'.  False: it is no breaker. */
bool ty_breaker_read(const json_t *json, const char *scope, const char *what,
		     struct ty_breaker *ret_breaker);

#endif
