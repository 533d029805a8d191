/*
 * api_pause.h -- pauses, where another handler has to do with them.
 */
#ifndef TY_APP_API_PAUSE_H
#define TY_APP_API_PAUSE_H

#include "api.h"

/*
 * The call's workflow is to be deleted.  Where it is paused, what waits is canceled: it was not to run,
 * and nobody could let it go on later.
 */
enum ty_code api_pause_give_up(struct ty_api_call *call, struct ty_err *err) TY_MUST_CHECK;

#endif
