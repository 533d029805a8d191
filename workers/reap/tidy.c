/*
 * tidy.c -- the database's housekeeping: partitions for the months to come, what has expired,
 * retention, and the search for receipts taken back a little.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/time.h"
#include "conf/conf.h"
#include "store/breaker.h"
#include "store/crash.h"
#include "store/store.h"
#include "store/tidy.h"

/* At the start: what was committed while no tyboo-reap ran and a later one had passed it. */
#define REWIND_FIRST_MS INT64_C(86400000)
/* From time to time: a commit takes seconds at most, whatever hangs. */
#define REWIND_MS INT64_C(600000)
#define DAY_MS	  INT64_C(86400000)

static enum ty_code
tidy(struct reap *reap, struct ty_tx *tx, struct ty_err *err)
{
	struct ty_tidied tidied;

	if (ty_store_tidy(tx, &tidied, err) != TY_OK)
		return err->code;
	if (tidied.unclaimed > 0 || tidied.delivery_keys > 0 || tidied.sessions > 0 ||
	    tidied.states > 0)
		ty_log_info(reap->log, "what has expired was cleared away",
			    "unclaimed=%lld delivery_keys=%lld sessions=%lld states=%lld",
			    (long long)tidied.unclaimed, (long long)tidied.delivery_keys,
			    (long long)tidied.sessions, (long long)tidied.states);
	return TY_OK;
}

static enum ty_code
rewind_receipts(struct reap *reap, struct ty_tx *tx, struct ty_err *err)
{
	if (ty_store_rewind_receipts(tx, reap->has_rewound ? REWIND_MS : REWIND_FIRST_MS, err) !=
	    TY_OK)
		return err->code;
	reap->has_rewound = true;
	return TY_OK;
}

static enum ty_code
partition(struct reap *reap, struct ty_tx *tx, struct ty_err *err)
{
	return ty_store_next_partition(tx, &reap->made_partition, err);
}

static enum ty_code
retire(struct reap *reap, struct ty_tx *tx, struct ty_err *err)
{
	int64_t before_ms = ty_time_now_ms() - reap->conf->retention_days * DAY_MS;
	struct ty_retired retired;
	int64_t events;

	if (reap->conf->retention_days == 0)
		return TY_OK;
	if (ty_store_breakers_drop(tx, before_ms, &events, err) != TY_OK ||
	    ty_store_crashes_drop(tx, before_ms, err) != TY_OK ||
	    ty_store_retire(tx, before_ms, &retired, err) != TY_OK)
		return err->code;
	if (retired.partitions > 0 || retired.payloads > 0)
		ty_log_info(reap->log, "what is past its retention was dropped",
			    "partitions=%lld payloads=%lld", (long long)retired.partitions,
			    (long long)retired.payloads);
	return TY_OK;
}

/* Run each duty in a transaction of its own, because dropping a partition waits for its readers. */
static enum ty_code
in_tx(struct reap *reap, enum ty_code (*fn)(struct reap *, struct ty_tx *, struct ty_err *),
      struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(reap->store, reap->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (fn(reap, tx, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

enum ty_code
reap_tidy(struct reap *reap, struct ty_err *err)
{
	static enum ty_code (*const chores[])(struct reap *, struct ty_tx *, struct ty_err *) = {
		tidy,
		rewind_receipts,
		retire,
	};
	struct ty_err failed = { TY_OK };

	/* Go on after a failure, so that the other chores are done; the last failure is told. */
	for (size_t i = 0; i < TY_ARRAY_COUNT(chores); i++)
		if (in_tx(reap, chores[i], err) != TY_OK)
			failed = *err;
	*err = failed;
	return failed.code;
}

enum ty_code
reap_partitions(struct reap *reap, struct ty_err *err)
{
	size_t count = 0;
	enum ty_code code;

	do {
		reap->made_partition = false;
		code = in_tx(reap, partition, err);
		count += code == TY_OK && reap->made_partition;
		ty_arena_clear(reap->arena);
	} while (code == TY_OK && reap->made_partition && !reap_should_stop(reap));
	if (count > 0)
		ty_log_info(reap->log, "partitions were made", "count=%zu", count);
	return code;
}
