/*
 * checker.h -- does this JavaScript compile, and what does it give?  Asks tyboo-sandbox children.
 *
 * A child is started when first needed, from a warm parent, and serves one workspace until another
 * asks, whose own takes its place.  All end when idle, because they are the largest
 * thing an idle process would hold.  One check at a time (it is well under a millisecond), and
 * TY_COMPUTING_MAX computations, each of another workspace, for which nobody waits.
 */
#ifndef TY_PUBLISH_CHECKER_H
#define TY_PUBLISH_CHECKER_H

#include "base/defs.h"
#include "json/json.h"

struct ty_arena;
struct ty_checker;
struct ty_computing;

/* Computations at a time in a process: a thread of the API is held while one lasts, so most are left to others. */
#define TY_COMPUTING_MAX 2

/* 'conf' is borrowed. */
struct ty_checker *ty_checker_new(const struct ty_conf *conf);
void ty_checker_free(struct ty_checker *checker); /* takes NULL */

/*
 * A script of this workspace ("" = of none, as good as one).
 * Errors: TY_E_INVALID (it does not compile: message, line), TY_E_UNAVAILABLE (no sandbox).
 */
enum ty_code ty_checker_check(struct ty_checker *checker, const struct ty_id *workspace_id,
			      const char *script, bool body, struct ty_err *err) TY_MUST_CHECK;

/*
 * Take a place to compute, for 'cpu_ms' altogether; give it back with ty_computing_end.  'arena' owns the handle.
 * Errors: TY_E_UNAVAILABLE (all places are taken, the workspace has one, or there is no sandbox).
 */
enum ty_code ty_computing_begin(struct ty_checker *checker, struct ty_arena *arena,
				const struct ty_id *workspace_id, int64_t cpu_ms,
				struct ty_computing **ret_computing,
				struct ty_err *err) TY_MUST_CHECK;
/* One request of sandbox/message.h.  Errors: ty_sandbox_request's; after a TY_E_TIMEOUT each further one is one. */
enum ty_code ty_computing_ask(struct ty_computing *computing, struct ty_arena *arena,
			      const json_t *request, json_t **ret_answer,
			      struct ty_err *err) TY_MUST_CHECK;
void ty_computing_end(struct ty_computing *computing);

/* End children and warm parent where nobody has asked for 'idle_ms'. */
void ty_checker_rest(struct ty_checker *checker, int64_t idle_ms);

#endif
