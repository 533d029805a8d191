-- call: runs that begin runs: calls, and the error workflow of a run that failed.
--
--   effects (intent) --call_workflows--> its child_run_id and the child's receipt, accepted as any delivery
--                                          |
--   waits (kind 'run') <-- park_runs       | runs like any other
--          |                               v
--          +<----- end_children <----- record_runs, cancel_run: the child's end and the caller's answer are one transaction
--          v
--   due_waits, due_callers: the caller is pushed, once all that it called has ended
--
-- Invariants:
--   (1) A call begins one run, however often it is made: the intent's row names it, under its lock.
--   (2) The answer to a call that waits is written with the child's end, or it ended before; the caller that is put down meanwhile
--       finds it there.  Both take the caller's lock (lock_call_key), in the order of callers.
--   (3) A run that fails starts its error workflow once, with its record.  What an error workflow has begun, itself or by calls,
--       starts none.
--   (4) A run that is canceled cancels what it called (cancels), whoever ends it.

CREATE OR REPLACE FUNCTION tyboo.lock_call_key(p_caller uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(p_caller::text, 7274602);

-- A new id, UUID version 7.
CREATE OR REPLACE FUNCTION tyboo.new_id() RETURNS uuid
LANGUAGE sql VOLATILE
AS $$
	SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
		|| substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

-- 'p_bytes' bytes of a number, the least first.
CREATE OR REPLACE FUNCTION tyboo.little_endian(p_number bigint, p_bytes integer) RETURNS bytea
LANGUAGE sql IMMUTABLE
AS $$ SELECT string_agg(set_byte('\x00'::bytea, 0, ((p_number >> (8 * i)) & 255)::integer), ''::bytea ORDER BY i) FROM generate_series(0, p_bytes - 1) AS i $$;

-- A short text (128 KiB at most) as zstd has it, in one raw block, so that it is read as any stored value.
CREATE OR REPLACE FUNCTION tyboo.pack(p_text text) RETURNS bytea
LANGUAGE sql IMMUTABLE
AS $$
	SELECT '\x28b52ffda0'::bytea || tyboo.little_endian(octet_length(b), 4) || tyboo.little_endian(octet_length(b)::bigint * 8 + 1, 3) || b
	FROM convert_to(p_text, 'UTF8') AS b
$$;

-- Receipts as receipts_without_run gives them, to be pushed by whoever wrote them.
CREATE OR REPLACE FUNCTION tyboo.receipts_of(p_ids uuid[])
RETURNS TABLE (id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text,
	path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint,
	workflow_max integer, read_as text, route text, blobs text, limits text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT d.id, d.workspace_id, d.hook_id, d.workflow_id, d.version_id, d.start_node, d.mode, d.method, d.path, d.query, d.headers,
		d.remote_addr, d.body, d.delivery_key, (extract(epoch FROM d.received_at) * 1000)::bigint, 300000::bigint,
		coalesce(f.concurrent_max, 0), d.read_as, d.route, d.blobs, tyboo.limits_of(w)
	FROM tyboo.deliveries d
	JOIN tyboo.workspaces w ON w.id = d.workspace_id
	LEFT JOIN tyboo.workflows f ON f.workspace_id = d.workspace_id AND f.id = d.workflow_id
	WHERE d.id = ANY (p_ids) AND d.verdict = 'accepted'
	ORDER BY d.id
$$;

-- Begin the runs that calls ask for, each as its p_children unless an earlier attempt of the call has begun one.  p_bl_*: files of the
-- items.  One row for each, in order: 'begun', or 'again' where it was begun before, with its receipt; else what forbids it: 'fenced'
-- (the caller is another worker's, or over), 'depth', 'missing', 'unpublished', 'no_trigger'.  Each is judged alone.
CREATE OR REPLACE FUNCTION tyboo.call_workflows(p_workspaces uuid[], p_callers uuid[], p_fences bigint[], p_keys text[], p_children uuid[],
	p_workflows uuid[], p_bodies bytea[], p_bl_children uuid[], p_bl_hashes text[], p_depth_max integer)
RETURNS TABLE (ordinal integer, outcome text, id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text,
	mode text, method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint,
	timeout_ms bigint, workflow_max integer, read_as text, route text, blobs text, limits text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	outcomes text[];
	versions uuid[];
	nodes text[];
	roots uuid[];
	depths integer[];
	began uuid[];
BEGIN
	-- Statements of their own: the next one's snapshot must be newer than the locks.
	PERFORM pg_advisory_xact_lock_shared(tyboo.lock_run_key(u.caller)) FROM (SELECT DISTINCT c AS caller FROM unnest(p_callers) AS c ORDER BY c) u;
	-- Sorted, so that two groups wait for each other and do not deadlock.  A call that has begun a run is only read, because
	-- end_children locks those in an order of its own.
	PERFORM FROM unnest(p_callers, p_keys) AS i (caller, key) JOIN tyboo.effects x ON x.run_id = i.caller AND x.key = i.key
	WHERE x.child_run_id IS NULL ORDER BY x.run_id, x.key FOR UPDATE OF x;
	WITH input AS MATERIALIZED (
		SELECT * FROM unnest(p_workspaces, p_callers, p_fences, p_keys, p_workflows) WITH ORDINALITY
		AS i (workspace_id, caller, fence, key, workflow_id, ord)
	), judged AS (
		SELECT i.caller, i.key, i.ord, x.child_run_id AS child, w.published_version_id AS version, v.called_node AS node,
			coalesce(d.root_run_id, i.caller) AS root, coalesce(d.depth, 0) AS depth,
			CASE WHEN x.run_id IS NULL OR e.finished_at IS NOT NULL OR e.fence > i.fence OR e.workspace_id <> i.workspace_id THEN 'fenced'
				WHEN x.child_run_id IS NOT NULL THEN NULL
				WHEN w.id IS NULL THEN 'missing'
				WHEN w.published_version_id IS NULL THEN 'unpublished'
				WHEN v.called_node IS NULL THEN 'no_trigger'
				WHEN coalesce(d.depth, 0) >= p_depth_max THEN 'depth' END AS fault
		FROM input i
		LEFT JOIN tyboo.effects x ON x.run_id = i.caller AND x.key = i.key AND x.workspace_id = i.workspace_id
		LEFT JOIN tyboo.executions e ON e.id = i.caller
		LEFT JOIN tyboo.deliveries d ON d.id = i.caller
		LEFT JOIN tyboo.workflows w ON w.workspace_id = i.workspace_id AND w.id = i.workflow_id AND w.deleted_at IS NULL
		LEFT JOIN tyboo.workflow_versions v ON v.workspace_id = w.workspace_id AND v.id = w.published_version_id
	), named AS (
		-- A call that is in the group twice, of two leases of its caller, begins once.
		SELECT j.*, coalesce(j.fault, CASE WHEN j.child IS NULL
				AND row_number() OVER (PARTITION BY j.caller, j.key, j.fault IS NULL ORDER BY j.ord) = 1 THEN 'begun' ELSE 'again' END) AS outcome
		FROM judged j
	)
	SELECT array_agg(n.outcome ORDER BY n.ord), array_agg(n.version ORDER BY n.ord), array_agg(n.node ORDER BY n.ord),
		array_agg(n.root ORDER BY n.ord), array_agg(n.depth ORDER BY n.ord)
	INTO outcomes, versions, nodes, roots, depths FROM named n;
	began := ARRAY(SELECT i.child FROM unnest(p_children, outcomes) AS i (child, outcome) WHERE i.outcome = 'begun');
	IF cardinality(began) > 0 THEN
		UPDATE tyboo.effects x SET child_run_id = i.child
		FROM unnest(p_callers, p_keys, p_children, outcomes) AS i (caller, key, child, outcome)
		WHERE i.outcome = 'begun' AND x.run_id = i.caller AND x.key = i.key;
		INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, start_node, mode, verdict, reason, run_id, method, path, query,
			headers, remote_addr, body, delivery_key, received_at, read_as, parent_run_id, parent_key, root_run_id, depth)
		SELECT i.workspace_id, i.child, i.workflow_id, i.version, i.node, 'called', 'accepted', '', i.child, 'CALL', '', '', '{}', '',
			p_bodies[i.ord], '', now(), 'items', i.caller, i.key, i.root, i.depth + 1
		FROM unnest(p_workspaces, p_callers, p_keys, p_children, p_workflows, outcomes, versions, nodes, roots, depths) WITH ORDINALITY
		AS i (workspace_id, caller, key, child, workflow_id, outcome, version, node, root, depth, ord)
		WHERE i.outcome = 'begun';
		PERFORM tyboo.blob_use(array_agg(i.workspace_id), array_agg(i.child), array_agg(b.hash))
		FROM unnest(p_bl_children, p_bl_hashes) AS b (child, hash)
		JOIN unnest(p_workspaces, p_children, outcomes) AS i (workspace_id, child, outcome) ON i.child = b.child AND i.outcome = 'begun'
		HAVING count(*) > 0;
	END IF;
	RETURN QUERY
	WITH answer AS MATERIALIZED (
		SELECT i.ord, i.outcome, CASE WHEN i.outcome IN ('begun', 'again') THEN
			(SELECT x.child_run_id FROM tyboo.effects x WHERE x.run_id = i.caller AND x.key = i.key) END AS child
		FROM unnest(p_callers, p_keys, outcomes) WITH ORDINALITY AS i (caller, key, outcome, ord)
	)
	SELECT a.ord::integer, a.outcome, r.* FROM answer a
	LEFT JOIN tyboo.receipts_of(ARRAY(SELECT o.child FROM answer o WHERE o.child IS NOT NULL)) r ON r.id = a.child
	ORDER BY a.ord;
END $$;

-- call_workflows() of the release before, which asks for one at a time.
CREATE OR REPLACE FUNCTION tyboo.call_workflow(p_workspace uuid, p_caller uuid, p_fence bigint, p_key text, p_child uuid, p_workflow uuid,
	p_body bytea, p_blobs text[], p_depth_max integer)
RETURNS TABLE (outcome text, name text, id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text,
	method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint,
	workflow_max integer, read_as text, route text, blobs text, limits text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT c.outcome, NULL::text, c.id, c.workspace_id, c.hook_id, c.workflow_id, c.version_id, c.start_node, c.mode, c.method, c.path,
		c.query, c.headers, c.remote_addr, c.body, c.delivery_key, c.received_ms, c.timeout_ms, c.workflow_max, c.read_as, c.route, c.blobs, c.limits
	FROM tyboo.call_workflows(ARRAY[p_workspace], ARRAY[p_caller], ARRAY[p_fence], ARRAY[p_key], ARRAY[p_child], ARRAY[p_workflow],
		ARRAY[p_body], array_fill(p_child, ARRAY[cardinality(p_blobs)]), p_blobs, p_depth_max) AS c
$$;

-- Error that a caller gets for a run that did not end well.
CREATE OR REPLACE FUNCTION tyboo.child_error(p_run uuid, p_name text, p_status text, p_error text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	e jsonb := coalesce(p_error, '{}')::jsonb;
BEGIN
	RETURN jsonb_build_object('error', jsonb_build_object('code', coalesce(e ->> 'code', CASE WHEN p_status = 'ok' THEN 'internal' ELSE p_status END),
		'message', left(format('The called workflow "%s" %s: %s', left(coalesce(p_name, ''), 60),
			CASE p_status WHEN 'canceled' THEN 'was canceled' WHEN 'timeout' THEN 'took too long' ELSE 'failed' END,
			coalesce(e ->> 'message', 'it kept no result')), 220),
		'retryable', coalesce(e -> 'retryable' = 'true', false), 'hint', 'See its run ' || p_run || '.'))::text;
EXCEPTION WHEN invalid_text_representation THEN	-- an error that is no JSON
	RETURN tyboo.child_error(p_run, p_name, p_status, NULL);
END $$;

-- The callers of those of p_ids that are over are answered: with p_answers (zstd-compressed JSON) where a run went well, else with its
-- error.  p_bl_*: files that answers name.  One that does not wait has its answer already.
CREATE OR REPLACE FUNCTION tyboo.end_children(p_ids uuid[], p_answers bytea[], p_bl_runs uuid[], p_bl_hashes text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	callers uuid[];
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_call_key(c.caller)) FROM (SELECT DISTINCT e.parent_run_id AS caller
		FROM unnest(p_ids) AS i (id) JOIN tyboo.executions e ON e.id = i.id AND e.finished_at IS NOT NULL AND e.parent_key IS NOT NULL ORDER BY 1) AS c;
	-- A called run's failure is no dead letter of its own, because its caller gets it.
	UPDATE tyboo.executions e SET settled_at = now(), settled_how = 'told' FROM unnest(p_ids) AS i (id)
	WHERE e.id = i.id AND e.finished_at IS NOT NULL AND e.parent_key IS NOT NULL AND e.status IN ('error', 'timeout') AND e.settled_at IS NULL
		AND EXISTS (SELECT FROM tyboo.effects x WHERE x.run_id = e.parent_run_id AND x.key = e.parent_key AND x.answer IS NULL);
	WITH ended AS MATERIALIZED (
		SELECT e.id, e.workspace_id, e.parent_run_id AS caller, e.parent_key AS key, e.status, e.error, f.name, i.ord
		FROM unnest(p_ids) WITH ORDINALITY AS i (id, ord)
		JOIN tyboo.executions e ON e.id = i.id AND e.finished_at IS NOT NULL AND e.parent_key IS NOT NULL
		LEFT JOIN tyboo.workflows f ON f.workspace_id = e.workspace_id AND f.id = e.workflow_id
		WHERE NOT EXISTS (SELECT FROM tyboo.executions x WHERE x.id = e.parent_run_id AND x.finished_at IS NOT NULL)
	), answered AS (
		UPDATE tyboo.effects x SET answered_at = clock_timestamp(), answer = coalesce(CASE WHEN c.status = 'ok' THEN p_answers[c.ord] END,
			tyboo.pack(tyboo.child_error(c.id, c.name, c.status, c.error)))
		FROM ended c WHERE x.run_id = c.caller AND x.key = c.key AND x.answer IS NULL
	), over AS (
		UPDATE tyboo.waits w SET ended_at = now()
		FROM ended c WHERE w.run_id = c.caller AND w.key = c.key AND w.kind = 'run' AND w.ended_at IS NULL
	)
	SELECT array_agg(DISTINCT c.caller) INTO callers FROM ended c;
	PERFORM tyboo.blob_use(array_agg(e.workspace_id), array_agg(e.parent_run_id), array_agg(b.hash))
	FROM unnest(p_bl_runs, p_bl_hashes) AS b (run_id, hash)
	JOIN tyboo.executions e ON e.id = b.run_id AND e.parent_run_id = ANY (callers) AND e.parent_key IS NOT NULL
	HAVING count(*) > 0;
	-- Under the locks, which are held to the end.
	PERFORM tyboo.wake_callers(coalesce(callers, '{}'));
END $$;

-- Does it wait for no run any more that it has called?  One look, so that the ends of ten thousand calls of one run are ten thousand looks.
CREATE OR REPLACE FUNCTION tyboo.calls_have_ended(p_caller uuid) RETURNS boolean
LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM tyboo.waits o WHERE o.run_id = p_caller AND o.kind = 'run' AND o.ended_at IS NULL);

-- Make those of these callers due, each named once, all of whose calls have ended; under their locks.
CREATE OR REPLACE FUNCTION tyboo.wake_callers(p_callers uuid[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH woken AS MATERIALIZED (
		SELECT c FROM unnest(p_callers) AS c
		WHERE tyboo.calls_have_ended(c) AND EXISTS (SELECT FROM tyboo.executions e WHERE e.id = c AND e.status = 'waiting')
	)
	UPDATE tyboo.waits w SET look_at = now() FROM woken WHERE w.run_id = woken.c AND w.kind = 'run' AND w.look_at > now()
$$;

-- Runs are put down (park_runs) that wait for runs: what ended before is seen.
CREATE OR REPLACE FUNCTION tyboo.settle_callers(p_callers uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_call_key(c)) FROM (SELECT u FROM unnest(p_callers) AS u ORDER BY u) AS s (c);
	UPDATE tyboo.waits w SET ended_at = now() FROM tyboo.effects f
	WHERE w.run_id = ANY (p_callers) AND w.kind = 'run' AND w.ended_at IS NULL
		AND f.run_id = w.run_id AND f.key = w.key AND f.answer IS NOT NULL;
	PERFORM tyboo.wake_callers(p_callers);
END $$;

-- Callers to be pushed because these runs have ended, as due_waits gives them.  They are looked at again in a second, because one that
-- is just being put down is still leased, and its push is lost.
CREATE OR REPLACE FUNCTION tyboo.due_callers(p_children uuid[])
RETURNS TABLE (run_id uuid, workspace_id uuid, workflow_id uuid, version_id uuid, mode text, start_node text, accepted_ms bigint,
	limits text, workflow_max integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH callers AS MATERIALIZED (
		SELECT c.id FROM (SELECT DISTINCT e.parent_run_id FROM tyboo.executions e WHERE e.id = ANY (p_children) AND e.parent_key IS NOT NULL) AS c (id)
		WHERE tyboo.calls_have_ended(c.id)
	), due AS MATERIALIZED (
		SELECT w.run_id, w.key FROM callers c JOIN tyboo.waits w ON w.run_id = c.id AND w.kind = 'run' AND w.look_at <= now()
		FOR UPDATE OF w SKIP LOCKED
	), moved AS (
		UPDATE tyboo.waits w SET look_at = now() + interval '1 second' FROM due WHERE w.run_id = due.run_id AND w.key = due.key
	)
	SELECT e.id, e.workspace_id, e.workflow_id, e.version_id, e.mode, p.start_node, (extract(epoch FROM e.accepted_at) * 1000)::bigint,
		tyboo.limits_of(s), coalesce(f.concurrent_max, 0)
	FROM (SELECT DISTINCT run_id FROM due) d
	JOIN tyboo.executions e ON e.id = d.run_id AND e.finished_at IS NULL
	JOIN tyboo.parked_runs p ON p.run_id = d.run_id
	JOIN tyboo.workspaces s ON s.id = e.workspace_id
	LEFT JOIN tyboo.workflows f ON f.workspace_id = e.workspace_id AND f.id = e.workflow_id
$$;

-- Has an error workflow begun this run, or one above it?
CREATE OR REPLACE FUNCTION tyboo.is_of_error(p_run uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH RECURSIVE up AS (
		SELECT d.id, d.parent_run_id, d.parent_key FROM tyboo.deliveries d WHERE d.id = p_run
		UNION ALL
		SELECT d.id, d.parent_run_id, d.parent_key FROM up JOIN tyboo.deliveries d ON d.id = up.parent_run_id WHERE up.parent_key IS NOT NULL
	)
	SELECT EXISTS (SELECT FROM up WHERE parent_run_id IS NOT NULL AND parent_key IS NULL)
$$;

-- Start the error workflow of each of these that has failed; or say on it why that cannot be.
CREATE OR REPLACE FUNCTION tyboo.start_error_workflows(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	r record;
	h record;
	fresh uuid;
	fault text;
BEGIN
	FOR r IN SELECT e.id, e.workspace_id, e.workflow_id, e.mode, e.status, e.error, e.root_run_id, v.error_workflow_id AS handler, w.name, s.slug,
			tyboo.is_of_error(e.id) AS of_error
		FROM tyboo.executions e
		LEFT JOIN tyboo.workflow_versions v ON v.workspace_id = e.workspace_id AND v.id = e.version_id
		LEFT JOIN tyboo.workflows w ON w.workspace_id = e.workspace_id AND w.id = e.workflow_id
		LEFT JOIN tyboo.workspaces s ON s.id = e.workspace_id
		WHERE e.id = ANY (p_ids) AND e.status IN ('error', 'timeout') AND e.error_run_id IS NULL AND e.notice IS NULL
			AND e.mode <> 'manual' AND (v.error_workflow_id IS NOT NULL OR e.mode = 'error')
			-- Nor of a run that was tried: a proof or a what-if, a part of a workflow (lib/intake/replay.c, partial.c).
			AND NOT EXISTS (SELECT FROM tyboo.deliveries d WHERE d.id = e.id AND d.source::jsonb ?| '{digest,part}')
		ORDER BY e.id
	LOOP
		fault := NULL;
		IF r.of_error THEN
			fault := CASE WHEN r.mode = 'error' THEN 'The error workflow itself failed' ELSE 'A run that an error workflow called failed' END
				|| '; no error workflow is started for that.';
		ELSE
			SELECT w.published_version_id AS version, v.error_node AS node INTO h
			FROM tyboo.workflows w
			LEFT JOIN tyboo.workflow_versions v ON v.workspace_id = w.workspace_id AND v.id = w.published_version_id
			WHERE w.workspace_id = r.workspace_id AND w.id = r.handler AND w.deleted_at IS NULL;
			fault := CASE WHEN NOT FOUND THEN 'The error workflow was not started: there is no such workflow any more.'
				WHEN h.version IS NULL THEN 'The error workflow was not started: it is not published.'
				WHEN h.node IS NULL THEN 'The error workflow was not started: it has no trigger for errors.' END;
		END IF;
		IF fault IS NOT NULL THEN
			UPDATE tyboo.executions e SET notice = fault WHERE e.id = r.id;
			CONTINUE;
		END IF;
		fresh := tyboo.new_id();
		INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, start_node, mode, verdict, reason, run_id, method, path, query,
			headers, remote_addr, body, delivery_key, received_at, read_as, parent_run_id, root_run_id, depth)
		VALUES (r.workspace_id, fresh, r.handler, h.version, h.node, 'error', 'accepted', '', fresh, 'ERROR', '', '', '{}', '',
			convert_to(tyboo.error_items(r.id, r.mode, r.status, r.error, r.workflow_id, r.name, r.slug), 'UTF8'), '', now(), 'items', r.id,
			coalesce(r.root_run_id, r.id), 0);
		UPDATE tyboo.executions e SET error_run_id = fresh WHERE e.id = r.id;
	END LOOP;
END $$;

-- The one item of an error trigger.
CREATE OR REPLACE FUNCTION tyboo.error_items(p_run uuid, p_mode text, p_status text, p_error text, p_workflow uuid, p_name text, p_slug text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	e jsonb := coalesce(p_error, '{}')::jsonb;
BEGIN
	RETURN json_build_array(json_build_object('json', json_build_object(
		'execution', json_build_object('id', p_run, 'url', format('/w/%s/executions/%s', p_slug, p_run), 'mode', p_mode, 'status', p_status,
			'error', e - 'trace' || jsonb_build_object('stack', (SELECT string_agg(t, E'\n') FROM jsonb_array_elements_text(
				CASE jsonb_typeof(e -> 'trace') WHEN 'array' THEN e -> 'trace' ELSE '[]' END) AS t)),
			'lastNodeExecuted', e ->> 'node'),
		'workflow', json_build_object('id', p_workflow, 'name', p_name))))::text;
END $$;

-- Receipts of error workflows that these failed runs have started, to be pushed.
CREATE OR REPLACE FUNCTION tyboo.error_receipts(p_failed uuid[])
RETURNS TABLE (id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text,
	path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint,
	workflow_max integer, read_as text, route text, blobs text, limits text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT r.* FROM tyboo.receipts_of(ARRAY(SELECT e.error_run_id FROM tyboo.executions e
		WHERE e.id = ANY (p_failed) AND e.error_run_id IS NOT NULL)) r
$$;

-- Remember that what the canceled ones of p_ids have called is to be canceled, down to the last.
CREATE OR REPLACE FUNCTION tyboo.cancel_children(p_ids uuid[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH RECURSIVE below AS (
		SELECT d.workspace_id, d.id FROM tyboo.executions e JOIN tyboo.deliveries d ON d.parent_run_id = e.id AND d.parent_key IS NOT NULL
		WHERE e.id = ANY (p_ids) AND e.status = 'canceled'
		UNION
		SELECT d.workspace_id, d.id FROM below b JOIN tyboo.deliveries d ON d.parent_run_id = b.id AND d.parent_key IS NOT NULL
	)
	INSERT INTO tyboo.cancels (workspace_id, run_id)
	SELECT b.workspace_id, b.id FROM below b
	WHERE NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = b.id AND e.finished_at IS NOT NULL)
	ORDER BY b.id
	ON CONFLICT (run_id) DO NOTHING
$$;

-- Runs that are to be canceled and not over yet; what is over is forgotten.
CREATE OR REPLACE FUNCTION tyboo.due_cancels(p_max integer) RETURNS TABLE (run_id uuid, workspace_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM tyboo.cancels c USING tyboo.executions e WHERE e.id = c.run_id AND e.finished_at IS NOT NULL;
	RETURN QUERY SELECT c.run_id, c.workspace_id FROM tyboo.cancels c ORDER BY c.created_at, c.run_id LIMIT p_max;
END $$;

-- Record a run that no worker holds as canceled (store/execution_list.h).
CREATE OR REPLACE FUNCTION tyboo.cancel_run(p_workspace uuid, p_run uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	INSERT INTO tyboo.executions AS e (workspace_id, id, workflow_id, version_id, mode, status, fence, deliveries, accepted_at, started_at,
		finished_at, error)
	SELECT d.workspace_id, d.id, d.workflow_id, d.version_id, d.mode, 'canceled', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, 0,
		d.received_at, now(), now(),
		json_build_object('code', 'canceled', 'message', 'It was canceled while no worker had it', 'node', NULL)::text
	FROM tyboo.deliveries d WHERE d.id = p_run AND d.workspace_id = p_workspace AND d.verdict = 'accepted' AND d.workflow_id IS NOT NULL
	ON CONFLICT (id) DO UPDATE SET status = excluded.status, finished_at = excluded.finished_at, error = excluded.error,
		fence = greatest(excluded.fence, e.fence + 1)
	WHERE e.finished_at IS NULL;
	PERFORM tyboo.end_children(ARRAY[p_run], NULL, NULL, NULL);
	PERFORM tyboo.cancel_children(ARRAY[p_run]);
END $$;
