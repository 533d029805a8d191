-- lookup: questions of workers, which serve all workspaces, and of the operator.  (Those of the API: api.sql.)

-- The graph of a version, for workers: no row where there is none in that workspace.
CREATE OR REPLACE FUNCTION tyboo.find_version(p_workspace uuid, p_version uuid)
RETURNS TABLE (workflow_id uuid, number integer, workflow_name text, graph text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT v.workflow_id, v.number, f.name, v.graph
	FROM tyboo.workflow_versions v
	JOIN tyboo.workflows f ON f.workspace_id = v.workspace_id AND f.id = v.workflow_id
	WHERE v.workspace_id = p_workspace AND v.id = p_version
$$;

CREATE OR REPLACE FUNCTION tyboo.find_payload(p_workspace uuid, p_hash text)
RETURNS TABLE (kind text, size_bytes bigint, stored bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT kind, size_bytes, stored FROM tyboo.payloads WHERE workspace_id = p_workspace AND hash = p_hash
$$;

-- A slug may look like an id; then the id wins.
CREATE OR REPLACE FUNCTION tyboo.workspace_by_slug_or_id(p_name text)
RETURNS TABLE (id uuid, slug text, name text, concurrent_max integer, depth_max integer, rate_per_s integer, quota_month bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT w.id, w.slug, w.name, w.concurrent_max, w.depth_max, w.rate_per_s, w.quota_month
	FROM tyboo.workspaces w
	WHERE w.slug = p_name
		OR w.id = CASE WHEN p_name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN p_name::uuid END
	ORDER BY w.slug = p_name LIMIT 1
$$;
