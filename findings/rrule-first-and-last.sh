#!/usr/bin/env bash
# rrule-first-and-last.sh -- rrule gives a date twice where it is the first and the last of its set.
#
# Version: rrule 2.8.1 (npm).
# Behaviour: with BYSETPOS=1,-1 a period whose set has one member gives that member twice, and both count for COUNT.
# Expected (RFC 5545, 3.3.10 and 3.8.5.3): a recurrence set is a set; python-dateutil 2.8.2 and ical.js 2.2.1 give it once.
# Why it matters: a reminder for the first and the last working day of a span fires twice at once when there is only
#   one, and a series of four ends after two.
# Output seen:
#   four of the first and last Friday the 13th: 2026-02-13 2026-02-13 2026-03-13 2026-03-13
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund rrule@2.8.1 >/dev/null
cat >ask.cjs <<'J'
const { rrulestr } = require('rrule');

const all = rrulestr('DTSTART:20260101T090000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=1,-1;COUNT=4').all();
console.log(`four of the first and last Friday the 13th: ${all.map((date) => date.toISOString().slice(0, 10)).join(' ')}`);
J
node ask.cjs | tee seen
printf '%s\n' 'four of the first and last Friday the 13th: 2026-02-13 2026-02-13 2026-03-13 2026-03-13' | diff - seen
