-- Access tokens of OAuth 2.0 credentials.  The row of tyboo.credential_tokens is the one lock: its holder alone asks the provider.
--
--	none --connect, take--> held --keep--> connected --take (old, refused)--> held --keep--> connected
--	                          |--fail (answered)--> as before, with a problem
--	                          '--fail (in doubt, refused), holder gone--> reconnect --connect, keep--> connected
--
-- 1. A token is used only from this table: keep_token() commits it first.
-- 2. A refresh token that may have been used is not sent again where it is one that changes (rotates): a holder whose time is over
--    may have sent it.
-- 3. The answer of a holder whose time is over still counts while nobody else has asked.

-- Say what a worker that needs a token is to do: 'use' what is sealed, 'fetch' one (it is the holder now), 'wait' for the holder's, 'keep'
-- the answer it has (nothing better is to be had than the token p_spoiled, which was refused), 'connect' and 'reconnect' (a person
-- has to), 'changed' (its value of the credential is old) or 'gone'.  p_signed_in: a person signed in for it.
CREATE OR REPLACE FUNCTION tyboo.take_token(p_workspace uuid, p_credential uuid, p_version integer, p_signed_in boolean, p_spoiled uuid,
	p_holder uuid, p_hold_ms integer, p_young_ms integer)
RETURNS TABLE (verdict text, token_id uuid, key_version integer, wrapped bytea, sealed bytea, seal_version integer, seal_wrapped bytea, problem text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t tyboo.credential_tokens;
	v_refreshes boolean;
	v_spoiled boolean;
BEGIN
	INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, credential_version)
		SELECT c.workspace_id, c.id, c.version FROM tyboo.credentials c
		WHERE c.workspace_id = p_workspace AND c.id = p_credential AND NOT EXISTS (SELECT FROM tyboo.credential_tokens o
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential)
		ON CONFLICT DO NOTHING;
	SELECT * INTO t FROM tyboo.credential_tokens o WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential FOR UPDATE;
	IF NOT FOUND THEN
		verdict := 'gone';
		RETURN NEXT;
		RETURN;
	END IF;
	IF t.credential_version < p_version THEN
		-- Another value may be of another provider, who is not to see the token of the one before.
		UPDATE tyboo.credential_tokens o SET credential_version = p_version, state = 'none', token_id = NULL, key_version = NULL, sealed = NULL,
			has_refresh = false, rotates = true, got_at = NULL, renew_at = NULL, expires_at = NULL, holder = NULL, held_until = NULL,
			problem = '', updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential RETURNING * INTO t;
	END IF;
	v_refreshes := p_signed_in AND t.has_refresh;
	v_spoiled := t.token_id IS NOT DISTINCT FROM p_spoiled AND p_spoiled IS NOT NULL;
	IF t.holder = p_holder AND t.held_until IS NOT NULL THEN
		-- Asked by the holder: keep_token() has refused its answer, since the credential has another value by now.
		verdict := 'changed';
		UPDATE tyboo.credential_tokens o SET held_until = NULL, state = CASE WHEN v_refreshes AND t.rotates THEN 'reconnect' ELSE o.state END,
			problem = 'The credential was changed while its token was got anew.', updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
		RETURN NEXT;
		RETURN;
	END IF;
	IF t.held_until <= now() THEN
		t.held_until := NULL;
		IF v_refreshes AND t.rotates THEN
			t.state := 'reconnect';
			t.problem := 'A refresh was begun, and its answer never came: the refresh token may be used up.';
		END IF;
		UPDATE tyboo.credential_tokens o SET held_until = NULL, state = t.state, problem = t.problem, updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
	END IF;
	verdict := CASE
		WHEN t.credential_version > p_version THEN 'changed'
		WHEN t.state = 'reconnect' THEN 'reconnect'
		WHEN t.sealed IS NOT NULL AND NOT v_spoiled AND (t.renew_at IS NULL OR t.renew_at > now()) THEN 'use'
		WHEN t.held_until IS NOT NULL AND t.sealed IS NOT NULL AND NOT v_spoiled AND t.expires_at > now() THEN 'use'
		WHEN t.held_until IS NOT NULL THEN 'wait'
		WHEN t.sealed IS NULL AND p_signed_in THEN 'connect'
		WHEN v_spoiled AND t.got_at > now() - p_young_ms * interval '1 ms' THEN 'keep'
		WHEN p_signed_in AND NOT t.has_refresh AND (t.expires_at IS NULL OR t.expires_at > now()) THEN CASE WHEN v_spoiled THEN 'keep' ELSE 'use' END
		WHEN p_signed_in AND NOT t.has_refresh THEN 'over'
		ELSE 'fetch'
	END;
	IF verdict = 'over' THEN
		verdict := 'reconnect';
		t.problem := 'The token is over, and the provider gave none to refresh it with.';
		UPDATE tyboo.credential_tokens o SET state = 'reconnect', problem = t.problem, updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
	ELSIF verdict = 'fetch' THEN
		UPDATE tyboo.credential_tokens o SET holder = p_holder, held_until = now() + p_hold_ms * interval '1 ms', updated_at = now()
			WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential;
	END IF;
	problem := t.problem;
	IF verdict IN ('use', 'fetch') THEN
		token_id := t.token_id;
		key_version := t.key_version;
		sealed := t.sealed;
		SELECT k.wrapped INTO wrapped FROM tyboo.workspace_keys k WHERE k.workspace_id = p_workspace AND k.version = t.key_version;
	END IF;
	IF verdict = 'fetch' THEN
		SELECT k.version, k.wrapped INTO seal_version, seal_wrapped FROM tyboo.workspace_keys k
			WHERE k.workspace_id = p_workspace ORDER BY k.version DESC LIMIT 1;
	END IF;
	RETURN NEXT;
END $$;

-- The key that a first token is sealed with, for a sign-in that has come back: no row where the credential is gone or has another value.
CREATE OR REPLACE FUNCTION tyboo.connect_token(p_workspace uuid, p_credential uuid, p_version integer)
RETURNS TABLE (verdict text, token_id uuid, key_version integer, wrapped bytea, sealed bytea, seal_version integer, seal_wrapped bytea, problem text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	SELECT 'fetch', NULL::uuid, NULL::integer, NULL::bytea, NULL::bytea, k.version, k.wrapped, ''
	FROM tyboo.credentials c JOIN tyboo.workspace_keys k ON k.workspace_id = c.workspace_id
	WHERE c.workspace_id = p_workspace AND c.id = p_credential AND c.version = p_version
	ORDER BY k.version DESC LIMIT 1
$$;

-- Keep a token that came.  False: not the holder's any more, so that it is not used.  A second call says what the first did.
CREATE OR REPLACE FUNCTION tyboo.keep_token(p_workspace uuid, p_credential uuid, p_version integer, p_holder uuid, p_connect boolean,
	p_token uuid, p_key_version integer, p_sealed bytea, p_renew_s integer, p_expires_s integer, p_has_refresh boolean, p_rotates boolean)
RETURNS TABLE (kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	IF p_connect THEN
		INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, credential_version)
			SELECT c.workspace_id, c.id, c.version FROM tyboo.credentials c
			WHERE c.workspace_id = p_workspace AND c.id = p_credential AND c.version = p_version
			ON CONFLICT DO NOTHING;
	END IF;
	UPDATE tyboo.credential_tokens t SET state = 'connected', credential_version = p_version, token_id = p_token, key_version = p_key_version,
		sealed = p_sealed, got_at = now(), renew_at = now() + p_renew_s * interval '1 s', expires_at = now() + p_expires_s * interval '1 s',
		has_refresh = p_has_refresh, rotates = p_rotates, holder = p_holder, held_until = NULL, problem = '', updated_at = now()
		WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential AND t.credential_version <= p_version
			AND (p_connect OR (t.holder = p_holder AND t.credential_version = p_version AND t.token_id IS DISTINCT FROM p_token))
			AND EXISTS (SELECT FROM tyboo.credentials c WHERE c.workspace_id = p_workspace AND c.id = p_credential AND c.version = p_version);
	kept := FOUND OR EXISTS (SELECT FROM tyboo.credential_tokens t
		WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential AND t.token_id = p_token);
	RETURN NEXT;
END $$;

-- End a hold without a token: the provider said no (p_over: for good), or nobody knows what he said (p_doubt).  Of a sign-in (p_connect)
-- the token of before stays.
CREATE OR REPLACE FUNCTION tyboo.fail_token(p_workspace uuid, p_credential uuid, p_holder uuid, p_connect boolean, p_over boolean, p_doubt boolean,
	p_problem text)
RETURNS TABLE (state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
BEGIN
	IF p_connect THEN
		DELETE FROM tyboo.credential_tokens t USING tyboo.credentials c WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential
			AND c.workspace_id = p_workspace AND c.id = p_credential AND t.credential_version < c.version;
		INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, credential_version)
			SELECT c.workspace_id, c.id, c.version FROM tyboo.credentials c WHERE c.workspace_id = p_workspace AND c.id = p_credential
			ON CONFLICT DO NOTHING;
	END IF;
	RETURN QUERY UPDATE tyboo.credential_tokens t SET problem = left(p_problem, 500), updated_at = now(),
		held_until = CASE WHEN p_connect THEN t.held_until END,
		state = CASE WHEN NOT p_connect AND (p_over OR (p_doubt AND t.rotates)) THEN 'reconnect' ELSE t.state END
		WHERE t.workspace_id = p_workspace AND t.credential_id = p_credential AND (p_connect OR t.holder = p_holder)
		RETURNING t.state;
END $$;

-- A sign-in at a provider begins.  What is over goes, a day late so that who comes back is told; and of a credential all but the latest
-- twenty, because so many people do not sign in for one at a time, and pressing Connect without end is to fill no table.
CREATE OR REPLACE FUNCTION tyboo.add_oauth2_state(p_workspace uuid, p_credential uuid, p_hash bytea, p_session bytea, p_seconds integer)
RETURNS TABLE (expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM tyboo.oauth2_states s WHERE s.state_hash IN (SELECT o.state_hash FROM tyboo.oauth2_states o
		WHERE o.expires_at < now() - interval '1 day' LIMIT 1000);
	DELETE FROM tyboo.oauth2_states s WHERE s.state_hash IN (SELECT o.state_hash FROM tyboo.oauth2_states o
		WHERE o.workspace_id = p_workspace AND o.credential_id = p_credential ORDER BY o.created_at DESC, o.state_hash OFFSET 19);
	RETURN QUERY INSERT INTO tyboo.oauth2_states (state_hash, workspace_id, credential_id, credential_version, session_hash, expires_at)
		SELECT p_hash, c.workspace_id, c.id, c.version, p_session, now() + p_seconds * interval '1 s'
		FROM tyboo.credentials c WHERE c.workspace_id = p_workspace AND c.id = p_credential
		RETURNING expires_at;
END $$;

-- A sign-in comes back: its state is used up, whoever shows it and whatever comes of it.
CREATE OR REPLACE FUNCTION tyboo.take_oauth2_state(p_hash bytea, p_session bytea)
RETURNS TABLE (verdict text, workspace_id uuid, credential_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	DELETE FROM tyboo.oauth2_states s WHERE s.state_hash = p_hash
	RETURNING CASE
		WHEN s.session_hash IS NOT NULL AND s.session_hash IS DISTINCT FROM p_session THEN 'other_session'
		WHEN s.expires_at <= now() THEN 'expired'
		WHEN NOT EXISTS (SELECT FROM tyboo.credentials c WHERE c.workspace_id = s.workspace_id AND c.id = s.credential_id
			AND c.version = s.credential_version) THEN 'changed'
		ELSE 'ok'
	END, s.workspace_id, s.credential_id
$$;
