-- accept: receipts, a group at a time.  Everything here may be called again after an unknown outcome and answers the same.
--
-- A delivery key belongs to the first delivery that brought it, for seven days (TY_LIMIT_DEDUPE_S in lib/base/limits.h).
--
-- Between a receipt's commit and the queue's answer to it another process may meet its key and answer "duplicate".  From then on
-- (delivery_keys.told) the run has to be, whatever the queue says: a limit's refusal of it is no longer written.  Both sides lock
-- the key's row, so one of them always sees the other: either the duplicate comes first and the run stays accepted (the reaper
-- pushes it where the queue did not take it), or the refusal does and the other delivery is a new one, judged itself.

-- A verdict that says "not now", which a promise overrules; any other says "never".
CREATE OR REPLACE FUNCTION tyboo.is_limit(p_verdict text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT p_verdict IN ('rate', 'quota', 'depth') $$;

-- A run that ended, and not well.
CREATE OR REPLACE FUNCTION tyboo.run_has_failed(p_run uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$ SELECT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = p_run AND e.status IN ('error', 'timeout', 'canceled')) $$;

-- State of the run that a duplicate is one of: its status ('queued' where none is recorded yet), and
-- whether the delivery that led to it had these bytes (null where that delivery is not here to be
-- compared).  Only a duplicate pays for this.
DROP FUNCTION IF EXISTS tyboo.first_run(uuid, bytea);
CREATE OR REPLACE FUNCTION tyboo.first_run(p_run uuid, p_body bytea, p_blobs text DEFAULT NULL, OUT status text, OUT same_bytes boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT coalesce((SELECT e.status FROM tyboo.executions e WHERE e.id = p_run), 'queued'),
		(SELECT d.body = p_body AND (p_blobs IS NULL OR d.blobs = p_blobs) FROM tyboo.deliveries d WHERE d.id = p_run)
$$;

-- first_run() in words, for people.
CREATE OR REPLACE FUNCTION tyboo.duplicate_reason(p_status text, p_same_bytes boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT 'Its id was seen before; the first run was ' || p_status || ' then'
		|| CASE WHEN p_same_bytes THEN '' WHEN NOT p_same_bytes THEN '. The body is another one than the first had' ELSE '' END
$$;

-- The last arguments have defaults for the release before, which does not give them.
DROP FUNCTION IF EXISTS tyboo.accept_deliveries(uuid[], uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[], text[],
	text[], text[], text[], bytea[], text[], timestamptz[]);
DROP FUNCTION IF EXISTS tyboo.accept_deliveries(uuid[], uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[], text[],
	text[], text[], text[], bytea[], text[], timestamptz[], text[], text[]);
DROP FUNCTION IF EXISTS tyboo.accept_deliveries(uuid[], uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[], text[],
	text[], text[], text[], bytea[], text[], timestamptz[], text[], text[], text[], integer[]);
DROP FUNCTION IF EXISTS tyboo.accept_deliveries(uuid[], uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[], text[],
	text[], text[], text[], bytea[], text[], timestamptz[], text[], text[], text[], integer[], text[]);
DROP FUNCTION IF EXISTS tyboo.accept_deliveries(uuid[], uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[], text[],
	text[], text[], text[], bytea[], text[], timestamptz[], text[], text[], text[], integer[], text[], text[]);
-- Write a group of receipts.  One row back for each, in order: the run it led to (null where it was not accepted), whether that run
-- is an earlier delivery's, and then what first_run says of it; a run that repeats a failed one has that one's id.
-- A row of p_reruns lets a repeat of a failed run be a new run: the key moves to it under the key's lock, so that of two repeats at
-- once one runs and the other is its duplicate.
CREATE OR REPLACE FUNCTION tyboo.accept_deliveries(
	p_ids uuid[], p_workspaces uuid[], p_hooks uuid[], p_workflows uuid[], p_versions uuid[], p_start_nodes text[], p_modes text[],
	p_verdicts text[], p_reasons text[], p_methods text[], p_paths text[], p_queries text[], p_headers text[], p_addrs text[],
	p_bodies bytea[], p_keys text[], p_received timestamptz[], p_read_as text[] DEFAULT NULL, p_notices text[] DEFAULT NULL,
	p_routes text[] DEFAULT NULL, p_reruns integer[] DEFAULT NULL, p_blobs text[] DEFAULT NULL, p_sources text[] DEFAULT NULL,
	p_jwts text[] DEFAULT NULL)
RETURNS TABLE (ordinal integer, run_id uuid, duplicate boolean, first_status text, same_bytes boolean, repeats_run_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	oldest uuid := (SELECT i FROM unnest(p_ids) AS i ORDER BY i LIMIT 1);
	refused uuid[] := (SELECT array_agg(id) FROM unnest(p_ids, p_verdicts, p_keys) AS i (id, verdict, key)
		WHERE verdict <> 'accepted' AND key <> '');
	reruns uuid[] := (SELECT array_agg(id) FROM unnest(p_ids, p_reruns) AS i (id, rerun) WHERE rerun = 1);
BEGIN
	-- Lock deliveries that were owed and are refused after all, so that nobody is told of their runs
	-- meanwhile.
	IF refused IS NOT NULL THEN
		PERFORM FROM tyboo.delivery_keys k WHERE k.run_id = ANY (refused) ORDER BY k.workspace_id, k.delivery_key FOR UPDATE;
	END IF;
	-- A receipt that was owed may be older than where the reaper's search has got to: take the search back to it.
	IF oldest < tyboo.uuid_at(now() - interval '2 seconds') THEN
		UPDATE tyboo.reap_state SET watermark = tyboo.uuid_before(oldest), updated_at = now()
		WHERE name = 'receipts' AND watermark >= oldest;
	END IF;

	RETURN QUERY
	WITH input AS MATERIALIZED (
		SELECT * FROM unnest(p_ids, p_workspaces, p_hooks, p_workflows, p_versions, p_start_nodes, p_modes, p_verdicts, p_reasons,
			p_methods, p_paths, p_queries, p_headers, p_addrs, p_keys, p_received, p_read_as, p_notices, p_routes) WITH ORDINALITY
		AS i (id, workspace_id, hook_id, workflow_id, version_id, start_node, mode, verdict, reason, method, path, query, headers,
			remote_addr, delivery_key, received_at, read_as, notices, route, ord)
	), key AS (
		-- DO UPDATE, for its RETURNING: it sees a row that another session has committed meanwhile.  Sorted, so that two groups
		-- with the same keys wait for each other and do not deadlock.
		INSERT INTO tyboo.delivery_keys AS k (workspace_id, delivery_key, run_id)
		SELECT DISTINCT ON (workspace_id, delivery_key) workspace_id, delivery_key, id
		FROM input WHERE delivery_key <> '' AND verdict = 'accepted'
		ORDER BY workspace_id, delivery_key, ord
		ON CONFLICT (workspace_id, delivery_key) DO UPDATE SET
			(run_id, created_at, told, repeats_run_id) = (SELECT
				CASE WHEN c.moves THEN excluded.run_id ELSE k.run_id END,
				CASE WHEN c.moves THEN excluded.created_at ELSE k.created_at END,
				NOT c.moves AND (k.told OR k.run_id <> excluded.run_id),
				CASE WHEN c.is_old THEN NULL WHEN c.moves THEN k.run_id ELSE k.repeats_run_id END
				FROM (SELECT o.is_old, o.is_old OR (k.run_id <> excluded.run_id AND coalesce(excluded.run_id = ANY (reruns), false)
						AND tyboo.run_has_failed(k.run_id)) AS moves
					FROM (SELECT k.created_at < now() - interval '7 days' AS is_old) o) c)
		RETURNING k.workspace_id, k.delivery_key, k.run_id, k.repeats_run_id
	), judged AS (
		SELECT i.*, CASE WHEN i.verdict = 'accepted' THEN coalesce(key.run_id, i.id) END AS run_id,
			i.verdict = 'accepted' AND coalesce(key.run_id <> i.id, false) AS duplicate,
			CASE WHEN key.run_id = i.id THEN key.repeats_run_id END AS repeats_run_id
		FROM input i
		LEFT JOIN key ON i.verdict = 'accepted' AND key.workspace_id = i.workspace_id AND key.delivery_key = i.delivery_key
	), answer AS MATERIALIZED (
		SELECT j.*, f.status AS first_status, f.same_bytes
		-- OFFSET 0 keeps the condition below the join, as a filter that is looked at once and before the function is called:
		-- as a condition of the join it is looked at after the call, and every first delivery pays for two look-ups.
		FROM judged j LEFT JOIN LATERAL (SELECT * FROM tyboo.first_run(j.run_id, p_bodies[j.ord], p_blobs[j.ord]) WHERE j.duplicate OFFSET 0) f ON true
	), written AS (
		INSERT INTO tyboo.deliveries AS d (workspace_id, id, hook_id, workflow_id, version_id, start_node, mode, verdict, reason, run_id,
			method, path, query, headers, remote_addr, body, delivery_key, received_at, read_as, notices, route, blobs, source,
			jwt)
		SELECT workspace_id, id, hook_id, workflow_id, version_id, start_node, mode,
			CASE WHEN duplicate THEN 'duplicate' ELSE verdict END,
			CASE WHEN duplicate THEN tyboo.duplicate_reason(first_status, same_bytes)
				WHEN repeats_run_id IS NOT NULL THEN 'A repeat of the failed run ' || repeats_run_id ELSE reason END, run_id,
			method, path, query, headers, remote_addr, p_bodies[ord], delivery_key, received_at, coalesce(read_as, ''), coalesce(notices, ''), coalesce(route, ''),
			coalesce(p_blobs[ord], ''), nullif(p_sources[ord], ''), nullif(p_jwts[ord], '')
		FROM answer
		-- Written before, as accepted, by a commit whose answer was lost; Redis refused it since.
		ON CONFLICT (id) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason, run_id = excluded.run_id
		WHERE d.verdict = 'accepted' AND excluded.verdict NOT IN ('accepted', 'duplicate')
			AND NOT (tyboo.is_limit(excluded.verdict) AND EXISTS (SELECT FROM tyboo.delivery_keys k WHERE k.run_id = d.id AND k.told))
	)
	SELECT ord::integer, run_id, duplicate, first_status, same_bytes, repeats_run_id FROM answer ORDER BY ord;

	-- A replay names the files of what it repeats; of a first delivery they are named already.
	IF p_blobs IS NOT NULL THEN
		PERFORM tyboo.blob_use(array_agg(i.workspace_id), array_agg(i.id), array_agg(f.file ->> 'blob'))
		FROM unnest(p_ids, p_workspaces, p_blobs) AS i (id, workspace_id, blobs), jsonb_array_elements(i.blobs::jsonb) AS f (file)
		WHERE i.blobs <> '' AND f.file ? 'blob'
		HAVING count(*) > 0;
	END IF;
	-- Answers that it takes of the other run name files of that one.
	IF p_sources IS NOT NULL THEN
		INSERT INTO tyboo.blob_uses (workspace_id, owner_id, hash)
		SELECT u.workspace_id, i.id, u.hash FROM unnest(p_ids, p_workspaces, p_sources) AS i (id, workspace_id, source)
		JOIN tyboo.blob_uses u ON u.owner_id = (i.source::json ->> 'run_id')::uuid AND u.workspace_id = i.workspace_id
		WHERE i.source <> ''
		ORDER BY i.id, u.hash
		ON CONFLICT DO NOTHING;
	END IF;

	-- A refused delivery holds no key, so that the sender may try again.
	IF refused IS NOT NULL THEN
		DELETE FROM tyboo.delivery_keys k USING unnest(p_ids, p_verdicts) AS i (id, verdict)
		WHERE k.run_id = i.id AND i.verdict <> 'accepted' AND NOT (k.told AND tyboo.is_limit(i.verdict));
	END IF;
END $$;

-- The queue refused these (rate, quota, depth), or no job can be made of them: say so on the receipt, and free their keys, so that
-- the sender may try again.  Gives back how many: fewer where somebody was told of a run meanwhile (see accepted_deliveries).
CREATE OR REPLACE FUNCTION tyboo.refuse_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	changed integer;
BEGIN
	-- Lock first, so that another process which is about to tell of a run is waited for, and looked at
	-- anew.
	DELETE FROM tyboo.delivery_keys k USING unnest(p_ids, p_verdicts) AS i (id, verdict)
	WHERE k.run_id = i.id AND NOT (k.told AND tyboo.is_limit(i.verdict));
	UPDATE tyboo.deliveries d SET verdict = i.verdict, reason = i.reason, run_id = NULL
	FROM unnest(p_ids, p_verdicts, p_reasons) AS i (id, verdict, reason)
	WHERE d.id = i.id AND d.verdict = 'accepted'
		AND NOT (tyboo.is_limit(i.verdict) AND EXISTS (SELECT FROM tyboo.delivery_keys k WHERE k.run_id = i.id AND k.told));
	GET DIAGNOSTICS changed = ROW_COUNT;
	RETURN changed;
END $$;

-- Find the accepted ones of these, after a refusal that did not take all.
CREATE OR REPLACE FUNCTION tyboo.accepted_deliveries(p_ids uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$ SELECT d.id FROM tyboo.deliveries d WHERE d.id = ANY (p_ids) AND d.verdict = 'accepted' $$;

-- Redis knew an earlier run for these: Postgres was away when that one came.  The keys go to the earlier runs; what has been
-- begun stays as it is.  An earlier one that was written late, as the duplicate of what is now its own, is the accepted one.
CREATE OR REPLACE FUNCTION tyboo.redirect_deliveries(p_ids uuid[], p_runs uuid[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	moved uuid[];
BEGIN
	WITH changed AS (
		UPDATE tyboo.deliveries d SET verdict = 'duplicate', run_id = i.run_id
		FROM unnest(p_ids, p_runs) AS i (id, run_id)
		WHERE d.id = i.id AND d.verdict = 'accepted' AND i.run_id <> i.id
			AND NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = d.id)
		RETURNING d.id
	)
	SELECT coalesce(array_agg(id), '{}') INTO moved FROM changed;
	UPDATE tyboo.deliveries d SET verdict = 'accepted', run_id = d.id
	FROM unnest(p_ids, p_runs) AS i (id, run_id)
	WHERE d.id = i.run_id AND d.verdict = 'duplicate' AND d.run_id = i.id AND i.id = ANY (moved);
	UPDATE tyboo.delivery_keys k SET run_id = i.run_id
	FROM unnest(p_ids, p_runs) AS i (id, run_id)
	WHERE k.run_id = i.id AND i.id = ANY (moved);
	RETURN cardinality(moved);
END $$;
