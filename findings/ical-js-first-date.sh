#!/usr/bin/env bash
# ical-js-first-date.sh -- ical.js loses an event's own date when its other dates are listed.
#
# Version: ical.js 2.2.1 (npm).
# Behaviour: the iterator of an event with RDATE and no RRULE gives the listed dates only; DTSTART's own is not among
#   them.  With an RRULE it is.
# Expected: RFC 5545, 3.8.5.2 with 3.8.2.4: DTSTART is the first instance of the recurrence set.
# Why it matters: a course on three dates comes as DTSTART and two RDATE; whoever walks it by this library misses the
#   first.
# Output seen:
#   RRULE and RDATE: 2026-01-01 2026-01-02 2026-01-10
#   RDATE: 2026-01-10 2026-01-12
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund ical.js@2.2.1 >/dev/null
cat >ask.mjs <<'J'
import ICAL from 'ical.js';

function dates(...lines) {
	const calendar = new ICAL.Component(ICAL.parse(['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example//EN',
		'BEGIN:VEVENT', 'UID:1', 'DTSTAMP:20260101T000000Z', 'DTSTART:20260101T090000Z', 'DURATION:PT1H', ...lines,
		'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n')));
	const walk = new ICAL.Event(calendar.getFirstSubcomponent('vevent')).iterator();
	const all = [];
	for (let next = walk.next(); next; next = walk.next())
		all.push(next.toString().slice(0, 10));
	return all.join(' ');
}
console.log(`RRULE and RDATE: ${dates('RRULE:FREQ=DAILY;COUNT=2', 'RDATE:20260110T090000Z')}`);
console.log(`RDATE: ${dates('RDATE:20260110T090000Z,20260112T090000Z')}`);
J
node ask.mjs | tee seen
printf '%s\n' 'RRULE and RDATE: 2026-01-01 2026-01-02 2026-01-10' 'RDATE: 2026-01-10 2026-01-12' | diff - seen
