#!/usr/bin/env bash
# llm-stream-heartbeat.sh -- a heartbeat without data ends an LLM's answer with a JSON error.
#
# Versions: openai 6.49.0, groq-sdk 1.6.0 (npm).
# Behaviour: "event: ping" and an empty line is an event without data, which the HTML standard's server-sent events
#   (9.2.6) says to drop.  Both clients parse its empty data as JSON and throw "Unexpected end of JSON input" in the
#   middle of the answer.  A comment (": ping") is dropped as it should be.
# Expected: nothing; browsers' EventSource and @anthropic-ai/sdk, of the same making, go on.
# Why it matters: proxies keep slow streams open so.  The model's work is done and billed, the answer is lost, and a
#   retry pays for it again.
# Output seen:
#   openai comment: one two three
#   openai event: one, then Unexpected end of JSON input
#   groq comment: one two three
#   groq event: one, then Unexpected end of JSON input
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund openai@6.49.0 groq-sdk@1.6.0 >/dev/null
cat >ask.mjs <<'J'
import http from 'node:http';
import OpenAI from 'openai';
import Groq from 'groq-sdk';

const event = (content) => `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm',
	choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] })}\n\n`;
const beats = { comment: ': ping\n\n', event: 'event: ping\n\n' };

const server = http.createServer((request, response) => {
	request.resume();
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.end(event('one') + beats[request.url.split('/')[1]] + event(' two') + event(' three') + 'data: [DONE]\n\n');
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
console.error = () => {};
for (const [name, Client] of Object.entries({ openai: OpenAI, groq: Groq }))
	for (const beat of Object.keys(beats)) {
		const client = new Client({ apiKey: 'x', maxRetries: 0,
			baseURL: `http://127.0.0.1:${server.address().port}/${beat}` });
		let text = '';
		try {
			for await (const part of await client.chat.completions.create({
				model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }))
				text += part.choices[0].delta.content;
		} catch (e) {
			text += `, then ${e.message}`;
		}
		console.log(`${name} ${beat}: ${text}`);
	}
process.exit();
J
node ask.mjs 2>/dev/null | tee seen
for name in openai groq; do
	echo "$name comment: one two three"
	echo "$name event: one, then Unexpected end of JSON input"
done | diff - seen
