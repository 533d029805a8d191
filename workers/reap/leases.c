/*
 * leases.c -- leases past their deadline, due delays, poison; and whether Redis still knows
 * what it knew.
 *
 * When Redis has lost its memory, or has been away, there are receipts without a job.  They
 * are pushed at once, but not before every living worker has had a heartbeat's time to put
 * its own leases back: a run that goes on had better not be taken over.
 */
#include "reap.h"

#include "base/time.h"
#include "conf/conf.h"

#define REAP_MAX 1000
/* Two readings of when the memory began differ by less, unless it is another memory. */
#define MEMORY_JITTER_MS 2000
/* Beyond a heartbeat: its round trip. */
#define HEARTBEAT_MARGIN_MS 1000
/* The committers' connections are back by then (their back-off ends at some seconds). */
#define HURRY_MS 15000

static void
hurry(struct reap *reap, int64_t from_ms)
{
	reap->hurry_from_ms = from_ms;
	reap->hurry_until_ms = from_ms + HURRY_MS;
	reap->states[DUTY_RECEIPTS].due_ms = from_ms;
}

static void
note_memory(struct reap *reap, int64_t memory_ms)
{
	int64_t now_ms = ty_time_mono_ms(), began_ms = now_ms - memory_ms;
	int64_t settled_ms = began_ms + reap->conf->heartbeat_ms + HEARTBEAT_MARGIN_MS;
	bool is_known = reap->memory_began_ms != INT64_MIN;
	bool is_new = !is_known || began_ms - reap->memory_began_ms > MEMORY_JITTER_MS ||
		      reap->memory_began_ms - began_ms > MEMORY_JITTER_MS;

	if (is_new || reap->queue_was_away)
		hurry(reap, settled_ms > now_ms ? settled_ms : now_ms);
	if (is_new && is_known)
		ty_log_warn(reap->log,
			    "Redis has lost its memory: receipts without a run are pushed again",
			    "in_ms=%lld", (long long)(reap->hurry_from_ms - now_ms));
	if (is_new)
		reap->memory_began_ms = began_ms;
	reap->queue_was_away = false;
}

enum ty_code
reap_leases(struct reap *reap, struct ty_err *err)
{
	struct ty_queue_reaped reaped;

	do {
		if (ty_queue_sync_reap(reap->queue, reap->conf->deliveries_max, REAP_MAX, &reaped,
				       err) != TY_OK) {
			reap->queue_was_away = true;
			return err->code;
		}
		if (reaped.returned > 0 || reaped.buried > 0)
			ty_log_info(reap->log, "leases were taken back", "returned=%zu buried=%zu",
				    reaped.returned, reaped.buried);
		note_memory(reap, reaped.memory_ms);
	} while (reaped.returned + reaped.due + reaped.buried >= REAP_MAX &&
		 !reap_should_stop(reap));
	return TY_OK;
}
