-- 0018_calls: workflows that call workflows, and those that are started when a run fails.
--
-- Which run began another stands on the later one's receipt, because that is there before its row, and is copied to its row when that
-- is made (trigger executions_link).  The child of a call is named by the intent of its effect, so that a call that is made again finds
-- the same one.  The release before names its columns, so it neither sees nor needs these; jobs of called runs are of a version that
-- it hands back (lib/intake/job.h).

ALTER TABLE tyboo.workflow_versions
	ADD COLUMN called_node text CONSTRAINT workflow_versions_called_node_length CHECK (length(called_node) <= 200),	-- null: nobody may call it
	ADD COLUMN error_node text CONSTRAINT workflow_versions_error_node_length CHECK (length(error_node) <= 200),	-- null: it is no error workflow
	ADD COLUMN error_workflow_id uuid;	-- that is started when a run of this version fails

ALTER TABLE tyboo.deliveries
	ADD COLUMN parent_run_id uuid,	-- the run that called it, or that failed
	ADD COLUMN parent_key text CONSTRAINT deliveries_parent_key_length CHECK (length(parent_key) <= 300),	-- the call's key in its journal; null of a failure
	ADD COLUMN root_run_id uuid,	-- the first run of all, which nobody called
	ADD COLUMN depth smallint;	-- calls between the root and this run

ALTER TABLE tyboo.executions
	ADD COLUMN parent_run_id uuid,
	ADD COLUMN parent_key text CONSTRAINT executions_parent_key_length CHECK (length(parent_key) <= 300),
	ADD COLUMN root_run_id uuid,
	ADD COLUMN depth smallint,
	ADD COLUMN error_run_id uuid,	-- of the error workflow, which this run's failure started
	ADD COLUMN notice text CONSTRAINT executions_notice_length CHECK (length(notice) <= 1000);	-- for people; null: nothing to say

CREATE INDEX deliveries_parent ON tyboo.deliveries (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX executions_parent ON tyboo.executions (parent_run_id) WHERE parent_run_id IS NOT NULL;

ALTER TABLE tyboo.effects ADD COLUMN child_run_id uuid;	-- the run that this call began

-- A wait of kind 'run' ends with the end of the run that the call of the same key began.
ALTER TABLE tyboo.waits
	DROP CONSTRAINT waits_kind_known,
	ADD CONSTRAINT waits_kind_known CHECK (kind IN ('time', 'call', 'run')) NOT VALID;

-- Runs that are to be canceled because the run that called them was; gone when they are over.
CREATE TABLE tyboo.cancels (
	workspace_id uuid NOT NULL,
	run_id uuid PRIMARY KEY,
	created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tyboo.cancels ENABLE ROW LEVEL SECURITY;
CREATE POLICY cancels_tenant ON tyboo.cancels USING (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.cancels TO tyboo_app;	-- written by the functions of sql/functions/call.sql only

-- No run that was delivered pays for this, because its mode is another.
CREATE FUNCTION tyboo.link_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	SELECT d.parent_run_id, d.parent_key, d.root_run_id, d.depth INTO NEW.parent_run_id, NEW.parent_key, NEW.root_run_id, NEW.depth
	FROM tyboo.deliveries d WHERE d.id = NEW.id AND d.workspace_id = NEW.workspace_id;
	RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION tyboo.link_run() FROM PUBLIC;
CREATE TRIGGER executions_link BEFORE INSERT ON tyboo.executions
	FOR EACH ROW WHEN (NEW.mode IN ('called', 'error')) EXECUTE FUNCTION tyboo.link_run();
