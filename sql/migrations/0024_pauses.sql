-- 0024_pauses: workspaces and workflows whose deliveries are kept and wait.
--
-- tyboo-reap makes the queue's set of them the same (lib/queue/pause.h).  The release before knows no pauses; its scripts lease what
-- is paused, so pause after an upgrade is through.

CREATE TABLE tyboo.pauses (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	workflow_id uuid,	-- null = all of the workspace
	paused_by uuid REFERENCES tyboo.users ON DELETE SET NULL,	-- null = the operator
	paused_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT pauses_one UNIQUE NULLS NOT DISTINCT (workspace_id, workflow_id),
	FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE
);
ALTER TABLE tyboo.pauses ENABLE ROW LEVEL SECURITY;
CREATE POLICY pauses_tenant ON tyboo.pauses USING (workspace_id = (SELECT tyboo.current_workspace()))
	WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT, INSERT, DELETE ON tyboo.pauses TO tyboo_app;
