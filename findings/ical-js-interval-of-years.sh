#!/usr/bin/env bash
# ical-js-interval-of-years.sh -- ical.js counts every second year from the wrong one, and BYSETPOS of weeks not at all.
#
# Version: ical.js 2.2.1 (npm), Thunderbird's calendar engine.
# Behaviour: a rule for each second year whose months of the first year are partly past skips what is left of that year,
#   and goes on in odd years where it began in an even one.  BYSETPOS in a rule by the week is ignored.
# Expected (RFC 5545, 3.3.10): INTERVAL counts the years from DTSTART's on, so 2026 and 2028; BYSETPOS=-1 takes the last
#   of each week's set.
# Why it matters: "every second year at the end of January, July and December" is how inspections and insurances recur:
#   a trigger on this library is a year off for ever, and says nothing.
# Output seen:
#   each second year from 2026-11-05: 2027-01-31 2027-07-31 2027-12-31 2029-01-31
#   the last of 06:00 and 18:00 each week: 2026-04-24T06 2026-04-24T18 2026-05-01T06
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund ical.js@2.2.1 >/dev/null
cat >ask.mjs <<'J'
import ICAL from 'ical.js';

function dates(rule, start, count, length)
{
	const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(start));

	return Array.from({ length: count }, () => iterator.next().toString().slice(0, length)).join(' ');
}

console.log(`each second year from 2026-11-05: ${dates('FREQ=YEARLY;INTERVAL=2;BYMONTH=1,7,12;BYMONTHDAY=-1', '2026-11-05T00:30:00', 4, 10)}`);
console.log(`the last of 06:00 and 18:00 each week: ${dates('FREQ=WEEKLY;BYHOUR=6,18;BYSETPOS=-1', '2026-04-24T00:30:00', 3, 13)}`);
J
node ask.mjs | tee seen
printf '%s\n' 'each second year from 2026-11-05: 2027-01-31 2027-07-31 2027-12-31 2029-01-31' \
	'the last of 06:00 and 18:00 each week: 2026-04-24T06 2026-04-24T18 2026-05-01T06' | diff - seen
