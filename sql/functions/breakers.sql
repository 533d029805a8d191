-- breakers: transitions of circuit breakers, as tyboo-reap finds them in Redis (lib/queue/lua/breaker_common.lua).

-- Record a batch of JSON texts; one that is there stays.  What cannot be read is left out, so that it keeps no other from it.
CREATE OR REPLACE FUNCTION tyboo.record_breakers(p_news text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	news text;
	n jsonb;
	recorded integer := 0;
BEGIN
	FOREACH news IN ARRAY p_news LOOP
		BEGIN
			n := news::jsonb;
			INSERT INTO tyboo.breaker_events (id, workspace_id, node_type, host, state_from, state, failures, why, by_whom, probe_at, at)
			VALUES (md5(news)::uuid, nullif(n->>'scope', '*')::uuid, split_part(n->>'what', ' ', 1), split_part(n->>'what', ' ', 2),
				n->>'from', n->>'to', (n->>'failures')::numeric::integer, left(n->>'why', 200), left(n->>'by', 320),
				CASE WHEN (n->>'probe_ms')::numeric > 0 THEN to_timestamp((n->>'probe_ms')::numeric / 1000) END,
				to_timestamp((n->>'at_us')::numeric / 1000000))
			ON CONFLICT (id) DO NOTHING;
			recorded := recorded + 1;
		EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
			NULL;
		END;
	END LOOP;
	RETURN recorded;
END $$;

-- Retention: drop what is older, some at a time.  Gives back how many.
CREATE OR REPLACE FUNCTION tyboo.drop_breaker_events(p_before timestamptz, p_max integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH old AS (SELECT id FROM tyboo.breaker_events WHERE at < p_before ORDER BY at LIMIT p_max),
	gone AS (DELETE FROM tyboo.breaker_events b USING old WHERE b.id = old.id RETURNING 1)
	SELECT count(*) FROM gone
$$;

-- Workflows of the workspace with runs that wait for a breaker, and how many.
CREATE OR REPLACE FUNCTION tyboo.breaker_waits(p_workspace uuid)
RETURNS TABLE (what text, workflow_id uuid, workflow_name text, runs bigint, until timestamptz)
LANGUAGE sql STABLE
AS $$
	SELECT split_part(w.key, '/retry ', 2), e.workflow_id, f.name, count(DISTINCT e.id), min(w.at)
	FROM tyboo.waits w
	JOIN tyboo.executions e ON e.id = w.run_id AND e.status = 'waiting'
	LEFT JOIN tyboo.workflows f ON f.workspace_id = e.workspace_id AND f.id = e.workflow_id
	WHERE w.workspace_id = p_workspace AND w.key LIKE '%/retry %'
	GROUP BY 1, 2, 3 ORDER BY 1, 3
$$;

-- ---- by hand (p_workspace null: the operator's) ----

CREATE OR REPLACE FUNCTION tyboo.hold_breaker(p_workspace uuid, p_what text, p_why text, p_by text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	INSERT INTO tyboo.breaker_holds AS h (workspace_id, what, why, by_whom) VALUES (p_workspace, p_what, left(p_why, 200), left(p_by, 320))
	ON CONFLICT ON CONSTRAINT breaker_holds_one DO UPDATE SET why = h.why	-- the row stays; its lock is held
$$;

CREATE OR REPLACE FUNCTION tyboo.release_breaker(p_workspace uuid, p_what text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	DELETE FROM tyboo.breaker_holds h WHERE h.workspace_id IS NOT DISTINCT FROM p_workspace AND h.what = p_what
$$;

-- All of them, for tyboo-reap.
CREATE OR REPLACE FUNCTION tyboo.all_breaker_holds() RETURNS TABLE (workspace text, what text, why text, by_whom text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT h.workspace_id::text, h.what, h.why, h.by_whom FROM tyboo.breaker_holds h ORDER BY 1 NULLS FIRST, 2
$$;

-- Is it still held?  Nobody releases it before the transaction is over.
CREATE OR REPLACE FUNCTION tyboo.lock_breaker_hold(p_workspace uuid, p_what text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	PERFORM FROM tyboo.breaker_holds h WHERE h.workspace_id IS NOT DISTINCT FROM p_workspace AND h.what = p_what FOR UPDATE;
	RETURN FOUND;
END $$;

-- The breaker is closed: runs that are put down and wait for it go on now.  p_answer (packed JSON) is journaled as the end of their
-- delay, under the wait's key without the breaker's name.  One that a worker has taken up goes on by itself.  Gives how many.
-- '<node type> *' is of all hosts of the type.
CREATE OR REPLACE FUNCTION tyboo.end_breaker_waits(p_workspace uuid, p_what text, p_answer bytea) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	-- The runs' locks first, as take_run and park_runs have them.
	WITH held AS MATERIALIZED (
		SELECT e.id, e.fence, e.workspace_id, w.key FROM tyboo.waits w
		JOIN tyboo.executions e ON e.id = w.run_id AND e.workspace_id = w.workspace_id AND e.status = 'waiting'
		WHERE w.key LIKE '%/retry %' AND (split_part(w.key, '/retry ', 2) = p_what
				OR right(p_what, 2) = ' *' AND starts_with(split_part(w.key, '/retry ', 2), left(p_what, -1)))
			AND w.ended_at IS NULL AND w.at > clock_timestamp()
			AND (p_workspace IS NULL OR w.workspace_id = p_workspace)
		ORDER BY e.id FOR UPDATE OF e
	), journaled AS (
		INSERT INTO tyboo.effects AS x (workspace_id, run_id, key, fence, idempotency_key, intent_at, answered_at, answer)
		SELECT h.workspace_id, h.id, split_part(h.key, '/retry ', 1) || '/retry', h.fence, 'wait', clock_timestamp(), clock_timestamp(),
			p_answer
		FROM held h ON CONFLICT (run_id, key) DO NOTHING
		RETURNING x.run_id
	), ended AS (
		UPDATE tyboo.waits w SET ended_at = clock_timestamp(), look_at = now() FROM held h WHERE w.run_id = h.id AND w.key = h.key
		RETURNING w.run_id
	)
	SELECT count(*) FROM ended
$$;
