/*
 * damage.c -- does Redis take writes; what of the queue could not be read, said once; lists and states compared, some keys
 * a pass, so that no job waits for ever for a turn that nobody gives.
 */
#include "reap.h"

#include "queue/repair.h"

#define DAMAGE_MAX 100

/* Deliveries are accepted all the same, so without this nobody would hear why nothing runs. */
enum ty_code
reap_writes(struct reap *reap, struct ty_err *err)
{
	return ty_queue_sync_probe(reap->queue, err);
}

enum ty_code
reap_damage(struct reap *reap, struct ty_err *err)
{
	struct ty_queue_damage *damage;
	size_t count;
	int64_t mended;

	if (ty_queue_sync_check(reap->queue, &reap->check_cursor, &mended, err) != TY_OK ||
	    ty_queue_sync_damage(reap->queue, reap->arena, DAMAGE_MAX, &damage, &count, err) !=
		    TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (damage[i].run_id[0] == '\0')
			ty_log_warn(reap->log, "the queue was damaged", "what=\"%s\"",
				    damage[i].what);
		else
			ty_log_warn(reap->log,
				    "a damaged job was dropped; its receipt makes it again",
				    "run=%s what=\"%s\"", damage[i].run_id, damage[i].what);
	}
	if (mended > 0)
		ty_log_warn(reap->log, "lists of the queue were put right", "count=%lld",
			    (long long)mended);
	return TY_OK;
}
