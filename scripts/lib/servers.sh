# servers.sh -- starts and stops what a home runs besides Postgres: Redis, the FastCGI pool, the workers, nginx.
#
# start_<service> and stop_<service> are idempotent.  A service whose program or configuration
# changed since it was started is restarted: run/<service>.stamp remembers what it was started with.
# shellcheck shell=bash

stamp_of() {	# stamp_of FILE...: what a service is made of
	sha256sum "$@" 2>/dev/null | sha256sum | cut -c1-16
}

# Runs with this very stamp; one that runs with another is stopped first.
keep_or_stop() {	# keep_or_stop SERVICE STAMP
	local was

	is_running "$1" || return 1
	was=$(cat "$home/run/$1.stamp" 2>/dev/null || true)
	if [ "$was" = "$2" ]; then
		note "runs already"
		return 0
	fi
	say "$1 changed: restarting it"
	"stop_$1"
	return 1
}

set_stamp() { printf '%s' "$2" >"$home/run/$1.stamp"; }

# Run a foreground program in the background, on its own, with a pid file and a log.
start_detached() {	# start_detached SERVICE COMMAND...
	local name=$1

	shift
	rotate_log "$name"
	(
		cd "$home/run" || exit 1
		# shellcheck disable=SC2016	# for the inner shell to expand
		exec_as_service setsid bash -c 'echo $$ >"$1"; log=$2; shift 2; exec "$@" >>"$log" 2>&1 </dev/null' \
			-- "$home/run/$name.pid" "$home/log/$name.log" "$@" &
	)
	wait_until 5 is_running "$name" || true
}

# A log is kept for one generation where it has become large; nobody has it open before a start.
log_bytes_max=67108864
rotate_log() {
	local log=$home/log/$1.log

	if [ -f "$log" ] && [ "$(stat -c %s "$log")" -gt "$log_bytes_max" ]; then
		mv -f "$log" "$log.1"
	fi
}

stop_by_pid_file() {	# stop_by_pid_file SERVICE SIGNAL SECONDS
	local pid

	if pid=$(service_pid "$1"); then
		stop_pid "$pid" "$2" "$3"
	fi
	rm -f "$(pid_file "$1")" "$home/run/$1.stamp"
}

last_words() { tail -n 3 "$home/log/$1.log" 2>/dev/null | tr '\n' ' '; }

# --- Redis --------------------------------------------------------------------------------------

redis_cli() { in_home redis-cli -s "$(state_get socket_dir)/redis.sock" "$@"; }
redis_is_ready() { [ "$(redis_cli ping 2>/dev/null)" = PONG ]; }

write_redis_conf() {
	cat >"$home/etc/redis.conf" <<CONF
port 0
unixsocket $(state_get socket_dir)/redis.sock
unixsocketperm 700
dir $home/redis
daemonize no
pidfile ""
logfile ""
save ""
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
maxmemory-policy noeviction
CONF
	chmod 0644 "$home/etc/redis.conf"
}

start_redis() {
	local stamp

	write_redis_conf
	stamp=$(stamp_of "$home/etc/redis.conf")
	keep_or_stop redis "$stamp" && return 0
	start_detached redis "$(command -v redis-server)" "$home/etc/redis.conf"
	wait_until 60 redis_is_ready || fail "Redis did not start: $(last_words redis)" "see $home/log/redis.log"
	set_stamp redis "$stamp"
	note "started"
}

stop_redis() { stop_by_pid_file redis TERM 30; }

# --- the FastCGI pool -----------------------------------------------------------------------------

api_processes() { printf '%s' "${option_api_processes:-$(nproc)}"; }
api_socket() { printf '%s/api.sock' "$(state_get socket_dir)"; }
api_is_ready() { [ -S "$(api_socket)" ] && [ -n "$(pgrep -P "$(service_pid api)" 2>/dev/null)" ]; }

start_api() {
	local stamp

	stamp=$(stamp_of "$home/bin/tyboo-api" "$home/etc/tyboo.conf")-$(api_processes)
	keep_or_stop api "$stamp" && return 0
	rm -f "$(api_socket)"
	start_detached api spawn-fcgi -n -s "$(api_socket)" -M 0600 -b 1024 -- \
		"$(command -v multiwatch)" -f "$(api_processes)" -r 1000 -- "$home/bin/tyboo-api"
	wait_until 20 api_is_ready || fail "tyboo-api did not start: $(last_words api)" "see $home/log/api.log"
	set_stamp api "$stamp"
	note "started ($(api_processes) processes, $(conf_get api_threads) threads each)"
}

# The socket goes first: nginx is refused at once and tells senders to come again, while what is under way is answered.
stop_api() { rm -f "$(api_socket)"; stop_by_pid_file api TERM 30; }

# --- the workers, under tyboo-supervise -------------------------------------------------------------

run_processes() { printf '%s' "${option_run_processes:-$(nproc)}"; }

# The supervisor lives also where each worker ends as soon as it is started, so a worker is looked at: it says that it
# has started, or, where the log is for warnings only, is still there after a second.  A first one that ended is enough.
worker_has_settled() {	# worker_has_settled SERVICE LOG_BYTES_BEFORE
	local worker said

	said=$(tail -c "+$(($2 + 1))" "$home/log/$1.log" 2>/dev/null | grep -aE " prog=(tyboo-$1 .* msg=\"started\"|tyboo-supervise .* msg=\"ended\")")
	[ -z "$said" ] || return 0
	case $(conf_get log_level) in
	warn | error) worker=$(pgrep -o -P "$(service_pid "$1")") && sleep 1 && [ -d "/proc/$worker" ] ;;
	*) return 1 ;;
	esac
}

worker_has_ended() { tail -c "+$(($2 + 1))" "$home/log/$1.log" 2>/dev/null | grep -qa ' prog=tyboo-supervise .* msg="ended"'; }

start_worker() {	# start_worker SERVICE COUNT
	local stamp before

	stamp=$(stamp_of "$home/bin/tyboo-$1" "$home/bin/tyboo-supervise" "$home/bin/tyboo-sandbox" "$home/bin/tyboo-parse" "$home/bin/tyboo-pdf" "$home/etc/tyboo.conf")-$2
	keep_or_stop "$1" "$stamp" && return 0
	rotate_log "$1"
	before=$(stat -c %s "$home/log/$1.log" 2>/dev/null || printf 0)
	start_detached "$1" "$home/bin/tyboo-supervise" "$home/bin/tyboo-$1" "$2"
	if ! wait_until 20 worker_has_settled "$1" "$before" || worker_has_ended "$1" "$before"; then
		fail "tyboo-$1 did not start: $(last_words "$1")" "see $home/log/$1.log, mend $home/etc/tyboo.conf, then ./tyboo up"
	fi
	set_stamp "$1" "$stamp"
}

start_run() { start_worker run "$(run_processes)"; }
start_reap() { start_worker reap 1; }
start_schedule() { start_worker schedule 1; }
stop_run() { stop_by_pid_file run TERM 60; }
stop_reap() { stop_by_pid_file reap TERM 30; }
stop_schedule() { stop_by_pid_file schedule TERM 30; }

worker_pids() { printf '%s,%s,%s' "$(service_pid run || true)" "$(service_pid reap || true)" "$(service_pid schedule || true)"; }

start_workers() {
	local before

	before=$(worker_pids)
	start_run
	start_reap
	start_schedule
	if [ "$before" = "$(worker_pids)" ]; then
		note "run already"
	else
		note "started ($(run_processes) x tyboo-run, 1 x tyboo-reap, 1 x tyboo-schedule)"
	fi
}

# --- nginx ----------------------------------------------------------------------------------------

nginx_program() { command -v nginx || printf /usr/sbin/nginx; }
nginx_run() { (cd "$home/run" && as_service "$(nginx_program)" -e "$home/log/nginx-error.log" -p "$home/" -c "$home/etc/nginx.conf" "$@"); }

# Kept connections per worker: half of what the pool can serve at a time.  tyboo-api would not mind more, but the bare
# programs of ./tyboo bench, whose accept loops an idle kept connection pins, are measured with the same number.
nginx_keepalive() {
	local loops=$(($(api_processes) * $(conf_get api_threads))) each

	each=$((loops / 2 / $(nginx_workers)))
	printf '%s' "$((each > 0 ? each : 1))"
}
nginx_workers() { nproc; }

render() {	# render TEMPLATE: fills @NAME@
	sed -e "s|@HOME@|$home|g" -e "s|@SHARE@|$home/share|g" -e "s|@SOCKETS@|$(state_get socket_dir)|g" \
		-e "s|@HTTPS_PORT@|$(state_get https_port)|g" -e "s|@DEMO_PORT@|$(state_get demo_port)|g" \
		-e "s|@WORKERS@|$(nginx_workers)|g" -e "s|@KEEPALIVE@|$(nginx_keepalive)|g" \
		-e "s|@SNIPPETS@|$home/etc/snippets|g" -e "s|@MIME_TYPES@|/etc/nginx/mime.types|g" \
		-e "s|@API_SOCKET@|$(api_socket)|g" "$1"
}

write_nginx_conf() {
	local file

	mkdir -p "$home/etc/snippets" "$home/etc/nginx.d"
	render "$root/nginx/nginx.conf.in" >"$home/etc/nginx.conf"
	render "$root/nginx/server.conf.in" >"$home/etc/server.conf"
	for file in "$root"/nginx/snippets/*.conf.in; do
		render "$file" >"$home/etc/snippets/$(basename "$file" .in)"
	done
}

start_nginx() {
	local stamp

	is_running nginx || settle_ports
	write_nginx_conf
	stamp=$(find "$home/etc/nginx.conf" "$home/etc/server.conf" "$home/etc/snippets" "$home/etc/nginx.d" \
		"$home/tls/cert.pem" -type f -print0 | LC_ALL=C sort -z | xargs -0 cat | sha256sum | cut -c1-16)
	# Before what runs is stopped, so that a mistake in etc/nginx.d takes nothing down.
	nginx_run -t -q || fail "nginx does not accept $home/etc/nginx.conf" "see the lines above"
	keep_or_stop nginx "$stamp" && return 0
	rotate_log access
	rotate_log nginx-error
	port_is_free "$(state_get https_port)" || fail "port $(state_get https_port) is taken by another program" \
		"stop that program, or choose another port: ./tyboo up --port N"
	start_detached nginx "$(nginx_program)" -e "$home/log/nginx-error.log" -p "$home/" -c "$home/etc/nginx.conf"
	wait_until 10 nginx_answers || fail "nginx did not start: $(tail -2 "$home/log/nginx-error.log" 2>/dev/null)" \
		"see $home/log/nginx-error.log"
	set_stamp nginx "$stamp"
	state_set ports_settled yes
	note "started, $(state_get base_url)"
}

nginx_answers() { [ -n "$(ss -Hltn "sport = :$(state_get https_port)")" ] && is_running nginx; }
stop_nginx() { stop_by_pid_file nginx QUIT 15; }

# curl to this home through nginx over TLS, trusting this home's certificate only.
web() {
	curl -q -sS --noproxy '*' --cacert "$home/tls/cert.pem" --max-time 30 "$@"
}
