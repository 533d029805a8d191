/*
 * states.h -- kept values that runs ask for.
 */
#ifndef TY_RUN_STATES_H
#define TY_RUN_STATES_H

#include "asks.h"
#include "service/service.h"

/* All borrowed; 'means' gets the service's io.  The result is ended and resumed as any (asks.h). */
struct asks *states_new(struct uv_loop_s *loop, struct ty_store_async *store,
			const struct ty_log *log, struct ty_service_means *means);

#endif
