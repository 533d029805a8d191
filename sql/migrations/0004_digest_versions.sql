-- 0004_digest_versions: a digest may begin with its version, "2:" and so on; one without is of version 1.
--
-- The release before writes none and reads digests as texts.  NOT VALID: every row has the narrower form already.

ALTER TABLE tyboo.executions DROP CONSTRAINT executions_digest_form;
ALTER TABLE tyboo.executions ADD CONSTRAINT executions_digest_form CHECK (digest ~ '^([2-9]:)?[0-9a-f]{64}$') NOT VALID;
