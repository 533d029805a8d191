-- 0048_credential_tokens: access tokens of OAuth 2.0 credentials, and sign-ins at providers that are under way.
--
-- A table of their own, because a write to tyboo.credentials makes tyboo-reap mirror all hooks anew.  The row is the one lock of a
-- credential's token: who may ask the provider stands in it as its holder.  The release before knows none of these types and
-- refuses calls with them.

CREATE TABLE tyboo.credential_tokens (
	workspace_id uuid NOT NULL,
	credential_id uuid NOT NULL,
	credential_version integer NOT NULL, -- value of the credential that the token was got with
	state text NOT NULL DEFAULT 'none' CONSTRAINT credential_tokens_state_known CHECK (state IN ('none', 'connected', 'reconnect')),
	token_id uuid, -- names what is sealed; a new one with each token
	key_version integer,
	sealed bytea CONSTRAINT credential_tokens_sealed_size CHECK (octet_length(sealed) <= 65536),
	has_refresh boolean NOT NULL DEFAULT false,
	rotates boolean NOT NULL DEFAULT true, -- false: a refresh left the refresh token as it was
	got_at timestamptz,
	renew_at timestamptz,   -- NULL: when it is refused
	expires_at timestamptz, -- NULL: not said
	holder uuid,            -- who asks the provider, or did last
	held_until timestamptz, -- NULL: nobody does
	problem text NOT NULL DEFAULT '' CONSTRAINT credential_tokens_problem_length CHECK (length(problem) <= 500),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (workspace_id, credential_id),
	CONSTRAINT credential_tokens_sealed_whole CHECK ((sealed IS NULL) = (token_id IS NULL) AND (sealed IS NULL) = (key_version IS NULL)),
	CONSTRAINT credential_tokens_credential FOREIGN KEY (workspace_id, credential_id)
		REFERENCES tyboo.credentials (workspace_id, id) ON DELETE CASCADE
);
ALTER TABLE tyboo.credential_tokens ENABLE ROW LEVEL SECURITY;
CREATE POLICY credential_tokens_tenant ON tyboo.credential_tokens
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.credential_tokens TO tyboo_app;

CREATE TABLE tyboo.oauth2_states (
	state_hash bytea PRIMARY KEY CONSTRAINT oauth2_states_hash_size CHECK (octet_length(state_hash) = 32),
	workspace_id uuid NOT NULL,
	credential_id uuid NOT NULL,
	credential_version integer NOT NULL,
	session_hash bytea CONSTRAINT oauth2_states_session_size CHECK (octet_length(session_hash) = 32), -- NULL: begun by the operator
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	CONSTRAINT oauth2_states_credential FOREIGN KEY (workspace_id, credential_id)
		REFERENCES tyboo.credentials (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX oauth2_states_credential ON tyboo.oauth2_states (workspace_id, credential_id);
CREATE INDEX oauth2_states_expiry ON tyboo.oauth2_states (expires_at);
ALTER TABLE tyboo.oauth2_states ENABLE ROW LEVEL SECURITY;
CREATE POLICY oauth2_states_tenant ON tyboo.oauth2_states
	USING (workspace_id = (SELECT tyboo.current_workspace())) WITH CHECK (workspace_id = (SELECT tyboo.current_workspace()));
GRANT SELECT ON tyboo.oauth2_states TO tyboo_app;
