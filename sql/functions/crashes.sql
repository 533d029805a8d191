-- crashes: what workers died of (sql/migrations/0029_crashes.sql), as tyboo-reap finds their reports.

-- Record one report, JSON { "at_ms", "worker", "program", "version", "build", "signal", "frames": [], "runs": [ { "run", "workspace", "node",
-- "was_at" } ] }, once.  A run of no workspace that is there is left out.  Gives back how many runs it is recorded of.
CREATE OR REPLACE FUNCTION tyboo.record_crash(p_report text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH report AS (SELECT p_report::jsonb AS c),
	kept AS (
		INSERT INTO tyboo.crashes (workspace_id, run_id, at, worker, program, version, build, signal, was_at, node, frames)
		SELECT (r.run ->> 'workspace')::uuid, (r.run ->> 'run')::uuid, to_timestamp((c ->> 'at_ms')::numeric / 1000), left(c ->> 'worker', 200),
			left(c ->> 'program', 64), left(c ->> 'version', 64), left(c ->> 'build', 64), left(c ->> 'signal', 32),
			(r.run -> 'was_at')::boolean, left(r.run ->> 'node', 200),
			ARRAY(SELECT left(f.frame, 120) FROM jsonb_array_elements_text(c -> 'frames') WITH ORDINALITY AS f (frame, n) WHERE f.n <= 64 ORDER BY f.n)
		FROM report, jsonb_array_elements(c -> 'runs') AS r (run)
		WHERE EXISTS (SELECT FROM tyboo.workspaces w WHERE w.id = (r.run ->> 'workspace')::uuid)
		ON CONFLICT DO NOTHING
		RETURNING 1)
	SELECT count(*) FROM kept
$$;

-- Crashes of the workers of a run, the first before the others.
CREATE OR REPLACE FUNCTION tyboo.crashes_of(p_run uuid) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_agg(json_build_object('at', to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'worker', c.worker,
		'program', c.program, 'version', c.version, 'build', c.build, 'signal', c.signal, 'was_at', c.was_at, 'node', c.node,
		'frames', c.frames) ORDER BY c.at, c.worker)
	FROM (SELECT * FROM tyboo.crashes k WHERE k.run_id = p_run ORDER BY k.at, k.worker LIMIT 20) c
$$;

-- Retention: drop what is older, some at a time.  Gives back how many.
CREATE OR REPLACE FUNCTION tyboo.drop_crashes(p_before timestamptz, p_max integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH old AS (SELECT run_id, at, worker FROM tyboo.crashes WHERE at < p_before ORDER BY at LIMIT p_max),
	gone AS (DELETE FROM tyboo.crashes c USING old WHERE c.run_id = old.run_id AND c.at = old.at AND c.worker = old.worker RETURNING 1)
	SELECT count(*) FROM gone
$$;
