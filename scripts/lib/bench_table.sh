# bench_table.sh -- the figures of ./tyboo bench as one table, and what is missing among them.
#
# Read from the result on standard input.  A figure that could not be measured is "-".
# shellcheck shell=bash

bench_table() {
	jq -r '
		def pct(a; b): "\(a * 100 / b | round) %";
		def sum(f): [to_entries[] | select(.key | startswith("tyboo-")) | .value | f] | add // 0 | . * 10 | round / 10;
		def row(name; r; base; what): [name, r.per_s, r.p50_ms, r.p99_ms, r.cpu_us_sum // "-", "\(pct(r.per_s; base.per_s)) of \(what)"] | @tsv;
		def run(name; r): [name, r.per_s, r.runs, r.seconds, r.cpu_us_sum // "-"] | @tsv;
		def cpu(r; p): r.cpu_ms_per_1000 | if has(p) then .[p] // "-" else 0 end;
		def programs: ["nginx", "tyboo-api", "tyboo-run", "tyboo-sandbox", "tyboo-parse", "tyboo-pdf", "tyboo-reap", "tyboo-schedule", "tyboo-supervise", "multiwatch", "postgres", "redis"][];
		. as $r |
		"",
		"\(.machine.cores) cores, \(.machine.memory_mb) MB, \(.machine.kernel); \(.machine.connections) connections, the load generator on the same machine",
		(if .machine.load > 1 then "the machine was busy with other work when this began (load \(.machine.load)): believe the ratios, not the figures" else empty end),
		"",
		(["accepted", "a second", "p50 ms", "p99 ms", "CPU us", "ratio"] | @tsv),
		([ "nginx -> bare FastCGI", .bare_plain.per_s, .bare_plain.p50_ms, .bare_plain.p99_ms, .bare_plain.cpu_us_sum // "-", ""] | @tsv),
		row("  + COMMIT + XADD each"; .bare_stores; .bare_plain; "bare"),
		row("  + COMMIT + XADD grouped"; .bare_grouped; .bare_plain; "bare"),
		row("signed webhook, both stores"; .accept_set; .bare_stores; "COMMIT + XADD each, \(pct(.accept_set.per_s; .bare_grouped.per_s)) of grouped"),
		([ "  while the workers run", .flow_set.accept.per_s, .flow_set.accept.p50_ms, .flow_set.accept.p99_ms, "", "\(pct(.flow_set.accept.per_s; .bare_stores.per_s)) of COMMIT + XADD each"] | @tsv),
		row("  answered when its run has ended"; .answered; .flow_set; "its runs end to end"),
		"",
		(["recorded runs", "a second", "runs", "seconds", "CPU us"] | @tsv),
		run("webhook -> set, from a full queue"; .drain_set),
		run("5 nodes, from a full queue"; .drain_five),
		run("5 nodes, 50 workspaces in turn"; .drain_fifty) + "\t\(pct(.drain_fifty.per_s; .drain_five.per_s)) of one workspace",
		run("webhook -> set, end to end"; .flow_set),
		run("5 nodes, end to end"; .flow_five),
		run("journaled effects (webhook -> http)"; .drain_effects),
		run("ten called workflows each"; .drain_calls) + "\t\(.drain_calls.per_s * 10) called runs a second, \(.drain_calls.cpu_us_sum // 0 | . / 10 | round) us of CPU each",
		"",
		(["program", "CPU ms per 1000 runs:", "MB idle", "MB loaded", "RSS loaded"] | @tsv),
		(["", "set / 5 nodes", "", "", ""] | @tsv),
		(programs as $p | select($r.memory_idle[$p] // $r.memory_loaded[$p]) |
			[$p, "\(cpu($r.flow_set; $p)) / \(cpu($r.flow_five; $p))",
			 $r.memory_idle[$p].pss_mb // 0, $r.memory_loaded[$p].pss_mb // 0, $r.memory_loaded[$p].rss_mb // 0] | @tsv),
		(["our programs", "", ($r.memory_idle | sum(.pss_mb)), ($r.memory_loaded | sum(.pss_mb)), ($r.memory_loaded | sum(.rss_mb))] | @tsv),
		"",
		"\(.waiting.runs) runs that wait on HTTP in one tyboo-run: \(.waiting.kb_each) kB each (\(.waiting.idle_mb) MB idle, \(.waiting.held_mb) MB with all)",
		"a sandbox process, started for its first answer: \(.sandbox.warm.ms) ms, CPU \(.sandbox.warm.cpu_us) us (from nothing \(.sandbox.cold.ms) ms, \(.sandbox.cold.cpu_us) us; a bare fork and exec \(.sandbox.exec.ms) ms, \(.sandbox.exec.cpu_us) us)",
		"the same for eight requests, a workspace\u0027s turn: \(.sandbox.turn.ms) ms, CPU \(.sandbox.turn.cpu_us) us, \(.sandbox.turn.faults) page faults",
		"10,000 items in one run, engine alone: \(.engine | [to_entries[] | "\(.key) \(.value.ms) ms (CPU \(.value.cpu_ms), \(.value.mb) MB)"] | join(", "))",
		"start to first recorded run: \(.start.first_run_s) s (the servers: \(.start.servers_s) s)",
		""' | awk -F '\t' 'NF > 1 {printf "%-34s %22s %9s %9s %9s   %s\n", $1, $2, $3, $4, $5, $6; next} {print}'
}

# Figures that a result must have, by their paths; what is not there or null is named.
bench_missing() {
	local missing

	missing=$(jq -r '
		[(("accept_", "drain_", "flow_") as $what | ("set", "five") | ["\($what)\(.)", "per_s"]),
		 (("accept_", "drain_") as $what | ("fifty", "effects", "calls") | ["\($what)\(.)", "per_s"]),
		 (("bare_plain", "bare_stores", "bare_grouped", "accept_set", "accept_five", "answered") | [., "cpu_us_sum"]),
		 ["answered", "per_s"],
		 (("drain_set", "drain_five", "drain_fifty", "drain_effects", "drain_calls", "flow_set", "flow_five") | [., "cpu_us_sum"]),
		 (("nginx", "tyboo-api", "tyboo-run", "tyboo-sandbox", "postgres", "redis") | ["flow_five", "cpu_ms_per_1000", .]),
		 (("tyboo-api", "tyboo-run", "tyboo-sandbox", "tyboo-reap", "tyboo-schedule") | ["memory_idle", ., "pss_mb"], ["memory_loaded", ., "pss_mb"]),
		 (("exec", "cold", "warm", "turn") as $how | ("ms", "cpu_us") as $what | ["sandbox", $how, $what]),
		 (("bare", "loop", "while", "set", "filter", "condition", "merge", "wait", "retry") as $what | ("ms", "cpu_ms", "mb") as $unit | ["engine", $what, $unit]),
		 ["waiting", "kb_each"], ["start", "first_run_s"]] as $wanted
		| . as $r | [$wanted[] | . as $path | select(($r | getpath($path)) == null) | join(".")] | join(", ")')
	[ -z "$missing" ] || die "not measured: $missing" "run it again; a process that ended unseen is the usual cause: ./tyboo bench --json says which program"
}
