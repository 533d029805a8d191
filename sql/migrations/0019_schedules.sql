-- 0019_schedules: when published workflows are due.
--
-- A row is a live trigger of time of a published workflow.  It is written when the workflow is published (lib/publish/schedules.h) and goes
-- when it is unpublished, so a schedule that is not on the air owes nothing.  Publishing the same schedule again changes neither
-- next_at nor what it remembers.  tyboo-schedule alone moves next_at (sql/functions/schedules.sql).
--
-- The release before knows no such node, so it publishes no version that has one and deletes no row: a workflow that it unpublishes
-- leaves the row, which due_schedules passes over and the next publish replaces.

CREATE TABLE tyboo.schedules (
	workspace_id uuid NOT NULL,
	id uuid NOT NULL,
	workflow_id uuid NOT NULL,
	version_id uuid NOT NULL,
	node_id text NOT NULL CONSTRAINT schedules_node_length CHECK (length(node_id) BETWEEN 1 AND 200),
	-- What the author wrote; when it is due is lib/schedule's to say.
	kind text NOT NULL CONSTRAINT schedules_kind_known CHECK (kind IN ('cron', 'interval')),
	cron text NOT NULL CONSTRAINT schedules_cron_length CHECK (length(cron) <= 500),	-- '' of an interval
	every bigint NOT NULL CONSTRAINT schedules_every_range CHECK (every >= 0),		-- 0 of cron
	unit text NOT NULL CONSTRAINT schedules_unit_length CHECK (length(unit) <= 16),
	anchor text NOT NULL CONSTRAINT schedules_anchor_length CHECK (length(anchor) <= 40),
	timezone text NOT NULL CONSTRAINT schedules_timezone_length CHECK (length(timezone) BETWEEN 1 AND 64),
	missed text NOT NULL CONSTRAINT schedules_missed_known CHECK (missed IN ('skip', 'once', 'all')),
	missed_max integer NOT NULL CONSTRAINT schedules_missed_range CHECK (missed_max BETWEEN 1 AND 100),
	overlap text NOT NULL CONSTRAINT schedules_overlap_known CHECK (overlap IN ('allow', 'skip', 'queue')),
	timeout_ms bigint NOT NULL,	-- of the workflow
	next_at timestamptz NOT NULL,	-- the first tick that nothing was decided about; infinity = there is none
	look_at timestamptz NOT NULL,	-- when tyboo-schedule looks: at next_at, or sooner where ticks are pending
	pending text NOT NULL DEFAULT '[]' CONSTRAINT schedules_pending_length CHECK (length(pending) <= 2000),	-- JSON list of ms: ticks that wait for the run before ('queue')
	last_at timestamptz,		-- the last tick that was handed in
	last_verdict text CONSTRAINT schedules_verdict_length CHECK (length(last_verdict) <= 32),	-- of its delivery
	last_run_id uuid,
	skipped_count bigint NOT NULL DEFAULT 0,	-- ticks that its policies left out
	skipped_at timestamptz,		-- the last of them
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, id),
	CONSTRAINT schedules_node_unique UNIQUE (workspace_id, workflow_id, node_id),
	CONSTRAINT schedules_workflow FOREIGN KEY (workspace_id, workflow_id) REFERENCES tyboo.workflows (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX schedules_due ON tyboo.schedules (look_at);	-- tyboo.due_schedules, of all workspaces

ALTER TABLE tyboo.schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY schedules_tenant ON tyboo.schedules USING (workspace_id = (SELECT tyboo.current_workspace()))
	WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT, INSERT, UPDATE, DELETE ON tyboo.schedules TO tyboo_app;
