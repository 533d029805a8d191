-- 0013_blobs: bytes that items name (lib/blob): chunks under the id of their upload, and the name that they have once all are there.
--
--   blob_uploads (not verified) --blob_commit--> blobs --blob_condemn: nothing names it--> blob_uploads (dropped) --blob_forget--> gone
--
-- A blob's name is the SHA-256 of its bytes, which is known when the last of them has come; so chunks belong to an upload, and a blob
-- says which.  blob_uses is what keeps a blob: the runs and deliveries that name it, in partitions of their months, so that retention
-- drops it with them.
-- Payloads stay a table of their own: they are values of a run's record, written in its transaction and read whole.  The quota is one:
-- payload_bytes_max and payload_usage.stored_bytes count both.
-- The release before makes no blobs; it reads a delivery that has some as one with a smaller body.

CREATE TABLE tyboo.blobs (
	workspace_id uuid NOT NULL,
	hash text NOT NULL CONSTRAINT blobs_hash_form CHECK (hash ~ '^[0-9a-f]{64}$'),
	upload_id uuid NOT NULL,
	size_bytes bigint NOT NULL CONSTRAINT blobs_size_range CHECK (size_bytes >= 0),
	stored_bytes bigint NOT NULL CONSTRAINT blobs_stored_range CHECK (stored_bytes >= 0),
	in_folder boolean NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	seen_at timestamptz NOT NULL DEFAULT now(),	-- last known to be in use
	PRIMARY KEY (workspace_id, hash)
);
CREATE INDEX blobs_seen ON tyboo.blobs (workspace_id, seen_at);	-- tyboo.blob_condemn

CREATE TABLE tyboo.blob_uploads (
	workspace_id uuid NOT NULL,
	id uuid PRIMARY KEY,
	is_verified boolean NOT NULL,	-- which quota its bytes count against
	is_dropped boolean NOT NULL DEFAULT false,
	in_folder boolean NOT NULL,
	size_bytes bigint NOT NULL DEFAULT 0,
	stored_bytes bigint NOT NULL DEFAULT 0,
	touched_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX blob_uploads_touched ON tyboo.blob_uploads (touched_at);	-- tyboo.blob_dropped

CREATE TABLE tyboo.blob_chunks (
	workspace_id uuid NOT NULL,
	upload_id uuid NOT NULL,
	number integer NOT NULL CONSTRAINT blob_chunks_number_range CHECK (number >= 0),
	size_bytes integer NOT NULL CONSTRAINT blob_chunks_size_range CHECK (size_bytes BETWEEN 0 AND 1048576),
	stored_bytes integer NOT NULL CONSTRAINT blob_chunks_stored_range CHECK (stored_bytes BETWEEN 0 AND 1048576),
	is_packed boolean NOT NULL,	-- zstd
	stored bytea,			-- null: a file of the folder (conf: blob_folder)
	PRIMARY KEY (upload_id, number)
);
ALTER TABLE tyboo.blob_chunks ALTER COLUMN stored SET STORAGE EXTERNAL;	-- it is compressed already where that helps

CREATE TABLE tyboo.blob_uses (
	workspace_id uuid NOT NULL,
	owner_id uuid NOT NULL,		-- a run or a delivery
	hash text NOT NULL CONSTRAINT blob_uses_hash_form CHECK (hash ~ '^[0-9a-f]{64}$'),
	PRIMARY KEY (owner_id, hash)
) PARTITION BY RANGE (owner_id);
CREATE INDEX blob_uses_hash ON tyboo.blob_uses (workspace_id, hash);	-- tyboo.blob_condemn

ALTER TABLE tyboo.payload_usage
	ADD COLUMN unverified_bytes bigint NOT NULL DEFAULT 0 CONSTRAINT payload_usage_unverified_range CHECK (unverified_bytes >= 0);
ALTER TABLE tyboo.workspaces
	ADD COLUMN blob_bytes_max bigint NOT NULL DEFAULT 1073741824
		CONSTRAINT workspaces_blob_range CHECK (blob_bytes_max BETWEEN 0 AND 549755813888),
	ADD COLUMN unverified_bytes_max bigint NOT NULL DEFAULT 1073741824
		CONSTRAINT workspaces_unverified_range CHECK (unverified_bytes_max >= 0);

-- JSON: [ { "field", "at", "blob", "mime", "name", "bytes" } ], the files of the delivery; each was cut out of 'body' at byte 'at'.
ALTER TABLE tyboo.deliveries
	ADD COLUMN blobs text NOT NULL DEFAULT '' CONSTRAINT deliveries_blobs_size CHECK (octet_length(blobs) <= 262144);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['blobs', 'blob_uploads', 'blob_chunks', 'blob_uses'] LOOP
		EXECUTE format('ALTER TABLE tyboo.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY %I ON tyboo.%I USING (workspace_id = (SELECT tyboo.current_workspace())) '
			'WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()))', t || '_tenant', t);
		EXECUTE format('GRANT SELECT ON tyboo.%I TO tyboo_app', t);	-- written by sql/functions/blobs.sql only
	END LOOP;
END $$;
