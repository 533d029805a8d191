# bench_waits.sh -- ./tyboo bench --waits N: what a new delivery feels of N runs of its own workspace that wait, and
# of their waits ending all in one second.
#
# A delivery of webhook -> set comes each 40 ms or so, one at a time: while nothing waits, while all wait, and from the
# moment on in which all waits end until the last of those runs is recorded.  Not part of the whole bench, because
# putting down a hundred thousand runs takes minutes.
# shellcheck shell=bash

bench_waits_steps() {	# bench_waits_steps N
	step "bench programs" bench_build
	step "home" bench_home
	find_home
	step "listener" bench_listener
	step "workflows" bench_waits_publish "$1"
	step "deliveries, nothing waits" bench_paced none 10
	step "$1 runs are put down" bench_waits_fill "$1"
	step "deliveries, $1 wait" bench_paced waiting 10
	step "deliveries while $1 go on" bench_waits_end "$1"
}

bench_waits_publish() {	# bench_waits_publish N
	local ws

	ws=$(owner_field workspace)
	bench_sql "UPDATE tyboo.workspaces SET concurrent_max = 1000" >/dev/null
	# Time to put them down, at 250 a second, and to measure once.
	bench_until=$(date -u -d "+$(($1 / 250 + 60)) seconds" +%Y-%m-%dT%H:%M:%SZ)
	state_set bench_until "$bench_until"
	sign_in
	for name in set wait; do
		state_set "bench_$name" "$(bench_publish_one "$ws" "$name")"
	done
	sign_out
	note "all waits end at $bench_until"
}

bench_parked() { bench_sql "SELECT count(*) FROM tyboo.parked_runs"; }

bench_waits_fill() {	# bench_waits_fill N
	local started parked last left part

	started=$(now_ms)
	for ((left = $1; left > 0; left -= part)); do	# the queue of a workspace is not made for all at once
		part=$((left < 20000 ? left : 20000))
		bench_check "$(bench_load "$(bench_hook wait)" --count "$part" --seconds 60)"
	done
	last=$(date -d "$(state_get bench_until)" +%s)
	until parked=$(bench_parked); [ "$parked" -ge "$1" ]; do
		[ "$(date +%s)" -lt $((last - 20)) ] || fail "only $parked of $1 runs were put down in time" "a smaller number"
		sleep 2
	done
	note "$parked in $(seconds $(($(now_ms) - started))) s"
}

# One delivery after the other for so long, or until a command succeeds; keeps what they took.
bench_paced() {	# bench_paced KEY SECONDS [COMMAND...]
	local key=$1 deadline=$(($(now_ms) + $2 * 1000)) since recorded hook count=0

	shift 2
	hook=$(bench_hook set)
	since=$(bench_sql "SELECT now()")
	: >"$bench_dir/paced"
	until [ "$(now_ms)" -ge "$deadline" ] || { [ $# -gt 0 ] && [ $((++count % 25)) = 0 ] && "$@"; }; do
		bench_load "$hook" --connections 1 --count 1 --seconds 10 >>"$bench_dir/paced"
		sleep 0.04
	done
	wait_until 60 bench_queue_is_empty || fail "the deliveries were not worked through" "./tyboo logs run"
	recorded=$(bench_sql "SELECT json_build_object('runs', count(*), 'p50_ms', percentile_disc(0.5) WITHIN GROUP (ORDER BY ms),
		'p99_ms', percentile_disc(0.99) WITHIN GROUP (ORDER BY ms))
		FROM (SELECT extract(epoch FROM finished_at - accepted_at) * 1000 AS ms FROM tyboo.executions
			WHERE workflow_id = '$(state_get bench_set)' AND accepted_at >= '$since') AS r")
	bench_put "waits_$key" "$(jq -cs --argjson recorded "$recorded" '
		if any(.[]; .ok != 1) then error("a delivery was refused") else . end | map(.p50_ms) | sort as $all
		| {deliveries: length, p50_ms: $all[length * 0.5 | floor], p99_ms: $all[length * 0.99 | floor], recorded: $recorded}' <"$bench_dir/paced")"
	note "$(jq -r ".waits_$key"' | "p99 \(.p99_ms) ms to the answer, \(.recorded.p99_ms) ms to the recorded run, of \(.deliveries)"' "$bench_result")"
}

bench_none_waits() { [ "$(bench_parked)" = 0 ] && bench_queue_is_empty; }

bench_waits_end() {	# bench_waits_end N
	local at

	at=$(date -d "$(state_get bench_until)" +%s)
	while [ "$(date +%s)" -lt "$at" ]; do
		sleep 0.2
	done
	bench_paced going_on $(($1 / 50 + 60)) bench_none_waits
	[ "$(bench_recorded wait)" -eq "$1" ] || fail "only $(bench_recorded wait) of $1 runs have ended well" "./tyboo logs run"
	bench_put waits_took_s "$(($(date +%s) - at))"
}

bench_waits_table() {
	jq -r '
		"",
		(["a new delivery", "deliveries", "p50 ms", "p99 ms", "recorded p50", "recorded p99"] | @tsv),
		(("none", "waiting", "going_on") as $when | .["waits_\($when)"] as $r |
			[{none: "nothing waits", waiting: "all wait", going_on: "all waits have ended"}[$when], $r.deliveries, $r.p50_ms, $r.p99_ms,
			 $r.recorded.p50_ms, $r.recorded.p99_ms] | @tsv),
		"",
		"the last run had gone on after \(.waits_took_s) s; p99 is \(.waits_going_on.p99_ms / .waits_none.p99_ms * 100 | round / 100) times as long to the answer, \(.waits_going_on.recorded.p99_ms / .waits_none.recorded.p99_ms * 100 | round / 100) times to the recorded run",
		""' | awk -F '\t' 'NF > 1 {printf "%-24s %11s %9s %9s %13s %13s\n", $1, $2, $3, $4, $5, $6; next} {print}'
}
