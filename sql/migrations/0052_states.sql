-- 0052_states: what a workspace's workflows keep from one run to the next.
--
-- A row is a value under a key: of the node State, a workflow's static data, or a list of what a node has seen.  Writes go through
-- sql/functions/state.sql, one after the other within a workspace, so that the quota and each comparison of versions hold.
-- The release before knows none of it.

ALTER TABLE tyboo.workspaces
	ADD COLUMN state_keys_max bigint NOT NULL DEFAULT 10000
		CONSTRAINT workspaces_state_keys_range CHECK (state_keys_max BETWEEN 0 AND 1000000),
	ADD COLUMN state_bytes_max bigint NOT NULL DEFAULT 67108864
		CONSTRAINT workspaces_state_bytes_range CHECK (state_bytes_max BETWEEN 0 AND 9007199254740991);

CREATE TABLE tyboo.states (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	id uuid NOT NULL,
	kind text NOT NULL CONSTRAINT states_kind_known CHECK (kind IN ('value', 'static', 'seen')),
	workflow_id uuid,	-- null: the whole workspace's
	node text COLLATE "C" NOT NULL DEFAULT '' CONSTRAINT states_node_length CHECK (length(node) <= 200),	-- id; '' = the whole workflow's
	key text COLLATE "C" NOT NULL CONSTRAINT states_key_length CHECK (octet_length(key) BETWEEN 1 AND 200),
	value text NOT NULL CONSTRAINT states_value_size CHECK (octet_length(value) <= 262144),	-- JSON; text, not jsonb: digits stay as they came
	entries integer NOT NULL DEFAULT 0 CONSTRAINT states_entries_range CHECK (entries >= 0),	-- rows of state_seen
	bytes bigint GENERATED ALWAYS AS (octet_length(key) + octet_length(value) + 64 * entries::bigint) STORED,
	version bigint NOT NULL,	-- of all writes of the workspace, so that a key that was deleted and made again has another one
	expires_at timestamptz,	-- null: kept for good
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, id),
	CONSTRAINT states_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE,
	CONSTRAINT states_key_unique UNIQUE NULLS NOT DISTINCT (workspace_id, kind, node, key, workflow_id)
);
CREATE INDEX states_workflows ON tyboo.states (workspace_id, workflow_id);
CREATE INDEX states_expired ON tyboo.states (expires_at) WHERE expires_at IS NOT NULL;
ALTER TABLE tyboo.states ENABLE ROW LEVEL SECURITY;
CREATE POLICY states_tenant ON tyboo.states
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.states TO tyboo_app;	-- written by sql/functions/state.sql only

-- What items a list (kind 'seen') has seen, by a hash; the numbers say in which order.
CREATE TABLE tyboo.state_seen (
	workspace_id uuid NOT NULL,
	state_id uuid NOT NULL,
	hash bytea NOT NULL CONSTRAINT state_seen_hash_size CHECK (octet_length(hash) = 16),
	number bigint NOT NULL,
	PRIMARY KEY (workspace_id, state_id, hash),
	CONSTRAINT state_seen_state FOREIGN KEY (workspace_id, state_id) REFERENCES tyboo.states (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX state_seen_order ON tyboo.state_seen (workspace_id, state_id, number);
ALTER TABLE tyboo.state_seen ENABLE ROW LEVEL SECURITY;
CREATE POLICY state_seen_tenant ON tyboo.state_seen
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.state_seen TO tyboo_app;

-- What a workspace's states take, kept by triggers because a sum for each write would be dearer than the write; and its last version.
CREATE TABLE tyboo.state_usage (
	workspace_id uuid PRIMARY KEY REFERENCES tyboo.workspaces ON DELETE CASCADE,
	keys bigint NOT NULL DEFAULT 0,
	bytes bigint NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 0
);
ALTER TABLE tyboo.state_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY state_usage_tenant ON tyboo.state_usage
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.state_usage TO tyboo_app;

-- What a write of state answered: written by the write's own transaction, so that a call which is made again is told the same and
-- writes nothing (tyboo.ask_states).
ALTER TABLE tyboo.effects ADD COLUMN done text CONSTRAINT effects_done_size CHECK (octet_length(done) <= 1048576);

CREATE FUNCTION tyboo.count_states() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
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
CREATE TRIGGER states_count_come AFTER INSERT ON tyboo.states REFERENCING NEW TABLE AS come
	FOR EACH STATEMENT EXECUTE FUNCTION tyboo.count_states();
CREATE TRIGGER states_count_changed AFTER UPDATE ON tyboo.states REFERENCING OLD TABLE AS gone NEW TABLE AS come
	FOR EACH STATEMENT EXECUTE FUNCTION tyboo.count_states();
CREATE TRIGGER states_count_gone AFTER DELETE ON tyboo.states REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION tyboo.count_states();

-- A deleted workflow keeps nothing.
CREATE FUNCTION tyboo.forget_states() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(tyboo.lock_state_key(NEW.workspace_id));
	DELETE FROM tyboo.states s WHERE s.workspace_id = NEW.workspace_id AND s.workflow_id = NEW.id;
	RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tyboo.count_states(), tyboo.forget_states() FROM PUBLIC;
CREATE TRIGGER workflows_forget_states AFTER UPDATE OF deleted_at ON tyboo.workflows
	FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION tyboo.forget_states();

INSERT INTO tyboo.role_permissions (role, permission)
SELECT role, 'state.read' FROM (VALUES ('owner'), ('admin'), ('editor'), ('viewer')) AS r (role)
UNION ALL
SELECT role, 'state.write' FROM (VALUES ('owner'), ('admin'), ('editor')) AS r (role)
ON CONFLICT DO NOTHING;
