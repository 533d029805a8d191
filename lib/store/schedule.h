/*
 * schedule.h -- live schedules of published workflows, and what tyboo-schedule does with them.
 *
 * A row has what its author wrote (lib/schedule says when that is due) and its policies, and
 * remembers how far it has come (sql/functions/schedules.sql).
 */
#ifndef TY_STORE_SCHEDULE_H
#define TY_STORE_SCHEDULE_H

#include "base/defs.h"
#include "base/id.h"
#include "base/limit_set.h"
#include "json/json.h"
#include "schedule/schedule.h"
#include "store/query.h"
#include "store/store.h"

/* A moment of a row that has none. */
#define TY_STORE_NEVER_MS INT64_MAX

struct ty_store_schedule {
	const char *node_id;
	struct ty_schedule_spec spec; /* texts are never NULL */
	const char *missed, *overlap; /* "skip", "once", "all"; "allow", "skip", "queue" */
	int64_t missed_max, timeout_ms;
	int64_t next_at_ms; /* the first, where the row is new or what its author wrote is */
};

struct ty_store_schedules {
	struct ty_store_schedule *list;
	size_t count;
};

/*
 * The schedules of a version that is being published: the others of its workflow go.  One that its
 * author did not change stays where it is, whatever else was changed.
 */
enum ty_code ty_store_schedules_put(struct ty_tx *tx, const struct ty_id *workspace_id,
				    const struct ty_id *workflow_id, const struct ty_id *version_id,
				    const struct ty_store_schedules *schedules,
				    struct ty_err *err) TY_MUST_CHECK;

/* ---- for people ---- */

struct ty_store_schedule_filter {
	const char *workflow_id; /* NULL = any */
	const char *cursor;	 /* cursor of the last one seen */
	int64_t limit;
};

/* The soonest first, as docs/API.md says; owned by the tx's arena. */
enum ty_code ty_store_schedule_list(struct ty_tx *tx, const struct ty_store_schedule_filter *filter,
				    json_t **ret_items, const char **ret_next,
				    struct ty_err *err) TY_MUST_CHECK;
/* Load the spec that the author wrote.  Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_schedule_load(struct ty_tx *tx, const struct ty_id *id,
				    struct ty_schedule_spec *ret_spec,
				    struct ty_err *err) TY_MUST_CHECK;

/* ---- for tyboo-schedule ---- */

/* Postgres's clock, the first tick and the first end of a wait (TY_STORE_NEVER_MS: none is known). */
struct ty_schedule_clock {
	int64_t now_ms, ticks_ms, waits_ms;
};
enum ty_code ty_store_schedule_clock(struct ty_tx *tx, struct ty_schedule_clock *ret_clock,
				     struct ty_err *err) TY_MUST_CHECK;

struct ty_due_schedule {
	struct ty_id id, workspace_id, workflow_id, version_id;
	const char *node_id;
	struct ty_schedule_spec spec;
	const char *missed, *overlap;
	int64_t missed_max, timeout_ms;
	int64_t next_ms;     /* TY_STORE_NEVER_MS: only what is pending */
	const char *pending; /* JSON list of ms */
	int64_t last_ms;     /* 0 = there was none */
	bool is_last_over;   /* the run before is; true where overlaps are allowed */
	struct ty_limits limits;
	int64_t workflow_max, now_ms;
};

/* At most 'max' that are to be looked at, in fair turn among workspaces, locked until the tx ends. */
enum ty_code ty_store_schedules_due(struct ty_tx *tx, size_t max, struct ty_due_schedule **ret_due,
				    size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;

/* Decision about a due schedule. */
struct ty_settled_schedule {
	struct ty_id workspace_id, id;
	int64_t next_ms, look_ms; /* TY_STORE_NEVER_MS = never */
	const char *pending;	  /* JSON list of ms */
	int64_t last_ms;	  /* the last tick that was handed in; 0 = none was */
	const char *verdict;	  /* verdict of that tick's delivery, and its run */
	struct ty_id run_id;
	int64_t skipped, skipped_ms; /* ticks left out, and the last of them */
};

enum ty_code ty_store_schedules_settle(struct ty_tx *tx, const struct ty_settled_schedule *settled,
				       size_t count, struct ty_err *err) TY_MUST_CHECK;

#endif
