#!/usr/bin/env bash
# jq-error-null.sh -- a jq filter that fails with null does not fail.
#
# Version: jq and libjq1 1.6-2.1+deb12u3 (Debian 12).
# Behaviour: error(null) is as empty: no result, no message, exit status 0, and the filter goes on with what follows;
#   try ... catch does not see it.  error("x") ends the filter with status 5.
# Expected: an error like any other.
# Why it matters: error(.message) is how a filter passes a failure on; where the message is missing, the item is gone
#   and the step is recorded as a success.  Whoever embeds libjq cannot tell it from a filter that gave nothing; we
#   define error anew in front of each filter.
# Output seen:
#   text: 1, exit 5
#   null: 1 2, exit 0
#   caught text: 1 "x" 2
#   caught null: 1 2
set -euo pipefail

version=1.6-2.1+deb12u3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "jq=$version" "libjq1=$version" 2>/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" .; done
jq() { LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) ./usr/bin/jq "$@"; }
ask() {	# ask NAME FILTER WITH_STATUS
	local rc=0 out

	out=$(jq -nc "$2" 2>/dev/null | tr '\n' ' '; exit "${PIPESTATUS[0]}") || rc=$?
	printf '%s: %s%s\n' "$1" "${out% }" "$([ "$3" = no ] || printf ', exit %s' "$rc")"
}
{
	ask text '1, error("x"), 2' yes
	ask null '1, error(null), 2' yes
	ask 'caught text' '1, (try error("x") catch .), 2' no
	ask 'caught null' '1, (try error(null) catch .), 2' no
} | tee seen
printf '%s\n' 'text: 1, exit 5' 'null: 1 2, exit 0' 'caught text: 1 "x" 2' 'caught null: 1 2' | diff - seen
