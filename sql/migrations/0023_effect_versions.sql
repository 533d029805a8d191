-- 0023_effect_versions: by whose rules a run goes that has effects (lib/engine/digest.h).
--
-- A worker that takes it over goes by the same.  The release before writes none, and knows the rules of 3 alone.

ALTER TABLE tyboo.effects ADD COLUMN digest_version smallint	-- null: 3, or no entry of a worker
	CONSTRAINT effects_digest_version CHECK (digest_version > 0);
