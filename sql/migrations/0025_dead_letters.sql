-- 0025_dead_letters: failed runs that nobody has looked after.
--
--   error, timeout --settle_runs--> replayed (replay_run_id says as what) | discarded
--
-- A dead letter is the run's own row, so that recording costs no more and retention takes both.

ALTER TABLE tyboo.executions
	ADD COLUMN settled_at timestamptz,	-- null: nobody has
	ADD COLUMN settled_how text CONSTRAINT executions_settled_known CHECK (settled_how IN ('replayed', 'discarded')),
	ADD COLUMN settled_by uuid,		-- null: the operator
	ADD COLUMN replay_run_id uuid;

-- The failure of a called run is its caller's, and whoever starts a run by hand looks at it.
CREATE FUNCTION tyboo.is_dead_letter(p_status text, p_mode text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT p_status IN ('error', 'timeout') AND p_mode IN ('webhook', 'api', 'schedule', 'replay', 'error') $$;

CREATE INDEX executions_dead ON tyboo.executions (workspace_id, id) WHERE tyboo.is_dead_letter(status, mode) AND settled_at IS NULL;
CREATE INDEX executions_settled ON tyboo.executions (workspace_id, id) WHERE settled_at IS NOT NULL;

INSERT INTO tyboo.role_permissions (role, permission)
SELECT role, 'dead_letter.write' FROM (VALUES ('owner'), ('admin'), ('editor')) AS r (role)
ON CONFLICT DO NOTHING;
