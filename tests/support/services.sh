#!/bin/sh
# services.sh -- a private Postgres and a private Redis for one test, on unix sockets in one folder.
#
#   services.sh start DIR [postgres] [redis]   both where none is named; DIR/env says how to connect
#   services.sh stop DIR                       stop what runs in DIR and remove DIR
#   services.sh kill9 DIR postgres|redis       as a crash does
#   services.sh boot DIR postgres|redis        start one again on the data it left
#   services.sh hold DIR [postgres] [redis]    start, print "ready", stop when standard input ends
#
# Servers listen on no network, and no server of the system is touched.  As root the servers run as an
# unprivileged user.  DIR must be short: a socket's path has at most 107 bytes.
# TYBOO_TEST_PGTEMPLATE names a folder that keeps a fresh cluster, so that a test run makes one only once.
set -eu

fail() { echo "services.sh: $*" >&2; exit 1; }

pg_bin() {
	for d in "${TYBOO_PG_BIN:-}" /usr/lib/postgresql/15/bin /usr/lib/postgresql/*/bin; do
		[ -n "$d" ] && [ -x "$d/initdb" ] && { echo "$d"; return; }
	done
	command -v initdb >/dev/null 2>&1 || fail "no Postgres found: apt-get install postgresql-15"
	dirname "$(command -v initdb)"
}

# The user that the servers run as where we are root.
server_user() {
	if getent passwd postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# Become that user and the command: only from a subshell or a background job.
exec_server() {
	cd /
	if [ "$(id -u)" = 0 ]; then
		u=$(server_user)
		exec setpriv --reuid "$u" --regid "$(id -g "$u")" --clear-groups "$@"
	fi
	exec "$@"
}

as_server() {
	(exec_server "$@")
}

pid_of() {
	head -n 1 "$1" 2>/dev/null || true
}

is_running() {
	[ -n "$1" ] && ! has_ended "$1"
}

# await SECONDS COMMAND...: until the command succeeds
await() {
	tries=$(($1 * 50)); shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.02
	done
}

pg_make_cluster() {
	as_server "$(pg_bin)/initdb" --no-sync -U postgres -A trust -E UTF8 --locale=C.UTF-8 -D "$1" >"$2" 2>&1 ||
		{ cat "$2" >&2; fail "initdb failed"; }
	as_server "$(pg_bin)/postgres" --single -D "$1" postgres >"$2" 2>&1 <<-SQL || { cat "$2" >&2; fail "cannot make the roles"; }
		CREATE ROLE tyboo_owner LOGIN;
		CREATE ROLE tyboo_app LOGIN NOSUPERUSER NOBYPASSRLS;
		CREATE DATABASE tyboo OWNER tyboo_owner;
	SQL
}

pg_init() {
	template=${TYBOO_TEST_PGTEMPLATE:-}
	if [ -n "$template" ] && [ -f "$template/pg/PG_VERSION" ]; then
		cp -a "$template/pg" "$1/pg"
	else
		pg_make_cluster "$1/pg" "$1/initdb.log"
		if [ -n "$template" ]; then
			# Two tests may do this at once: whoever renames first wins, the other keeps its own.
			mkdir -p "$template"
			cp -a "$1/pg" "$template/pg.$$"
			mv -T "$template/pg.$$" "$template/pg" 2>/dev/null || rm -rf "$template/pg.$$"
		fi
	fi
	cat >>"$1/pg/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$1'
		max_connections = 60
		shared_buffers = 32MB
		logging_collector = off
		log_line_prefix = '%m [%p] '
	CONF
}

pg_answers() {
	"$(pg_bin)/pg_isready" -q -h "$1" -d tyboo -U tyboo_app
}

pg_boot() {
	# After kill -9 the old backends hold the shared memory for a moment: try until they are gone.
	n=0
	while :; do
		exec_server setsid "$(pg_bin)/postgres" -D "$1/pg" >>"$1/postgres.log" 2>&1 </dev/null &
		launched=$!
		tries=1500
		while ! pg_answers "$1"; do
			is_running "$launched" || break
			tries=$((tries - 1))
			[ "$tries" -gt 0 ] || fail "Postgres did not start: $(tail -n 3 "$1/postgres.log")"
			sleep 0.02
		done
		pg_answers "$1" && return
		n=$((n + 1))
		[ "$n" -lt 50 ] || fail "Postgres did not start: $(tail -n 3 "$1/postgres.log")"
		sleep 0.1
	done
}

redis_boot() {
	exec_server setsid redis-server --port 0 --unixsocket "$1/redis.sock" --unixsocketperm 777 --dir "$1/redis" \
		--pidfile "$1/redis/pid" --daemonize no --save '' --appendonly yes --appendfsync always \
		--maxmemory-policy noeviction >>"$1/redis.log" 2>&1 </dev/null &
	echo $! >"$1/redis.pid"
	await 30 redis_answers "$1" || fail "Redis did not start: $(tail -n 3 "$1/redis.log")"
}

redis_answers() {
	[ "$(redis-cli -s "$1/redis.sock" ping 2>/dev/null)" = PONG ]
}

services_start() {
	dir=$1; shift
	[ $# -gt 0 ] || set -- postgres redis
	[ ${#dir} -le 80 ] || fail "the folder's path is too long for a socket: $dir"
	case $dir in /*) ;; *) fail "the folder must be absolute: $dir" ;; esac
	mkdir -p "$dir"
	chmod 700 "$dir"
	[ "$(id -u)" != 0 ] || chown "$(server_user):" "$dir"
	: >"$dir/env"
	for what in "$@"; do
		case $what in
		postgres)
			pg_init "$dir"
			pg_boot "$dir"
			echo "TYBOO_TEST_DATABASE_URL='host=$dir dbname=tyboo user=tyboo_app'" >>"$dir/env"
			echo "TYBOO_TEST_OWNER_DATABASE_URL='host=$dir dbname=tyboo user=tyboo_owner'" >>"$dir/env" ;;
		redis)
			mkdir -p "$dir/redis"
			[ "$(id -u)" != 0 ] || chown "$(server_user):" "$dir/redis"
			redis_boot "$dir"
			echo "TYBOO_TEST_REDIS_URL='unix:$dir/redis.sock'" >>"$dir/env" ;;
		*) fail "no such service: $what" ;;
		esac
	done
}

# The process and its children, so that no backend outlives its postmaster.
service_kill9() {
	case $2 in
	postgres) pid=$(pid_of "$1/pg/postmaster.pid") ;;
	redis) pid=$(pid_of "$1/redis.pid") ;;
	*) fail "no such service: $2" ;;
	esac
	is_running "$pid" || return 0
	children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || true)
	# shellcheck disable=SC2086
	kill -9 "$pid" $children 2>/dev/null || true
	for p in $pid $children; do
		await 10 has_ended "$p" || fail "process $p does not end"
	done
}

# Gone, or a zombie that nobody has collected yet.
has_ended() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

services_stop() {
	[ -d "$1" ] || return 0
	service_kill9 "$1" redis
	# Immediate: the folder goes anyway.
	service_kill9 "$1" postgres
	rm -rf "$1"
}

services_hold() {
	trap 'services_stop "$1"' EXIT
	trap 'exit 1' HUP INT TERM
	services_start "$@"
	echo ready
	cat >/dev/null
}

case ${0##*/} in
services.sh)
	[ $# -ge 2 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2; }
	command=$1; shift
	case $command in
	start) services_start "$@" ;;
	stop) services_stop "$1" ;;
	kill9) service_kill9 "$1" "$2" ;;
	boot) case $2 in postgres) pg_boot "$1" ;; redis) redis_boot "$1" ;; *) fail "no such service: $2" ;; esac ;;
	hold) services_hold "$@" ;;
	*) fail "unknown command: $command" ;;
	esac ;;
esac
