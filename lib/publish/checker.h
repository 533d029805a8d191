/*
 * checker.h -- does this JavaScript compile?  Asks a tyboo-sandbox child.
 *
 * The child is started when first needed, from a warm parent, and serves one workspace until another
 * asks, whose own takes its place.  Both end when idle, because they are the largest
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
 * A script of this workspace ("" = of none, as good as one).
 * Errors: TY_E_INVALID (it does not compile: message, line), TY_E_UNAVAILABLE (no sandbox).
 */
enum ty_code ty_checker_check(struct ty_checker *checker, const struct ty_id *workspace_id,
			      const char *script, bool body, struct ty_err *err) TY_MUST_CHECK;

/* End child and warm parent where nobody has asked for 'idle_ms'. */
void ty_checker_rest(struct ty_checker *checker, int64_t idle_ms);

#endif
