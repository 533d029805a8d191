#!/usr/bin/env bash
# slack-retry-after-date.sh -- Slack's client gives a call up where Retry-After is a date.
#
# Version: @slack/web-api 8.2.0 (npm), its default settings (retries on).
# Behaviour: a 429 whose Retry-After is a number of seconds is waited for and the call made again.  The header's other
#   form of RFC 9110 (10.2.3), an HTTP-date, ends the call at once with "Retry header did not contain a valid timeout":
#   not even the client's own back-off is tried.
# Expected: the wait that the date names, or at least the back-off that a 503 gets.
# Why it matters: gateways and proxies in front of an API (and its own maintenance pages) answer with dates; a node that
#   leaves retries to the provider's client fails there for good.  We read all three forms of the date ourselves.
# Output seen:
#   seconds: called 2 times, ok
#   date: called 1 times, Retry header did not contain a valid timeout
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @slack/web-api@8.2.0 >/dev/null
cat >ask.cjs <<'J'
const http = require('node:http');
const { WebClient } = require('@slack/web-api');

const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel() {} };
const forms = { seconds: () => '1', date: () => new Date(Date.now() + 2000).toUTCString() };

async function ask(form) {
	let calls = 0;
	const server = http.createServer((request, response) => {
		request.resume();
		const first = ++calls === 1;
		response.writeHead(first ? 429 : 200, first ? { 'retry-after': forms[form]() } : {});
		response.end('{"ok":true}');
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const client = new WebClient('token', {
		slackApiUrl: `http://127.0.0.1:${server.address().port}/`, logger: quiet });
	const said = await client.apiCall('api.test').then(() => 'ok', (e) => e.message.split(' (')[0]);
	console.log(`${form}: called ${calls} times, ${said}`);
	server.close();
	server.closeAllConnections();
}
ask('seconds').then(() => ask('date'));
J
node ask.cjs | tee seen
printf '%s\n' 'seconds: called 2 times, ok' 'date: called 1 times, Retry header did not contain a valid timeout' | diff - seen
