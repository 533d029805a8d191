# common.sh -- what every part of ./tyboo needs: paths, state, users, processes, words.
#
# Sourced, never run.  The caller has set $root (the source tree) and `set -Eeuo pipefail`.
# Everything that runs lives below $home; nothing outside of it is written, except the
# packages that apt installs, the service user and build/ in the source tree.
# shellcheck shell=bash

# Programs a home runs, in the order they start.
services=(postgres redis api run reap schedule nginx)
service_user=${TYBOO_USER:-tyboo}	# the servers' user where we are root
socket_path_max=107			# sun_path, less its NUL

say() { printf '%s\n' "$*"; }
warn() { printf 'tyboo: %s\n' "$*" >&2; }
die() {
	warn "$1"
	if [ $# -gt 1 ]; then
		printf '  what to do: %s\n' "$2" >&2
	fi
	exit 1
}

now_ms() { printf '%s' "$(($(date +%s%N) / 1000000))"; }
seconds() { printf '%d.%d' "$(($1 / 1000))" "$((($1 % 1000) / 100))"; }
is_root() { [ "$(id -u)" -eq 0 ]; }
random_hex() { openssl rand -hex "$1"; }

# The home as an absolute path; it need not exist yet.
find_home() {
	local given=${TYBOO_HOME:-$root/var}

	TYBOO_HOME_GIVEN=${TYBOO_HOME_GIVEN:-$given}

	home=$(realpath -m -- "$given")
	export TYBOO_HOME=$home
}

home_exists() { [ -f "$home/etc/state" ]; }
need_home() {
	home_exists || die "there is nothing at $home yet" "./tyboo up"
}

# --- state: etc/state, one key=value a line; what was chosen once and is remembered -----------

state_get() {	# state_get KEY [DEFAULT]
	local line=

	if [ -f "$home/etc/state" ]; then
		line=$(grep -m1 "^$1=" "$home/etc/state" || true)
	fi
	if [ -n "$line" ]; then
		printf '%s' "${line#*=}"
	else
		printf '%s' "${2-}"
	fi
}

state_set() {	# state_set KEY VALUE
	local file=$home/etc/state new=$home/etc/.state.new

	{ grep -v "^$1=" "$file" 2>/dev/null || true; printf '%s=%s\n' "$1" "$2"; } >"$new"
	chmod 0644 "$new"
	mv -f "$new" "$file"
}

# Value of a key of etc/tyboo.conf.
conf_get() {
	sed -n "s/^$1[[:space:]]*=[[:space:]]*//p" "$home/etc/tyboo.conf" | tail -1
}

conf_set() {	# conf_set KEY VALUE: replace or append, keep owner and mode; the same value changes nothing
	local file=$home/etc/tyboo.conf text

	[ "$(conf_get "$1")" != "$2" ] || return 0
	text=$(grep -v "^$1[[:space:]]*=" "$file" 2>/dev/null || true)
	printf '%s\n%s = %s\n' "$text" "$1" "$2" >"$file"
}

# --- users ------------------------------------------------------------------------------------

# Run a command as whoever the servers run as.
as_service() { (exec_as_service "$@"); }

# Run as whoever runs this script.
as_caller() { (exec_in_home "$(id -un)" "$@"); }

# Become that command: no shell of ours waits for it.
exec_as_service() {
	if is_root; then
		exec_in_home "$service_user" setpriv --reuid="$service_user" --regid="$service_user" --init-groups "$@"
	else
		exec_in_home "$(id -un)" "$@"
	fi
}

# Environment of a home's programs: their own, because the caller's PG*, REDISCLI_AUTH, TYBOO_*, TZ, LC_* or
# proxies would lead them to other servers, or make them other programs.  Variables of sanitizers and
# coverage pass, and those that the calling function names in home_adds.  Not by "env -i", because everybody
# can read its arguments.
home_keeps='ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS GCOV_PREFIX GCOV_PREFIX_STRIP LLVM_PROFILE_FILE'
home_adds=

exec_in_home() {	# exec_in_home USER COMMAND...
	local user=$1 name

	shift
	for name in $(compgen -e); do
		case " $home_keeps $home_adds " in
		*" $name "*) ;;
		*) export -n "${name?}" ;;
		esac
	done
	for name in $(declare -Fx | cut -d' ' -f3); do
		export -nf "${name?}"
	done
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
	export HOME=$home USER=$user LOGNAME=$user TYBOO_HOME=$home
	exec "$@"
}

# A client of ours (psql, redis-cli): as the caller, in the home's environment.
in_home() { (cd / && exec_in_home "$(id -un)" "$@"); }

# Give paths to the service user (no-op for a normal user: they are his already).
own() {
	if is_root; then
		chown "$service_user:$service_user" "$@"
	fi
}

# --- processes: a pid file is believed only where the process is ours ---------------------------

pid_file() { printf '%s/run/%s.pid' "$home" "$1"; }

# The process is one of this home's: started from its bin/, or standing inside of it.
is_ours() {	# is_ours PID
	local pid=$1 cwd

	[ -r "/proc/$pid/cmdline" ] || return 1
	if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$home/"; then
		return 0
	fi
	cwd=$(readlink "/proc/$pid/cwd" 2>/dev/null || true)
	case $cwd/ in
	"$home/"*) return 0 ;;
	esac
	return 1
}

is_zombie() { [ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)" = Z ]; }

service_pid() {	# prints the pid of a running service, fails where it does not run
	local file pid

	file=$(pid_file "$1")
	if [ "$1" = postgres ]; then
		file=$home/pg/postmaster.pid
	fi
	[ -f "$file" ] || return 1
	pid=$(head -1 "$file" 2>/dev/null | tr -cd '0-9')
	[ -n "$pid" ] && [ -d "/proc/$pid" ] && ! is_zombie "$pid" && is_ours "$pid" || return 1
	printf '%s' "$pid"
}

is_running() { service_pid "$1" >/dev/null; }

# Wait until a command succeeds; polls, because nothing tells us.
wait_until() {	# wait_until SECONDS COMMAND...
	local deadline=$(($(now_ms) + $1 * 1000))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# Memory of a process, "PSS RSS" in kB; nothing where it is gone.  tyboo-sandbox is closed to everybody but
# root (it is not dumpable): there the resident set stands for both.
memory_kb() {	# memory_kb PID
	local out

	out=$(awk '/^Pss:/ {p = $2} /^Rss:/ {r = $2} END {if (r) print p, r}' "/proc/$1/smaps_rollup" 2>/dev/null || true)
	if [ -z "$out" ]; then
		out=$(awk -v kb="$(($(getconf PAGESIZE) / 1024))" '$2 {print $2 * kb, $2 * kb}' "/proc/$1/statm" 2>/dev/null || true)
	fi
	printf '%s' "$out"
}

# The program's file name; of one that is closed to us, what it calls itself.
program_of() {	# program_of PID
	local exe

	exe=$(readlink "/proc/$1/exe" 2>/dev/null) || exe=$(cat "/proc/$1/comm" 2>/dev/null) || return 1
	exe=${exe##*/}
	printf '%s' "${exe%% *}"
}

pid_gone() { [ ! -d "/proc/$1" ] || is_zombie "$1"; }

# SIGTERM (or another), wait, SIGKILL.
stop_pid() {	# stop_pid PID SIGNAL SECONDS
	kill "-$2" "$1" 2>/dev/null || return 0
	if ! wait_until "$3" pid_gone "$1"; then
		warn "process $1 did not stop within $3 s: killed"
		kill -KILL "$1" 2>/dev/null || true
		wait_until 5 pid_gone "$1" || true
	fi
}

# Every process of this home, one pid a line (also those no pid file names).
home_pids() {
	local dir name

	for dir in /proc/[0-9]*; do
		# By name first, which costs no process of ours: a machine has hundreds.
		{ read -r name <"$dir/comm"; } 2>/dev/null || continue
		case $name in
		tyboo* | bench-* | postgres | redis-* | nginx | multiwatch | spawn-fcgi) ;;
		*) continue ;;
		esac
		if is_ours "${dir#/proc/}"; then
			printf '%s\n' "${dir#/proc/}"
			continue
		fi
		case $(readlink "$dir/exe" 2>/dev/null || true) in
		"$home/bin/"*) printf '%s\n' "${dir#/proc/}" ;;
		esac
	done
}

# --- one place for "who may speak JSON" ----------------------------------------------------------

need_command() {
	command -v "$1" >/dev/null 2>&1 || die "the program '$1' is missing" "./tyboo up (it installs what is missing)"
}
