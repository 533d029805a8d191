#!/usr/bin/env bash
# rrule-temporal-yearday.sh -- rrule-temporal ignores weekdays and days of the month beside days of the year.
#
# Version: rrule-temporal 2.2.8 (npm).
# Behaviour: BYDAY and BYMONTHDAY have no effect in a yearly rule with BYYEARDAY.
# Expected (RFC 5545, 3.3.10, the table and its note 2): there they limit, so only those days of the year remain that are
#   such weekdays.  python-dateutil 2.8.2 gives 2031-07-19 and 2033-12-31 for this rule.
# Why it matters: "the last day of the year, where it is a Saturday" fires each year, on any weekday.
# Output seen:
#   2026-12-31 2027-07-19 2027-12-31
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund rrule-temporal@2.2.8 >/dev/null
cat >ask.mjs <<'J'
import { RRuleTemporal } from 'rrule-temporal';

const rule = new RRuleTemporal({ rruleString: 'DTSTART:20261211T090000Z\nRRULE:FREQ=YEARLY;BYYEARDAY=200,-1;BYDAY=SA;COUNT=3' });
console.log(rule.all().map((date) => date.toPlainDate().toString()).join(' '));
J
node ask.mjs | tee seen
echo '2026-12-31 2027-07-19 2027-12-31' | diff - seen
