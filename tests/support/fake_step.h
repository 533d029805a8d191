/*
 * fake_step.h -- one node in a run of its own, for tests of nodes.
 *
 *	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_if, "[{\"big\":true}]");
 *
 *	fake_step_param(s, "condition", "\"={{ $json.big }}\"");
 *	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_OK);
 *	ck_assert_str_eq(fake_step_output(s, "true"), "[{\"big\":true}]");
 *
 * The node is run by the real engine behind a trigger and a feed for each of its inputs, so
 * what is tested is what users get: parameters bound, expressions resolved, limits kept.
 *
 * Memory: the arena given.
 */
#ifndef TY_TESTS_FAKE_STEP_H
#define TY_TESTS_FAKE_STEP_H

#include "node/node.h"
#include "support/fake_ops.h"

struct fake_step;

/* 'items': JSON text, a list of objects: each is an item's "json" of the first input. */
struct fake_step *fake_step_new(struct ty_arena *arena, const struct ty_node_def *def,
				const char *items);
/* Items of another input port. */
void fake_step_items(struct fake_step *s, const char *port, const char *items);
/* A parameter as JSON text. */
void fake_step_param(struct fake_step *s, const char *name, const char *value);
/* All parameters as JSON text. */
void fake_step_params(struct fake_step *s, const char *params);

/* Run it; the error is the plan's, or the run's as it was recorded. */
enum ty_code fake_step_run(struct fake_step *s, struct ty_err *err) TY_MUST_CHECK;

/* The "json" of what left through a port, as compact text; "[]" where nothing did. */
const char *fake_step_output(struct fake_step *s, const char *port);
/* The lineage of what left through a port, as compact text: [0,1] or [[[0,0],[1,0]]]. */
const char *fake_step_from(struct fake_step *s, const char *port);
struct fake_ops *fake_step_ops(struct fake_step *s);
const struct ty_run_result *fake_step_result(struct fake_step *s);

#endif
