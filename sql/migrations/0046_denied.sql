-- 0046_denied: a delivery from an address that its webhook does not take.
--
-- NOT VALID, because every row there is has one of the words before, so that nothing of a large table is read under the lock.

ALTER TABLE tyboo.deliveries DROP CONSTRAINT deliveries_verdict_known;
ALTER TABLE tyboo.deliveries ADD CONSTRAINT deliveries_verdict_known CHECK (verdict IN ('accepted', 'duplicate', 'unclaimed', 'bad_signature',
	'stale', 'malformed', 'too_large', 'rate', 'quota', 'depth', 'not_configured', 'denied')) NOT VALID;
