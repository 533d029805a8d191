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
