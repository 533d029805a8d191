# bench_ticks.sh -- ./tyboo bench --ticks N: how late ticks start their runs.
#
# N schedules in 50 workspaces fire once each, spread over a minute; then all of them in the same second, while a delivery
# of webhook -> set comes each 40 ms or so, one at a time.  Times of ticks are compared with what Postgres has of the
# runs.  Rows of schedules are made by SQL, from one published workflow a workspace.  Not part of the whole bench,
# because it waits for the clock.
# shellcheck shell=bash

bench_ticks_steps() {	# bench_ticks_steps N
	step "bench programs" bench_build
	step "home" bench_home
	find_home
	step "listener" bench_listener
	step "workflows" bench_ticks_publish "$1"
	step "$1 ticks over a minute" bench_ticks_spread "$1"
	step "deliveries, nothing is due" bench_paced none 15
	step "$1 ticks of one second" bench_ticks_at_once "$1"
}

bench_ticks_publish() {	# bench_ticks_publish N
	local ws name

	ws=$(owner_field workspace)
	for ((name = 0; name < bench_workspaces; name++)); do
		ctl workspace create --slug "bench$name" --name "bench $name" --owner "$(owner_field email)" >/dev/null
	done
	bench_sql "UPDATE tyboo.workspaces SET concurrent_max = 1000" >/dev/null
	sign_in
	state_set bench_set "$(bench_publish_one "$ws" set)"
	for ((name = 0; name < bench_workspaces; name++)); do
		bench_publish_one "bench$name" tick >/dev/null
	done
	sign_out
	bench_sql "WITH f AS (INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id, published_version_id)
			SELECT workspace_id, gen_random_uuid(), 'one of many', draft_version_id, published_version_id
			FROM tyboo.workflows, generate_series(1, ($1 + $bench_workspaces - 1) / $bench_workspaces) WHERE name = 'bench tick'
			LIMIT $1 RETURNING *)
		INSERT INTO tyboo.schedules (workspace_id, id, workflow_id, version_id, node_id, kind, cron, every, unit, anchor, timezone, missed,
			missed_max, overlap, timeout_ms, next_at, look_at)
		SELECT workspace_id, gen_random_uuid(), id, published_version_id, 'tick', 'cron', '0 0 1 1 *', 0, 'hours', '', 'UTC', 'all', 10, 'allow',
			60000, 'infinity', 'infinity' FROM f" >/dev/null
	bench_sql "ANALYZE tyboo.schedules, tyboo.workflows" >/dev/null
	note "$1 schedules in $bench_workspaces workspaces"
}

# The ticks of all of ours, each once: their times are SQL of "n", which counts them.
bench_ticks_set() {	# bench_ticks_set EXPRESSION
	bench_sql "UPDATE tyboo.schedules s SET next_at = t, look_at = t
		FROM (SELECT id, $1 AS t FROM (SELECT s.id, row_number() OVER (ORDER BY s.id) - 1 AS n FROM tyboo.schedules s
			JOIN tyboo.workflows f ON f.workspace_id = s.workspace_id AND f.id = s.workflow_id WHERE f.name = 'one of many') i) x
		WHERE x.id = s.id" >/dev/null
}

# Milliseconds from each tick to its receipt and to its run's start, of ticks since a time.
bench_ticks_late() {	# bench_ticks_late SINCE
	bench_sql "WITH r AS (SELECT workspace_id, extract(epoch FROM received - at) * 1000 AS kept, extract(epoch FROM started - at) * 1000 AS started
			FROM (SELECT d.workspace_id, (convert_from(d.body, 'UTF8')::json ->> 'at')::timestamptz AS at, d.received_at AS received,
				e.started_at AS started
				FROM tyboo.deliveries d JOIN tyboo.executions e ON e.id = d.id AND e.status = 'ok'
				WHERE d.mode = 'schedule' AND d.verdict = 'accepted' AND d.received_at >= '$1') x),
		w AS (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY started) AS p50 FROM r GROUP BY workspace_id)
		SELECT json_build_object('ticks', count(*), 'kept_ms', round(max(kept)), 'p50_ms', round(percentile_disc(0.5) WITHIN GROUP (ORDER BY started)),
			'p99_ms', round(percentile_disc(0.99) WITHIN GROUP (ORDER BY started)), 'last_ms', round(max(started)),
			'fastest_ms', (SELECT round(min(p50)) FROM w), 'slowest_ms', (SELECT round(max(p50)) FROM w)) FROM r"
}

bench_ticks_done() {	# bench_ticks_done SINCE N
	[ "$(bench_sql "SELECT count(*) FROM tyboo.executions WHERE mode = 'schedule' AND status = 'ok' AND accepted_at >= '$1'")" -ge "$2" ]
}

bench_ticks_spread() {	# bench_ticks_spread N
	local since

	since=$(bench_sql "SELECT now()")
	bench_ticks_set "now() + interval '5 seconds' + n * interval '60 seconds' / $1"
	sleep 65
	wait_until 60 bench_ticks_done "$since" "$1" || fail "not all of $1 ticks have run" "./tyboo logs schedule"
	bench_put ticks_spread "$(bench_ticks_late "$since")"
	note "$(jq -r '.ticks_spread | "started \(.p50_ms) ms behind their times, p99 \(.p99_ms) ms"' "$bench_result")"
}

bench_ticks_at_once() {	# bench_ticks_at_once N
	local since

	since=$(bench_sql "SELECT now()")
	bench_ticks_set "date_trunc('second', now()) + interval '5 seconds'"
	sleep 4
	bench_paced due 90 bench_ticks_done "$since" "$1"
	bench_ticks_done "$since" "$1" || fail "not all of $1 ticks have run" "./tyboo logs schedule"
	bench_put ticks_once "$(bench_ticks_late "$since")"
	note "$(jq -r '.ticks_once | "kept within \(.kept_ms) ms, started within \(.last_ms) ms"' "$bench_result")"
}

bench_ticks_table() {
	jq -r '
		"",
		(if .machine.load > 1 then "the machine was busy with other work when this began (load \(.machine.load))", "" else empty end),
		(["ms behind the time", "how many", "p50", "p99", "last"] | @tsv),
		(["runs started, a minute", .ticks_spread.ticks, .ticks_spread.p50_ms, .ticks_spread.p99_ms, .ticks_spread.last_ms] | @tsv),
		(["runs started, one second", .ticks_once.ticks, .ticks_once.p50_ms, .ticks_once.p99_ms, .ticks_once.last_ms] | @tsv),
		"",
		"of one second: the last was kept after \(.ticks_once.kept_ms) ms; half of a workspace had started after \(.ticks_once.fastest_ms) to \(.ticks_once.slowest_ms) ms",
		"a delivery meanwhile: p99 \(.waits_due.p99_ms) ms to the answer, \(.waits_none.p99_ms) before: \(.waits_due.p99_ms / .waits_none.p99_ms * 100 | round / 100) times",
		""' | awk -F '\t' 'NF > 1 {printf "%-28s %11s %9s %9s %9s\n", $1, $2, $3, $4, $5; next} {print}'
}
