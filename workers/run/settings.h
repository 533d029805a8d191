/*
 * settings.h -- settings of tyboo-run that do not go together.
 */
#ifndef TY_RUN_SETTINGS_H
#define TY_RUN_SETTINGS_H

#include "base/defs.h"

/* Errors: TY_E_INVALID, naming the settings. */
enum ty_code settings_check(const struct ty_conf *conf, struct ty_err *err) TY_MUST_CHECK;

#endif
