# steps.sh -- a progress line for each step, the output in a log, and what to do on failure.
#
# A step is a function, run in a subshell under set -e with its output in $step_log.  It speaks
# to the one who waits through note() (a few words for the progress line) and fail() (what went
# wrong, what to do).  What it must remember goes to etc/state.
# shellcheck shell=bash

step_number=0
step_total=0
step_log=/dev/null
step_notes=

steps_begin() {	# steps_begin TOTAL LOG
	step_total=$1
	step_log=$2
	: >>"$step_log"
	step_number=0
	step_notes=$(mktemp)
	trap 'rm -f "$step_notes" "$step_notes.why" "$step_notes.todo"' EXIT
}

note() {
	if [ -n "$step_notes" ]; then
		printf '%s' "$*" >"$step_notes"
	fi
	say "-- $*"
}

fail() {	# fail WHAT WHAT_TO_DO: ends the step
	if [ -n "$step_notes" ]; then
		printf '%s' "$1" >"$step_notes.why"
		printf '%s' "$2" >"$step_notes.todo"
	fi
	warn "$1"
	exit 1
}

step() {	# step NAME FUNCTION [ARGUMENT...]
	local name=$1 start rc from

	shift
	step_number=$((step_number + 1))
	start=$(now_ms)
	: >"$step_notes"
	rm -f "$step_notes.why" "$step_notes.todo"
	from=$(wc -l <"$step_log" 2>/dev/null || printf 0)
	if [ -t 1 ]; then
		printf '[%2d/%d] %s ...' "$step_number" "$step_total" "$name"
	fi
	printf '\n==== %s: %s ====\n' "$(date -u +%FT%TZ)" "$name" >>"$step_log"
	set +e
	(set -e; "$@") </dev/null >>"$step_log" 2>&1 9>&-	# no server may inherit the home's lock
	rc=$?
	set -e
	[ -t 1 ] && printf '\r\033[K'
	if [ $rc -eq 0 ]; then
		printf '[%2d/%d] %s: %s (%s s)\n' "$step_number" "$step_total" "$name" \
			"$(cat "$step_notes")" "$(seconds $(($(now_ms) - start)))"
		return 0
	fi
	printf '[%2d/%d] %s: FAILED (%s s)\n' "$step_number" "$step_total" "$name" \
		"$(seconds $(($(now_ms) - start)))"
	step_explain "$from" >&2
	exit 1
}

step_explain() {	# step_explain FIRST_LINE
	if [ -f "$step_notes.why" ]; then
		printf '  what failed: %s\n' "$(cat "$step_notes.why")"
	fi
	printf '  the last lines of %s:\n' "$step_log"
	tail -n "+$(($1 + 1))" "$step_log" | tail -n 15 | sed 's/^/    /'
	if [ -f "$step_notes.todo" ]; then
		printf '  what to do: %s\n' "$(cat "$step_notes.todo")"
	else
		printf '  what to do: read %s, mend the cause, run the same command again; it goes on where it stopped\n' "$step_log"
	fi
}
