/*
 * hook_held.h -- a delivery that cannot be judged yet, because its issuer's keys are not here.
 *
 * It is kept, and its sender is told so; a worker fetches the keys, judges it and has it run, or refuses it
 * (workers/run/key_fetch.c).  Nothing of it is anything to the workspace before that: its delivery key is
 * looked at when it is verified.
 */
#ifndef TY_APP_HOOK_HELD_H
#define TY_APP_HOOK_HELD_H

#include "api.h"
#include "hook_cache.h"
#include "intake/job.h"

/*
 * Keep it and answer 202; 503 where it has files, the workspace keeps as many as it may, or Postgres is away.  'result' is one
 * that waits (ty_hook_result_waits).
 */
enum ty_code hook_hold(struct ty_api_call *call, const struct ty_hook_entry *entry,
		       const struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
		       enum ty_hook_result result, struct ty_err *err) TY_MUST_CHECK;
/* 503, and the keys are asked for: a body that is not kept before it is verified has to come again. */
enum ty_code hook_come_again(struct ty_api_call *call, const struct ty_hook_entry *entry,
			     const struct ty_receipt *receipt, enum ty_hook_result result,
			     const char *why, struct ty_err *err) TY_MUST_CHECK;

#endif
