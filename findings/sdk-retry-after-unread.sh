#!/usr/bin/env bash
# sdk-retry-after-unread.sh -- three providers' own clients retry, and never read Retry-After.
#
# Versions: stripe 23.1.0, twilio 6.3.1, gaxios 8.3.3 (npm; gaxios is what Google's clients call with).
# Behaviour: asked to wait 3 seconds by a 429 or 503 with Retry-After: 3, each calls again by its own back-off: Stripe
#   after 0.5 s, Google's after 0.1 s, Twilio (autoRetry) at random within 0.1 s or so.
# Expected: at least the seconds that the provider's own answer names.
# Why it matters: a platform with many customers behind one address that takes its retries from these clients runs on
#   into the limit it was asked to respect.  Retries belong to the platform, which reads the header.
# Output seen:
#   stripe: 2 calls, the second before the 3 s asked for
#   twilio: 2 calls, the second before the 3 s asked for
#   gaxios: 2 calls, the second before the 3 s asked for
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund stripe@23.1.0 twilio@6.3.1 gaxios@8.3.3 >/dev/null
cat >ask.mjs <<'J'
import http from 'node:http';
import Stripe from 'stripe';
import twilio from 'twilio';
import { Gaxios } from 'gaxios';

const clients = {
	stripe: [503, (port) => new Stripe('sk_test_x', { host: '127.0.0.1', port, protocol: 'http',
		maxNetworkRetries: 1 }).rawRequest('GET', '/v1/balance')],
	twilio: [429, (port) => twilio(`AC${'0'.repeat(32)}`, 'token', { autoRetry: true, maxRetries: 1 })
		.request({ method: 'GET', uri: `http://127.0.0.1:${port}/` })],
	gaxios: [429, (port) => new Gaxios().request({ url: `http://127.0.0.1:${port}/`, retry: true })],
};
for (const [name, [status, call]] of Object.entries(clients)) {
	const at = [];
	const server = http.createServer((request, response) => {
		request.resume();
		at.push(Date.now());
		response.writeHead(at.length === 1 ? status : 200, {
			'content-type': 'application/json', ...(at.length === 1 && { 'retry-after': '3' }) });
		response.end('{"object":"balance"}');
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	await call(server.address().port);
	const early = at[1] - at[0] < 3000;
	console.log(`${name}: ${at.length} calls, the second ${early ? 'before' : 'after'} the 3 s asked for`);
	server.close();
	server.closeAllConnections();
}
process.exit();
J
node ask.mjs 2>/dev/null | tee seen
for name in stripe twilio gaxios; do echo "$name: 2 calls, the second before the 3 s asked for"; done | diff - seen
