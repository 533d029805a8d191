-- 0041_breaker_holds: circuit breakers that are open by hand.
--
-- Their state is Redis's (lib/queue/lua/breaker_common.lua); a row here outlives its memory, and tyboo-reap gives it back.  The release
-- before opens and closes without a row: what it closes while both run is opened again, so close after an upgrade is through.

CREATE TABLE tyboo.breaker_holds (
	workspace_id uuid REFERENCES tyboo.workspaces ON DELETE CASCADE,	-- null: the operator's, of all workspaces
	what text NOT NULL CONSTRAINT breaker_holds_what_length CHECK (length(what) BETWEEN 3 AND 529),	-- '<node type> <host>'
	why text NOT NULL CONSTRAINT breaker_holds_why_length CHECK (length(why) <= 200),
	by_whom text NOT NULL CONSTRAINT breaker_holds_by_length CHECK (length(by_whom) <= 320),
	at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT breaker_holds_one UNIQUE NULLS NOT DISTINCT (workspace_id, what)
);
ALTER TABLE tyboo.breaker_holds ENABLE ROW LEVEL SECURITY;
CREATE POLICY breaker_holds_tenant ON tyboo.breaker_holds USING (workspace_id = (SELECT tyboo.current_workspace()))
	WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.breaker_holds TO tyboo_app;	-- written by tyboo.hold_breaker and tyboo.release_breaker only

-- Of the operator's, whose runs are in all workspaces (waits_breaker begins with one).
CREATE INDEX waits_breaker_all ON tyboo.waits (split_part(key, '/retry ', 2)) WHERE key LIKE '%/retry %';
