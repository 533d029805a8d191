# up.sh -- ./tyboo up and down: from nothing to a running home, and back.
# shellcheck shell=bash

help_up() {
	cat <<'TEXT'
usage: ./tyboo up [--no-demo] [--port N] [--set KEY=VALUE]... [--build release|dev]
                  [--api-processes N] [--run-processes N]

Installs what is missing (apt, as root or through sudo), builds, makes the home's own Postgres,
Redis and nginx, migrates, starts the programs, creates the owner's account, runs the demo.
Run again it starts what does not run, restarts what changed, and otherwise changes nothing.

  --no-demo          everything but the demo
  --port N           the HTTPS port (else: chosen free and remembered)
  --set KEY=VALUE    a setting of etc/tyboo.conf (docs/OPERATING.md lists them)
  --build PRESET     the CMake preset to build and run (dev: with sanitizers)
  --api-processes N  how many tyboo-api and
  --run-processes N  how many tyboo-run there are (else: one a core)
TEXT
}

read_up_options() {
	option_demo=1
	option_set=()
	while [ $# -gt 0 ]; do
		case $1 in
		--no-demo) option_demo=0 ;;
		--port) up_number "$1" "${2-}" 1 65535; option_port=$2; shift ;;
		--set) up_matches "$1" "${2-}" '^[a-z_]+=' 'KEY=VALUE'; option_set+=("$2"); shift ;;
		--build) up_matches "$1" "${2-}" '^(release|dev)$' 'release or dev'; option_build=$2; shift ;;
		--api-processes) up_number "$1" "${2-}" 1 256; option_api_processes=$2; shift ;;
		--run-processes) up_number "$1" "${2-}" 1 256; option_run_processes=$2; shift ;;
		*) die "up does not know '$1'" "./tyboo up --help" ;;
		esac
		shift
	done
}

# Refuse options that make no sense, before anything of them is remembered in the home.
up_matches() {	# up_matches OPTION VALUE PATTERN WHAT
	[[ $2 =~ $3 ]] || die "$1 takes $4, not '$2'" "./tyboo up --help"
}

up_number() {	# up_number OPTION VALUE MIN MAX
	if ! [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
		die "$1 takes a number from $3 to $4, not '$2'" "./tyboo up --help"
	fi
}

cmd_up() {
	local started

	started=$(now_ms)
	read_up_options "$@"
	prepare_log
	steps_begin $((13 + option_demo)) "$home/log/up.log"
	lock_home
	step "home" make_home
	restore_options
	step "packages" ensure_packages "${packages_build[@]}" "${packages_run[@]}"
	step "web UI" build_ui
	step "programs" build_programs
	step "certificate" make_certificate
	step "Postgres" start_postgres
	step "Redis" start_redis
	step "database" make_database
	step "API" start_api
	step "workers" start_workers
	step "nginx" start_nginx
	step "owner" make_owner
	step "health" check_health
	if [ $option_demo = 1 ]; then
		step "demo" run_demo
		print_demo
	fi
	print_sign_in
	say "up in $(seconds $(($(now_ms) - started))) s"
}

# The log must be somewhere before the first step; only the folder's place is decided here.
prepare_log() {
	ensure_service_user
	place_home >/dev/null
	find_home
	mkdir -p "$home/log" || die "the home $home cannot be made" "name another place: TYBOO_HOME=/srv/tyboo ./tyboo up"
	is_root && own "$home/log"
	: >"$home/log/up.log"
}

# Let one ./tyboo at a time change a home.
lock_home() {
	exec 9>"$home/.lock"
	flock -w 600 9 || die "another ./tyboo has been working on $home for ten minutes" "see $home/log/up.log"
}

# Numbers of processes and the preset are the home's: a later up without the option keeps them.
restore_options() {
	local name var

	for name in build api_processes run_processes; do
		var=option_$name
		if [ -n "${!var-}" ]; then
			state_set "$name" "${!var}"
		elif [ -n "$(state_get "$name")" ]; then
			printf -v "$var" '%s' "$(state_get "$name")"
		fi
	done
}

# tybooctl on this home.  The owner role's password is not in tyboo.conf, where the programs
# could read it: only the one who may read etc/ can migrate.
ctl() {
	local as=as_service

	# Keys are written in etc/, where the programs may not.
	case " $* " in
	*" keys add "* | *" keys retire "*) as=as_caller ;;
	esac
	(cd "$home/run" 2>/dev/null || cd /
	home_adds='TYBOO_OWNER_DATABASE_URL TYBOO_WORKSPACE'
	TYBOO_OWNER_DATABASE_URL=$(pg_conninfo tyboo_owner tyboo "$(pg_password owner)")
	export TYBOO_OWNER_DATABASE_URL
	"$as" "$home/bin/tybooctl" "$@")
}

owner_field() { sed -n "s/^$1=//p" "$home/etc/owner" 2>/dev/null; }

make_owner() {
	local password

	if [ -s "$home/etc/owner" ]; then
		note "kept ($(owner_field email), workspace $(owner_field workspace))"
		return 0
	fi
	password=$(openssl rand -base64 18 | tr '+/' '-_')
	printf '%s' "$password" | ctl user create --email owner@localhost --name Owner --password-stdin
	ctl workspace create --slug demo --name Demo --owner owner@localhost
	(umask 077; printf 'email=%s\npassword=%s\nworkspace=%s\n' owner@localhost "$password" demo >"$home/etc/owner")
	note "made owner@localhost and the workspace demo"
}

check_health() {
	local name

	wait_until 30 health_is_ok ||
		fail "health says: $(web "$(state_get base_url)/api/v1/health" 2>&1 | head -c 500)" "see $home/log/api.log"
	for name in "${services[@]}"; do
		want "$name"
	done
	start_keeper
	note "ok"
}

health_is_ok() { [ "$(web -f "$(state_get base_url)/api/v1/health" | jq -r .status)" = ok ]; }

print_sign_in() {
	say ""
	say "  address    $(state_get base_url)   (its certificate is self-signed: $home/tls/cert.pem)"
	say "  sign in    $(owner_field email)"
	if [ -z "$(state_get password_shown)" ]; then
		say "  password   $(owner_field password)   (shown this once; kept in $home/etc/owner)"
		state_set password_shown yes
	else
		say "  password   in $home/etc/owner"
	fi
	say ""
}

help_down() {
	cat <<'TEXT'
usage: ./tyboo down [--purge]

Stops what this home started, and nothing else; the data stays.  --purge removes the home.
TEXT
}

cmd_down() {
	local purge=0 name i

	case ${1-} in
	--purge) purge=1 ;;
	"") ;;
	*) die "down does not know '$1'" "./tyboo down --help" ;;
	esac
	if ! home_exists; then
		say "nothing at $home"
		return 0
	fi
	lock_home
	stop_keeper
	for ((i = ${#services[@]} - 1; i >= 0; i--)); do
		name=${services[i]}
		unwant "$name"
		if is_running "$name"; then
			"stop_$name"
			say "$name: stopped"
		fi
	done
	stop_leftovers
	if [ $purge = 1 ]; then
		purge_home
	fi
}

# Stop the children of a supervisor that was killed, because they are this home's.
stop_leftovers() {
	local pid

	for pid in $(home_pids); do
		warn "process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | head -c 80)) was left over: stopping it"
		stop_pid "$pid" TERM 10
	done
}

purge_home() {
	local sockets given=${TYBOO_HOME_GIVEN:-$home}

	sockets=$(state_get socket_dir)
	case $sockets in
	/tmp/tyboo-run.*) rm -rf -- "$sockets" ;;
	esac
	rm -rf -- "$home"
	if [ -L "$given" ]; then
		rm -f -- "$given"
	fi
	say "removed $home"
}

help_service() {
	cat <<'TEXT'
usage: ./tyboo service start|stop|pid NAME

One server of this home: postgres, redis, api, run, reap, schedule or nginx.  One that was stopped stays so until it is
started or the home is brought up; one that ends by itself is started again.
TEXT
}

cmd_service() {
	[ $# -eq 2 ] || { help_service; exit 2; }
	need_home
	case " ${services[*]} " in
	*" $2 "*) ;;
	*) die "there is no service '$2'" "one of: ${services[*]}" ;;
	esac
	restore_options
	case $1 in
	start) lock_home; (set -e; "start_$2") 9>&-; want "$2" ;;
	stop) lock_home; unwant "$2"; "stop_$2" ;;
	pid) service_pid "$2" || die "$2 does not run" "./tyboo up" ;;
	*) help_service; exit 2 ;;
	esac
}

help_ctl() { ctl --help; }
cmd_ctl() {
	need_home
	ctl "$@"
}
