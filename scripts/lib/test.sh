# test.sh -- ./tyboo test: builds with sanitizers, runs every test, counts each one.
#
# A stage is a function that runs a test program and calls count_tests with what it counted.
# Everything a test starts lives below one temporary folder; test_end stops what is left there.
# Shares nothing with a running home: the homes of tests/e2e are made by the tests themselves.
# shellcheck shell=bash

test_passed=0
test_failed=0
test_work=
test_child=
tidy_group=
test_is_over=no
patience=${TYBOO_TEST_PATIENCE:-1}

help_test() {
	cat <<'TEXT'
usage: ./tyboo test [unit|integration|e2e|fuzz [SECONDS]|lint|FILE...]

Builds with AddressSanitizer and UndefinedBehaviorSanitizer and runs every test, one kind, or single files:

  unit           C, no services; workflows in tests/golden among them
  integration    C, on a Postgres and a Redis of their own
  fuzz           the fuzzers' seeds replayed; with SECONDS, libFuzzer searches that long each
  lint           layers, sizes, words, format, shellcheck, clang-tidy, the release's warnings; the UI's types and tests
  e2e            whole homes, through nginx over TLS, with crashes and a browser
  FILE           a file or a folder of tests/, such as tests/unit/json or tests/e2e/crash.test.mjs

TYBOO_TEST_PATIENCE=3 gives everything three times as long before it fails: for a slow or a busy machine.
The last line is "N passed, N failed"; the exit status is 1 where one failed.
TEXT
}

cmd_test() {
	local what=${1-all} stage
	local -a stages

	[[ $patience =~ ^[1-9][0-9]?$ ]] ||
		die "TYBOO_TEST_PATIENCE is a whole number from 1 to 99, not '$patience'" "TYBOO_TEST_PATIENCE=3 ./tyboo test"
	case $what in
	all) stages=(unit tidy_begin integration tidy fuzz lint release ui e2e_beside e2e_alone) ;;
	lint) stages=(lint tidy release ui) ;;
	e2e) stages=(e2e_beside e2e_alone) ;;
	unit | integration) stages=("$what") ;;
	fuzz) stages=(fuzz)
		if [ $# -eq 2 ]; then
			[[ $2 =~ ^[1-9][0-9]*$ ]] || die "the fuzzers' time is a number of seconds, not '$2'" "./tyboo test fuzz 60"
			fuzz_seconds=$2
			stages=(fuzzers)
			shift
		fi ;;
	*/*)
		files_sort "$@"
		what=files stages=(files)
		set -- ;;
	*) die "there is no kind of test '$what'" "./tyboo test --help" ;;
	esac
	[ $# -le 1 ] || die "test does not know '$2'" "./tyboo test --help"
	test_begin
	test_prepare "$what"
	for stage in "${stages[@]}"; do
		"test_$stage"
	done
	test_is_over=yes
	[ "$test_failed" -eq 0 ]
}

# --- begin and end ----------------------------------------------------------------------------

test_begin() {
	test_work=$(mktemp -d "${TMPDIR:-/tmp}/tyboo-test.XXXXXX")
	chmod 0755 "$test_work"	# as root the servers run as another user
	steps_begin 4 "$test_work/prepare.log"
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	trap test_end EXIT
}

# However it ends: nothing runs on, nothing is left, the last line is the count.
test_end() {
	local rc=$? state

	trap '' INT TERM HUP
	if [ -n "$test_child" ] && kill -TERM "$test_child" 2>/dev/null; then
		wait_until 60 pid_gone "$test_child" || kill -KILL "$test_child" 2>/dev/null || true
	fi
	[ -z "$tidy_group" ] || kill -TERM -- "-$tidy_group" 2>/dev/null || true
	for state in "$test_work"/*/etc/state; do
		if [ -f "$state" ]; then
			TYBOO_HOME=${state%/etc/state} "$root/tyboo" down --purge >/dev/null 2>&1 || true
		fi
	done
	rm -rf -- "$test_work" "$step_notes" "$step_notes.why" "$step_notes.todo"
	if [ $test_is_over = no ]; then
		test_failed=$((test_failed + 1))
		[ $rc -ne 0 ] || rc=1
	fi
	say "$test_passed passed, $test_failed failed"
	exit $rc
}

test_prepare() {	# test_prepare WHAT
	local -a needs=("${packages_build[@]}" "${packages_run[@]}" "${packages_test[@]}")

	if [ "$1" = fuzz ]; then
		step_total=1
		step "packages" ensure_packages "${needs[@]}" "${packages_fuzz[@]}"
		return 0
	fi
	step_total=3
	step "packages" ensure_packages "${needs[@]}"
	# Before the build, which takes luxon from there for the sandbox's tests.
	step "npm, UI" install_node_modules "$root/static"
	step "build" test_build
	case $1 in
	all | e2e | files) step_total=$((step_total + 1)); step "npm, e2e" install_node_modules "$root/tests/e2e" ;;
	esac
}

test_build() {
	local dir

	dir=$(build_dir dev)
	build_preset dev || fail "the build failed" "see the compiler's messages above"
	grep -qx "TY_TEST_PATIENCE:STRING=$patience" "$dir/CMakeCache.txt" || cmake -DTY_TEST_PATIENCE="$patience" "$dir"
	note "dev: AddressSanitizer and UndefinedBehaviorSanitizer"
}

# --- counting and showing -------------------------------------------------------------------------

count_tests() {	# count_tests STAGE PASSED FAILED STARTED_MS
	test_passed=$((test_passed + $2))
	test_failed=$((test_failed + $3))
	say "$1: $2 passed, $3 failed ($(seconds $(($(now_ms) - $4))) s)"
}

# Run in the background and wait, so that a signal to us is heard at once.  Never fails: $test_rc.
# LOG "-" is our own output: /dev/stdout, opened again, would empty the file that it may be.
run_tests() {	# run_tests LOG COMMAND...
	local log=$1

	shift
	test_rc=0
	if [ "$log" = - ]; then
		"$@" 2>&1 </dev/null &
	else
		"$@" >"$log" 2>&1 </dev/null &
	fi
	test_child=$!
	wait "$test_child" || test_rc=$?
	test_child=
}

# --- C: ctest, whose programs are Check suites ---------------------------------------------------

# "PASSED FAILED" of a ctest JUnit file.  A program that died besides its checks counts as one more.
count_ctest() {
	awk '
		/<testcase / { seen = checks = bad = 0; ok = /status="run"/ }
		match($0, /[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/) {
			split(substr($0, RSTART, RLENGTH), n, /[^0-9]+/)
			seen = 1; checks += n[2]; bad += n[3] + n[4]
		}
		/<\/testcase>/ {
			if (!seen) checks = 1
			if (!ok && bad == 0) bad = 1
			failed += bad; passed += checks > bad ? checks - bad : 0
		}
		END { print passed + 0, failed + 0 }' "$1"
}

run_ctest() {	# run_ctest STAGE LABELS
	local started log=$test_work/$1.log xml=$test_work/$1.xml passed=0 failed=0

	started=$(now_ms)
	run_tests "$log" env -u TYBOO_HOME TMPDIR="$test_work" TYBOO_TEST_PGTEMPLATE="$test_work/pgtemplate" \
		TYBOO_TEST_PATIENCE="$patience" CK_TIMEOUT_MULTIPLIER="$patience" CK_VERBOSITY=normal \
		ctest --test-dir "$(build_dir dev)" -L "$2" -j "$(nproc)" --no-tests=error --output-on-failure \
		--test-output-size-passed 1000000 --output-junit "$xml"
	if [ -f "$xml" ]; then
		read -r passed failed < <(count_ctest "$xml")
	fi
	if [ "$test_rc" -ne 0 ]; then
		grep -vE '^ +Start +[0-9]+: |^[0-9/ ]+Test +#[0-9]+: .* Passed +[0-9.]+ sec' "$log"
		[ "$failed" -gt 0 ] || failed=1
	fi
	count_tests "$1" "$passed" "$failed" "$started"
}

test_unit() { run_ctest unit '^(unit|golden)$'; }
test_integration() { run_ctest integration '^integration$'; }
test_fuzz() { run_ctest fuzz '^fuzz$'; }

# --- libFuzzer: each fuzzer for so many seconds ----------------------------------------------------

test_fuzzers() {
	local program name started corpus

	step_total=2
	step "build" build_fuzzers
	for program in "$(build_dir fuzz)"/fuzz/fuzz.*; do
		name=${program##*/fuzz.}
		started=$(now_ms)
		corpus=$test_work/corpus.$name
		mkdir -p "$corpus" "$test_work/found.$name"
		run_tests "$test_work/$name.log" fuzz_one "$program" "$name" "$corpus"
		if [ "$test_rc" -eq 0 ]; then
			say "$name: $(grep -c '' <(ls "$corpus")) inputs kept, $(sed -n 's/^stat::number_of_executed_units: *//p' "$test_work/$name.log") runs"
			count_tests "fuzz $name" 1 0 "$started"
		else
			tail -n 60 "$test_work/$name.log"
			keep_found "$name"
			count_tests "fuzz $name" 0 1 "$started"
		fi
	done
}

build_fuzzers() {
	local -a targets

	mapfile -t targets < <(grep -rhoE '^ty_fuzz\([a-z_0-9]+' --include=CMakeLists.txt "$root/tests/fuzz" | sed 's/ty_fuzz(/fuzz./')
	build_preset fuzz "${targets[@]}" || fail "the build failed" "see the compiler's messages above"
	note "${#targets[@]} fuzzers"
}

fuzz_one() {	# fuzz_one PROGRAM NAME CORPUS
	local dict=$root/tests/fuzz/dict/$2.dict
	local -a options=(-max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
		-artifact_prefix="$test_work/found.$2/")

	if [ -f "$dict" ]; then
		options+=(-dict="$dict")
	fi
	exec "$1" "${options[@]}" "$3" "$root/tests/fuzz/seeds/$2"
}

# Keep an input that broke a fuzzer beside the build, so that it can become a seed.
keep_found() {
	local to

	to=$(build_dir fuzz)/found/$1
	mkdir -p "$to"
	cp -f "$test_work/found.$1"/* "$to"/ 2>/dev/null || true
	say "the inputs that broke it: $to"
}

# --- Node: lint and e2e are node:test files ---------------------------------------------------------

tap_count() { sed -n "s/^# $2 //p" "$1" | tail -1; }

# Streams one line a test; details of the failures at the end, as the reporter prints them.
run_node() {	# run_node STAGE FILES_AT_A_TIME FILE...
	local stage=$1 at_a_time=$2 tap=$test_work/${1// /-}.tap started passed failed canceled

	shift 2
	started=$(now_ms)
	: >"$tap"
	run_tests - env -u TYBOO_HOME TMPDIR="$test_work" TYBOO_LINT_BUILD="$(build_dir dev)" \
		TYBOO_TEST_PATIENCE="$patience" node --test --test-concurrency="$at_a_time" --test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=tap --test-reporter-destination="$tap" "$@"
	passed=$(tap_count "$tap" pass)
	failed=$(tap_count "$tap" fail)
	canceled=$(tap_count "$tap" cancelled)
	failed=$((${failed:-0} + ${canceled:-0}))
	if [ "$test_rc" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	count_tests "$stage" "${passed:-0}" "$failed" "$started"
}

test_lint() { run_node lint "$(nproc)" "$root"/tests/lint/*.test.mjs; }

# Files that measure, count processes or build have the machine to themselves; the others mostly wait.
e2e_alone=("$root"/tests/e2e/{bench,build,crash,main,memory,newcomer,outage,sandbox,schedules,waiting,workflows})

test_e2e_alone() { run_node "e2e alone" 1 "${e2e_alone[@]/%/.test.mjs}"; }

test_e2e_beside() {
	local file
	local -a beside=()

	for file in "$root"/tests/e2e/*.test.mjs; do
		[[ " ${e2e_alone[*]} " == *" ${file%.test.mjs} "* ]] || beside+=("$file")
	done
	run_node e2e 2 "${beside[@]}"
}

# --- single files and folders ---------------------------------------------------------------------------

files_c=()	# labels of ctest (cmake/Tyboo.cmake: a test's sources are its labels)
files_node=()

files_sort() {	# files_sort FILE...
	local file path

	for file; do
		path=$(realpath -m -- "$file")
		[ -e "$path" ] || path=$root/${file#./}
		[ -e "$path" ] || die "there is no test '$file'" "it is a file or a folder below tests/"
		path=${path#"$root"/}
		case $path in
		tests/golden/*.json) files_c+=(tests/golden/test_golden.c) ;;
		tests/e2e | tests/lint) files_node+=("$root/$path"/*.test.mjs) ;;
		tests/*.test.mjs) files_node+=("$root/$path") ;;
		tests/unit* | tests/integration* | tests/golden* | tests/fuzz*) files_c+=("$path") ;;
		*) die "'$file' is no test" "./tyboo test --help" ;;
		esac
	done
}

test_files() {
	local file

	for file in ${files_c+"${files_c[@]}"}; do
		run_ctest "${file//\//.}" "^${file//./\\.}(/|$)"
	done
	[ ${#files_node[@]} -eq 0 ] || run_node files 1 "${files_node[@]}"
}

# --- clang-tidy: one test a file ----------------------------------------------------------------------

# Begun before the integration tests, which mostly wait, because it takes all cores for minutes: so it has what they
# leave.  Not beside e2e tests, which look at times.
test_tidy_begin() {
	set -m	# a process group of its own
	{
		chrt --idle --pid 0 "$BASHPID"
		tidy_files "$(build_dir tidy)"
	} >"$test_work/tidy.log.color" 2>&1 </dev/null &
	tidy_group=$!
	set +m
}

test_tidy() {
	local started log=$test_work/tidy.log dir files bad

	started=$(now_ms)
	dir=$(build_dir tidy)
	if [ -n "$tidy_group" ]; then
		test_rc=0
		wait "$tidy_group" || test_rc=$?
		tidy_group=
	else
		run_tests "$log.color" tidy_files "$dir"
	fi
	sed 's/\x1b\[[0-9;]*m//g' "$log.color" >"$log"	# run-clang-tidy 14 colours whatever it writes to
	files=$(jq '[.[].file | select(test("/(lib|fcgi-app|workers)/"))] | unique | length' "$dir/compile_commands.json" 2>/dev/null || printf 0)
	bad=$(sed -n 's/^\(\/[^:]*\):[0-9]*:[0-9]*: \(error\|warning\): .*/\1/p' "$log" | sort -u | wc -l)
	if [ "$test_rc" -ne 0 ]; then
		grep -E ': (error|warning|note): ' "$log" || tail -n 30 "$log"
		[ "$bad" -gt 0 ] || bad=1
	fi
	count_tests clang-tidy "$((files > bad ? files - bad : 0))" "$bad" "$started"
}

tidy_files() {	# tidy_files DIR
	(cd "$root" && cmake --preset tidy -B "$1" >/dev/null)
	run-clang-tidy -quiet -p "$1" -j "$(nproc)" "$root/(lib|fcgi-app|workers)/.*\\.c$"
}

# --- the release preset: an optimising compiler warns of more ---------------------------------------

test_release() {
	local started log=$test_work/release.log

	started=$(now_ms)
	run_tests "$log" build_preset release
	if [ "$test_rc" -eq 0 ]; then
		count_tests "release build" 1 0 "$started"
	else
		grep -A6 -E 'error|FAILED' "$log" || tail -n 30 "$log"
		count_tests "release build" 0 1 "$started"
	fi
}

# --- the web UI: its types, and its unit tests ---------------------------------------------------------

test_ui() {
	local started log=$test_work/ui.log json=$test_work/vitest.json passed=0 failed=0

	started=$(now_ms)
	run_tests "$log" npm --prefix "$root/static" run --silent check
	if [ "$test_rc" -eq 0 ]; then
		passed=1
	else
		failed=1
		cat "$log"
	fi
	if jq -e '.scripts.test' "$root/static/package.json" >/dev/null; then
		run_tests "$log" npm --prefix "$root/static" run --silent test -- --reporter=default \
			--reporter=json --outputFile="$json"
		passed=$((passed + $(jq '.numPassedTests' "$json" 2>/dev/null || printf 0)))
		failed=$((failed + $(jq '.numFailedTests' "$json" 2>/dev/null || printf 0)))
		if [ "$test_rc" -ne 0 ]; then
			cat "$log"
			[ "$failed" -gt 0 ] || failed=1
		fi
	fi
	count_tests "UI" "$passed" "$failed" "$started"
}
