#!/usr/bin/env bash
# paddle-two-signatures.sh -- Paddle's client refuses a genuine webhook while a secret is being rotated.
#
# Version: @paddle/paddle-node-sdk 3.10.0 (npm).
# Behaviour: while two secrets are live, a header has a value of each: "ts=...;h1=A;h1=B".  The client keeps one h1, the last.
#   A receiver that has the secret of the other one refuses the delivery.
# Expected: any h1 that matches is enough; Paddle's page on signature verification says that there is at least one.
# Why it matters: which order the two have is the sender's; half of all rotations lose deliveries until both ends have
#   the new secret.  A scheme that reads such a header tries every value with every secret.
# Output seen:
#   one: true
#   ours last: true
#   ours first: false
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @paddle/paddle-node-sdk@3.10.0 >/dev/null
cat >verify.mjs <<'J'
import { createHmac } from 'node:crypto';
import { Paddle } from '@paddle/paddle-node-sdk';

const paddle = new Paddle('key');
const body = '{"event_id":"evt_1","event_type":"transaction.completed"}';
const ts = Math.floor(Date.now() / 1000);
const h1 = (secret) => `h1=${createHmac('sha256', secret).update(`${ts}:${body}`).digest('hex')}`;
const headers = {
	one: `ts=${ts};${h1('ours')}`,
	'ours last': `ts=${ts};${h1('old')};${h1('ours')}`,
	'ours first': `ts=${ts};${h1('ours')};${h1('old')}`,
};
for (const [name, header] of Object.entries(headers))
	console.log(`${name}: ${await paddle.webhooks.isSignatureValid(body, 'ours', header)}`);
J
node verify.mjs | tee seen
diff - seen <<'S' || { echo "changed: look again"; exit 1; }
one: true
ours last: true
ours first: false
S
