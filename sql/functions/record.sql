-- record: what workers write about runs.  All fenced: a row of a higher fence, or a finished one, is left as it is.
--
--   (no row) --take_run, mark_running--> running, waiting --record_runs--> ok, error, timeout, canceled
--      |                                                                         ^
--      +---------------------------- record_runs --------------------------------+
--
-- The ways to waiting and back are in park.sql.
--
-- take_run and journal take a lock on the run (claim alone, journal shared), so that a worker that takes a run over sees every
-- effect its predecessor was allowed to begin.

CREATE OR REPLACE FUNCTION tyboo.lock_run_key(p_run uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(p_run::text, 7274601);

-- Number of calls that a run's error says were made for nothing (calls_unused).  Callers look first whether
-- there are any, because a function with a query in it is never inlined: calling it took ten times as long,
-- and nearly every run has none.
CREATE OR REPLACE FUNCTION tyboo.calls_unused_of(p_error text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN strpos(p_error, '"calls_unused"') > 0 THEN
	(SELECT sum((u ->> 'calls')::integer) FROM json_array_elements(p_error::json -> 'calls_unused') AS u) END;

-- Record finished runs, each with its steps and its usage, or not at all.  One row back for each, in order: whether it is
-- recorded (also true where this very attempt had recorded it before), and whether payloads of its workspace did not fit
-- into the quota.  Payloads (p_pl_*) are a list of their own.  p_answers: what the callers of called runs get (null: none), and the
-- files that it names (p_bl_*); call.sql.  The last arguments have defaults for the release before, which does not give them.
DROP FUNCTION IF EXISTS tyboo.record_runs(uuid[], uuid[], uuid[], uuid[], text[], text[], bigint[], integer[], timestamptz[], timestamptz[],
	timestamptz[], integer[], integer[], text[], text[], text, bytea[], bigint[], bigint[], uuid[], text[], text[], bigint[], bytea[]);
CREATE OR REPLACE FUNCTION tyboo.record_runs(
	p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_statuses text[], p_fences bigint[],
	p_deliveries integer[], p_accepted timestamptz[], p_started timestamptz[], p_finished timestamptz[], p_steps integer[],
	p_items integer[], p_errors text[], p_digests text[], p_worker text, p_data bytea[], p_run_ms bigint[], p_bytes bigint[],
	p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[],
	p_answers bytea[] DEFAULT NULL, p_bl_runs uuid[] DEFAULT NULL, p_bl_hashes text[] DEFAULT NULL)
RETURNS TABLE (ordinal integer, written boolean, payloads_over boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	over uuid[] := '{}';
BEGIN
	IF cardinality(p_pl_hashes) > 0 THEN
		over := tyboo.save_payloads(p_pl_workspaces, p_pl_hashes, p_pl_kinds, p_pl_sizes, p_pl_stored);
	END IF;
	RETURN QUERY
	WITH input AS MATERIALIZED (
		SELECT * FROM unnest(p_ids, p_workspaces, p_workflows, p_versions, p_modes, p_statuses, p_fences, p_deliveries, p_accepted,
			p_started, p_finished, p_steps, p_items, p_errors, p_digests, p_run_ms, p_bytes) WITH ORDINALITY
		AS i (id, workspace_id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at, started_at, finished_at,
			step_count, item_count, error, digest, run_ms, bytes, ord)
	), best AS MATERIALIZED (
		-- A worker may hold a run twice, its first lease lost: the higher fence counts.  Sorted, so that batches do not deadlock.
		SELECT DISTINCT ON (id) * FROM input ORDER BY id, fence DESC, ord
	), done AS (
		INSERT INTO tyboo.executions AS e (workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at,
			started_at, finished_at, step_count, item_count, error, digest, worker)
		SELECT workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at, started_at, finished_at,
			step_count, item_count, error, digest, p_worker
		FROM best
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, fence = excluded.fence, deliveries = excluded.deliveries,
			started_at = least(e.started_at, excluded.started_at), finished_at = excluded.finished_at,
			step_count = excluded.step_count, item_count = excluded.item_count, error = excluded.error,
			digest = excluded.digest, worker = excluded.worker
		WHERE e.finished_at IS NULL AND e.fence <= excluded.fence
		RETURNING e.id
	), data AS (
		INSERT INTO tyboo.execution_data (workspace_id, id, steps)
		SELECT b.workspace_id, b.id, p_data[b.ord] FROM best b JOIN done ON done.id = b.id
		ON CONFLICT (id) DO NOTHING
	), usage AS (
		INSERT INTO tyboo.usage_events (workspace_id, run_id, workflow_id, at, steps, items, run_ms, bytes, calls_unused)
		SELECT b.workspace_id, b.id, b.workflow_id, b.finished_at, b.step_count, b.item_count, b.run_ms, b.bytes,
			CASE WHEN strpos(b.error, '"calls_unused"') > 0 THEN coalesce(tyboo.calls_unused_of(b.error), 0) ELSE 0 END
		FROM best b JOIN done ON done.id = b.id
		ON CONFLICT (run_id) DO NOTHING
	)
	SELECT i.ord::integer,
		CASE WHEN done.id IS NOT NULL THEN true
			ELSE EXISTS (SELECT FROM tyboo.executions e WHERE e.id = i.id AND e.fence = i.fence AND e.finished_at IS NOT NULL) END,
		i.workspace_id = ANY (over)
	FROM input i
	LEFT JOIN best b ON b.id = i.id AND b.ord = i.ord
	LEFT JOIN done ON done.id = b.id
	ORDER BY i.ord;
	-- Start what the ends of these runs set off.
	IF 'called' = ANY (p_modes) THEN
		PERFORM tyboo.end_children(p_ids, p_answers, p_bl_runs, p_bl_hashes);
	END IF;
	IF p_statuses && ARRAY['error', 'timeout'] THEN
		PERFORM tyboo.start_error_workflows(p_ids);
	END IF;
	IF 'canceled' = ANY (p_statuses) THEN
		PERFORM tyboo.cancel_children(p_ids);
	END IF;
END $$;

-- Keep payloads, each once per workspace and within its quota.  Gives back the workspaces whose quota refused some.
CREATE OR REPLACE FUNCTION tyboo.save_payloads(p_workspaces uuid[], p_hashes text[], p_kinds text[], p_sizes bigint[], p_stored bytea[])
RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	refused uuid[] := '{}';
	w record;
BEGIN
	-- Workspaces in order, so that two batches wait for each other and do not deadlock.
	FOR w IN SELECT DISTINCT workspace_id FROM unnest(p_workspaces) AS u (workspace_id) ORDER BY workspace_id LOOP
		INSERT INTO tyboo.payload_usage (workspace_id, stored_bytes) VALUES (w.workspace_id, 0) ON CONFLICT DO NOTHING;
		PERFORM FROM tyboo.payload_usage u WHERE u.workspace_id = w.workspace_id FOR UPDATE;
		UPDATE tyboo.payloads p SET seen_at = now()
		FROM unnest(p_workspaces, p_hashes) AS i (workspace_id, hash)
		WHERE i.workspace_id = w.workspace_id AND p.workspace_id = w.workspace_id AND p.hash = i.hash
			AND p.seen_at < now() - interval '1 day';
		WITH fresh AS (
			SELECT DISTINCT ON (i.hash) i.hash, i.kind, i.size_bytes, i.ord
			FROM unnest(p_workspaces, p_hashes, p_kinds, p_sizes) WITH ORDINALITY AS i (workspace_id, hash, kind, size_bytes, ord)
			WHERE i.workspace_id = w.workspace_id
				AND NOT EXISTS (SELECT FROM tyboo.payloads p WHERE p.workspace_id = w.workspace_id AND p.hash = i.hash)
			ORDER BY i.hash, i.ord
		), fitting AS (
			SELECT f.*, sum(octet_length(p_stored[f.ord])) OVER (ORDER BY f.ord)
				+ (SELECT stored_bytes FROM tyboo.payload_usage u WHERE u.workspace_id = w.workspace_id)
				<= coalesce((SELECT payload_bytes_max FROM tyboo.workspaces s WHERE s.id = w.workspace_id), 0) AS fits
			FROM fresh f
		), saved AS (
			INSERT INTO tyboo.payloads (workspace_id, hash, kind, size_bytes, stored)
			SELECT w.workspace_id, hash, kind, size_bytes, p_stored[ord] FROM fitting WHERE fits
			RETURNING octet_length(stored) AS bytes
		), counted AS (
			UPDATE tyboo.payload_usage u SET stored_bytes = u.stored_bytes + (SELECT sum(bytes) FROM saved)
			WHERE u.workspace_id = w.workspace_id AND EXISTS (SELECT FROM saved)
		)
		SELECT CASE WHEN bool_or(NOT fits) THEN refused || w.workspace_id ELSE refused END INTO refused FROM fitting;
	END LOOP;
	RETURN refused;
END $$;

-- Kept for the release before: take_run is today's.
-- Take a run over: raise its fence, so that whoever held it before can record nothing more, and read its journal.  That release knows
-- no runs that are put down: one that waits is somebody newer's, and one that was resumed begins anew, by its journal.
-- One row at least: status 'claimed', 'finished' (nothing to do) or 'fenced' (somebody newer has it), then the journal's
-- entries, or one row without a key where there is none.
CREATE OR REPLACE FUNCTION tyboo.claim_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text,
	p_accepted timestamptz, p_fence bigint, p_deliveries integer, p_worker text)
RETURNS TABLE (status text, key text, idempotency_key text, at_ms bigint, answer bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	outcome text;
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_run_key(p_id));
	INSERT INTO tyboo.executions AS e (workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at,
		started_at, worker)
	VALUES (p_workspace, p_id, p_workflow, p_version, p_mode, 'running', p_fence, p_deliveries, p_accepted, now(), p_worker)
	ON CONFLICT (id) DO UPDATE SET status = 'running', fence = excluded.fence, deliveries = excluded.deliveries, worker = excluded.worker
	WHERE e.finished_at IS NULL AND e.fence <= excluded.fence AND e.workspace_id = excluded.workspace_id
		AND NOT (e.status = 'waiting' AND EXISTS (SELECT FROM tyboo.parked_runs x WHERE x.run_id = p_id));
	IF FOUND THEN
		outcome := 'claimed';
		DELETE FROM tyboo.execution_pieces x WHERE x.run_id = p_id;
		DELETE FROM tyboo.waits x WHERE x.run_id = p_id;
		DELETE FROM tyboo.parked_runs x WHERE x.run_id = p_id;
	ELSE
		outcome := (SELECT CASE WHEN e.finished_at IS NOT NULL THEN 'finished' ELSE 'fenced' END FROM tyboo.executions e WHERE e.id = p_id);
	END IF;
	IF outcome = 'claimed' THEN
		RETURN QUERY SELECT outcome, f.key, f.idempotency_key, (extract(epoch FROM coalesce(f.answered_at, f.intent_at)) * 1000)::bigint, f.answer
		FROM tyboo.effects f WHERE f.run_id = p_id AND f.workspace_id = p_workspace ORDER BY f.intent_at, f.key;
	END IF;
	IF outcome <> 'claimed' OR NOT FOUND THEN
		RETURN QUERY SELECT outcome, NULL::text, NULL::text, NULL::bigint, NULL::bytea;
	END IF;
END $$;

DROP FUNCTION IF EXISTS tyboo.journal(uuid[], uuid[], text[], text[], bigint[], timestamptz[], bytea[], integer[]);
-- Journal a batch of intents (answer null) and answers.  One row back for each, in order: false where the run is finished or
-- has gone to a higher fence, and then the effect must not be made, or its answer not be used.
CREATE OR REPLACE FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[],
	p_at timestamptz[], p_answers bytea[], p_digest_versions integer[], p_requests text[] DEFAULT NULL)
RETURNS TABLE (ordinal integer, ok boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	-- A statement of its own: the next one's snapshot must be newer than the lock.
	PERFORM pg_advisory_xact_lock_shared(tyboo.lock_run_key(r)) FROM unnest(p_runs) AS r;
	RETURN QUERY
	WITH input AS MATERIALIZED (
		SELECT i.*, NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = i.run_id
			AND (e.finished_at IS NOT NULL OR e.fence > i.fence OR e.workspace_id <> i.workspace_id)) AS ok
		FROM unnest(p_runs, p_workspaces, p_keys, p_idempotency, p_fences, p_at) WITH ORDINALITY
		AS i (run_id, workspace_id, key, idempotency_key, fence, at, ord)
	), best AS (
		SELECT DISTINCT ON (run_id, key) * FROM input WHERE ok ORDER BY run_id, key, fence DESC, p_answers[ord] IS NULL
	), written AS (
		INSERT INTO tyboo.effects AS f (workspace_id, run_id, key, fence, idempotency_key, intent_at, answered_at, answer, digest_version,
			request_digest)
		SELECT workspace_id, run_id, key, fence, idempotency_key, at, CASE WHEN p_answers[ord] IS NOT NULL THEN at END, p_answers[ord],
			nullif(p_digest_versions[ord], 0), p_requests[ord]
		FROM best
		-- Keep an answer that is there, because that is what happened.
		ON CONFLICT (run_id, key) DO UPDATE SET fence = excluded.fence, answered_at = excluded.answered_at, answer = excluded.answer
		WHERE f.answer IS NULL AND f.fence <= excluded.fence
	)
	SELECT ord::integer, ok FROM input ORDER BY ord;
END $$;

-- journal() of the release before, whose runs go by the rules of 3.
CREATE OR REPLACE FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[],
	p_at timestamptz[], p_answers bytea[])
RETURNS TABLE (ordinal integer, ok boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT * FROM tyboo.journal(p_runs, p_workspaces, p_keys, p_idempotency, p_fences, p_at, p_answers, '{}'::integer[])
$$;

-- Show runs that last: a row for each, unless there is a newer or a finished one, or it has been put down since.  p_statuses:
-- 'running'.
CREATE OR REPLACE FUNCTION tyboo.mark_running(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[],
	p_statuses text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamptz[], p_started timestamptz[], p_worker text)
RETURNS TABLE (ordinal integer, ok boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH input AS MATERIALIZED (
		SELECT * FROM unnest(p_ids, p_workspaces, p_workflows, p_versions, p_modes, p_statuses, p_fences, p_deliveries, p_accepted,
			p_started) WITH ORDINALITY
		AS i (id, workspace_id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at, started_at, ord)
	), done AS (
		INSERT INTO tyboo.executions AS e (workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at,
			started_at, worker)
		SELECT DISTINCT ON (id) workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at, started_at,
			p_worker
		FROM input ORDER BY id, fence DESC, ord
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, fence = excluded.fence, deliveries = excluded.deliveries,
			worker = excluded.worker
		WHERE e.finished_at IS NULL AND e.fence <= excluded.fence AND NOT (e.status = 'waiting' AND e.fence = excluded.fence)
		RETURNING e.id, e.fence
	)
	SELECT i.ord::integer, done.id IS NOT NULL FROM input i LEFT JOIN done ON done.id = i.id AND done.fence = i.fence ORDER BY i.ord;
END $$;
