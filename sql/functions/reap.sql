-- reap: what tyboo-reap looks for and clears away.

-- Accepted receipts older than the grace time that have no finished run, oldest first, after p_after (the zero id to begin):
-- as many as p_max and as 32 MiB of bodies allow, one at least.  Two searches in one:
--
--   receipts with no execution row       from the watermark on: everything before it has a row
--   receipts whose row says running      by the index of those; a run that waits is pushed by due_waits (park.sql)
--
-- The watermark moves up to the first receipt without a row, when the search begins anew.
DO $$ BEGIN
	-- A function's result cannot get a column by REPLACE.
	IF pg_get_function_result(to_regprocedure('tyboo.receipts_without_run(interval, uuid, integer)')) NOT LIKE '%jwt%' THEN
		DROP FUNCTION tyboo.receipts_without_run(interval, uuid, integer);
	END IF;
END $$;
CREATE OR REPLACE FUNCTION tyboo.receipts_without_run(p_grace interval, p_after uuid, p_max integer)
RETURNS TABLE (id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text,
	path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint,
	workspace_max integer, workflow_max integer, depth_max integer, rate_per_s integer, quota_month bigint, read_as text, route text, blobs text,
	limits text, source text, jwt text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	zero constant uuid := '00000000-0000-0000-0000-000000000000';
	upto uuid := tyboo.uuid_at(now() - p_grace);
	mark uuid := coalesce((SELECT watermark FROM tyboo.reap_state WHERE name = 'receipts'), zero);
	first uuid;
BEGIN
	IF p_after = zero THEN
		first := (SELECT d.id FROM tyboo.deliveries d
			WHERE d.id > mark AND d.id < upto AND d.verdict = 'accepted'
				AND NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = d.id)
			ORDER BY d.id LIMIT 1);
		INSERT INTO tyboo.reap_state AS s (name, watermark)
		VALUES ('receipts', greatest(mark, CASE WHEN first IS NULL THEN upto ELSE tyboo.uuid_before(first) END))
		-- Only from where this search began, because a receipt that was owed may have taken the
		-- watermark back meanwhile.
		ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark, updated_at = now()
		WHERE s.watermark = mark AND s.watermark <> excluded.watermark;
	END IF;
	RETURN QUERY
	WITH missing AS (
		SELECT d.id FROM tyboo.deliveries d
		WHERE d.id > greatest(mark, p_after) AND d.id < upto AND d.verdict = 'accepted'
			AND NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = d.id)
		ORDER BY d.id LIMIT p_max
	), unfinished AS (
		SELECT d.id FROM tyboo.executions e JOIN tyboo.deliveries d ON d.id = e.id
		WHERE e.status = 'running' AND e.id > p_after AND e.id < upto AND d.verdict = 'accepted'
		ORDER BY d.id LIMIT p_max
	), found AS (
		SELECT u.id FROM (SELECT m.id FROM missing m UNION ALL SELECT f.id FROM unfinished f) u ORDER BY u.id LIMIT p_max
	), sized AS (
		SELECT d.*, sum(octet_length(d.body)) OVER (ORDER BY d.id) - octet_length(d.body) AS before_bytes
		FROM found JOIN tyboo.deliveries d ON d.id = found.id
	)
	SELECT d.id, d.workspace_id, d.hook_id, d.workflow_id, d.version_id, d.start_node, d.mode, d.method, d.path, d.query, d.headers,
		d.remote_addr, d.body, d.delivery_key, (extract(epoch FROM d.received_at) * 1000)::bigint, coalesce(h.timeout_ms, 300000),
		w.concurrent_max, coalesce(f.concurrent_max, 0), w.depth_max, w.rate_per_s, w.quota_month, d.read_as, d.route, d.blobs,
		tyboo.limits_of(w), d.source, d.jwt	-- workspace_max to quota_month are for the release before
	FROM sized d
	JOIN tyboo.workspaces w ON w.id = d.workspace_id
	LEFT JOIN tyboo.workflows f ON f.workspace_id = d.workspace_id AND f.id = d.workflow_id
	LEFT JOIN tyboo.hooks h ON h.workspace_id = d.workspace_id AND h.id = d.hook_id
	WHERE d.before_bytes < 33554432
	ORDER BY d.id;
END $$;

-- Take the search back by p_by: for what was committed so late that the search had passed it.
CREATE OR REPLACE FUNCTION tyboo.rewind_receipts(p_by interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	UPDATE tyboo.reap_state SET watermark = tyboo.uuid_at(now() - p_by), updated_at = now()
	WHERE name = 'receipts' AND watermark > tyboo.uuid_at(now() - p_by)
$$;

-- Keep of the unclaimed deliveries of each of these workspaces (null: of all) the newest: p_max of them, and as many as their bodies'
-- p_bytes_max allow.  At most p_rows (null: all that are over) go; gives back how many did.  Two that trim at once share the work.
CREATE OR REPLACE FUNCTION tyboo.trim_unclaimed_of(p_workspaces uuid[], p_max integer, p_bytes_max bigint, p_rows integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	w uuid;
	cut uuid;
	over uuid[];
	gone bigint := 0;
BEGIN
	-- One workspace at a time, so that each search is by deliveries_unclaimed, whatever else the table
	-- holds.
	FOR w IN SELECT id FROM tyboo.workspaces WHERE p_workspaces IS NULL OR id = ANY (p_workspaces) LOOP
		-- Number and bytes both grow with age: whatever is older than the first that is over is over too.
		cut := (SELECT u.id FROM (
			SELECT d.id, row_number() OVER (ORDER BY d.id DESC) AS n, sum(octet_length(d.body)) OVER (ORDER BY d.id DESC) AS bytes
			FROM tyboo.deliveries d WHERE d.workspace_id = w AND d.verdict = 'unclaimed') u
			WHERE u.n > p_max OR u.bytes > p_bytes_max ORDER BY u.id DESC LIMIT 1);
		CONTINUE WHEN cut IS NULL;
		over := ARRAY(SELECT d.id FROM tyboo.deliveries d WHERE d.workspace_id = w AND d.verdict = 'unclaimed' AND d.id <= cut
			ORDER BY d.id LIMIT p_rows - gone FOR UPDATE SKIP LOCKED);
		DELETE FROM tyboo.deliveries d WHERE d.id = ANY (over);
		gone := gone + cardinality(over);
	END LOOP;
	RETURN gone;
END $$;

-- Call of the release before, which does not know TY_LIMIT_UNCLAIMED_BYTES.
CREATE OR REPLACE FUNCTION tyboo.trim_unclaimed(p_max integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$ SELECT tyboo.trim_unclaimed_of(NULL, p_max, 67108864, NULL) $$;

-- Forget delivery keys older than the dedupe window, at most p_max at a time.
CREATE OR REPLACE FUNCTION tyboo.drop_delivery_keys(p_max integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH gone AS (
		DELETE FROM tyboo.delivery_keys k USING (
			SELECT workspace_id, delivery_key FROM tyboo.delivery_keys WHERE created_at < now() - interval '7 days'
			ORDER BY created_at LIMIT p_max FOR UPDATE SKIP LOCKED) AS old
		WHERE k.workspace_id = old.workspace_id AND k.delivery_key = old.delivery_key
		RETURNING 1
	)
	SELECT count(*) FROM gone
$$;

-- Drop payloads that no run has named since p_before and none that is put down needs, at most p_max at a time, and give their bytes
-- back to the quota.
CREATE OR REPLACE FUNCTION tyboo.drop_payloads(p_before timestamptz, p_max integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	w record;
	dropped bigint := 0;
BEGIN
	-- Lock the usage row first, as save_payloads does, so that the two do not deadlock.
	FOR w IN SELECT workspace_id FROM tyboo.payload_usage WHERE stored_bytes > 0 ORDER BY workspace_id FOR UPDATE LOOP
		WITH gone AS (
			DELETE FROM tyboo.payloads p USING (
				SELECT o.hash FROM tyboo.payloads o WHERE o.workspace_id = w.workspace_id AND o.seen_at < p_before
					AND o.hash NOT IN (SELECT unnest(k.payloads) FROM tyboo.parked_runs k
						WHERE k.workspace_id = w.workspace_id AND k.payloads <> '{}')
				LIMIT p_max) AS old
			WHERE p.workspace_id = w.workspace_id AND p.hash = old.hash
			RETURNING octet_length(p.stored) AS bytes
		), counted AS (
			UPDATE tyboo.payload_usage u SET stored_bytes = greatest(u.stored_bytes - (SELECT sum(bytes) FROM gone), 0)
			WHERE u.workspace_id = w.workspace_id AND EXISTS (SELECT FROM gone)
		)
		SELECT dropped + count(*) INTO dropped FROM gone;
	END LOOP;
	RETURN dropped;
END $$;

-- Sign-in failures and sessions that no longer count.
CREATE OR REPLACE FUNCTION tyboo.drop_expired_sessions() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH failures AS (DELETE FROM tyboo.sign_in_failures WHERE failed_at < now() - interval '1 day' RETURNING 1),
	sessions AS (DELETE FROM tyboo.sessions WHERE expires_at < now() RETURNING 1)
	SELECT (SELECT count(*) FROM failures) + (SELECT count(*) FROM sessions)
$$;
