-- Rows that the API server must find before it knows the workspace: membership of a person, the owner of an
-- API key, the hook at an address.  Each gives back only what the caller has proved a right to (a session's
-- user, a key's prefix, a public address), so that it may look across workspaces.  Everything after it runs
-- under row-level security.

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

-- Workspace of a person's that holds this workflow.
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

-- Kept for the release before: claim_hook is today's.
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

-- Does a claim of this shape take this path?  Both are normal (lib/hook/address.h); ':' stands for a parameter, which is neither
-- empty nor a dot segment.
CREATE OR REPLACE FUNCTION tyboo.shape_takes(p_shape text, p_path text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT cardinality(s.parts) = cardinality(p.parts) AND NOT EXISTS (SELECT FROM unnest(s.parts, p.parts) AS i (want, have)
		WHERE have IN ('', '.', '..') OR want NOT IN (':', have))
	FROM (SELECT string_to_array(p_shape, '/') AS parts) s, (SELECT string_to_array(p_path, '/') AS parts) p
$$;

-- Do two shapes take some path in common?
CREATE OR REPLACE FUNCTION tyboo.shapes_overlap(p_one text, p_other text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT cardinality(a.parts) = cardinality(b.parts) AND NOT EXISTS (SELECT FROM unnest(a.parts, b.parts) AS i (x, y)
		WHERE x <> y AND x <> ':' AND y <> ':')
	FROM (SELECT string_to_array(p_one, '/') AS parts) a, (SELECT string_to_array(p_other, '/') AS parts) b
$$;

-- Rank of a shape among those that overlap: the lower one goes first, literal before parameter from the
-- left.
CREATE OR REPLACE FUNCTION tyboo.shape_rank(p_shape text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT translate(regexp_replace(p_shape, '[^/:]+', '0', 'g'), ':', '1') COLLATE "C" $$;

-- The claims that go before one with parameters, as far as they meet it: '["POST orders/new"]'.  '' of one without; null where there
-- are too many to be remembered.
CREATE OR REPLACE FUNCTION tyboo.hooks_before(p_workspace uuid, p_method text, p_shape text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT CASE WHEN strpos(p_shape, ':') = 0 THEN '' ELSE (
		SELECT CASE WHEN count(*) <= 100 THEN coalesce(json_agg(h.method || ' ' || h.path)::text, '[]') END
		FROM tyboo.hooks h
		WHERE h.workspace_id = p_workspace AND (p_method = '*' OR h.method IN (p_method, '*'))
			AND tyboo.shapes_overlap(h.path, p_shape) AND tyboo.shape_rank(h.path) < tyboo.shape_rank(p_shape)) END
$$;

-- The limits of a workspace as JSON: every number of its row is one (lib/base/limits.def).
CREATE OR REPLACE FUNCTION tyboo.limits_of(p_workspace tyboo.workspaces) RETURNS text
LANGUAGE sql STABLE SET search_path = tyboo, pg_temp
AS $$ SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(to_jsonb(p_workspace)) WHERE jsonb_typeof(value) = 'number' $$;

DO $$ BEGIN
	-- A function's result cannot get a column by REPLACE.
	IF pg_get_function_result(to_regprocedure('tyboo.claim_hook(text, text, text)')) NOT LIKE '%limits%' THEN
		DROP FUNCTION tyboo.claim_hook(text, text, text);
	END IF;
END $$;
-- A workspace by slug and, where there is one, the hook that takes method and path: its own path before one with parameters, of those
-- the lowest rank, then an exact method before '*'.  No row: no such workspace.  A null hook_id: nothing claims the address.
CREATE OR REPLACE FUNCTION tyboo.claim_hook(p_slug text, p_method text, p_path text)
RETURNS TABLE (workspace_id uuid, concurrent_max integer, depth_max integer, rate_per_s integer, quota_month bigint,
	hook_id uuid, workflow_id uuid, version_id uuid, node_id text, verify text, timeout_ms bigint,
	workflow_concurrent_max integer, method text, path text, before text, limits text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	-- concurrent_max to quota_month are for the release before: today's reads limits.
	WITH w AS MATERIALIZED (
		SELECT s.*, tyboo.limits_of(s) AS limits FROM tyboo.workspaces s WHERE slug = p_slug
	), exact AS MATERIALIZED (
		SELECT h.* FROM w JOIN tyboo.hooks h ON h.workspace_id = w.id AND h.path = p_path AND h.method IN (p_method, '*')
		ORDER BY (h.method = p_method) DESC LIMIT 1
	), h AS MATERIALIZED (
		SELECT * FROM exact
		UNION ALL
		(SELECT h.* FROM w JOIN tyboo.hooks h ON h.workspace_id = w.id AND strpos(h.path, ':') > 0 AND h.method IN (p_method, '*')
		WHERE NOT EXISTS (SELECT FROM exact) AND tyboo.shape_takes(h.path, p_path)
		ORDER BY tyboo.shape_rank(h.path), (h.method = p_method) DESC LIMIT 1)
	)
	SELECT w.id, w.concurrent_max, w.depth_max, w.rate_per_s, w.quota_month,
		h.id, h.workflow_id, h.version_id, h.node_id, h.verify, h.timeout_ms, f.concurrent_max, h.method, h.path,
		CASE WHEN h.id IS NOT NULL THEN tyboo.hooks_before(w.id, p_method, h.path) END, w.limits
	FROM w
	LEFT JOIN h ON true
	LEFT JOIN tyboo.workflows f ON f.workspace_id = h.workspace_id AND f.id = h.workflow_id
$$;

-- The methods that an address takes, '*' for any; null: none.
CREATE OR REPLACE FUNCTION tyboo.hook_methods(p_slug text, p_path text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT string_agg(DISTINCT h.method, ', ' ORDER BY h.method)
	FROM tyboo.workspaces w JOIN tyboo.hooks h ON h.workspace_id = w.id
	WHERE w.slug = p_slug AND (h.path = p_path OR (strpos(h.path, ':') > 0 AND tyboo.shape_takes(h.path, p_path)))
$$;

REVOKE ALL ON FUNCTION tyboo.user_workspaces(uuid, text), tyboo.user_workflow_workspace(uuid, uuid),
	tyboo.find_api_key(text), tyboo.find_hook(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tyboo.user_workspaces(uuid, text), tyboo.user_workflow_workspace(uuid, uuid),
	tyboo.find_api_key(text), tyboo.find_hook(text, text, text) TO tyboo_app;
