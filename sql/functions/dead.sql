-- dead: failed runs are settled (sql/migrations/0025_dead_letters.sql).

-- Say of failed runs of a workspace what became of them, once.  p_replays: the run that repeats each; null where it was discarded.
-- The ids of those that were open.
CREATE OR REPLACE FUNCTION tyboo.settle_runs(p_workspace uuid, p_ids uuid[], p_replays uuid[], p_by uuid) RETURNS SETOF uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	UPDATE tyboo.executions e SET settled_at = now(), settled_by = p_by, replay_run_id = i.replay,
		settled_how = CASE WHEN i.replay IS NULL THEN 'discarded' ELSE 'replayed' END
	FROM unnest(p_ids, p_replays) AS i (id, replay)
	WHERE e.id = i.id AND e.workspace_id = p_workspace AND e.status IN ('error', 'timeout') AND e.settled_at IS NULL
	RETURNING e.id
$$;

-- Another key of a delivery that led to this run: whoever sends it again is told of the run.  A key that has one keeps it.
CREATE OR REPLACE FUNCTION tyboo.add_delivery_key(p_workspace uuid, p_key text, p_run uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	INSERT INTO tyboo.delivery_keys (workspace_id, delivery_key, run_id) VALUES (p_workspace, p_key, p_run) ON CONFLICT DO NOTHING
$$;
