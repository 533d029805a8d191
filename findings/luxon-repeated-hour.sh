#!/usr/bin/env bash
# luxon-repeated-hour.sh -- luxon reads one local time as two moments, by the season it is asked in.
#
# Version: luxon 3.7.2 (npm).
# Behaviour: on the night that clocks go back, 01:30 or 02:30 happens twice.  DateTime.fromISO() guesses with the
#   offset of *now*: asked in summer the text is the first of the two, asked in winter the second.  The same
#   text, the same zone, the same version, another moment.
# Expected: one of the two, always (the JavaScript proposal Temporal takes the first; java.time too).
# Why it matters: what a run computed in summer cannot be proved by a replay in winter, and a schedule kept as
#   local time moves by an hour when it is read again.  Our sandbox always takes the first.
# Output seen:
#   asked in July:    2026-10-25T00:30:00.000Z
#   asked in January: 2026-10-25T01:30:00.000Z
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund luxon@3.7.2 >/dev/null
cat >ask.cjs <<'J'
const { DateTime, Settings } = require('luxon');
const ask = (now) => {
	Settings.now = () => Date.parse(now);
	return DateTime.fromISO('2026-10-25T02:30:00', { zone: 'Europe/Berlin' }).toUTC().toISO();
};
const summer = ask('2026-07-01T12:00:00Z'), winter = ask('2026-01-01T12:00:00Z');
console.log('asked in July:   ', summer);
console.log('asked in January:', winter);
process.exit(summer === '2026-10-25T00:30:00.000Z' && winter === '2026-10-25T01:30:00.000Z' ? 0 : 1);
J
if node ask.cjs; then echo "as described: the season decides"; else echo "this has changed"; exit 1; fi
