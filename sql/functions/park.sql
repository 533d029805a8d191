-- park: step records in pieces, and runs that are put down.  All that workers write is fenced, as in record.sql.
--
--   running --park_runs--> waiting --take_run, once a wait is over--> running --record_runs--> over
--      ^                      |                                          |
--      +--- append_pieces     +--- call_wait: a call's answer            +--- park_runs again
--                             +--- cancel (lib/store/execution_list.c) -----------------------> over
--
-- Invariants:
--   (1) Pieces, waits, state and status of a run that is put down are written together or not at all.
--   (2) A wait for a call ends once; its answer is journaled in the same statement.  One that comes before the run is put down
--       is journaled alone, and found when it is: call_wait locks the run, park_runs shares that lock.
--   (3) A piece is never changed.  A claim takes back those that its run would write again.
--   (4) A run that is over has neither waits nor a state (trigger executions_forget_parked_run).
--   (5) Whether anything is due is one look at the first entry of an index, however many runs wait.

-- A JSON list of texts as an array.
CREATE OR REPLACE FUNCTION tyboo.texts(p_list text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT coalesce(array_agg(t), '{}') FROM json_array_elements_text(p_list::json) AS t $$;

-- Keep the pieces of these runs, a list of their own.  A piece that is there stays: it is the same, sent again.
CREATE OR REPLACE FUNCTION tyboo.save_pieces(p_runs uuid[], p_pc_workspaces uuid[], p_pc_runs uuid[], p_pc_numbers integer[],
	p_pc_fences bigint[], p_pc_firsts integer[], p_pc_counts integer[], p_pc_frames text[], p_pc_saves text[], p_pc_steps bytea[])
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	INSERT INTO tyboo.execution_pieces (workspace_id, run_id, number, fence, first_step, step_count, frames, save, steps)
	SELECT i.workspace_id, i.run_id, i.number, i.fence, i.first_step, i.step_count, tyboo.texts(i.frames), i.save, p_pc_steps[i.ord]
	FROM unnest(p_pc_workspaces, p_pc_runs, p_pc_numbers, p_pc_fences, p_pc_firsts, p_pc_counts, p_pc_frames, p_pc_saves) WITH ORDINALITY
	AS i (workspace_id, run_id, number, fence, first_step, step_count, frames, save, ord)
	WHERE i.run_id = ANY (p_runs)
	ORDER BY i.run_id, i.number
	ON CONFLICT (run_id, number) DO NOTHING
$$;

-- Append a batch of pieces of runs that are shown as running, with the payloads (p_pl_*) that they name.  One row back for each, in
-- order: whether it is kept; false where the run is over or has gone to a higher fence.
CREATE OR REPLACE FUNCTION tyboo.append_pieces(p_workspaces uuid[], p_runs uuid[], p_numbers integer[], p_fences bigint[],
	p_firsts integer[], p_counts integer[], p_frames text[], p_saves text[], p_steps bytea[],
	p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[])
RETURNS TABLE (ordinal integer, ok boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	held uuid[];
BEGIN
	IF cardinality(p_pl_hashes) > 0 THEN
		PERFORM tyboo.save_payloads(p_pl_workspaces, p_pl_hashes, p_pl_kinds, p_pl_sizes, p_pl_stored);
	END IF;
	-- A statement of its own: the next one's snapshot must be newer than the lock.
	PERFORM pg_advisory_xact_lock_shared(tyboo.lock_run_key(r)) FROM unnest(p_runs) AS r;
	held := ARRAY(SELECT e.id FROM unnest(p_runs, p_fences, p_workspaces) AS i (run_id, fence, workspace_id)
		JOIN tyboo.executions e ON e.id = i.run_id AND e.fence = i.fence AND e.workspace_id = i.workspace_id
		WHERE e.status = 'running');
	PERFORM tyboo.save_pieces(held, p_workspaces, p_runs, p_numbers, p_fences, p_firsts, p_counts, p_frames, p_saves, p_steps);
	RETURN QUERY SELECT i.ord::integer, i.run_id = ANY (held) FROM unnest(p_runs) WITH ORDINALITY AS i (run_id, ord) ORDER BY i.ord;
END $$;

-- Put runs down.  p_frames and p_payloads are JSON lists of texts; pieces (p_pc_*), waits (p_w_*) and payloads (p_pl_*) are lists of
-- their own.  One row back for each run, in order: whether it is put down, by this call or an earlier one of the same lease.
CREATE OR REPLACE FUNCTION tyboo.park_runs(
	p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_fences bigint[], p_deliveries integer[],
	p_accepted timestamptz[], p_started timestamptz[], p_worker text, p_start_nodes text[], p_pieces integer[], p_steps integer[],
	p_items integer[], p_running_ms bigint[], p_frames text[], p_payloads text[], p_states bytea[],
	p_pc_workspaces uuid[], p_pc_runs uuid[], p_pc_numbers integer[], p_pc_fences bigint[], p_pc_firsts integer[], p_pc_counts integer[],
	p_pc_frames text[], p_pc_saves text[], p_pc_steps bytea[],
	p_w_runs uuid[], p_w_keys text[], p_w_kinds text[], p_w_nodes text[], p_w_frames text[], p_w_at timestamptz[], p_w_tokens bytea[],
	p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[])
RETURNS TABLE (ordinal integer, ok boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	held uuid[];
BEGIN
	IF cardinality(p_pl_hashes) > 0 THEN
		PERFORM tyboo.save_payloads(p_pl_workspaces, p_pl_hashes, p_pl_kinds, p_pl_sizes, p_pl_stored);
	END IF;
	-- A statement of its own, before any row is locked: the next ones see each call that was answered.
	PERFORM pg_advisory_xact_lock_shared(tyboo.lock_run_key(r)) FROM unnest(p_ids) AS r;
	-- Sorted, so that batches do not deadlock.  The row's own lock keeps a claim out until all of this is there.
	WITH done AS (
		INSERT INTO tyboo.executions AS e (workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at,
			started_at, step_count, item_count, worker)
		SELECT workspace_id, id, workflow_id, version_id, mode, 'waiting', fence, deliveries, accepted_at, started_at, step_count,
			item_count, p_worker
		FROM unnest(p_ids, p_workspaces, p_workflows, p_versions, p_modes, p_fences, p_deliveries, p_accepted, p_started, p_steps,
			p_items) AS i (id, workspace_id, workflow_id, version_id, mode, fence, deliveries, accepted_at, started_at, step_count,
			item_count)
		ORDER BY id
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, fence = excluded.fence, deliveries = excluded.deliveries,
			step_count = excluded.step_count, item_count = excluded.item_count, worker = excluded.worker
		WHERE e.finished_at IS NULL AND e.fence <= excluded.fence AND e.workspace_id = excluded.workspace_id
		RETURNING e.id
	)
	SELECT coalesce(array_agg(done.id), '{}') INTO held FROM done;
	PERFORM tyboo.save_pieces(held, p_pc_workspaces, p_pc_runs, p_pc_numbers, p_pc_fences, p_pc_firsts, p_pc_counts, p_pc_frames,
		p_pc_saves, p_pc_steps);
	INSERT INTO tyboo.parked_runs AS p (workspace_id, run_id, start_node, piece_count, step_count, item_count, running_ms, frames,
		payloads, state, parked_at)
	SELECT i.workspace_id, i.id, i.start_node, i.piece_count, i.step_count, i.item_count, i.running_ms, tyboo.texts(i.frames),
		tyboo.texts(i.payloads), p_states[i.ord], now()
	FROM unnest(p_ids, p_workspaces, p_start_nodes, p_pieces, p_steps, p_items, p_running_ms, p_frames, p_payloads) WITH ORDINALITY
	AS i (id, workspace_id, start_node, piece_count, step_count, item_count, running_ms, frames, payloads, ord)
	WHERE i.id = ANY (held)
	ON CONFLICT (run_id) DO UPDATE SET piece_count = excluded.piece_count, step_count = excluded.step_count,
		item_count = excluded.item_count, running_ms = excluded.running_ms, frames = excluded.frames, payloads = excluded.payloads,
		state = excluded.state, parked_at = excluded.parked_at;
	DELETE FROM tyboo.waits w WHERE w.run_id = ANY (held)
		AND NOT EXISTS (SELECT FROM unnest(p_w_runs, p_w_keys) AS i (run_id, key) WHERE i.run_id = w.run_id AND i.key = w.key);
	-- A call that came while a worker had the run, or before it was begun, has ended its wait: the run is pushed at once.
	INSERT INTO tyboo.waits AS w (workspace_id, run_id, key, kind, node, frame, at, token_hash, ended_at, look_at)
	SELECT r.workspace_id, i.run_id, i.key, i.kind, i.node, i.frame, i.at, p_w_tokens[i.ord], f.answered_at,
		CASE WHEN f.answered_at IS NULL THEN i.at ELSE now() END
	FROM unnest(p_w_runs, p_w_keys, p_w_kinds, p_w_nodes, p_w_frames, p_w_at) WITH ORDINALITY
		AS i (run_id, key, kind, node, frame, at, ord)
	JOIN unnest(p_ids, p_workspaces) AS r (id, workspace_id) ON r.id = i.run_id
	LEFT JOIN tyboo.effects f ON i.kind = 'call' AND f.run_id = i.run_id AND f.key = i.key AND f.answer IS NOT NULL
	WHERE i.run_id = ANY (held)
	ON CONFLICT (run_id, key) DO UPDATE SET at = excluded.at, ended_at = coalesce(w.ended_at, excluded.ended_at),
		look_at = CASE WHEN w.ended_at IS NULL OR w.kind = 'run' THEN excluded.look_at ELSE now() END;
	IF 'run' = ANY (p_w_kinds) THEN
		PERFORM tyboo.settle_callers(ARRAY(SELECT DISTINCT i.run_id FROM unnest(p_w_runs, p_w_kinds) AS i (run_id, kind)
			WHERE i.kind = 'run' AND i.run_id = ANY (held)));
	END IF;
	RETURN QUERY SELECT i.ord::integer, i.id = ANY (held) FROM unnest(p_ids) WITH ORDINALITY AS i (id, ord) ORDER BY i.ord;
END $$;

-- Take a run over, as claim_run, and read what its resume needs.  One row at least, the first with kind 'run':
--
--   status 'claimed'   the run; 'source' where it stands on another (extra); then, of one that was put down, 'state' (extra: its numbers), 'piece's in order and 'payload's (data
--                      null: it is gone), and of any run 'journal' entries
--          'waiting'   it is put down and nothing that it waits for is over: give the lease back
--          'finished', 'fenced'
CREATE OR REPLACE FUNCTION tyboo.take_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text,
	p_accepted timestamptz, p_fence bigint, p_deliveries integer, p_worker text)
RETURNS TABLE (status text, kind text, key text, extra text, at_ms bigint, data bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	e tyboo.executions;
	p tyboo.parked_runs;
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_run_key(p_id));
	-- Lock the run, so that one that is being put down is read when it is.
	SELECT * INTO e FROM tyboo.executions x WHERE x.id = p_id FOR UPDATE;
	SELECT * INTO p FROM tyboo.parked_runs x WHERE x.run_id = p_id;
	-- A called run whose caller was canceled ends here, before it does anything more.
	IF e.finished_at IS NULL AND coalesce(e.fence <= p_fence, true)
			AND EXISTS (SELECT FROM tyboo.cancels c WHERE c.run_id = p_id AND c.workspace_id = p_workspace) THEN
		PERFORM tyboo.cancel_run(p_workspace, p_id);
		SELECT * INTO e FROM tyboo.executions x WHERE x.id = p_id;
	END IF;
	IF e.finished_at IS NOT NULL THEN
		RETURN QUERY SELECT 'finished', 'run', NULL::text, NULL::text, NULL::bigint, NULL::bytea;
		RETURN;
	ELSIF e.id IS NOT NULL AND (e.fence > p_fence OR e.workspace_id <> p_workspace) THEN
		RETURN QUERY SELECT 'fenced', 'run', NULL::text, NULL::text, NULL::bigint, NULL::bytea;
		RETURN;
	ELSIF e.status = 'waiting' AND p.run_id IS NOT NULL AND NOT EXISTS (SELECT FROM tyboo.waits w
			WHERE w.run_id = p_id AND (w.ended_at IS NOT NULL OR w.at <= clock_timestamp())) THEN
		RETURN QUERY SELECT 'waiting', 'run', NULL::text, NULL::text, NULL::bigint, NULL::bytea;
		RETURN;
	END IF;
	INSERT INTO tyboo.executions AS x (workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at,
		started_at, worker)
	VALUES (p_workspace, p_id, p_workflow, p_version, p_mode, 'running', p_fence, p_deliveries, p_accepted, now(), p_worker)
	ON CONFLICT (id) DO UPDATE SET status = 'running', fence = excluded.fence, deliveries = excluded.deliveries, worker = excluded.worker;
	UPDATE tyboo.waits w SET look_at = 'infinity' WHERE w.run_id = p_id AND w.look_at <> 'infinity';
	DELETE FROM tyboo.execution_pieces x WHERE x.run_id = p_id AND x.number >= coalesce(p.piece_count, 0);
	-- Rules of the run, by what workers wrote; NULL = nothing.
	RETURN QUERY SELECT 'claimed', 'run', NULL::text, NULL::text, (SELECT min(coalesce(f.digest_version, 3))::bigint FROM tyboo.effects f
		WHERE f.run_id = p_id AND f.idempotency_key <> 'wait'), NULL::bytea;
	RETURN QUERY SELECT 'claimed', 'source', NULL::text, d.source, NULL::bigint, NULL::bytea
		FROM tyboo.deliveries d WHERE d.id = p_id AND d.workspace_id = p_workspace AND d.source IS NOT NULL;
	IF p.run_id IS NOT NULL THEN
		RETURN QUERY SELECT 'claimed', 'state', p.start_node, json_build_object('pieces', p.piece_count, 'steps', p.step_count, 'items',
			p.item_count, 'running_ms', p.running_ms)::text, (extract(epoch FROM e.started_at) * 1000)::bigint, p.state;
		RETURN QUERY SELECT 'claimed', 'piece', NULL::text, NULL::text, x.first_step::bigint, x.steps FROM tyboo.execution_pieces x
			WHERE x.run_id = p_id AND x.frames && p.frames ORDER BY x.number;
		RETURN QUERY SELECT 'claimed', 'payload', h.hash, l.kind, l.size_bytes, l.stored FROM unnest(p.payloads) AS h (hash)
			LEFT JOIN tyboo.payloads l ON l.workspace_id = p_workspace AND l.hash = h.hash;
	END IF;
	RETURN QUERY SELECT 'claimed', 'journal', f.key, f.idempotency_key,
			(extract(epoch FROM coalesce(f.answered_at, f.intent_at)) * 1000)::bigint, f.answer
		FROM tyboo.effects f WHERE f.run_id = p_id AND f.workspace_id = p_workspace ORDER BY f.intent_at, f.key;
END $$;

DROP FUNCTION IF EXISTS tyboo.end_wait(text, bytea, bytea);

-- A call for the wait whose answer the journal keeps under p_key (its token was proven by the caller), from somebody who shows the
-- workspace (slug or id).  p_answer (zstd-compressed JSON) null: only look.  No row where the workspace has no such run, else one:
--
--   status 'taken'     the answer is journaled, and the wait over
--          'open'      it would be, now; at_ms: when the wait ends by itself, null where the run has not come to it
--          'answered'  it was before, or nobody called in time (its answer says so): at_ms, answer
--          'late'      its time is over, and the run is about to go on without a call
--          'over'      the run is
CREATE OR REPLACE FUNCTION tyboo.call_wait(p_workspace text, p_run uuid, p_key text, p_answer bytea)
RETURNS TABLE (status text, at_ms bigint, answer bytea, workflow_name text, graph text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	ws uuid := (SELECT s.id FROM tyboo.workspaces s WHERE s.slug = p_workspace OR s.id::text = p_workspace LIMIT 1);
	e tyboo.executions;
	d tyboo.deliveries;
	f tyboo.effects;
	w tyboo.waits;
	said text;
	said_at timestamptz;
BEGIN
	IF p_answer IS NOT NULL THEN
		PERFORM pg_advisory_xact_lock(tyboo.lock_run_key(p_run));
	END IF;
	SELECT * INTO e FROM tyboo.executions x WHERE x.id = p_run AND x.workspace_id = ws;
	IF e.id IS NULL THEN
		SELECT * INTO d FROM tyboo.deliveries x WHERE x.id = p_run AND x.workspace_id = ws AND x.verdict = 'accepted';
		IF d.id IS NULL THEN
			RETURN;
		END IF;
	END IF;
	SELECT * INTO f FROM tyboo.effects x WHERE x.run_id = p_run AND x.key = p_key AND x.answer IS NOT NULL;
	SELECT * INTO w FROM tyboo.waits x WHERE x.run_id = p_run AND x.key = p_key;
	IF f.key IS NOT NULL THEN
		said := 'answered';
		said_at := f.answered_at;
	ELSIF e.finished_at IS NOT NULL THEN
		said := 'over';
		said_at := e.finished_at;
	ELSIF w.at <= clock_timestamp() THEN
		said := 'late';
		said_at := w.at;
	ELSIF p_answer IS NULL THEN
		said := 'open';
		said_at := w.at;
	ELSE
		said := 'taken';
		said_at := now();
		INSERT INTO tyboo.effects AS x (workspace_id, run_id, key, fence, idempotency_key, intent_at, answered_at, answer)
		VALUES (ws, p_run, p_key, coalesce(e.fence, 0), 'wait', now(), now(), p_answer)
		ON CONFLICT (run_id, key) DO UPDATE SET answered_at = excluded.answered_at, answer = excluded.answer;
		UPDATE tyboo.waits x SET ended_at = now(), look_at = CASE WHEN e.status = 'waiting' THEN now() ELSE 'infinity' END
		WHERE x.run_id = p_run AND x.key = p_key AND x.ended_at IS NULL;
	END IF;
	said_at := CASE WHEN isfinite(said_at) THEN said_at END;
	RETURN QUERY SELECT said, (extract(epoch FROM said_at) * 1000)::bigint, f.answer, o.name, v.graph
		FROM tyboo.workflow_versions v JOIN tyboo.workflows o ON o.workspace_id = v.workspace_id AND o.id = v.workflow_id
		WHERE v.workspace_id = ws AND v.id = coalesce(e.version_id, d.version_id)
		UNION ALL
		SELECT said, (extract(epoch FROM said_at) * 1000)::bigint, f.answer, NULL, NULL LIMIT 1;
END $$;

-- Runs whose wait is over, to be pushed: of each workspace after p_after, in order, at most p_room (of those in p_workspaces their
-- p_rooms), and of all p_max and one workspace's more.  None is due again for a minute: in a queue that keeps it, it is taken by then,
-- and one that lost it gets it again.  In the transaction that pushes them, so that none is lost where Redis is away.
CREATE OR REPLACE FUNCTION tyboo.due_waits(p_after uuid, p_workspaces uuid[], p_rooms integer[], p_room integer, p_max integer)
RETURNS TABLE (run_id uuid, workspace_id uuid, workflow_id uuid, version_id uuid, mode text, start_node text, accepted_ms bigint,
	limits text, workflow_max integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	ws uuid := p_after;
	first timestamptz;
	room integer;
	given integer := 0;
	n integer;
	of_workspace text;
BEGIN
	IF NOT EXISTS (SELECT FROM tyboo.waits w WHERE w.look_at <= now()) THEN
		RETURN;
	END IF;
	LOOP
		-- The next workspace by the index, not by its waits.
		SELECT w.workspace_id, w.look_at INTO ws, first FROM tyboo.waits w WHERE w.workspace_id > ws
			ORDER BY w.workspace_id, w.look_at LIMIT 1;
		EXIT WHEN NOT FOUND OR given >= p_max;
		CONTINUE WHEN first > now();
		room := coalesce((SELECT r.room FROM unnest(p_workspaces, p_rooms) AS r (id, room) WHERE r.id = ws), p_room);
		CONTINUE WHEN room <= 0;
		of_workspace := (SELECT tyboo.limits_of(s) FROM tyboo.workspaces s WHERE s.id = ws);
		RETURN QUERY
		WITH due AS MATERIALIZED (
			SELECT w.run_id, w.key FROM tyboo.waits w WHERE w.workspace_id = ws AND w.look_at <= now()
			ORDER BY w.look_at LIMIT room FOR UPDATE SKIP LOCKED
		), moved AS (
			UPDATE tyboo.waits w SET look_at = now() + interval '1 minute' FROM due WHERE w.run_id = due.run_id AND w.key = due.key
		)
		SELECT e.id, e.workspace_id, e.workflow_id, e.version_id, e.mode, p.start_node,
			(extract(epoch FROM e.accepted_at) * 1000)::bigint, of_workspace, coalesce(f.concurrent_max, 0)
		FROM (SELECT DISTINCT run_id FROM due) d
		JOIN tyboo.executions e ON e.id = d.run_id AND e.finished_at IS NULL
		JOIN tyboo.parked_runs p ON p.run_id = d.run_id
		LEFT JOIN tyboo.workflows f ON f.workspace_id = e.workspace_id AND f.id = e.workflow_id;
		GET DIAGNOSTICS n = ROW_COUNT;
		given := given + n;
	END LOOP;
END $$;

-- Look at these runs again soon, because the worker that put them down still leases them and a push would
-- be lost.
CREATE OR REPLACE FUNCTION tyboo.delay_waits(p_runs uuid[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	UPDATE tyboo.waits SET look_at = now() + interval '1 second'
	WHERE run_id = ANY (p_runs) AND look_at > now() AND look_at <= now() + interval '1 minute'
$$;
