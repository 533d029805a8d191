-- 0050_variables: what expressions and code of a workspace share under a name ($vars).
--
-- A run that names any sees what its first attempt found: its worker reads them before the first step and journals them
-- (tyboo.effects, key "$vars").  The release before knows none: it refuses $vars when it publishes, and runs see {}.

CREATE TABLE tyboo.variables (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	id uuid NOT NULL,
	name text COLLATE "C" NOT NULL CONSTRAINT variables_name_form CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,49}$'),
	value text NOT NULL CONSTRAINT variables_value_length CHECK (octet_length(value) <= 4096),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, id),
	CONSTRAINT variables_name_unique UNIQUE (workspace_id, name)
);
ALTER TABLE tyboo.variables ENABLE ROW LEVEL SECURITY;
CREATE POLICY variables_tenant ON tyboo.variables
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT, INSERT, UPDATE, DELETE ON tyboo.variables TO tyboo_app;

-- Which names the published version of a workflow uses; '*' = one that is computed, so any.  For people only: a name may be of no variable.
CREATE TABLE tyboo.published_variables (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	workflow_id uuid NOT NULL,
	name text COLLATE "C" NOT NULL CONSTRAINT published_variables_name_length CHECK (length(name) BETWEEN 1 AND 50),
	PRIMARY KEY (workspace_id, workflow_id, name),
	CONSTRAINT published_variables_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX published_variables_users ON tyboo.published_variables (workspace_id, name);
ALTER TABLE tyboo.published_variables ENABLE ROW LEVEL SECURITY;
CREATE POLICY published_variables_tenant ON tyboo.published_variables
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT, INSERT, DELETE ON tyboo.published_variables TO tyboo_app;

-- Whatever is put on the air or taken off it begins with none, whichever release does it (as 0002 does for credentials).
CREATE FUNCTION tyboo.forget_published_variables() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	DELETE FROM tyboo.published_variables WHERE workspace_id = NEW.workspace_id AND workflow_id = NEW.id;
	RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tyboo.forget_published_variables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tyboo.forget_published_variables() TO tyboo_app;
CREATE TRIGGER workflows_forget_published_variables AFTER UPDATE OF published_version_id ON tyboo.workflows
	FOR EACH ROW EXECUTE FUNCTION tyboo.forget_published_variables();

INSERT INTO tyboo.role_permissions (role, permission)
SELECT role, 'variable.read' FROM (VALUES ('owner'), ('admin'), ('editor'), ('viewer')) AS r (role)
UNION ALL
SELECT role, 'variable.write' FROM (VALUES ('owner'), ('admin'), ('editor')) AS r (role)
ON CONFLICT DO NOTHING;
