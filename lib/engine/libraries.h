/*
 * libraries.h -- which of the installation's libraries code of a plan's runs may ask for by require('name').
 *
 * Whoever begins a run reads them and journals their digests under TY_JOURNAL_LIBRARIES (journal_entry.h) before its
 * first step; whoever goes on with it, or runs it again, takes those (struct ty_run_spec).
 */
#ifndef TY_ENGINE_LIBRARIES_H
#define TY_ENGINE_LIBRARIES_H

#include "engine/engine.h"
#include "json/json.h"

/* An array of names, the plan's; NULL = none. */
const json_t *ty_plan_libraries(const struct ty_plan *plan);

#endif
