-- ids: UUID version 7 begin with the milliseconds they were made at (RFC 9562).

-- The least UUID version 7 of a moment: 48 bits of milliseconds, then zeros.
CREATE OR REPLACE FUNCTION tyboo.uuid_at(p_at timestamptz) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (lpad(to_hex((extract(epoch FROM p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- The id just before another one; watermarks are exclusive.
CREATE OR REPLACE FUNCTION tyboo.uuid_before(p_id uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (lpad(to_hex(greatest(('x' || left(replace(p_id::text, '-', ''), 12))::bit(48)::bigint - 1, 0)), 12, '0') || repeat('f', 20))::uuid;
