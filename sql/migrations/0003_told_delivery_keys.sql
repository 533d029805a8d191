-- 0003_told_delivery_keys: whether somebody was told that a key's run will be.
--
-- A run that the queue refuses loses its key and is forgotten, unless another delivery was answered "duplicate of that run" before
-- the refusal was written: then the run has to be (sql/functions/accept.sql).  The release before neither sets nor reads it; the
-- functions that it calls do.

ALTER TABLE tyboo.delivery_keys ADD COLUMN told boolean NOT NULL DEFAULT false;
