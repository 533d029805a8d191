-- The programs' role must own nothing here and must not get round row-level security.
SELECT 'role tyboo_app may bypass row-level security' AS problem
FROM pg_roles WHERE rolname = 'tyboo_app' AND (rolsuper OR rolbypassrls)
UNION ALL
SELECT 'role tyboo_app owns ' || c.relname
FROM pg_class c WHERE c.relnamespace = 'tyboo'::regnamespace AND c.relowner = 'tyboo_app'::regrole
UNION ALL
SELECT 'role tyboo_app is a member of ' || m.roleid::regrole
FROM pg_auth_members m WHERE m.member = 'tyboo_app'::regrole
