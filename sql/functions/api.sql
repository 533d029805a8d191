-- What the API server must find before it knows the workspace: membership of a person, the
-- owner of an API key, the hook at an address.  Each gives back only what the caller has
-- proved a right to (a session's user, a key's prefix, a public address), so each may look
-- across workspaces.  Everything after it runs under row-level security.

-- The workspaces of a person with role and permissions.  p_workspace: slug, id, or null for all.
CREATE OR REPLACE FUNCTION tyboo.user_workspaces(p_user uuid, p_workspace text)
RETURNS TABLE (id uuid, slug text, name text, role text, permissions text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT w.id, w.slug, w.name, m.role,
		coalesce((SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
			FROM tyboo.role_permissions p WHERE p.role = m.role), '')
	FROM tyboo.workspace_members m JOIN tyboo.workspaces w ON w.id = m.workspace_id
	WHERE m.user_id = p_user AND (p_workspace IS NULL OR w.slug = p_workspace OR w.id::text = p_workspace)
	ORDER BY w.name, w.id
$$;

-- Which of a person's workspaces holds this workflow.
CREATE OR REPLACE FUNCTION tyboo.user_workflow_workspace(p_user uuid, p_workflow uuid)
RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT f.workspace_id
	FROM tyboo.workspace_members m
	JOIN tyboo.workflows f ON f.workspace_id = m.workspace_id AND f.id = p_workflow AND f.deleted_at IS NULL
	WHERE m.user_id = p_user
	LIMIT 1
$$;

-- A live API key by its prefix, with its workspace.  The caller compares the secret's hash.  A key can do what its scopes say
-- and its maker may do now: none of a maker who is disabled, deleted or no member any more.
CREATE OR REPLACE FUNCTION tyboo.find_api_key(p_prefix text)
RETURNS TABLE (id uuid, secret_hash bytea, scopes text, created_by uuid, workspace_id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT k.id, k.secret_hash,
		coalesce((SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
			FROM tyboo.role_permissions p WHERE p.role = m.role AND p.permission = ANY (k.scopes)), ''),
		k.created_by, w.id, w.slug, w.name
	FROM tyboo.api_keys k
	JOIN tyboo.workspaces w ON w.id = k.workspace_id
	JOIN tyboo.workspace_members m ON m.workspace_id = k.workspace_id AND m.user_id = k.created_by
	JOIN tyboo.users u ON u.id = k.created_by AND u.disabled_at IS NULL
	WHERE k.prefix = p_prefix AND k.revoked_at IS NULL
$$;

-- A workspace by slug and, where there is one, the hook at method and path: an exact method
-- goes before '*'.  No row: no such workspace.  A null hook_id: nothing claims the address.
CREATE OR REPLACE FUNCTION tyboo.find_hook(p_slug text, p_method text, p_path text)
RETURNS TABLE (workspace_id uuid, concurrent_max integer, depth_max integer, rate_per_s integer, quota_month bigint,
	hook_id uuid, workflow_id uuid, version_id uuid, node_id text, verify text, timeout_ms bigint,
	workflow_concurrent_max integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT w.id, w.concurrent_max, w.depth_max, w.rate_per_s, w.quota_month,
		h.id, h.workflow_id, h.version_id, h.node_id, h.verify, h.timeout_ms, f.concurrent_max
	FROM tyboo.workspaces w
	LEFT JOIN tyboo.hooks h ON h.workspace_id = w.id AND h.path = p_path AND h.method IN (p_method, '*')
	LEFT JOIN tyboo.workflows f ON f.workspace_id = h.workspace_id AND f.id = h.workflow_id
	WHERE w.slug = p_slug
	ORDER BY (h.method = p_method) DESC NULLS LAST
	LIMIT 1
$$;

REVOKE ALL ON FUNCTION tyboo.user_workspaces(uuid, text), tyboo.user_workflow_workspace(uuid, uuid),
	tyboo.find_api_key(text), tyboo.find_hook(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tyboo.user_workspaces(uuid, text), tyboo.user_workflow_workspace(uuid, uuid),
	tyboo.find_api_key(text), tyboo.find_hook(text, text, text) TO tyboo_app;
