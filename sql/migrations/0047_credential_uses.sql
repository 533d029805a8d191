-- 0047_credential_uses: who made a credential, and which workflows were last served by it.
--
-- Uses are a table of their own, because a write to tyboo.credentials makes tyboo-reap mirror all hooks anew.  The release before
-- writes neither: what it keeps was made by nobody that is known, and its workers' uses are not seen.

ALTER TABLE tyboo.credentials ADD COLUMN created_by uuid
	CONSTRAINT credentials_created_by_fkey REFERENCES tyboo.users (id) ON DELETE SET NULL;

CREATE TABLE tyboo.credential_uses (
	workspace_id uuid NOT NULL,
	credential_id uuid NOT NULL,
	workflow_id uuid NOT NULL,
	used_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, credential_id, workflow_id),
	CONSTRAINT credential_uses_credential FOREIGN KEY (workspace_id, credential_id) REFERENCES tyboo.credentials (workspace_id, id) ON DELETE CASCADE,
	CONSTRAINT credential_uses_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE
);
ALTER TABLE tyboo.credential_uses ENABLE ROW LEVEL SECURITY;
CREATE POLICY credential_uses_tenant ON tyboo.credential_uses
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.credential_uses TO tyboo_app;
