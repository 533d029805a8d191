#!/usr/bin/env bash
# node-ical-dates.sh -- node-ical leaves out added dates, and takes a day for 24 hours.
#
# Version: node-ical 0.26.1 (npm).
# Behaviour: RDATE is kept as a text; expandRecurringEvent() gives none of its dates.  DURATION:P1D over the night that
#   clocks go forward ends an hour late by the clock, as PT24H does.
# Expected (RFC 5545): the dates of RDATE belong to the recurrence set (3.8.5.2); a duration of days is nominal, so an
#   event from noon lasts until noon (3.3.6).
# Why it matters: calendars export single moved or added dates as RDATE: a calendar trigger on this library never fires
#   for them, and nothing says so.
# Output seen:
#   RDATE: 2026-01-01 2026-01-02
#   P1D from noon: ends at 13:00 in Berlin
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund node-ical@0.26.1 >/dev/null
cat >ask.mjs <<'J'
import ical from 'node-ical';

const event = (...lines) => Object.values(ical.sync.parseICS([
	'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example//EN', 'BEGIN:VEVENT', 'UID:1', 'DTSTAMP:20260101T000000Z',
	...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n'))).find((x) => x.type === 'VEVENT');

const added = event('DTSTART:20260101T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=2', 'RDATE:20260110T090000Z');
const all = ical.expandRecurringEvent(added, { from: new Date('2026-01-01'), to: new Date('2026-12-31') });
console.log(`RDATE: ${all.map((x) => x.start.toISOString().slice(0, 10)).join(' ')}`);

const day = event('DTSTART;TZID=Europe/Berlin:20260328T120000', 'DURATION:P1D');
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit' });
console.log(`P1D from noon: ends at ${clock.format(day.end)} in Berlin`);
J
node ask.mjs | tee seen
printf '%s\n' 'RDATE: 2026-01-01 2026-01-02' 'P1D from noon: ends at 13:00 in Berlin' | diff - seen
