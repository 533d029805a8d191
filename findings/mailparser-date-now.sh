#!/usr/bin/env bash
# mailparser-date-now.sh -- mailparser dates a mail "now" when it cannot read the mail's own date.
#
# Version: mailparser 3.14.2 (npm).
# Behaviour: a Date field whose zone is one letter (RFC 822; RFC 5322, 4.3 still obliges readers to take it as -0000)
#   gives the moment of parsing as date, with no sign that it is none of the mail's.  Without a Date field it is absent.
# Expected: 09:55:06 UTC, or no date.
# Why it matters: a trigger that sorts by date, or keeps the newest date it has seen as its mark, takes an old mail
#   from an old machine for the newest of all, and skips what came in between.  The same mail read twice has two dates.
# Output seen:
#   +0000: 1997-11-21T09:55:06.000Z
#   Z: 1997-11-21T09:55:06.000Z
#   A: the moment of parsing
#   none: absent
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund mailparser@3.14.2 >/dev/null
cat >ask.mjs <<'J'
import { simpleParser } from 'mailparser';

for (const zone of ['+0000', 'Z', 'A', 'none']) {
	const date = zone === 'none' ? '' : `Date: 21 Nov 97 09:55:06 ${zone}\r\n`;
	const before = Date.now();
	const mail = await simpleParser(`From: a@b.example\r\n${date}\r\nText.\r\n`);
	console.log(`${zone}: ${mail.date === undefined ? 'absent'
		: mail.date.getTime() >= before ? 'the moment of parsing' : mail.date.toISOString()}`);
}
J
node ask.mjs | tee seen
printf '%s\n' '+0000: 1997-11-21T09:55:06.000Z' 'Z: 1997-11-21T09:55:06.000Z' \
	'A: the moment of parsing' 'none: absent' | diff - seen
