/*
 * statics.h -- static data of a workflow, which code keeps from one run to the next.
 *
 * Whoever begins a run reads it and journals it under TY_JOURNAL_STATICS (journal_entry.h) before its first step; what
 * the run has changed is kept once it went well.
 */
#ifndef TY_ENGINE_STATICS_H
#define TY_ENGINE_STATICS_H

#include "engine/engine.h"
#include "json/json.h"

/* May code of the plan's runs ask for it? */
bool ty_plan_keeps_statics(const struct ty_plan *plan);

/*
 * Changes of a run, by the keys of the objects: [{ "node": id, "" = of the workflow, "set": { key: value },
 * "gone": [key] }].  New reference.
 */
json_t *ty_run_static_changes(const struct ty_run *run);

#endif
