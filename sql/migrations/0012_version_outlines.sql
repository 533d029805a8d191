-- 0012_version_outlines: what a list shows of a version, derived from its graph when it is saved, so that SQL reads no graph; and what
-- look-ups need of a hook's rule, in columns of their own.
--
-- Null in what the release before saved: lib/publish derives it when a list asks (outline.h), and tybooctl migrate fills in the
-- drafts that are there.  The release before names its columns, so it neither sees nor needs them.

ALTER TABLE tyboo.workflow_versions
	ADD COLUMN node_count integer CONSTRAINT workflow_versions_node_count_range CHECK (node_count >= 0),
	-- JSON: [{ "type", "method", "path" }] of the first triggers
	ADD COLUMN triggers text CONSTRAINT workflow_versions_triggers_size CHECK (octet_length(triggers) <= 131072);

-- Of "verify" (lib/publish/hooks.c writes it), whichever release writes the row.  By its look, because a text that is no JSON must hurt
-- only itself.
ALTER TABLE tyboo.hooks
	ADD COLUMN route text GENERATED ALWAYS AS (substring(verify FROM '"route":"([^"]*)"')) STORED,	-- null: the path has no parameters
	ADD COLUMN credential_id uuid GENERATED ALWAYS AS (substring(verify FROM
		'"credential":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')::uuid) STORED;
