-- 0016_breakers: what circuit breakers did.  Their state is in Redis (lib/queue/lua/breaker_common.lua); the release before knows none.

CREATE TABLE tyboo.breaker_events (
	id uuid PRIMARY KEY,		-- of its own content, so that one that is recorded again is the same
	workspace_id uuid,		-- null: the operator's, of all workspaces
	node_type text NOT NULL CONSTRAINT breaker_events_node_type_length CHECK (length(node_type) BETWEEN 1 AND 128),
	host text NOT NULL CONSTRAINT breaker_events_host_length CHECK (length(host) BETWEEN 1 AND 400),	-- '*': all of the type
	state_from text NOT NULL CONSTRAINT breaker_events_from_known CHECK (state_from IN ('closed', 'open', 'probing')),
	state text NOT NULL CONSTRAINT breaker_events_state_known CHECK (state IN ('closed', 'open', 'probing')),
	failures integer NOT NULL,	-- in a row, until then
	why text NOT NULL CONSTRAINT breaker_events_why_length CHECK (length(why) <= 200),
	by_whom text NOT NULL CONSTRAINT breaker_events_by_length CHECK (length(by_whom) <= 320),	-- '' = nobody's hand
	probe_at timestamptz,		-- the next probe; null: none by itself
	at timestamptz NOT NULL
);
CREATE INDEX breaker_events_list ON tyboo.breaker_events (workspace_id, at DESC, id DESC);
CREATE INDEX breaker_events_at ON tyboo.breaker_events (at);	-- retention

ALTER TABLE tyboo.breaker_events ENABLE ROW LEVEL SECURITY;
-- What holds for all is for all to see: it names no workspace.
CREATE POLICY breaker_events_tenant ON tyboo.breaker_events
	USING (workspace_id = (SELECT tyboo.current_workspace()) OR workspace_id IS NULL);
GRANT SELECT ON tyboo.breaker_events TO tyboo_app;	-- written by tyboo.record_breakers only

-- Which runs wait for a breaker: their wait's key ends in "/retry <node type> <host>" (workers/run/job_keep.c).
CREATE INDEX waits_breaker ON tyboo.waits (workspace_id, split_part(key, '/retry ', 2)) WHERE key LIKE '%/retry %';

INSERT INTO tyboo.role_permissions (role, permission)
SELECT role, 'breaker.read' FROM (VALUES ('owner'), ('admin'), ('editor'), ('viewer')) AS r (role)
UNION ALL
SELECT role, 'breaker.write' FROM (VALUES ('owner'), ('admin'), ('editor')) AS r (role)
ON CONFLICT DO NOTHING;
