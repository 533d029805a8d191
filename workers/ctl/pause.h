/*
 * pause.h -- the commands about pauses and what waits in the queue, of the families "workflow" and
 * "workspace".
 */
#ifndef TY_CTL_PAUSE_H
#define TY_CTL_PAUSE_H

#include "ctl.h"

/* Pause or unpause the workflow that the command names, else the whole workspace. */
enum ty_code ctl_pause(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_unpause(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_workflow_cancel_queued(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;

#endif
