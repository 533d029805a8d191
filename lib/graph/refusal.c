/*
 * refusal.c -- which fields of a document are refused, because nothing would come of them.
 */
#include "graph/internal.h"

#include "base/str.h"
#include "json/json.h"

#include <stddef.h>

struct refusal {
	const char *part, *name;
	bool (*refuses)(const json_t *value); /* NULL = whatever the value */
	const char *msg, *hint;
};

static const struct refusal refusals[] = {
#define X(part, name, refuses, msg, hint) { part, name, refuses, msg, hint },
#include "graph/refusal.def"
#undef X
};

static void
refusal_add(const struct refusal *row, const char *node, const char *path,
	    struct ty_graph_report *report)
{
	ty_graph_report_add(report, TY_FINDING_NOT_SUPPORTED, node, path, row->hint, "%s",
			    row->msg);
}

bool
ty_graph_refuse(const char *part, const char *name, const json_t *value, const char *node,
		const char *path, struct ty_graph_report *report)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(refusals); i++) {
		const struct refusal *row = &refusals[i];

		if (!ty_str_eq(row->part, part) || !ty_str_eq(row->name, name) ||
		    (row->refuses != NULL && !row->refuses(value)))
			continue;
		refusal_add(row, node, path, report);
		return true;
	}
	return false;
}
