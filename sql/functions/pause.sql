-- pause: what is paused, and which runs wait in the queue.

-- Pauses of all workspaces, for tyboo-reap.
CREATE OR REPLACE FUNCTION tyboo.all_pauses() RETURNS TABLE (workspace_id uuid, workflow_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$ SELECT p.workspace_id, p.workflow_id FROM tyboo.pauses p $$;

-- Runs of a workflow (null = of the tx's workspace) that wait in the queue or have just begun, oldest first: accepted deliveries
-- without a record of a run (everything up to the watermark of the search for receipts has its run), and runs that were put
-- down, whose wait is over and which no worker has taken yet.
CREATE OR REPLACE FUNCTION tyboo.queued_runs(p_workflow uuid, p_after uuid, p_max integer) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SET search_path = tyboo, pg_temp
AS $$
	(SELECT d.id FROM tyboo.deliveries d
	WHERE d.workspace_id = tyboo.current_workspace() AND (p_workflow IS NULL OR d.workflow_id = p_workflow) AND d.verdict = 'accepted'
		AND d.id > greatest(p_after, (SELECT s.watermark FROM tyboo.reap_state s WHERE s.name = 'receipts'))
		AND NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = d.id)
	ORDER BY d.id LIMIT p_max)
	UNION
	(SELECT e.id FROM tyboo.waits w JOIN tyboo.executions e ON e.id = w.run_id
	WHERE w.workspace_id = tyboo.current_workspace() AND (w.ended_at IS NOT NULL OR w.at <= now()) AND e.status = 'waiting'
		AND (p_workflow IS NULL OR e.workflow_id = p_workflow) AND e.id > p_after
	ORDER BY e.id LIMIT p_max)
	ORDER BY 1 LIMIT p_max
$$;
