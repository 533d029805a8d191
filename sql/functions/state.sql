-- state: values that workflows keep from one run to the next (lib/service/state.c, lib/store/state.h).
--
--   ask_states (workers) --+--> apply_state: one operation, decided by what is there
--   change_state (API) ----+
--
-- Invariants:
--   (1) Writes of a workspace come one after the other (lock_state_key), so that what a write compares is still so when it writes.
--   (2) A call writes once, however often it is made, by retries too: its answer is kept with its intent (effects.done), in the
--       transaction of the write.
--   (3) What would pass the workspace's quota is refused whole; what takes no more than before never is.
--   (4) A value that has expired is not there.

CREATE OR REPLACE FUNCTION tyboo.lock_state_key(p_workspace uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(p_workspace::text, 7274603);

-- May a workspace have so many keys and bytes more?  'yes', else which limit forbids it.
CREATE OR REPLACE FUNCTION tyboo.state_room(p_workspace uuid, p_keys bigint, p_bytes bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT CASE WHEN p_keys > 0 AND coalesce(u.keys, 0) + p_keys > w.state_keys_max THEN 'keys'
		WHEN p_bytes > 0 AND coalesce(u.bytes, 0) + p_bytes > w.state_bytes_max THEN 'bytes' ELSE 'yes' END
	FROM tyboo.workspaces w LEFT JOIN tyboo.state_usage u ON u.workspace_id = w.id WHERE w.id = p_workspace
$$;

CREATE OR REPLACE FUNCTION tyboo.next_state_version(p_workspace uuid) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	INSERT INTO tyboo.state_usage AS u (workspace_id, version) VALUES (p_workspace, 1)
	ON CONFLICT (workspace_id) DO UPDATE SET version = u.version + 1 RETURNING version
$$;

-- Write a value; p_old is the row that is there (its id null: none).  { "outcome": "done", "version", "created" }, or the outcome 'keys',
-- 'bytes', 'gone' (there is no such workflow).  p_expires_s null: it expires when it did.
CREATE OR REPLACE FUNCTION tyboo.write_state(p_workspace uuid, p_kind text, p_workflow uuid, p_node text, p_key text, p_value text,
	p_expires_s bigint, p_old tyboo.states) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	is_new boolean := p_old.id IS NULL;
	room text := tyboo.state_room(p_workspace, is_new::integer,
		octet_length(p_value) - CASE WHEN is_new THEN -octet_length(p_key) ELSE octet_length(p_old.value) END);
	expires timestamptz := CASE WHEN p_expires_s IS NULL THEN p_old.expires_at WHEN p_expires_s > 0 THEN now() + make_interval(secs => p_expires_s) END;
	v bigint;
BEGIN
	IF room <> 'yes' THEN
		RETURN json_build_object('outcome', room);
	END IF;
	IF p_workflow IS NOT NULL AND NOT EXISTS (SELECT FROM tyboo.workflows w WHERE w.workspace_id = p_workspace AND w.id = p_workflow
		AND w.deleted_at IS NULL FOR KEY SHARE) THEN
		RETURN json_build_object('outcome', 'gone');
	END IF;
	v := tyboo.next_state_version(p_workspace);
	IF is_new THEN
		INSERT INTO tyboo.states (workspace_id, id, kind, workflow_id, node, key, value, version, expires_at)
			VALUES (p_workspace, tyboo.new_id(), p_kind, p_workflow, p_node, p_key, p_value, v, expires);
	ELSE
		UPDATE tyboo.states s SET value = p_value, version = v, expires_at = expires, updated_at = now()
			WHERE s.workspace_id = p_workspace AND s.id = p_old.id;
	END IF;
	RETURN json_build_object('outcome', 'done', 'version', v, 'created', is_new);
END $$;

-- p_by more (or less) than p_old.  A number is exact here, as decimal digits are.
CREATE OR REPLACE FUNCTION tyboo.add_to_state(p_workspace uuid, p_workflow uuid, p_key text, p_by text, p_expires_s bigint, p_old tyboo.states)
RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	n numeric;
	said json;
BEGIN
	IF p_old.id IS NOT NULL AND json_typeof(p_old.value::json) <> 'number' THEN
		RETURN json_build_object('outcome', 'no_number', 'type', json_typeof(p_old.value::json));
	END IF;
	n := trim_scale(coalesce(p_old.value, '0')::numeric + p_by::numeric);
	IF abs(n) > 9007199254740991 OR scale(n) > 15 THEN
		RETURN json_build_object('outcome', 'range');
	END IF;
	said := tyboo.write_state(p_workspace, 'value', p_workflow, '', p_key, n::text, p_expires_s, p_old);
	IF said ->> 'outcome' <> 'done' THEN
		RETURN said;
	END IF;
	RETURN json_build_object('outcome', 'done', 'value', n, 'version', said -> 'version');
END $$;

-- Keys that begin with p_prefix, with at most p_max of them.
CREATE OR REPLACE FUNCTION tyboo.list_state(p_workspace uuid, p_workflow uuid, p_prefix text, p_max integer) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH found AS (
		SELECT s.key, s.version, s.bytes, row_number() OVER (ORDER BY s.key) AS n FROM tyboo.states s
		WHERE s.workspace_id = p_workspace AND s.kind = 'value' AND s.node = '' AND s.workflow_id IS NOT DISTINCT FROM p_workflow
			AND starts_with(s.key, p_prefix) AND (s.expires_at IS NULL OR s.expires_at > now())
		ORDER BY s.key LIMIT p_max + 1
	)
	SELECT json_build_object('outcome', 'done', 'keys', coalesce(json_agg(json_build_object('key', key, 'version', version, 'bytes', bytes)
		ORDER BY key) FILTER (WHERE n <= p_max), '[]'), 'more', count(*) > p_max) FROM found
$$;

-- Tell which of these hashes (32 hex digits each) a list has not seen: { "outcome": "done", "new": "0110" }, a digit for each; 'history': more of
-- them are new than the p_max that it keeps.  With p_keep it has seen them from now on, and the oldest go.
CREATE OR REPLACE FUNCTION tyboo.see_state(p_workspace uuid, p_workflow uuid, p_node text, p_hashes json, p_max integer, p_keep boolean)
RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	s tyboo.states;
	given bytea[] := ARRAY(SELECT decode(h, 'hex') FROM json_array_elements_text(p_hashes) WITH ORDINALITY AS i (h, n) ORDER BY n);
	fresh bytea[];	-- once each, in the order of their first
	news text;
	room text;
	said json;
BEGIN
	SELECT * INTO s FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.kind = 'seen' AND x.node = p_node AND x.key = 'values'
		AND x.workflow_id = p_workflow;
	WITH known AS MATERIALIZED (
		SELECT e.hash FROM tyboo.state_seen e WHERE e.workspace_id = p_workspace AND e.state_id = s.id AND e.hash = ANY (given)
	), judged AS (
		SELECT i.hash, i.n, k.hash IS NULL AS is_new FROM unnest(given) WITH ORDINALITY AS i (hash, n) LEFT JOIN known k ON k.hash = i.hash
	)
	SELECT coalesce(string_agg(CASE WHEN j.is_new THEN '1' ELSE '0' END, '' ORDER BY j.n), ''),
		ARRAY(SELECT f.hash FROM (SELECT o.hash, min(o.n) AS n FROM judged o WHERE o.is_new GROUP BY o.hash) f ORDER BY f.n)
	INTO news, fresh FROM judged j;
	IF NOT p_keep OR cardinality(fresh) = 0 THEN
		RETURN json_build_object('outcome', 'done', 'new', news);
	ELSIF cardinality(fresh) > p_max THEN
		RETURN json_build_object('outcome', 'history', 'count', cardinality(fresh));
	END IF;
	room := tyboo.state_room(p_workspace, 0, 64::bigint * (least(coalesce(s.entries, 0) + cardinality(fresh), p_max) - coalesce(s.entries, 0)));
	IF room <> 'yes' THEN
		RETURN json_build_object('outcome', room);
	END IF;
	said := tyboo.write_state(p_workspace, 'seen', p_workflow, p_node, 'values', 'null', NULL, s);
	IF said ->> 'outcome' <> 'done' THEN
		RETURN said;
	END IF;
	SELECT * INTO s FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.kind = 'seen' AND x.node = p_node AND x.key = 'values'
		AND x.workflow_id = p_workflow;
	-- A version for each write, and room for the items of one.
	INSERT INTO tyboo.state_seen (workspace_id, state_id, hash, number)
		SELECT p_workspace, s.id, f.hash, s.version * 1000000 + f.n FROM unnest(fresh) WITH ORDINALITY AS f (hash, n);
	IF s.entries + cardinality(fresh) > p_max THEN
		DELETE FROM tyboo.state_seen e WHERE e.workspace_id = p_workspace AND e.state_id = s.id AND e.number <= (SELECT o.number
			FROM tyboo.state_seen o WHERE o.workspace_id = p_workspace AND o.state_id = s.id ORDER BY o.number DESC OFFSET p_max LIMIT 1);
	END IF;
	UPDATE tyboo.states x SET entries = least(s.entries + cardinality(fresh), p_max) WHERE x.workspace_id = p_workspace AND x.id = s.id;
	RETURN json_build_object('outcome', 'done', 'new', news);
END $$;

-- The greatest value that was seen before under p_key, null where there was none; with p_keep, p_value is it where that is greater.
CREATE OR REPLACE FUNCTION tyboo.see_greatest(p_workspace uuid, p_workflow uuid, p_node text, p_key text, p_value numeric, p_keep boolean)
RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	s tyboo.states;
	said json;
BEGIN
	SELECT * INTO s FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.kind = 'seen' AND x.node = p_node AND x.key = p_key
		AND x.workflow_id = p_workflow;
	IF p_keep AND (s.id IS NULL OR p_value > s.value::numeric) THEN
		said := tyboo.write_state(p_workspace, 'seen', p_workflow, p_node, p_key, p_value::text, NULL, s);
		IF said ->> 'outcome' <> 'done' THEN
			RETURN said;
		END IF;
	END IF;
	RETURN json_build_object('outcome', 'done', 'previous', s.value::json);
END $$;

-- The operations of lists: see, see_greatest, forget.
CREATE OR REPLACE FUNCTION tyboo.apply_seen(p_workspace uuid, p_workflow uuid, p_op json) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	of_node text := coalesce(p_op ->> 'node', '');
	gone bigint;
BEGIN
	IF p_op ->> 'do' = 'see' THEN
		RETURN tyboo.see_state(p_workspace, p_workflow, of_node, p_op -> 'hashes', (p_op ->> 'max')::integer, (p_op ->> 'keep')::boolean);
	ELSIF p_op ->> 'do' = 'see_greatest' THEN
		RETURN tyboo.see_greatest(p_workspace, p_workflow, of_node, p_op ->> 'key', (p_op ->> 'by')::numeric, (p_op ->> 'keep')::boolean);
	END IF;
	DELETE FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.kind = 'seen' AND x.node = of_node AND x.workflow_id = p_workflow;
	GET DIAGNOSTICS gone = ROW_COUNT;
	RETURN json_build_object('outcome', 'done', 'deleted', gone);
END $$;

-- Keep what a run has changed in its workflow's static data, a JSON list of { "node", "set", "gone" }, all of it or nothing.  Keys that it has
-- not changed stay as they are, so that two runs at a time lose no key of each other; of one that both have changed, the later run's counts.
CREATE OR REPLACE FUNCTION tyboo.keep_static(p_workspace uuid, p_workflow uuid, p_changes json) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	c json;
	s tyboo.states;
	merged text;
	said json;
BEGIN
	FOR c IN SELECT e FROM json_array_elements(p_changes) AS e LOOP
		SELECT * INTO s FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.kind = 'static' AND x.node = c ->> 'node'
			AND x.key = 'static data' AND x.workflow_id = p_workflow;
		-- Each side is taken apart once: ->, for each key, would read the whole text as often as there are keys.
		WITH old AS MATERIALIZED (
			SELECT o.key, o.value, o.ord FROM json_each(CASE WHEN json_typeof(s.value::json) = 'object' THEN s.value::json ELSE '{}' END)
				WITH ORDINALITY AS o (key, value, ord)
		), new AS MATERIALIZED (
			SELECT n.key, n.value, n.ord FROM json_each(c -> 'set') WITH ORDINALITY AS n (key, value, ord)
		)
		SELECT '{' || coalesce(string_agg(to_json(m.k)::text || ':' || m.v, ',' ORDER BY m.part, m.n), '') || '}' INTO merged FROM (
			SELECT o.key AS k, coalesce(n.value, o.value)::text AS v, 1 AS part, o.ord AS n FROM old o LEFT JOIN new n ON n.key = o.key
			WHERE o.key NOT IN (SELECT json_array_elements_text(c -> 'gone'))
			UNION ALL
			SELECT n.key, n.value::text, 2, n.ord FROM new n WHERE NOT EXISTS (SELECT FROM old o WHERE o.key = n.key)
		) m;
		IF octet_length(merged) > 262144 THEN
			said := json_build_object('outcome', 'size');
		ELSE
			said := tyboo.write_state(p_workspace, 'static', p_workflow, c ->> 'node', 'static data', merged, NULL, s);
		END IF;
		IF said ->> 'outcome' <> 'done' THEN
			RAISE EXCEPTION USING ERRCODE = 'TY001', MESSAGE = said ->> 'outcome';
		END IF;
	END LOOP;
	RETURN json_build_object('outcome', 'done');
EXCEPTION WHEN SQLSTATE 'TY001' THEN
	RETURN json_build_object('outcome', SQLERRM);
END $$;

-- Static data of a workflow, for workers; node '' is the workflow's own.
CREATE OR REPLACE FUNCTION tyboo.find_statics(p_workspace uuid, p_workflow uuid)
RETURNS TABLE (node text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT s.node, s.value FROM tyboo.states s WHERE s.workspace_id = p_workspace AND s.kind = 'static' AND s.workflow_id = p_workflow
	ORDER BY s.node
$$;

-- One operation on a value (lib/service/state.c says what goes in and out).  A write needs the workspace's lock.  p_value: what is put, as
-- JSON; beside p_op, because ->> refuses an object in which any text has a NUL.
CREATE OR REPLACE FUNCTION tyboo.apply_state(p_workspace uuid, p_workflow uuid, p_op json, p_value text) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	act text := p_op ->> 'do';
	flow uuid := CASE WHEN p_op ->> 'scope' = 'workflow' THEN p_workflow END;
	wanted bigint := p_op ->> 'version';	-- 0: no value is there
	s tyboo.states;
BEGIN
	IF act = 'keep_static' THEN
		RETURN tyboo.keep_static(p_workspace, p_workflow, p_value::json);
	ELSIF act IN ('see', 'see_greatest', 'forget') THEN
		RETURN tyboo.apply_seen(p_workspace, p_workflow, p_op);
	ELSIF act = 'list' THEN
		RETURN tyboo.list_state(p_workspace, flow, p_op ->> 'key', (p_op ->> 'max')::integer);
	END IF;
	SELECT * INTO s FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.kind = 'value' AND x.node = '' AND x.key = p_op ->> 'key'
		AND x.workflow_id IS NOT DISTINCT FROM flow;
	IF s.expires_at <= now() THEN
		IF act <> 'get' THEN
			DELETE FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.id = s.id;
		END IF;
		s := NULL;
	END IF;
	IF act = 'get' THEN
		RETURN json_build_object('outcome', 'done', 'found', s.id IS NOT NULL, 'value', s.value::json, 'version', coalesce(s.version, 0));
	END IF;
	IF wanted <> coalesce(s.version, 0) THEN
		RETURN json_build_object('outcome', 'conflict', 'version', coalesce(s.version, 0));
	END IF;
	IF act = 'put' THEN
		RETURN tyboo.write_state(p_workspace, 'value', flow, '', p_op ->> 'key', p_value, (p_op ->> 'expires_s')::bigint, s);
	ELSIF act = 'increment' THEN
		RETURN tyboo.add_to_state(p_workspace, flow, p_op ->> 'key', p_op ->> 'by', (p_op ->> 'expires_s')::bigint, s);
	END IF;
	DELETE FROM tyboo.states x WHERE x.workspace_id = p_workspace AND x.id = s.id;
	RETURN json_build_object('outcome', 'done', 'deleted', s.id IS NOT NULL);
END $$;

-- Answer that a call has had before: with its own intent, or, of a retry, with that of the call that it repeats.
CREATE OR REPLACE FUNCTION tyboo.done_before(p_run uuid, p_key text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT coalesce(x.done, CASE WHEN split_part(reverse(p_key), '/', 2) NOT IN ('1', 'i1') THEN
		(SELECT o.done FROM tyboo.effects o WHERE o.run_id = p_run AND o.idempotency_key = x.idempotency_key AND o.done IS NOT NULL LIMIT 1) END)
	FROM tyboo.effects x WHERE x.run_id = p_run AND x.key = p_key
$$;

-- Operations of runs, for workers.  One row for each, in order: 'done' and its answer, or 'fenced' (the run is another worker's, or over).
CREATE OR REPLACE FUNCTION tyboo.ask_states(p_workspaces uuid[], p_runs uuid[], p_workflows uuid[], p_fences bigint[], p_keys text[], p_ops text[],
	p_values text[])
RETURNS TABLE (ordinal integer, outcome text, answer text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	writes boolean[] := ARRAY(SELECT o::json ->> 'do' NOT IN ('get', 'list') FROM unnest(p_ops) WITH ORDINALITY AS u (o, n) ORDER BY n);
	said text;
BEGIN
	-- Statements of their own: the next one's snapshot must be newer than the locks.  Sorted, so that two batches wait and do not deadlock.
	PERFORM pg_advisory_xact_lock_shared(tyboo.lock_run_key(u.run)) FROM (SELECT DISTINCT r AS run FROM unnest(p_runs) AS r ORDER BY r) u;
	PERFORM pg_advisory_xact_lock(tyboo.lock_state_key(u.ws)) FROM (SELECT DISTINCT i.ws FROM unnest(p_workspaces, writes) AS i (ws, is_write)
		WHERE i.is_write ORDER BY i.ws) u;
	-- Journal the intent of what a run keeps at its end, because it is no step's call and nothing else does; by the run's rules, because
	-- whoever takes the run over goes by the oldest of its entries.
	INSERT INTO tyboo.effects (workspace_id, run_id, key, fence, idempotency_key, intent_at, answered_at, answer, digest_version)
		SELECT i.ws, i.run, i.key, i.fence, i.key, now(), now(), tyboo.pack('{"value":null}'),
			(SELECT b.digest_version FROM tyboo.effects b WHERE b.run_id = i.run AND b.key = '$static')
		FROM unnest(p_workspaces, p_runs, p_keys, p_fences, p_ops) AS i (ws, run, key, fence, op)
		WHERE i.op::json ->> 'do' = 'keep_static' AND NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = i.run
			AND (e.finished_at IS NOT NULL OR e.fence > i.fence OR e.workspace_id <> i.ws))
		ON CONFLICT (run_id, key) DO NOTHING;
	PERFORM FROM unnest(p_runs, p_keys, writes) AS i (run, key, is_write) JOIN tyboo.effects x ON x.run_id = i.run AND x.key = i.key
		WHERE i.is_write ORDER BY x.run_id, x.key FOR UPDATE OF x;
	FOR n IN 1..cardinality(p_runs) LOOP
		ordinal := n;
		outcome := 'done';
		said := NULL;
		IF EXISTS (SELECT FROM tyboo.executions e WHERE e.id = p_runs[n]
			AND (e.finished_at IS NOT NULL OR e.fence > p_fences[n] OR e.workspace_id <> p_workspaces[n]))
			OR NOT EXISTS (SELECT FROM tyboo.effects x WHERE x.run_id = p_runs[n] AND x.key = p_keys[n] AND x.workspace_id = p_workspaces[n]) THEN
			outcome := 'fenced';
		ELSIF writes[n] THEN
			said := tyboo.done_before(p_runs[n], p_keys[n]);
			IF said IS NULL THEN
				said := tyboo.apply_state(p_workspaces[n], p_workflows[n], p_ops[n]::json, p_values[n])::text;
				UPDATE tyboo.effects x SET done = said WHERE x.run_id = p_runs[n] AND x.key = p_keys[n];
			END IF;
		ELSE
			said := tyboo.apply_state(p_workspaces[n], p_workflows[n], p_ops[n]::json, p_values[n])::text;
		END IF;
		answer := said;
		RETURN NEXT;
	END LOOP;
END $$;

-- An operation by hand, in the workspace of the transaction; p_workflow null: on a value of the workspace.
CREATE OR REPLACE FUNCTION tyboo.change_state(p_workflow uuid, p_op json, p_value text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_state_key(tyboo.current_workspace()));
	RETURN tyboo.apply_state(tyboo.current_workspace(), p_workflow, p_op, p_value)::text;
END $$;

-- Give a row, by its id, another value.  p_value null: forget it, whatever its kind.  Null where there is none.
CREATE OR REPLACE FUNCTION tyboo.change_state_row(p_id uuid, p_value text, p_version bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	ws uuid := tyboo.current_workspace();
	s tyboo.states;
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_state_key(ws));
	SELECT * INTO s FROM tyboo.states x WHERE x.workspace_id = ws AND x.id = p_id;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF p_version <> s.version THEN
		RETURN json_build_object('outcome', 'conflict', 'version', s.version)::text;
	ELSIF p_value IS NOT NULL AND s.kind = 'seen' THEN
		RETURN json_build_object('outcome', 'list')::text;
	ELSIF p_value IS NOT NULL THEN
		RETURN tyboo.write_state(ws, s.kind, s.workflow_id, s.node, s.key, p_value, NULL, s)::text;
	END IF;
	DELETE FROM tyboo.states x WHERE x.workspace_id = ws AND x.id = p_id;
	RETURN json_build_object('outcome', 'done')::text;
END $$;

-- Forget what has expired, at most p_max at a time; one workspace after the other.
CREATE OR REPLACE FUNCTION tyboo.drop_expired_states(p_max integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	gone bigint := 0;
	here bigint;
	w uuid;
BEGIN
	FOR w IN SELECT DISTINCT s.workspace_id FROM tyboo.states s WHERE s.expires_at < now() ORDER BY 1 LOOP
		PERFORM pg_advisory_xact_lock(tyboo.lock_state_key(w));
		DELETE FROM tyboo.states s WHERE s.workspace_id = w AND s.id IN (SELECT o.id FROM tyboo.states o
			WHERE o.workspace_id = w AND o.expires_at < now() ORDER BY o.expires_at LIMIT p_max - gone);
		GET DIAGNOSTICS here = ROW_COUNT;
		gone := gone + here;
	END LOOP;
	RETURN gone;
END $$;
