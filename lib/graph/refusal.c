/*
 * refusal.c -- which fields of a document are refused, because nothing would come of them.
 */
#include "graph/internal.h"

#include "base/str.h"
#include "expr/expr.h"
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

void
ty_graph_refuse_words(const char *src, const char *node, const char *path,
		      struct ty_graph_report *report)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(refusals); i++)
		if (ty_str_eq(refusals[i].part, "word") &&
		    ty_expr_has_word(report->arena, src, refusals[i].name))
			refusal_add(&refusals[i], node, path, report);
}
