# bench.sh -- ./tyboo bench: what we do a second, beside what this machine can do at most.
#
# Everything is measured in one run and in a home of its own, which is gone afterwards.  Ceilings
# and we get the same load over the same plain loopback listener of the same nginx.  What is
# measured and why so: docs/BENCHMARKS.md.
# shellcheck shell=bash

bench_connections=32
bench_secret=tyboo-bench-secret

help_bench() {
	cat <<'TEXT'
usage: ./tyboo bench [--json] [--seconds N]

Measures, in a release build and a home of its own that is removed afterwards: accepted signed
webhooks a second beside a bare FastCGI program without and with both stores; recorded runs a
second end to end and out of a full queue; CPU per 1000 runs, memory idle and loaded of each
program; seconds from start to first run.  Takes two to three minutes.

  --json        one JSON object instead of the table
  --seconds N   length of each measurement (5)
TEXT
}

cmd_bench() {
	local json=0

	bench_seconds=5
	while [ $# -gt 0 ]; do
		case $1 in
		--json) json=1 ;;
		--seconds) bench_seconds=${2:?--seconds needs a number}; shift ;;
		*) die "bench does not know '$1'" "./tyboo bench --help" ;;
		esac
		shift
	done
	[[ $bench_seconds =~ ^[1-9][0-9]?$ ]] || die "--seconds takes 1 to 99" "./tyboo bench --help"
	bench_begin
	if [ $json = 1 ]; then
		bench_steps >&2
		cat "$bench_dir/result.json"
	else
		bench_steps
		bench_table <"$bench_dir/result.json"
	fi
}

bench_begin() {
	bench_dir=$(mktemp -d "${TMPDIR:-/tmp}/tyboo-bench.XXXXXX")
	chmod 0755 "$bench_dir"
	unset TYBOO_HOME_GIVEN
	export TYBOO_HOME=$bench_dir/home
	find_home
	printf '{}' >"$bench_dir/result.json"
	: >"$bench_dir/bench.log"
	steps_begin 12 "$bench_dir/bench.log"
	trap bench_end EXIT
	trap 'exit 130' INT TERM HUP
}

bench_end() {
	"$root/tyboo" down --purge >/dev/null 2>&1 || warn "the bench's home $home could not be removed"
	rm -rf "$bench_dir" "$step_notes" "$step_notes.why" "$step_notes.todo"
}

bench_steps() {
	step "home" bench_home
	find_home	# it may have been placed elsewhere
	step "listener" bench_listener
	step "workflows" bench_publish
	step "start to first run" bench_start
	step "memory, idle" bench_memory idle
	step "bare FastCGI" bench_bare plain
	step "bare, one COMMIT and one XADD each" bench_bare stores
	step "bare, commits grouped" bench_bare grouped
	step "accept, and drain of webhook -> set" bench_drain set
	step "drain of 5 nodes" bench_drain five
	step "end to end, webhook -> set" bench_flow set
	step "end to end, 5 nodes" bench_flow five
}

# --- results: one JSON object that grows -------------------------------------------------------------

bench_put() {	# bench_put KEY JSON
	jq --arg key "$1" --argjson value "$2" '.[$key] = $value' "$bench_dir/result.json" >"$bench_dir/result.new"
	mv -f "$bench_dir/result.new" "$bench_dir/result.json"
}

# --- a home, a plain listener, two workflows -----------------------------------------------------------

bench_home() {
	"$root/tyboo" up --no-demo --build release
	build_preset release bench-load bench-bare
	install -m 0755 "$(build_dir release)/bin/bench-load" "$(build_dir release)/bin/bench-bare" "$home/bin/"
	bench_put machine "$(jq -n --argjson cores "$(nproc)" --arg kernel "$(uname -sr)" \
		--argjson memory_mb "$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)" \
		--argjson seconds "$bench_seconds" --argjson connections "$bench_connections" \
		--argjson load "$(cut -d' ' -f1 /proc/loadavg)" '{$cores, $memory_mb, $kernel, $seconds, $connections, $load}')"
	note "$home"
}

bench_snippet() {	# the FastCGI settings that the application has, for another upstream
	sed "s/tyboo_api/$1/" "$home/etc/snippets/fastcgi.conf" >"$home/etc/snippets/$1.conf"
}

bench_listener() {
	local port mode socket

	for port in $(shuf -i 12000-19999 -n 50); do
		port_is_free "$port" && break
	done
	state_set bench_port "$port"
	for mode in plain stores grouped; do
		bench_snippet "bench_$mode"
		socket=$(state_get socket_dir)/bench-$mode.sock
		printf 'upstream bench_%s {\n\tserver unix:%s max_fails=0;\n\tkeepalive %s;\n\tkeepalive_requests 100000;\n}\n' \
			"$mode" "$socket" "$(nginx_keepalive)"
	done >"$home/etc/nginx.d/http-bench.conf"
	cat >>"$home/etc/nginx.d/http-bench.conf" <<CONF
server {
	listen 127.0.0.1:$port;
	server_name localhost;
	client_max_body_size 16m;
	client_body_buffer_size 64k;
	keepalive_requests 10000000;
	location /hooks/ { include $home/etc/snippets/fastcgi.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
	location /plain { include $home/etc/snippets/bench_plain.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
	location /stores { include $home/etc/snippets/bench_stores.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
	location /grouped { include $home/etc/snippets/bench_grouped.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
}
CONF
	start_nginx
	pg_admin -d tyboo -c 'CREATE TABLE public.bench_bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		received_at timestamptz NOT NULL DEFAULT now(), body text NOT NULL);
		GRANT INSERT ON public.bench_bare TO tyboo_app'
	note "http://127.0.0.1:$port"
}

bench_publish() {
	local ws name id credential

	ws=/workspaces/$(owner_field workspace)
	# One tenant's default share is 100 runs at a time; here the programs are measured, not his limit.
	bench_sql "UPDATE tyboo.workspaces SET concurrent_max = 1000" >/dev/null
	sign_in
	credential=$(api POST "$ws/credentials" "$(jq -n --arg s "$bench_secret" \
		'{name: "bench", type: "webhook_secret", data: {secret: $s}}')" | jq -r .id)
	for name in set five; do
		id=$(api POST "$ws/workflows" "$(jq --arg c "$credential" --arg n "bench $name" \
			'walk(if . == "@CREDENTIAL@" then $c else . end) | {name: $n, graph: .}' \
			"$root/bench/workflows/$name.json")" | jq -r .id)
		api POST "$ws/workflows/$id/publish" '{}' >/dev/null
		state_set "bench_$name" "$id"
	done
	sign_out
	note "2 published"
}

# --- load, counting --------------------------------------------------------------------------------------

bench_load() {	# bench_load PATH [OPTION...]: prints the JSON of bench-load
	local path=$1

	shift
	"$home/bin/bench-load" --port "$(state_get bench_port)" --path "$path" --secret "$bench_secret" \
		--connections "$bench_connections" --seconds "$bench_seconds" "$@"
}

bench_hook() { printf '/hooks/%s/bench/%s' "$(owner_field workspace)" "$1"; }

bench_sql() { pg_admin -d tyboo -Atc "$1"; }

bench_recorded() {	# how many runs of a workflow are finished in Postgres
	bench_sql "SELECT count(*) FROM tyboo.executions WHERE workflow_id = '$(state_get "bench_$1")' AND status = 'ok'"
}

bench_wait() {	# bench_wait WORKFLOW COUNT SECONDS: until that many are recorded
	local deadline=$(($(now_ms) + $3 * 1000)) count

	until count=$(bench_recorded "$1"); [ "$count" -ge "$2" ]; do
		[ "$(now_ms)" -lt "$deadline" ] || fail "only $count of $2 runs were recorded in $3 s" "./tyboo logs run"
		sleep 0.1
	done
}

# bench_accept PATH [OPTION...]: bench_load, and what a request cost: cpu_us, by program and in sum.
bench_accept() {
	local result

	bench_cpu >"$bench_dir/cpu"
	result=$(bench_load "$@")
	jq -c --argjson cpu "$(bench_cpu_per_1000 "$bench_dir/cpu" "$(jq '[.ok, 1] | max' <<<"$result")")" \
		'. + {cpu_us: $cpu, cpu_us_sum: ($cpu | add | round)}' <<<"$result"
}

# Everything must have been accepted: a figure with refusals in it would be a lie.
bench_check() {
	jq -e '.refused == 0 and .broken == 0 and .ok > 0' <<<"$1" >/dev/null ||
		fail "not every request was accepted: $1" "read the logs of the home, or a shorter --seconds"
}

# --- start, memory, CPU ------------------------------------------------------------------------------------

bench_start() {
	local started up answer

	"$root/tyboo" down >/dev/null
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

bench_processes() {	# name and pid of every process of the home
	local pid name

	for pid in $(home_pids); do
		name=$(program_of "$pid") || continue
		case $name in
		redis-*) name=redis ;;
		esac
		printf '%s %s\n' "$name" "$pid"
	done
}

bench_memory() {	# bench_memory idle|loaded
	local name pid

	bench_processes | while read -r name pid; do
		printf '%s %s\n' "$name" "$(memory_kb "$pid")"
	done | jq -Rn '[inputs | split(" ") | select(length == 3) | {name: .[0], pss: (.[1] | tonumber), rss: (.[2] | tonumber)}] | group_by(.name)
		| map({key: .[0].name, value: {processes: length, pss_mb: ((map(.pss) | add) / 102.4 | round / 10),
			rss_mb: ((map(.rss) | add) / 102.4 | round / 10)}}) | from_entries' >"$bench_dir/memory.json"
	bench_put "memory_$1" "$(cat "$bench_dir/memory.json")"
	note "$(jq -r '[to_entries[] | select(.key | startswith("tyboo-")) | .value.pss_mb] | add * 10 | round / 10' "$bench_dir/memory.json") MB in our programs"
}

bench_cpu() {	# name and CPU milliseconds so far, one line a program
	local name pid

	bench_processes | while read -r name pid; do
		# A session of Postgres may end between the list and the look.
		{ sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null || :; } | awk -v name="$name" -v hz="$(getconf CLK_TCK)" '{print name, ($12 + $13) * 1000 / hz}'
	done | awk '{ms[$1] += $2} END {for (name in ms) print name, ms[name]}'
}

bench_cpu_per_1000() {	# bench_cpu_per_1000 BEFORE_FILE RUNS: JSON
	bench_cpu | awk -v runs="$2" 'NR == FNR {was[$1] = $2; next} {printf "%s %.1f\n", $1, ($2 - was[$1]) * 1000 / runs}' "$1" - |
		jq -Rn '[inputs | split(" ") | {key: .[0], value: (.[1] | tonumber)}] | from_entries'
}

# --- the ceilings --------------------------------------------------------------------------------------------

bench_bare() {	# bench_bare plain|stores|grouped
	local mode=$1 socket pid result

	socket=$(state_get socket_dir)/bench-$mode.sock
	rm -f "$socket"
	start_detached "bench-$mode" spawn-fcgi -n -s "$socket" -M 0600 -b 1024 -- "$(command -v multiwatch)" \
		-f "$(api_processes)" -s TERM -- "$home/bin/bench-bare" --mode "$mode" --threads "$(conf_get api_threads)" \
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
bench_drain() {	# bench_drain set|five
	local result before started ms runs

	stop_run
	before=$(bench_recorded "$1")
	[ "$1" = five ] || bench_load "$(bench_hook "$1")" --seconds 1 >"$bench_dir/warm.json"
	result=$(bench_accept "$(bench_hook "$1")" --count 50000)
	bench_check "$result"
	bench_put "accept_$1" "$result"
	runs=$(jq .ok <<<"$result")
	[ "$1" = five ] || runs=$((runs + $(jq .ok "$bench_dir/warm.json")))
	bench_cpu >"$bench_dir/cpu"
	started=$(now_ms)
	start_run
	sleep 2
	bench_memory loaded
	bench_wait "$1" $((before + runs)) 90
	ms=$(($(now_ms) - started))
	bench_put "drain_$1" "$(jq -n --argjson runs "$runs" --argjson ms "$ms" --argjson cpu "$(bench_cpu_per_1000 "$bench_dir/cpu" "$runs")" \
		'{$runs, seconds: ($ms / 1000), per_s: ($runs * 1000 / $ms | round), cpu_ms_per_1000: $cpu}')"
	note "accepted $(jq -r '"\(.per_s) a second, p50 \(.p50_ms) ms, p99 \(.p99_ms) ms"' <<<"$result"); $runs runs recorded at $((runs * 1000 / ms)) a second"
}

# All together: deliveries come as fast as they are answered, workers run, until the last is recorded.
bench_flow() {	# bench_flow set|five
	local result before started ms runs

	before=$(bench_recorded "$1")
	bench_cpu >"$bench_dir/cpu"
	started=$(now_ms)
	result=$(bench_load "$(bench_hook "$1")" --count 60000)
	bench_check "$result"
	runs=$(jq .ok <<<"$result")
	bench_wait "$1" $((before + runs)) 90
	ms=$(($(now_ms) - started))
	bench_put "flow_$1" "$(jq --argjson runs "$runs" --argjson ms "$ms" --argjson cpu "$(bench_cpu_per_1000 "$bench_dir/cpu" "$runs")" \
		'{accept: ., $runs, seconds: ($ms / 1000), per_s: ($runs * 1000 / $ms | round), cpu_ms_per_1000: $cpu}' <<<"$result")"
	note "$runs runs recorded at $((runs * 1000 / ms)) a second, accepted at $(jq -r .per_s <<<"$result")"
}
