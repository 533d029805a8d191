/*
 * fake_sandbox.h -- the real tyboo-sandbox behind a call that waits for the raw answer.
 */
#ifndef TY_TESTS_FAKE_SANDBOX_H
#define TY_TESTS_FAKE_SANDBOX_H

#include "base/defs.h"

#include <jansson.h>

struct fake_sandbox;

/* Started at the first question, killed with the arena. */
struct fake_sandbox *fake_sandbox_new(struct ty_arena *arena);
/* New reference, or NULL with 'err' filled; the process is killed then. */
json_t *fake_sandbox_ask(struct fake_sandbox *sandbox, const json_t *request, int64_t timeout_ms,
			 struct ty_err *err);

#endif
