/*
 * vars.h -- which of the workspace's variables ($vars) the runs of a plan may ask for.
 *
 * Whoever begins a run reads them and journals them under TY_JOURNAL_VARS (journal_entry.h) before its first step;
 * whoever goes on with it, or runs it again, takes them from there (struct ty_run_spec).
 */
#ifndef TY_ENGINE_VARS_H
#define TY_ENGINE_VARS_H

#include "engine/engine.h"
#include "json/json.h"

#define TY_VARS_ALL "*" /* among the names: one is computed, so it may be any */

/* An array of names, the plan's; NULL = none. */
const json_t *ty_plan_vars(const struct ty_plan *plan);

#endif
