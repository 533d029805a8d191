-- lookup: questions of workers, which serve all workspaces.  (Those of the API: api.sql.)

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
