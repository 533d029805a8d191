# bench_table.sh -- the figures of ./tyboo bench as one table.
# shellcheck shell=bash

bench_table() {
	jq -r '
		def pct(a; b): "\(a * 100 / b | round) %";
		def sum(f): [to_entries[] | select(.key | startswith("tyboo-")) | .value | f] | add // 0 | . * 10 | round / 10;
		def row(name; r; base; what): [name, r.per_s, r.p50_ms, r.p99_ms, r.cpu_us_sum // "", "\(pct(r.per_s; base.per_s)) of \(what)"] | @tsv;
		def programs: ["nginx", "tyboo-api", "tyboo-run", "tyboo-sandbox", "tyboo-reap", "tyboo-supervise", "multiwatch", "postgres", "redis"][];
		. as $r |
		"",
		"\(.machine.cores) cores, \(.machine.memory_mb) MB, \(.machine.kernel); \(.machine.connections) connections, the load generator on the same machine",
		(if .machine.load > 1 then "the machine was busy with other work when this began (load \(.machine.load)): believe the ratios, not the figures" else empty end),
		"",
		(["accepted", "a second", "p50 ms", "p99 ms", "CPU us", "ratio"] | @tsv),
		([ "nginx -> bare FastCGI", .bare_plain.per_s, .bare_plain.p50_ms, .bare_plain.p99_ms, .bare_plain.cpu_us_sum, ""] | @tsv),
		row("  + COMMIT + XADD each"; .bare_stores; .bare_plain; "bare"),
		row("  + COMMIT + XADD grouped"; .bare_grouped; .bare_plain; "bare"),
		row("signed webhook, both stores"; .accept_set; .bare_stores; "COMMIT + XADD each, \(pct(.accept_set.per_s; .bare_grouped.per_s)) of grouped"),
		row("  while the workers run"; .flow_set.accept; .bare_stores; "COMMIT + XADD each"),
		"",
		(["recorded runs", "a second", "runs", "seconds", ""] | @tsv),
		(["webhook -> set, from a full queue", .drain_set.per_s, .drain_set.runs, .drain_set.seconds, ""] | @tsv),
		(["5 nodes, from a full queue", .drain_five.per_s, .drain_five.runs, .drain_five.seconds, ""] | @tsv),
		(["webhook -> set, end to end", .flow_set.per_s, .flow_set.runs, .flow_set.seconds, ""] | @tsv),
		(["5 nodes, end to end", .flow_five.per_s, .flow_five.runs, .flow_five.seconds, ""] | @tsv),
		"",
		(["program", "CPU ms per 1000 runs:", "MB idle", "MB loaded", "RSS loaded"] | @tsv),
		(["", "set / 5 nodes", "", "", ""] | @tsv),
		(programs as $p | select($r.memory_idle[$p] // $r.memory_loaded[$p]) |
			[$p, "\($r.flow_set.cpu_ms_per_1000[$p] // 0) / \($r.flow_five.cpu_ms_per_1000[$p] // 0)",
			 $r.memory_idle[$p].pss_mb // 0, $r.memory_loaded[$p].pss_mb // 0, $r.memory_loaded[$p].rss_mb // 0] | @tsv),
		(["our programs", "", ($r.memory_idle | sum(.pss_mb)), ($r.memory_loaded | sum(.pss_mb)), ($r.memory_loaded | sum(.rss_mb))] | @tsv),
		"",
		"start to first recorded run: \(.start.first_run_s) s (the servers: \(.start.servers_s) s)",
		""' | awk -F '\t' 'NF > 1 {printf "%-34s %22s %9s %9s %9s   %s\n", $1, $2, $3, $4, $5, $6; next} {print}'
}
