-- sign_in: attempts to sign in, and the end of what a person could do.

-- Count an attempt before its password is hashed, so that parallel guesses cannot outrun the count.  The locks make counting
-- and inserting one step for an e-mail and for a source; an e-mail's lock is always taken first, so two callers cannot wait
-- for each other.  Verdicts: 'ok' (reserved), 'email' or 'source' (too many failures), 'busy' (no failure too many, but with
-- those under way: ask again).  A pending attempt older than a minute is a failure, because whoever made it is gone.
CREATE OR REPLACE FUNCTION tyboo.reserve_sign_in(p_id uuid, p_email text, p_source text, p_window_s bigint,
	p_email_max bigint, p_source_max bigint)
RETURNS text
LANGUAGE plpgsql SET search_path = tyboo, pg_temp
AS $$
DECLARE
	v_email text := left(lower(p_email), 254);
	v_since timestamptz := now() - p_window_s * interval '1 second';
	v_failed bigint;
	v_all bigint;
	v_busy boolean := false;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('tyboo.sign_in.email'), hashtext(v_email));
	SELECT count(*) FILTER (WHERE NOT f.pending OR f.failed_at < now() - interval '1 minute'), count(*) INTO v_failed, v_all
	FROM sign_in_failures f WHERE f.email = v_email AND f.failed_at > v_since;
	IF v_failed >= p_email_max THEN
		RETURN 'email';
	END IF;
	v_busy := v_all >= p_email_max;
	IF p_source <> '' THEN
		PERFORM pg_advisory_xact_lock(hashtext('tyboo.sign_in.source'), hashtext(p_source));
		SELECT count(*) FILTER (WHERE NOT f.pending OR f.failed_at < now() - interval '1 minute'), count(*) INTO v_failed, v_all
		FROM sign_in_failures f WHERE f.source = p_source AND f.failed_at > v_since;
		IF v_failed >= p_source_max THEN
			RETURN 'source';
		END IF;
		v_busy := v_busy OR v_all >= p_source_max;
	END IF;
	IF v_busy THEN
		RETURN 'busy';
	END IF;
	INSERT INTO sign_in_failures (id, email, source, pending) VALUES (p_id, v_email, p_source, true);
	RETURN 'ok';
END $$;

-- End a person's sessions and, where asked for, revoke the API keys that they made, in all workspaces.
CREATE OR REPLACE FUNCTION tyboo.end_access(p_user uuid, p_keys boolean)
RETURNS TABLE (sessions bigint, keys bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
	WITH s AS (DELETE FROM sessions WHERE user_id = p_user RETURNING 1),
	k AS (UPDATE api_keys SET revoked_at = now() WHERE p_keys AND created_by = p_user AND revoked_at IS NULL RETURNING 1)
	SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM k)
$$;
