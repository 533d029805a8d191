# bench.sh -- ./tyboo bench: what we do a second, beside what this machine can do at most.
#
# Everything is measured in one run and in a home of its own, which is gone afterwards.  Ceilings
# and we get the same load over the same plain loopback listener of the same nginx.  What is
# measured and why so: docs/BENCHMARKS.md.  The comparison with another commit: bench_against.sh.
#
# A side is a source tree whose ./tyboo makes and drives a home (side_root, home).  The bench programs and
# these scripts are always this tree's, so that two sides differ in the product alone.
# shellcheck shell=bash

bench_connections=32
bench_secret=tyboo-bench-secret
bench_waiting=500	# runs held open at once in one tyboo-run
bench_workspaces=50
bench_programs=(bench-load bench-bare bench-sink bench-start bench-engine)

help_bench() {
	cat <<'TEXT'
usage: ./tyboo bench [--json] [--seconds N] [--against COMMIT [--rounds N] | --waits N | --ticks N]

Measures, in a release build and a home of its own that is removed afterwards: accepted signed
webhooks a second beside a bare FastCGI program without and with both stores; recorded runs a
second end to end and out of a full queue, from one workspace and from 50 in turn; the start of a sandbox; journaled effects
a second; CPU per 1000 runs, memory idle and loaded of each program and of each run that waits on
HTTP; seconds from start to first run.  Takes three to four minutes.

  --json            one JSON object instead of the table
  --seconds N       length of each measurement (5)
  --against COMMIT  build that commit too, measure both in turn, print medians and ratios; exit status 1
                    where a rate is below 0.97 of it, CPU a run above 1.03, tyboo-run's memory above 1.05
  --rounds N        how often each side is measured (5)
  --waits N         measure instead what a new delivery feels of N runs that wait, and of their waits
                    ending in one second; 100000 take ten minutes
  --ticks N         measure instead how late N schedules spread over a minute start their runs, how late N of
                    one second do, and what a delivery feels of them; three minutes
TEXT
}

cmd_bench() {
	local json=0 against="" waits="" ticks=""

	bench_seconds=5
	bench_rounds=5
	while [ $# -gt 0 ]; do
		case $1 in
		--json) json=1 ;;
		--seconds) bench_seconds=${2-}; shift ;;
		--rounds) bench_rounds=${2-}; shift ;;
		--against) against=$(bench_commit "${2-}"); shift ;;
		--waits) waits=${2-}; shift ;;
		--ticks) ticks=${2-}; shift ;;
		*) die "bench does not know '$1'" "./tyboo bench --help" ;;
		esac
		[ $# -eq 0 ] || shift
	done
	[[ $bench_seconds =~ ^[1-9][0-9]?$ ]] || die "--seconds takes 1 to 99" "./tyboo bench --help"
	[[ $bench_rounds =~ ^[1-9][0-9]?$ ]] || die "--rounds takes 1 to 99" "./tyboo bench --help"
	[[ ${waits:-1} =~ ^[1-9][0-9]{0,5}$ ]] || die "--waits takes 1 to 999999" "./tyboo bench --help"
	[[ ${ticks:-50} =~ ^[1-9][0-9]{1,5}$ ]] || die "--ticks takes 10 to 999999" "./tyboo bench --help"
	[ -z "$ticks" ] || [ -z "$against$waits" ] || die "--ticks is measured alone" "./tyboo bench --help"
	[ -z "$against" ] || [ -z "$waits" ] || die "--waits has no other commit beside it" "./tyboo bench --help"
	bench_begin $((${#ticks} > 0 ? 7 : ${#waits} > 0 ? 8 : ${#against} > 0 ? 10 + 2 * bench_rounds : 20))
	exec 3>&1
	[ $json = 0 ] || exec 1>&2
	if [ -n "$ticks" ]; then
		bench_ticks_steps "$ticks"
	elif [ -n "$waits" ]; then
		bench_waits_steps "$waits"
	elif [ -n "$against" ]; then
		bench_against "$against"
	else
		bench_steps
	fi
	exec 1>&3
	bench_print "$json" "$against" "$waits" "$ticks"
}

bench_commit() {	# bench_commit COMMIT: its full id
	git -C "$root" rev-parse --verify --quiet "${1:-?}^{commit}" ||
		die "--against takes a commit of this repository, not '${1-}'" "git log --oneline"
}

bench_print() {	# bench_print JSON AGAINST WAITS TICKS; fails where a figure is missing or the comparison is lost
	local table=bench_table verdict=bench_missing

	[ -z "$2" ] || { table=bench_ratio_table; verdict=bench_ratio_verdict; }
	[ -z "$3" ] || { table=bench_waits_table; verdict=true; }
	[ -z "$4" ] || { table=bench_ticks_table; verdict=true; }
	if [ "$1" = 1 ]; then
		cat "$bench_dir/result.json"
		"$verdict" <"$bench_dir/result.json" >&2
	else
		"$table" <"$bench_dir/result.json"
		"$verdict" <"$bench_dir/result.json"
	fi
}

bench_begin() {	# bench_begin STEPS
	bench_dir=$(mktemp -d "${TMPDIR:-/tmp}/tyboo-bench.XXXXXX")
	chmod 0755 "$bench_dir"
	mkdir "$bench_dir/bin"
	: >"$bench_dir/bench.log"
	bench_side ours "$root"
	steps_begin "$1" "$bench_dir/bench.log"
	trap bench_end EXIT
	trap 'exit 130' INT TERM HUP
}

# Turn to a side: everything below works on its home, and on the result that is named.
bench_side() {	# bench_side NAME SOURCE_TREE [RESULT]
	side=$1
	side_root=$2
	bench_result=$bench_dir/${3:-result}.json
	TYBOO_HOME_GIVEN=
	export TYBOO_HOME=$bench_dir/$1
	find_home
	[ -f "$bench_result" ] || printf '{}' >"$bench_result"
}

bench_end() {
	local name pid

	[ ! -f "$bench_dir/sink.pid" ] || stop_pid "$(cat "$bench_dir/sink.pid")" TERM 5
	for name in ours against; do
		[ -e "$bench_dir/$name" ] || continue
		TYBOO_HOME=$bench_dir/$name "$root/tyboo" down --purge >/dev/null 2>&1 || warn "the bench's home $bench_dir/$name could not be removed"
	done
	[ ! -d "$bench_dir/tree" ] || git -C "$root" worktree remove --force "$bench_dir/tree" || warn "the worktree $bench_dir/tree could not be removed"
	rm -rf "$bench_dir" "$step_notes" "$step_notes.why" "$step_notes.todo"
}

bench_steps() {
	step "bench programs" bench_build
	step "home" bench_home
	find_home	# the home may have been placed elsewhere
	step "listener" bench_listener
	step "workflows" bench_publish set five effects waiting called calls answered
	step "start to first run" bench_start
	step "memory, idle" bench_memory idle
	step "start of a sandbox process" bench_sandbox
	step "the engine alone" bench_engine
	step "bare FastCGI" bench_bare plain
	step "bare, one COMMIT and one XADD each" bench_bare stores
	step "bare, commits grouped" bench_bare grouped
	step "accept, and drain of webhook -> set" bench_drain set
	step "drain of 5 nodes" bench_drain five
	step "drain of 5 nodes, 50 workspaces" bench_drain fifty
	step "end to end, webhook -> set" bench_flow set
	step "end to end, 5 nodes" bench_flow five
	step "answered when the run has ended" bench_answered
	step "journaled effects" bench_drain effects
	step "called workflows" bench_drain calls
	step "runs that wait on HTTP" bench_wait_on_http
}

# --- results: one JSON object that grows -------------------------------------------------------------

bench_put() {	# bench_put KEY JSON
	jq --arg key "$1" --argjson value "$2" '.[$key] = $value' "$bench_result" >"$bench_result.new"
	mv -f "$bench_result.new" "$bench_result"
}

# --- load, counting --------------------------------------------------------------------------------------

bench_load() {	# bench_load PATH [OPTION...]: prints the JSON of bench-load
	local path=$1

	shift
	"$home/bin/bench-load" --port "$(state_get bench_port)" --path "$path" --secret "$bench_secret" \
		--connections "$bench_connections" --seconds "$bench_seconds" "$@"
}

bench_hook() {	# bench_hook WORKFLOW: the options of bench_load for its deliveries
	if [ "$1" = fifty ]; then
		printf '%s\n' '/hooks/bench@/bench/five' --spread "$bench_workspaces"
	else
		printf '/hooks/%s/bench/%s\n' "$(owner_field workspace)" "$1"
	fi
}

bench_sql() { pg_admin -d tyboo -Atc "$1"; }

bench_recorded() {	# the number of runs of a workflow that are finished in Postgres
	bench_sql "SELECT count(*) FROM tyboo.executions WHERE workflow_id = ANY ('{$(state_get "bench_$1")}') AND status = 'ok'"
}

# Redis is asked first, because counting reads all rows of the table: ten times a second that would take
# more of the machine than what is measured.
bench_queue_is_empty() { [ "$(redis_cli exists '{main}:ring' '{main}:leased')" = 0 ]; }

bench_wait() {	# bench_wait WORKFLOW COUNT SECONDS: until that many are recorded
	local deadline=$(($(now_ms) + $3 * 1000)) count=-

	until bench_queue_is_empty && count=$(bench_recorded "$1") && [ "$count" -ge "$2" ]; do
		[ "$(now_ms)" -lt "$deadline" ] || fail "only $count of $2 runs were recorded in $3 s" "./tyboo logs run"
		sleep 0.1
	done
}

# A sum in which a part is unknown is unknown.
# shellcheck disable=SC2016	# jq's variables
bench_sum='def bench_sum: if any(.[]; . == null) then null else add | round end; '

# bench_accept PATH [OPTION...]: bench_load, and what a request cost: cpu_us, by program and in sum.
bench_accept() {
	local result cpu

	bench_cpu >"$bench_dir/cpu"
	result=$(bench_load "$@")
	cpu=$(bench_cpu_per_1000 "$bench_dir/cpu" "$(jq '[.ok, 1] | max' <<<"$result")")
	jq -c --argjson cpu "$cpu" "$bench_sum"'. + {cpu_us: $cpu, cpu_us_sum: ($cpu | bench_sum)}' <<<"$result"
}

# Everything must have been accepted: a figure with refusals in it would be a lie.
bench_check() {
	jq -e '.refused == 0 and .broken == 0 and .ok > 0' <<<"$1" >/dev/null ||
		fail "not every request was accepted: $1" "read the logs of the home, or a shorter --seconds"
}

# --- start ------------------------------------------------------------------------------------

bench_start() {
	local started up answer

	bench_tyboo down >/dev/null
	started=$(now_ms)
	start_postgres
	start_redis
	start_api
	start_workers
	start_nginx
	up=$(($(now_ms) - started))
	until answer=$(bench_load "$(bench_hook five)" --connections 1 --count 1 2>&1) && jq -e '.ok == 1' <<<"$answer" >/dev/null; do
		[ "$(now_ms)" -lt $((started + 30000)) ] || fail "no delivery was accepted: $answer" "./tyboo logs api"
		sleep 0.02
	done
	bench_wait five 1 30
	bench_put start "$(jq -n --argjson up "$up" --argjson run "$(($(now_ms) - started))" \
		'{servers_s: ($up / 1000), first_run_s: ($run / 1000)}')"
	note "servers $(seconds "$up") s, first run $(seconds $(($(now_ms) - started))) s"
}

# A sandbox process to its first answer: from nothing, and from the warm parent that a worker has.
bench_sandbox() {
	local figures

	figures=$("$bench_dir/bin/bench-start" "$home/bin/tyboo-sandbox" "$home/share")
	bench_put sandbox "$figures"
	note "$(jq -r '.sandbox | "\(.warm.ms) ms; \(.cold.ms) ms from nothing, \(.exec.ms) ms for a bare exec"' "$bench_result")"
}

# Ten thousand items in one run, without stores: what the engine itself takes.
bench_engine() {
	local figures

	figures=$("$bench_dir/bin/bench-engine" "$root/bench/workflows/engine")	# ends the step where it fails
	bench_put engine "$figures"
	note "$(jq -r '.engine | [to_entries[] | "\(.key) \(.value.ms) ms"] | join(", ")' "$bench_result")"
}

# --- the ceilings --------------------------------------------------------------------------------------------

bench_bare() {	# bench_bare plain|stores|grouped
	local mode=$1 socket pid result

	socket=$(state_get socket_dir)/bench-$mode.sock
	rm -f "$socket"
	start_detached "bench-$mode" spawn-fcgi -n -s "$socket" -M 0600 -b 1024 -- "$(command -v multiwatch)" \
		-f "$(api_processes)" -- "$home/bin/bench-bare" --mode "$mode" --threads "$(conf_get api_threads)" \
		--redis "$(state_get socket_dir)/redis.sock" --postgres "$(conf_get database_url)"
	pid=$(service_pid "bench-$mode")
	wait_until 10 test -S "$socket"
	sleep 1	# every accept loop connects to its stores
	bench_load "/$mode" --seconds 1 >/dev/null
	result=$(bench_accept "/$mode")
	stop_pid "$pid" TERM 10
	bench_check "$result"
	bench_put "bare_$mode" "$result"
	redis_cli del bench:bare >/dev/null
	note "$(jq -r '"\(.per_s) a second, p50 \(.p50_ms) ms, p99 \(.p99_ms) ms"' <<<"$result")"
}

# --- ours ------------------------------------------------------------------------------------------------------

# Fill the queue with the workers away (that is the accept figure), then let them at it.
bench_drain() {	# bench_drain WORKFLOW
	local result before started ms runs cpu count=50000
	local -a hook

	case $1 in	# a run of these takes several times as long
	effects) count=$((1500 * bench_seconds)) ;;
	calls) count=$((100 * bench_seconds)) ;;
	esac
	mapfile -t hook < <(bench_hook "$1")
	bench_tyboo service stop run
	before=$(bench_recorded "$1")
	[ "$1" != set ] || bench_load "${hook[@]}" --seconds 1 >"$bench_dir/warm.json"
	result=$(bench_accept "${hook[@]}" --count "$count")
	bench_check "$result"
	bench_put "accept_$1" "$result"
	runs=$(jq .ok <<<"$result")
	[ "$1" != set ] || runs=$((runs + $(jq .ok "$bench_dir/warm.json")))
	bench_cpu >"$bench_dir/cpu"
	started=$(now_ms)
	bench_tyboo service start run
	sleep 2
	bench_memory loaded
	bench_wait "$1" $((before + runs)) 90
	ms=$(($(now_ms) - started))
	cpu=$(bench_cpu_per_1000 "$bench_dir/cpu" "$runs")
	bench_put "drain_$1" "$(bench_runs "$runs" "$ms" "$cpu")"
	note "accepted $(jq -r '"\(.per_s) a second, p50 \(.p50_ms) ms, p99 \(.p99_ms) ms"' <<<"$result"); $runs runs recorded at $((runs * 1000 / ms)) a second"
}

bench_runs() {	# bench_runs RUNS MS CPU
	jq -n --argjson runs "$1" --argjson ms "$2" --argjson cpu "$3" "$bench_sum"'
		{$runs, seconds: ($ms / 1000), per_s: ($runs * 1000 / $ms | round), cpu_ms_per_1000: $cpu, cpu_us_sum: ($cpu | bench_sum)}'
}

# All together: deliveries come as fast as they are answered, workers run, until the last is recorded.
bench_flow() {	# bench_flow set|five
	local result before started ms runs cpu

	before=$(bench_recorded "$1")
	bench_cpu >"$bench_dir/cpu"
	started=$(now_ms)
	result=$(bench_load "$(bench_hook "$1")" --count 60000)
	bench_check "$result"
	runs=$(jq .ok <<<"$result")
	bench_wait "$1" $((before + runs)) 90
	ms=$(($(now_ms) - started))
	cpu=$(bench_cpu_per_1000 "$bench_dir/cpu" "$runs")
	bench_put "flow_$1" "$(jq --argjson runs "$(bench_runs "$runs" "$ms" "$cpu")" '{accept: .} + $runs' <<<"$result")"
	note "$runs runs recorded at $((runs * 1000 / ms)) a second, accepted at $(jq -r .per_s <<<"$result")"
}

# Senders that wait for their run: as many at a time as there are connections, each request waiting in tyboo-api.
bench_answered() {
	local result

	bench_load "$(bench_hook answered)" --seconds 1 >/dev/null
	result=$(bench_accept "$(bench_hook answered)")
	bench_check "$result"
	bench_put answered "$result"
	wait_until 60 bench_queue_is_empty || fail "the runs were not worked through" "./tyboo logs run"
	note "$(jq -r '"\(.per_s) a second, p50 \(.p50_ms) ms, p99 \(.p99_ms) ms"' <<<"$result")"
}

# Memory of a run that waits on HTTP in tyboo-run: all are held open at once in one process.
bench_wait_on_http() {
	local processes idle kb before warm

	processes=$(state_get run_processes)
	before=$(bench_recorded waiting)
	bench_run_alone 1 $((bench_waiting + 100))	# a few places stay free, because it leases by the batch
	warm=$(bench_recorded five)
	bench_check "$(bench_load "$(bench_hook five)" --count 100 --seconds 60)"
	bench_wait five $((warm + 100)) 60
	idle=$(bench_rss_kb tyboo-run)
	bench_check "$(bench_load "$(bench_hook waiting)" --count "$bench_waiting" --seconds 60)"
	wait_until 60 bench_all_held || fail "only $(bench_sink held) of $bench_waiting calls are open" "./tyboo logs run"
	kb=$(bench_rss_kb tyboo-run)
	bench_sink release >/dev/null
	bench_wait waiting $((before + bench_waiting)) 60
	bench_put waiting "$(jq -n --argjson runs "$bench_waiting" --argjson idle "$idle" --argjson held "$kb" \
		'{$runs, idle_mb: ($idle / 102.4 | round / 10), held_mb: ($held / 102.4 | round / 10), kb_each: (($held - $idle) * 10 / $runs | round / 10)}')"
	bench_run_alone "$processes" ""
	note "$(jq -r '"\(.waiting.runs) runs, \(.waiting.kb_each) kB each"' "$bench_result")"
}

bench_all_held() { [ "$(bench_sink held)" -ge "$bench_waiting" ]; }

# The workers again, so many, with that run_max; "" is the one of the home.
bench_run_alone() {	# bench_run_alone PROCESSES RUN_MAX
	bench_tyboo service stop run
	state_set run_processes "${1:-$(nproc)}"
	sed -i '/^run_max[[:space:]]*=/d' "$home/etc/tyboo.conf"
	[ -z "$2" ] || printf 'run_max = %s\n' "$2" >>"$home/etc/tyboo.conf"
	bench_tyboo service start run
}
