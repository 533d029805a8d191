-- 0015_run_modes: how a run begins is a word of the programs' own table (lib/base/run_mode.def), and SQL has no list of them.
--
-- The programs write no other word, so a list here would only be a second one to keep.  NOT VALID, because the words that are
-- there passed the list, and a look at all of them would hold every writer up.

ALTER TABLE tyboo.deliveries
	DROP CONSTRAINT deliveries_mode_known,
	ADD CONSTRAINT deliveries_mode_length CHECK (length(mode) BETWEEN 1 AND 32) NOT VALID;
ALTER TABLE tyboo.executions
	DROP CONSTRAINT executions_mode_known,
	ADD CONSTRAINT executions_mode_length CHECK (length(mode) BETWEEN 1 AND 32) NOT VALID;
