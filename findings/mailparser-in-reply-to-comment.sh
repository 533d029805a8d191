#!/usr/bin/env bash
# mailparser-in-reply-to-comment.sh -- an answer from Emacs has an In-Reply-To that names no message.
#
# Version: mailparser 3.14.2 (npm).
# Behaviour: a comment behind a message id, as mail programs of Emacs write it and RFC 5322 (3.2.2, 3.6.4) allows, is
#   taken into the id, and a ">" is put behind it.  References, in the same message, are read right.
# Expected: the id alone.
# Why it matters: a workflow that threads mail by In-Reply-To (tickets, approvals by mail) finds no earlier message for
#   these senders; nothing fails.  Take the last of References, or cut at the first ">".
# Output seen:
#   plain: <1@example.com>
#   comment: <1@example.com> (B's message of Sunday)>
#   references: <1@example.com>
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund mailparser@3.14.2 >/dev/null
cat >read.mjs <<'J'
import { simpleParser } from 'mailparser';

const mail = (inReplyTo) => [
	'From: a@example.com', 'To: b@example.com', 'Subject: Re: order', 'Message-ID: <2@example.com>',
	`In-Reply-To: ${inReplyTo}`, 'References: <1@example.com>', '', 'Yes.', '',
].join('\r\n');
const plain = await simpleParser(mail('<1@example.com>'));
const comment = await simpleParser(mail("<1@example.com> (B's message of Sunday)"));

console.log(`plain: ${plain.inReplyTo}`);
console.log(`comment: ${comment.inReplyTo}`);
console.log(`references: ${comment.references}`);
J
node read.mjs | tee seen
diff - seen <<'S' || { echo "changed: look again"; exit 1; }
plain: <1@example.com>
comment: <1@example.com> (B's message of Sunday)>
references: <1@example.com>
S
