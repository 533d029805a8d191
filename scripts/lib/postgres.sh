# postgres.sh -- the home's own Postgres cluster: no TCP port, scram passwords, a closed socket folder.
# shellcheck shell=bash

pg_tool() {	# pg_tool PROGRAM ARGUMENT...: as the service user, standing where it may stand
	local bin

	bin=$(find_postgres_bin)
	(cd "$home/pg" && as_service "$bin/$1" "${@:2}")
}

# psql as the cluster's administrator; the password goes by environment, never by argument.
pg_admin() {
	(
		home_adds=PGPASSWORD
		PGPASSWORD=$(pg_password admin)
		export PGPASSWORD
		in_home "$(find_postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 -h "$(state_get socket_dir)" -U postgres "$@"
	)
}

pg_is_ready() { pg_admin -d postgres -Atc 'SELECT 1' >/dev/null 2>&1; }

init_postgres() {
	local pwfile=$home/tmp/pwfile

	[ -s "$home/pg/PG_VERSION" ] && return 0
	install -m 0600 "$home/etc/pg-admin.password" "$pwfile"
	own "$pwfile"
	pg_tool initdb -D "$home/pg" -U postgres --pwfile="$pwfile" --auth=scram-sha-256 \
		--encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-instructions
	rm -f "$pwfile"
}

# Ours alone: postgresql.conf stays as initdb made it, for the operator to add to.
write_postgres_conf() {
	cat >"$home/pg/tyboo.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$(state_get socket_dir)'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 128MB
max_wal_size = 2GB
checkpoint_timeout = 10min
wal_compression = on
jit = off
cluster_name = 'tyboo'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = 1000
shared_memory_type = mmap
dynamic_shared_memory_type = mmap
CONF
	own "$home/pg/tyboo.conf"
	grep -q "^include_if_exists = 'tyboo.conf'" "$home/pg/postgresql.conf" ||
		printf "include_if_exists = 'tyboo.conf'\n" >>"$home/pg/postgresql.conf"
}

start_postgres() {
	if is_running postgres && pg_is_ready; then
		note "runs already"
		return 0
	fi
	init_postgres
	write_postgres_conf
	drop_stale_pid "$home/pg/postmaster.pid"
	rotate_log postgres
	wait_until 30 pg_launch ||
		fail "Postgres did not start" "see $home/log/postgres.log: $(tail -2 "$home/log/postgres.log" | tr '\n' ' ')"
	wait_until 30 pg_is_ready || fail "Postgres started but answers nobody" "see $home/log/postgres.log"
	note "started"
}

# Tried again for a while: after a crash, backends that have not noticed hold the cluster for a moment.
pg_launch() { pg_tool pg_ctl start -D "$home/pg" -l "$home/log/postgres.log" -w -t 60 -s; }

stop_postgres() {
	local pid

	pid=$(service_pid postgres) || return 0
	stop_pid "$pid" INT 30	# fast shutdown
}

# Postgres refuses a pid file whose number another program has now (a machine that was switched off).
# One whose process is gone it judges itself, by the backends that may be left of it.
drop_stale_pid() {
	local pid

	[ -f "$1" ] || return 0
	pid=$(head -1 "$1" | tr -cd '0-9')
	if [ -n "$pid" ] && [ -d "/proc/$pid" ] && ! is_ours "$pid"; then
		rm -f "$1"
	fi
}

# The owner role owns everything; the programs' role owns nothing and cannot bypass row security.
make_roles() {
	pg_admin -d postgres -v owner="$(pg_password owner)" -v app="$(pg_password app)" <<'SQL'
SELECT 'CREATE ROLE tyboo_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tyboo_owner') \gexec
SELECT 'CREATE ROLE tyboo_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tyboo_app') \gexec
ALTER ROLE tyboo_owner PASSWORD :'owner';
ALTER ROLE tyboo_app PASSWORD :'app';
SELECT 'CREATE DATABASE tyboo OWNER tyboo_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tyboo') \gexec
REVOKE ALL ON DATABASE tyboo FROM PUBLIC;
GRANT CONNECT ON DATABASE tyboo TO tyboo_app;
SQL
}

pg_app_can_connect() {
	(
		home_adds=PGPASSWORD
		PGPASSWORD=$(pg_password app)
		export PGPASSWORD
		as_service "$(find_postgres_bin)/psql" -X -Atq -h "$(state_get socket_dir)" -U tyboo_app -d tyboo -c 'SELECT 1'
	) >/dev/null 2>&1
}

make_database() {
	local before after

	if ! pg_app_can_connect; then
		make_roles
	fi
	before=$(schema_version)
	ctl migrate
	after=$(schema_version)
	if [ "$before" = "$after" ]; then
		note "schema is current"
	else
		note "migrated"
	fi
}

schema_version() {
	pg_admin -d tyboo -Atc "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'tyboo'" 2>/dev/null || printf 0
}
