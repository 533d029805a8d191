-- Tables of a tenant without row-level security, or with it but reachable by no policy through their parent.
SELECT 'table ' || c.relname || ' has a workspace_id and no row-level security' AS problem
FROM pg_class c
WHERE c.relnamespace = 'tyboo'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
	AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped)
UNION ALL
SELECT 'table ' || c.relname || ' has row-level security and no policy'
FROM pg_class c
WHERE c.relnamespace = 'tyboo'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT c.relispartition
	AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
UNION ALL
SELECT 'partition ' || c.relname || ' may be reached without its parent'
FROM pg_class c
WHERE c.relnamespace = 'tyboo'::regnamespace AND c.relispartition AND c.relkind = 'r'
	AND has_table_privilege('tyboo_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
