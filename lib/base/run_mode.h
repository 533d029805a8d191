/*
 * run_mode.h -- how a run begins, as a table (run_mode.def).
 */
#ifndef TY_BASE_RUN_MODE_H
#define TY_BASE_RUN_MODE_H

#include "base/defs.h"

enum ty_run_mode_id {
#define X(symbol, name, label, input, version, start) symbol,
#include "base/run_mode.def"
#undef X
	TY_RUN_MODE__COUNT
};

/* Source of a run's first items. */
enum ty_run_input {
	TY_RUN_INPUT_REQUEST,  /* the request that came in: one item with headers, query, body */
	TY_RUN_INPUT_ITEMS,    /* the body is the items' "json" */
	TY_RUN_INPUT_REPEATED, /* as those of the delivery that is run again */
	TY_RUN_INPUT_PARTIAL, /* the body has the trigger's items and what is taken (intake/job.h) */
	TY_RUN_INPUT_WHOLE, /* the body is the items, files and all, because another run made it */
};

/* Starters of a run: a workflow has at most one live trigger of each. */
enum ty_run_start {
	TY_RUN_START_WORLD,   /* a request, a time, something new */
	TY_RUN_START_HAND,    /* a person or a program */
	TY_RUN_START_CALL,    /* another workflow */
	TY_RUN_START_FAILURE, /* a failed run of another workflow */
	TY_RUN_START__COUNT
};

/* Version of its workflow that a replay of the run takes. */
enum ty_run_version {
	TY_RUN_VERSION_PUBLISHED, /* the published one, where there is one */
	TY_RUN_VERSION_SAME,	  /* the one of the run */
};

struct ty_run_mode {
	const char *name; /* NULL ends the table */
	const char *label;
	enum ty_run_input input;
	enum ty_run_version version;
	enum ty_run_start start;
};

extern const struct ty_run_mode ty_run_modes[];

static inline const char *
ty_run_mode_name(enum ty_run_mode_id id)
{
	return ty_run_modes[id].name;
}

/* False of a replay, which computes a run again from its journal and calls nobody. */
bool ty_run_mode_has_effects(const struct ty_run_mode *mode);

/* By name; NULL where there is none, or 'name' is NULL. */
const struct ty_run_mode *ty_run_mode_find(const char *name);

#endif
