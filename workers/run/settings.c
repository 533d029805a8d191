/*
 * settings.c -- see settings.h.
 */
#include "settings.h"

#include "base/err.h"
#include "conf/conf.h"

enum ty_code
settings_check(const struct ty_conf *conf, struct ty_err *err)
{
	if (ty_conf_check_stores(conf, err) != TY_OK)
		return err->code;
	if (conf->heartbeat_ms * 2 > conf->lease_ms) {
		ty_err_set(err, TY_E_INVALID,
			   "heartbeat_ms (%lld) is more than half of lease_ms (%lld)",
			   (long long)conf->heartbeat_ms, (long long)conf->lease_ms);
		return ty_err_hint(err, "Lower heartbeat_ms, or raise lease_ms.");
	}
	return TY_OK;
}
