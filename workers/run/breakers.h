/*
 * breakers.h -- may a call go out, and what became of it: circuit breakers as this worker knows them.
 *
 * What is known is Redis's word (queue/breakers.h), kept here so that a call whose breakers are closed and
 * of which nothing has failed asks nobody.  With Redis away nothing is known, and every call goes out.
 */
#ifndef TY_RUN_BREAKERS_H
#define TY_RUN_BREAKERS_H

#include "base/err.h"
#include "base/id.h"
#include "queue/breakers.h"

struct breakers;

/* "<node type> <host>": the longest of each, and the rest of a longer host is cut. */
#define BREAKER_WHAT_SIZE 400
/* Breakers that may hold one call back: the workspace's and the operator's, of the host and of the type. */
#define BREAKER_WANTED_MAX 4

enum breaker_verdict {
	BREAKER_CALL,	 /* go on */
	BREAKER_REFUSED, /* held back: 'err' says by what and until when */
	BREAKER_ASK,	 /* the next probe is due: breakers_probe */
};

/* A breaker that was open, or probed, has closed. */
typedef void (*breakers_closed_fn)(void *ctx, const char *scope, const char *what);

/* 'closed' NULL: nobody cares. */
struct breakers *breakers_new(struct uv_loop_s *loop, const char *redis_url, const char *lane,
			      breakers_closed_fn closed, void *ctx);
void breakers_free(struct breakers *breakers); /* takes NULL */

/* Is nothing known that could hold a call back, or that an answer would end? */
bool breakers_is_idle(const struct breakers *breakers);
/* 'what' is "<node type> <host>". */
enum breaker_verdict breakers_look(struct breakers *breakers, const struct ty_id *workspace_id,
				   const char *what, struct ty_err *err);
/* Claim what breakers_look wants; 'time_ms' is the call's. */
struct ty_queue_probe *breakers_probe(struct breakers *breakers, const struct ty_id *workspace_id,
				      const char *what, int64_t time_ms, ty_queue_probe_fn fn,
				      void *ctx);
/* Set the reason why a call is held back; gives err->code. */
enum ty_code breakers_refuse(const struct ty_breaker *holder, struct ty_err *err);

/* A step's calls of the host failed. */
void breakers_failed(struct breakers *breakers, const struct ty_id *workspace_id, const char *what,
		     const char *why);
/* A call was answered. */
void breakers_answered(struct breakers *breakers, const struct ty_id *workspace_id,
		       const char *what);

#endif
