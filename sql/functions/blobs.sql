-- blobs: chunks come, get a name, are read, and go when nothing names them (sql/migrations/0013_blobs.sql has the tables).
--
-- Locks are taken in one order everywhere, so that nobody deadlocks: the upload's row, then the workspace's payload_usage, then blobs.
-- Answers are words: 'ok', 'quota' (the workspace's), 'too_large' (one blob), 'gone' (dropped meanwhile, or another's).

-- Count bytes against one of the two quotas; false where they do not fit.  Fewer bytes (negative) always do.
CREATE OR REPLACE FUNCTION tyboo.blob_charge(p_workspace uuid, p_is_verified boolean, p_bytes bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	INSERT INTO tyboo.payload_usage (workspace_id, stored_bytes) VALUES (p_workspace, 0) ON CONFLICT DO NOTHING;
	UPDATE tyboo.payload_usage u SET
		stored_bytes = greatest(u.stored_bytes + CASE WHEN p_is_verified THEN p_bytes ELSE 0 END, 0),
		unverified_bytes = greatest(u.unverified_bytes + CASE WHEN p_is_verified THEN 0 ELSE p_bytes END, 0)
	FROM tyboo.workspaces w
	WHERE u.workspace_id = p_workspace AND w.id = p_workspace AND (p_bytes <= 0
		OR CASE WHEN p_is_verified THEN u.stored_bytes + p_bytes <= w.payload_bytes_max
			ELSE u.unverified_bytes + p_bytes <= w.unverified_bytes_max END);
	RETURN FOUND;
END $$;

-- Add a chunk to an upload, which chunk 0 begins.  p_stored null: its bytes are a file of the folder.
CREATE OR REPLACE FUNCTION tyboo.blob_put(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer,
	p_is_packed boolean, p_stored_bytes integer, p_stored bytea) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	u record;
BEGIN
	IF p_number = 0 THEN
		INSERT INTO tyboo.blob_uploads (workspace_id, id, is_verified, in_folder)
		VALUES (p_workspace, p_upload, p_is_verified, p_stored IS NULL) ON CONFLICT DO NOTHING;
	END IF;
	SELECT * INTO u FROM tyboo.blob_uploads b WHERE b.id = p_upload AND b.workspace_id = p_workspace AND NOT b.is_dropped FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'gone';
	END IF;
	IF EXISTS (SELECT FROM tyboo.blob_chunks c WHERE c.upload_id = p_upload AND c.number = p_number) THEN
		RETURN 'ok';	-- put before, by a statement whose answer was lost
	END IF;
	IF u.size_bytes + p_size > (SELECT w.blob_bytes_max FROM tyboo.workspaces w WHERE w.id = p_workspace) THEN
		RETURN 'too_large';
	END IF;
	IF NOT tyboo.blob_charge(p_workspace, u.is_verified, p_stored_bytes) THEN
		RETURN 'quota';
	END IF;
	INSERT INTO tyboo.blob_chunks (workspace_id, upload_id, number, size_bytes, stored_bytes, is_packed, stored)
	VALUES (p_workspace, p_upload, p_number, p_size, p_stored_bytes, p_is_packed, p_stored);
	UPDATE tyboo.blob_uploads b SET size_bytes = b.size_bytes + p_size, stored_bytes = b.stored_bytes + p_stored_bytes, touched_at = now()
	WHERE b.id = p_upload;
	RETURN 'ok';
END $$;

-- The upload is whole, with this last chunk: it gets its name, or, where the workspace has these bytes, goes.  p_owner names it.
CREATE OR REPLACE FUNCTION tyboo.blob_commit(p_workspace uuid, p_upload uuid, p_is_verified boolean, p_number integer, p_size integer,
	p_is_packed boolean, p_stored_bytes integer, p_stored bytea, p_owner uuid, p_hash text, p_total bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	put text := 'ok';
	u record;
BEGIN
	IF p_size > 0 OR p_number = 0 THEN
		put := tyboo.blob_put(p_workspace, p_upload, p_is_verified, p_number, p_size, p_is_packed, p_stored_bytes, p_stored);
	END IF;
	IF put <> 'ok' THEN
		-- Committed before, by a statement whose answer was lost?
		RETURN CASE WHEN put = 'gone' AND EXISTS (SELECT FROM tyboo.blob_uses s WHERE s.owner_id = p_owner AND s.hash = p_hash)
			THEN 'ok' ELSE put END;
	END IF;
	SELECT * INTO u FROM tyboo.blob_uploads b WHERE b.id = p_upload AND b.workspace_id = p_workspace AND NOT b.is_dropped FOR UPDATE;
	IF NOT FOUND OR u.size_bytes <> p_total THEN
		RETURN CASE WHEN EXISTS (SELECT FROM tyboo.blob_uses s WHERE s.owner_id = p_owner AND s.hash = p_hash) THEN 'ok' ELSE 'gone' END;
	END IF;
	PERFORM FROM tyboo.payload_usage p WHERE p.workspace_id = p_workspace FOR UPDATE;
	UPDATE tyboo.blobs b SET seen_at = now() WHERE b.workspace_id = p_workspace AND b.hash = p_hash;
	IF FOUND THEN
		PERFORM tyboo.blob_drop(p_workspace, p_upload);
	ELSE
		IF NOT u.is_verified THEN
			IF NOT tyboo.blob_charge(p_workspace, true, u.stored_bytes) THEN
				RETURN 'quota';
			END IF;
			PERFORM tyboo.blob_charge(p_workspace, false, -u.stored_bytes);
		END IF;
		INSERT INTO tyboo.blobs (workspace_id, hash, upload_id, size_bytes, stored_bytes, in_folder)
		VALUES (p_workspace, p_hash, p_upload, p_total, u.stored_bytes, u.in_folder);
		DELETE FROM tyboo.blob_uploads b WHERE b.id = p_upload;
	END IF;
	INSERT INTO tyboo.blob_uses (workspace_id, owner_id, hash) VALUES (p_workspace, p_owner, p_hash) ON CONFLICT DO NOTHING;
	RETURN 'ok';
END $$;

-- Forget an upload; that of a folder is marked, and tyboo-reap takes its files and forgets it.
CREATE OR REPLACE FUNCTION tyboo.blob_drop(p_workspace uuid, p_upload uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	UPDATE tyboo.blob_uploads b SET is_dropped = true WHERE b.id = p_upload AND b.workspace_id = p_workspace;
	PERFORM tyboo.blob_forget(ARRAY(SELECT b.id FROM tyboo.blob_uploads b
		WHERE b.id = p_upload AND b.workspace_id = p_workspace AND NOT b.in_folder));
END $$;

-- Delete the chunks of dropped uploads whose files are gone, and give their bytes back.
CREATE OR REPLACE FUNCTION tyboo.blob_forget(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	u record;
BEGIN
	FOR u IN SELECT * FROM tyboo.blob_uploads b WHERE b.id = ANY (p_ids) AND b.is_dropped ORDER BY b.workspace_id, b.id FOR UPDATE LOOP
		DELETE FROM tyboo.blob_chunks c WHERE c.upload_id = u.id;
		PERFORM tyboo.blob_charge(u.workspace_id, u.is_verified, -u.stored_bytes);
		DELETE FROM tyboo.blob_uploads b WHERE b.id = u.id;
	END LOOP;
END $$;

-- Chunk p_number of a blob: nothing where the workspace has no such blob.
CREATE OR REPLACE FUNCTION tyboo.blob_get(p_workspace uuid, p_hash text, p_number integer)
RETURNS TABLE (total_bytes bigint, upload_id uuid, size_bytes integer, stored_bytes integer, is_packed boolean, stored bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT b.size_bytes, b.upload_id, c.size_bytes, c.stored_bytes, c.is_packed, c.stored
	FROM tyboo.blobs b JOIN tyboo.blob_chunks c ON c.upload_id = b.upload_id AND c.number = p_number
	WHERE b.workspace_id = p_workspace AND b.hash = p_hash
$$;

-- A delivery that is replayed, or a run that takes a blob over from another, names it too.  Names that the workspace does not have
-- are left out.
CREATE OR REPLACE FUNCTION tyboo.blob_use(p_workspaces uuid[], p_owners uuid[], p_hashes text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	INSERT INTO tyboo.blob_uses (workspace_id, owner_id, hash)
	SELECT i.workspace_id, i.owner_id, i.hash FROM unnest(p_workspaces, p_owners, p_hashes) AS i (workspace_id, owner_id, hash)
	JOIN tyboo.blobs b ON b.workspace_id = i.workspace_id AND b.hash = i.hash
	ORDER BY i.owner_id, i.hash
	ON CONFLICT DO NOTHING
$$;

-- Drop the blobs that nothing names and that were last seen in use longer ago than p_grace: at most p_max are looked at in a workspace.
CREATE OR REPLACE FUNCTION tyboo.blob_condemn(p_grace interval, p_max integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	w record;
	dropped bigint := 0;
	gone bigint;
BEGIN
	FOR w IN SELECT DISTINCT b.workspace_id FROM tyboo.blobs b WHERE b.seen_at < now() - p_grace ORDER BY b.workspace_id LOOP
		PERFORM FROM tyboo.payload_usage p WHERE p.workspace_id = w.workspace_id FOR UPDATE;
		WITH old AS MATERIALIZED (
			SELECT b.hash, EXISTS (SELECT FROM tyboo.blob_uses s WHERE s.workspace_id = b.workspace_id AND s.hash = b.hash) AS is_used
			FROM tyboo.blobs b WHERE b.workspace_id = w.workspace_id AND b.seen_at < now() - p_grace ORDER BY b.seen_at LIMIT p_max
		), used AS (
			UPDATE tyboo.blobs b SET seen_at = now() FROM old WHERE b.workspace_id = w.workspace_id AND b.hash = old.hash AND old.is_used
		), unused AS (
			DELETE FROM tyboo.blobs b USING old WHERE b.workspace_id = w.workspace_id AND b.hash = old.hash AND NOT old.is_used
			RETURNING b.*
		), condemned AS (
			INSERT INTO tyboo.blob_uploads (workspace_id, id, is_verified, is_dropped, in_folder, size_bytes, stored_bytes)
			SELECT u.workspace_id, u.upload_id, true, true, u.in_folder, u.size_bytes, u.stored_bytes FROM unused u
			RETURNING 1
		)
		SELECT count(*) INTO gone FROM condemned;
		dropped := dropped + gone;
	END LOOP;
	RETURN dropped;
END $$;

-- Uploads to be taken away: dropped ones, and those that nobody has added to for p_age.  They take no more chunks from here on.
CREATE OR REPLACE FUNCTION tyboo.blob_dropped(p_age interval, p_max integer) RETURNS TABLE (id uuid, in_folder boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	UPDATE tyboo.blob_uploads b SET is_dropped = true
	WHERE b.id IN (SELECT o.id FROM tyboo.blob_uploads o WHERE o.is_dropped OR o.touched_at < now() - p_age LIMIT p_max FOR UPDATE SKIP LOCKED)
	RETURNING b.id, b.in_folder
$$;
