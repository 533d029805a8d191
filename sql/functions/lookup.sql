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

-- Rows that a worker opens secrets with: the workspace's data keys, newest first, wrapped; and, in the row
-- of its key, the credential.
CREATE OR REPLACE FUNCTION tyboo.find_secrets(p_workspace uuid, p_credential uuid)
RETURNS TABLE (key_version integer, wrapped bytea, credential_id uuid, type text, version integer, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT k.version, k.wrapped, c.id, c.type, c.version, c.sealed
	FROM tyboo.workspace_keys k
	LEFT JOIN tyboo.credentials c ON c.workspace_id = k.workspace_id AND c.id = p_credential AND c.key_version = k.version
	WHERE k.workspace_id = p_workspace
	ORDER BY k.version DESC
$$;

-- A credential as a worker opens it; no row where the workspace has none.  What is sealed is left out where the worker has that
-- version already (p_known; 0 = none).
CREATE OR REPLACE FUNCTION tyboo.find_credential(p_workspace uuid, p_credential uuid, p_known bigint)
RETURNS TABLE (version integer, type text, hosts text, key_version integer, wrapped bytea, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT c.version, c.type, c.hosts, c.key_version,
		CASE WHEN c.version <> p_known THEN k.wrapped END, CASE WHEN c.version <> p_known THEN c.sealed END
	FROM tyboo.credentials c
	LEFT JOIN tyboo.workspace_keys k ON k.workspace_id = c.workspace_id AND k.version = c.key_version
	WHERE c.workspace_id = p_workspace AND c.id = p_credential
$$;

-- find_secrets() for a call of a workflow, whose use is noted once a minute, because a commit for each call
-- would be dearer than the call.
CREATE OR REPLACE FUNCTION tyboo.use_credential(p_workspace uuid, p_credential uuid, p_known bigint, p_workflow uuid)
RETURNS TABLE (version integer, type text, hosts text, key_version integer, wrapped bytea, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT f.* FROM tyboo.find_credential(p_workspace, p_credential, p_known) f;
	IF NOT FOUND OR EXISTS (SELECT FROM tyboo.credential_uses u WHERE u.workspace_id = p_workspace AND u.credential_id = p_credential
		AND u.workflow_id = p_workflow AND u.used_at > now() - interval '1 minute') THEN
		RETURN;
	END IF;
	INSERT INTO tyboo.credential_uses (workspace_id, credential_id, workflow_id)
		SELECT w.workspace_id, p_credential, w.id FROM tyboo.workflows w WHERE w.workspace_id = p_workspace AND w.id = p_workflow
		ON CONFLICT (workspace_id, credential_id, workflow_id) DO UPDATE SET used_at = now();
EXCEPTION WHEN foreign_key_violation OR read_only_sql_transaction THEN
	RETURN; -- The credential is deleted just now, or nothing can be noted: the call is made all the same.
END $$;

-- Find the ids that are credentials of other workspaces, because a workflow that names one is refused.
CREATE OR REPLACE FUNCTION tyboo.foreign_credentials(p_ids uuid[])
RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT c.id FROM tyboo.credentials c WHERE c.id = ANY (p_ids) AND c.workspace_id <> tyboo.current_workspace()
$$;

-- The newest data key of all workspaces, wrapped: whether a program's master key is the right one.
CREATE OR REPLACE FUNCTION tyboo.newest_key()
RETURNS TABLE (workspace_id uuid, version integer, wrapped bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT k.workspace_id, k.version, k.wrapped FROM tyboo.workspace_keys k ORDER BY k.created_at DESC LIMIT 1
$$;

-- The variables that a run asks for, for workers: those of the names, a JSON list of texts; with '*' among them all.
CREATE OR REPLACE FUNCTION tyboo.find_variables(p_workspace uuid, p_names json)
RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT v.name, v.value FROM tyboo.variables v
	WHERE v.workspace_id = p_workspace
		AND (v.name IN (SELECT json_array_elements_text(p_names)) OR '*' IN (SELECT json_array_elements_text(p_names)))
	ORDER BY v.name
$$;

-- The name that a workflow has now, for workers; null where it is gone.
CREATE OR REPLACE FUNCTION tyboo.find_workflow_name(p_workspace uuid, p_workflow uuid)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT name FROM tyboo.workflows WHERE workspace_id = p_workspace AND id = p_workflow
$$;

-- The slug of the only workspace; null where there are none or several.
CREATE OR REPLACE FUNCTION tyboo.only_workspace()
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT CASE WHEN count(*) = 1 THEN min(w.slug) END FROM (SELECT slug FROM tyboo.workspaces LIMIT 2) w
$$;
