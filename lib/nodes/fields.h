/*
 * fields.h -- what nodes that name fields of items check and tell alike.
 */
#ifndef TY_NODES_FIELDS_H
#define TY_NODES_FIELDS_H

#include "base/limits.h"
#include "node/node.h"

/*
 * Check the paths in 'params', a member 'member' of each entry of the list 'list': empty parts are
 * reported.  _advise: names that may be meant as they stand ("Plan 3.5").
 */
void node_fields_check(const json_t *params, const char *list, const char *member,
		       ty_param_finding_fn found, void *ctx);
void node_fields_advise(const json_t *params, const char *list, const char *member,
			ty_param_finding_fn found, void *ctx);

/* node_fields_check() and _advise() for the member "field" of the list "fields", as a definition's check
 * and advise. */
void node_path_check_fields(const struct ty_node_def *def, const json_t *params,
			    ty_param_finding_fn found, void *ctx);
void node_path_advise_fields(const struct ty_node_def *def, const json_t *params,
			     ty_param_finding_fn found, void *ctx);

/* Tell that a field's values are of several kinds (1 << enum node_rank), where they are. */
void node_mixed_notice(struct ty_step *step, const char *field, unsigned ranks);

/* The first 'count' items of the first input, as sources of one item. */
const struct ty_from *node_from_all(struct ty_step *step, size_t count);

/* The names of all fields of all items, each once, in the order in which they are first met; of the step's arena. */
const char **node_fields_of_items(struct ty_step *step, size_t *ret_count);

/* Cells of a table that is written: all items that a step takes, with as many columns as can be chosen. */
#define NODE_TABLE_CELLS_MAX (500 * TY_LIMIT_STEP_ITEMS)
/*
 * May a table of all items have so many columns?  Items that have few fields each, but others than the next, make a
 * table of many more cells than values came in.  Errors: TY_E_LIMIT.
 */
enum ty_code node_table_check(struct ty_step *step, size_t columns, struct ty_err *err);

/* The last part of a path: what a field of it is called where it stands alone.  Owned by 'arena'. */
const char *node_path_last(struct ty_arena *arena, const char *path);

#endif
