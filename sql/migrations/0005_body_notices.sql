-- 0005_body_notices: how a delivery's body is read, and what was mended on the way.
--
-- read_as is what the webhook's node said when the delivery came, so that a job made from the receipt once more is the same job.
-- The release before writes neither column and reads bodies by their type, which is what '' says.

ALTER TABLE tyboo.deliveries
	ADD COLUMN read_as text NOT NULL DEFAULT '' CONSTRAINT deliveries_read_as_length CHECK (length(read_as) <= 20),
	ADD COLUMN notices text NOT NULL DEFAULT '' CONSTRAINT deliveries_notices_size CHECK (octet_length(notices) <= 8192);	-- JSON: [ { "code", "text" } ]
