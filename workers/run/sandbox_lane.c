/*
 * sandbox_lane.c -- see sandbox_lane.h.
 */
#include "sandbox_lane.h"

#include "base/map.h"
#include "base/time.h"

#include <stdlib.h>
#include <string.h>

struct lane {
	struct lane *next; /* in the ring */
	char workspace_id[37];
	struct sandbox_request *first, *last;
	size_t taken;	  /* in its turn; 0 = it waits for it */
	int64_t begun_ms; /* start of its turn */
};

static void
ring_push(struct sandbox_lanes *lanes, struct lane *lane)
{
	lane->next = NULL;
	if (lanes->last != NULL)
		lanes->last->next = lane;
	else
		lanes->first = lane;
	lanes->last = lane;
}

static struct lane *
lane_get(struct sandbox_lanes *lanes, const struct ty_id *workspace_id)
{
	struct lane *lane = ty_map_find(lanes->by_workspace, workspace_id->s);

	if (lane != NULL)
		return lane;
	lane = calloc(1, sizeof(*lane));
	TY_ASSERT(lane != NULL);
	memcpy(lane->workspace_id, workspace_id->s, sizeof(lane->workspace_id));
	ty_map_set(lanes->by_workspace, lane->workspace_id, lane);
	return lane;
}

void
sandbox_lane_push(struct sandbox_lanes *lanes, struct sandbox_request *request, bool front)
{
	struct lane *lane = lane_get(lanes, &request->workspace_id);
	bool was_empty = lane->first == NULL;

	request->is_given = false;
	request->next = front ? lane->first : NULL;
	if (was_empty)
		lane->first = lane->last = request;
	else if (front)
		lane->first = request;
	else
		lane->last = lane->last->next = request;
	if (was_empty)
		ring_push(lanes, lane);
}

static void
lane_free(struct sandbox_lanes *lanes, struct lane *lane)
{
	ty_map_take(lanes->by_workspace, lane->workspace_id);
	free(lane);
}

static void
ring_remove(struct sandbox_lanes *lanes, struct lane *lane)
{
	struct lane **at = &lanes->first, *before = NULL;

	while (*at != lane) {
		before = *at;
		at = &(*at)->next;
	}
	*at = lane->next;
	if (lanes->last == lane)
		lanes->last = before;
}

static bool
lane_any(void *ctx, const struct sandbox_request *request)
{
	return true;
}

static struct lane *
lane_find(const struct sandbox_lanes *lanes, sandbox_lane_fn may_begin, void *ctx)
{
	struct lane *lane = lanes->first;

	while (lane != NULL && !may_begin(ctx, lane->first))
		lane = lane->next;
	return lane;
}

const struct sandbox_request *
sandbox_lane_find(const struct sandbox_lanes *lanes, sandbox_lane_fn may_begin, void *ctx)
{
	const struct lane *lane = lane_find(lanes, may_begin, ctx);

	return lane != NULL ? lane->first : NULL;
}

static bool
lane_turn_ends(struct lane *lane)
{
	int64_t now_ms = ty_time_mono_ms();

	if (lane->taken++ == 0)
		lane->begun_ms = now_ms;
	return lane->taken >= SANDBOX_TURN || now_ms - lane->begun_ms >= SANDBOX_TURN_MS;
}

struct sandbox_request *
sandbox_lane_take(struct sandbox_lanes *lanes, sandbox_lane_fn may_begin, void *ctx)
{
	struct lane *lane = lane_find(lanes, may_begin, ctx);
	struct sandbox_request *request;

	if (lane == NULL)
		return NULL;
	request = lane->first;
	lane->first = request->next;
	request->next = NULL;
	if (lane->first == NULL) {
		ring_remove(lanes, lane);
		lane_free(lanes, lane);
	} else if (lane_turn_ends(lane)) {
		lane->taken = 0;
		ring_remove(lanes, lane);
		ring_push(lanes, lane);
	}
	return request;
}

struct sandbox_request *
sandbox_lane_take_any(struct sandbox_lanes *lanes)
{
	return sandbox_lane_take(lanes, lane_any, NULL);
}

bool
sandbox_lane_is_in_turn(const struct sandbox_lanes *lanes, const struct ty_id *workspace_id)
{
	const struct lane *lane = ty_map_find(lanes->by_workspace, workspace_id->s);

	return lane != NULL && lane->taken > 0;
}

bool
sandbox_lanes_are_one(const struct sandbox_lanes *lanes)
{
	return lanes->first != NULL && lanes->first == lanes->last;
}

const struct sandbox_request *
sandbox_lane_first(const struct sandbox_lanes *lanes, const struct ty_id *workspace_id)
{
	const struct lane *lane = ty_map_find(lanes->by_workspace, workspace_id->s);

	return lane != NULL ? lane->first : NULL;
}

void
sandbox_lane_remove(struct sandbox_lanes *lanes, struct sandbox_request *request)
{
	struct lane *lane = ty_map_find(lanes->by_workspace, request->workspace_id.s);
	struct sandbox_request **at = &lane->first, *before = NULL;

	while (*at != request) {
		before = *at;
		at = &(*at)->next;
	}
	*at = request->next;
	if (lane->last == request)
		lane->last = before;
	if (lane->first == NULL) {
		ring_remove(lanes, lane);
		lane_free(lanes, lane);
	}
}

void
sandbox_lanes_init(struct sandbox_lanes *lanes)
{
	*lanes = (struct sandbox_lanes){ .by_workspace = ty_map_new(NULL) };
}

void
sandbox_lanes_done(struct sandbox_lanes *lanes)
{
	ty_map_free(lanes->by_workspace);
}
