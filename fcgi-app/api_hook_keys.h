/*
 * api_hook_keys.h -- what a question for keys names.
 */
#ifndef TY_APP_API_HOOK_KEYS_H
#define TY_APP_API_HOOK_KEYS_H

struct form_hook_keys {
	const char *url;
};

#endif
