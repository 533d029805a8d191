-- 0049_key_rotation: which master key a data key is wrapped with, and rotations of data keys that are under way.
--
-- The release before writes no name; what is NULL is found out by trying when keys are rotated.

ALTER TABLE tyboo.workspace_keys ADD COLUMN wrapped_by text
	CONSTRAINT workspace_keys_wrapped_by_form CHECK (wrapped_by ~ '^[0-9a-f]{16}$');

-- One row at most is not finished: a rotation that was stopped goes on with it.
CREATE TABLE tyboo.key_rotations (
	started_at timestamptz PRIMARY KEY DEFAULT now(),
	finished_at timestamptz
);
CREATE UNIQUE INDEX key_rotations_one ON tyboo.key_rotations ((finished_at IS NULL)) WHERE finished_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON tyboo.key_rotations TO tyboo_app;

-- Sealing anew changes no token.
GRANT UPDATE (key_version, sealed) ON tyboo.credential_tokens TO tyboo_app;
