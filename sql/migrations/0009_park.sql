-- 0009_park: step records in pieces while a run lasts, and runs that are put down until a time or a call.
--
-- The release before knows none of these tables: it writes the steps of a run as one row, and a job of a run that was put down is of
-- a version that it hands back (lib/intake/job.h).  executions_unfinished becomes executions_running, because runs that wait are not
-- looked for by the search for receipts (sql/functions/reap.sql) and must not make it longer.

-- Records of the steps of one run, appended as they end: a run's steps are its pieces in order, then what execution_data has.
CREATE TABLE tyboo.execution_pieces (
	workspace_id uuid NOT NULL,
	run_id uuid NOT NULL,
	number integer NOT NULL CONSTRAINT execution_pieces_number_range CHECK (number >= 0),
	fence bigint NOT NULL,
	first_step integer NOT NULL CONSTRAINT execution_pieces_first_range CHECK (first_step >= 0),	-- records in the pieces before
	step_count integer NOT NULL CONSTRAINT execution_pieces_count_range CHECK (step_count >= 1),
	frames text[] NOT NULL,		-- paths of the frames that the records are of, each once; '' is the root
	save text NOT NULL CONSTRAINT execution_pieces_save_known CHECK (save IN ('all', 'errors', 'none')),	-- settings.save of the version
	steps bytea NOT NULL,		-- zstd-compressed JSON, as execution_data.steps
	PRIMARY KEY (run_id, number)
) PARTITION BY RANGE (run_id);
ALTER TABLE tyboo.execution_pieces ALTER COLUMN steps SET STORAGE EXTERNAL;	-- it is compressed already

-- What the resume of a run needs beside its pieces and its journal; there from the first time it is put down until it is over.
-- Not partitioned: retention never takes it.
CREATE TABLE tyboo.parked_runs (
	workspace_id uuid NOT NULL,
	run_id uuid NOT NULL,
	start_node text NOT NULL CONSTRAINT parked_runs_start_node_length CHECK (length(start_node) <= 200),
	piece_count integer NOT NULL,	-- that belong to this state: a claim takes back later ones
	step_count integer NOT NULL,
	item_count integer NOT NULL,
	running_ms bigint NOT NULL,	-- until then, waits not counted
	frames text[] NOT NULL,		-- paths of the frames that are open: records of others are not read again
	payloads text[] NOT NULL,	-- hashes of the payloads that it needs
	state bytea NOT NULL,		-- zstd-compressed JSON of lib/engine, with its version
	parked_at timestamptz NOT NULL,
	PRIMARY KEY (run_id)
);
ALTER TABLE tyboo.parked_runs ALTER COLUMN state SET STORAGE EXTERNAL;
CREATE INDEX parked_runs_workspace ON tyboo.parked_runs (workspace_id) WHERE payloads <> '{}';	-- tyboo.drop_payloads

-- What runs that are put down wait for.
CREATE TABLE tyboo.waits (
	workspace_id uuid NOT NULL,
	run_id uuid NOT NULL,
	key text NOT NULL CONSTRAINT waits_key_length CHECK (length(key) BETWEEN 1 AND 300),	-- of its entry in the journal
	kind text NOT NULL CONSTRAINT waits_kind_known CHECK (kind IN ('time', 'call')),
	node text NOT NULL CONSTRAINT waits_node_length CHECK (length(node) <= 200),
	frame text NOT NULL CONSTRAINT waits_frame_length CHECK (length(frame) <= 4000),
	at timestamptz NOT NULL,	-- when it ends by itself; infinity = only by a call
	token_hash bytea CONSTRAINT waits_token_hash_size CHECK (octet_length(token_hash) = 32),	-- SHA-256; null of 'time'
	ended_at timestamptz,		-- its answer is journaled; null of 'time'
	look_at timestamptz NOT NULL,	-- when tyboo-reap pushes the run again; infinity while a worker has it
	PRIMARY KEY (run_id, key),
	CONSTRAINT waits_token CHECK ((kind = 'call') = (token_hash IS NOT NULL))
);
CREATE UNIQUE INDEX waits_token_unique ON tyboo.waits (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX waits_due ON tyboo.waits (look_at);	-- tyboo.due_waits: is anything due?
CREATE INDEX waits_workspace_due ON tyboo.waits (workspace_id, look_at);	-- and whose?

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['execution_pieces', 'parked_runs', 'waits'] LOOP
		EXECUTE format('ALTER TABLE tyboo.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY %I ON tyboo.%I USING (workspace_id = (SELECT tyboo.current_workspace()))', t || '_tenant', t);
		-- Written by the functions of sql/functions/park.sql only.
		EXECUTE format('GRANT SELECT ON tyboo.%I TO tyboo_app', t);
	END LOOP;
END $$;

CREATE INDEX executions_running ON tyboo.executions (id) WHERE status = 'running';
DROP INDEX tyboo.executions_unfinished;

-- A run that is over waits for nothing, has no state, and keeps the steps that its workflow says, whoever ends it: a worker of either
-- release, the reaper or a user.  No run whose only row is written when it ends pays for this, because that is an insert.
CREATE FUNCTION tyboo.forget_parked_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	DELETE FROM tyboo.waits WHERE run_id = NEW.id;
	DELETE FROM tyboo.parked_runs WHERE run_id = NEW.id;
	DELETE FROM tyboo.execution_pieces WHERE run_id = NEW.id AND (save = 'none' OR (save = 'errors' AND NEW.status = 'ok'));
	RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tyboo.forget_parked_run() FROM PUBLIC;
CREATE TRIGGER executions_forget_parked_run AFTER UPDATE ON tyboo.executions
	FOR EACH ROW WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION tyboo.forget_parked_run();
