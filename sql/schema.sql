-- The schema that sql/migrations and sql/functions make together, for people to read.
-- Written by scripts/schema; nothing is ever made from it.

CREATE SCHEMA tyboo;

CREATE FUNCTION tyboo.accept_deliveries(p_ids uuid[], p_workspaces uuid[], p_hooks uuid[], p_workflows uuid[], p_versions uuid[], p_start_nodes text[], p_modes text[], p_verdicts text[], p_reasons text[], p_methods text[], p_paths text[], p_queries text[], p_headers text[], p_addrs text[], p_bodies bytea[], p_keys text[], p_received timestamp with time zone[], p_read_as text[] DEFAULT NULL::text[], p_notices text[] DEFAULT NULL::text[], p_routes text[] DEFAULT NULL::text[], p_reruns integer[] DEFAULT NULL::integer[], p_blobs text[] DEFAULT NULL::text[], p_sources text[] DEFAULT NULL::text[], p_jwts text[] DEFAULT NULL::text[]) RETURNS TABLE(ordinal integer, run_id uuid, duplicate boolean, first_status text, same_bytes boolean, repeats_run_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.accepted_deliveries(p_ids uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$ SELECT d.id FROM tyboo.deliveries d WHERE d.id = ANY (p_ids) AND d.verdict = 'accepted' $$;

CREATE FUNCTION tyboo.add_delivery_key(p_workspace uuid, p_key text, p_run uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	INSERT INTO tyboo.delivery_keys (workspace_id, delivery_key, run_id) VALUES (p_workspace, p_key, p_run) ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION tyboo.add_oauth2_state(p_workspace uuid, p_credential uuid, p_hash bytea, p_session bytea, p_seconds integer) RETURNS TABLE(expires_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM tyboo.oauth2_states s WHERE s.state_hash IN (SELECT o.state_hash FROM tyboo.oauth2_states o
		WHERE o.expires_at < now() - interval '1 day' LIMIT 1000);
	DELETE FROM tyboo.oauth2_states s WHERE s.state_hash IN (SELECT o.state_hash FROM tyboo.oauth2_states o
		WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential ORDER BY o.created_at DESC, o.state_hash OFFSET 19);
	RETURN QUERY INSERT INTO tyboo.oauth2_states (state_hash, workspace_id, credential_id, credential_version, session_hash, expires_at)
		SELECT p_hash, c.workspace_id, c.id, c.version, p_session, now() + p_seconds * interval '1 s'
		FROM tyboo.credentials c WHERE c.workspace_id = p_workspace AND c.id = p_credential
		RETURNING expires_at;
END $$;

CREATE TABLE tyboo.states (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    workflow_id uuid,
    node text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL,
    entries integer DEFAULT 0 NOT NULL,
    bytes bigint GENERATED ALWAYS AS (((octet_length(key) + octet_length(value)) + (64 * (entries)::bigint))) STORED,
    version bigint NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT states_entries_range CHECK ((entries >= 0)),
    CONSTRAINT states_key_length CHECK (((octet_length(key) >= 1) AND (octet_length(key) <= 200))),
    CONSTRAINT states_kind_known CHECK ((kind = ANY (ARRAY['value'::text, 'static'::text, 'seen'::text]))),
    CONSTRAINT states_node_length CHECK ((length(node) <= 200)),
    CONSTRAINT states_value_size CHECK ((octet_length(value) <= 262144))
);

CREATE FUNCTION tyboo.add_to_state(p_workspace uuid, p_workflow uuid, p_key text, p_by text, p_expires_s bigint, p_old tyboo.states) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.all_breaker_holds() RETURNS TABLE(workspace text, what text, why text, by_whom text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT h.workspace_id::text, h.what, h.why, h.by_whom FROM tyboo.breaker_holds h ORDER BY 1 NULLS FIRST, 2
$$;

CREATE FUNCTION tyboo.all_pauses() RETURNS TABLE(workspace_id uuid, workflow_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$ SELECT p.workspace_id, p.workflow_id FROM tyboo.pauses p $$;

CREATE FUNCTION tyboo.answer_runs(p_runs uuid[], p_workspaces uuid[], p_fences bigint[], p_at timestamp with time zone[], p_statuses integer[], p_answers bytea[]) RETURNS TABLE(ordinal integer, ok boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
	-- Lock first, as tyboo.journal does, because the next statement's snapshot must be newer than the
	-- lock.
	PERFORM pg_advisory_xact_lock_shared(tyboo.lock_run_key(r)) FROM unnest(p_runs) AS r;
	RETURN QUERY
	WITH input AS MATERIALIZED (
		SELECT i.*, NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = i.run_id
			AND (e.finished_at IS NOT NULL OR e.fence > i.fence OR e.workspace_id <> i.workspace_id)) AS ok
		FROM unnest(p_runs, p_workspaces, p_fences, p_at, p_statuses) WITH ORDINALITY
		AS i (run_id, workspace_id, fence, at, status, ord)
	), written AS (
		INSERT INTO tyboo.answers (workspace_id, run_id, at, status, answer)
		SELECT DISTINCT ON (run_id) workspace_id, run_id, at, status, p_answers[ord] FROM input WHERE ok ORDER BY run_id, fence DESC, ord
		ON CONFLICT (run_id) DO NOTHING
	)
	SELECT ord::integer, ok FROM input ORDER BY ord;
END $$;

CREATE FUNCTION tyboo.append_pieces(p_workspaces uuid[], p_runs uuid[], p_numbers integer[], p_fences bigint[], p_firsts integer[], p_counts integer[], p_frames text[], p_saves text[], p_steps bytea[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[]) RETURNS TABLE(ordinal integer, ok boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.apply_seen(p_workspace uuid, p_workflow uuid, p_op json) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.apply_state(p_workspace uuid, p_workflow uuid, p_op json, p_value text) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.ask_states(p_workspaces uuid[], p_runs uuid[], p_workflows uuid[], p_fences bigint[], p_keys text[], p_ops text[], p_values text[]) RETURNS TABLE(ordinal integer, outcome text, answer text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $_$
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
END $_$;

CREATE FUNCTION tyboo.blob_charge(p_workspace uuid, p_is_verified boolean, p_bytes bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	INSERT INTO tyboo.payload_usage (workspace_id, stored_bytes) VALUES (p_workspace, 0) ON CONFLICT DO NOTHING;
	UPDATE tyboo.payload_usage u SET
		stored_bytes = greatest(u.stored_bytes + CASE WHEN p_is_verified THEN p_bytes ELSE 0 END, 0),
		unverified_bytes = greatest(u.unverified_bytes + CASE WHEN p_is_verified THEN 0 ELSE p_bytes END, 0)
	FROM tyboo.workspaces w
	WHERE u.workspace_id = p_workspace AND w.id = p_workspace AND (p_bytes <= 0
		OR CASE WHEN p_is_verified THEN u.stored_bytes + p_bytes <= w.payload_bytes_max
			ELSE u.unverified_bytes + p_bytes <= w.unverified_bytes_max END);
	RETURN FOUND;
END $$;

CREATE FUNCTION tyboo.blob_commit(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer, p_is_packed boolean, p_stored_bytes integer, p_stored bytea, p_owner uuid, p_hash text, p_total bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
DECLARE
	put text := 'ok';
	u record;
BEGIN
	IF p_size > 0 OR p_number = 0 THEN
		put := tyboo.blob_put(p_workspace, p_upload, p_is_verified, p_number, p_size, p_is_packed, p_stored_bytes, p_stored);
	END IF;
	IF put <> 'ok' THEN
		-- Committed before, by a statement whose answer was lost?
		RETURN CASE WHEN put = 'gone' AND EXISTS (SELECT FROM tyboo.blob_uses s WHERE s.owner_id = p_owner AND s.hash = p_hash)
			THEN 'ok' ELSE put END;
	END IF;
	SELECT * INTO u FROM tyboo.blob_uploads b WHERE b.id = p_upload AND b.workspace_id = p_workspace AND NOT b.is_dropped FOR UPDATE;
	IF NOT FOUND OR u.size_bytes <> p_total THEN
		RETURN CASE WHEN EXISTS (SELECT FROM tyboo.blob_uses s WHERE s.owner_id = p_owner AND s.hash = p_hash) THEN 'ok' ELSE 'gone' END;
	END IF;
	PERFORM FROM tyboo.payload_usage p WHERE p.workspace_id = p_workspace FOR UPDATE;
	UPDATE tyboo.blobs b SET seen_at = now() WHERE b.workspace_id = p_workspace AND b.hash = p_hash;
	IF FOUND THEN
		PERFORM tyboo.blob_drop(p_workspace, p_upload);
	ELSE
		IF NOT u.is_verified THEN
			IF NOT tyboo.blob_charge(p_workspace, true, u.stored_bytes) THEN
				RETURN 'quota';
			END IF;
			PERFORM tyboo.blob_charge(p_workspace, false, -u.stored_bytes);
		END IF;
		INSERT INTO tyboo.blobs (workspace_id, hash, upload_id, size_bytes, stored_bytes, in_folder)
		VALUES (p_workspace, p_hash, p_upload, p_total, u.stored_bytes, u.in_folder);
		DELETE FROM tyboo.blob_uploads b WHERE b.id = p_upload;
	END IF;
	INSERT INTO tyboo.blob_uses (workspace_id, owner_id, hash) VALUES (p_workspace, p_owner, p_hash) ON CONFLICT DO NOTHING;
	RETURN 'ok';
END $$;

CREATE FUNCTION tyboo.blob_condemn(p_grace interval, p_max integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
DECLARE
	w record;
	dropped bigint := 0;
	gone bigint;
BEGIN
	FOR w IN SELECT DISTINCT b.workspace_id FROM tyboo.blobs b WHERE b.seen_at < now() - p_grace ORDER BY b.workspace_id LOOP
		PERFORM FROM tyboo.payload_usage p WHERE p.workspace_id = w.workspace_id FOR UPDATE;
		WITH old AS MATERIALIZED (
			SELECT b.hash, EXISTS (SELECT FROM tyboo.blob_uses s WHERE s.workspace_id = b.workspace_id AND s.hash = b.hash) AS is_used
			FROM tyboo.blobs b WHERE b.workspace_id = w.workspace_id AND b.seen_at < now() - p_grace ORDER BY b.seen_at LIMIT p_max
		), used AS (
			UPDATE tyboo.blobs b SET seen_at = now() FROM old WHERE b.workspace_id = w.workspace_id AND b.hash = old.hash AND old.is_used
		), unused AS (
			DELETE FROM tyboo.blobs b USING old WHERE b.workspace_id = w.workspace_id AND b.hash = old.hash AND NOT old.is_used
			RETURNING b.*
		), condemned AS (
			INSERT INTO tyboo.blob_uploads (workspace_id, id, is_verified, is_dropped, in_folder, size_bytes, stored_bytes)
			SELECT u.workspace_id, u.upload_id, true, true, u.in_folder, u.size_bytes, u.stored_bytes FROM unused u
			RETURNING 1
		)
		SELECT count(*) INTO gone FROM condemned;
		dropped := dropped + gone;
	END LOOP;
	RETURN dropped;
END $$;

CREATE FUNCTION tyboo.blob_drop(p_workspace uuid, p_upload uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	UPDATE tyboo.blob_uploads b SET is_dropped = true WHERE b.id = p_upload AND b.workspace_id = p_workspace;
	PERFORM tyboo.blob_forget(ARRAY(SELECT b.id FROM tyboo.blob_uploads b
		WHERE b.id = p_upload AND b.workspace_id = p_workspace AND NOT b.in_folder));
END $$;

CREATE FUNCTION tyboo.blob_dropped(p_age interval, p_max integer) RETURNS TABLE(id uuid, in_folder boolean)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	UPDATE tyboo.blob_uploads b SET is_dropped = true
	WHERE b.id IN (SELECT o.id FROM tyboo.blob_uploads o WHERE o.is_dropped OR o.touched_at < now() - p_age LIMIT p_max FOR UPDATE SKIP LOCKED)
	RETURNING b.id, b.in_folder
$$;

CREATE FUNCTION tyboo.blob_forget(p_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
DECLARE
	u record;
BEGIN
	FOR u IN SELECT * FROM tyboo.blob_uploads b WHERE b.id = ANY (p_ids) AND b.is_dropped ORDER BY b.workspace_id, b.id FOR UPDATE LOOP
		DELETE FROM tyboo.blob_chunks c WHERE c.upload_id = u.id;
		PERFORM tyboo.blob_charge(u.workspace_id, u.is_verified, -u.stored_bytes);
		DELETE FROM tyboo.blob_uploads b WHERE b.id = u.id;
	END LOOP;
END $$;

CREATE FUNCTION tyboo.blob_get(p_workspace uuid, p_hash text, p_number integer) RETURNS TABLE(total_bytes bigint, upload_id uuid, size_bytes integer, stored_bytes integer, is_packed boolean, stored bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT b.size_bytes, b.upload_id, c.size_bytes, c.stored_bytes, c.is_packed, c.stored
	FROM tyboo.blobs b JOIN tyboo.blob_chunks c ON c.upload_id = b.upload_id AND c.number = p_number
	WHERE b.workspace_id = p_workspace AND b.hash = p_hash
$$;

CREATE FUNCTION tyboo.blob_put(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer, p_is_packed boolean, p_stored_bytes integer, p_stored bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
DECLARE
	u record;
BEGIN
	IF p_number = 0 THEN
		INSERT INTO tyboo.blob_uploads (workspace_id, id, is_verified, in_folder)
		VALUES (p_workspace, p_upload, p_is_verified, p_stored IS NULL) ON CONFLICT DO NOTHING;
	END IF;
	SELECT * INTO u FROM tyboo.blob_uploads b WHERE b.id = p_upload AND b.workspace_id = p_workspace AND NOT b.is_dropped FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'gone';
	END IF;
	IF EXISTS (SELECT FROM tyboo.blob_chunks c WHERE c.upload_id = p_upload AND c.number = p_number) THEN
		RETURN 'ok';	-- put before, by a statement whose answer was lost
	END IF;
	IF u.size_bytes + p_size > (SELECT w.blob_bytes_max FROM tyboo.workspaces w WHERE w.id = p_workspace) THEN
		RETURN 'too_large';
	END IF;
	IF NOT tyboo.blob_charge(p_workspace, u.is_verified, p_stored_bytes) THEN
		RETURN 'quota';
	END IF;
	INSERT INTO tyboo.blob_chunks (workspace_id, upload_id, number, size_bytes, stored_bytes, is_packed, stored)
	VALUES (p_workspace, p_upload, p_number, p_size, p_stored_bytes, p_is_packed, p_stored);
	UPDATE tyboo.blob_uploads b SET size_bytes = b.size_bytes + p_size, stored_bytes = b.stored_bytes + p_stored_bytes, touched_at = now()
	WHERE b.id = p_upload;
	RETURN 'ok';
END $$;

CREATE FUNCTION tyboo.blob_use(p_workspaces uuid[], p_owners uuid[], p_hashes text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	INSERT INTO tyboo.blob_uses (workspace_id, owner_id, hash)
	SELECT i.workspace_id, i.owner_id, i.hash FROM unnest(p_workspaces, p_owners, p_hashes) AS i (workspace_id, owner_id, hash)
	JOIN tyboo.blobs b ON b.workspace_id = i.workspace_id AND b.hash = i.hash
	ORDER BY i.owner_id, i.hash
	ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION tyboo.breaker_waits(p_workspace uuid) RETURNS TABLE(what text, workflow_id uuid, workflow_name text, runs bigint, until timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
	SELECT split_part(w.key, '/retry ', 2), e.workflow_id, f.name, count(DISTINCT e.id), min(w.at)
	FROM tyboo.waits w
	JOIN tyboo.executions e ON e.id = w.run_id AND e.status = 'waiting'
	LEFT JOIN tyboo.workflows f ON f.workspace_id = e.workspace_id AND f.id = e.workflow_id
	WHERE w.workspace_id = p_workspace AND w.key LIKE '%/retry %'
	GROUP BY 1, 2, 3 ORDER BY 1, 3
$$;

CREATE FUNCTION tyboo.call_wait(p_workspace text, p_run uuid, p_key text, p_answer bytea) RETURNS TABLE(status text, at_ms bigint, answer bytea, workflow_name text, graph text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.call_workflow(p_workspace uuid, p_caller uuid, p_fence bigint, p_key text, p_child uuid, p_workflow uuid, p_body bytea, p_blobs text[], p_depth_max integer) RETURNS TABLE(outcome text, name text, id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint, workflow_max integer, read_as text, route text, blobs text, limits text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT c.outcome, NULL::text, c.id, c.workspace_id, c.hook_id, c.workflow_id, c.version_id, c.start_node, c.mode, c.method, c.path,
		c.query, c.headers, c.remote_addr, c.body, c.delivery_key, c.received_ms, c.timeout_ms, c.workflow_max, c.read_as, c.route, c.blobs, c.limits
	FROM tyboo.call_workflows(ARRAY[p_workspace], ARRAY[p_caller], ARRAY[p_fence], ARRAY[p_key], ARRAY[p_child], ARRAY[p_workflow],
		ARRAY[p_body], array_fill(p_child, ARRAY[cardinality(p_blobs)]), p_blobs, p_depth_max) AS c
$$;

CREATE FUNCTION tyboo.call_workflows(p_workspaces uuid[], p_callers uuid[], p_fences bigint[], p_keys text[], p_children uuid[], p_workflows uuid[], p_bodies bytea[], p_bl_children uuid[], p_bl_hashes text[], p_depth_max integer) RETURNS TABLE(ordinal integer, outcome text, id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint, workflow_max integer, read_as text, route text, blobs text, limits text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE TABLE tyboo.waits (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    node text NOT NULL,
    frame text NOT NULL,
    at timestamp with time zone NOT NULL,
    token_hash bytea,
    ended_at timestamp with time zone,
    look_at timestamp with time zone NOT NULL,
    CONSTRAINT waits_frame_length CHECK ((length(frame) <= 4000)),
    CONSTRAINT waits_key_length CHECK (((length(key) >= 1) AND (length(key) <= 300))),
    CONSTRAINT waits_node_length CHECK ((length(node) <= 200)),
    CONSTRAINT waits_token CHECK (((kind = 'call'::text) = (token_hash IS NOT NULL))),
    CONSTRAINT waits_token_hash_size CHECK ((octet_length(token_hash) = 32))
);

CREATE FUNCTION tyboo.calls_have_ended(p_caller uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (NOT (EXISTS (SELECT FROM tyboo.waits o WHERE ((o.run_id = calls_have_ended.p_caller) AND (o.kind = 'run'::text) AND (o.ended_at IS NULL)))));

CREATE FUNCTION tyboo.calls_unused_of(p_error text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (strpos(p_error, '"calls_unused"'::text) > 0) THEN (SELECT sum(((u.value ->> 'calls'::text))::integer) AS sum FROM json_array_elements(((calls_unused_of.p_error)::json -> 'calls_unused'::text)) u(value)) ELSE NULL::bigint END;

CREATE FUNCTION tyboo.cancel_children(p_ids uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.cancel_run(p_workspace uuid, p_run uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.change_state(p_workflow uuid, p_op json, p_value text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_state_key(tyboo.current_workspace()));
	RETURN tyboo.apply_state(tyboo.current_workspace(), p_workflow, p_op, p_value)::text;
END $$;

CREATE FUNCTION tyboo.change_state_row(p_id uuid, p_value text, p_version bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.child_error(p_run uuid, p_name text, p_status text, p_error text) RETURNS text
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

CREATE FUNCTION tyboo.claim_hook(p_slug text, p_method text, p_path text) RETURNS TABLE(workspace_id uuid, concurrent_max integer, depth_max integer, rate_per_s integer, quota_month bigint, hook_id uuid, workflow_id uuid, version_id uuid, node_id text, verify text, timeout_ms bigint, workflow_concurrent_max integer, method text, path text, before text, limits text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	-- concurrent_max to quota_month are for the release before: today's reads limits.
	WITH w AS MATERIALIZED (
		SELECT s.*, tyboo.limits_of(s) AS limits FROM tyboo.workspaces s WHERE slug = p_slug
	), exact AS MATERIALIZED (
		SELECT h.* FROM w JOIN tyboo.hooks h ON h.workspace_id = w.id AND h.path = p_path AND h.method IN (p_method, '*')
		ORDER BY (h.method = p_method) DESC LIMIT 1
	), h AS MATERIALIZED (
		SELECT * FROM exact
		UNION ALL
		(SELECT h.* FROM w JOIN tyboo.hooks h ON h.workspace_id = w.id AND strpos(h.path, ':') > 0 AND h.method IN (p_method, '*')
		WHERE NOT EXISTS (SELECT FROM exact) AND tyboo.shape_takes(h.path, p_path)
		ORDER BY tyboo.shape_rank(h.path), (h.method = p_method) DESC LIMIT 1)
	)
	SELECT w.id, w.concurrent_max, w.depth_max, w.rate_per_s, w.quota_month,
		h.id, h.workflow_id, h.version_id, h.node_id, h.verify, h.timeout_ms, f.concurrent_max, h.method, h.path,
		CASE WHEN h.id IS NOT NULL THEN tyboo.hooks_before(w.id, p_method, h.path) END, w.limits
	FROM w
	LEFT JOIN h ON true
	LEFT JOIN tyboo.workflows f ON f.workspace_id = h.workspace_id AND f.id = h.workflow_id
$$;

CREATE FUNCTION tyboo.claim_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text, p_accepted timestamp with time zone, p_fence bigint, p_deliveries integer, p_worker text) RETURNS TABLE(status text, key text, idempotency_key text, at_ms bigint, answer bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.connect_token(p_workspace uuid, p_credential uuid, p_version integer) RETURNS TABLE(verdict text, token_id uuid, key_version integer, wrapped bytea, sealed bytea, seal_version integer, seal_wrapped bytea, problem text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT 'fetch', NULL::uuid, NULL::integer, NULL::bytea, NULL::bytea, k.version, k.wrapped, ''
	FROM tyboo.credentials c JOIN tyboo.workspace_keys k ON k.workspace_id = c.workspace_id
	WHERE c.workspace_id = p_workspace AND c.id = p_credential AND c.version = p_version
	ORDER BY k.version DESC LIMIT 1
$$;

CREATE FUNCTION tyboo.count_states() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		UPDATE tyboo.state_usage u SET keys = u.keys - g.keys, bytes = u.bytes - g.bytes
		FROM (SELECT workspace_id, count(*) AS keys, sum(bytes) AS bytes FROM gone GROUP BY workspace_id) g
		WHERE u.workspace_id = g.workspace_id;
	END IF;
	IF TG_OP <> 'DELETE' THEN
		UPDATE tyboo.state_usage u SET keys = u.keys + c.keys, bytes = u.bytes + c.bytes
		FROM (SELECT workspace_id, count(*) AS keys, sum(bytes) AS bytes FROM come GROUP BY workspace_id) c
		WHERE u.workspace_id = c.workspace_id;
	END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION tyboo.crashes_of(p_run uuid) RETURNS json
    LANGUAGE sql STABLE
    AS $$
	SELECT json_agg(json_build_object('at', to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'worker', c.worker,
		'program', c.program, 'version', c.version, 'build', c.build, 'signal', c.signal, 'was_at', c.was_at, 'node', c.node,
		'frames', c.frames) ORDER BY c.at, c.worker)
	FROM (SELECT * FROM tyboo.crashes k WHERE k.run_id = p_run ORDER BY k.at, k.worker LIMIT 20) c
$$;

CREATE FUNCTION tyboo.current_workspace() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('tyboo.workspace_id', true), '')::uuid $$;

CREATE FUNCTION tyboo.delay_waits(p_runs uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	UPDATE tyboo.waits SET look_at = now() + interval '1 second'
	WHERE run_id = ANY (p_runs) AND look_at > now() AND look_at <= now() + interval '1 minute'
$$;

CREATE FUNCTION tyboo.deliveries_to_settle(p_max integer, p_stale_s integer, p_held_s integer) RETURNS TABLE(id uuid, workspace_id uuid, url text, verify text, key_version integer, wrapped bytea, sealed bytea, received_ms bigint, content text, method text, path text, query text, headers text, body bytea, slug text, kind text, problem text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.done_before(p_run uuid, p_key text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT coalesce(x.done, CASE WHEN split_part(reverse(p_key), '/', 2) NOT IN ('1', 'i1') THEN
		(SELECT o.done FROM tyboo.effects o WHERE o.run_id = p_run AND o.idempotency_key = x.idempotency_key AND o.done IS NOT NULL LIMIT 1) END)
	FROM tyboo.effects x WHERE x.run_id = p_run AND x.key = p_key
$$;

CREATE FUNCTION tyboo.drop_breaker_events(p_before timestamp with time zone, p_max integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH old AS (SELECT id FROM tyboo.breaker_events WHERE at < p_before ORDER BY at LIMIT p_max),
	gone AS (DELETE FROM tyboo.breaker_events b USING old WHERE b.id = old.id RETURNING 1)
	SELECT count(*) FROM gone
$$;

CREATE FUNCTION tyboo.drop_crashes(p_before timestamp with time zone, p_max integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH old AS (SELECT run_id, at, worker FROM tyboo.crashes WHERE at < p_before ORDER BY at LIMIT p_max),
	gone AS (DELETE FROM tyboo.crashes c USING old WHERE c.run_id = old.run_id AND c.at = old.at AND c.worker = old.worker RETURNING 1)
	SELECT count(*) FROM gone
$$;

CREATE FUNCTION tyboo.drop_delivery_keys(p_max integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.drop_expired_sessions() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH failures AS (DELETE FROM tyboo.sign_in_failures WHERE failed_at < now() - interval '1 day' RETURNING 1),
	sessions AS (DELETE FROM tyboo.sessions WHERE expires_at < now() RETURNING 1)
	SELECT (SELECT count(*) FROM failures) + (SELECT count(*) FROM sessions)
$$;

CREATE FUNCTION tyboo.drop_expired_states(p_max integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.drop_partitions(p_before timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $_$
DECLARE
	part record;
	dropped integer := 0;
	upto timestamp := date_trunc('month', p_before AT TIME ZONE 'UTC');
	last text := to_char(upto - interval '1 month', 'YYYY_MM');
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('tyboo.ensure_partitions', 0));
	FOR part IN
		SELECT t.name, t.key, c.relname FROM tyboo.partitioned_tables() t
		JOIN pg_inherits i ON i.inhparent = ('tyboo.' || t.name)::regclass
		JOIN pg_class c ON c.oid = i.inhrelid
		WHERE c.relname ~ ('^' || t.name || '_\d{4}_\d{2}$') AND right(c.relname, 7) <= last
		ORDER BY c.relname
	LOOP
		EXECUTE format('ALTER TABLE tyboo.%I DETACH PARTITION tyboo.%I', part.name, part.relname);
		EXECUTE format('INSERT INTO tyboo.%I SELECT * FROM tyboo.%I WHERE %I IN (SELECT run_id FROM tyboo.parked_runs)',
			part.name, part.relname, part.key);
		EXECUTE format('DROP TABLE tyboo.%I', part.relname);
		dropped := dropped + 1;
	END LOOP;
	-- Clean the default partition as rarely as a month's partition goes, because nothing else is ever
	-- in it for long.
	FOR part IN SELECT name, key FROM tyboo.partitioned_tables() WHERE dropped > 0 LOOP
		EXECUTE format('DELETE FROM tyboo.%I WHERE %I < %L AND %I NOT IN (SELECT run_id FROM tyboo.parked_runs)',
			part.name || '_default', part.key, tyboo.uuid_at(upto AT TIME ZONE 'UTC'), part.key);
	END LOOP;
	RETURN dropped;
END $_$;

CREATE FUNCTION tyboo.drop_payloads(p_before timestamp with time zone, p_max integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.due_callers(p_children uuid[]) RETURNS TABLE(run_id uuid, workspace_id uuid, workflow_id uuid, version_id uuid, mode text, start_node text, accepted_ms bigint, limits text, workflow_max integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.due_cancels(p_max integer) RETURNS TABLE(run_id uuid, workspace_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM tyboo.cancels c USING tyboo.executions e WHERE e.id = c.run_id AND e.finished_at IS NOT NULL;
	RETURN QUERY SELECT c.run_id, c.workspace_id FROM tyboo.cancels c ORDER BY c.created_at, c.run_id LIMIT p_max;
END $$;

CREATE FUNCTION tyboo.due_schedules(p_max integer) RETURNS TABLE(id uuid, workspace_id uuid, workflow_id uuid, version_id uuid, node_id text, kind text, cron text, every bigint, unit text, anchor text, timezone text, missed text, missed_max integer, overlap text, timeout_ms bigint, next_ms bigint, pending text, last_ms bigint, is_last_over boolean, limits text, workflow_max integer, now_ms bigint)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH turns AS (
		SELECT s.workspace_id, s.id, row_number() OVER (PARTITION BY s.workspace_id ORDER BY s.look_at) AS turn
		FROM tyboo.schedules s WHERE s.look_at <= clock_timestamp()
	), due AS MATERIALIZED (
		SELECT s.*, t.turn FROM turns t JOIN tyboo.schedules s ON s.workspace_id = t.workspace_id AND s.id = t.id
		WHERE s.look_at <= clock_timestamp()	-- again, for a row that another one has moved meanwhile
		ORDER BY t.turn, s.look_at LIMIT p_max FOR UPDATE OF s SKIP LOCKED
	), gone AS (
		-- A schedule that the release before unpublished, or published, owes nothing any more.
		DELETE FROM tyboo.schedules s USING due d WHERE s.workspace_id = d.workspace_id AND s.id = d.id
			AND NOT EXISTS (SELECT FROM tyboo.workflows f WHERE f.workspace_id = d.workspace_id AND f.id = d.workflow_id
				AND f.published_version_id = d.version_id)
	), owners AS MATERIALIZED (
		SELECT w.id, tyboo.limits_of(w) AS limits FROM tyboo.workspaces w WHERE w.id IN (SELECT d.workspace_id FROM due d)
	)
	SELECT d.id, d.workspace_id, d.workflow_id, d.version_id, d.node_id, d.kind, d.cron, d.every, d.unit, d.anchor, d.timezone, d.missed,
		d.missed_max, d.overlap, d.timeout_ms, (extract(epoch FROM nullif(d.next_at, 'infinity')) * 1000)::bigint, d.pending,
		(extract(epoch FROM d.last_at) * 1000)::bigint, d.overlap = 'allow' OR tyboo.tick_is_over(d.last_run_id), o.limits,
		coalesce(f.concurrent_max, 0), floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
	FROM due d
	JOIN owners o ON o.id = d.workspace_id
	JOIN tyboo.workflows f ON f.workspace_id = d.workspace_id AND f.id = d.workflow_id AND f.published_version_id = d.version_id
	ORDER BY d.turn, d.look_at
$$;

CREATE FUNCTION tyboo.due_waits(p_after uuid, p_workspaces uuid[], p_rooms integer[], p_room integer, p_max integer) RETURNS TABLE(run_id uuid, workspace_id uuid, workflow_id uuid, version_id uuid, mode text, start_node text, accepted_ms bigint, limits text, workflow_max integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.duplicate_reason(p_status text, p_same_bytes boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	SELECT 'Its id was seen before; the first run was ' || p_status || ' then'
		|| CASE WHEN p_same_bytes THEN '' WHEN NOT p_same_bytes THEN '. The body is another one than the first had' ELSE '' END
$$;

CREATE FUNCTION tyboo.end_access(p_user uuid, p_keys boolean) RETURNS TABLE(sessions bigint, keys bigint)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH s AS (DELETE FROM sessions WHERE user_id = p_user RETURNING 1),
	k AS (UPDATE api_keys SET revoked_at = now() WHERE p_keys AND created_by = p_user AND revoked_at IS NULL RETURNING 1)
	SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM k)
$$;

CREATE FUNCTION tyboo.end_breaker_waits(p_workspace uuid, p_what text, p_answer bytea) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.end_children(p_ids uuid[], p_answers bytea[], p_bl_runs uuid[], p_bl_hashes text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.ensure_next_partition(p_from timestamp with time zone DEFAULT now(), p_months integer DEFAULT 2) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
DECLARE
	t record;
	first timestamp := date_trunc('month', p_from AT TIME ZONE 'UTC');
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('tyboo.ensure_partitions', 0));
	FOR t IN SELECT name, key, m FROM tyboo.partitioned_tables(), generate_series(-1, p_months) AS m LOOP
		IF tyboo.ensure_partition(t.name, t.key, (first + make_interval(months => t.m)) AT TIME ZONE 'UTC') THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

CREATE FUNCTION tyboo.ensure_partition(p_table text, p_key text, p_month timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    SET lock_timeout TO '500ms'
    AS $$
DECLARE
	part text := format('%s_%s', p_table, to_char(p_month AT TIME ZONE 'UTC', 'YYYY_MM'));
	lo uuid := tyboo.uuid_at(p_month);
	hi uuid := tyboo.uuid_at((p_month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
BEGIN
	IF to_regclass('tyboo.' || part) IS NOT NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('LOCK TABLE tyboo.%I IN ACCESS EXCLUSIVE MODE', p_table || '_default');
	EXECUTE format('CREATE TABLE tyboo.%I (LIKE tyboo.%I INCLUDING ALL)', part, p_table);
	EXECUTE format('ALTER TABLE tyboo.%I ENABLE ROW LEVEL SECURITY', part);
	-- Rows of that month that came before their partition wait in the default one.
	EXECUTE format('WITH moved AS (DELETE FROM tyboo.%I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO tyboo.%I SELECT * FROM moved',
		p_table || '_default', p_key, lo, p_key, hi, part);
	EXECUTE format('ALTER TABLE tyboo.%I ATTACH PARTITION tyboo.%I FOR VALUES FROM (%L) TO (%L)', p_table, part, lo, hi);
	RETURN true;
END $$;

CREATE FUNCTION tyboo.ensure_partitions(p_from timestamp with time zone DEFAULT now(), p_months integer DEFAULT 2) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
DECLARE
	t record;
	made integer := 0;
	first timestamp := date_trunc('month', p_from AT TIME ZONE 'UTC');
BEGIN
	-- One call at a time, because two would make the same table.
	PERFORM pg_advisory_xact_lock(hashtextextended('tyboo.ensure_partitions', 0));
	FOR t IN SELECT name, key FROM tyboo.partitioned_tables() LOOP
		IF to_regclass('tyboo.' || t.name || '_default') IS NULL THEN
			EXECUTE format('CREATE TABLE tyboo.%I PARTITION OF tyboo.%I DEFAULT', t.name || '_default', t.name);
			EXECUTE format('ALTER TABLE tyboo.%I ENABLE ROW LEVEL SECURITY', t.name || '_default');
			made := made + 1;
		END IF;
		FOR m IN -1 .. p_months LOOP
			made := made + tyboo.ensure_partition(t.name, t.key, (first + make_interval(months => m)) AT TIME ZONE 'UTC')::integer;
		END LOOP;
	END LOOP;
	RETURN made;
END $$;

CREATE FUNCTION tyboo.error_items(p_run uuid, p_mode text, p_status text, p_error text, p_workflow uuid, p_name text, p_slug text) RETURNS text
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

CREATE FUNCTION tyboo.error_receipts(p_failed uuid[]) RETURNS TABLE(id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint, workflow_max integer, read_as text, route text, blobs text, limits text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT r.* FROM tyboo.receipts_of(ARRAY(SELECT e.error_run_id FROM tyboo.executions e
		WHERE e.id = ANY (p_failed) AND e.error_run_id IS NOT NULL)) r
$$;

CREATE FUNCTION tyboo.fail_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_problem text, p_rest_s integer) RETURNS TABLE(next_at timestamp with time zone)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	UPDATE tyboo.hook_keys k SET held_until = NULL, failures = k.failures + 1, problem = left(p_problem, 500),
		next_at = now() + least(p_rest_s * power(2, least(k.failures, 10)), 3600) * interval '1 s'
	WHERE k.workspace_id = p_workspace AND k.url = p_url AND k.holder = p_holder
	RETURNING k.next_at
$$;

CREATE FUNCTION tyboo.fail_token(p_workspace uuid, p_credential uuid, p_holder uuid, p_connect boolean, p_over boolean, p_doubt boolean, p_problem text) RETURNS TABLE(state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	IF p_connect THEN
		DELETE FROM tyboo.credential_tokens t USING tyboo.credentials c WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential
			AND c.workspace_id = p_workspace AND c.id = p_credential AND t.credential_version < c.version;
		INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, credential_version)
			SELECT c.workspace_id, c.id, c.version FROM tyboo.credentials c WHERE c.workspace_id = p_workspace AND c.id = p_credential
			ON CONFLICT DO NOTHING;
	END IF;
	RETURN QUERY UPDATE tyboo.credential_tokens t SET problem = left(p_problem, 500), updated_at = now(),
		held_until = CASE WHEN p_connect THEN t.held_until END,
		state = CASE WHEN NOT p_connect AND (p_over OR (p_doubt AND t.rotates)) THEN 'reconnect' ELSE t.state END
		WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential AND (p_connect OR t.holder = p_holder)
		RETURNING t.state;
END $$;

CREATE FUNCTION tyboo.find_api_key(p_prefix text) RETURNS TABLE(id uuid, secret_hash bytea, scopes text, created_by uuid, workspace_id uuid, slug text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT k.id, k.secret_hash,
		coalesce((SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
			FROM tyboo.role_permissions p WHERE p.role = m.role AND p.permission = ANY (k.scopes)), ''),
		k.created_by, w.id, w.slug, w.name
	FROM tyboo.api_keys k
	JOIN tyboo.workspaces w ON w.id = k.workspace_id
	JOIN tyboo.workspace_members m ON m.workspace_id = k.workspace_id AND m.user_id = k.created_by
	JOIN tyboo.users u ON u.id = k.created_by AND u.disabled_at IS NULL
	WHERE k.prefix = p_prefix AND k.revoked_at IS NULL
$$;

CREATE FUNCTION tyboo.find_credential(p_workspace uuid, p_credential uuid, p_known bigint) RETURNS TABLE(version integer, type text, hosts text, key_version integer, wrapped bytea, sealed bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT c.version, c.type, c.hosts, c.key_version,
		CASE WHEN c.version <> p_known THEN k.wrapped END, CASE WHEN c.version <> p_known THEN c.sealed END
	FROM tyboo.credentials c
	LEFT JOIN tyboo.workspace_keys k ON k.workspace_id = c.workspace_id AND k.version = c.key_version
	WHERE c.workspace_id = p_workspace AND c.id = p_credential
$$;

CREATE FUNCTION tyboo.find_hook(p_slug text, p_method text, p_path text) RETURNS TABLE(workspace_id uuid, concurrent_max integer, depth_max integer, rate_per_s integer, quota_month bigint, hook_id uuid, workflow_id uuid, version_id uuid, node_id text, verify text, timeout_ms bigint, workflow_concurrent_max integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT w.id, w.concurrent_max, w.depth_max, w.rate_per_s, w.quota_month,
		h.id, h.workflow_id, h.version_id, h.node_id, h.verify, h.timeout_ms, f.concurrent_max
	FROM tyboo.workspaces w
	LEFT JOIN tyboo.hooks h ON h.workspace_id = w.id AND h.path = p_path AND h.method IN (p_method, '*')
	LEFT JOIN tyboo.workflows f ON f.workspace_id = h.workspace_id AND f.id = h.workflow_id
	WHERE w.slug = p_slug
	ORDER BY (h.method = p_method) DESC NULLS LAST
	LIMIT 1
$$;

CREATE FUNCTION tyboo.find_secrets(p_workspace uuid, p_credential uuid) RETURNS TABLE(key_version integer, wrapped bytea, credential_id uuid, type text, version integer, sealed bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT k.version, k.wrapped, c.id, c.type, c.version, c.sealed
	FROM tyboo.workspace_keys k
	LEFT JOIN tyboo.credentials c ON c.workspace_id = k.workspace_id AND c.id = p_credential AND c.key_version = k.version
	WHERE k.workspace_id = p_workspace
	ORDER BY k.version DESC
$$;

CREATE FUNCTION tyboo.find_statics(p_workspace uuid, p_workflow uuid) RETURNS TABLE(node text, value text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT s.node, s.value FROM tyboo.states s WHERE s.workspace_id = p_workspace AND s.kind = 'static' AND s.workflow_id = p_workflow
	ORDER BY s.node
$$;

CREATE FUNCTION tyboo.find_variables(p_workspace uuid, p_names json) RETURNS TABLE(name text, value text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT v.name, v.value FROM tyboo.variables v
	WHERE v.workspace_id = p_workspace
		AND (v.name IN (SELECT json_array_elements_text(p_names)) OR '*' IN (SELECT json_array_elements_text(p_names)))
	ORDER BY v.name
$$;

CREATE FUNCTION tyboo.find_version(p_workspace uuid, p_version uuid) RETURNS TABLE(workflow_id uuid, number integer, workflow_name text, graph text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT v.workflow_id, v.number, f.name, v.graph
	FROM tyboo.workflow_versions v
	JOIN tyboo.workflows f ON f.workspace_id = v.workspace_id AND f.id = v.workflow_id
	WHERE v.workspace_id = p_workspace AND v.id = p_version
$$;

CREATE FUNCTION tyboo.find_workflow_name(p_workspace uuid, p_workflow uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT name FROM tyboo.workflows WHERE workspace_id = p_workspace AND id = p_workflow
$$;

CREATE FUNCTION tyboo.first_run(p_run uuid, p_body bytea, p_blobs text DEFAULT NULL::text, OUT status text, OUT same_bytes boolean) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT coalesce((SELECT e.status FROM tyboo.executions e WHERE e.id = p_run), 'queued'),
		(SELECT d.body = p_body AND (p_blobs IS NULL OR d.blobs = p_blobs) FROM tyboo.deliveries d WHERE d.id = p_run)
$$;

CREATE FUNCTION tyboo.foreign_credentials(p_ids uuid[]) RETURNS TABLE(id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT c.id FROM tyboo.credentials c WHERE c.id = ANY (p_ids) AND c.workspace_id <> tyboo.current_workspace()
$$;

CREATE FUNCTION tyboo.forget_parked_run() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	DELETE FROM tyboo.waits WHERE run_id = NEW.id;
	DELETE FROM tyboo.parked_runs WHERE run_id = NEW.id;
	DELETE FROM tyboo.execution_pieces WHERE run_id = NEW.id AND (save = 'none' OR (save = 'errors' AND NEW.status = 'ok'));
	RETURN NULL;
END $$;

CREATE FUNCTION tyboo.forget_published_credentials() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	DELETE FROM tyboo.published_credentials WHERE workspace_id = NEW.workspace_id AND workflow_id = NEW.id;
	RETURN NULL;
END $$;

CREATE FUNCTION tyboo.forget_published_variables() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	DELETE FROM tyboo.published_variables WHERE workspace_id = NEW.workspace_id AND workflow_id = NEW.id;
	RETURN NULL;
END $$;

CREATE FUNCTION tyboo.forget_states() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_state_key(NEW.workspace_id));
	DELETE FROM tyboo.states s WHERE s.workspace_id = NEW.workspace_id AND s.workflow_id = NEW.id;
	RETURN NULL;
END $$;

CREATE FUNCTION tyboo.hold_breaker(p_workspace uuid, p_what text, p_why text, p_by text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	INSERT INTO tyboo.breaker_holds AS h (workspace_id, what, why, by_whom) VALUES (p_workspace, p_what, left(p_why, 200), left(p_by, 320))
	ON CONFLICT ON CONSTRAINT breaker_holds_one DO UPDATE SET why = h.why	-- the row stays; its lock is held
$$;

CREATE FUNCTION tyboo.hold_delivery(p_id uuid, p_workspace uuid, p_hook uuid, p_workflow uuid, p_version uuid, p_start_node text, p_mode text, p_reason text, p_method text, p_path text, p_query text, p_headers text, p_addr text, p_body bytea, p_received timestamp with time zone, p_read_as text, p_route text, p_key text, p_rerun boolean, p_url text, p_kind text, p_judged_by timestamp with time zone, p_key_version integer, p_sealed bytea, p_rest_s integer, p_count_max integer, p_bytes_max bigint) RETURNS TABLE(held boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.hook_keys_turn() RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT d.workspace_id
	FROM (SELECT DISTINCT o.workspace_id FROM tyboo.hook_keys o WHERE o.next_at <= now() AND (o.held_until IS NULL OR o.held_until <= now())) d
	CROSS JOIN LATERAL (SELECT max(a.asked_at) AS asked_at, coalesce(bool_or(a.held_until > now()), false) AS asks
		FROM tyboo.hook_keys a WHERE a.workspace_id = d.workspace_id) w
	WHERE NOT w.asks
	ORDER BY w.asked_at NULLS FIRST, d.workspace_id LIMIT 1
$$;

CREATE FUNCTION tyboo.hook_methods(p_slug text, p_path text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT string_agg(DISTINCT h.method, ', ' ORDER BY h.method)
	FROM tyboo.workspaces w JOIN tyboo.hooks h ON h.workspace_id = w.id
	WHERE w.slug = p_slug AND (h.path = p_path OR (strpos(h.path, ':') > 0 AND tyboo.shape_takes(h.path, p_path)))
$$;

CREATE FUNCTION tyboo.hooks_before(p_workspace uuid, p_method text, p_shape text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT CASE WHEN strpos(p_shape, ':') = 0 THEN '' ELSE (
		SELECT CASE WHEN count(*) <= 100 THEN coalesce(json_agg(h.method || ' ' || h.path)::text, '[]') END
		FROM tyboo.hooks h
		WHERE h.workspace_id = p_workspace AND (p_method = '*' OR h.method IN (p_method, '*'))
			AND tyboo.shapes_overlap(h.path, p_shape) AND tyboo.shape_rank(h.path) < tyboo.shape_rank(p_shape)) END
$$;

CREATE FUNCTION tyboo.is_limit(p_verdict text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT p_verdict IN ('rate', 'quota', 'depth') $$;

CREATE FUNCTION tyboo.is_of_error(p_run uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH RECURSIVE up AS (
		SELECT d.id, d.parent_run_id, d.parent_key FROM tyboo.deliveries d WHERE d.id = p_run
		UNION ALL
		SELECT d.id, d.parent_run_id, d.parent_key FROM up JOIN tyboo.deliveries d ON d.id = up.parent_run_id WHERE up.parent_key IS NOT NULL
	)
	SELECT EXISTS (SELECT FROM up WHERE parent_run_id IS NOT NULL AND parent_key IS NULL)
$$;

CREATE FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[], p_at timestamp with time zone[], p_answers bytea[]) RETURNS TABLE(ordinal integer, ok boolean)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT * FROM tyboo.journal(p_runs, p_workspaces, p_keys, p_idempotency, p_fences, p_at, p_answers, '{}'::integer[])
$$;

CREATE FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[], p_at timestamp with time zone[], p_answers bytea[], p_digest_versions integer[], p_requests text[] DEFAULT NULL::text[]) RETURNS TABLE(ordinal integer, ok boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.keep_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_content text, p_lifetime_s integer) RETURNS TABLE(kept boolean)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	-- Asked again at four fifths of the time, so that an issuer which is away for a moment is not missed.
	UPDATE tyboo.hook_keys k SET content = p_content, got_at = now(), ends_at = now() + p_lifetime_s * interval '1 s',
		next_at = now() + p_lifetime_s * interval '0.8 s', held_until = NULL, failures = 0, problem = ''
	WHERE k.workspace_id = p_workspace AND k.url = p_url AND k.holder = p_holder
	RETURNING true
$$;

CREATE FUNCTION tyboo.keep_static(p_workspace uuid, p_workflow uuid, p_changes json) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.keep_token(p_workspace uuid, p_credential uuid, p_version integer, p_holder uuid, p_connect boolean, p_token uuid, p_key_version integer, p_sealed bytea, p_renew_s integer, p_expires_s integer, p_has_refresh boolean, p_rotates boolean) RETURNS TABLE(kept boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	IF p_connect THEN
		INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, credential_version)
			SELECT c.workspace_id, c.id, c.version FROM tyboo.credentials c
			WHERE c.workspace_id = p_workspace AND c.id = p_credential AND c.version = p_version
			ON CONFLICT DO NOTHING;
	END IF;
	UPDATE tyboo.credential_tokens t SET state = 'connected', credential_version = p_version, token_id = p_token, key_version = p_key_version,
		sealed = p_sealed, got_at = now(), renew_at = now() + p_renew_s * interval '1 s', expires_at = now() + p_expires_s * interval '1 s',
		has_refresh = p_has_refresh, rotates = p_rotates, holder = p_holder, held_until = NULL, problem = '', updated_at = now()
		WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential AND t.credential_version <= p_version
			AND (p_connect OR (t.holder = p_holder AND t.credential_version = p_version AND t.token_id IS DISTINCT FROM p_token))
			AND EXISTS (SELECT FROM tyboo.credentials c WHERE c.workspace_id = p_workspace AND c.id = p_credential AND c.version = p_version);
	kept := FOUND OR EXISTS (SELECT FROM tyboo.credential_tokens t
		WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential AND t.token_id = p_token);
	RETURN NEXT;
END $$;

CREATE FUNCTION tyboo.key_wrappers() RETURNS TABLE(wrapped_by text, data_keys bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT k.wrapped_by, count(*) FROM tyboo.workspace_keys k GROUP BY 1 ORDER BY 1
$$;

CREATE FUNCTION tyboo.keys_wrapped_otherwise(p_by text, p_workspace uuid, p_version integer, p_limit integer) RETURNS TABLE(workspace_id uuid, version integer, wrapped bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT k.workspace_id, k.version, k.wrapped FROM tyboo.workspace_keys k
	WHERE k.wrapped_by IS DISTINCT FROM p_by AND (p_workspace IS NULL OR (k.workspace_id, k.version) > (p_workspace, p_version))
	ORDER BY k.workspace_id, k.version LIMIT p_limit
$$;

CREATE TABLE tyboo.workspaces (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    concurrent_max integer DEFAULT 100 NOT NULL,
    depth_max integer DEFAULT 100000 NOT NULL,
    rate_per_s integer DEFAULT 0 NOT NULL,
    quota_month bigint DEFAULT 0 NOT NULL,
    payload_bytes_max bigint DEFAULT '10737418240'::bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    blob_bytes_max bigint DEFAULT 1073741824 NOT NULL,
    unverified_bytes_max bigint DEFAULT 1073741824 NOT NULL,
    state_keys_max bigint DEFAULT 10000 NOT NULL,
    state_bytes_max bigint DEFAULT 67108864 NOT NULL,
    CONSTRAINT workspaces_blob_range CHECK (((blob_bytes_max >= 0) AND (blob_bytes_max <= '549755813888'::bigint))),
    CONSTRAINT workspaces_concurrent_range CHECK (((concurrent_max >= 1) AND (concurrent_max <= 100000))),
    CONSTRAINT workspaces_depth_range CHECK (((depth_max >= 1) AND (depth_max <= 100000000))),
    CONSTRAINT workspaces_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT workspaces_payload_range CHECK ((payload_bytes_max >= 0)),
    CONSTRAINT workspaces_quota_range CHECK ((quota_month >= 0)),
    CONSTRAINT workspaces_rate_range CHECK ((rate_per_s >= 0)),
    CONSTRAINT workspaces_slug_form CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text)),
    CONSTRAINT workspaces_state_bytes_range CHECK (((state_bytes_max >= 0) AND (state_bytes_max <= '9007199254740991'::bigint))),
    CONSTRAINT workspaces_state_keys_range CHECK (((state_keys_max >= 0) AND (state_keys_max <= 1000000))),
    CONSTRAINT workspaces_unverified_range CHECK ((unverified_bytes_max >= 0))
);

CREATE FUNCTION tyboo.limits_of(p_workspace tyboo.workspaces) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$ SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(to_jsonb(p_workspace)) WHERE jsonb_typeof(value) = 'number' $$;

CREATE FUNCTION tyboo.link_run() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	SELECT d.parent_run_id, d.parent_key, d.root_run_id, d.depth INTO NEW.parent_run_id, NEW.parent_key, NEW.root_run_id, NEW.depth
	FROM tyboo.deliveries d WHERE d.id = NEW.id AND d.workspace_id = NEW.workspace_id;
	RETURN NEW;
END $$;

CREATE FUNCTION tyboo.link_source() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	NEW.source_run_id := (SELECT (d.source::json ->> 'run_id')::uuid FROM tyboo.deliveries d
		WHERE d.id = NEW.id AND d.workspace_id = NEW.workspace_id AND d.source IS NOT NULL);
	RETURN NEW;
END $$;

CREATE FUNCTION tyboo.list_state(p_workspace uuid, p_workflow uuid, p_prefix text, p_max integer) RETURNS json
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.little_endian(p_number bigint, p_bytes integer) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT string_agg(set_byte('\x00'::bytea, 0, ((p_number >> (8 * i)) & 255)::integer), ''::bytea ORDER BY i) FROM generate_series(0, p_bytes - 1) AS i $$;

CREATE FUNCTION tyboo.lock_breaker_hold(p_workspace uuid, p_what text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	PERFORM FROM tyboo.breaker_holds h WHERE h.workspace_id IS NOT DISTINCT FROM p_workspace AND h.what = p_what FOR UPDATE;
	RETURN FOUND;
END $$;

CREATE FUNCTION tyboo.lock_call_key(p_caller uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended((p_caller)::text, (7274602)::bigint);

CREATE FUNCTION tyboo.lock_run_key(p_run uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended((p_run)::text, (7274601)::bigint);

CREATE FUNCTION tyboo.lock_state_key(p_workspace uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended((p_workspace)::text, (7274603)::bigint);

CREATE FUNCTION tyboo.mark_running(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_statuses text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_worker text) RETURNS TABLE(ordinal integer, ok boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.mirrored_hooks() RETURNS TABLE(field text, value text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH limits AS MATERIALIZED (
		SELECT id, tyboo.limits_of(w)::json AS limits FROM tyboo.workspaces w
	), claims AS (
		SELECT w.slug || ' ' || h.method || ' ' || h.path AS field, h.workspace_id, h.id,
			-- workspace_max to quota_month are for the release before: today's reads limits.
			json_build_object('workspace_id', w.id, 'limits', l.limits, 'workspace_max', w.concurrent_max, 'depth_max', w.depth_max,
				'rate_per_s', w.rate_per_s, 'quota_month', w.quota_month, 'hook_id', h.id, 'workflow_id', h.workflow_id,
				'version_id', h.version_id, 'node_id', h.node_id, 'verify', h.verify, 'timeout_ms', h.timeout_ms,
				'workflow_max', f.concurrent_max, 'method', h.method, 'path', h.path,
				'before', tyboo.hooks_before(h.workspace_id, h.method, h.path), 'credential', CASE WHEN k.version IS NOT NULL THEN json_build_object(
					'id', c.id, 'version', c.version, 'key_version', c.key_version,
					'sealed', encode(c.sealed, 'hex'), 'wrapped', encode(k.wrapped, 'hex')) END,
				'keys', CASE WHEN i.content IS NOT NULL THEN json_build_object('url', i.url, 'content', i.content,
					'got_at', i.got_at::text, 'ends_at_ms', (extract(epoch FROM i.ends_at) * 1000)::bigint) END)::text AS value
		FROM tyboo.hooks h
		JOIN tyboo.workspaces w ON w.id = h.workspace_id
		JOIN limits l ON l.id = w.id
		JOIN tyboo.workflows f ON f.workspace_id = h.workspace_id AND f.id = h.workflow_id
		LEFT JOIN tyboo.credentials c ON c.workspace_id = h.workspace_id AND c.id = h.credential_id
		LEFT JOIN tyboo.workspace_keys k ON k.workspace_id = c.workspace_id AND k.version = c.key_version
		LEFT JOIN tyboo.hook_keys i ON i.workspace_id = h.workspace_id AND i.url = h.keys_url
	), turns AS (
		SELECT c.*, row_number() OVER (PARTITION BY c.workspace_id ORDER BY c.id) AS turn
		FROM claims c
	)
	SELECT t.field, CASE WHEN octet_length(t.value) > 16384
		OR sum(octet_length(t.value)) OVER (ORDER BY t.turn, t.workspace_id) > 67108864 THEN '' ELSE t.value END
	FROM turns t
	UNION ALL
	SELECT ' ' || w.slug, w.id::text FROM tyboo.workspaces w
	UNION ALL
	SELECT '  ' || w.slug, json_agg(h.method || ' ' || h.path ORDER BY tyboo.shape_rank(h.path), h.method DESC)::text
	FROM tyboo.workspaces w JOIN tyboo.hooks h ON h.workspace_id = w.id AND strpos(h.path, ':') > 0
	GROUP BY w.slug
$$;

CREATE FUNCTION tyboo.mirrored_hooks_token() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT concat_ws(' ', (SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.hooks),
		(SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.workspaces),
		(SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.workspace_keys),
		(SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM tyboo.credentials),
		(SELECT sum(uuid_hash_extended(id, concurrent_max)) FROM tyboo.workflows),
		-- A question in vain changes the row, and nothing that is mirrored of it.
		(SELECT sum(hashtextextended(url, (extract(epoch FROM got_at) * 1000000)::bigint)) FROM tyboo.hook_keys WHERE got_at IS NOT NULL),
		(SELECT hashtidextended(ctid, xmin::text::bigint) FROM pg_proc WHERE oid = 'tyboo.mirrored_hooks()'::regprocedure))
$$;

CREATE FUNCTION tyboo.new_id() RETURNS uuid
    LANGUAGE sql
    AS $$
	SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
		|| substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

CREATE FUNCTION tyboo.newest_key() RETURNS TABLE(workspace_id uuid, version integer, wrapped bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT k.workspace_id, k.version, k.wrapped FROM tyboo.workspace_keys k ORDER BY k.created_at DESC LIMIT 1
$$;

CREATE FUNCTION tyboo.next_state_version(p_workspace uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	INSERT INTO tyboo.state_usage AS u (workspace_id, version) VALUES (p_workspace, 1)
	ON CONFLICT (workspace_id) DO UPDATE SET version = u.version + 1 RETURNING version
$$;

CREATE FUNCTION tyboo.only_workspace() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT CASE WHEN count(*) = 1 THEN min(w.slug) END FROM (SELECT slug FROM tyboo.workspaces LIMIT 2) w
$$;

CREATE FUNCTION tyboo.pack(p_text text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$
	SELECT '\x28b52ffda0'::bytea || tyboo.little_endian(octet_length(b), 4) || tyboo.little_endian(octet_length(b)::bigint * 8 + 1, 3) || b
	FROM convert_to(p_text, 'UTF8') AS b
$$;

CREATE FUNCTION tyboo.park_runs(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_worker text, p_start_nodes text[], p_pieces integer[], p_steps integer[], p_items integer[], p_running_ms bigint[], p_frames text[], p_payloads text[], p_states bytea[], p_pc_workspaces uuid[], p_pc_runs uuid[], p_pc_numbers integer[], p_pc_fences bigint[], p_pc_firsts integer[], p_pc_counts integer[], p_pc_frames text[], p_pc_saves text[], p_pc_steps bytea[], p_w_runs uuid[], p_w_keys text[], p_w_kinds text[], p_w_nodes text[], p_w_frames text[], p_w_at timestamp with time zone[], p_w_tokens bytea[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[]) RETURNS TABLE(ordinal integer, ok boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.partitioned_tables() RETURNS TABLE(name text, key text)
    LANGUAGE sql IMMUTABLE
    AS $$
	VALUES ('deliveries', 'id'), ('executions', 'id'), ('execution_data', 'id'), ('execution_pieces', 'run_id'), ('effects', 'run_id'),
	('usage_events', 'run_id'), ('blob_uses', 'owner_id'), ('answers', 'run_id')
$$;

CREATE FUNCTION tyboo.queued_runs(p_workflow uuid, p_after uuid, p_max integer) RETURNS TABLE(id uuid)
    LANGUAGE sql STABLE
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	(SELECT d.id FROM tyboo.deliveries d
	WHERE d.workspace_id = tyboo.current_workspace() AND (p_workflow IS NULL OR d.workflow_id = p_workflow) AND d.verdict = 'accepted'
		AND d.id > greatest(p_after, (SELECT s.watermark FROM tyboo.reap_state s WHERE s.name = 'receipts'))
		AND NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = d.id)
	ORDER BY d.id LIMIT p_max)
	UNION
	(SELECT e.id FROM tyboo.waits w JOIN tyboo.executions e ON e.id = w.run_id
	WHERE w.workspace_id = tyboo.current_workspace() AND (w.ended_at IS NOT NULL OR w.at <= now()) AND e.status = 'waiting'
		AND (p_workflow IS NULL OR e.workflow_id = p_workflow) AND e.id > p_after
	ORDER BY e.id LIMIT p_max)
	ORDER BY 1 LIMIT p_max
$$;

CREATE FUNCTION tyboo.receipts_of(p_ids uuid[]) RETURNS TABLE(id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint, workflow_max integer, read_as text, route text, blobs text, limits text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.receipts_without_run(p_grace interval, p_after uuid, p_max integer) RETURNS TABLE(id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_ms bigint, timeout_ms bigint, workspace_max integer, workflow_max integer, depth_max integer, rate_per_s integer, quota_month bigint, read_as text, route text, blobs text, limits text, source text, jwt text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.record_breakers(p_news text[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.record_crash(p_report text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.record_runs(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_statuses text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_finished timestamp with time zone[], p_steps integer[], p_items integer[], p_errors text[], p_digests text[], p_worker text, p_data bytea[], p_run_ms bigint[], p_bytes bigint[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[], p_answers bytea[] DEFAULT NULL::bytea[], p_bl_runs uuid[] DEFAULT NULL::uuid[], p_bl_hashes text[] DEFAULT NULL::text[]) RETURNS TABLE(ordinal integer, written boolean, payloads_over boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.redirect_deliveries(p_ids uuid[], p_runs uuid[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.refuse_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.release_breaker(p_workspace uuid, p_what text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	DELETE FROM tyboo.breaker_holds h WHERE h.workspace_id IS NOT DISTINCT FROM p_workspace AND h.what = p_what
$$;

CREATE FUNCTION tyboo.reserve_sign_in(p_id uuid, p_email text, p_source text, p_window_s bigint, p_email_max bigint, p_source_max bigint) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
DECLARE
	v_email text := left(lower(p_email), 254);
	v_since timestamptz := now() - p_window_s * interval '1 second';
	v_failed bigint;
	v_all bigint;
	v_busy boolean := false;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('tyboo.sign_in.email'), hashtext(v_email));
	SELECT count(*) FILTER (WHERE NOT f.pending OR f.failed_at < now() - interval '1 minute'), count(*) INTO v_failed, v_all
	FROM sign_in_failures f WHERE f.email = v_email AND f.failed_at > v_since;
	IF v_failed >= p_email_max THEN
		RETURN 'email';
	END IF;
	v_busy := v_all >= p_email_max;
	IF p_source <> '' THEN
		PERFORM pg_advisory_xact_lock(hashtext('tyboo.sign_in.source'), hashtext(p_source));
		SELECT count(*) FILTER (WHERE NOT f.pending OR f.failed_at < now() - interval '1 minute'), count(*) INTO v_failed, v_all
		FROM sign_in_failures f WHERE f.source = p_source AND f.failed_at > v_since;
		IF v_failed >= p_source_max THEN
			RETURN 'source';
		END IF;
		v_busy := v_busy OR v_all >= p_source_max;
	END IF;
	IF v_busy THEN
		RETURN 'busy';
	END IF;
	INSERT INTO sign_in_failures (id, email, source, pending) VALUES (p_id, v_email, p_source, true);
	RETURN 'ok';
END $$;

CREATE FUNCTION tyboo.rewind_receipts(p_by interval) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	UPDATE tyboo.reap_state SET watermark = tyboo.uuid_at(now() - p_by), updated_at = now()
	WHERE name = 'receipts' AND watermark > tyboo.uuid_at(now() - p_by)
$$;

CREATE FUNCTION tyboo.rewrap_key(p_workspace uuid, p_version integer, p_old bytea, p_new bytea, p_by text) RETURNS TABLE(version integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	UPDATE tyboo.workspace_keys k SET wrapped = p_new, wrapped_by = p_by
	WHERE k.workspace_id = p_workspace AND k.version = p_version AND k.wrapped = p_old RETURNING k.version
$$;

CREATE FUNCTION tyboo.run_has_failed(p_run uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$ SELECT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = p_run AND e.status IN ('error', 'timeout', 'canceled')) $$;

CREATE FUNCTION tyboo.save_payloads(p_workspaces uuid[], p_hashes text[], p_kinds text[], p_sizes bigint[], p_stored bytea[]) RETURNS uuid[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.save_pieces(p_runs uuid[], p_pc_workspaces uuid[], p_pc_runs uuid[], p_pc_numbers integer[], p_pc_fences bigint[], p_pc_firsts integer[], p_pc_counts integer[], p_pc_frames text[], p_pc_saves text[], p_pc_steps bytea[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	INSERT INTO tyboo.execution_pieces (workspace_id, run_id, number, fence, first_step, step_count, frames, save, steps)
	SELECT i.workspace_id, i.run_id, i.number, i.fence, i.first_step, i.step_count, tyboo.texts(i.frames), i.save, p_pc_steps[i.ord]
	FROM unnest(p_pc_workspaces, p_pc_runs, p_pc_numbers, p_pc_fences, p_pc_firsts, p_pc_counts, p_pc_frames, p_pc_saves) WITH ORDINALITY
	AS i (workspace_id, run_id, number, fence, first_step, step_count, frames, save, ord)
	WHERE i.run_id = ANY (p_runs)
	ORDER BY i.run_id, i.number
	ON CONFLICT (run_id, number) DO NOTHING
$$;

CREATE FUNCTION tyboo.schedule_clock() RETURNS TABLE(now_ms bigint, ticks_ms bigint, waits_ms bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	-- Now rounded down and the others up, so that nobody looks a moment too early.
	RETURN QUERY SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
		ceil(extract(epoch FROM nullif((SELECT s.look_at FROM tyboo.schedules s ORDER BY s.look_at LIMIT 1), 'infinity')) * 1000)::bigint,
		ceil(extract(epoch FROM nullif((SELECT w.look_at FROM tyboo.waits w ORDER BY w.look_at LIMIT 1), 'infinity')) * 1000)::bigint;
END $$;

CREATE FUNCTION tyboo.sealed_otherwise(p_started timestamp with time zone) RETURNS TABLE(workspaces bigint, credentials bigint, tokens bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH n AS (SELECT DISTINCT ON (k.workspace_id) k.workspace_id, k.version, k.created_at FROM tyboo.workspace_keys k
		ORDER BY k.workspace_id, k.version DESC)
	SELECT (SELECT count(*) FROM n WHERE n.created_at < p_started),
		(SELECT count(*) FROM tyboo.credentials c JOIN n USING (workspace_id) WHERE c.key_version <> n.version OR n.created_at < p_started),
		(SELECT count(*) FROM tyboo.credential_tokens t JOIN n USING (workspace_id) WHERE t.sealed IS NOT NULL AND (t.key_version <> n.version OR n.created_at < p_started))
$$;

CREATE FUNCTION tyboo.see_greatest(p_workspace uuid, p_workflow uuid, p_node text, p_key text, p_value numeric, p_keep boolean) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.see_state(p_workspace uuid, p_workflow uuid, p_node text, p_hashes json, p_max integer, p_keep boolean) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.settle_callers(p_callers uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_call_key(c)) FROM (SELECT u FROM unnest(p_callers) AS u ORDER BY u) AS s (c);
	UPDATE tyboo.waits w SET ended_at = now() FROM tyboo.effects f
	WHERE w.run_id = ANY (p_callers) AND w.kind = 'run' AND w.ended_at IS NULL
		AND f.run_id = w.run_id AND f.key = w.key AND f.answer IS NOT NULL;
	PERFORM tyboo.wake_callers(p_callers);
END $$;

CREATE FUNCTION tyboo.settle_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[], p_jwts text[]) RETURNS TABLE(id uuid, workspace_id uuid, hook_id uuid, workflow_id uuid, version_id uuid, start_node text, mode text, method text, path text, query text, headers text, remote_addr text, body bytea, delivery_key text, received_at_ms bigint, timeout_ms bigint, workflow_max integer, read_as text, route text, blobs text, limits text, source text, jwt text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.settle_runs(p_workspace uuid, p_ids uuid[], p_replays uuid[], p_by uuid) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	UPDATE tyboo.executions e SET settled_at = now(), settled_by = p_by, replay_run_id = i.replay,
		settled_how = CASE WHEN i.replay IS NULL THEN 'discarded' ELSE 'replayed' END
	FROM unnest(p_ids, p_replays) AS i (id, replay)
	WHERE e.id = i.id AND e.workspace_id = p_workspace AND e.status IN ('error', 'timeout') AND e.settled_at IS NULL
	RETURNING e.id
$$;

CREATE FUNCTION tyboo.settle_schedules(p_workspaces uuid[], p_ids uuid[], p_next timestamp with time zone[], p_look timestamp with time zone[], p_pending text[], p_last timestamp with time zone[], p_verdicts text[], p_runs uuid[], p_skipped bigint[], p_skipped_at timestamp with time zone[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	UPDATE tyboo.schedules s SET next_at = coalesce(i.next_at, 'infinity'), look_at = coalesce(i.look_at, 'infinity'), pending = i.pending,
		last_at = coalesce(i.last_at, s.last_at),
		last_verdict = CASE WHEN i.last_at IS NULL THEN s.last_verdict ELSE i.verdict END,
		last_run_id = CASE WHEN i.last_at IS NULL THEN s.last_run_id ELSE i.run_id END,
		skipped_count = s.skipped_count + i.skipped, skipped_at = coalesce(i.skipped_at, s.skipped_at)
	FROM unnest(p_workspaces, p_ids, p_next, p_look, p_pending, p_last, p_verdicts, p_runs, p_skipped, p_skipped_at)
	AS i (workspace_id, id, next_at, look_at, pending, last_at, verdict, run_id, skipped, skipped_at)
	WHERE s.workspace_id = i.workspace_id AND s.id = i.id
$$;

CREATE FUNCTION tyboo.shape_rank(p_shape text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT translate(regexp_replace(p_shape, '[^/:]+', '0', 'g'), ':', '1') COLLATE "C" $$;

CREATE FUNCTION tyboo.shape_takes(p_shape text, p_path text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	SELECT cardinality(s.parts) = cardinality(p.parts) AND NOT EXISTS (SELECT FROM unnest(s.parts, p.parts) AS i (want, have)
		WHERE have IN ('', '.', '..') OR want NOT IN (':', have))
	FROM (SELECT string_to_array(p_shape, '/') AS parts) s, (SELECT string_to_array(p_path, '/') AS parts) p
$$;

CREATE FUNCTION tyboo.shapes_overlap(p_one text, p_other text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	SELECT cardinality(a.parts) = cardinality(b.parts) AND NOT EXISTS (SELECT FROM unnest(a.parts, b.parts) AS i (x, y)
		WHERE x <> y AND x <> ':' AND y <> ':')
	FROM (SELECT string_to_array(p_one, '/') AS parts) a, (SELECT string_to_array(p_other, '/') AS parts) b
$$;

CREATE FUNCTION tyboo.source_journal(p_workspace uuid, p_run uuid, p_deep boolean) RETURNS TABLE(key text, at_ms bigint, request_digest text, answer bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH RECURSIVE chain AS (
		SELECT p_run AS id, 0 AS distance
		UNION ALL
		SELECT (d.source::json ->> 'run_id')::uuid, c.distance + 1 FROM chain c JOIN tyboo.deliveries d ON d.id = c.id
		WHERE p_deep AND d.workspace_id = p_workspace AND d.source IS NOT NULL AND coalesce(d.source::json ->> 'effects', '') <> 'again'
			AND c.distance < 20
	)
	SELECT f.key, (extract(epoch FROM coalesce(f.answered_at, f.intent_at)) * 1000)::bigint, f.request_digest, f.answer
	FROM chain c JOIN tyboo.effects f ON f.run_id = c.id AND f.workspace_id = p_workspace ORDER BY c.distance DESC, f.intent_at, f.key
$$;

CREATE FUNCTION tyboo.start_error_workflows(p_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.state_room(p_workspace uuid, p_keys bigint, p_bytes bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT CASE WHEN p_keys > 0 AND coalesce(u.keys, 0) + p_keys > w.state_keys_max THEN 'keys'
		WHEN p_bytes > 0 AND coalesce(u.bytes, 0) + p_bytes > w.state_bytes_max THEN 'bytes' ELSE 'yes' END
	FROM tyboo.workspaces w LEFT JOIN tyboo.state_usage u ON u.workspace_id = w.id WHERE w.id = p_workspace
$$;

CREATE FUNCTION tyboo.take_hook_work(p_holder uuid, p_hold_ms integer, p_stale_s integer, p_held_s integer, p_settles boolean DEFAULT false) RETURNS TABLE(work text, workspace_id uuid, url text, kind text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.take_oauth2_state(p_hash bytea, p_session bytea) RETURNS TABLE(verdict text, workspace_id uuid, credential_id uuid)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	DELETE FROM tyboo.oauth2_states s WHERE s.state_hash = p_hash
	RETURNING CASE
		WHEN s.session_hash IS NOT NULL AND s.session_hash IS DISTINCT FROM p_session THEN 'other_session'
		WHEN s.expires_at <= now() THEN 'expired'
		WHEN NOT EXISTS (SELECT FROM tyboo.credentials c WHERE c.workspace_id = s.workspace_id AND c.id = s.credential_id
			AND c.version = s.credential_version) THEN 'changed'
		ELSE 'ok'
	END, s.workspace_id, s.credential_id
$$;

CREATE FUNCTION tyboo.take_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text, p_accepted timestamp with time zone, p_fence bigint, p_deliveries integer, p_worker text) RETURNS TABLE(status text, kind text, key text, extra text, at_ms bigint, data bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.take_token(p_workspace uuid, p_credential uuid, p_version integer, p_signed_in boolean, p_spoiled uuid, p_holder uuid, p_hold_ms integer, p_young_ms integer) RETURNS TABLE(verdict text, token_id uuid, key_version integer, wrapped bytea, sealed bytea, seal_version integer, seal_wrapped bytea, problem text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
	t tyboo.credential_tokens;
	v_refreshes boolean;
	v_spoiled boolean;
BEGIN
	INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, credential_version)
		SELECT c.workspace_id, c.id, c.version FROM tyboo.credentials c
		WHERE c.workspace_id = p_workspace AND c.id = p_credential AND NOT EXISTS (SELECT FROM tyboo.credential_tokens o
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential)
		ON CONFLICT DO NOTHING;
	SELECT * INTO t FROM tyboo.credential_tokens o WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential FOR UPDATE;
	IF NOT FOUND THEN
		verdict := 'gone';
		RETURN NEXT;
		RETURN;
	END IF;
	IF t.credential_version < p_version THEN
		-- Another value may be of another provider, who is not to see the token of the one before.
		UPDATE tyboo.credential_tokens o SET credential_version = p_version, state = 'none', token_id = NULL, key_version = NULL, sealed = NULL,
			has_refresh = false, rotates = true, got_at = NULL, renew_at = NULL, expires_at = NULL, holder = NULL, held_until = NULL,
			problem = '', updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential RETURNING * INTO t;
	END IF;
	v_refreshes := p_signed_in AND t.has_refresh;
	v_spoiled := t.token_id IS NOT DISTINCT FROM p_spoiled AND p_spoiled IS NOT NULL;
	IF t.holder = p_holder AND t.held_until IS NOT NULL THEN
		-- Asked by the holder: keep_token() has refused its answer, since the credential has another value by now.
		verdict := 'changed';
		UPDATE tyboo.credential_tokens o SET held_until = NULL, state = CASE WHEN v_refreshes AND t.rotates THEN 'reconnect' ELSE o.state END,
			problem = 'The credential was changed while its token was got anew.', updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
		RETURN NEXT;
		RETURN;
	END IF;
	IF t.held_until <= now() THEN
		t.held_until := NULL;
		IF v_refreshes AND t.rotates THEN
			t.state := 'reconnect';
			t.problem := 'A refresh was begun, and its answer never came: the refresh token may be used up.';
		END IF;
		UPDATE tyboo.credential_tokens o SET held_until = NULL, state = t.state, problem = t.problem, updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
	END IF;
	verdict := CASE
		WHEN t.credential_version > p_version THEN 'changed'
		WHEN t.state = 'reconnect' THEN 'reconnect'
		WHEN t.sealed IS NOT NULL AND NOT v_spoiled AND (t.renew_at IS NULL OR t.renew_at > now()) THEN 'use'
		WHEN t.held_until IS NOT NULL AND t.sealed IS NOT NULL AND NOT v_spoiled AND t.expires_at > now() THEN 'use'
		WHEN t.held_until IS NOT NULL THEN 'wait'
		WHEN t.sealed IS NULL AND p_signed_in THEN 'connect'
		WHEN v_spoiled AND t.got_at > now() - p_young_ms * interval '1 ms' THEN 'keep'
		WHEN p_signed_in AND NOT t.has_refresh AND (t.expires_at IS NULL OR t.expires_at > now()) THEN CASE WHEN v_spoiled THEN 'keep' ELSE 'use' END
		WHEN p_signed_in AND NOT t.has_refresh THEN 'over'
		ELSE 'fetch'
	END;
	IF verdict = 'over' THEN
		verdict := 'reconnect';
		t.problem := 'The token is over, and the provider gave none to refresh it with.';
		UPDATE tyboo.credential_tokens o SET state = 'reconnect', problem = t.problem, updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
	ELSIF verdict = 'fetch' THEN
		UPDATE tyboo.credential_tokens o SET holder = p_holder, held_until = now() + p_hold_ms * interval '1 ms', updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
	END IF;
	problem := t.problem;
	IF verdict IN ('use', 'fetch') THEN
		token_id := t.token_id;
		key_version := t.key_version;
		sealed := t.sealed;
		SELECT k.wrapped INTO wrapped FROM tyboo.workspace_keys k WHERE k.workspace_id = p_workspace AND k.version = t.key_version;
	END IF;
	IF verdict = 'fetch' THEN
		SELECT k.version, k.wrapped INTO seal_version, seal_wrapped FROM tyboo.workspace_keys k
			WHERE k.workspace_id = p_workspace ORDER BY k.version DESC LIMIT 1;
	END IF;
	RETURN NEXT;
END $$;

CREATE FUNCTION tyboo.texts(p_list text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(array_agg(t), '{}') FROM json_array_elements_text(p_list::json) AS t $$;

CREATE FUNCTION tyboo.tick_is_over(p_run uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT p_run IS NULL OR EXISTS (SELECT FROM tyboo.executions e WHERE e.id = p_run AND e.finished_at IS NOT NULL)
		OR NOT EXISTS (SELECT FROM tyboo.deliveries d WHERE d.id = p_run AND d.verdict = 'accepted')
$$;

CREATE FUNCTION tyboo.told_runs(p_runs uuid[]) RETURNS TABLE(run_id uuid, is_over boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT r.id, e.finished_at IS NOT NULL
	FROM unnest(p_runs) AS r (id)
	LEFT JOIN tyboo.executions e ON e.id = r.id
	LEFT JOIN tyboo.answers a ON a.run_id = r.id
	WHERE e.finished_at IS NOT NULL OR a.run_id IS NOT NULL
$$;

CREATE FUNCTION tyboo.trim_unclaimed(p_max integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$ SELECT tyboo.trim_unclaimed_of(NULL, p_max, 67108864, NULL) $$;

CREATE FUNCTION tyboo.trim_unclaimed_of(p_workspaces uuid[], p_max integer, p_bytes_max bigint, p_rows integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE FUNCTION tyboo.use_credential(p_workspace uuid, p_credential uuid, p_known bigint, p_workflow uuid) RETURNS TABLE(version integer, type text, hosts text, key_version integer, wrapped bytea, sealed bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	RETURN QUERY SELECT f.* FROM tyboo.find_credential(p_workspace, p_credential, p_known) f;
	IF NOT FOUND OR EXISTS (SELECT FROM tyboo.credential_uses u WHERE u.workspace_id = p_workspace AND u.credential_id = p_credential
		AND u.workflow_id = p_workflow AND u.used_at > now() - interval '1 minute') THEN
		RETURN;
	END IF;
	INSERT INTO tyboo.credential_uses (workspace_id, credential_id, workflow_id)
		SELECT w.workspace_id, p_credential, w.id FROM tyboo.workflows w WHERE w.workspace_id = p_workspace AND w.id = p_workflow
		ON CONFLICT (workspace_id, credential_id, workflow_id) DO UPDATE SET used_at = now();
EXCEPTION WHEN foreign_key_violation OR read_only_sql_transaction THEN
	RETURN; -- The credential is deleted just now, or nothing can be noted: the call is made all the same.
END $$;

CREATE FUNCTION tyboo.user_workflow_workspace(p_user uuid, p_workflow uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT f.workspace_id
	FROM tyboo.workspace_members m
	JOIN tyboo.workflows f ON f.workspace_id = m.workspace_id AND f.id = p_workflow AND f.deleted_at IS NULL
	WHERE m.user_id = p_user
	LIMIT 1
$$;

CREATE FUNCTION tyboo.user_workspaces(p_user uuid, p_workspace text) RETURNS TABLE(id uuid, slug text, name text, role text, permissions text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT w.id, w.slug, w.name, m.role,
		coalesce((SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
			FROM tyboo.role_permissions p WHERE p.role = m.role), '')
	FROM tyboo.workspace_members m JOIN tyboo.workspaces w ON w.id = m.workspace_id
	WHERE m.user_id = p_user AND (p_workspace IS NULL OR w.slug = p_workspace OR w.id::text = p_workspace)
	ORDER BY w.name, w.id
$$;

CREATE FUNCTION tyboo.uuid_at(p_at timestamp with time zone) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((lpad(to_hex(((EXTRACT(epoch FROM p_at) * (1000)::numeric))::bigint), 12, '0'::text) || repeat('0'::text, 20)))::uuid;

CREATE FUNCTION tyboo.uuid_before(p_id uuid) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((lpad(to_hex(GREATEST((((('x'::text || "left"(replace((p_id)::text, '-'::text, ''::text), 12)))::bit(48))::bigint - 1), (0)::bigint)), 12, '0'::text) || repeat('f'::text, 20)))::uuid;

CREATE FUNCTION tyboo.waits_of_runs(p_from timestamp with time zone, p_until timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT count(*) FROM tyboo.waits w
	WHERE w.kind = 'call' AND w.ended_at IS NULL
		AND (p_from IS NULL OR w.run_id >= tyboo.uuid_at(p_from)) AND (p_until IS NULL OR w.run_id < tyboo.uuid_at(p_until))
$$;

CREATE FUNCTION tyboo.wake_callers(p_callers uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	WITH woken AS MATERIALIZED (
		SELECT c FROM unnest(p_callers) AS c
		WHERE tyboo.calls_have_ended(c) AND EXISTS (SELECT FROM tyboo.executions e WHERE e.id = c AND e.status = 'waiting')
	)
	UPDATE tyboo.waits w SET look_at = now() FROM woken WHERE w.run_id = woken.c AND w.kind = 'run' AND w.look_at > now()
$$;

CREATE FUNCTION tyboo.want_hook_keys() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
BEGIN
	INSERT INTO tyboo.hook_keys (workspace_id, url, kind) VALUES (NEW.workspace_id, NEW.keys_url, 'jwks') ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;

CREATE FUNCTION tyboo.want_keys(p_workspace uuid, p_url text, p_kind text, p_judged_by timestamp with time zone, p_rest_s integer) RETURNS TABLE(next_at timestamp with time zone)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	INSERT INTO tyboo.hook_keys AS k (workspace_id, url, kind) VALUES (p_workspace, p_url, p_kind)
	ON CONFLICT (workspace_id, url) DO UPDATE SET next_at = least(k.next_at, greatest(now(), k.asked_at + p_rest_s * interval '1 s'))
	WHERE k.got_at IS NULL OR p_judged_by IS NULL OR k.got_at <= p_judged_by
	RETURNING k.next_at
$$;

CREATE FUNCTION tyboo.workspaces_to_seal(p_started timestamp with time zone, p_after uuid, p_limit integer) RETURNS TABLE(workspace_id uuid, version integer, is_old boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
    AS $$
	SELECT n.workspace_id, n.version, n.created_at < p_started
	FROM (SELECT DISTINCT ON (k.workspace_id) k.workspace_id, k.version, k.created_at FROM tyboo.workspace_keys k
		WHERE p_after IS NULL OR k.workspace_id > p_after ORDER BY k.workspace_id, k.version DESC) n
	WHERE n.created_at < p_started
		OR EXISTS (SELECT FROM tyboo.credentials c WHERE c.workspace_id = n.workspace_id AND c.key_version <> n.version)
		OR EXISTS (SELECT FROM tyboo.credential_tokens t WHERE t.workspace_id = n.workspace_id AND t.key_version <> n.version)
	ORDER BY n.workspace_id LIMIT p_limit
$$;

CREATE FUNCTION tyboo.write_state(p_workspace uuid, p_kind text, p_workflow uuid, p_node text, p_key text, p_value text, p_expires_s bigint, p_old tyboo.states) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tyboo', 'pg_temp'
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

CREATE TABLE tyboo.answers (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    status integer NOT NULL,
    answer bytea NOT NULL,
    CONSTRAINT answers_answer_size CHECK ((octet_length(answer) <= 5242880)),
    CONSTRAINT answers_status_range CHECK (((status >= 200) AND (status <= 599)))
)
PARTITION BY RANGE (run_id);
ALTER TABLE ONLY tyboo.answers ALTER COLUMN answer SET STORAGE EXTERNAL;

CREATE TABLE tyboo.answers_default (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    status integer NOT NULL,
    answer bytea NOT NULL,
    CONSTRAINT answers_answer_size CHECK ((octet_length(answer) <= 5242880)),
    CONSTRAINT answers_status_range CHECK (((status >= 200) AND (status <= 599)))
);
ALTER TABLE ONLY tyboo.answers_default ALTER COLUMN answer SET STORAGE EXTERNAL;

CREATE TABLE tyboo.api_keys (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT api_keys_prefix_length CHECK (((length(prefix) >= 4) AND (length(prefix) <= 32))),
    CONSTRAINT api_keys_secret_hash_size CHECK ((octet_length(secret_hash) = 32))
);

CREATE TABLE tyboo.blob_chunks (
    workspace_id uuid NOT NULL,
    upload_id uuid NOT NULL,
    number integer NOT NULL,
    size_bytes integer NOT NULL,
    stored_bytes integer NOT NULL,
    is_packed boolean NOT NULL,
    stored bytea,
    CONSTRAINT blob_chunks_number_range CHECK ((number >= 0)),
    CONSTRAINT blob_chunks_size_range CHECK (((size_bytes >= 0) AND (size_bytes <= 1048576))),
    CONSTRAINT blob_chunks_stored_range CHECK (((stored_bytes >= 0) AND (stored_bytes <= 1048576)))
);
ALTER TABLE ONLY tyboo.blob_chunks ALTER COLUMN stored SET STORAGE EXTERNAL;

CREATE TABLE tyboo.blob_uploads (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    is_verified boolean NOT NULL,
    is_dropped boolean DEFAULT false NOT NULL,
    in_folder boolean NOT NULL,
    size_bytes bigint DEFAULT 0 NOT NULL,
    stored_bytes bigint DEFAULT 0 NOT NULL,
    touched_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE tyboo.blob_uses (
    workspace_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    hash text NOT NULL,
    CONSTRAINT blob_uses_hash_form CHECK ((hash ~ '^[0-9a-f]{64}$'::text))
)
PARTITION BY RANGE (owner_id);

CREATE TABLE tyboo.blob_uses_default (
    workspace_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    hash text NOT NULL,
    CONSTRAINT blob_uses_hash_form CHECK ((hash ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE tyboo.blobs (
    workspace_id uuid NOT NULL,
    hash text NOT NULL,
    upload_id uuid NOT NULL,
    size_bytes bigint NOT NULL,
    stored_bytes bigint NOT NULL,
    in_folder boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT blobs_hash_form CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT blobs_size_range CHECK ((size_bytes >= 0)),
    CONSTRAINT blobs_stored_range CHECK ((stored_bytes >= 0))
);

CREATE TABLE tyboo.breaker_events (
    id uuid NOT NULL,
    workspace_id uuid,
    node_type text NOT NULL,
    host text NOT NULL,
    state_from text NOT NULL,
    state text NOT NULL,
    failures integer NOT NULL,
    why text NOT NULL,
    by_whom text NOT NULL,
    probe_at timestamp with time zone,
    at timestamp with time zone NOT NULL,
    CONSTRAINT breaker_events_by_length CHECK ((length(by_whom) <= 320)),
    CONSTRAINT breaker_events_from_known CHECK ((state_from = ANY (ARRAY['closed'::text, 'open'::text, 'probing'::text]))),
    CONSTRAINT breaker_events_host_length CHECK (((length(host) >= 1) AND (length(host) <= 400))),
    CONSTRAINT breaker_events_node_type_length CHECK (((length(node_type) >= 1) AND (length(node_type) <= 128))),
    CONSTRAINT breaker_events_state_known CHECK ((state = ANY (ARRAY['closed'::text, 'open'::text, 'probing'::text]))),
    CONSTRAINT breaker_events_why_length CHECK ((length(why) <= 200))
);

CREATE TABLE tyboo.breaker_holds (
    workspace_id uuid,
    what text NOT NULL,
    why text NOT NULL,
    by_whom text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT breaker_holds_by_length CHECK ((length(by_whom) <= 320)),
    CONSTRAINT breaker_holds_what_length CHECK (((length(what) >= 3) AND (length(what) <= 529))),
    CONSTRAINT breaker_holds_why_length CHECK ((length(why) <= 200))
);

CREATE TABLE tyboo.cancels (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE tyboo.code_libraries (
    name text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    version text,
    source text NOT NULL,
    is_current boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT code_libraries_digest_form CHECK ((digest ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT code_libraries_name_form CHECK ((name ~ '^(@[a-z0-9._~-]{1,50}/)?[a-z0-9._~-]{1,100}$'::text)),
    CONSTRAINT code_libraries_source_length CHECK (((octet_length(source) >= 1) AND (octet_length(source) <= 524288))),
    CONSTRAINT code_libraries_version_length CHECK (((length(version) >= 1) AND (length(version) <= 50)))
);

CREATE TABLE tyboo.crashes (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    worker text NOT NULL,
    program text NOT NULL,
    version text NOT NULL,
    build text NOT NULL,
    signal text NOT NULL,
    was_at boolean NOT NULL,
    node text,
    frames text[] NOT NULL,
    CONSTRAINT crashes_build_length CHECK ((length(build) <= 64)),
    CONSTRAINT crashes_frames_size CHECK (((cardinality(frames) <= 64) AND (octet_length(array_to_string(frames, ''::text)) <= 8192))),
    CONSTRAINT crashes_node_length CHECK ((length(node) <= 200)),
    CONSTRAINT crashes_program_length CHECK (((length(program) >= 1) AND (length(program) <= 64))),
    CONSTRAINT crashes_signal_length CHECK (((length(signal) >= 1) AND (length(signal) <= 32))),
    CONSTRAINT crashes_version_length CHECK ((length(version) <= 64)),
    CONSTRAINT crashes_worker_length CHECK (((length(worker) >= 1) AND (length(worker) <= 200)))
);

CREATE TABLE tyboo.credential_tokens (
    workspace_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    credential_version integer NOT NULL,
    state text DEFAULT 'none'::text NOT NULL,
    token_id uuid,
    key_version integer,
    sealed bytea,
    has_refresh boolean DEFAULT false NOT NULL,
    rotates boolean DEFAULT true NOT NULL,
    got_at timestamp with time zone,
    renew_at timestamp with time zone,
    expires_at timestamp with time zone,
    holder uuid,
    held_until timestamp with time zone,
    problem text DEFAULT ''::text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT credential_tokens_problem_length CHECK ((length(problem) <= 500)),
    CONSTRAINT credential_tokens_sealed_size CHECK ((octet_length(sealed) <= 65536)),
    CONSTRAINT credential_tokens_sealed_whole CHECK ((((sealed IS NULL) = (token_id IS NULL)) AND ((sealed IS NULL) = (key_version IS NULL)))),
    CONSTRAINT credential_tokens_state_known CHECK ((state = ANY (ARRAY['none'::text, 'connected'::text, 'reconnect'::text])))
);

CREATE TABLE tyboo.credential_uses (
    workspace_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE tyboo.credentials (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    key_version integer NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    hosts text DEFAULT ''::text NOT NULL,
    created_by uuid,
    CONSTRAINT credentials_hosts_length CHECK ((length(hosts) <= 1000)),
    CONSTRAINT credentials_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT credentials_sealed_size CHECK ((octet_length(sealed) <= 65536)),
    CONSTRAINT credentials_type_length CHECK (((length(type) >= 1) AND (length(type) <= 64)))
);

CREATE TABLE tyboo.deliveries (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    hook_id uuid,
    workflow_id uuid,
    version_id uuid,
    start_node text DEFAULT ''::text NOT NULL,
    mode text NOT NULL,
    verdict text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    run_id uuid,
    method text DEFAULT ''::text NOT NULL,
    path text DEFAULT ''::text NOT NULL,
    query text DEFAULT ''::text NOT NULL,
    headers text DEFAULT '{}'::text NOT NULL,
    remote_addr text DEFAULT ''::text NOT NULL,
    body bytea DEFAULT '\x'::bytea NOT NULL,
    delivery_key text DEFAULT ''::text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    read_as text DEFAULT ''::text NOT NULL,
    notices text DEFAULT ''::text NOT NULL,
    route text DEFAULT ''::text NOT NULL,
    blobs text DEFAULT ''::text NOT NULL,
    parent_run_id uuid,
    parent_key text,
    root_run_id uuid,
    depth smallint,
    source text,
    jwt text,
    CONSTRAINT deliveries_addr_length CHECK ((length(remote_addr) <= 64)),
    CONSTRAINT deliveries_blobs_size CHECK ((octet_length(blobs) <= 262144)),
    CONSTRAINT deliveries_body_size CHECK ((octet_length(body) <= 16777216)),
    CONSTRAINT deliveries_headers_size CHECK ((octet_length(headers) <= 262144)),
    CONSTRAINT deliveries_jwt_size CHECK ((octet_length(jwt) <= 65536)),
    CONSTRAINT deliveries_key_length CHECK ((length(delivery_key) <= 320)),
    CONSTRAINT deliveries_method_length CHECK ((length(method) <= 16)),
    CONSTRAINT deliveries_notices_size CHECK ((octet_length(notices) <= 8192)),
    CONSTRAINT deliveries_parent_key_length CHECK ((length(parent_key) <= 300)),
    CONSTRAINT deliveries_path_length CHECK ((length(path) <= 2048)),
    CONSTRAINT deliveries_query_length CHECK ((length(query) <= 16384)),
    CONSTRAINT deliveries_read_as_length CHECK ((length(read_as) <= 20)),
    CONSTRAINT deliveries_reason_length CHECK ((length(reason) <= 1000)),
    CONSTRAINT deliveries_route_length CHECK ((length(route) <= 512)),
    CONSTRAINT deliveries_source_size CHECK ((octet_length(source) <= 262144)),
    CONSTRAINT deliveries_start_node_length CHECK ((length(start_node) <= 200))
)
PARTITION BY RANGE (id);
ALTER TABLE ONLY tyboo.deliveries ALTER COLUMN body SET COMPRESSION lz4;

CREATE TABLE tyboo.deliveries_default (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    hook_id uuid,
    workflow_id uuid,
    version_id uuid,
    start_node text DEFAULT ''::text NOT NULL,
    mode text NOT NULL,
    verdict text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    run_id uuid,
    method text DEFAULT ''::text NOT NULL,
    path text DEFAULT ''::text NOT NULL,
    query text DEFAULT ''::text NOT NULL,
    headers text DEFAULT '{}'::text NOT NULL,
    remote_addr text DEFAULT ''::text NOT NULL,
    body bytea DEFAULT '\x'::bytea NOT NULL,
    delivery_key text DEFAULT ''::text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    read_as text DEFAULT ''::text NOT NULL,
    notices text DEFAULT ''::text NOT NULL,
    route text DEFAULT ''::text NOT NULL,
    blobs text DEFAULT ''::text NOT NULL,
    parent_run_id uuid,
    parent_key text,
    root_run_id uuid,
    depth smallint,
    source text,
    jwt text,
    CONSTRAINT deliveries_addr_length CHECK ((length(remote_addr) <= 64)),
    CONSTRAINT deliveries_blobs_size CHECK ((octet_length(blobs) <= 262144)),
    CONSTRAINT deliveries_body_size CHECK ((octet_length(body) <= 16777216)),
    CONSTRAINT deliveries_headers_size CHECK ((octet_length(headers) <= 262144)),
    CONSTRAINT deliveries_jwt_size CHECK ((octet_length(jwt) <= 65536)),
    CONSTRAINT deliveries_key_length CHECK ((length(delivery_key) <= 320)),
    CONSTRAINT deliveries_method_length CHECK ((length(method) <= 16)),
    CONSTRAINT deliveries_mode_length CHECK (((length(mode) >= 1) AND (length(mode) <= 32))),
    CONSTRAINT deliveries_notices_size CHECK ((octet_length(notices) <= 8192)),
    CONSTRAINT deliveries_parent_key_length CHECK ((length(parent_key) <= 300)),
    CONSTRAINT deliveries_path_length CHECK ((length(path) <= 2048)),
    CONSTRAINT deliveries_query_length CHECK ((length(query) <= 16384)),
    CONSTRAINT deliveries_read_as_length CHECK ((length(read_as) <= 20)),
    CONSTRAINT deliveries_reason_length CHECK ((length(reason) <= 1000)),
    CONSTRAINT deliveries_route_length CHECK ((length(route) <= 512)),
    CONSTRAINT deliveries_source_size CHECK ((octet_length(source) <= 262144)),
    CONSTRAINT deliveries_start_node_length CHECK ((length(start_node) <= 200)),
    CONSTRAINT deliveries_verdict_known CHECK ((verdict = ANY (ARRAY['accepted'::text, 'duplicate'::text, 'unclaimed'::text, 'bad_signature'::text, 'stale'::text, 'malformed'::text, 'too_large'::text, 'rate'::text, 'quota'::text, 'depth'::text, 'not_configured'::text, 'denied'::text, 'awaiting_keys'::text, 'confirmed'::text])))
);
ALTER TABLE ONLY tyboo.deliveries_default ALTER COLUMN body SET COMPRESSION lz4;

CREATE TABLE tyboo.delivery_keys (
    workspace_id uuid NOT NULL,
    delivery_key text NOT NULL,
    run_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    told boolean DEFAULT false NOT NULL,
    repeats_run_id uuid,
    CONSTRAINT delivery_keys_key_length CHECK (((length(delivery_key) >= 1) AND (length(delivery_key) <= 320)))
);

CREATE TABLE tyboo.effects (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    key text NOT NULL,
    fence bigint NOT NULL,
    idempotency_key text NOT NULL,
    intent_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    answer bytea,
    child_run_id uuid,
    digest_version smallint,
    request_digest text,
    done text,
    CONSTRAINT effects_digest_version CHECK ((digest_version > 0)),
    CONSTRAINT effects_done_size CHECK ((octet_length(done) <= 1048576)),
    CONSTRAINT effects_idempotency_length CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 255))),
    CONSTRAINT effects_key_length CHECK (((length(key) >= 1) AND (length(key) <= 300))),
    CONSTRAINT effects_request_digest_form CHECK ((request_digest ~ '^[0-9a-f]{32}$'::text))
)
PARTITION BY RANGE (run_id);

CREATE TABLE tyboo.effects_default (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    key text NOT NULL,
    fence bigint NOT NULL,
    idempotency_key text NOT NULL,
    intent_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    answer bytea,
    child_run_id uuid,
    digest_version smallint,
    request_digest text,
    done text,
    CONSTRAINT effects_digest_version CHECK ((digest_version > 0)),
    CONSTRAINT effects_done_size CHECK ((octet_length(done) <= 1048576)),
    CONSTRAINT effects_idempotency_length CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 255))),
    CONSTRAINT effects_key_length CHECK (((length(key) >= 1) AND (length(key) <= 300))),
    CONSTRAINT effects_request_digest_form CHECK ((request_digest ~ '^[0-9a-f]{32}$'::text))
);

CREATE TABLE tyboo.execution_data (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    steps bytea NOT NULL
)
PARTITION BY RANGE (id);
ALTER TABLE ONLY tyboo.execution_data ALTER COLUMN steps SET STORAGE EXTERNAL;

CREATE TABLE tyboo.execution_data_default (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    steps bytea NOT NULL
);
ALTER TABLE ONLY tyboo.execution_data_default ALTER COLUMN steps SET STORAGE EXTERNAL;

CREATE TABLE tyboo.execution_pieces (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    number integer NOT NULL,
    fence bigint NOT NULL,
    first_step integer NOT NULL,
    step_count integer NOT NULL,
    frames text[] NOT NULL,
    save text NOT NULL,
    steps bytea NOT NULL,
    CONSTRAINT execution_pieces_count_range CHECK ((step_count >= 1)),
    CONSTRAINT execution_pieces_first_range CHECK ((first_step >= 0)),
    CONSTRAINT execution_pieces_number_range CHECK ((number >= 0)),
    CONSTRAINT execution_pieces_save_known CHECK ((save = ANY (ARRAY['all'::text, 'errors'::text, 'none'::text])))
)
PARTITION BY RANGE (run_id);
ALTER TABLE ONLY tyboo.execution_pieces ALTER COLUMN steps SET STORAGE EXTERNAL;

CREATE TABLE tyboo.execution_pieces_default (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    number integer NOT NULL,
    fence bigint NOT NULL,
    first_step integer NOT NULL,
    step_count integer NOT NULL,
    frames text[] NOT NULL,
    save text NOT NULL,
    steps bytea NOT NULL,
    CONSTRAINT execution_pieces_count_range CHECK ((step_count >= 1)),
    CONSTRAINT execution_pieces_first_range CHECK ((first_step >= 0)),
    CONSTRAINT execution_pieces_number_range CHECK ((number >= 0)),
    CONSTRAINT execution_pieces_save_known CHECK ((save = ANY (ARRAY['all'::text, 'errors'::text, 'none'::text])))
);
ALTER TABLE ONLY tyboo.execution_pieces_default ALTER COLUMN steps SET STORAGE EXTERNAL;

CREATE TABLE tyboo.executions (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    version_id uuid NOT NULL,
    mode text NOT NULL,
    status text NOT NULL,
    fence bigint NOT NULL,
    deliveries integer DEFAULT 1 NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    step_count integer DEFAULT 0 NOT NULL,
    item_count integer DEFAULT 0 NOT NULL,
    error text,
    digest text,
    worker text DEFAULT ''::text NOT NULL,
    parent_run_id uuid,
    parent_key text,
    root_run_id uuid,
    depth smallint,
    error_run_id uuid,
    notice text,
    settled_at timestamp with time zone,
    settled_how text,
    settled_by uuid,
    replay_run_id uuid,
    source_run_id uuid,
    CONSTRAINT executions_error_size CHECK ((octet_length(error) <= 65536)),
    CONSTRAINT executions_finished CHECK (((status = ANY (ARRAY['running'::text, 'waiting'::text])) = (finished_at IS NULL))),
    CONSTRAINT executions_notice_length CHECK ((length(notice) <= 1000)),
    CONSTRAINT executions_parent_key_length CHECK ((length(parent_key) <= 300)),
    CONSTRAINT executions_status_known CHECK ((status = ANY (ARRAY['running'::text, 'waiting'::text, 'ok'::text, 'error'::text, 'timeout'::text, 'canceled'::text]))),
    CONSTRAINT executions_worker_length CHECK ((length(worker) <= 200))
)
PARTITION BY RANGE (id);

CREATE TABLE tyboo.executions_default (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    version_id uuid NOT NULL,
    mode text NOT NULL,
    status text NOT NULL,
    fence bigint NOT NULL,
    deliveries integer DEFAULT 1 NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    step_count integer DEFAULT 0 NOT NULL,
    item_count integer DEFAULT 0 NOT NULL,
    error text,
    digest text,
    worker text DEFAULT ''::text NOT NULL,
    parent_run_id uuid,
    parent_key text,
    root_run_id uuid,
    depth smallint,
    error_run_id uuid,
    notice text,
    settled_at timestamp with time zone,
    settled_how text,
    settled_by uuid,
    replay_run_id uuid,
    source_run_id uuid,
    CONSTRAINT executions_digest_form CHECK ((digest ~ '^([2-9]:)?[0-9a-f]{64}$'::text)),
    CONSTRAINT executions_error_size CHECK ((octet_length(error) <= 65536)),
    CONSTRAINT executions_finished CHECK (((status = ANY (ARRAY['running'::text, 'waiting'::text])) = (finished_at IS NULL))),
    CONSTRAINT executions_mode_length CHECK (((length(mode) >= 1) AND (length(mode) <= 32))),
    CONSTRAINT executions_notice_length CHECK ((length(notice) <= 1000)),
    CONSTRAINT executions_parent_key_length CHECK ((length(parent_key) <= 300)),
    CONSTRAINT executions_settled_known CHECK ((settled_how = ANY (ARRAY['replayed'::text, 'discarded'::text, 'told'::text]))),
    CONSTRAINT executions_status_known CHECK ((status = ANY (ARRAY['running'::text, 'waiting'::text, 'ok'::text, 'error'::text, 'timeout'::text, 'canceled'::text]))),
    CONSTRAINT executions_worker_length CHECK ((length(worker) <= 200))
);

CREATE TABLE tyboo.held_deliveries (
    workspace_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    hook_id uuid NOT NULL,
    url text NOT NULL,
    judged_by timestamp with time zone,
    delivery_key text DEFAULT ''::text NOT NULL,
    rerun_failed boolean DEFAULT false NOT NULL,
    key_version integer,
    sealed bytea,
    body_bytes bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT held_deliveries_key_length CHECK ((length(delivery_key) <= 320)),
    CONSTRAINT held_deliveries_sealed_size CHECK ((octet_length(sealed) <= 16384)),
    CONSTRAINT held_deliveries_sealed_whole CHECK (((sealed IS NULL) = (key_version IS NULL))),
    CONSTRAINT held_deliveries_url_length CHECK (((length(url) >= 1) AND (length(url) <= 1000)))
);

CREATE TABLE tyboo.hook_keys (
    workspace_id uuid NOT NULL,
    url text NOT NULL,
    kind text NOT NULL,
    content text,
    got_at timestamp with time zone,
    ends_at timestamp with time zone,
    asked_at timestamp with time zone,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    holder uuid,
    held_until timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT hook_keys_content_size CHECK ((octet_length(content) <= 65536)),
    CONSTRAINT hook_keys_content_whole CHECK ((((content IS NULL) = (got_at IS NULL)) AND ((content IS NULL) = (ends_at IS NULL)))),
    CONSTRAINT hook_keys_kind_known CHECK ((kind = ANY (ARRAY['jwks'::text, 'certificate'::text, 'subscription'::text]))),
    CONSTRAINT hook_keys_problem_length CHECK ((length(problem) <= 500)),
    CONSTRAINT hook_keys_url_length CHECK (((length(url) >= 1) AND (length(url) <= 1000)))
);

CREATE TABLE tyboo.hooks (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    version_id uuid NOT NULL,
    node_id text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    verify text DEFAULT '{}'::text NOT NULL,
    timeout_ms bigint DEFAULT 300000 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    route text GENERATED ALWAYS AS ("substring"(verify, '"route":"([^"]*)"'::text)) STORED,
    credential_id uuid GENERATED ALWAYS AS (("substring"(verify, '"credential":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'::text))::uuid) STORED,
    keys_url text GENERATED ALWAYS AS ("substring"(verify, '"jwks_url":"([^"]*)"'::text)) STORED,
    CONSTRAINT hooks_method_length CHECK (((length(method) >= 1) AND (length(method) <= 16))),
    CONSTRAINT hooks_node_length CHECK (((length(node_id) >= 1) AND (length(node_id) <= 200))),
    CONSTRAINT hooks_path_length CHECK (((length(path) >= 1) AND (length(path) <= 512))),
    CONSTRAINT hooks_verify_size CHECK ((octet_length(verify) <= 8192))
);

CREATE TABLE tyboo.key_rotations (
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone
);

CREATE TABLE tyboo.oauth2_states (
    state_hash bytea NOT NULL,
    workspace_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    credential_version integer NOT NULL,
    session_hash bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT oauth2_states_hash_size CHECK ((octet_length(state_hash) = 32)),
    CONSTRAINT oauth2_states_session_size CHECK ((octet_length(session_hash) = 32))
);

CREATE TABLE tyboo.parked_runs (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    start_node text NOT NULL,
    piece_count integer NOT NULL,
    step_count integer NOT NULL,
    item_count integer NOT NULL,
    running_ms bigint NOT NULL,
    frames text[] NOT NULL,
    payloads text[] NOT NULL,
    state bytea NOT NULL,
    parked_at timestamp with time zone NOT NULL,
    CONSTRAINT parked_runs_start_node_length CHECK ((length(start_node) <= 200))
);
ALTER TABLE ONLY tyboo.parked_runs ALTER COLUMN state SET STORAGE EXTERNAL;

CREATE TABLE tyboo.pauses (
    workspace_id uuid NOT NULL,
    workflow_id uuid,
    paused_by uuid,
    paused_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE tyboo.payload_usage (
    workspace_id uuid NOT NULL,
    stored_bytes bigint NOT NULL,
    unverified_bytes bigint DEFAULT 0 NOT NULL,
    CONSTRAINT payload_usage_bytes_range CHECK ((stored_bytes >= 0)),
    CONSTRAINT payload_usage_unverified_range CHECK ((unverified_bytes >= 0))
);

CREATE TABLE tyboo.payloads (
    workspace_id uuid NOT NULL,
    hash text NOT NULL,
    kind text NOT NULL,
    size_bytes bigint NOT NULL,
    stored bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payloads_hash_form CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT payloads_kind_known CHECK ((kind = ANY (ARRAY['string'::text, 'json'::text])))
);
ALTER TABLE ONLY tyboo.payloads ALTER COLUMN stored SET STORAGE EXTERNAL;

CREATE TABLE tyboo.published_credentials (
    workspace_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    credential_id uuid NOT NULL
);

CREATE TABLE tyboo.published_variables (
    workspace_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT published_variables_name_length CHECK (((length(name) >= 1) AND (length(name) <= 50)))
);

CREATE TABLE tyboo.reap_state (
    name text NOT NULL,
    watermark uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT reap_state_name_length CHECK ((length(name) <= 64))
);

CREATE TABLE tyboo.role_permissions (
    role text NOT NULL,
    permission text NOT NULL,
    CONSTRAINT role_permissions_permission_length CHECK (((length(permission) >= 1) AND (length(permission) <= 64))),
    CONSTRAINT role_permissions_role_known CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'editor'::text, 'viewer'::text])))
);

CREATE TABLE tyboo.schedules (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    version_id uuid NOT NULL,
    node_id text NOT NULL,
    kind text NOT NULL,
    cron text NOT NULL,
    every bigint NOT NULL,
    unit text NOT NULL,
    anchor text NOT NULL,
    timezone text NOT NULL,
    missed text NOT NULL,
    missed_max integer NOT NULL,
    overlap text NOT NULL,
    timeout_ms bigint NOT NULL,
    next_at timestamp with time zone NOT NULL,
    look_at timestamp with time zone NOT NULL,
    pending text DEFAULT '[]'::text NOT NULL,
    last_at timestamp with time zone,
    last_verdict text,
    last_run_id uuid,
    skipped_count bigint DEFAULT 0 NOT NULL,
    skipped_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schedules_anchor_length CHECK ((length(anchor) <= 40)),
    CONSTRAINT schedules_cron_length CHECK ((length(cron) <= 500)),
    CONSTRAINT schedules_every_range CHECK ((every >= 0)),
    CONSTRAINT schedules_kind_known CHECK ((kind = ANY (ARRAY['cron'::text, 'interval'::text]))),
    CONSTRAINT schedules_missed_known CHECK ((missed = ANY (ARRAY['skip'::text, 'once'::text, 'all'::text]))),
    CONSTRAINT schedules_missed_range CHECK (((missed_max >= 1) AND (missed_max <= 100))),
    CONSTRAINT schedules_node_length CHECK (((length(node_id) >= 1) AND (length(node_id) <= 200))),
    CONSTRAINT schedules_overlap_known CHECK ((overlap = ANY (ARRAY['allow'::text, 'skip'::text, 'queue'::text]))),
    CONSTRAINT schedules_pending_length CHECK ((length(pending) <= 2000)),
    CONSTRAINT schedules_timezone_length CHECK (((length(timezone) >= 1) AND (length(timezone) <= 64))),
    CONSTRAINT schedules_unit_length CHECK ((length(unit) <= 16)),
    CONSTRAINT schedules_verdict_length CHECK ((length(last_verdict) <= 32))
);

CREATE TABLE tyboo.sessions (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    csrf_token text NOT NULL,
    user_agent text DEFAULT ''::text NOT NULL,
    remote_addr text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sessions_addr_length CHECK ((length(remote_addr) <= 64)),
    CONSTRAINT sessions_agent_length CHECK ((length(user_agent) <= 500)),
    CONSTRAINT sessions_csrf_length CHECK (((length(csrf_token) >= 32) AND (length(csrf_token) <= 128))),
    CONSTRAINT sessions_token_hash_size CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE tyboo.sign_in_failures (
    email text NOT NULL,
    failed_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    pending boolean DEFAULT false NOT NULL,
    CONSTRAINT sign_in_failures_email_length CHECK ((length(email) <= 254)),
    CONSTRAINT sign_in_failures_source_length CHECK ((length(source) <= 64))
);

CREATE TABLE tyboo.state_seen (
    workspace_id uuid NOT NULL,
    state_id uuid NOT NULL,
    hash bytea NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT state_seen_hash_size CHECK ((octet_length(hash) = 16))
);

CREATE TABLE tyboo.state_usage (
    workspace_id uuid NOT NULL,
    keys bigint DEFAULT 0 NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 0 NOT NULL
);

CREATE TABLE tyboo.usage_events (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    steps integer NOT NULL,
    items integer NOT NULL,
    run_ms bigint NOT NULL,
    bytes bigint NOT NULL,
    calls_unused integer DEFAULT 0 NOT NULL,
    CONSTRAINT usage_events_calls_unused_range CHECK ((calls_unused >= 0))
)
PARTITION BY RANGE (run_id);

CREATE TABLE tyboo.usage_events_default (
    workspace_id uuid NOT NULL,
    run_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    steps integer NOT NULL,
    items integer NOT NULL,
    run_ms bigint NOT NULL,
    bytes bigint NOT NULL,
    calls_unused integer DEFAULT 0 NOT NULL,
    CONSTRAINT usage_events_calls_unused_range CHECK ((calls_unused >= 0))
);

CREATE TABLE tyboo.users (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT users_email_length CHECK (((length(email) >= 3) AND (length(email) <= 254))),
    CONSTRAINT users_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT users_password_hash_length CHECK ((length(password_hash) <= 512))
);

CREATE TABLE tyboo.variables (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT variables_name_form CHECK ((name ~ '^[A-Za-z_][A-Za-z0-9_]{0,49}$'::text)),
    CONSTRAINT variables_value_length CHECK ((octet_length(value) <= 4096))
);

CREATE TABLE tyboo.workflow_versions (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    number integer NOT NULL,
    graph text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    node_count integer,
    triggers text,
    called_node text,
    error_node text,
    error_workflow_id uuid,
    CONSTRAINT workflow_versions_called_node_length CHECK ((length(called_node) <= 200)),
    CONSTRAINT workflow_versions_error_node_length CHECK ((length(error_node) <= 200)),
    CONSTRAINT workflow_versions_graph_size CHECK ((octet_length(graph) <= 4194304)),
    CONSTRAINT workflow_versions_node_count_range CHECK ((node_count >= 0)),
    CONSTRAINT workflow_versions_note_length CHECK ((length(note) <= 2000)),
    CONSTRAINT workflow_versions_triggers_size CHECK ((octet_length(triggers) <= 131072))
);

CREATE TABLE tyboo.workflows (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    draft_version_id uuid NOT NULL,
    published_version_id uuid,
    concurrent_max integer DEFAULT 0 NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT workflows_concurrent_range CHECK ((concurrent_max >= 0)),
    CONSTRAINT workflows_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

CREATE TABLE tyboo.workspace_keys (
    workspace_id uuid NOT NULL,
    version integer NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    wrapped_by text,
    CONSTRAINT workspace_keys_wrapped_by_form CHECK ((wrapped_by ~ '^[0-9a-f]{16}$'::text)),
    CONSTRAINT workspace_keys_wrapped_size CHECK (((octet_length(wrapped) >= 32) AND (octet_length(wrapped) <= 512)))
);

CREATE TABLE tyboo.workspace_members (
    workspace_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT workspace_members_role_known CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'editor'::text, 'viewer'::text])))
);

ALTER TABLE ONLY tyboo.answers ATTACH PARTITION tyboo.answers_default DEFAULT;

ALTER TABLE ONLY tyboo.blob_uses ATTACH PARTITION tyboo.blob_uses_default DEFAULT;

ALTER TABLE ONLY tyboo.deliveries ATTACH PARTITION tyboo.deliveries_default DEFAULT;

ALTER TABLE ONLY tyboo.effects ATTACH PARTITION tyboo.effects_default DEFAULT;

ALTER TABLE ONLY tyboo.execution_data ATTACH PARTITION tyboo.execution_data_default DEFAULT;

ALTER TABLE ONLY tyboo.execution_pieces ATTACH PARTITION tyboo.execution_pieces_default DEFAULT;

ALTER TABLE ONLY tyboo.executions ATTACH PARTITION tyboo.executions_default DEFAULT;

ALTER TABLE ONLY tyboo.usage_events ATTACH PARTITION tyboo.usage_events_default DEFAULT;

ALTER TABLE ONLY tyboo.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tyboo.answers_default
    ADD CONSTRAINT answers_default_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tyboo.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY tyboo.api_keys
    ADD CONSTRAINT api_keys_prefix_unique UNIQUE (prefix);

ALTER TABLE ONLY tyboo.blob_chunks
    ADD CONSTRAINT blob_chunks_pkey PRIMARY KEY (upload_id, number);

ALTER TABLE ONLY tyboo.blob_uploads
    ADD CONSTRAINT blob_uploads_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.blob_uses
    ADD CONSTRAINT blob_uses_pkey PRIMARY KEY (owner_id, hash);

ALTER TABLE ONLY tyboo.blob_uses_default
    ADD CONSTRAINT blob_uses_default_pkey PRIMARY KEY (owner_id, hash);

ALTER TABLE ONLY tyboo.blobs
    ADD CONSTRAINT blobs_pkey PRIMARY KEY (workspace_id, hash);

ALTER TABLE ONLY tyboo.breaker_events
    ADD CONSTRAINT breaker_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.breaker_holds
    ADD CONSTRAINT breaker_holds_one UNIQUE NULLS NOT DISTINCT (workspace_id, what);

ALTER TABLE ONLY tyboo.cancels
    ADD CONSTRAINT cancels_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tyboo.code_libraries
    ADD CONSTRAINT code_libraries_pkey PRIMARY KEY (name, digest);

ALTER TABLE ONLY tyboo.crashes
    ADD CONSTRAINT crashes_pkey PRIMARY KEY (run_id, at, worker);

ALTER TABLE ONLY tyboo.credential_tokens
    ADD CONSTRAINT credential_tokens_pkey PRIMARY KEY (workspace_id, credential_id);

ALTER TABLE ONLY tyboo.credential_uses
    ADD CONSTRAINT credential_uses_pkey PRIMARY KEY (workspace_id, credential_id, workflow_id);

ALTER TABLE ONLY tyboo.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY tyboo.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.deliveries_default
    ADD CONSTRAINT deliveries_default_pkey PRIMARY KEY (id);

ALTER TABLE tyboo.deliveries
    ADD CONSTRAINT deliveries_mode_length CHECK (((length(mode) >= 1) AND (length(mode) <= 32))) NOT VALID;

ALTER TABLE tyboo.deliveries
    ADD CONSTRAINT deliveries_verdict_known CHECK ((verdict = ANY (ARRAY['accepted'::text, 'duplicate'::text, 'unclaimed'::text, 'bad_signature'::text, 'stale'::text, 'malformed'::text, 'too_large'::text, 'rate'::text, 'quota'::text, 'depth'::text, 'not_configured'::text, 'denied'::text, 'awaiting_keys'::text, 'confirmed'::text]))) NOT VALID;

ALTER TABLE ONLY tyboo.delivery_keys
    ADD CONSTRAINT delivery_keys_pkey PRIMARY KEY (workspace_id, delivery_key);

ALTER TABLE ONLY tyboo.effects
    ADD CONSTRAINT effects_pkey PRIMARY KEY (run_id, key);

ALTER TABLE ONLY tyboo.effects_default
    ADD CONSTRAINT effects_default_pkey PRIMARY KEY (run_id, key);

ALTER TABLE ONLY tyboo.execution_data
    ADD CONSTRAINT execution_data_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.execution_data_default
    ADD CONSTRAINT execution_data_default_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.execution_pieces
    ADD CONSTRAINT execution_pieces_pkey PRIMARY KEY (run_id, number);

ALTER TABLE ONLY tyboo.execution_pieces_default
    ADD CONSTRAINT execution_pieces_default_pkey PRIMARY KEY (run_id, number);

ALTER TABLE ONLY tyboo.executions
    ADD CONSTRAINT executions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.executions_default
    ADD CONSTRAINT executions_default_pkey PRIMARY KEY (id);

ALTER TABLE tyboo.executions
    ADD CONSTRAINT executions_digest_form CHECK ((digest ~ '^([2-9]:)?[0-9a-f]{64}$'::text)) NOT VALID;

ALTER TABLE tyboo.executions
    ADD CONSTRAINT executions_mode_length CHECK (((length(mode) >= 1) AND (length(mode) <= 32))) NOT VALID;

ALTER TABLE tyboo.executions
    ADD CONSTRAINT executions_settled_known CHECK ((settled_how = ANY (ARRAY['replayed'::text, 'discarded'::text, 'told'::text]))) NOT VALID;

ALTER TABLE ONLY tyboo.held_deliveries
    ADD CONSTRAINT held_deliveries_pkey PRIMARY KEY (delivery_id);

ALTER TABLE ONLY tyboo.hook_keys
    ADD CONSTRAINT hook_keys_pkey PRIMARY KEY (workspace_id, url);

ALTER TABLE ONLY tyboo.hooks
    ADD CONSTRAINT hooks_address_unique UNIQUE (workspace_id, method, path);

ALTER TABLE ONLY tyboo.hooks
    ADD CONSTRAINT hooks_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY tyboo.key_rotations
    ADD CONSTRAINT key_rotations_pkey PRIMARY KEY (started_at);

ALTER TABLE ONLY tyboo.oauth2_states
    ADD CONSTRAINT oauth2_states_pkey PRIMARY KEY (state_hash);

ALTER TABLE ONLY tyboo.parked_runs
    ADD CONSTRAINT parked_runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tyboo.pauses
    ADD CONSTRAINT pauses_one UNIQUE NULLS NOT DISTINCT (workspace_id, workflow_id);

ALTER TABLE ONLY tyboo.payload_usage
    ADD CONSTRAINT payload_usage_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY tyboo.payloads
    ADD CONSTRAINT payloads_pkey PRIMARY KEY (workspace_id, hash);

ALTER TABLE ONLY tyboo.published_credentials
    ADD CONSTRAINT published_credentials_pkey PRIMARY KEY (workspace_id, workflow_id, credential_id);

ALTER TABLE ONLY tyboo.published_variables
    ADD CONSTRAINT published_variables_pkey PRIMARY KEY (workspace_id, workflow_id, name);

ALTER TABLE ONLY tyboo.reap_state
    ADD CONSTRAINT reap_state_pkey PRIMARY KEY (name);

ALTER TABLE ONLY tyboo.role_permissions
    ADD CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission);

ALTER TABLE ONLY tyboo.schedules
    ADD CONSTRAINT schedules_node_unique UNIQUE (workspace_id, workflow_id, node_id);

ALTER TABLE ONLY tyboo.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY tyboo.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY tyboo.sign_in_failures
    ADD CONSTRAINT sign_in_failures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.state_seen
    ADD CONSTRAINT state_seen_pkey PRIMARY KEY (workspace_id, state_id, hash);

ALTER TABLE ONLY tyboo.state_usage
    ADD CONSTRAINT state_usage_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY tyboo.states
    ADD CONSTRAINT states_key_unique UNIQUE NULLS NOT DISTINCT (workspace_id, kind, node, key, workflow_id);

ALTER TABLE ONLY tyboo.states
    ADD CONSTRAINT states_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY tyboo.usage_events
    ADD CONSTRAINT usage_events_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tyboo.usage_events_default
    ADD CONSTRAINT usage_events_default_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tyboo.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.variables
    ADD CONSTRAINT variables_name_unique UNIQUE (workspace_id, name);

ALTER TABLE ONLY tyboo.variables
    ADD CONSTRAINT variables_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE tyboo.waits
    ADD CONSTRAINT waits_kind_known CHECK ((kind = ANY (ARRAY['time'::text, 'call'::text, 'run'::text]))) NOT VALID;

ALTER TABLE ONLY tyboo.waits
    ADD CONSTRAINT waits_pkey PRIMARY KEY (run_id, key);

ALTER TABLE ONLY tyboo.workflow_versions
    ADD CONSTRAINT workflow_versions_number_unique UNIQUE (workspace_id, workflow_id, number);

ALTER TABLE ONLY tyboo.workflow_versions
    ADD CONSTRAINT workflow_versions_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY tyboo.workflows
    ADD CONSTRAINT workflows_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY tyboo.workspace_keys
    ADD CONSTRAINT workspace_keys_pkey PRIMARY KEY (workspace_id, version);

ALTER TABLE ONLY tyboo.workspace_members
    ADD CONSTRAINT workspace_members_pkey PRIMARY KEY (workspace_id, user_id);

ALTER TABLE ONLY tyboo.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tyboo.workspaces
    ADD CONSTRAINT workspaces_slug_unique UNIQUE (slug);

CREATE INDEX blob_uploads_touched ON tyboo.blob_uploads USING btree (touched_at);

CREATE INDEX blob_uses_hash ON ONLY tyboo.blob_uses USING btree (workspace_id, hash);

CREATE INDEX blob_uses_default_workspace_id_hash_idx ON tyboo.blob_uses_default USING btree (workspace_id, hash);

CREATE INDEX blobs_seen ON tyboo.blobs USING btree (workspace_id, seen_at);

CREATE INDEX breaker_events_at ON tyboo.breaker_events USING btree (at);

CREATE INDEX breaker_events_list ON tyboo.breaker_events USING btree (workspace_id, at DESC, id DESC);

CREATE UNIQUE INDEX code_libraries_current ON tyboo.code_libraries USING btree (name) WHERE is_current;

CREATE INDEX crashes_at ON tyboo.crashes USING btree (at);

CREATE INDEX credentials_id ON tyboo.credentials USING btree (id);

CREATE UNIQUE INDEX credentials_name_unique ON tyboo.credentials USING btree (workspace_id, lower(name));

CREATE INDEX deliveries_parent ON ONLY tyboo.deliveries USING btree (parent_run_id) WHERE (parent_run_id IS NOT NULL);

CREATE INDEX deliveries_default_parent_run_id_idx ON tyboo.deliveries_default USING btree (parent_run_id) WHERE (parent_run_id IS NOT NULL);

CREATE INDEX deliveries_workspace ON ONLY tyboo.deliveries USING btree (workspace_id, id DESC);

CREATE INDEX deliveries_default_workspace_id_id_idx ON tyboo.deliveries_default USING btree (workspace_id, id DESC);

CREATE INDEX deliveries_unclaimed ON ONLY tyboo.deliveries USING btree (workspace_id, id) WHERE (verdict = 'unclaimed'::text);

CREATE INDEX deliveries_default_workspace_id_id_idx1 ON tyboo.deliveries_default USING btree (workspace_id, id) WHERE (verdict = 'unclaimed'::text);

CREATE INDEX delivery_keys_created ON tyboo.delivery_keys USING btree (created_at);

CREATE INDEX delivery_keys_run ON tyboo.delivery_keys USING btree (run_id);

CREATE INDEX executions_dead ON ONLY tyboo.executions USING btree (workspace_id, id) WHERE ((status = ANY (ARRAY['error'::text, 'timeout'::text])) AND (settled_at IS NULL));

CREATE INDEX executions_running ON ONLY tyboo.executions USING btree (id) WHERE (status = 'running'::text);

CREATE INDEX executions_default_id_idx ON tyboo.executions_default USING btree (id) WHERE (status = 'running'::text);

CREATE INDEX executions_parent ON ONLY tyboo.executions USING btree (parent_run_id) WHERE (parent_run_id IS NOT NULL);

CREATE INDEX executions_default_parent_run_id_idx ON tyboo.executions_default USING btree (parent_run_id) WHERE (parent_run_id IS NOT NULL);

CREATE INDEX executions_source ON ONLY tyboo.executions USING btree (source_run_id) WHERE (source_run_id IS NOT NULL);

CREATE INDEX executions_default_source_run_id_idx ON tyboo.executions_default USING btree (source_run_id) WHERE (source_run_id IS NOT NULL);

CREATE INDEX executions_workspace ON ONLY tyboo.executions USING btree (workspace_id, id DESC);

CREATE INDEX executions_default_workspace_id_id_idx ON tyboo.executions_default USING btree (workspace_id, id DESC);

CREATE INDEX executions_settled ON ONLY tyboo.executions USING btree (workspace_id, id) WHERE (settled_at IS NOT NULL);

CREATE INDEX executions_default_workspace_id_id_idx1 ON tyboo.executions_default USING btree (workspace_id, id) WHERE (settled_at IS NOT NULL);

CREATE INDEX executions_default_workspace_id_id_idx2 ON tyboo.executions_default USING btree (workspace_id, id) WHERE ((status = ANY (ARRAY['error'::text, 'timeout'::text])) AND (settled_at IS NULL));

CREATE INDEX executions_workflow ON ONLY tyboo.executions USING btree (workspace_id, workflow_id, id DESC);

CREATE INDEX executions_default_workspace_id_workflow_id_id_idx ON tyboo.executions_default USING btree (workspace_id, workflow_id, id DESC);

CREATE INDEX held_deliveries_workspace ON tyboo.held_deliveries USING btree (workspace_id, url, delivery_id);

CREATE INDEX hook_keys_next ON tyboo.hook_keys USING btree (next_at);

CREATE INDEX hooks_keys_url ON tyboo.hooks USING btree (workspace_id, keys_url) WHERE (keys_url IS NOT NULL);

CREATE INDEX hooks_with_parameters ON tyboo.hooks USING btree (workspace_id) WHERE (strpos(path, ':'::text) > 0);

CREATE UNIQUE INDEX key_rotations_one ON tyboo.key_rotations USING btree (((finished_at IS NULL))) WHERE (finished_at IS NULL);

CREATE INDEX oauth2_states_credential ON tyboo.oauth2_states USING btree (workspace_id, credential_id);

CREATE INDEX oauth2_states_expiry ON tyboo.oauth2_states USING btree (expires_at);

CREATE INDEX parked_runs_workspace ON tyboo.parked_runs USING btree (workspace_id) WHERE (payloads <> '{}'::text[]);

CREATE INDEX payloads_seen ON tyboo.payloads USING btree (seen_at);

CREATE INDEX published_credentials_users ON tyboo.published_credentials USING btree (workspace_id, credential_id);

CREATE INDEX published_variables_users ON tyboo.published_variables USING btree (workspace_id, name);

CREATE INDEX schedules_due ON tyboo.schedules USING btree (look_at);

CREATE INDEX sessions_expires ON tyboo.sessions USING btree (expires_at);

CREATE INDEX sessions_user ON tyboo.sessions USING btree (user_id);

CREATE INDEX sign_in_failures_recent ON tyboo.sign_in_failures USING btree (email, failed_at);

CREATE INDEX sign_in_failures_source ON tyboo.sign_in_failures USING btree (source, failed_at);

CREATE INDEX state_seen_order ON tyboo.state_seen USING btree (workspace_id, state_id, number);

CREATE INDEX states_expired ON tyboo.states USING btree (expires_at) WHERE (expires_at IS NOT NULL);

CREATE INDEX states_workflows ON tyboo.states USING btree (workspace_id, workflow_id);

CREATE UNIQUE INDEX users_email_unique ON tyboo.users USING btree (lower(email));

CREATE INDEX waits_breaker ON tyboo.waits USING btree (workspace_id, split_part(key, '/retry '::text, 2)) WHERE (key ~~ '%/retry %'::text);

CREATE INDEX waits_breaker_all ON tyboo.waits USING btree (split_part(key, '/retry '::text, 2)) WHERE (key ~~ '%/retry %'::text);

CREATE INDEX waits_due ON tyboo.waits USING btree (look_at);

CREATE INDEX waits_open_calls ON tyboo.waits USING btree (run_id, key) WHERE ((kind = 'run'::text) AND (ended_at IS NULL));

CREATE UNIQUE INDEX waits_token_unique ON tyboo.waits USING btree (token_hash) WHERE (token_hash IS NOT NULL);

CREATE INDEX waits_workspace_due ON tyboo.waits USING btree (workspace_id, look_at);

CREATE INDEX workspace_members_user ON tyboo.workspace_members USING btree (user_id);

ALTER INDEX tyboo.answers_pkey ATTACH PARTITION tyboo.answers_default_pkey;

ALTER INDEX tyboo.blob_uses_pkey ATTACH PARTITION tyboo.blob_uses_default_pkey;

ALTER INDEX tyboo.blob_uses_hash ATTACH PARTITION tyboo.blob_uses_default_workspace_id_hash_idx;

ALTER INDEX tyboo.deliveries_parent ATTACH PARTITION tyboo.deliveries_default_parent_run_id_idx;

ALTER INDEX tyboo.deliveries_pkey ATTACH PARTITION tyboo.deliveries_default_pkey;

ALTER INDEX tyboo.deliveries_workspace ATTACH PARTITION tyboo.deliveries_default_workspace_id_id_idx;

ALTER INDEX tyboo.deliveries_unclaimed ATTACH PARTITION tyboo.deliveries_default_workspace_id_id_idx1;

ALTER INDEX tyboo.effects_pkey ATTACH PARTITION tyboo.effects_default_pkey;

ALTER INDEX tyboo.execution_data_pkey ATTACH PARTITION tyboo.execution_data_default_pkey;

ALTER INDEX tyboo.execution_pieces_pkey ATTACH PARTITION tyboo.execution_pieces_default_pkey;

ALTER INDEX tyboo.executions_running ATTACH PARTITION tyboo.executions_default_id_idx;

ALTER INDEX tyboo.executions_parent ATTACH PARTITION tyboo.executions_default_parent_run_id_idx;

ALTER INDEX tyboo.executions_pkey ATTACH PARTITION tyboo.executions_default_pkey;

ALTER INDEX tyboo.executions_source ATTACH PARTITION tyboo.executions_default_source_run_id_idx;

ALTER INDEX tyboo.executions_workspace ATTACH PARTITION tyboo.executions_default_workspace_id_id_idx;

ALTER INDEX tyboo.executions_settled ATTACH PARTITION tyboo.executions_default_workspace_id_id_idx1;

ALTER INDEX tyboo.executions_dead ATTACH PARTITION tyboo.executions_default_workspace_id_id_idx2;

ALTER INDEX tyboo.executions_workflow ATTACH PARTITION tyboo.executions_default_workspace_id_workflow_id_id_idx;

ALTER INDEX tyboo.usage_events_pkey ATTACH PARTITION tyboo.usage_events_default_pkey;

CREATE TRIGGER executions_forget_parked_run AFTER UPDATE ON tyboo.executions FOR EACH ROW WHEN (((old.finished_at IS NULL) AND (new.finished_at IS NOT NULL))) EXECUTE FUNCTION tyboo.forget_parked_run();

CREATE TRIGGER executions_link BEFORE INSERT ON tyboo.executions FOR EACH ROW WHEN ((new.mode = ANY (ARRAY['called'::text, 'error'::text]))) EXECUTE FUNCTION tyboo.link_run();

CREATE TRIGGER executions_link_source BEFORE INSERT ON tyboo.executions FOR EACH ROW WHEN ((new.mode <> ALL (ARRAY['webhook'::text, 'api'::text, 'schedule'::text, 'called'::text, 'error'::text]))) EXECUTE FUNCTION tyboo.link_source();

CREATE TRIGGER hooks_want_keys AFTER INSERT OR UPDATE ON tyboo.hooks FOR EACH ROW WHEN ((new.keys_url IS NOT NULL)) EXECUTE FUNCTION tyboo.want_hook_keys();

CREATE TRIGGER states_count_changed AFTER UPDATE ON tyboo.states REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION tyboo.count_states();

CREATE TRIGGER states_count_come AFTER INSERT ON tyboo.states REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION tyboo.count_states();

CREATE TRIGGER states_count_gone AFTER DELETE ON tyboo.states REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tyboo.count_states();

CREATE TRIGGER workflows_forget_published_credentials AFTER UPDATE OF published_version_id ON tyboo.workflows FOR EACH ROW EXECUTE FUNCTION tyboo.forget_published_credentials();

CREATE TRIGGER workflows_forget_published_variables AFTER UPDATE OF published_version_id ON tyboo.workflows FOR EACH ROW EXECUTE FUNCTION tyboo.forget_published_variables();

CREATE TRIGGER workflows_forget_states AFTER UPDATE OF deleted_at ON tyboo.workflows FOR EACH ROW WHEN ((new.deleted_at IS NOT NULL)) EXECUTE FUNCTION tyboo.forget_states();

ALTER TABLE ONLY tyboo.api_keys
    ADD CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (created_by) REFERENCES tyboo.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY tyboo.api_keys
    ADD CONSTRAINT api_keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.breaker_holds
    ADD CONSTRAINT breaker_holds_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.crashes
    ADD CONSTRAINT crashes_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.credential_tokens
    ADD CONSTRAINT credential_tokens_credential FOREIGN KEY (workspace_id, credential_id) REFERENCES tyboo.credentials(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.credential_uses
    ADD CONSTRAINT credential_uses_credential FOREIGN KEY (workspace_id, credential_id) REFERENCES tyboo.credentials(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.credential_uses
    ADD CONSTRAINT credential_uses_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.credentials
    ADD CONSTRAINT credentials_created_by_fkey FOREIGN KEY (created_by) REFERENCES tyboo.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY tyboo.credentials
    ADD CONSTRAINT credentials_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.hooks
    ADD CONSTRAINT hooks_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.oauth2_states
    ADD CONSTRAINT oauth2_states_credential FOREIGN KEY (workspace_id, credential_id) REFERENCES tyboo.credentials(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.pauses
    ADD CONSTRAINT pauses_paused_by_fkey FOREIGN KEY (paused_by) REFERENCES tyboo.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY tyboo.pauses
    ADD CONSTRAINT pauses_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.pauses
    ADD CONSTRAINT pauses_workspace_id_workflow_id_fkey FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.published_credentials
    ADD CONSTRAINT published_credentials_credential FOREIGN KEY (workspace_id, credential_id) REFERENCES tyboo.credentials(workspace_id, id);

ALTER TABLE ONLY tyboo.published_credentials
    ADD CONSTRAINT published_credentials_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.published_credentials
    ADD CONSTRAINT published_credentials_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.published_variables
    ADD CONSTRAINT published_variables_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.published_variables
    ADD CONSTRAINT published_variables_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.schedules
    ADD CONSTRAINT schedules_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES tyboo.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.state_seen
    ADD CONSTRAINT state_seen_state FOREIGN KEY (workspace_id, state_id) REFERENCES tyboo.states(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.state_usage
    ADD CONSTRAINT state_usage_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.states
    ADD CONSTRAINT states_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.states
    ADD CONSTRAINT states_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.variables
    ADD CONSTRAINT variables_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.workflow_versions
    ADD CONSTRAINT workflow_versions_created_by_fkey FOREIGN KEY (created_by) REFERENCES tyboo.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY tyboo.workflow_versions
    ADD CONSTRAINT workflow_versions_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows(workspace_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.workflows
    ADD CONSTRAINT workflows_created_by_fkey FOREIGN KEY (created_by) REFERENCES tyboo.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY tyboo.workflows
    ADD CONSTRAINT workflows_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.workspace_keys
    ADD CONSTRAINT workspace_keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.workspace_members
    ADD CONSTRAINT workspace_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES tyboo.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY tyboo.workspace_members
    ADD CONSTRAINT workspace_members_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES tyboo.workspaces(id) ON DELETE CASCADE;

ALTER TABLE tyboo.answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.answers_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY answers_tenant ON tyboo.answers USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.api_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY api_keys_tenant ON tyboo.api_keys USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.blob_chunks ENABLE ROW LEVEL SECURITY;

CREATE POLICY blob_chunks_tenant ON tyboo.blob_chunks USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.blob_uploads ENABLE ROW LEVEL SECURITY;

CREATE POLICY blob_uploads_tenant ON tyboo.blob_uploads USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.blob_uses ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.blob_uses_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY blob_uses_tenant ON tyboo.blob_uses USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.blobs ENABLE ROW LEVEL SECURITY;

CREATE POLICY blobs_tenant ON tyboo.blobs USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.breaker_events ENABLE ROW LEVEL SECURITY;

CREATE POLICY breaker_events_tenant ON tyboo.breaker_events USING (((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)) OR (workspace_id IS NULL)));

ALTER TABLE tyboo.breaker_holds ENABLE ROW LEVEL SECURITY;

CREATE POLICY breaker_holds_tenant ON tyboo.breaker_holds USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.cancels ENABLE ROW LEVEL SECURITY;

CREATE POLICY cancels_tenant ON tyboo.cancels USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.crashes ENABLE ROW LEVEL SECURITY;

CREATE POLICY crashes_tenant ON tyboo.crashes USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.credential_tokens ENABLE ROW LEVEL SECURITY;

CREATE POLICY credential_tokens_tenant ON tyboo.credential_tokens USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.credential_uses ENABLE ROW LEVEL SECURITY;

CREATE POLICY credential_uses_tenant ON tyboo.credential_uses USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.credentials ENABLE ROW LEVEL SECURITY;

CREATE POLICY credentials_tenant ON tyboo.credentials USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.deliveries_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY deliveries_tenant ON tyboo.deliveries USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.delivery_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY delivery_keys_tenant ON tyboo.delivery_keys USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.effects ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.effects_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY effects_tenant ON tyboo.effects USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.execution_data ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.execution_data_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY execution_data_tenant ON tyboo.execution_data USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.execution_pieces ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.execution_pieces_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY execution_pieces_tenant ON tyboo.execution_pieces USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.executions ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.executions_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY executions_tenant ON tyboo.executions USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.held_deliveries ENABLE ROW LEVEL SECURITY;

CREATE POLICY held_deliveries_tenant ON tyboo.held_deliveries USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.hook_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY hook_keys_tenant ON tyboo.hook_keys USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.hooks ENABLE ROW LEVEL SECURITY;

CREATE POLICY hooks_tenant ON tyboo.hooks USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.oauth2_states ENABLE ROW LEVEL SECURITY;

CREATE POLICY oauth2_states_tenant ON tyboo.oauth2_states USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.parked_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY parked_runs_tenant ON tyboo.parked_runs USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.pauses ENABLE ROW LEVEL SECURITY;

CREATE POLICY pauses_tenant ON tyboo.pauses USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.payload_usage ENABLE ROW LEVEL SECURITY;

CREATE POLICY payload_usage_tenant ON tyboo.payload_usage USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.payloads ENABLE ROW LEVEL SECURITY;

CREATE POLICY payloads_tenant ON tyboo.payloads USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.published_credentials ENABLE ROW LEVEL SECURITY;

CREATE POLICY published_credentials_tenant ON tyboo.published_credentials USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.published_variables ENABLE ROW LEVEL SECURITY;

CREATE POLICY published_variables_tenant ON tyboo.published_variables USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.schedules ENABLE ROW LEVEL SECURITY;

CREATE POLICY schedules_tenant ON tyboo.schedules USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.state_seen ENABLE ROW LEVEL SECURITY;

CREATE POLICY state_seen_tenant ON tyboo.state_seen USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.state_usage ENABLE ROW LEVEL SECURITY;

CREATE POLICY state_usage_tenant ON tyboo.state_usage USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.states ENABLE ROW LEVEL SECURITY;

CREATE POLICY states_tenant ON tyboo.states USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.usage_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE tyboo.usage_events_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY usage_events_tenant ON tyboo.usage_events USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.variables ENABLE ROW LEVEL SECURITY;

CREATE POLICY variables_tenant ON tyboo.variables USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.waits ENABLE ROW LEVEL SECURITY;

CREATE POLICY waits_tenant ON tyboo.waits USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.workflow_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY workflow_versions_tenant ON tyboo.workflow_versions USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.workflows ENABLE ROW LEVEL SECURITY;

CREATE POLICY workflows_tenant ON tyboo.workflows USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.workspace_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY workspace_keys_tenant ON tyboo.workspace_keys USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.workspace_members ENABLE ROW LEVEL SECURITY;

CREATE POLICY workspace_members_tenant ON tyboo.workspace_members USING ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((workspace_id = ( SELECT tyboo.current_workspace() AS current_workspace)));

ALTER TABLE tyboo.workspaces ENABLE ROW LEVEL SECURITY;

CREATE POLICY workspaces_tenant ON tyboo.workspaces USING ((id = ( SELECT tyboo.current_workspace() AS current_workspace))) WITH CHECK ((id = ( SELECT tyboo.current_workspace() AS current_workspace)));

GRANT USAGE ON SCHEMA tyboo TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.accept_deliveries(p_ids uuid[], p_workspaces uuid[], p_hooks uuid[], p_workflows uuid[], p_versions uuid[], p_start_nodes text[], p_modes text[], p_verdicts text[], p_reasons text[], p_methods text[], p_paths text[], p_queries text[], p_headers text[], p_addrs text[], p_bodies bytea[], p_keys text[], p_received timestamp with time zone[], p_read_as text[], p_notices text[], p_routes text[], p_reruns integer[], p_blobs text[], p_sources text[], p_jwts text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.accept_deliveries(p_ids uuid[], p_workspaces uuid[], p_hooks uuid[], p_workflows uuid[], p_versions uuid[], p_start_nodes text[], p_modes text[], p_verdicts text[], p_reasons text[], p_methods text[], p_paths text[], p_queries text[], p_headers text[], p_addrs text[], p_bodies bytea[], p_keys text[], p_received timestamp with time zone[], p_read_as text[], p_notices text[], p_routes text[], p_reruns integer[], p_blobs text[], p_sources text[], p_jwts text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.accepted_deliveries(p_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.accepted_deliveries(p_ids uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.add_delivery_key(p_workspace uuid, p_key text, p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.add_delivery_key(p_workspace uuid, p_key text, p_run uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.add_oauth2_state(p_workspace uuid, p_credential uuid, p_hash bytea, p_session bytea, p_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.add_oauth2_state(p_workspace uuid, p_credential uuid, p_hash bytea, p_session bytea, p_seconds integer) TO tyboo_app;

GRANT SELECT ON TABLE tyboo.states TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.add_to_state(p_workspace uuid, p_workflow uuid, p_key text, p_by text, p_expires_s bigint, p_old tyboo.states) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.all_breaker_holds() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.all_breaker_holds() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.all_pauses() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.all_pauses() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.answer_runs(p_runs uuid[], p_workspaces uuid[], p_fences bigint[], p_at timestamp with time zone[], p_statuses integer[], p_answers bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.answer_runs(p_runs uuid[], p_workspaces uuid[], p_fences bigint[], p_at timestamp with time zone[], p_statuses integer[], p_answers bytea[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.append_pieces(p_workspaces uuid[], p_runs uuid[], p_numbers integer[], p_fences bigint[], p_firsts integer[], p_counts integer[], p_frames text[], p_saves text[], p_steps bytea[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.append_pieces(p_workspaces uuid[], p_runs uuid[], p_numbers integer[], p_fences bigint[], p_firsts integer[], p_counts integer[], p_frames text[], p_saves text[], p_steps bytea[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.apply_seen(p_workspace uuid, p_workflow uuid, p_op json) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.apply_state(p_workspace uuid, p_workflow uuid, p_op json, p_value text) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.ask_states(p_workspaces uuid[], p_runs uuid[], p_workflows uuid[], p_fences bigint[], p_keys text[], p_ops text[], p_values text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.ask_states(p_workspaces uuid[], p_runs uuid[], p_workflows uuid[], p_fences bigint[], p_keys text[], p_ops text[], p_values text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_charge(p_workspace uuid, p_is_verified boolean, p_bytes bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_charge(p_workspace uuid, p_is_verified boolean, p_bytes bigint) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_commit(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer, p_is_packed boolean, p_stored_bytes integer, p_stored bytea, p_owner uuid, p_hash text, p_total bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_commit(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer, p_is_packed boolean, p_stored_bytes integer, p_stored bytea, p_owner uuid, p_hash text, p_total bigint) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_condemn(p_grace interval, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_condemn(p_grace interval, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_drop(p_workspace uuid, p_upload uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_drop(p_workspace uuid, p_upload uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_dropped(p_age interval, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_dropped(p_age interval, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_forget(p_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_forget(p_ids uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_get(p_workspace uuid, p_hash text, p_number integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_get(p_workspace uuid, p_hash text, p_number integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_put(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer, p_is_packed boolean, p_stored_bytes integer, p_stored bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_put(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer, p_is_packed boolean, p_stored_bytes integer, p_stored bytea) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.blob_use(p_workspaces uuid[], p_owners uuid[], p_hashes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.blob_use(p_workspaces uuid[], p_owners uuid[], p_hashes text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.breaker_waits(p_workspace uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.breaker_waits(p_workspace uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.call_wait(p_workspace text, p_run uuid, p_key text, p_answer bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.call_wait(p_workspace text, p_run uuid, p_key text, p_answer bytea) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.call_workflow(p_workspace uuid, p_caller uuid, p_fence bigint, p_key text, p_child uuid, p_workflow uuid, p_body bytea, p_blobs text[], p_depth_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.call_workflow(p_workspace uuid, p_caller uuid, p_fence bigint, p_key text, p_child uuid, p_workflow uuid, p_body bytea, p_blobs text[], p_depth_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.call_workflows(p_workspaces uuid[], p_callers uuid[], p_fences bigint[], p_keys text[], p_children uuid[], p_workflows uuid[], p_bodies bytea[], p_bl_children uuid[], p_bl_hashes text[], p_depth_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.call_workflows(p_workspaces uuid[], p_callers uuid[], p_fences bigint[], p_keys text[], p_children uuid[], p_workflows uuid[], p_bodies bytea[], p_bl_children uuid[], p_bl_hashes text[], p_depth_max integer) TO tyboo_app;

GRANT SELECT ON TABLE tyboo.waits TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.calls_have_ended(p_caller uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.calls_unused_of(p_error text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.calls_unused_of(p_error text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.cancel_children(p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.cancel_run(p_workspace uuid, p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.cancel_run(p_workspace uuid, p_run uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.change_state(p_workflow uuid, p_op json, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.change_state(p_workflow uuid, p_op json, p_value text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.change_state_row(p_id uuid, p_value text, p_version bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.change_state_row(p_id uuid, p_value text, p_version bigint) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.child_error(p_run uuid, p_name text, p_status text, p_error text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.child_error(p_run uuid, p_name text, p_status text, p_error text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.claim_hook(p_slug text, p_method text, p_path text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.claim_hook(p_slug text, p_method text, p_path text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.claim_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text, p_accepted timestamp with time zone, p_fence bigint, p_deliveries integer, p_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.claim_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text, p_accepted timestamp with time zone, p_fence bigint, p_deliveries integer, p_worker text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.connect_token(p_workspace uuid, p_credential uuid, p_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.connect_token(p_workspace uuid, p_credential uuid, p_version integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.count_states() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.count_states() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.crashes_of(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.crashes_of(p_run uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.current_workspace() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.current_workspace() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.delay_waits(p_runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.delay_waits(p_runs uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.deliveries_to_settle(p_max integer, p_stale_s integer, p_held_s integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.deliveries_to_settle(p_max integer, p_stale_s integer, p_held_s integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.done_before(p_run uuid, p_key text) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.drop_breaker_events(p_before timestamp with time zone, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.drop_breaker_events(p_before timestamp with time zone, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.drop_crashes(p_before timestamp with time zone, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.drop_crashes(p_before timestamp with time zone, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.drop_delivery_keys(p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.drop_delivery_keys(p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.drop_expired_sessions() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.drop_expired_sessions() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.drop_expired_states(p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.drop_expired_states(p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.drop_partitions(p_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.drop_partitions(p_before timestamp with time zone) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.drop_payloads(p_before timestamp with time zone, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.drop_payloads(p_before timestamp with time zone, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.due_callers(p_children uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.due_callers(p_children uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.due_cancels(p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.due_cancels(p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.due_schedules(p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.due_schedules(p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.due_waits(p_after uuid, p_workspaces uuid[], p_rooms integer[], p_room integer, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.due_waits(p_after uuid, p_workspaces uuid[], p_rooms integer[], p_room integer, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.duplicate_reason(p_status text, p_same_bytes boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.duplicate_reason(p_status text, p_same_bytes boolean) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.end_access(p_user uuid, p_keys boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.end_access(p_user uuid, p_keys boolean) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.end_breaker_waits(p_workspace uuid, p_what text, p_answer bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.end_breaker_waits(p_workspace uuid, p_what text, p_answer bytea) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.end_children(p_ids uuid[], p_answers bytea[], p_bl_runs uuid[], p_bl_hashes text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.ensure_next_partition(p_from timestamp with time zone, p_months integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.ensure_next_partition(p_from timestamp with time zone, p_months integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.ensure_partition(p_table text, p_key text, p_month timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.ensure_partitions(p_from timestamp with time zone, p_months integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.ensure_partitions(p_from timestamp with time zone, p_months integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.error_items(p_run uuid, p_mode text, p_status text, p_error text, p_workflow uuid, p_name text, p_slug text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.error_items(p_run uuid, p_mode text, p_status text, p_error text, p_workflow uuid, p_name text, p_slug text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.error_receipts(p_failed uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.error_receipts(p_failed uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.fail_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_problem text, p_rest_s integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.fail_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_problem text, p_rest_s integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.fail_token(p_workspace uuid, p_credential uuid, p_holder uuid, p_connect boolean, p_over boolean, p_doubt boolean, p_problem text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.fail_token(p_workspace uuid, p_credential uuid, p_holder uuid, p_connect boolean, p_over boolean, p_doubt boolean, p_problem text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_api_key(p_prefix text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_api_key(p_prefix text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_credential(p_workspace uuid, p_credential uuid, p_known bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_credential(p_workspace uuid, p_credential uuid, p_known bigint) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_hook(p_slug text, p_method text, p_path text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_hook(p_slug text, p_method text, p_path text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_secrets(p_workspace uuid, p_credential uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_secrets(p_workspace uuid, p_credential uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_statics(p_workspace uuid, p_workflow uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_statics(p_workspace uuid, p_workflow uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_variables(p_workspace uuid, p_names json) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_variables(p_workspace uuid, p_names json) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_version(p_workspace uuid, p_version uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_version(p_workspace uuid, p_version uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.find_workflow_name(p_workspace uuid, p_workflow uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.find_workflow_name(p_workspace uuid, p_workflow uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.first_run(p_run uuid, p_body bytea, p_blobs text, OUT status text, OUT same_bytes boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.first_run(p_run uuid, p_body bytea, p_blobs text, OUT status text, OUT same_bytes boolean) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.foreign_credentials(p_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.foreign_credentials(p_ids uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.forget_parked_run() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.forget_parked_run() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.forget_published_credentials() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.forget_published_credentials() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.forget_published_variables() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.forget_published_variables() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.forget_states() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.forget_states() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.hold_breaker(p_workspace uuid, p_what text, p_why text, p_by text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.hold_breaker(p_workspace uuid, p_what text, p_why text, p_by text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.hold_delivery(p_id uuid, p_workspace uuid, p_hook uuid, p_workflow uuid, p_version uuid, p_start_node text, p_mode text, p_reason text, p_method text, p_path text, p_query text, p_headers text, p_addr text, p_body bytea, p_received timestamp with time zone, p_read_as text, p_route text, p_key text, p_rerun boolean, p_url text, p_kind text, p_judged_by timestamp with time zone, p_key_version integer, p_sealed bytea, p_rest_s integer, p_count_max integer, p_bytes_max bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.hold_delivery(p_id uuid, p_workspace uuid, p_hook uuid, p_workflow uuid, p_version uuid, p_start_node text, p_mode text, p_reason text, p_method text, p_path text, p_query text, p_headers text, p_addr text, p_body bytea, p_received timestamp with time zone, p_read_as text, p_route text, p_key text, p_rerun boolean, p_url text, p_kind text, p_judged_by timestamp with time zone, p_key_version integer, p_sealed bytea, p_rest_s integer, p_count_max integer, p_bytes_max bigint) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.hook_keys_turn() FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.hook_methods(p_slug text, p_path text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.hook_methods(p_slug text, p_path text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.hooks_before(p_workspace uuid, p_method text, p_shape text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.hooks_before(p_workspace uuid, p_method text, p_shape text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.is_limit(p_verdict text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.is_limit(p_verdict text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.is_of_error(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.is_of_error(p_run uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[], p_at timestamp with time zone[], p_answers bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[], p_at timestamp with time zone[], p_answers bytea[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[], p_at timestamp with time zone[], p_answers bytea[], p_digest_versions integer[], p_requests text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.journal(p_runs uuid[], p_workspaces uuid[], p_keys text[], p_idempotency text[], p_fences bigint[], p_at timestamp with time zone[], p_answers bytea[], p_digest_versions integer[], p_requests text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.keep_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_content text, p_lifetime_s integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.keep_hook_keys(p_workspace uuid, p_url text, p_holder uuid, p_content text, p_lifetime_s integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.keep_static(p_workspace uuid, p_workflow uuid, p_changes json) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.keep_token(p_workspace uuid, p_credential uuid, p_version integer, p_holder uuid, p_connect boolean, p_token uuid, p_key_version integer, p_sealed bytea, p_renew_s integer, p_expires_s integer, p_has_refresh boolean, p_rotates boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.keep_token(p_workspace uuid, p_credential uuid, p_version integer, p_holder uuid, p_connect boolean, p_token uuid, p_key_version integer, p_sealed bytea, p_renew_s integer, p_expires_s integer, p_has_refresh boolean, p_rotates boolean) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.key_wrappers() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.key_wrappers() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.keys_wrapped_otherwise(p_by text, p_workspace uuid, p_version integer, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.keys_wrapped_otherwise(p_by text, p_workspace uuid, p_version integer, p_limit integer) TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.workspaces TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.limits_of(p_workspace tyboo.workspaces) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.limits_of(p_workspace tyboo.workspaces) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.link_run() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.link_run() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.link_source() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.link_source() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.list_state(p_workspace uuid, p_workflow uuid, p_prefix text, p_max integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.little_endian(p_number bigint, p_bytes integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.little_endian(p_number bigint, p_bytes integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.lock_breaker_hold(p_workspace uuid, p_what text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.lock_breaker_hold(p_workspace uuid, p_what text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.lock_call_key(p_caller uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.lock_call_key(p_caller uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.lock_run_key(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.lock_run_key(p_run uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.lock_state_key(p_workspace uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.lock_state_key(p_workspace uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.mark_running(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_statuses text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.mark_running(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_statuses text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_worker text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.mirrored_hooks() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.mirrored_hooks() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.mirrored_hooks_token() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.mirrored_hooks_token() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.new_id() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.new_id() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.newest_key() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.newest_key() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.next_state_version(p_workspace uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.only_workspace() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.only_workspace() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.pack(p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.pack(p_text text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.park_runs(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_worker text, p_start_nodes text[], p_pieces integer[], p_steps integer[], p_items integer[], p_running_ms bigint[], p_frames text[], p_payloads text[], p_states bytea[], p_pc_workspaces uuid[], p_pc_runs uuid[], p_pc_numbers integer[], p_pc_fences bigint[], p_pc_firsts integer[], p_pc_counts integer[], p_pc_frames text[], p_pc_saves text[], p_pc_steps bytea[], p_w_runs uuid[], p_w_keys text[], p_w_kinds text[], p_w_nodes text[], p_w_frames text[], p_w_at timestamp with time zone[], p_w_tokens bytea[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.park_runs(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_worker text, p_start_nodes text[], p_pieces integer[], p_steps integer[], p_items integer[], p_running_ms bigint[], p_frames text[], p_payloads text[], p_states bytea[], p_pc_workspaces uuid[], p_pc_runs uuid[], p_pc_numbers integer[], p_pc_fences bigint[], p_pc_firsts integer[], p_pc_counts integer[], p_pc_frames text[], p_pc_saves text[], p_pc_steps bytea[], p_w_runs uuid[], p_w_keys text[], p_w_kinds text[], p_w_nodes text[], p_w_frames text[], p_w_at timestamp with time zone[], p_w_tokens bytea[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.partitioned_tables() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.partitioned_tables() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.queued_runs(p_workflow uuid, p_after uuid, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.queued_runs(p_workflow uuid, p_after uuid, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.receipts_of(p_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.receipts_of(p_ids uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.receipts_without_run(p_grace interval, p_after uuid, p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.receipts_without_run(p_grace interval, p_after uuid, p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.record_breakers(p_news text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.record_breakers(p_news text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.record_crash(p_report text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.record_crash(p_report text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.record_runs(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_statuses text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_finished timestamp with time zone[], p_steps integer[], p_items integer[], p_errors text[], p_digests text[], p_worker text, p_data bytea[], p_run_ms bigint[], p_bytes bigint[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[], p_answers bytea[], p_bl_runs uuid[], p_bl_hashes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.record_runs(p_ids uuid[], p_workspaces uuid[], p_workflows uuid[], p_versions uuid[], p_modes text[], p_statuses text[], p_fences bigint[], p_deliveries integer[], p_accepted timestamp with time zone[], p_started timestamp with time zone[], p_finished timestamp with time zone[], p_steps integer[], p_items integer[], p_errors text[], p_digests text[], p_worker text, p_data bytea[], p_run_ms bigint[], p_bytes bigint[], p_pl_workspaces uuid[], p_pl_hashes text[], p_pl_kinds text[], p_pl_sizes bigint[], p_pl_stored bytea[], p_answers bytea[], p_bl_runs uuid[], p_bl_hashes text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.redirect_deliveries(p_ids uuid[], p_runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.redirect_deliveries(p_ids uuid[], p_runs uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.refuse_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.refuse_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.release_breaker(p_workspace uuid, p_what text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.release_breaker(p_workspace uuid, p_what text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.reserve_sign_in(p_id uuid, p_email text, p_source text, p_window_s bigint, p_email_max bigint, p_source_max bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.reserve_sign_in(p_id uuid, p_email text, p_source text, p_window_s bigint, p_email_max bigint, p_source_max bigint) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.rewind_receipts(p_by interval) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.rewind_receipts(p_by interval) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.rewrap_key(p_workspace uuid, p_version integer, p_old bytea, p_new bytea, p_by text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.rewrap_key(p_workspace uuid, p_version integer, p_old bytea, p_new bytea, p_by text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.run_has_failed(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.run_has_failed(p_run uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.save_payloads(p_workspaces uuid[], p_hashes text[], p_kinds text[], p_sizes bigint[], p_stored bytea[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.save_pieces(p_runs uuid[], p_pc_workspaces uuid[], p_pc_runs uuid[], p_pc_numbers integer[], p_pc_fences bigint[], p_pc_firsts integer[], p_pc_counts integer[], p_pc_frames text[], p_pc_saves text[], p_pc_steps bytea[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.schedule_clock() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.schedule_clock() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.sealed_otherwise(p_started timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.sealed_otherwise(p_started timestamp with time zone) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.see_greatest(p_workspace uuid, p_workflow uuid, p_node text, p_key text, p_value numeric, p_keep boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.see_state(p_workspace uuid, p_workflow uuid, p_node text, p_hashes json, p_max integer, p_keep boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.settle_callers(p_callers uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.settle_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[], p_jwts text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.settle_deliveries(p_ids uuid[], p_verdicts text[], p_reasons text[], p_jwts text[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.settle_runs(p_workspace uuid, p_ids uuid[], p_replays uuid[], p_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.settle_runs(p_workspace uuid, p_ids uuid[], p_replays uuid[], p_by uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.settle_schedules(p_workspaces uuid[], p_ids uuid[], p_next timestamp with time zone[], p_look timestamp with time zone[], p_pending text[], p_last timestamp with time zone[], p_verdicts text[], p_runs uuid[], p_skipped bigint[], p_skipped_at timestamp with time zone[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.settle_schedules(p_workspaces uuid[], p_ids uuid[], p_next timestamp with time zone[], p_look timestamp with time zone[], p_pending text[], p_last timestamp with time zone[], p_verdicts text[], p_runs uuid[], p_skipped bigint[], p_skipped_at timestamp with time zone[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.shape_rank(p_shape text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.shape_rank(p_shape text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.shape_takes(p_shape text, p_path text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.shape_takes(p_shape text, p_path text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.shapes_overlap(p_one text, p_other text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.shapes_overlap(p_one text, p_other text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.source_journal(p_workspace uuid, p_run uuid, p_deep boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.source_journal(p_workspace uuid, p_run uuid, p_deep boolean) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.start_error_workflows(p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.state_room(p_workspace uuid, p_keys bigint, p_bytes bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.take_hook_work(p_holder uuid, p_hold_ms integer, p_stale_s integer, p_held_s integer, p_settles boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.take_hook_work(p_holder uuid, p_hold_ms integer, p_stale_s integer, p_held_s integer, p_settles boolean) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.take_oauth2_state(p_hash bytea, p_session bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.take_oauth2_state(p_hash bytea, p_session bytea) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.take_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text, p_accepted timestamp with time zone, p_fence bigint, p_deliveries integer, p_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.take_run(p_id uuid, p_workspace uuid, p_workflow uuid, p_version uuid, p_mode text, p_accepted timestamp with time zone, p_fence bigint, p_deliveries integer, p_worker text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.take_token(p_workspace uuid, p_credential uuid, p_version integer, p_signed_in boolean, p_spoiled uuid, p_holder uuid, p_hold_ms integer, p_young_ms integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.take_token(p_workspace uuid, p_credential uuid, p_version integer, p_signed_in boolean, p_spoiled uuid, p_holder uuid, p_hold_ms integer, p_young_ms integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.texts(p_list text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.texts(p_list text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.tick_is_over(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.tick_is_over(p_run uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.told_runs(p_runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.told_runs(p_runs uuid[]) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.trim_unclaimed(p_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.trim_unclaimed(p_max integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.trim_unclaimed_of(p_workspaces uuid[], p_max integer, p_bytes_max bigint, p_rows integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.trim_unclaimed_of(p_workspaces uuid[], p_max integer, p_bytes_max bigint, p_rows integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.use_credential(p_workspace uuid, p_credential uuid, p_known bigint, p_workflow uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.use_credential(p_workspace uuid, p_credential uuid, p_known bigint, p_workflow uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.user_workflow_workspace(p_user uuid, p_workflow uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.user_workflow_workspace(p_user uuid, p_workflow uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.user_workspaces(p_user uuid, p_workspace text) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.user_workspaces(p_user uuid, p_workspace text) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.uuid_at(p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.uuid_at(p_at timestamp with time zone) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.uuid_before(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.uuid_before(p_id uuid) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.waits_of_runs(p_from timestamp with time zone, p_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.waits_of_runs(p_from timestamp with time zone, p_until timestamp with time zone) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.wake_callers(p_callers uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION tyboo.want_hook_keys() FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.want_hook_keys() TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.want_keys(p_workspace uuid, p_url text, p_kind text, p_judged_by timestamp with time zone, p_rest_s integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.want_keys(p_workspace uuid, p_url text, p_kind text, p_judged_by timestamp with time zone, p_rest_s integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.workspaces_to_seal(p_started timestamp with time zone, p_after uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tyboo.workspaces_to_seal(p_started timestamp with time zone, p_after uuid, p_limit integer) TO tyboo_app;

REVOKE ALL ON FUNCTION tyboo.write_state(p_workspace uuid, p_kind text, p_workflow uuid, p_node text, p_key text, p_value text, p_expires_s bigint, p_old tyboo.states) FROM PUBLIC;

GRANT SELECT ON TABLE tyboo.answers TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.api_keys TO tyboo_app;

GRANT SELECT ON TABLE tyboo.blob_chunks TO tyboo_app;

GRANT SELECT ON TABLE tyboo.blob_uploads TO tyboo_app;

GRANT SELECT ON TABLE tyboo.blob_uses TO tyboo_app;

GRANT SELECT ON TABLE tyboo.blobs TO tyboo_app;

GRANT SELECT ON TABLE tyboo.breaker_events TO tyboo_app;

GRANT SELECT ON TABLE tyboo.breaker_holds TO tyboo_app;

GRANT SELECT ON TABLE tyboo.cancels TO tyboo_app;

GRANT SELECT ON TABLE tyboo.code_libraries TO tyboo_app;

GRANT SELECT ON TABLE tyboo.crashes TO tyboo_app;

GRANT SELECT ON TABLE tyboo.credential_tokens TO tyboo_app;

GRANT UPDATE(key_version) ON TABLE tyboo.credential_tokens TO tyboo_app;

GRANT UPDATE(sealed) ON TABLE tyboo.credential_tokens TO tyboo_app;

GRANT SELECT ON TABLE tyboo.credential_uses TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.credentials TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.deliveries TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.delivery_keys TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.effects TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.execution_data TO tyboo_app;

GRANT SELECT ON TABLE tyboo.execution_pieces TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.executions TO tyboo_app;

GRANT SELECT ON TABLE tyboo.held_deliveries TO tyboo_app;

GRANT SELECT ON TABLE tyboo.hook_keys TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.hooks TO tyboo_app;

GRANT SELECT,INSERT,UPDATE ON TABLE tyboo.key_rotations TO tyboo_app;

GRANT SELECT ON TABLE tyboo.oauth2_states TO tyboo_app;

GRANT SELECT ON TABLE tyboo.parked_runs TO tyboo_app;

GRANT SELECT,INSERT,DELETE ON TABLE tyboo.pauses TO tyboo_app;

GRANT SELECT ON TABLE tyboo.payload_usage TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.payloads TO tyboo_app;

GRANT SELECT,INSERT,DELETE ON TABLE tyboo.published_credentials TO tyboo_app;

GRANT SELECT,INSERT,DELETE ON TABLE tyboo.published_variables TO tyboo_app;

GRANT SELECT ON TABLE tyboo.reap_state TO tyboo_app;

GRANT SELECT ON TABLE tyboo.role_permissions TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.schedules TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.sessions TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.sign_in_failures TO tyboo_app;

GRANT SELECT ON TABLE tyboo.state_seen TO tyboo_app;

GRANT SELECT ON TABLE tyboo.state_usage TO tyboo_app;

GRANT SELECT ON TABLE tyboo.usage_events TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.users TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.variables TO tyboo_app;

GRANT SELECT,INSERT,DELETE ON TABLE tyboo.workflow_versions TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.workflows TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.workspace_keys TO tyboo_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tyboo.workspace_members TO tyboo_app;

