#!/usr/bin/env bash
# postal-mime-flowed-quote.sh -- a quotation that flows keeps its marks in the middle of the joined line.
#
# Version: postal-mime 4.0.0 (npm); mailparser 3.14.2 beside it.
# Behaviour: text with format=flowed (Thunderbird's and Apple's replies) is joined where a line ends with a space.  The
#   mark of a quoted line, "> ", is not taken off before: "> a \r\n> b" becomes "> a > b".
# Expected: RFC 3676, 4.5: count and remove the quote marks first, join lines of the same depth: "> a b", as
#   mailparser gives it.
# Why it matters: whoever cuts a reply's quotation, or looks for a ticket's number in it, finds marks within words'
#   distance that no sender wrote, for some senders' programs only.
# Output seen:
#   postal-mime: > quoted text that > goes on|our answer goes on
#   mailparser: > quoted text that goes on|our answer goes on
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund postal-mime@4.0.0 mailparser@3.14.2 >/dev/null
cat >read.mjs <<'J'
import PostalMime from 'postal-mime';
import { simpleParser } from 'mailparser';

const mail = [
	'From: a@example.com', 'To: b@example.com', 'Subject: reply',
	'MIME-Version: 1.0', 'Content-Type: text/plain; charset=us-ascii; format=flowed', '',
	'> quoted text that ', '> goes on', 'our answer ', 'goes on', '',
].join('\r\n');
const line = (text) => text.trim().replaceAll('\n', '|');

console.log(`postal-mime: ${line((await PostalMime.parse(mail)).text)}`);
console.log(`mailparser: ${line((await simpleParser(mail)).text)}`);
J
node read.mjs | tee seen
diff - seen <<'S' || { echo "changed: look again"; exit 1; }
postal-mime: > quoted text that > goes on|our answer goes on
mailparser: > quoted text that goes on|our answer goes on
S
