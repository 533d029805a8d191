-- 0027_sources: runs that stand on an earlier run, and what an effect's call asked.
--
-- What a run takes of another, JSON { "run_id", ... } (lib/intake/job.h), stands on its receipt, so that the reaper makes the same job
-- of it.  The release before knows neither, and hands such jobs back.

ALTER TABLE tyboo.deliveries
	ADD COLUMN source text CONSTRAINT deliveries_source_size CHECK (octet_length(source) <= 262144);	-- null: it stands on no other

-- Of the call's request and credential (lib/engine/source.c).
ALTER TABLE tyboo.effects
	ADD COLUMN request_digest text CONSTRAINT effects_request_digest_form CHECK (request_digest ~ '^[0-9a-f]{32}$');	-- null: not known

ALTER TABLE tyboo.executions ADD COLUMN source_run_id uuid;	-- null: it stands on no other
CREATE INDEX executions_source ON tyboo.executions (source_run_id) WHERE source_run_id IS NOT NULL;

-- No run that was delivered pays for this, because its mode is another.
CREATE FUNCTION tyboo.link_source() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	NEW.source_run_id := (SELECT (d.source::json ->> 'run_id')::uuid FROM tyboo.deliveries d
		WHERE d.id = NEW.id AND d.workspace_id = NEW.workspace_id AND d.source IS NOT NULL);
	RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION tyboo.link_source() FROM PUBLIC;
CREATE TRIGGER executions_link_source BEFORE INSERT ON tyboo.executions
	FOR EACH ROW WHEN (NEW.mode NOT IN ('webhook', 'api', 'schedule', 'called', 'error')) EXECUTE FUNCTION tyboo.link_source();
