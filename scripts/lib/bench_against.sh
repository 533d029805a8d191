# bench_against.sh -- ./tyboo bench --against COMMIT: both sides in one run, in turn, and their ratios.
#
# Both are built as releases, each has a home of its own, made and driven by its own ./tyboo, and
# is measured by this tree's programs.  Rounds go A B, B A, A B ..., so that a machine that becomes
# slower meanwhile is slower for both.  A round begins with empty tables: its rows are not the next one's work.
# shellcheck shell=bash

bench_against() {	# bench_against COMMIT
	local round

	step "bench programs" bench_build
	step "the other side" bench_other "$1"
	bench_turn ours
	bench_made ours
	bench_turn against
	bench_made against
	for ((round = 1; round <= bench_rounds; round++)); do
		if [ $((round % 2)) = 1 ]; then
			bench_round ours "$round"
			bench_round against "$round"
		else
			bench_round against "$round"
			bench_round ours "$round"
		fi
	done
	jq -n --arg commit "$1" --slurpfile ours <(bench_rounds_of ours) --slurpfile against <(bench_rounds_of against) \
		"$bench_ratios"'{against: $commit, machine: $ours[0].machine, figures: ratios($ours; $against), ours: $ours, against_rounds: $against}' \
		>"$bench_dir/result.json"
}

bench_made() {
	step "$1: home" bench_home
	find_home
	step "$1: listener" bench_listener
	step "$1: workflows" bench_publish set five effects waiting
	step "$1: memory, idle" bench_memory idle
}

bench_rounds_of() {	# one result after the other
	local round

	for ((round = 1; round <= bench_rounds; round++)); do
		jq -s '.[0] * .[1]' "$bench_dir/$1.0.json" "$bench_dir/$1.$round.json"
	done
}

bench_turn() {	# bench_turn ours|against [ROUND]
	if [ "$1" = ours ]; then
		bench_side ours "$root" "ours.${2:-0}"
	else
		bench_side against "$bench_dir/tree" "against.${2:-0}"
		export TYBOO_BUILD=$bench_dir/build
		return 0
	fi
	unset TYBOO_BUILD
	[ -z "$bench_own_build" ] || export TYBOO_BUILD=$bench_own_build
}
bench_own_build=${TYBOO_BUILD-}

# The other side's source, as a worktree of this repository.
bench_other() {	# bench_other COMMIT
	git -C "$root" worktree add --quiet --detach "$bench_dir/tree" "$1"
	# Installed packages of the same lock file are the same packages.
	if cmp -s "$root/static/package-lock.json" "$bench_dir/tree/static/package-lock.json" && [ -d "$root/static/node_modules" ]; then
		cp -a "$root/static/node_modules" "$bench_dir/tree/static/"
	fi
	note "$(git -C "$root" log -1 --format='%h %s' "$1")"
}

bench_round() {	# bench_round ours|against NUMBER: one step, so that its line is one line
	bench_turn "$@"
	step "round $2, $1" bench_round_steps
}

bench_round_steps() {
	bench_forget
	bench_bare plain
	bench_drain set
	bench_drain five
	bench_drain fifty
	bench_flow set
	bench_flow five
	bench_drain effects
	bench_wait_on_http
	note "$(jq -r '"accepted \(.accept_set.per_s), webhook -> set \(.flow_set.per_s), 5 nodes \(.drain_five.per_s), effects \(.drain_effects.per_s) a second"' "$bench_result")"
}

# Rows of runs and deliveries go, and what Postgres has to do for them is done before the clock starts.
bench_forget() {
	bench_sql "SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relnamespace = 'tyboo'::regnamespace AND relkind IN ('r', 'p')
		AND NOT relispartition AND relname IN ('executions', 'execution_data', 'effects', 'deliveries', 'delivery_keys', 'payloads', 'payload_usage', 'usage_events')" |
		bench_sql "$(cat)"
	bench_sql CHECKPOINT
}

# --- ratios: ours to theirs, the median of the rounds' own ------------------------------------------------

# Rows of the table: name, path in a result, least and greatest ratio (null: shown, not judged).
# shellcheck disable=SC2016	# jq's variables
bench_ratios='
	def median: sort | length as $n | if $n % 2 == 1 then .[($n - 1) / 2] else (.[$n / 2 - 1] + .[$n / 2]) / 2 end;
	def rate(name; key): {name: name, unit: "a second", path: [key, "per_s"], min: 0.97, max: null};
	def cpu(name; key): {name: name, unit: "CPU us", path: [key, "cpu_us_sum"], min: null, max: 1.03};
	def both(name; key): rate(name; key), cpu(name; key);
	def memory(name; max): {name: name, unit: "MB loaded", path: ["memory_loaded", name, "pss_mb"], min: null, max: max};
	def figures: [
		(rate("bare FastCGI (the machine itself)"; "bare_plain") | .min = null),
		both("accept, webhook -> set"; "accept_set"), both("accept, 5 nodes"; "accept_five"),
		both("webhook -> set, from a full queue"; "drain_set"), both("5 nodes, from a full queue"; "drain_five"),
		both("5 nodes, 50 workspaces in turn"; "drain_fifty"), both("webhook -> set, end to end"; "flow_set"),
		both("5 nodes, end to end"; "flow_five"), both("journaled effects"; "drain_effects"),
		(("tyboo-api", "tyboo-run", "tyboo-sandbox", "postgres", "redis") as $p |
			{name: "  of it \($p)", unit: "CPU us", path: ["flow_five", "cpu_ms_per_1000", $p], min: null, max: null}),
		memory("tyboo-run"; 1.05), memory("tyboo-api"; null), memory("tyboo-sandbox"; null),
		{name: "a run that waits on HTTP", unit: "kB", path: ["waiting", "kb_each"], min: null, max: null}];
	def ratios(ours; against): figures | map(. as $f
		| ([ours[] | getpath($f.path)]) as $a | ([against[] | getpath($f.path)]) as $b
		| ([range(0; [($a | length), ($b | length)] | max) | if $a[.] == null or ($b[.] // 0) == 0 then null else $a[.] / $b[.] end]) as $r
		| (if ($r | length) == 0 or any($r[]; . == null) then null else ($r | median) end) as $ratio
		| $f + {ours: (if any($a[]; . == null) then null else ($a | median) end),
			against: (if any($b[]; . == null) then null else ($b | median) end), ratio: $ratio, ratios: $r,
			judged: ($f.min != null or $f.max != null),
			holds: ($ratio != null and ($f.min == null or $ratio >= $f.min) and ($f.max == null or $ratio <= $f.max))}); '

bench_ratio_table() {
	jq -r '
		def three: if . == null then "-" else . * 1000 | round / 1000 end;
		"",
		"\(.machine.cores) cores, \(.machine.memory_mb) MB, \(.machine.kernel); \(.ours | length) rounds in turn, against \(.against[:12])",
		"",
		(["median of the rounds", "unit", "ours", "against", "ratio", "lowest", "highest", "bound"] | @tsv),
		(.figures[] | [.name, .unit, (.ours | three), (.against | three), (.ratio | three), ([.ratios[] | numbers] | min | three),
			([.ratios[] | numbers] | max | three),
			(if .judged | not then "" elif .holds then "ok" elif .ratio == null then "NOT MEASURED"
			 elif .min then "BELOW \(.min)" else "ABOVE \(.max)" end)] | @tsv),
		""' | awk -F '\t' 'NF > 1 {printf "%-36s %-10s %10s %10s %8s %8s %8s   %s\n", $1, $2, $3, $4, $5, $6, $7, $8; next} {print}'
}

# The last line, and the exit status.
bench_ratio_verdict() {
	local lost

	lost=$(jq -r '[.figures[] | select(.judged and (.holds | not)) | "\(.name), \(.unit): \(if .ratio then .ratio * 1000 | round / 1000 else "not measured" end)"] | join("; ")')
	if [ -n "$lost" ]; then
		say "verdict: LOST ($lost)"
		return 1
	fi
	say "verdict: holds (rates at least 0.97, CPU us a run at most 1.03, tyboo-run's loaded memory at most 1.05)"
}
