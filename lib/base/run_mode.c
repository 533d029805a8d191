/*
 * run_mode.c -- the table of run_mode.def.
 */
#include "base/run_mode.h"

#include "base/str.h"

const struct ty_run_mode ty_run_modes[] = {
#define X(symbol, name_, label_, input_, version_, start_)                                         \
	[symbol] = { .name = name_,                                                                \
		     .label = label_,                                                              \
		     .input = input_,                                                              \
		     .version = version_,                                                          \
		     .start = start_ },
#include "base/run_mode.def"
#undef X
	[TY_RUN_MODE__COUNT] = { .name = NULL },
};

bool
ty_run_mode_has_effects(const struct ty_run_mode *mode)
{
	return mode != &ty_run_modes[TY_RUN_MODE_PROOF] &&
	       mode != &ty_run_modes[TY_RUN_MODE_WHAT_IF];
}

const struct ty_run_mode *
ty_run_mode_find(const char *name)
{
	for (const struct ty_run_mode *mode = ty_run_modes; mode->name != NULL; mode++)
		if (ty_str_eq(mode->name, name))
			return mode;
	return NULL;
}
