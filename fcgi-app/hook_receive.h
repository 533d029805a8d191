/*
 * hook_receive.h -- what hook.c, hook_large.c and hook_held.c do alike with a delivery; for those alone.
 */
#ifndef TY_APP_HOOK_RECEIVE_H
#define TY_APP_HOOK_RECEIVE_H

#include "api.h"
#include "hook_cache.h"
#include "intake/job.h"

/* Keep it with its verdict.  Where that fails the sender is refused all the same. */
void hook_keep_refused(struct ty_api_call *call, struct ty_receipt *receipt, const char *verdict,
		       const char *reason);
/* 'limit': what the body is over; it was not read, or not to its end. */
enum ty_code hook_refuse_large(struct ty_api_call *call, struct ty_receipt *receipt, int64_t limit,
			       struct ty_err *err);
enum ty_code hook_refuse_unverified(struct ty_api_call *call, const struct ty_hook_rule *rule,
				    const struct ty_hook_delivery *delivery,
				    struct ty_receipt *receipt, enum ty_hook_result result,
				    struct ty_err *err);
/* The key by which a repeat of the delivery is known. */
void hook_set_key(struct ty_api_call *call, const struct ty_hook_entry *entry,
		  const struct ty_hook_delivery *delivery, struct ty_receipt *receipt);
enum ty_code hook_accept_verified(struct ty_api_call *call, const struct ty_hook_entry *entry,
				  const struct ty_hook_delivery *delivery,
				  struct ty_receipt *receipt, struct ty_err *err);

/* ---- hook_large.c ---- */

/*
 * A body over TY_LIMIT_BODY_BYTES of a claimed address: verified and kept while it comes.  'delivery'
 * has the headers.
 */
enum ty_code hook_receive_large(struct ty_api_call *call, const struct ty_hook_entry *entry,
				struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
				struct ty_err *err) TY_MUST_CHECK;
/* Is the body read as a form that may have files? */
bool hook_has_files(const struct ty_api_call *call, const struct ty_hook_rule *rule);
/*
 * The files of a multipart body that is here as a whole and verified, for receipt->blobs.  Where they
 * cannot be kept now the body is taken as it is: it is in the receipt.
 */
void hook_keep_files(struct ty_api_call *call, const struct ty_hook_rule *rule,
		     struct ty_receipt *receipt);

#endif
