/*
 * pause.h -- the commands about pauses and what waits in the queue, of the families "workflow" and
 * "workspace".
 */
#ifndef TY_CTL_PAUSE_H
#define TY_CTL_PAUSE_H

#include "ctl.h"

enum ty_code ctl_workflow_pause(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_workflow_unpause(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_workflow_cancel_queued(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_workspace_pause(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_workspace_unpause(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;

#endif
