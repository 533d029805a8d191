/*
 * migrate_secrets.h -- the command "workflow migrate-secrets", which is in a file of its own.
 */
#ifndef TY_CTL_MIGRATE_SECRETS_H
#define TY_CTL_MIGRATE_SECRETS_H

#include "ctl.h"

enum ty_code ctl_migrate_secrets(struct ctl *ctl, struct ty_err *err) TY_MUST_CHECK;

#endif
