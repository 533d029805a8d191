-- 0012_version_outlines: what a list shows of a version, derived from its graph when it is saved, so that SQL reads no graph.
--
-- Null in what the release before saved: lib/publish derives it when a list asks (outline.h), and tybooctl migrate fills in the
-- drafts that are there.  The release before names its columns, so it neither sees nor needs them.

ALTER TABLE tyboo.workflow_versions
	ADD COLUMN node_count integer CONSTRAINT workflow_versions_node_count_range CHECK (node_count >= 0),
	-- JSON: [{ "type", "method", "path" }] of the first triggers
	ADD COLUMN triggers text CONSTRAINT workflow_versions_triggers_size CHECK (octet_length(triggers) <= 131072);
