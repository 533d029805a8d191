-- partitions: one a month by the time inside the id (UUID version 7), and a default one, so that no row is ever refused.
--
-- A partition is reached through its parent only: it has row-level security on, no policy and no grant.

-- The tables that are partitioned, and the column.
CREATE OR REPLACE FUNCTION tyboo.partitioned_tables() RETURNS TABLE (name text, key text)
LANGUAGE sql IMMUTABLE
AS $$
	VALUES ('deliveries', 'id'), ('executions', 'id'), ('execution_data', 'id'), ('execution_pieces', 'run_id'), ('effects', 'run_id'),
	('usage_events', 'run_id'), ('blob_uses', 'owner_id'), ('answers', 'run_id')
$$;

-- Rows that come meanwhile go to the default partition, and a row that is there when the new one is attached forbids it.  So the
-- default one is locked first, for as long as its rows of that month take to move.  Writers queue behind the wait for that
-- lock, so the wait is short: whoever calls tries again.
CREATE OR REPLACE FUNCTION tyboo.ensure_partition(p_table text, p_key text, p_month timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp SET lock_timeout = '500ms'
AS $$
DECLARE
	part text := format('%s_%s', p_table, to_char(p_month AT TIME ZONE 'UTC', 'YYYY_MM'));
	lo uuid := tyboo.uuid_at(p_month);
	hi uuid := tyboo.uuid_at((p_month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
BEGIN
	IF to_regclass('tyboo.' || part) IS NOT NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('LOCK TABLE tyboo.%I IN ACCESS EXCLUSIVE MODE', p_table || '_default');
	EXECUTE format('CREATE TABLE tyboo.%I (LIKE tyboo.%I INCLUDING ALL)', part, p_table);
	EXECUTE format('ALTER TABLE tyboo.%I ENABLE ROW LEVEL SECURITY', part);
	-- Rows of that month that came before their partition wait in the default one.
	EXECUTE format('WITH moved AS (DELETE FROM tyboo.%I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO tyboo.%I SELECT * FROM moved',
		p_table || '_default', p_key, lo, p_key, hi, part);
	EXECUTE format('ALTER TABLE tyboo.%I ATTACH PARTITION tyboo.%I FOR VALUES FROM (%L) TO (%L)', p_table, part, lo, hi);
	RETURN true;
END $$;

-- Default partitions, and those of the month of p_from, the one before it and p_months after it.  Gives back how many are new.
CREATE OR REPLACE FUNCTION tyboo.ensure_partitions(p_from timestamptz DEFAULT now(), p_months integer DEFAULT 2) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	t record;
	made integer := 0;
	first timestamp := date_trunc('month', p_from AT TIME ZONE 'UTC');
BEGIN
	-- One call at a time, because two would make the same table.
	PERFORM pg_advisory_xact_lock(hashtextextended('tyboo.ensure_partitions', 0));
	FOR t IN SELECT name, key FROM tyboo.partitioned_tables() LOOP
		IF to_regclass('tyboo.' || t.name || '_default') IS NULL THEN
			EXECUTE format('CREATE TABLE tyboo.%I PARTITION OF tyboo.%I DEFAULT', t.name || '_default', t.name);
			EXECUTE format('ALTER TABLE tyboo.%I ENABLE ROW LEVEL SECURITY', t.name || '_default');
			made := made + 1;
		END IF;
		FOR m IN -1 .. p_months LOOP
			made := made + tyboo.ensure_partition(t.name, t.key, (first + make_interval(months => m)) AT TIME ZONE 'UTC')::integer;
		END LOOP;
	END LOOP;
	RETURN made;
END $$;

-- The first of those that is missing, made in a transaction of its own, so that one lock at a time is held and no other duty waits for
-- it.  False where none is missing.
CREATE OR REPLACE FUNCTION tyboo.ensure_next_partition(p_from timestamptz DEFAULT now(), p_months integer DEFAULT 2) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	t record;
	first timestamp := date_trunc('month', p_from AT TIME ZONE 'UTC');
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('tyboo.ensure_partitions', 0));
	FOR t IN SELECT name, key, m FROM tyboo.partitioned_tables(), generate_series(-1, p_months) AS m LOOP
		IF tyboo.ensure_partition(t.name, t.key, (first + make_interval(months => t.m)) AT TIME ZONE 'UTC') THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- Drop the partitions that end at or before p_before, whole months only, of every table.  What a run that is put down needs moves to
-- the default partition first; what is there of runs that are over by now goes.  Gives back how many were dropped.
CREATE OR REPLACE FUNCTION tyboo.drop_partitions(p_before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tyboo, pg_temp
AS $$
DECLARE
	part record;
	dropped integer := 0;
	upto timestamp := date_trunc('month', p_before AT TIME ZONE 'UTC');
	last text := to_char(upto - interval '1 month', 'YYYY_MM');
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('tyboo.ensure_partitions', 0));
	FOR part IN
		SELECT t.name, t.key, c.relname FROM tyboo.partitioned_tables() t
		JOIN pg_inherits i ON i.inhparent = ('tyboo.' || t.name)::regclass
		JOIN pg_class c ON c.oid = i.inhrelid
		WHERE c.relname ~ ('^' || t.name || '_\d{4}_\d{2}$') AND right(c.relname, 7) <= last
		ORDER BY c.relname
	LOOP
		EXECUTE format('ALTER TABLE tyboo.%I DETACH PARTITION tyboo.%I', part.name, part.relname);
		EXECUTE format('INSERT INTO tyboo.%I SELECT * FROM tyboo.%I WHERE %I IN (SELECT run_id FROM tyboo.parked_runs)',
			part.name, part.relname, part.key);
		EXECUTE format('DROP TABLE tyboo.%I', part.relname);
		dropped := dropped + 1;
	END LOOP;
	-- Clean the default partition as rarely as a month's partition goes, because nothing else is ever
	-- in it for long.
	FOR part IN SELECT name, key FROM tyboo.partitioned_tables() WHERE dropped > 0 LOOP
		EXECUTE format('DELETE FROM tyboo.%I WHERE %I < %L AND %I NOT IN (SELECT run_id FROM tyboo.parked_runs)',
			part.name || '_default', part.key, tyboo.uuid_at(upto AT TIME ZONE 'UTC'), part.key);
	END LOOP;
	RETURN dropped;
END $$;
