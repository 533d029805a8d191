#!/usr/bin/env bash
# llm-stream-named-events.sh -- two LLM clients read an answer as empty when its events have a name.
#
# Versions: @google/genai 2.32.0, together-ai 0.52.0 (npm).
# Behaviour: with "event: message" before the data of each event (the name that an event has without that line, by the
#   HTML standard's server-sent events), both end their loop without an error and without one piece of text.
# Expected: the text, as from the same stream without the line; "message" is the default, and "id:" is no data.
# Why it matters: gateways that speak for several providers add names and ids.  A model node that streams through such
#   a client records an empty answer as a success, and meters no token of what was billed.
# Output seen:
#   google plain: one two three
#   google named: (nothing)
#   together plain: one two three
#   together named: (nothing)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @google/genai@2.32.0 together-ai@0.52.0 >/dev/null
cat >ask.mjs <<'J'
import http from 'node:http';
import { GoogleGenAI } from '@google/genai';
import Together from 'together-ai';

const words = ['one ', 'two ', 'three'];
const google = (text) => ({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }] });
const together = (content) => ({ id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm',
	choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] });

const server = http.createServer((request, response) => {
	request.resume();
	const [, client, form] = request.url.split('/');
	const shape = client === 'google' ? google : together;
	const name = form === 'named' ? 'event: message\n' : '';
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.end(words.map((w) => `${name}data: ${JSON.stringify(shape(w))}\n\n`).join('') +
		(client === 'together' ? `${name}data: [DONE]\n\n` : ''));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const clients = {
	async google(url) {
		let text = '';
		const client = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: url } });
		for await (const part of await client.models.generateContentStream({ model: 'm', contents: 'hi' }))
			text += part.text ?? '';
		return text;
	},
	async together(url) {
		let text = '';
		const client = new Together({ apiKey: 'x', baseURL: url, maxRetries: 0 });
		for await (const part of await client.chat.completions.create({
			model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }))
			text += part.choices?.[0]?.delta?.content ?? '';
		return text;
	},
};
for (const [name, ask] of Object.entries(clients))
	for (const form of ['plain', 'named'])
		console.log(`${name} ${form}: ${await ask(
			`http://127.0.0.1:${server.address().port}/${name}/${form}`) || '(nothing)'}`);
process.exit();
J
node ask.mjs 2>/dev/null | tee seen
printf '%s\n' 'google plain: one two three' 'google named: (nothing)' \
	'together plain: one two three' 'together named: (nothing)' | diff - seen
