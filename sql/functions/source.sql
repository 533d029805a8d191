-- source: what a run takes of an earlier one (sql/migrations/0027_sources.sql).

-- The journal of a run, for another of the same workspace: every entry, in order of intent.
CREATE OR REPLACE FUNCTION tyboo.source_journal(p_workspace uuid, p_run uuid)
RETURNS TABLE (key text, at_ms bigint, request_digest text, answer bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT f.key, (extract(epoch FROM coalesce(f.answered_at, f.intent_at)) * 1000)::bigint, f.request_digest, f.answer
	FROM tyboo.effects f WHERE f.run_id = p_run AND f.workspace_id = p_workspace ORDER BY f.intent_at, f.key
$$;
