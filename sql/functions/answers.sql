-- answers: what the senders of runs are answered.

-- Keep answers of runs, each the first one only.  One row back for each, in order: false where the run is finished or has gone to a
-- higher fence, and then nobody is to be told.
CREATE OR REPLACE FUNCTION tyboo.answer_runs(p_runs uuid[], p_workspaces uuid[], p_fences bigint[], p_at timestamptz[], p_statuses integer[],
	p_answers bytea[])
RETURNS TABLE (ordinal integer, ok boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	-- Lock first, as tyboo.journal does, because the next statement's snapshot must be newer than the
	-- lock.
	PERFORM pg_advisory_xact_lock_shared(tyboo.lock_run_key(r)) FROM unnest(p_runs) AS r;
	RETURN QUERY
	WITH input AS MATERIALIZED (
		SELECT i.*, NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = i.run_id
			AND (e.finished_at IS NOT NULL OR e.fence > i.fence OR e.workspace_id <> i.workspace_id)) AS ok
		FROM unnest(p_runs, p_workspaces, p_fences, p_at, p_statuses) WITH ORDINALITY
		AS i (run_id, workspace_id, fence, at, status, ord)
	), written AS (
		INSERT INTO tyboo.answers (workspace_id, run_id, at, status, answer)
		SELECT DISTINCT ON (run_id) workspace_id, run_id, at, status, p_answers[ord] FROM input WHERE ok ORDER BY run_id, fence DESC, ord
		ON CONFLICT (run_id) DO NOTHING
	)
	SELECT ord::integer, ok FROM input ORDER BY ord;
END $$;

-- Find the runs, of any workspace, that are over or have an answer.  For tyboo-api, of all requests that
-- wait in a process.
CREATE OR REPLACE FUNCTION tyboo.told_runs(p_runs uuid[])
RETURNS TABLE (run_id uuid, is_over boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT r.id, e.finished_at IS NOT NULL
	FROM unnest(p_runs) AS r (id)
	LEFT JOIN tyboo.executions e ON e.id = r.id
	LEFT JOIN tyboo.answers a ON a.run_id = r.id
	WHERE e.finished_at IS NOT NULL OR a.run_id IS NOT NULL
$$;
