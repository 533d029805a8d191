-- source: what a run takes of an earlier one (sql/migrations/0027_sources.sql).

-- The journal of a run, for another of the same workspace: every entry, in order of intent.  Where that run stood on a third, p_deep gives
-- what it did not come to as well, the farthest first.
CREATE OR REPLACE FUNCTION tyboo.source_journal(p_workspace uuid, p_run uuid, p_deep boolean)
RETURNS TABLE (key text, at_ms bigint, request_digest text, answer bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH RECURSIVE chain AS (
		SELECT p_run AS id, 0 AS distance
		UNION ALL
		SELECT (d.source::json ->> 'run_id')::uuid, c.distance + 1 FROM chain c JOIN tyboo.deliveries d ON d.id = c.id
		WHERE p_deep AND d.workspace_id = p_workspace AND d.source IS NOT NULL AND coalesce(d.source::json ->> 'effects', '') <> 'again'
			AND c.distance < 20
	)
	SELECT f.key, (extract(epoch FROM coalesce(f.answered_at, f.intent_at)) * 1000)::bigint, f.request_digest, f.answer
	FROM chain c JOIN tyboo.effects f ON f.run_id = c.id AND f.workspace_id = p_workspace ORDER BY c.distance DESC, f.intent_at, f.key
$$;
