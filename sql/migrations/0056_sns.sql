-- 0056_sns: certificates of Amazon SNS, and subscriptions that are confirmed, beside the keys of issuers.
--
-- The release before asks no address of these kinds and holds no delivery for one: it has no scheme that names them.

ALTER TABLE tyboo.hook_keys
	DROP CONSTRAINT hook_keys_kind_known,
	DROP CONSTRAINT hook_keys_url_length,
	ADD CONSTRAINT hook_keys_kind_known CHECK (kind IN ('jwks', 'certificate', 'subscription')),
	ADD CONSTRAINT hook_keys_url_length CHECK (length(url) BETWEEN 1 AND 1000);
ALTER TABLE tyboo.held_deliveries
	DROP CONSTRAINT held_deliveries_url_length,
	ADD CONSTRAINT held_deliveries_url_length CHECK (length(url) BETWEEN 1 AND 1000);

-- NOT VALID, because every row there is has one of the words before, so that nothing of a large table is read under the lock.
ALTER TABLE tyboo.deliveries DROP CONSTRAINT deliveries_verdict_known;
ALTER TABLE tyboo.deliveries ADD CONSTRAINT deliveries_verdict_known CHECK (verdict IN ('accepted', 'duplicate', 'unclaimed', 'bad_signature',
	'stale', 'malformed', 'too_large', 'rate', 'quota', 'depth', 'not_configured', 'denied', 'awaiting_keys', 'confirmed')) NOT VALID;
