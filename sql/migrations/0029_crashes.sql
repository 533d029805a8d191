-- 0029_crashes: what a worker died of, by run (lib/base/crash.h).
--
-- A row is one run that the process had: was_at says whether it was the one being worked on.  Frames are addresses within objects;
-- no memory of the process is here.

CREATE TABLE tyboo.crashes (
	workspace_id uuid NOT NULL REFERENCES tyboo.workspaces ON DELETE CASCADE,
	run_id uuid NOT NULL,
	at timestamptz NOT NULL,
	worker text NOT NULL CONSTRAINT crashes_worker_length CHECK (length(worker) BETWEEN 1 AND 200),	-- host:pid
	program text NOT NULL CONSTRAINT crashes_program_length CHECK (length(program) BETWEEN 1 AND 64),
	version text NOT NULL CONSTRAINT crashes_version_length CHECK (length(version) <= 64),
	build text NOT NULL CONSTRAINT crashes_build_length CHECK (length(build) <= 64),
	signal text NOT NULL CONSTRAINT crashes_signal_length CHECK (length(signal) BETWEEN 1 AND 32),
	was_at boolean NOT NULL,	-- false: open, but waiting for an answer
	node text CONSTRAINT crashes_node_length CHECK (length(node) <= 200),	-- null: it had come to none
	frames text[] NOT NULL CONSTRAINT crashes_frames_size CHECK (cardinality(frames) <= 64 AND octet_length(array_to_string(frames, '')) <= 8192),
	PRIMARY KEY (run_id, at, worker)
);
CREATE INDEX crashes_at ON tyboo.crashes (at);	-- retention

ALTER TABLE tyboo.crashes ENABLE ROW LEVEL SECURITY;
CREATE POLICY crashes_tenant ON tyboo.crashes USING (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.crashes TO tyboo_app;	-- written by tyboo.record_crash only
