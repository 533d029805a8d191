/*
 * marker.h -- runs that last, shown as running.
 */
#ifndef TY_RUN_MARKER_H
#define TY_RUN_MARKER_H

#include "base/defs.h"
#include "log/log.h"
#include "store/async.h"
#include "store/record.h"

struct marker;

enum marker_outcome {
	MARKER_MARKED,
	MARKER_FENCED, /* finished by another, or somebody newer has it */
	MARKER_FAILED  /* not marked; offer it again at the next look */
};

struct marker_ops {
	/*
	 * Fill at most 'max' runs that began before 'before_ms' (monotonic) and are not marked, and
	 * hold each until it is 'marked'.  The number of them.
	 */
	size_t (*pick)(void *ctx, int64_t before_ms, size_t max, void **ret_runs);
	const struct ty_record_run *(*record)(void *run); /* the status of it is not looked at */
	void (*marked)(void *run, enum marker_outcome outcome);
};

/* All is borrowed; 'ops' is static. */
struct marker *marker_new(struct ty_store_async *store, const char *worker_name,
			  const struct ty_log *log, const struct marker_ops *ops, void *ctx);
void marker_free(struct marker *marker); /* after the store's free; takes NULL */
/* Mark the runs that have lasted long enough. */
void marker_look(struct marker *marker);

#endif
