/*
 * declared.h -- the fields that a called workflow says it takes and gives.
 *
 * core.called has both lists; it checks what it is given, and the node that calls what it gets back.
 */
#ifndef TY_NODES_DECLARED_H
#define TY_NODES_DECLARED_H

#include "base/defs.h"
#include "json/json.h"
#include "node/node.h"
#include "param/row.h"

/* Fields of one list: more belong in an object. */
#define NODE_DECLARED_MAX 100

struct node_declared {
	const char *name;
	int type;
	bool required;
};

extern const struct ty_param node_declared_rows[];

/*
 * Does the item have the fields of 'list' (raw: [{ "name", "type"?, "required"? }]; NULL = none are
 * declared)?  What is declared and not required may be absent or null.  Errors: TY_E_INVALID, which
 * names the field.
 */
enum ty_code node_declared_check(const json_t *list, const json_t *item,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
