-- Rotation of keys, across workspaces: for tybooctl.

-- The data keys behind (p_workspace, p_version) that another master key than this wraps, or one that is not known.
CREATE OR REPLACE FUNCTION tyboo.keys_wrapped_otherwise(p_by text, p_workspace uuid, p_version integer, p_limit integer)
RETURNS TABLE (workspace_id uuid, version integer, wrapped bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT k.workspace_id, k.version, k.wrapped FROM tyboo.workspace_keys k
	WHERE k.wrapped_by IS DISTINCT FROM p_by AND (p_workspace IS NULL OR (k.workspace_id, k.version) > (p_workspace, p_version))
	ORDER BY k.workspace_id, k.version LIMIT p_limit
$$;

-- No row where somebody else has wrapped it meanwhile.
CREATE OR REPLACE FUNCTION tyboo.rewrap_key(p_workspace uuid, p_version integer, p_old bytea, p_new bytea, p_by text)
RETURNS TABLE (version integer)
LANGUAGE sql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	UPDATE tyboo.workspace_keys k SET wrapped = p_new, wrapped_by = p_by
	WHERE k.workspace_id = p_workspace AND k.version = p_version AND k.wrapped = p_old RETURNING k.version
$$;

-- Count the data keys that each master key wraps; NULL: not known, since the release before.
CREATE OR REPLACE FUNCTION tyboo.key_wrappers()
RETURNS TABLE (wrapped_by text, data_keys bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT k.wrapped_by, count(*) FROM tyboo.workspace_keys k GROUP BY 1 ORDER BY 1
$$;

-- Waits for a call in runs that began within this time, whose addresses are signed with the key of then; NULL: open.
CREATE OR REPLACE FUNCTION tyboo.waits_of_runs(p_from timestamptz, p_until timestamptz)
RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT count(*) FROM tyboo.waits w
	WHERE w.kind = 'call' AND w.ended_at IS NULL
		AND (p_from IS NULL OR w.run_id >= tyboo.uuid_at(p_from)) AND (p_until IS NULL OR w.run_id < tyboo.uuid_at(p_until))
$$;

-- Workspaces behind p_after whose newest data key is older than p_started, or that have something sealed with an older one; tokens and
-- credentials alone, because what is sealed in a version of a workflow keeps its key.
CREATE OR REPLACE FUNCTION tyboo.workspaces_to_seal(p_started timestamptz, p_after uuid, p_limit integer)
RETURNS TABLE (workspace_id uuid, version integer, is_old boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT n.workspace_id, n.version, n.created_at < p_started
	FROM (SELECT DISTINCT ON (k.workspace_id) k.workspace_id, k.version, k.created_at FROM tyboo.workspace_keys k
		WHERE p_after IS NULL OR k.workspace_id > p_after ORDER BY k.workspace_id, k.version DESC) n
	WHERE n.created_at < p_started
		OR EXISTS (SELECT FROM tyboo.credentials c WHERE c.workspace_id = n.workspace_id AND c.key_version <> n.version)
		OR EXISTS (SELECT FROM tyboo.credential_tokens t WHERE t.workspace_id = n.workspace_id AND t.key_version <> n.version)
	ORDER BY n.workspace_id LIMIT p_limit
$$;

-- Count what is left: workspaces that need a new key, and what is sealed with an older one than the newest.
CREATE OR REPLACE FUNCTION tyboo.sealed_otherwise(p_started timestamptz)
RETURNS TABLE (workspaces bigint, credentials bigint, tokens bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH n AS (SELECT DISTINCT ON (k.workspace_id) k.workspace_id, k.version, k.created_at FROM tyboo.workspace_keys k
		ORDER BY k.workspace_id, k.version DESC)
	SELECT (SELECT count(*) FROM n WHERE n.created_at < p_started),
		(SELECT count(*) FROM tyboo.credentials c JOIN n USING (workspace_id) WHERE c.key_version <> n.version OR n.created_at < p_started),
		(SELECT count(*) FROM tyboo.credential_tokens t JOIN n USING (workspace_id) WHERE t.sealed IS NOT NULL AND (t.key_version <> n.version OR n.created_at < p_started))
$$;
