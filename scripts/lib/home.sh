# home.sh -- makes the home: folders, chosen ports, secrets, configuration.  Idempotent.
#
#   etc/   tyboo.conf nginx.conf redis.conf master.key state owner pgpass
#   bin/   the programs            share/  sql/, luxon, the web UI
#   pg/    the Postgres cluster    redis/  its append-only file
#   run/   pid files, sockets      log/    one file a program      tls/  certificate and key
# shellcheck shell=bash

demo_port_base=21000
https_port_first=8443

# Make the user that the servers run as, where we are root.
ensure_service_user() {
	is_root || return 0
	id -u "$service_user" >/dev/null 2>&1 && return 0
	useradd --system --user-group --home-dir /nonexistent --no-create-home \
		--shell /usr/sbin/nologin --comment "Tyboo Studio" "$service_user"
}

# A clone below /root cannot be reached by the service user: the home then lives under
# /var/lib and $TYBOO_HOME is a symbolic link to it.
place_home() {
	local parent real

	if ! is_root || [ -e "$home" ]; then
		return 0
	fi
	parent=$(dirname "$home")
	mkdir -p "$parent"
	if as_service test -x "$parent"; then
		return 0
	fi
	real=/var/lib/tyboo/$(basename "$(dirname "$home")")-$(printf '%s' "$home" | sha256sum | cut -c1-8)
	mkdir -p "$real"
	chmod 0755 /var/lib/tyboo
	ln -s "$real" "$home"
	printf '%s' "$real"
}

make_home() {
	local moved

	ensure_service_user
	moved=$(place_home)
	find_home
	mkdir -p "$home" "$home"/{etc,etc/nginx.d,bin,share,tls,pg,redis,run,log,tmp}
	if is_root; then
		chmod 0755 "$home" "$home/bin" "$home/share" "$home/etc"
		as_service test -x "$home/bin" ||
			fail "$home cannot be reached by the user $service_user" \
				"chmod o+x its parent folders, or name another place: TYBOO_HOME=/srv/tyboo ./tyboo up"
	else
		chmod 0700 "$home"
	fi
	own "$home"/{pg,redis,run,log,tmp}
	chmod 0700 "$home"/{pg,redis,run,tmp}
	chmod 0750 "$home/log"
	[ -f "$home/etc/state" ] || { : >"$home/etc/state"; chmod 0644 "$home/etc/state"; }
	choose_sockets
	choose_ports
	make_secrets
	write_conf
	note "$home${moved:+ ($moved)}, $(state_get base_url)"
}

# Unix socket paths are short; a deep home gets a folder of its own for them.
choose_sockets() {
	local dir=$home/run

	[ -z "$(state_get socket_dir)" ] || { remake_sockets; return 0; }
	if [ $((${#dir} + ${#longest_socket})) -gt "$socket_path_max" ]; then
		dir=$(mktemp -d /tmp/tyboo-run.XXXXXX)
		own "$dir"
	fi
	state_set socket_dir "$dir"
}
longest_socket=/.s.PGSQL.5432.lock

# /tmp may have been emptied since.
remake_sockets() {
	local dir

	dir=$(state_get socket_dir)
	[ -d "$dir" ] && return 0
	mkdir -m 0700 "$dir" || fail "cannot make the socket folder $dir" "remove the line socket_dir= from $home/etc/state"
	own "$dir"
}

port_is_free() { [ -z "$(ss -Hltn "sport = :$1" 2>/dev/null)" ]; }

choose_ports() {
	local port=${option_port:-$(state_get https_port)}

	# Looked at before it is remembered: a home that runs stays as it is.
	if [ -n "${option_port-}" ] && [ "$port" != "$(state_get https_port)" ] && ! port_is_free "$port"; then
		fail "port $port is taken by another program" "stop that program, or choose another port: ./tyboo up --port N"
	fi
	if [ -z "$port" ]; then
		port=$https_port_first
		if ! port_is_free "$port"; then
			port=$(random_port)
		fi
	fi
	state_set https_port "$port"
	state_set base_url "https://localhost:$port"
	if [ -z "$(state_get demo_port)" ]; then
		state_set demo_port "$(random_port "$port")"
	fi
}

# Somebody may have taken a port between our choice and the first start of nginx: choose again.
# Ports that were served once are addresses that people know, and are kept.
settle_ports() {
	local port changed=0

	[ -z "$(state_get ports_settled)" ] || return 0
	port=$(state_get https_port)
	if [ -z "${option_port-}" ] && ! port_is_free "$port"; then
		port=$(random_port)
		state_set https_port "$port"
		state_set base_url "https://localhost:$port"
		conf_set base_url "$(state_get base_url)"
		changed=1
	fi
	if ! port_is_free "$(state_get demo_port)"; then
		state_set demo_port "$(random_port "$port")"
		conf_set http_allow "127.0.0.1:$(state_get demo_port)"
		changed=1
	fi
	if [ $changed = 1 ]; then
		start_api
		start_workers
	fi
}

# A free port below the ephemeral range, so that no client socket can sit on it later.
random_port() {
	local port try

	for try in {1..200}; do
		port=$((demo_port_base + (RANDOM * 32768 + RANDOM) % 11000))
		if [ "$port" != "${1-}" ] && port_is_free "$port"; then
			printf '%s' "$port"
			return 0
		fi
	done
	fail "no free port found after $try tries" "stop something that listens, then run this again"
}

# Secrets are made once, with the file closed to others before the first byte is in it.
make_secret_file() {	# make_secret_file PATH COMMAND...
	local path=$1

	shift
	[ -s "$path" ] && return 0
	(umask 077; "$@" >"$path.new")
	mv "$path.new" "$path"
}

make_secrets() {
	local name

	make_secret_file "$home/etc/master.key" random_hex 32
	own "$home/etc/master.key"
	chmod 0400 "$home/etc/master.key"
	for name in admin owner app; do
		make_secret_file "$home/etc/pg-$name.password" random_hex 24
	done
}

pg_password() { cat "$home/etc/pg-$1.password"; }
pg_conninfo() {	# pg_conninfo USER DATABASE PASSWORD
	printf 'host=%s port=5432 dbname=%s user=%s password=%s' "$(state_get socket_dir)" "$2" "$1" "$3"
}

# Written once; afterwards it is the operator's file, and only --set changes it.
write_conf() {
	local file=$home/etc/tyboo.conf

	if [ ! -s "$file" ]; then
		(umask 077; conf_text >"$file")
		if is_root; then
			chown "root:$service_user" "$file"
			chmod 0640 "$file"
		fi
	fi
	conf_set base_url "$(state_get base_url)"
}

# --set, once the programs are there: they know what a setting may be.  What they refuse is not kept.
apply_settings() {
	local file=$home/etc/tyboo.conf pair said

	[ ${#option_set[@]} -gt 0 ] || return 0
	cp -p "$file" "$file.before"
	for pair in "${option_set[@]}"; do
		conf_set "${pair%%=*}" "${pair#*=}"
	done
	if ! said=$(in_home "$home/bin/tybooctl" --config "$file" conf 2>&1 >/dev/null); then
		mv -f "$file.before" "$file"
		fail "--set: ${said%%$'\n'*}" "docs/OPERATING.md lists the settings; $file is as it was"
	fi
	rm -f "$file.before"
}

conf_text() {
	local sockets

	sockets=$(state_get socket_dir)
	cat <<CONF
# Tyboo Studio: this home's configuration.  './tyboo ctl conf --help' explains every key.
# Secrets live here: keep it closed to others.
home = $home
database_url = $(pg_conninfo tyboo_app tyboo "$(pg_password app)")
redis_url = unix:$sockets/redis.sock
master_key_file = $home/etc/master.key
sandbox_path = $home/bin/tyboo-sandbox
parse_path = $home/bin/tyboo-parse
pdf_path = $home/bin/tyboo-pdf
share_dir = $home/share
# The demo's http.request calls this server's own echo address; nothing else on this machine may be called.
http_allow = 127.0.0.1:$(state_get demo_port)
api_threads = ${option_api_threads:-32}
CONF
}

make_certificate() {
	local key=$home/tls/key.pem cert=$home/tls/cert.pem

	if [ -s "$cert" ] && openssl x509 -in "$cert" -noout -checkend 604800 >/dev/null; then
		note "kept, valid until $(openssl x509 -in "$cert" -noout -enddate | cut -d= -f2)"
		return 0
	fi
	(umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
		-keyout "$key" -out "$cert" -subj /CN=localhost \
		-addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -addext "basicConstraints=critical,CA:FALSE" \
		-addext "extendedKeyUsage=serverAuth")
	own "$key"
	chmod 0400 "$key"
	chmod 0644 "$cert"
	note "made for localhost and 127.0.0.1"
}
