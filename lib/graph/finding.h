/*
 * finding.h -- what can be wrong with a workflow, for those who judge more of it than lib/graph knows.
 *
 * A finding is { "path", "node"?, "severity", "code", "message", "hint", "docs" }.  "docs" is the place
 * in docs/ that explains the code: each code is an anchor of WORKFLOWS.md (lint).
 */
#ifndef TY_GRAPH_FINDING_H
#define TY_GRAPH_FINDING_H

#include "base/defs.h"
#include "json/json.h"

enum ty_finding {
#define X(symbol, name, is_error, hint) symbol,
#include "graph/finding.def"
#undef X
	TY_FINDING__COUNT
};

/*
 * Append a finding to a list of ty_graph_validate's shape.  Texts are copied; 'node' (an id) may be NULL,
 * and so may 'hint', for the kind's own.
 */
void ty_graph_finding_append(json_t *findings, struct ty_arena *arena, enum ty_finding kind,
			     const char *node, const char *path, const char *hint, const char *msg);

/* Is one of these findings, as JSON, about this path? */
bool ty_graph_findings_have(const json_t *findings, const char *path);

#endif
