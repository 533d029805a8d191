-- 0035_told_letters: which failed runs are dead letters says lib/base/run_mode.def, and the failure of a called run is its caller's only
-- where that was told of it: it is settled so (sql/functions/call.sql).

ALTER TABLE tyboo.executions DROP CONSTRAINT executions_settled_known;
ALTER TABLE tyboo.executions ADD CONSTRAINT executions_settled_known CHECK (settled_how IN ('replayed', 'discarded', 'told')) NOT VALID;

-- Of those that failed before nobody knows whether somebody waited for them.
UPDATE tyboo.executions SET settled_at = finished_at, settled_how = 'told'
WHERE mode = 'called' AND status IN ('error', 'timeout') AND settled_at IS NULL;

DROP INDEX tyboo.executions_dead;
DROP FUNCTION tyboo.is_dead_letter(text, text);
CREATE INDEX executions_dead ON tyboo.executions (workspace_id, id) WHERE status IN ('error', 'timeout') AND settled_at IS NULL;
