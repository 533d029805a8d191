/*
 * family.c -- see family.h.
 */
#include "store/family.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"

#include <string.h>

/* Runs whose cost is counted together: more take a second. */
#define COST_RUNS_SQL	 "10000"
#define CHILDREN_MAX_SQL "100"

_Static_assert(TY_STORE_CHILDREN_MAX == 100, "CHILDREN_MAX_SQL says so too");

/* clang-format breaks SQL into syllables. */
/* clang-format off */
static const char family_sql[] =
	"WITH RECURSIVE self AS (SELECT d.id, d.parent_run_id, d.root_run_id, d.depth FROM tyboo.deliveries d WHERE d.id = $1::uuid), "
	"below AS (SELECT $1::uuid AS id UNION SELECT d.id FROM below b JOIN tyboo.deliveries d ON d.parent_run_id = b.id), "
	"children AS (SELECT d.id, d.workflow_id, w.name, d.mode, coalesce(e.status, 'queued') AS status, "
	"string_to_array(d.parent_key, '/') AS key FROM tyboo.deliveries d "
	"LEFT JOIN tyboo.executions e ON e.id = d.id LEFT JOIN tyboo.workflows w ON w.id = d.workflow_id "
	"WHERE d.parent_run_id = $1::uuid) "
	"SELECT json_build_object("
	"'parent', (SELECT json_build_object('id', d.id, 'workflow_name', w.name, 'status', coalesce(e.status, 'queued')) "
	"FROM self JOIN tyboo.deliveries d ON d.id = self.parent_run_id LEFT JOIN tyboo.executions e ON e.id = d.id "
	"LEFT JOIN tyboo.workflows w ON w.id = d.workflow_id), "
	"'root_id', (SELECT root_run_id FROM self), 'depth', coalesce((SELECT depth FROM self), 0), "
	"'children', coalesce((SELECT json_agg(json_build_object('id', c.id, 'workflow_id', c.workflow_id, 'workflow_name', c.name, "
	"'mode', c.mode, 'status', c.status, 'node', c.key[cardinality(c.key) - 2]) ORDER BY c.id) "
	"FROM (SELECT * FROM children ORDER BY id LIMIT " CHILDREN_MAX_SQL ") c), '[]'), "
	"'child_count', (SELECT count(*) FROM children), "
	"'cost', (SELECT json_build_object('runs', count(*), 'steps', coalesce(sum(u.steps), 0), 'items', coalesce(sum(u.items), 0), "
	"'run_ms', coalesce(sum(u.run_ms), 0)) FROM (SELECT id FROM below LIMIT " COST_RUNS_SQL ") b "
	"LEFT JOIN tyboo.usage_events u ON u.run_id = b.id), "
	"'error_run_id', (SELECT e.error_run_id FROM tyboo.executions e WHERE e.id = $1::uuid), "
	"'notice', (SELECT e.notice FROM tyboo.executions e WHERE e.id = $1::uuid))::text AS family";
/* clang-format on */

enum ty_code
ty_store_family_add(struct ty_tx *tx, const struct ty_id *id, json_t *execution, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;
	const char *text;
	json_t *family;

	if (ty_tx_query(tx, family_sql, params, 1, &rows, err) != TY_OK)
		return err->code;
	text = ty_rows_text(&rows, 0, 0);
	if (ty_json_parse_stored(ty_tx_arena(tx), text, strlen(text), &family, err) != TY_OK)
		return err->code;
	json_object_update(execution, family);
	return TY_OK;
}
