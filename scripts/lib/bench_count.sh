# bench_count.sh -- what the programs of a home took: CPU time and memory, by program.
#
# CPU time is the difference of two looks at every process of the home.  A process that ended between
# them is in its parent's account (cutime), so what a replaced process used is counted all the same.
# What cannot be known is null, never a guess.
# shellcheck shell=bash

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

# One line a process: name, pid, start, parent, own CPU ms, CPU ms of children that have ended.
bench_cpu() {
	local name pid

	bench_processes | while read -r name pid; do
		# A session of Postgres may end between the list and the look.
		{ sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null || :; } |
			awk -v name="$name" -v pid="$pid" -v hz="$(getconf CLK_TCK)" \
				'{print name, pid, $20, $2, ($12 + $13) * 1000 / hz, ($14 + $15) * 1000 / hz}'
	done
}

# bench_cpu_between BEFORE AFTER RUNS: {"program": CPU ms per 1000 runs or null}.
#
# An ended process is charged to its own name: to it goes what its parent's account of ended children
# grew by, less what the process had used before.  Where the parent has ended as well, the account
# is the grandparent's.  A process that ended outside of every account makes its program's figure null.
bench_cpu_between() {
	awk -v runs="$3" '
		function account(key,   up) {	# the nearest ancestor that is still there
			for (up = parent[key]; up in pid_key; up = parent[pid_key[up]])
				if (pid_key[up] in now)
					return pid_key[up]
			return ""
		}
		BEGIN {	# names of processes whose children end unseen
			child["tyboo-run"] = child["tyboo-api"] = "tyboo-sandbox"
			child["multiwatch"] = "tyboo-api"; child["postgres"] = "postgres"; child["redis"] = "redis"; child["nginx"] = "nginx"
		}
		{ key = $2 "/" $3; name[key] = $1 }
		FILENAME == ARGV[1] { was[key] = $5; was_ended[key] = $6; parent[key] = $4; pid_key[$2] = key; next }
		{ now[key] = $5; now_ended[key] = $6 }
		END {
			for (key in now)
				sum[name[key]] += now[key] - was[key]
			for (key in was) {
				if (key in now)
					continue
				sum[name[key]] += 0
				if ((up = account(key)) == "") {
					unknown[name[key]] = 1
					continue
				}
				gone[up] += was[key] + was_ended[key]
				heir[up] = name[key]
			}
			for (key in now) {
				ended = now_ended[key] - was_ended[key] - gone[key]
				if (ended > 0)
					sum[key in heir ? heir[key] : name[key] in child ? child[name[key]] : name[key]] += ended
				else if (ended < -20)	# two ticks of rounding; more was never waited for
					unknown[heir[key]] = 1
			}
			for (key in sum)
				if (key in unknown || sum[key] < 0)
					printf "%s null\n", key
				else
					printf "%s %.1f\n", key, sum[key] * 1000 / runs
		}' "$1" "$2" | jq -Rn '[inputs | split(" ") | {key: .[0], value: (.[1] | fromjson)}] | from_entries'
}

bench_cpu_per_1000() {	# bench_cpu_per_1000 BEFORE_FILE RUNS
	bench_cpu >"$1.after"
	bench_cpu_between "$1" "$1.after" "$2"
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

# The resident set of all processes of one program, kB.
bench_rss_kb() {
	bench_processes | while read -r name pid; do
		[ "$name" != "$1" ] || awk '/^VmRSS:/ {print $2}' "/proc/$pid/status"
	done | awk '{kb += $1} END {print kb + 0}'
}
