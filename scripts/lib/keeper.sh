# keeper.sh -- what a running home does for itself: a server that ended is started again, large logs are rotated.
#
# One process a home, 'tyboo-keep': 'up' starts it, 'down' ends it first.  A server is wanted (run/<service>.wanted) from
# 'up' or 'service start' until 'service stop' or 'down'; only a wanted one is brought back.  Whoever changes the home
# holds its lock, and the keeper does nothing meanwhile.  Between its looks it starts no process.
# shellcheck shell=bash

keeper_period_s=2
keeper_delay_max_s=30		# between tries of a server that does not start
keeper_logs_every=10		# looks

want() { : >"$home/run/$1.wanted"; }
unwant() { rm -f "$home/run/$1.wanted"; }

# Runs as the one who runs ./tyboo, because only root can become the servers' user.
start_keeper() {
	stop_keeper
	(
		cd "$home/run" || exit 1
		home_adds=TYBOO_USER
		exec_in_home "$(id -un)" setsid "$root/tyboo" keep >>"$home/log/keep.log" 2>&1 </dev/null 9>&- &
	)
	wait_until 5 is_running keep || warn "the keeper did not start: see $home/log/keep.log"
}

stop_keeper() { stop_by_pid_file keep TERM 5; }

cmd_keep() {
	local name looks=0
	local -A delay=() due=()

	need_home
	if [ $# -gt 0 ]; then
		keeper_starts_one "$1"
		return 0
	fi
	cd "$home/run" || exit 1
	printf 'tyboo-keep' >"/proc/$$/comm"	# 'down' looks for this name where the pid file is lost
	printf '%s\n' $$ >"$home/run/keep.pid"
	exec 7<> <(:)
	while true; do
		for name in "${services[@]}"; do
			if [ ! -f "$home/run/$name.wanted" ] || keeper_sees "$name" || [ "$SECONDS" -lt "${due[$name]-0}" ]; then
				continue
			fi
			if keeper_starts "$name"; then
				delay[$name]=0
			else
				delay[$name]=$((${delay[$name]-0} == 0 ? keeper_period_s : ${delay[$name]} * 2))
				[ "${delay[$name]}" -le $keeper_delay_max_s ] || delay[$name]=$keeper_delay_max_s
			fi
			due[$name]=$((SECONDS + ${delay[$name]}))
		done
		if [ $((looks++ % keeper_logs_every)) = 0 ]; then
			keeper_rotates || warn "a log could not be rotated"
		fi
		read -r -t $keeper_period_s -u 7 || true	# a sleep without a process
	done
}

# By builtins alone: there, and no zombie.
keeper_sees() {
	local file=$home/run/$1.pid pid state

	[ "$1" != postgres ] || file=$home/pg/postmaster.pid
	{ read -r pid <"$file"; } 2>/dev/null || return 1
	{ read -r _ _ state _ <"/proc/${pid:-none}/stat"; } 2>/dev/null || return 1
	[ "$state" != Z ]
}

# By a ./tyboo of its own, because "set -e" holds in no function whose status is asked for.
keeper_starts() {
	"$root/tyboo" keep "$1"
}

keeper_starts_one() {
	(
		exec 9>"$home/.lock"
		flock -n 9 || exit 0	# somebody is at work on this home
		if [ ! -f "$home/run/$1.wanted" ] || is_running "$1"; then
			exit 0
		fi
		say "$(date -u +%FT%TZ) $1 has ended by itself: starting it"
		restore_options
		keeper_clears "$1" 9>&-
		"start_$1" 9>&-
	)
}

# Children that a killed master leaves hold its port and its socket.
keeper_clears() {
	local pid

	for pid in $(home_pids); do
		case $1:$(program_of "$pid") in
		nginx:nginx | api:tyboo-api | api:multiwatch | api:spawn-fcgi) stop_pid "$pid" TERM 30 ;;
		esac
	done
}

# A log over 64 MB is kept for one generation.  nginx opens its own anew; the others are appended to, so they are cut.
keeper_rotates() {
	local log pid

	find "$home/log" -maxdepth 1 -name '*.log' -size +"$((log_bytes_max / 1024))"k | while read -r log; do
		case ${log##*/} in
		access.log | nginx-error.log | demo.log)
			mv -f "$log" "$log.1"
			if pid=$(service_pid nginx); then
				kill -USR1 "$pid"
			fi
			;;
		*)
			cp -f "$log" "$log.1"
			: >"$log"
			;;
		esac
	done
}
