-- 0055_code_libraries: packages that the operator bundled, which code of all workspaces has by require('name').
--
-- The operator alone writes them, as the owner (tybooctl code-library).  A run begins with those that are current and
-- journals their digests (tyboo.effects, key "$libraries"); so one that was replaced stays, for whoever goes on with such a
-- run or proves it.  The release before knows none: code that asks for one fails.

CREATE TABLE tyboo.code_libraries (
	name text COLLATE "C" NOT NULL CONSTRAINT code_libraries_name_form CHECK (name ~ '^(@[a-z0-9._~-]{1,50}/)?[a-z0-9._~-]{1,100}$'),
	digest text COLLATE "C" NOT NULL CONSTRAINT code_libraries_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
	version text CONSTRAINT code_libraries_version_length CHECK (length(version) BETWEEN 1 AND 50),
	source text NOT NULL CONSTRAINT code_libraries_source_length CHECK (octet_length(source) BETWEEN 1 AND 524288),
	is_current boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (name, digest)
);
CREATE UNIQUE INDEX code_libraries_current ON tyboo.code_libraries (name) WHERE is_current;
GRANT SELECT ON tyboo.code_libraries TO tyboo_app;
