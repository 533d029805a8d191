/*
 * sandbox_lane.c -- see sandbox_lane.h.
 */
#include "sandbox_lane.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

struct lane {
	struct lane *next; /* in the ring */
	char workspace_id[37];
	struct sandbox_request *first, *last;
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
ring_take(struct sandbox_lanes *lanes)
{
	struct lane *lane = lanes->first;

	lanes->first = lane->next;
	if (lanes->first == NULL)
		lanes->last = NULL;
	return lane;
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

struct sandbox_request *
sandbox_lane_take(struct sandbox_lanes *lanes)
{
	struct sandbox_request *request;
	struct lane *lane;

	if (lanes->first == NULL)
		return NULL;
	lane = ring_take(lanes);
	request = lane->first;
	lane->first = request->next;
	request->next = NULL;
	if (lane->first != NULL)
		ring_push(lanes, lane);
	else
		lane_free(lanes, lane);
	return request;
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
