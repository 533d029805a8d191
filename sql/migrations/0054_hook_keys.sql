-- 0054_hook_keys: keys of issuers, fetched from their addresses, and deliveries that wait for them.
--
-- The release before publishes no webhook with such an address, reads the new verdict as any text, and goes on without both tables.

ALTER TABLE tyboo.hooks
	ADD COLUMN keys_url text GENERATED ALWAYS AS (substring(verify from '"jwks_url":"([^"]*)"')) STORED;
CREATE INDEX hooks_keys_url ON tyboo.hooks (workspace_id, keys_url) WHERE keys_url IS NOT NULL;

CREATE TABLE tyboo.hook_keys (
	workspace_id uuid NOT NULL,
	url text NOT NULL CONSTRAINT hook_keys_url_length CHECK (length(url) BETWEEN 1 AND 500),
	kind text NOT NULL CONSTRAINT hook_keys_kind_known CHECK (kind IN ('jwks', 'certificate')),
	content text CONSTRAINT hook_keys_content_size CHECK (octet_length(content) <= 65536), -- NULL: none has come
	got_at timestamptz,
	ends_at timestamptz,	-- as its issuer says; it counts a while longer where the issuer is away
	asked_at timestamptz,	-- the latest question
	next_at timestamptz NOT NULL DEFAULT now(),
	holder uuid,		-- who asks, or did last
	held_until timestamptz,	-- NULL: nobody asks
	failures integer NOT NULL DEFAULT 0, -- questions since the content came
	problem text NOT NULL DEFAULT '' CONSTRAINT hook_keys_problem_length CHECK (length(problem) <= 500),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, url),
	CONSTRAINT hook_keys_content_whole CHECK ((content IS NULL) = (got_at IS NULL) AND (content IS NULL) = (ends_at IS NULL))
);
CREATE INDEX hook_keys_next ON tyboo.hook_keys (next_at);
ALTER TABLE tyboo.hook_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY hook_keys_tenant ON tyboo.hook_keys
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.hook_keys TO tyboo_app;

-- What a delivery with the verdict awaiting_keys needs beside its row, to be judged and run.
CREATE TABLE tyboo.held_deliveries (
	workspace_id uuid NOT NULL,
	delivery_id uuid NOT NULL PRIMARY KEY,
	hook_id uuid NOT NULL,
	url text NOT NULL CONSTRAINT held_deliveries_url_length CHECK (length(url) BETWEEN 1 AND 500),
	judged_by timestamptz,	-- hook_keys.got_at of the keys that it did not match; NULL: there were none
	delivery_key text NOT NULL DEFAULT '' CONSTRAINT held_deliveries_key_length CHECK (length(delivery_key) <= 320),
	rerun_failed boolean NOT NULL DEFAULT false,
	key_version integer,
	sealed bytea CONSTRAINT held_deliveries_sealed_size CHECK (octet_length(sealed) <= 16384), -- the token
	body_bytes bigint NOT NULL,
	received_at timestamptz NOT NULL,
	CONSTRAINT held_deliveries_sealed_whole CHECK ((sealed IS NULL) = (key_version IS NULL))
);
CREATE INDEX held_deliveries_workspace ON tyboo.held_deliveries (workspace_id, url, delivery_id);
ALTER TABLE tyboo.held_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY held_deliveries_tenant ON tyboo.held_deliveries
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.held_deliveries TO tyboo_app;

-- NOT VALID, because every row there is has one of the words before, so that nothing of a large table is read under the lock.
ALTER TABLE tyboo.deliveries DROP CONSTRAINT deliveries_verdict_known;
ALTER TABLE tyboo.deliveries ADD CONSTRAINT deliveries_verdict_known CHECK (verdict IN ('accepted', 'duplicate', 'unclaimed', 'bad_signature',
	'stale', 'malformed', 'too_large', 'rate', 'quota', 'depth', 'not_configured', 'denied', 'awaiting_keys')) NOT VALID;

-- An address that is published is asked at once, so that its keys are there before the first delivery.
CREATE FUNCTION tyboo.want_hook_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	INSERT INTO tyboo.hook_keys (workspace_id, url, kind) VALUES (NEW.workspace_id, NEW.keys_url, 'jwks') ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER hooks_want_keys AFTER INSERT OR UPDATE ON tyboo.hooks
	FOR EACH ROW WHEN (NEW.keys_url IS NOT NULL) EXECUTE FUNCTION tyboo.want_hook_keys();
