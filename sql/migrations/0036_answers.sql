-- 0036_answers: what the sender of a run is answered, by a node or at the run's end (lib/store/answer.h).
--
-- A row is written before the answer leaves, fenced as the journal is, and stays as the first writer wrote it: a run that is taken over
-- answers the same.  It goes with its run's month.

CREATE TABLE tyboo.answers (
	workspace_id uuid NOT NULL,
	run_id uuid NOT NULL,
	at timestamptz NOT NULL,
	status integer NOT NULL CONSTRAINT answers_status_range CHECK (status BETWEEN 200 AND 599),
	answer bytea NOT NULL CONSTRAINT answers_answer_size CHECK (octet_length(answer) <= 5242880),	-- zstd-compressed JSON
	PRIMARY KEY (run_id)
) PARTITION BY RANGE (run_id);
ALTER TABLE tyboo.answers ALTER COLUMN answer SET STORAGE EXTERNAL;	-- it is compressed already

ALTER TABLE tyboo.answers ENABLE ROW LEVEL SECURITY;
CREATE POLICY answers_tenant ON tyboo.answers USING (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.answers TO tyboo_app;	-- written by tyboo.answer_runs only
