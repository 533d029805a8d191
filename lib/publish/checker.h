/*
 * checker.h -- does this JavaScript compile?  Asks one tyboo-sandbox child.
 *
 * The child is started when first needed and ended when idle, because it is the largest
 * thing an idle process would hold.  One request at a time (a check is well under a
 * millisecond).
 */
#ifndef TY_PUBLISH_CHECKER_H
#define TY_PUBLISH_CHECKER_H

#include "base/defs.h"

struct ty_checker;

/* 'conf' is borrowed. */
struct ty_checker *ty_checker_new(const struct ty_conf *conf);
void ty_checker_free(struct ty_checker *checker); /* takes NULL */

/*
 * Errors: TY_E_INVALID (it does not compile: message, line), TY_E_UNAVAILABLE (no sandbox).
 * The signature is ty_validate_ops.script_check's, with the checker as 'ctx'.
 */
enum ty_code ty_checker_check(void *ctx, const char *script, bool body,
			      struct ty_err *err) TY_MUST_CHECK;

/* End the child where it has been idle for 'idle_ms'. */
void ty_checker_rest(struct ty_checker *checker, int64_t idle_ms);

#endif
