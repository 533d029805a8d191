-- 0002_published_credentials: which credentials the published version of a workflow uses, so that none of them is deleted under it.
--
-- Publishing writes the rows of what the validator met (lib/publish); the foreign key does the rest: a credential with a row
-- cannot go, and a row cannot come for one that went meanwhile.  The release before knows nothing of this table: what it
-- publishes has no rows, as before, and what it takes off the air loses them by the trigger.

CREATE TABLE tyboo.published_credentials (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	workflow_id uuid NOT NULL,
	credential_id uuid NOT NULL,
	PRIMARY KEY (workspace_id, workflow_id, credential_id),
	CONSTRAINT published_credentials_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE,
	CONSTRAINT published_credentials_credential FOREIGN KEY (workspace_id, credential_id) REFERENCES tyboo.credentials (workspace_id, id)
);
CREATE INDEX published_credentials_users ON tyboo.published_credentials (workspace_id, credential_id);

ALTER TABLE tyboo.published_credentials ENABLE ROW LEVEL SECURITY;
CREATE POLICY published_credentials_tenant ON tyboo.published_credentials
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT, INSERT, DELETE ON tyboo.published_credentials TO tyboo_app;

-- Whatever is put on the air or taken off it begins with none, whichever release does it.
CREATE FUNCTION tyboo.forget_published_credentials() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	DELETE FROM tyboo.published_credentials WHERE workspace_id = NEW.workspace_id AND workflow_id = NEW.id;
	RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tyboo.forget_published_credentials() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tyboo.forget_published_credentials() TO tyboo_app;
CREATE TRIGGER workflows_forget_published_credentials AFTER UPDATE OF published_version_id ON tyboo.workflows
	FOR EACH ROW EXECUTE FUNCTION tyboo.forget_published_credentials();

-- What is on the air already: a text of its graph that is a credential's id.  One that it only names (a disabled node's) counts
-- until it is published again.
INSERT INTO tyboo.published_credentials (workspace_id, workflow_id, credential_id)
SELECT DISTINCT w.workspace_id, w.id, c.id
FROM tyboo.workflows w
JOIN tyboo.workflow_versions v ON v.workspace_id = w.workspace_id AND v.id = w.published_version_id
CROSS JOIN LATERAL regexp_matches(v.graph, '"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"', 'g') AS m
JOIN tyboo.credentials c ON c.workspace_id = w.workspace_id AND c.id = m[1]::uuid
WHERE w.deleted_at IS NULL;
