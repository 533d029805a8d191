-- schedules: what tyboo-schedule asks and writes, for all workspaces.  Which times a schedule has is lib/schedule's to say.
--
-- Invariants:
--   (1) A tick is handed in under a delivery key of its own before its row is moved on, in a transaction that holds the row's lock.
--       Whoever dies between the two leaves a row that is due still; the next one hands the tick in again and gets the same run.
--   (2) Whether anything is due is one look at the first entry of an index, however many schedules there are.
--   (3) Now is Postgres's clock for every scheduler.

-- Milliseconds of now, and of the first tick and the first end of a wait (null: none is known): two first entries of indexes.
-- In plpgsql, which keeps its plans: this is asked twenty times a second, and a function in SQL is planned anew in each call (342 us, for 117 so).
CREATE OR REPLACE FUNCTION tyboo.schedule_clock() RETURNS TABLE (now_ms bigint, ticks_ms bigint, waits_ms bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	-- Now rounded down and the others up, so that nobody looks a moment too early.
	RETURN QUERY SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
		ceil(extract(epoch FROM nullif((SELECT s.look_at FROM tyboo.schedules s ORDER BY s.look_at LIMIT 1), 'infinity')) * 1000)::bigint,
		ceil(extract(epoch FROM nullif((SELECT w.look_at FROM tyboo.waits w ORDER BY w.look_at LIMIT 1), 'infinity')) * 1000)::bigint;
END $$;

-- Is the run that a tick led to over?  A short one has no row before its end; a receipt that is gone was over when retention took it.
CREATE OR REPLACE FUNCTION tyboo.tick_is_over(p_run uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT p_run IS NULL OR EXISTS (SELECT FROM tyboo.executions e WHERE e.id = p_run AND e.finished_at IS NOT NULL)
		OR NOT EXISTS (SELECT FROM tyboo.deliveries d WHERE d.id = p_run AND d.verdict = 'accepted')
$$;

-- At most p_max schedules that are to be looked at, locked for the transaction: of each workspace the first, then of each the second, and
-- so on, so that ten thousand of one workspace hold up no other's.
CREATE OR REPLACE FUNCTION tyboo.due_schedules(p_max integer)
RETURNS TABLE (id uuid, workspace_id uuid, workflow_id uuid, version_id uuid, node_id text, kind text, cron text, every bigint, unit text,
	anchor text, timezone text, missed text, missed_max integer, overlap text, timeout_ms bigint, next_ms bigint, pending text,
	last_ms bigint, is_last_over boolean, limits text, workflow_max integer, now_ms bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH turns AS (
		SELECT s.workspace_id, s.id, row_number() OVER (PARTITION BY s.workspace_id ORDER BY s.look_at) AS turn
		FROM tyboo.schedules s WHERE s.look_at <= clock_timestamp()
	), due AS MATERIALIZED (
		SELECT s.*, t.turn FROM turns t JOIN tyboo.schedules s ON s.workspace_id = t.workspace_id AND s.id = t.id
		WHERE s.look_at <= clock_timestamp()	-- again, for a row that another one has moved meanwhile
		ORDER BY t.turn, s.look_at LIMIT p_max FOR UPDATE OF s SKIP LOCKED
	), gone AS (
		-- A schedule that the release before unpublished, or published, owes nothing any more.
		DELETE FROM tyboo.schedules s USING due d WHERE s.workspace_id = d.workspace_id AND s.id = d.id
			AND NOT EXISTS (SELECT FROM tyboo.workflows f WHERE f.workspace_id = d.workspace_id AND f.id = d.workflow_id
				AND f.published_version_id = d.version_id)
	), owners AS MATERIALIZED (
		SELECT w.id, tyboo.limits_of(w) AS limits FROM tyboo.workspaces w WHERE w.id IN (SELECT d.workspace_id FROM due d)
	)
	SELECT d.id, d.workspace_id, d.workflow_id, d.version_id, d.node_id, d.kind, d.cron, d.every, d.unit, d.anchor, d.timezone, d.missed,
		d.missed_max, d.overlap, d.timeout_ms, (extract(epoch FROM nullif(d.next_at, 'infinity')) * 1000)::bigint, d.pending,
		(extract(epoch FROM d.last_at) * 1000)::bigint, d.overlap = 'allow' OR tyboo.tick_is_over(d.last_run_id), o.limits,
		coalesce(f.concurrent_max, 0), floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
	FROM due d
	JOIN owners o ON o.id = d.workspace_id
	JOIN tyboo.workflows f ON f.workspace_id = d.workspace_id AND f.id = d.workflow_id AND f.published_version_id = d.version_id
	ORDER BY d.turn, d.look_at
$$;

-- Write the decisions about them, in the transaction of due_schedules.  A null p_next is no further tick; a
-- null p_last none handed in.
CREATE OR REPLACE FUNCTION tyboo.settle_schedules(p_workspaces uuid[], p_ids uuid[], p_next timestamptz[], p_look timestamptz[],
	p_pending text[], p_last timestamptz[], p_verdicts text[], p_runs uuid[], p_skipped bigint[], p_skipped_at timestamptz[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	UPDATE tyboo.schedules s SET next_at = coalesce(i.next_at, 'infinity'), look_at = coalesce(i.look_at, 'infinity'), pending = i.pending,
		last_at = coalesce(i.last_at, s.last_at),
		last_verdict = CASE WHEN i.last_at IS NULL THEN s.last_verdict ELSE i.verdict END,
		last_run_id = CASE WHEN i.last_at IS NULL THEN s.last_run_id ELSE i.run_id END,
		skipped_count = s.skipped_count + i.skipped, skipped_at = coalesce(i.skipped_at, s.skipped_at)
	FROM unnest(p_workspaces, p_ids, p_next, p_look, p_pending, p_last, p_verdicts, p_runs, p_skipped, p_skipped_at)
	AS i (workspace_id, id, next_at, look_at, pending, last_at, verdict, run_id, skipped, skipped_at)
	WHERE s.workspace_id = i.workspace_id AND s.id = i.id
$$;
