/*
 * lists.h -- rows of nodes that work on lists: what goes in and out, from which items, and what is told.
 * In these texts ` stands for ".
 */
#ifndef TY_TESTS_NODES_LISTS_H
#define TY_TESTS_NODES_LISTS_H

#include "base/arena.h"
#include "unit/engine/flow.h"
#include "unit/nodes/rows.h"

struct list_row {
	const char *what, *params, *items;
	enum ty_code rc;
	const char *outs[4][2]; /* port, items; a NULL port ends them */
	const char *message;	/* part of the error's; NULL = none */
	const char *notice;	/* its code; NULL = there is none */
	const char *from;	/* lineage of the first output; NULL = not looked at */
};

/* Does the last step of the run tell this? */
static inline bool
list_has_notice(const struct ty_run_result *r, const char *code)
{
	const json_t *step = json_array_get(r->steps, json_array_size(r->steps) - 1), *notice;
	size_t i;

	json_array_foreach(json_object_get(step, "notices"), i,
			   notice) if (strcmp(ty_json_str(notice, "code", ""), code) ==
				       0) return true;
	return false;
}

static inline void
list_row_run(const struct ty_node_def *def, const struct list_row *row)
{
	static const char *const told[] = { "mixed_types", "values_left_out", "too_large" };
	struct row plain = { .what = row->what,
			     .params = quoted(row->params),
			     .items = quoted(row->items),
			     .rc = row->rc,
			     .message = row->message };
	struct fake_step *s;

	for (size_t i = 0; i < TY_ARRAY_COUNT(row->outs) && row->outs[i][0] != NULL; i++) {
		plain.outs[i][0] = row->outs[i][0];
		plain.outs[i][1] = quoted(row->outs[i][1]);
	}
	s = row_run(def, &plain);
	if (row->from != NULL)
		ck_assert_msg(strcmp(fake_step_from(s, row->outs[0][0]), row->from) == 0,
			      "%s: from %s", row->what, fake_step_from(s, row->outs[0][0]));
	for (size_t i = 0; row->rc == TY_OK && i < TY_ARRAY_COUNT(told); i++)
		ck_assert_msg(list_has_notice(fake_step_result(s), told[i]) ==
				      (row->notice != NULL && strcmp(row->notice, told[i]) == 0),
			      "%s: notice %s", row->what, told[i]);
}

#endif
