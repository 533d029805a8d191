# status.sh -- ./tyboo status and logs.
# shellcheck shell=bash

help_status() {
	cat <<'TEXT'
usage: ./tyboo status [--json]

What runs in this home, since when and with how much memory.  Exit status 0 where everything
runs, 3 where something does not.
TEXT
}

cmd_status() {
	local json=0 doc

	case ${1-} in
	--json) json=1 ;;
	"") ;;
	*) die "status does not know '$1'" "./tyboo status --help" ;;
	esac
	if ! home_exists; then
		[ $json = 1 ] && jq -n --arg home "$home" '{home: $home, running: false, services: []}'
		[ $json = 1 ] || say "nothing at $home yet; ./tyboo up makes it"
		return 3
	fi
	doc=$(status_json)
	if [ $json = 1 ]; then
		printf '%s\n' "$doc"
	else
		status_text <<<"$doc"
	fi
	[ "$(jq -r .running <<<"$doc")" = true ] || return 3
}

status_json() {
	local name

	for name in "${services[@]}"; do
		service_json "$name"
	done | jq -s --arg home "$home" --arg base_url "$(state_get base_url)" \
		--argjson health "$(health_json)" --arg user "$(owner_field email)" \
		'{home: $home, base_url: $base_url, sign_in: $user, running: all(.[]; .state == "running"),
		  health: $health, services: .}'
}

health_json() {
	local answer

	answer=$(web --max-time 5 "$(state_get base_url)/api/v1/health" 2>/dev/null | jq -c . 2>/dev/null || true)
	printf '%s' "${answer:-null}"
}

# The service's own process and everything below it.
service_json() {
	local pid tree

	if ! pid=$(service_pid "$1"); then
		jq -n --arg name "$1" '{name: $name, state: "stopped", pid: null, processes: 0, seconds: 0, pss_kb: 0}'
		return 0
	fi
	mapfile -t tree < <(process_tree "$pid")
	jq -n --arg name "$1" --argjson pid "$pid" --argjson processes "${#tree[@]}" \
		--argjson seconds "$(process_age_s "$pid")" --argjson pss "$(pss_kb "${tree[@]}")" \
		--arg state "$(service_state "$1" "${#tree[@]}")" \
		'{name: $name, state: $state, pid: $pid, processes: $processes, seconds: $seconds, pss_kb: $pss}'
}

# A supervisor that has no worker below it starts one that ends at once, again and again: see its log.
service_state() {	# service_state NAME PROCESSES
	case $1 in
	run | reap | schedule) if [ "$2" -lt 2 ]; then printf failing; return 0; fi ;;
	esac
	printf running
}

process_tree() {	# the pid and all its descendants
	local child
	local -a children

	printf '%s\n' "$1"
	mapfile -t children < <(cat /proc/"$1"/task/*/children 2>/dev/null | tr -s ' ' '\n')
	for child in ${children[@]+"${children[@]}"}; do
		[ -z "$child" ] || process_tree "$child"
	done
}

process_age_s() {
	local age

	age=$(ps -o etimes= -p "$1" 2>/dev/null | tr -d ' ' || true)
	printf '%s' "${age:-0}"
}

# Proportional set size: shared pages count once over all who share them.
pss_kb() {
	local pid sum=0 pss

	for pid in "$@"; do
		read -r pss _ < <(memory_kb "$pid") || true
		sum=$((sum + ${pss:-0}))
	done
	printf '%s' "$sum"
}

status_text() {
	jq -r '
		"home     \(.home)",
		"address  \(.base_url)",
		"health   \(.health.status // "no answer")",
		"",
		(["service", "state", "pid", "processes", "seconds", "memory MB"] | @tsv),
		(.services[] | [.name, .state, (.pid // "-"), .processes, .seconds, (.pss_kb / 102.4 | round / 10)] | @tsv)' |
		awk -F '\t' 'NF > 1 {printf "%-9s %-9s %8s %10s %9s %10s\n", $1, $2, $3, $4, $5, $6; next} {print}'
}

help_logs() {
	cat <<'TEXT'
usage: ./tyboo logs [-f] [NAME...]

The last lines of the logs; -f follows.  Names: postgres redis api run reap schedule nginx-error access up
TEXT
}

cmd_logs() {
	local -a files=() follow=()
	local name

	need_home
	while [ $# -gt 0 ]; do
		case $1 in
		-f) follow=(-F) ;;
		-*) die "logs does not know '$1'" "./tyboo logs --help" ;;
		*)
			[ -f "$home/log/$1.log" ] || die "there is no log '$1'" "ls $home/log"
			files+=("$home/log/$1.log")
			;;
		esac
		shift
	done
	if [ ${#files[@]} -eq 0 ]; then
		for name in "${services[@]}" nginx-error; do
			[ ! -f "$home/log/$name.log" ] || files+=("$home/log/$name.log")
		done
	fi
	[ ${#files[@]} -gt 0 ] || die "no logs yet" "./tyboo up"
	exec tail -n 20 ${follow[@]+"${follow[@]}"} -- "${files[@]}"
}
