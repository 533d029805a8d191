/*
 * sandbox_lane.h -- requests that wait for a sandbox process: workspaces take turns; within
 * one, first come, first served.  Private to sandbox_pool.c, which owns the requests.
 *
 * Invariant: a lane is in the ring exactly while it has a request.
 */
#ifndef TY_RUN_SANDBOX_LANE_H
#define TY_RUN_SANDBOX_LANE_H

#include "sandbox_pool.h"

struct lane;
struct ty_map;

struct sandbox_request {
	struct sandbox_request *next;
	struct sandbox_pool *pool;
	struct ty_id workspace_id;
	const json_t *request;
	int64_t timeout_ms;
	size_t size_bytes;  /* of the request's text, once given */
	bool is_given;	    /* to a process */
	sandbox_pool_fn fn; /* NULL = canceled */
	void *ctx;
};

struct sandbox_lanes {
	struct ty_map *by_workspace; /* workspace id -> struct lane */
	struct lane *first, *last;   /* the ring */
};

void sandbox_lanes_init(struct sandbox_lanes *lanes);
void sandbox_lanes_done(struct sandbox_lanes *lanes); /* every request was taken */

/* 'front': it had its turn already. */
void sandbox_lane_push(struct sandbox_lanes *lanes, struct sandbox_request *request, bool front);
/* The next request whose turn it is; NULL where none waits. */
struct sandbox_request *sandbox_lane_take(struct sandbox_lanes *lanes);
/* One that was pushed and not yet taken. */
void sandbox_lane_remove(struct sandbox_lanes *lanes, struct sandbox_request *request);

#endif
