-- 0037_open_calls: whether a caller still waits for a run is one look, however many it has called (sql/functions/call.sql).

CREATE INDEX waits_open_calls ON tyboo.waits (run_id, key) WHERE kind = 'run' AND ended_at IS NULL;
