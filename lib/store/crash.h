/*
 * crash.h -- what workers died of, kept by run (sql/functions/crashes.sql, base/crash.h).
 */
#ifndef TY_STORE_CRASH_H
#define TY_STORE_CRASH_H

#include "base/defs.h"
#include "json/json.h"
#include "store/query.h"
#include "store/store.h"

/* Record a report; its text is left in 'arena'.  Without a workspace. */
void ty_store_crash_record_query(struct ty_arena *arena, const json_t *report,
				 struct ty_store_query *ret_query);
/* Retention, some thousands at a time. */
enum ty_code ty_store_crashes_drop(struct ty_tx *tx, int64_t before_ms,
				   struct ty_err *err) TY_MUST_CHECK;

#endif
