-- hooks: what tyboo-reap mirrors to Redis of the published hooks, so that a delivery finds its hook while Postgres is away.

-- All claims and workspaces, as lib/queue/hooks.h has them: "<slug> <METHOD> <path>" with what claim_hook gives of it, the sealed
-- credential that it verifies with, the wrapped data key of that, and the issuer's keys; " <slug>" with the workspace's id; and "  <slug>" with the claims
-- that have parameters, '["POST orders/:"]', those that go first before the others.  Nothing in clear.
--
-- Limits, because all of the mirror lies in Redis's memory: 16 KiB a claim and 64 MiB all claims, workspaces in turn.  A claim beyond them
-- is '' (somebody's, but only Postgres knows what); 10 000 hooks with ordinary secrets are 11 MB of Redis.
CREATE OR REPLACE FUNCTION tyboo.mirrored_hooks() RETURNS TABLE (field text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH limits AS MATERIALIZED (
		SELECT id, tyboo.limits_of(w)::json AS limits FROM tyboo.workspaces w
	), claims AS (
		SELECT w.slug || ' ' || h.method || ' ' || h.path AS field, h.workspace_id, h.id,
			-- workspace_max to quota_month are for the release before: today's reads limits.
			json_build_object('workspace_id', w.id, 'limits', l.limits, 'workspace_max', w.concurrent_max, 'depth_max', w.depth_max,
				'rate_per_s', w.rate_per_s, 'quota_month', w.quota_month, 'hook_id', h.id, 'workflow_id', h.workflow_id,
				'version_id', h.version_id, 'node_id', h.node_id, 'verify', h.verify, 'timeout_ms', h.timeout_ms,
				'workflow_max', f.concurrent_max, 'method', h.method, 'path', h.path,
				'before', tyboo.hooks_before(h.workspace_id, h.method, h.path), 'credential', CASE WHEN k.version IS NOT NULL THEN json_build_object(
					'id', c.id, 'version', c.version, 'key_version', c.key_version,
					'sealed', encode(c.sealed, 'hex'), 'wrapped', encode(k.wrapped, 'hex')) END,
				'keys', CASE WHEN i.content IS NOT NULL THEN json_build_object('url', i.url, 'content', i.content,
					'got_at', i.got_at::text, 'ends_at_ms', (extract(epoch FROM i.ends_at) * 1000)::bigint) END)::text AS value
		FROM tyboo.hooks h
		JOIN tyboo.workspaces w ON w.id = h.workspace_id
		JOIN limits l ON l.id = w.id
		JOIN tyboo.workflows f ON f.workspace_id = h.workspace_id AND f.id = h.workflow_id
		LEFT JOIN tyboo.credentials c ON c.workspace_id = h.workspace_id AND c.id = h.credential_id
		LEFT JOIN tyboo.workspace_keys k ON k.workspace_id = c.workspace_id AND k.version = c.key_version
		LEFT JOIN tyboo.hook_keys i ON i.workspace_id = h.workspace_id AND i.url = h.keys_url
	), turns AS (
		SELECT c.*, row_number() OVER (PARTITION BY c.workspace_id ORDER BY c.id) AS turn
		FROM claims c
	)
	SELECT t.field, CASE WHEN octet_length(t.value) > 16384
		OR sum(octet_length(t.value)) OVER (ORDER BY t.turn, t.workspace_id) > 67108864 THEN '' ELSE t.value END
	FROM turns t
	UNION ALL
	SELECT ' ' || w.slug, w.id::text FROM tyboo.workspaces w
	UNION ALL
	SELECT '  ' || w.slug, json_agg(h.method || ' ' || h.path ORDER BY tyboo.shape_rank(h.path), h.method DESC)::text
	FROM tyboo.workspaces w JOIN tyboo.hooks h ON h.workspace_id = w.id AND strpos(h.path, ':') > 0
	GROUP BY w.slug
$$;

-- A token that stands for all of that: another content, another token.  Cheap, since it is asked for again and again: each row by its
-- place and the transaction that wrote it; of a workflow only what counts, for it is written with every save of a draft; and the
-- function above, which an upgrade may have changed.
CREATE OR REPLACE FUNCTION tyboo.mirrored_hooks_token() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT concat_ws(' ', (SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.hooks),
		(SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.workspaces),
		(SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.workspace_keys),
		(SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.credentials),
		(SELECT sum(uuid_hash_extended(id, concurrent_max)) FROM tyboo.workflows),
		-- A question in vain changes the row, and nothing that is mirrored of it.
		(SELECT sum(hashtextextended(url, (extract(epoch FROM got_at) * 1000000)::bigint)) FROM tyboo.hook_keys WHERE got_at IS NOT NULL),
		(SELECT hashtidextended(ctid, xmin::text::bigint) FROM pg_proc WHERE oid = 'tyboo.mirrored_hooks()'::regprocedure))
$$;
