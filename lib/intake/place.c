/*
 * place.c -- see place.h.
 */
#include "intake/place.h"

#include "base/arena.h"
#include "queue/place.h"

#define STATE_AWAY "away"

static json_t *
text_or_null(const char *text)
{
	return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *
int_or_null(int64_t n)
{
	return n != 0 ? json_integer(n) : json_null();
}

void
ty_delivery_set_place(json_t *delivery, struct ty_queue_sync *queue, struct ty_arena *arena,
		      const struct ty_id *run_id)
{
	struct ty_queue_place place = { STATE_AWAY, "", 0, 0, 0, "" };
	struct ty_err ignored;

	if (run_id == NULL) {
		json_object_set_new(delivery, "queue", json_null());
		return;
	}
	/* The place stays "away" where the queue cannot be asked. */
	(void)!ty_queue_sync_place(queue, arena, run_id, &place, &ignored);
	json_object_set_new(
		delivery, "queue",
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "state", place.state, "held_by",
			  text_or_null(place.held_by), "limit", int_or_null(place.limit),
			  "deliveries", int_or_null(place.deliveries), "until",
			  ty_json_time(place.until_ms), "reason", text_or_null(place.reason)));
}
