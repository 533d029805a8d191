/*
 * rows.h -- one row, one run of one node: what goes in, what must come out.
 */
#ifndef TY_TESTS_NODES_ROWS_H
#define TY_TESTS_NODES_ROWS_H

#include "nodes/nodes.h"
#include "support/common.h"
#include "support/fake_step.h"

/* Rows leave out at their end what they do not look at. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct row {
	const char *what; /* for the message of a failure */
	const char *params, *items;
	enum ty_code rc;
	const char *outs[4][2]; /* port, items; a NULL port ends them */
	const char *message;	/* part of the error's; NULL = none */
};

static struct fake_step *
row_run(const struct ty_node_def *def, const struct row *row)
{
	struct fake_step *s = fake_step_new(fx.arena, def, row->items);
	enum ty_code rc;

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, row->params);
	rc = fake_step_run(s, &fx.err);
	ck_assert_msg(rc == row->rc, "%s: gave %s (%s), not %s", row->what, ty_code_name(rc),
		      fx.err.msg, ty_code_name(row->rc));
	for (size_t i = 0; i < TY_ARRAY_COUNT(row->outs) && row->outs[i][0] != NULL; i++) {
		const char *out = fake_step_output(s, row->outs[i][0]);

		ck_assert_msg(strcmp(out, row->outs[i][1]) == 0, "%s: %s gave %s, not %s",
			      row->what, row->outs[i][0], out, row->outs[i][1]);
	}
	if (row->message != NULL)
		ck_assert_msg(strstr(fx.err.msg, row->message) != NULL, "%s: \"%s\" has no \"%s\"",
			      row->what, fx.err.msg, row->message);
	return s;
}

#endif
