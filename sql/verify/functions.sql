-- Functions that run with the owner's rights: fixed search path, and not for everyone.
SELECT 'function ' || p.oid::regprocedure || ' runs as its owner with the caller''s search path' AS problem
FROM pg_proc p
WHERE p.pronamespace = 'tyboo'::regnamespace AND p.prosecdef
	AND NOT coalesce('search_path=tyboo, pg_temp' = ANY (p.proconfig), false)
UNION ALL
SELECT 'function ' || p.oid::regprocedure || ' may be called by everyone'
FROM pg_proc p
WHERE p.pronamespace = 'tyboo'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
