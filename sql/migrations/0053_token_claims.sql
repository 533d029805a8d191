-- 0053_token_claims: the claims of a webhook's token, which its run is given.
--
-- Of a token that was verified (lib/hook/jwt.c), without its signature, so that a replay and the reaper make the same job of the receipt.
-- The release before writes and reads none.

ALTER TABLE tyboo.deliveries
	ADD COLUMN jwt text CONSTRAINT deliveries_jwt_size CHECK (octet_length(jwt) <= 65536);	-- JSON object; null: it came with no token
