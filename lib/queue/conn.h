/*
 * conn.h -- one connection to Redis on a libuv loop; it comes back by itself.
 *
 *            new                    handshake ok
 *   (start) -----> CONNECTING ---------------------> UP
 *                    ^    |  refused, timeout, LOADING |  closed, stalled, protocol error
 *              timer |    v                            |
 *                    DOWN <----------------------------+      free: CLOSING from anywhere
 *
 * Invariants:
 *   (1) 'fn' of every call is called exactly once, never from within the call that made it;
 *       only ty_queue_conn_free calls back from within, failing what is outstanding.
 *   (2) Answers come in the order of the calls.
 *   (3) A call made while not UP fails with TY_E_UNAVAILABLE; so do those outstanding when
 *       the connection goes.  The latter may have happened.
 *
 * hiredis serves as parser; its own event adapter is not used because it never hears of a
 * refused connection (it ignores poll errors).  Owned by one loop and its thread.
 */
#ifndef TY_QUEUE_CONN_H
#define TY_QUEUE_CONN_H

#include "base/defs.h"
#include "base/err.h"
#include "queue/args.h"

struct redisReply;
struct uv_loop_s;
struct ty_queue_conn;

/* 'reply' is borrowed for the call; NULL where 'err' is not.  Error replies come as 'err'. */
typedef void (*ty_queue_conn_fn)(void *ctx, const struct redisReply *reply,
				 const struct ty_err *err);
/*
 * 'away' NULL: it is there.  Else why it is not: said when it goes, when it cannot be reached at
 * first, and again when the reason has changed.  Borrowed for the call.
 */
typedef void (*ty_queue_conn_state_fn)(void *ctx, const char *away);
/* A message that came unasked for; borrowed for the call. */
typedef void (*ty_queue_conn_push_fn)(void *ctx, const struct redisReply *message);

/*
 * Connects at once.  'prefix' "{lane}:" is the key of every script; copied.  An answer that takes
 * longer than 'stall_ms' means that the server hangs: the connection is dropped.
 */
struct ty_queue_conn *ty_queue_conn_new(struct uv_loop_s *loop, const char *redis_url,
					const char *prefix, int64_t stall_ms,
					ty_queue_conn_state_fn state, void *ctx);
/*
 * Messages after SUBSCRIBE, and whatever comes while nothing is outstanding, are for 'push', with the
 * context of the state.  Without it that breaks the protocol, and the connection is dropped.
 */
void ty_queue_conn_on_push(struct ty_queue_conn *conn, ty_queue_conn_push_fn push);
/* Fails what is outstanding; memory goes when the loop has closed the handles. Takes NULL. */
void ty_queue_conn_free(struct ty_queue_conn *conn);
bool ty_queue_conn_is_up(const struct ty_queue_conn *conn);

/* Takes over 'args'.  'script' NULL: the arguments are a command of their own. */
void ty_queue_conn_call(struct ty_queue_conn *conn, const struct ty_queue_script *script,
			struct ty_queue_args *args, ty_queue_conn_fn fn, void *ctx);

struct ty_queue;
/* The connection of its scripts, and its prefix; both borrowed.  Private to lib/queue. */
struct ty_queue_conn *ty_queue_conn_of(const struct ty_queue *queue, const char **ret_prefix);

#endif
