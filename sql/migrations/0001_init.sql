-- 0001_init: tenants, people, workflows, deliveries, executions, metering.
--
-- Roles: the owner (runs this file) owns everything; tyboo_app is what the programs connect
-- as: it owns nothing and cannot bypass row-level security.  A transaction names its workspace
-- with SET LOCAL tyboo.workspace_id (see tyboo.current_workspace()); one that names none sees no
-- tenant row.  Work that spans workspaces (recording a batch of runs, accepting a group of
-- deliveries, reaping) goes through SECURITY DEFINER functions in sql/functions, and only there.
--
-- Ids of deliveries and executions are UUID version 7: they sort by time, so the tables are
-- partitioned by ranges of the id, one partition a month (sql/functions/partitions.sql).

CREATE SCHEMA tyboo;

CREATE FUNCTION tyboo.current_workspace() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('tyboo.workspace_id', true), '')::uuid $$;

CREATE TABLE tyboo.workspaces (
	id uuid PRIMARY KEY,
	slug text NOT NULL CONSTRAINT workspaces_slug_form CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
	name text NOT NULL CONSTRAINT workspaces_name_length CHECK (length(name) BETWEEN 1 AND 200),
	concurrent_max integer NOT NULL DEFAULT 100 CONSTRAINT workspaces_concurrent_range CHECK (concurrent_max BETWEEN 1 AND 100000),
	depth_max integer NOT NULL DEFAULT 100000 CONSTRAINT workspaces_depth_range CHECK (depth_max BETWEEN 1 AND 100000000),
	rate_per_s integer NOT NULL DEFAULT 0 CONSTRAINT workspaces_rate_range CHECK (rate_per_s >= 0),
	quota_month bigint NOT NULL DEFAULT 0 CONSTRAINT workspaces_quota_range CHECK (quota_month >= 0),
	payload_bytes_max bigint NOT NULL DEFAULT 10737418240 CONSTRAINT workspaces_payload_range CHECK (payload_bytes_max >= 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT workspaces_slug_unique UNIQUE (slug)
);

CREATE TABLE tyboo.users (
	id uuid PRIMARY KEY,
	email text NOT NULL CONSTRAINT users_email_length CHECK (length(email) BETWEEN 3 AND 254),
	name text NOT NULL CONSTRAINT users_name_length CHECK (length(name) BETWEEN 1 AND 200),
	password_hash text CONSTRAINT users_password_hash_length CHECK (length(password_hash) <= 512),
	created_at timestamptz NOT NULL DEFAULT now(),
	disabled_at timestamptz
);
CREATE UNIQUE INDEX users_email_unique ON tyboo.users (lower(email));

-- What a role may do; the route table names the permission (fcgi-app/routes.def).
CREATE TABLE tyboo.role_permissions (
	role text NOT NULL CONSTRAINT role_permissions_role_known CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
	permission text NOT NULL CONSTRAINT role_permissions_permission_length CHECK (length(permission) BETWEEN 1 AND 64),
	PRIMARY KEY (role, permission)
);
INSERT INTO tyboo.role_permissions (role, permission)
SELECT role, permission FROM (VALUES
	('owner'), ('admin'), ('editor'), ('viewer')) AS r (role)
CROSS JOIN (VALUES ('workspace.read'), ('workflow.read'), ('execution.read'), ('delivery.read'), ('catalog.read')) AS p (permission)
UNION ALL
SELECT role, permission FROM (VALUES ('owner'), ('admin'), ('editor')) AS r (role)
CROSS JOIN (VALUES ('workflow.write'), ('workflow.publish'), ('workflow.run'), ('execution.cancel'), ('delivery.replay'),
	('credential.read'), ('credential.write')) AS p (permission)
UNION ALL
SELECT role, permission FROM (VALUES ('owner'), ('admin')) AS r (role)
CROSS JOIN (VALUES ('api_key.read'), ('api_key.write'), ('workspace.write')) AS p (permission);

CREATE TABLE tyboo.workspace_members (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES tyboo.users ON DELETE CASCADE,
	role text NOT NULL CONSTRAINT workspace_members_role_known CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX workspace_members_user ON tyboo.workspace_members (user_id);

-- Keyed by the SHA-256 of the cookie's token: the table is of no use to a thief.
CREATE TABLE tyboo.sessions (
	token_hash bytea PRIMARY KEY CONSTRAINT sessions_token_hash_size CHECK (octet_length(token_hash) = 32),
	user_id uuid NOT NULL REFERENCES tyboo.users ON DELETE CASCADE,
	csrf_token text NOT NULL CONSTRAINT sessions_csrf_length CHECK (length(csrf_token) BETWEEN 32 AND 128),
	user_agent text NOT NULL DEFAULT '' CONSTRAINT sessions_agent_length CHECK (length(user_agent) <= 500),
	remote_addr text NOT NULL DEFAULT '' CONSTRAINT sessions_addr_length CHECK (length(remote_addr) <= 64),
	created_at timestamptz NOT NULL DEFAULT now(),
	seen_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON tyboo.sessions (user_id);
CREATE INDEX sessions_expires ON tyboo.sessions (expires_at);

CREATE TABLE tyboo.sign_in_failures (
	email text NOT NULL CONSTRAINT sign_in_failures_email_length CHECK (length(email) <= 254),
	failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_failures_recent ON tyboo.sign_in_failures (email, failed_at);

CREATE TABLE tyboo.api_keys (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	id uuid NOT NULL,
	name text NOT NULL CONSTRAINT api_keys_name_length CHECK (length(name) BETWEEN 1 AND 200),
	prefix text NOT NULL CONSTRAINT api_keys_prefix_length CHECK (length(prefix) BETWEEN 4 AND 32),
	secret_hash bytea NOT NULL CONSTRAINT api_keys_secret_hash_size CHECK (octet_length(secret_hash) = 32),
	scopes text[] NOT NULL,
	created_by uuid REFERENCES tyboo.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz,
	revoked_at timestamptz,
	PRIMARY KEY (workspace_id, id),
	CONSTRAINT api_keys_prefix_unique UNIQUE (prefix)
);

-- A workspace's data key, wrapped by the master key (vault/).
CREATE TABLE tyboo.workspace_keys (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	version integer NOT NULL,
	wrapped bytea NOT NULL CONSTRAINT workspace_keys_wrapped_size CHECK (octet_length(wrapped) BETWEEN 32 AND 512),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, version)
);

CREATE TABLE tyboo.credentials (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	id uuid NOT NULL,
	name text NOT NULL CONSTRAINT credentials_name_length CHECK (length(name) BETWEEN 1 AND 200),
	type text NOT NULL CONSTRAINT credentials_type_length CHECK (length(type) BETWEEN 1 AND 64),
	key_version integer NOT NULL,
	version integer NOT NULL DEFAULT 1,
	sealed bytea NOT NULL CONSTRAINT credentials_sealed_size CHECK (octet_length(sealed) <= 65536),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX credentials_name_unique ON tyboo.credentials (workspace_id, lower(name));

CREATE TABLE tyboo.workflows (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	id uuid NOT NULL,
	name text NOT NULL CONSTRAINT workflows_name_length CHECK (length(name) BETWEEN 1 AND 200),
	revision integer NOT NULL DEFAULT 1,	-- raised by each save; the ETag
	draft_version_id uuid NOT NULL,		-- the newest saved version
	published_version_id uuid,		-- what triggers run; null = not published
	concurrent_max integer NOT NULL DEFAULT 0 CONSTRAINT workflows_concurrent_range CHECK (concurrent_max >= 0),
	created_by uuid REFERENCES tyboo.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	PRIMARY KEY (workspace_id, id)
);

-- Immutable: a version, once saved, never changes.  That is what lets workers cache plans by its id.
CREATE TABLE tyboo.workflow_versions (
	workspace_id uuid NOT NULL,
	id uuid NOT NULL,
	workflow_id uuid NOT NULL,
	number integer NOT NULL,
	graph text NOT NULL CONSTRAINT workflow_versions_graph_size CHECK (octet_length(graph) <= 4194304),	-- text, not jsonb: key order is the author's
	note text NOT NULL DEFAULT '' CONSTRAINT workflow_versions_note_length CHECK (length(note) <= 2000),
	created_by uuid REFERENCES tyboo.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, id),
	CONSTRAINT workflow_versions_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE,
	CONSTRAINT workflow_versions_number_unique UNIQUE (workspace_id, workflow_id, number)
);

-- One row per webhook trigger of a published workflow.
CREATE TABLE tyboo.hooks (
	workspace_id uuid NOT NULL,
	id uuid NOT NULL,
	workflow_id uuid NOT NULL,
	version_id uuid NOT NULL,
	node_id text NOT NULL CONSTRAINT hooks_node_length CHECK (length(node_id) BETWEEN 1 AND 200),
	method text NOT NULL CONSTRAINT hooks_method_length CHECK (length(method) BETWEEN 1 AND 16),	-- '*' = any
	path text NOT NULL CONSTRAINT hooks_path_length CHECK (length(path) BETWEEN 1 AND 512),		-- without leading '/'
	verify text NOT NULL DEFAULT '{}' CONSTRAINT hooks_verify_size CHECK (octet_length(verify) <= 8192),	-- JSON: scheme and its options, credential ids
	timeout_ms bigint NOT NULL DEFAULT 300000,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, id),
	CONSTRAINT hooks_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE,
	CONSTRAINT hooks_address_unique UNIQUE (workspace_id, method, path)
);

-- Receipts: every request to a hook, raw, with what became of it.  An accepted one's run has its id.
CREATE TABLE tyboo.deliveries (
	workspace_id uuid NOT NULL,
	id uuid NOT NULL,
	hook_id uuid,
	workflow_id uuid,
	version_id uuid,
	start_node text NOT NULL DEFAULT '' CONSTRAINT deliveries_start_node_length CHECK (length(start_node) <= 200),
	mode text NOT NULL CONSTRAINT deliveries_mode_known CHECK (mode IN ('webhook', 'api', 'manual', 'replay', 'schedule')),
	verdict text NOT NULL CONSTRAINT deliveries_verdict_known CHECK (verdict IN ('accepted', 'duplicate', 'unclaimed', 'bad_signature',
		'stale', 'malformed', 'too_large', 'rate', 'quota', 'depth', 'not_configured')),
	reason text NOT NULL DEFAULT '' CONSTRAINT deliveries_reason_length CHECK (length(reason) <= 1000),
	run_id uuid,			-- the run this led to: its own id, or the earlier one's for a duplicate
	method text NOT NULL DEFAULT '' CONSTRAINT deliveries_method_length CHECK (length(method) <= 16),
	path text NOT NULL DEFAULT '' CONSTRAINT deliveries_path_length CHECK (length(path) <= 2048),
	query text NOT NULL DEFAULT '' CONSTRAINT deliveries_query_length CHECK (length(query) <= 16384),
	headers text NOT NULL DEFAULT '{}' CONSTRAINT deliveries_headers_size CHECK (octet_length(headers) <= 262144),
	remote_addr text NOT NULL DEFAULT '' CONSTRAINT deliveries_addr_length CHECK (length(remote_addr) <= 64),
	body bytea NOT NULL DEFAULT '' CONSTRAINT deliveries_body_size CHECK (octet_length(body) <= 16777216),
	delivery_key text NOT NULL DEFAULT '' CONSTRAINT deliveries_key_length CHECK (length(delivery_key) <= 320),
	received_at timestamptz NOT NULL,
	PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX deliveries_workspace ON tyboo.deliveries (workspace_id, id DESC);
CREATE INDEX deliveries_unclaimed ON tyboo.deliveries (workspace_id, id) WHERE verdict = 'unclaimed';	-- tyboo.trim_unclaimed
-- A body of 16 MiB is not to hold up its group: lz4 is ten times as fast as pglz, where the server has it.
DO $$
BEGIN
	ALTER TABLE tyboo.deliveries ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
	NULL;
END $$;

-- What makes two deliveries the same; remembered for TY_LIMIT_DEDUPE_S.
CREATE TABLE tyboo.delivery_keys (
	workspace_id uuid NOT NULL,
	delivery_key text NOT NULL CONSTRAINT delivery_keys_key_length CHECK (length(delivery_key) BETWEEN 1 AND 320),
	run_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, delivery_key)
);
CREATE INDEX delivery_keys_created ON tyboo.delivery_keys (created_at);	-- tyboo.drop_delivery_keys
CREATE INDEX delivery_keys_run ON tyboo.delivery_keys (run_id);	-- tyboo.refuse_deliveries

CREATE TABLE tyboo.executions (
	workspace_id uuid NOT NULL,
	id uuid NOT NULL,
	workflow_id uuid NOT NULL,
	version_id uuid NOT NULL,
	mode text NOT NULL CONSTRAINT executions_mode_known CHECK (mode IN ('webhook', 'api', 'manual', 'replay', 'schedule')),
	status text NOT NULL CONSTRAINT executions_status_known CHECK (status IN ('running', 'waiting', 'ok', 'error', 'timeout', 'canceled')),
	fence bigint NOT NULL,		-- fencing token of whoever wrote the row last; only a higher or equal one may change it
	deliveries integer NOT NULL DEFAULT 1,	-- leases it took
	accepted_at timestamptz NOT NULL,
	started_at timestamptz NOT NULL,
	finished_at timestamptz,
	step_count integer NOT NULL DEFAULT 0,
	item_count integer NOT NULL DEFAULT 0,
	error text CONSTRAINT executions_error_size CHECK (octet_length(error) <= 65536),	-- JSON
	digest text CONSTRAINT executions_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
	worker text NOT NULL DEFAULT '' CONSTRAINT executions_worker_length CHECK (length(worker) <= 200),
	CONSTRAINT executions_finished CHECK ((status IN ('running', 'waiting')) = (finished_at IS NULL)),
	PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX executions_workspace ON tyboo.executions (workspace_id, id DESC);
CREATE INDEX executions_workflow ON tyboo.executions (workspace_id, workflow_id, id DESC);
CREATE INDEX executions_unfinished ON tyboo.executions (id) WHERE finished_at IS NULL;

-- All steps of a run: zstd-compressed JSON (ty_run_result.steps).
CREATE TABLE tyboo.execution_data (
	workspace_id uuid NOT NULL,
	id uuid NOT NULL,
	steps bytea NOT NULL,
	PRIMARY KEY (id)
) PARTITION BY RANGE (id);
ALTER TABLE tyboo.execution_data ALTER COLUMN steps SET STORAGE EXTERNAL;	-- it is compressed already

-- The effect journal: intent before, answer after.
CREATE TABLE tyboo.effects (
	workspace_id uuid NOT NULL,
	run_id uuid NOT NULL,
	key text NOT NULL CONSTRAINT effects_key_length CHECK (length(key) BETWEEN 1 AND 300),
	fence bigint NOT NULL,
	idempotency_key text NOT NULL CONSTRAINT effects_idempotency_length CHECK (length(idempotency_key) BETWEEN 1 AND 255),
	intent_at timestamptz NOT NULL,
	answered_at timestamptz,
	answer bytea,			-- zstd-compressed JSON
	PRIMARY KEY (run_id, key)
) PARTITION BY RANGE (run_id);

-- Values over the inline limit, once per workspace.
CREATE TABLE tyboo.payloads (
	workspace_id uuid NOT NULL,
	hash text NOT NULL CONSTRAINT payloads_hash_form CHECK (hash ~ '^[0-9a-f]{64}$'),
	kind text NOT NULL CONSTRAINT payloads_kind_known CHECK (kind IN ('string', 'json')),
	size_bytes bigint NOT NULL,
	stored bytea NOT NULL,		-- zstd
	created_at timestamptz NOT NULL DEFAULT now(),
	seen_at timestamptz NOT NULL DEFAULT now(),	-- for garbage collection
	PRIMARY KEY (workspace_id, hash)
);
ALTER TABLE tyboo.payloads ALTER COLUMN stored SET STORAGE EXTERNAL;
CREATE INDEX payloads_seen ON tyboo.payloads (seen_at);	-- tyboo.drop_payloads

-- Stored bytes of a workspace's payloads, kept beside them so that the quota costs no sum.
CREATE TABLE tyboo.payload_usage (
	workspace_id uuid PRIMARY KEY,
	stored_bytes bigint NOT NULL CONSTRAINT payload_usage_bytes_range CHECK (stored_bytes >= 0)
);

-- Raw usage, written in the transaction that records the run: metered exactly once or not at all.
CREATE TABLE tyboo.usage_events (
	workspace_id uuid NOT NULL,
	run_id uuid NOT NULL,
	workflow_id uuid NOT NULL,
	at timestamptz NOT NULL,
	steps integer NOT NULL,
	items integer NOT NULL,
	run_ms bigint NOT NULL,
	bytes bigint NOT NULL,
	PRIMARY KEY (run_id)
) PARTITION BY RANGE (run_id);

-- Where tyboo-reap's search for receipts without a run has got to.
CREATE TABLE tyboo.reap_state (
	name text PRIMARY KEY CONSTRAINT reap_state_name_length CHECK (length(name) <= 64),
	watermark uuid NOT NULL,
	updated_at timestamptz NOT NULL DEFAULT now()
);

-- Row-level security: a table of a tenant shows one workspace's rows, or none.
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['workspace_members', 'api_keys', 'workspace_keys', 'credentials', 'workflows', 'workflow_versions',
		'hooks', 'deliveries', 'delivery_keys', 'executions', 'execution_data', 'effects', 'payloads', 'payload_usage', 'usage_events'] LOOP
		EXECUTE format('ALTER TABLE tyboo.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY %I ON tyboo.%I USING (workspace_id = (SELECT tyboo.current_workspace())) '
			'WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()))', t || '_tenant', t);
	END LOOP;
END $$;
ALTER TABLE tyboo.workspaces ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspaces_tenant ON tyboo.workspaces USING (id = (SELECT tyboo.current_workspace()))
	WITH CHECK (id = (SELECT tyboo.current_workspace()));

GRANT USAGE ON SCHEMA tyboo TO tyboo_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tyboo TO tyboo_app;
-- Written by the functions of sql/functions only; what is recorded is not rewritten by a program.
REVOKE INSERT, UPDATE, DELETE ON tyboo.role_permissions, tyboo.reap_state, tyboo.payload_usage, tyboo.usage_events FROM tyboo_app;
REVOKE UPDATE ON tyboo.workflow_versions FROM tyboo_app;
