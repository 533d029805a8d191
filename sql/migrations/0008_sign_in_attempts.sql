-- 0008_sign_in_attempts: an attempt to sign in is counted before its password is looked at, for its e-mail and for its source.
--
-- A pending attempt is one whose password is being looked at; it counts like a failure until it is settled or removed
-- (sql/functions/sign_in.sql).  The release before writes rows without a source, which count for their e-mail as before.

ALTER TABLE tyboo.sign_in_failures
	ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
	ADD COLUMN source text NOT NULL DEFAULT '' CONSTRAINT sign_in_failures_source_length CHECK (length(source) <= 64),
	ADD COLUMN pending boolean NOT NULL DEFAULT false,
	ADD CONSTRAINT sign_in_failures_pkey PRIMARY KEY (id);
CREATE INDEX sign_in_failures_source ON tyboo.sign_in_failures (source, failed_at);
