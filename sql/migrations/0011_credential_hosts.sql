-- 0011_credential_hosts: a credential may be limited to hosts, "api.example.com, *.example.org"; empty = any host.
--
-- Not sealed, because it is shown and is no secret.  The release before does not know the column and goes on.

ALTER TABLE tyboo.credentials ADD COLUMN hosts text NOT NULL DEFAULT ''
	CONSTRAINT credentials_hosts_length CHECK (length(hosts) <= 1000);

-- For tyboo.foreign_credentials, which asks across workspaces.
CREATE INDEX credentials_id ON tyboo.credentials (id);
