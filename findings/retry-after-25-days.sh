#!/usr/bin/env bash
# retry-after-25-days.sh -- clients that are asked to wait 25 days call again at once.
#
# Versions: axios-retry 4.5.0 with axios 1.21.1, @azure/core-rest-pipeline 1.24.0, openai 6.49.0 (npm).
# Behaviour: a Retry-After of 2,147,484 seconds or more (25 days; a monthly quota names as much) goes into a timer of 32
#   bits of milliseconds.  It overflows, and the wait becomes 1 ms.
# Expected: an error that says when, or the client's longest wait; @anthropic-ai/sdk, of the same making as openai's,
#   takes its back-off there.
# Why it matters: the longer a provider asks to wait, the sooner it is called again.  A retry far away has to be parked
#   by its time, not slept, and every wait needs an upper bound.
# Output seen:
#   axios-retry: called again within a second
#   azure: called again within a second
#   openai: called again within a second
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund axios@1.21.1 axios-retry@4.5.0 \
	@azure/core-rest-pipeline@1.24.0 openai@6.49.0 >/dev/null
cat >ask.mjs <<'J'
import http from 'node:http';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } from '@azure/core-rest-pipeline';
import OpenAI from 'openai';

const clients = {
	'axios-retry': (url) => {
		const client = axios.create();
		axiosRetry(client, { retryDelay: axiosRetry.exponentialDelay, retryCondition: () => true });
		return client.get(url);
	},
	azure: (url) => createPipelineFromOptions({}).sendRequest(createDefaultHttpClient(),
		createPipelineRequest({ url, allowInsecureConnection: true })),
	openai: (url) => new OpenAI({ apiKey: 'x', baseURL: url }).models.list(),
};
for (const [name, call] of Object.entries(clients)) {
	const at = [];
	let again;
	const second = new Promise((done) => { again = done; });
	const server = http.createServer((request, response) => {
		request.resume();
		at.push(Date.now());
		response.writeHead(at.length === 1 ? 429 : 200, {
			'content-type': 'application/json', ...(at.length === 1 && { 'retry-after': '2592000' }) });
		response.end('{"data":[]}');
		if (at.length === 2)
			again('called again within a second');
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	call(`http://127.0.0.1:${server.address().port}`).catch(() => {});
	const waits = new Promise((done) => { setTimeout(done, 3000, 'waits'); });
	const said = await Promise.race([second, waits]);
	console.log(`${name}: ${at[1] - at[0] < 1000 ? said : 'waits'}`);
}
process.exit();
J
node ask.mjs 2>/dev/null | tee seen
for name in axios-retry azure openai; do echo "$name: called again within a second"; done | diff - seen
