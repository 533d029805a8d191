/*
 * api_workflow.h -- a workflow as the API shows it, for those who change one.
 */
#ifndef TY_APP_API_WORKFLOW_H
#define TY_APP_API_WORKFLOW_H

#include "api.h"

/* Answer with the workflow 'id' as it is now, its revision as the ETag. */
enum ty_code api_workflow_answer(struct ty_api_call *call, int status, const struct ty_id *id,
				 struct ty_err *err) TY_MUST_CHECK;
/* Answer with a workflow that was unpublished, and with how many runs of it still wait in the queue. */
enum ty_code api_workflow_off_answer(struct ty_api_call *call, const struct ty_id *id,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
