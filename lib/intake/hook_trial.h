/*
 * hook_trial.h -- a request is checked as a delivery would be, and nothing comes of it.
 *
 * For whoever sets up a webhook: is it genuine by the hook's present rule and secrets, and if not, which part
 * differs (hook/explain.h)?  Says nothing of a secret but what the asker has sent.
 */
#ifndef TY_INTAKE_HOOK_TRIAL_H
#define TY_INTAKE_HOOK_TRIAL_H

#include "base/defs.h"
#include "base/id.h"

#include <jansson.h>

struct ty_tx;
struct ty_vault;

/* ty_vault_secrets, which stands beside this folder and is given to it. */
typedef enum ty_code (*ty_hook_secrets_fn)(const struct ty_vault *vault, struct ty_tx *tx,
					   const struct ty_id *workspace_id,
					   const struct ty_id *credential_id,
					   void (*take)(void *ctx, const void *data, size_t len),
					   void *ctx, struct ty_err *err);

struct ty_hook_trial {
	const char *slug;	   /* slug of the workspace */
	const char *method, *path; /* the path behind /hooks/<workspace>/, without a query */
	const char *query;	   /* undecoded, "" = none */
	const char *base_url;	   /* conf's */
	const char *sns_hosts;	   /* conf's; NULL = none */
	const json_t *headers;	   /* names in any case: text */
	const void *body;
	size_t body_len;
	int64_t now_s;
	ty_hook_secrets_fn secrets;
	const struct ty_vault *vault;
};

/* A trial by the clock's time, with what all trials need; the request is still to be filled in. */
struct ty_hook_trial ty_hook_trial_begin(const char *slug, const char *base_url,
					 ty_hook_secrets_fn secrets, const struct ty_vault *vault);

/*
 * { "scheme", "result", "text", "hint", "difference": { "part", "text" } or null }; owned by the tx's arena.
 * 'result' is a word of the table in hook_trial.c: "ok", "missing", "mismatch" ...
 * Errors: TY_E_NOT_FOUND (no published workflow takes this method and path), TY_E_INVALID (a header).
 */
enum ty_code ty_hook_try(struct ty_tx *tx, const struct ty_hook_trial *trial, json_t **ret_report,
			 struct ty_err *err) TY_MUST_CHECK;
/* ty_hook_try() of a delivery that was kept: the request in 'trial' is ignored. */
enum ty_code ty_hook_try_delivery(struct ty_tx *tx, const struct ty_id *delivery_id,
				  const struct ty_hook_trial *trial, json_t **ret_report,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
