/*
 * states.h -- kept values that runs ask for: to Postgres, many in one statement.
 */
#ifndef TY_RUN_STATES_H
#define TY_RUN_STATES_H

#include "base/defs.h"
#include "log/log.h"
#include "service/service.h"
#include "store/async.h"

struct uv_loop_s;
struct states;

/* All borrowed; 'means' gets the service's io. */
struct states *states_new(struct uv_loop_s *loop, struct ty_store_async *store,
			  const struct ty_log *log, struct ty_service_means *means);
/* Tells nothing afterwards; call after the store's free.  Takes NULL. */
void states_free(struct states *states);
/* Postgres is back. */
void states_resume(struct states *states);

#endif
