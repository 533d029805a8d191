-- Calls that a run made before the turn of their step, and never came to: metered like what it did come to.
ALTER TABLE tyboo.usage_events
	ADD COLUMN calls_unused integer NOT NULL DEFAULT 0,
	ADD CONSTRAINT usage_events_calls_unused_range CHECK (calls_unused >= 0);
