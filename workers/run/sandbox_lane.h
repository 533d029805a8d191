/*
 * sandbox_lane.h -- requests that wait for a sandbox process: workspaces take turns; within
 * one, first come, first served.  Private to sandbox_pool.c, which owns the requests.
 *
 * A turn is a few requests in a row, because a process that has just answered has in the
 * processor's caches what the next request needs: with another workspace's in between it takes half as
 * long again.
 *
 * Invariant: a lane is in the ring exactly while it has a request.
 */
#ifndef TY_RUN_SANDBOX_LANE_H
#define TY_RUN_SANDBOX_LANE_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "sandbox/parcel.h"

struct lane;
struct sandbox_pool;
struct ty_map;

typedef void (*sandbox_answer_fn)(void *ctx, const json_t *answer, const struct ty_err *err);

struct sandbox_request {
	struct sandbox_request *next;
	struct sandbox_pool *pool;
	struct ty_id workspace_id;
	const json_t *request;
	struct ty_parcel_bytes *bytes; /* borrowed; NULL = a request without */
	int64_t timeout_ms;
	size_t size_bytes;    /* size of the request's text, once given */
	bool is_given;	      /* to a process */
	bool is_long;	      /* gave way once: not for the last process */
	sandbox_answer_fn fn; /* NULL = canceled */
	void *ctx;
};

/* A turn's requests: as many as the runs of a turn of the queue (lease.lua). */
#define SANDBOX_TURN 8
/* A turn ends after this time, too, so that code that takes long does not make eight wait; eight small scripts and
 * the start of their process take half of it on a busy machine. */
#define SANDBOX_TURN_MS 30

struct sandbox_lanes {
	struct ty_map *by_workspace; /* workspace id -> struct lane */
	struct lane *first, *last;   /* the ring */
};

void sandbox_lanes_init(struct sandbox_lanes *lanes);
void sandbox_lanes_done(struct sandbox_lanes *lanes); /* every request was taken */

/* 'front': it had its turn already. */
void sandbox_lane_push(struct sandbox_lanes *lanes, struct sandbox_request *request, bool front);
/* May this request begin?  What may not keeps its turn. */
typedef bool (*sandbox_lane_fn)(void *ctx, const struct sandbox_request *request);
/* The request whose turn it is; NULL where none waits that may begin. */
const struct sandbox_request *sandbox_lane_find(const struct sandbox_lanes *lanes,
						sandbox_lane_fn may_begin, void *ctx);
/* Take the next request out of its lane, which goes behind the others once its turn is over. */
struct sandbox_request *sandbox_lane_take(struct sandbox_lanes *lanes, sandbox_lane_fn may_begin,
					  void *ctx);
/* The next request whatever it is, to fail or free all. */
struct sandbox_request *sandbox_lane_take_any(struct sandbox_lanes *lanes);
/* Has the turn of a workspace that waits begun, and not ended? */
bool sandbox_lane_is_in_turn(const struct sandbox_lanes *lanes, const struct ty_id *workspace_id);
/* Does one workspace wait, and no other? */
bool sandbox_lanes_are_one(const struct sandbox_lanes *lanes);
/* The first that waits of one workspace; NULL where none does. */
const struct sandbox_request *sandbox_lane_first(const struct sandbox_lanes *lanes,
						 const struct ty_id *workspace_id);
/* Remove a request that was pushed and not yet taken. */
void sandbox_lane_remove(struct sandbox_lanes *lanes, struct sandbox_request *request);

#endif
