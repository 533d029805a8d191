/*
 * api_state.h -- forms of the routes about kept values.
 */
#ifndef TY_APP_API_STATE_H
#define TY_APP_API_STATE_H

#include "json/json.h"

#include <stdint.h>

struct form_state_list {
	int64_t limit;
	const char *cursor, *workflow_id, *kind, *prefix;
};
/* 'version' -1: whatever is there. */
struct form_state {
	const char *key, *workflow_id;
	json_t *value;
	int64_t version, expires_s;
};

extern const struct ty_form api_form_state_list, api_form_state, api_form_state_change;

#endif
