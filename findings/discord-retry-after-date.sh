#!/usr/bin/env bash
# discord-retry-after-date.sh -- discord.js's REST client calls again at once where Retry-After is a date.
#
# Version: @discordjs/rest 2.6.3 (npm), its default settings.
# Behaviour: the header is multiplied as a number; an HTTP-date (RFC 9110, 10.2.3) becomes NaN, and a sleep of NaN ms is
#   none.  The 429 is answered with another call within a millisecond or two, and again for each 429 that comes.
# Expected: the wait that the date names; where a header cannot be read, a back-off, never no wait at all.
# Why it matters: "wait" turned into "now" is what gets a bot, and the address it shares with a host's other tenants,
#   blocked.  A Retry-After that cannot be read must count as absent.
# Output seen:
#   seconds: called again after at least the second asked for
#   date: 20 calls in less than the 3 seconds asked for
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @discordjs/rest@2.6.3 >/dev/null
cat >ask.cjs <<'J'
const http = require('node:http');
const { REST } = require('@discordjs/rest');

/* Calls until the server has said 429 'times' times; how long that took. */
async function ask(times, retryAfter) {
	let calls = 0;
	const server = http.createServer((request, response) => {
		request.resume();
		const limited = ++calls <= times;
		response.writeHead(limited ? 429 : 200, {
			'content-type': 'application/json', ...(limited && { 'retry-after': retryAfter }) });
		response.end('{}');
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const began = Date.now();
	await new REST({ api: `http://127.0.0.1:${server.address().port}` }).setToken('token').get('/gateway');
	server.close();
	server.closeAllConnections();
	return { calls, took: Date.now() - began };
}
(async () => {
	const seconds = await ask(1, '1');
	console.log(seconds.calls === 2 && seconds.took >= 1000
		? 'seconds: called again after at least the second asked for' : `seconds: ${JSON.stringify(seconds)}`);
	const date = await ask(19, new Date(Math.ceil(Date.now() / 1000) * 1000 + 3000).toUTCString());
	console.log(date.took < 3000
		? `date: ${date.calls} calls in less than the 3 seconds asked for` : `date: ${JSON.stringify(date)}`);
	process.exit();
})();
J
node ask.cjs 2>/dev/null | tee seen
printf '%s\n' 'seconds: called again after at least the second asked for' \
	'date: 20 calls in less than the 3 seconds asked for' | diff - seen
