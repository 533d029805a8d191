-- hook_keys: keys that issuers have at an address, fetched by a worker; and deliveries that wait for them.
--
--	a webhook is published, a delivery asks --> due (next_at) --take--> held --keep--> content, due again before it ends
--	                                                                        '--fail--> content as before, due again later
--	a message of Amazon SNS waits likewise for the certificate that it names, and a subscription's then for its confirmation
--	delivery --hold--> awaiting_keys --(newer content, or too late)--> settle --> accepted, duplicate, or refused
--
-- 1. The row of an address is the one lock on it: its holder alone asks.  Between two questions lie p_rest_s seconds, whoever wants one.
-- 2. A delivery is judged by content that Postgres has; of several workers that judge it, one settles it.
-- 3. A delivery that is settled as accepted is accepted as any other (accept.sql): its key is looked at then, so that nobody who is
--    not verified takes one.

-- The workspace whose address is asked next: of those that have one due and none under way, the one that was asked for longest ago.  So
-- addresses that take their whole time, of which a workspace may have many, hold up the others of that workspace alone.
CREATE OR REPLACE FUNCTION tyboo.hook_keys_turn() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT d.workspace_id
	FROM (SELECT DISTINCT o.workspace_id FROM tyboo.hook_keys o WHERE o.next_at <= now() AND (o.held_until IS NULL OR o.held_until <= now())) d
	CROSS JOIN LATERAL (SELECT max(a.asked_at) AS asked_at, coalesce(bool_or(a.held_until > now()), false) AS asks
		FROM tyboo.hook_keys a WHERE a.workspace_id = d.workspace_id) w
	WHERE NOT w.asks
	ORDER BY w.asked_at NULLS FIRST, d.workspace_id LIMIT 1
$$;

-- Say what there is to do: 'fetch' (the caller is the holder now), 'settle' (deliveries may be judged), or no row.  An address that no
-- webhook names any more, and for which nothing waits, is forgotten.  p_settles: deliveries go before addresses, as they do every other
-- time that a worker looks, so that neither waits for the end of the other.
DROP FUNCTION IF EXISTS tyboo.take_hook_work(uuid, integer, integer, integer);
CREATE OR REPLACE FUNCTION tyboo.take_hook_work(p_holder uuid, p_hold_ms integer, p_stale_s integer, p_held_s integer,
	p_settles boolean DEFAULT false)
RETURNS TABLE (work text, workspace_id uuid, url text, kind text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	k tyboo.hook_keys;
	turn uuid;
BEGIN
	IF p_settles AND EXISTS (SELECT FROM tyboo.held_deliveries LIMIT 1) THEN
		RETURN QUERY SELECT 'settle', NULL::uuid, NULL::text, NULL::text
			FROM tyboo.deliveries_to_settle(1, p_stale_s, p_held_s);
		IF FOUND THEN
			RETURN;
		END IF;
	END IF;
	FOR i IN 1..20 LOOP
		turn := tyboo.hook_keys_turn();
		SELECT * INTO k FROM tyboo.hook_keys o
			WHERE o.workspace_id = turn AND o.next_at <= now() AND (o.held_until IS NULL OR o.held_until <= now())
			ORDER BY o.next_at LIMIT 1 FOR UPDATE SKIP LOCKED;
		EXIT WHEN NOT FOUND;
		-- A certificate that is over comes back when a message names it again.
		IF (k.kind = 'jwks' AND EXISTS (SELECT FROM tyboo.hooks h WHERE h.workspace_id = k.workspace_id AND h.keys_url = k.url))
			OR (k.kind = 'certificate' AND k.ends_at + p_stale_s * interval '1 s' > now() AND EXISTS (SELECT FROM tyboo.hooks h
				WHERE h.workspace_id = k.workspace_id AND h.verify LIKE '%"sns_topics":"%'))
			OR EXISTS (SELECT FROM tyboo.held_deliveries d WHERE d.workspace_id = k.workspace_id AND d.url = k.url) THEN
			UPDATE tyboo.hook_keys o SET holder = p_holder, held_until = now() + p_hold_ms * interval '1 ms', asked_at = now()
				WHERE o.workspace_id = k.workspace_id AND o.url = k.url;
			RETURN QUERY SELECT 'fetch', k.workspace_id, k.url, k.kind;
			RETURN;
		END IF;
		DELETE FROM tyboo.hook_keys o WHERE o.workspace_id = k.workspace_id AND o.url = k.url;
	END LOOP;
	IF NOT p_settles AND EXISTS (SELECT FROM tyboo.held_deliveries LIMIT 1) THEN
		RETURN QUERY SELECT 'settle', NULL::uuid, NULL::text, NULL::text
			FROM tyboo.deliveries_to_settle(1, p_stale_s, p_held_s);
	END IF;
END $$;

-- Held deliveries whose verdict can be said: their keys have come, or are newer than those that they did not match; nobody names the
-- address any more; or they have waited for p_held_s.  'content' null: without keys.
DO $$ BEGIN
	-- A function's result cannot get a column by REPLACE.
	IF pg_get_function_result(to_regprocedure('tyboo.deliveries_to_settle(integer, integer, integer)')) NOT LIKE '%problem%' THEN
		DROP FUNCTION tyboo.deliveries_to_settle(integer, integer, integer);
	END IF;
END $$;
CREATE OR REPLACE FUNCTION tyboo.deliveries_to_settle(p_max integer, p_stale_s integer, p_held_s integer)
RETURNS TABLE (id uuid, workspace_id uuid, url text, verify text, key_version integer, wrapped bytea, sealed bytea, received_ms bigint,
	content text, method text, path text, query text, headers text, body bytea, slug text,
	kind text, problem text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH due AS (
		SELECT d.*, k.kind, k.problem, CASE WHEN k.ends_at + p_stale_s * interval '1 s' > now() THEN k.content END AS content
		FROM tyboo.held_deliveries d
		LEFT JOIN tyboo.hook_keys k ON k.workspace_id = d.workspace_id AND k.url = d.url
		-- Five questions in vain take a quarter of an hour: an address of SNS that gives nothing by then was made up.
		WHERE k.url IS NULL OR (k.kind <> 'jwks' AND k.content IS NULL AND k.failures >= 5) OR d.received_at < now() - p_held_s * interval '1 s'
			OR (k.content IS NOT NULL AND k.ends_at + p_stale_s * interval '1 s' > now() AND (d.judged_by IS NULL OR k.got_at > d.judged_by))
		ORDER BY d.delivery_id LIMIT p_max
	), few AS (
		-- Bodies of 8 MiB, or one, because a worker has them all in memory, and who sent them is not known yet.
		SELECT m.* FROM (SELECT d.*, sum(d.body_bytes) OVER (ORDER BY d.delivery_id) - d.body_bytes AS before FROM due d) m
		WHERE m.before < 8388608
	)
	SELECT d.delivery_id, d.workspace_id, d.url, h.verify, d.key_version, w.wrapped, d.sealed,
		(extract(epoch FROM d.received_at) * 1000)::bigint, d.content, r.method, r.path, r.query, r.headers,
		CASE WHEN d.kind <> 'jwks' THEN r.body END, s.slug, coalesce(d.kind, 'jwks'), coalesce(d.problem, '')
	FROM few d
	LEFT JOIN tyboo.workspaces s ON s.id = d.workspace_id
	LEFT JOIN tyboo.deliveries r ON r.id = d.delivery_id
	LEFT JOIN tyboo.hooks h ON h.workspace_id = d.workspace_id AND h.id = d.hook_id
	LEFT JOIN tyboo.workspace_keys w ON w.workspace_id = d.workspace_id AND w.version = d.key_version
	ORDER BY d.delivery_id
$$;

-- The address is asked for before its time, but not sooner than p_rest_s after the last question.  p_judged_by: nothing is to be done
-- where the keys are newer already.
CREATE OR REPLACE FUNCTION tyboo.want_keys(p_workspace uuid, p_url text, p_kind text, p_judged_by timestamptz, p_rest_s integer)
RETURNS TABLE (next_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	INSERT INTO tyboo.hook_keys AS k (workspace_id, url, kind) VALUES (p_workspace, p_url, p_kind)
	ON CONFLICT (workspace_id, url) DO UPDATE SET next_at = least(k.next_at, greatest(now(), k.asked_at + p_rest_s * interval '1 s'))
	WHERE k.got_at IS NULL OR p_judged_by IS NULL OR k.got_at <= p_judged_by
	RETURNING k.next_at
$$;

-- Keys that came.  No row: not the holder's any more.
CREATE OR REPLACE FUNCTION tyboo.keep_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_content text, p_lifetime_s integer)
RETURNS TABLE (kept boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	-- Asked again at four fifths of the time, so that an issuer which is away for a moment is not missed.
	UPDATE tyboo.hook_keys k SET content = p_content, got_at = now(), ends_at = now() + p_lifetime_s * interval '1 s',
		next_at = now() + p_lifetime_s * interval '0.8 s', held_until = NULL, failures = 0, problem = ''
	WHERE k.workspace_id = p_workspace AND k.url = p_url AND k.holder = p_holder
	RETURNING true
$$;

-- End a hold without keys: the address is asked again after p_rest_s, doubled with each failure up to an hour.
CREATE OR REPLACE FUNCTION tyboo.fail_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_problem text, p_rest_s integer)
RETURNS TABLE (next_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	UPDATE tyboo.hook_keys k SET held_until = NULL, failures = k.failures + 1, problem = left(p_problem, 500),
		next_at = now() + least(p_rest_s * power(2, least(k.failures, 10)), 3600) * interval '1 s'
	WHERE k.workspace_id = p_workspace AND k.url = p_url AND k.holder = p_holder
	RETURNING k.next_at
$$;

-- Keep a delivery that cannot be judged yet, and ask for its keys.  False: the workspace holds p_count_max of them, or p_bytes_max of
-- bodies, already.
CREATE OR REPLACE FUNCTION tyboo.hold_delivery(p_id uuid, p_workspace uuid, p_hook uuid, p_workflow uuid, p_version uuid, p_start_node text,
	p_mode text, p_reason text, p_method text, p_path text, p_query text, p_headers text, p_addr text, p_body bytea, p_received timestamptz,
	p_read_as text, p_route text, p_key text, p_rerun boolean, p_url text, p_kind text, p_judged_by timestamptz, p_key_version integer,
	p_sealed bytea, p_rest_s integer, p_count_max integer, p_bytes_max bigint)
RETURNS TABLE (held boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	-- One at a time in a workspace, so that the count is right.
	PERFORM pg_advisory_xact_lock(hashtextextended(p_workspace::text, 7274654));
	held := EXISTS (SELECT FROM tyboo.held_deliveries d WHERE d.delivery_id = p_id);
	IF held OR (SELECT count(*) >= p_count_max OR coalesce(sum(d.body_bytes), 0) + octet_length(p_body) > p_bytes_max
			FROM tyboo.held_deliveries d WHERE d.workspace_id = p_workspace)
		-- Few addresses are asked at a time, because anybody can make them up.
		OR (p_kind <> 'jwks' AND NOT EXISTS (SELECT FROM tyboo.hook_keys k WHERE k.workspace_id = p_workspace AND k.url = p_url)
			AND (SELECT count(*) >= 10 FROM tyboo.hook_keys k WHERE k.workspace_id = p_workspace AND k.kind <> 'jwks' AND k.content IS NULL)) THEN
		RETURN NEXT;
		RETURN;
	END IF;
	INSERT INTO tyboo.deliveries (workspace_id, id, hook_id, workflow_id, version_id, start_node, mode, verdict, reason, method, path, query,
		headers, remote_addr, body, received_at, read_as, route)
	VALUES (p_workspace, p_id, p_hook, p_workflow, p_version, p_start_node, p_mode, 'awaiting_keys', p_reason, p_method, p_path, p_query,
		p_headers, p_addr, p_body, p_received, p_read_as, p_route);
	INSERT INTO tyboo.held_deliveries (workspace_id, delivery_id, hook_id, url, judged_by, delivery_key, rerun_failed, key_version, sealed,
		body_bytes, received_at)
	VALUES (p_workspace, p_id, p_hook, p_url, p_judged_by, p_key, p_rerun, p_key_version, p_sealed, octet_length(p_body), p_received);
	PERFORM tyboo.want_keys(p_workspace, p_url, p_kind, p_judged_by, p_rest_s);
	held := true;
	RETURN NEXT;
END $$;

-- Verdicts on held deliveries.  Gives the receipts of those that have a run now, to be pushed by the caller; a delivery that another has
-- settled meanwhile is left alone.
CREATE OR REPLACE FUNCTION tyboo.settle_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[], p_jwts text[])
RETURNS TABLE (id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text,
	path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_at_ms bigint, timeout_ms bigint,
	workflow_max integer, read_as text, route text, blobs text, limits text, source text, jwt text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g record;
	h tyboo.held_deliveries;
	d tyboo.deliveries;
	good uuid[] := '{}';
BEGIN
	FOR g IN SELECT i.* FROM unnest(p_ids, p_verdicts, p_reasons, p_jwts) AS i (id, verdict, reason, jwt) ORDER BY i.id LOOP
		IF g.verdict = 'awaiting_keys' THEN
			-- Genuine, and to wait for another address: g.jwt is where its subscription is confirmed.
			UPDATE tyboo.held_deliveries o SET url = g.jwt, judged_by = NULL WHERE o.delivery_id = g.id AND o.url <> g.jwt RETURNING o.* INTO h;
			CONTINUE WHEN NOT FOUND;
			UPDATE tyboo.deliveries o SET reason = left(g.reason, 1000) WHERE o.id = g.id AND o.verdict = 'awaiting_keys';
			PERFORM tyboo.want_keys(h.workspace_id, g.jwt, 'subscription', NULL, 60);
			CONTINUE;
		END IF;
		DELETE FROM tyboo.held_deliveries o WHERE o.delivery_id = g.id RETURNING o.* INTO h;
		CONTINUE WHEN NOT FOUND;
		IF g.verdict <> 'accepted' THEN
			UPDATE tyboo.deliveries o SET verdict = g.verdict, reason = left(g.reason, 1000) WHERE o.id = g.id AND o.verdict = 'awaiting_keys';
			CONTINUE;
		END IF;
		DELETE FROM tyboo.deliveries o WHERE o.id = g.id AND o.verdict = 'awaiting_keys' RETURNING o.* INTO d;
		CONTINUE WHEN NOT FOUND;
		PERFORM tyboo.accept_deliveries(ARRAY[d.id], ARRAY[d.workspace_id], ARRAY[d.hook_id], ARRAY[d.workflow_id], ARRAY[d.version_id],
			ARRAY[d.start_node], ARRAY[d.mode], ARRAY['accepted'], ARRAY[''], ARRAY[d.method], ARRAY[d.path], ARRAY[d.query], ARRAY[d.headers],
			ARRAY[d.remote_addr], ARRAY[d.body], ARRAY[h.delivery_key], ARRAY[d.received_at], ARRAY[d.read_as], ARRAY[''], ARRAY[d.route],
			ARRAY[h.rerun_failed::integer], ARRAY[d.blobs], ARRAY[''], ARRAY[coalesce(g.jwt, '')]);
		good := good || g.id;
	END LOOP;
	RETURN QUERY
	SELECT o.id, o.workspace_id, o.hook_id, o.workflow_id, o.version_id, o.start_node, o.mode, o.method, o.path, o.query, o.headers,
		o.remote_addr, o.body, o.delivery_key, (extract(epoch FROM o.received_at) * 1000)::bigint, coalesce(k.timeout_ms, 300000),
		coalesce(f.concurrent_max, 0), o.read_as, o.route, o.blobs, tyboo.limits_of(w), o.source, o.jwt
	FROM tyboo.deliveries o
	JOIN tyboo.workspaces w ON w.id = o.workspace_id
	LEFT JOIN tyboo.workflows f ON f.workspace_id = o.workspace_id AND f.id = o.workflow_id
	LEFT JOIN tyboo.hooks k ON k.workspace_id = o.workspace_id AND k.id = o.hook_id
	WHERE o.id = ANY (good) AND o.verdict = 'accepted'
	ORDER BY o.id;
END $$;
