/*
 * resume.test.mjs -- waits that end at an address, through nginx: the address is in a call before the wait, and whoever has it ends it once.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { edge, graph, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	receiver.answer = (_, res) => { res.setHeader('content-type', 'application/json').end('{"ok":true}'); };
	stack = await startStack({ name: 'resume', set: { http_allow: `127.0.0.1:${receiver.port}`, lease_ms: 3000, heartbeat_ms: 500 } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

const HTML = { accept: 'text/html' }, JSON_BODY = { 'content-type': 'application/json' };
const at = (link, method, { headers, body, query = '' } = {}) => stack.senders.send(method, new URL(link).pathname + query, { headers, body });

/* hook -> mail (a call that brings the address) -> wait -> seen; expired -> late. */
async function started(path, wait, before = [])
{
	const start = hook(path), mail = node('http.request', { method: 'POST', url: receiver.url(`/${path}`), body_kind: 'json', body_json: '={{ ({ link: $execution.resumeUrl }) }}' });
	const ask = node('core.wait', wait, { name: 'Ask' }), seen = node('core.noop', {}, { name: 'Seen' }), late = node('core.noop', {}, { name: 'Late' });
	const way = [start, mail, ...before, ask, seen];

	await stack.publish(graph([...way, late], [...way.slice(1).map((to, i) => edge(way[i], to)), edge(ask, late, 'expired')]));
	const answer = await stack.hook(path, { headers: { 'content-type': 'application/json' }, body: '{"n":1}' });

	assert.equal(answer.status, 202);
	await until('the mail', () => receiver.calls.some((call) => call.path === `/${path}`));
	const call = receiver.calls.find((c) => c.path === `/${path}`);

	return { run: answer.json.run_id, link: JSON.parse(call.body).link };
}

const waiting = (run) => until(`run ${run} to be put down`, async () => (await stack.ok('GET', `@/executions/${run}`)).status === 'waiting');
const seen = (run, name) => run.steps.find((step) => step.name === name);

test('a call ends the wait once; scanners, a dead worker and a second call change nothing', async () => {
	const { run, link } = await started('call', { mode: 'call' });

	assert.match(link, /^https:\/\/.*\/resume\/[0-9a-f-]{36}\/[0-9a-f-]{36}\.[\w-]+\.[\w-]{43}$/);
	await waiting(run);
	for (const method of ['GET', 'HEAD']) {
		const page = await at(link, method, { headers: HTML });

		assert.equal(page.status, 200);
		assert.match(page.headers['content-security-policy'], /default-src 'none'; style-src 'nonce-/);
	}
	for (const pid of childrenOf(await stack.pid('run')))
		process.kill(pid, 'SIGKILL');
	assert.equal((await stack.ok('GET', `@/executions/${run}`)).status, 'waiting');
	const shown = await stack.run('ctl', 'executions', 'show', run, '--json');

	assert.ok(shown.stdout.includes(link.split('/').at(-1)), 'tybooctl shows the address');
	const taken = await at(link, 'POST', { headers: JSON_BODY, body: '{"approved":true}', query: '?from=mail' });

	assert.equal(taken.status, 202);
	const done = await stack.finished(run), [item] = seen(done, 'Seen').outputs.main;

	assert.equal(done.status, 'ok');
	assert.deepEqual([item.json.body, item.json.query], [{ approved: true }, { from: 'mail' }]);
	assert.equal(seen(done, 'Late').status, 'skipped');
	assert.equal(receiver.calls.filter((call) => call.path === '/call').length, 1, 'the mail went once');
	const again = await at(link, 'POST', { headers: JSON_BODY, body: '{"approved":false}' }), told = again.json;

	assert.equal(again.status, 409);
	assert.deepEqual(told.answer, { approved: true });
	assert.ok(Math.abs(Date.parse(told.at) - Date.now()) < 120000, told.at);
});

test('a call that comes before the run has reached the wait counts', async () => {
	const { run, link } = await started('early', { mode: 'call' }, [node('core.wait', { amount: 7, unit: 'seconds' }, { name: 'First' })]);

	assert.equal((await at(link, 'POST', { headers: JSON_BODY, body: '{"soon":1}' })).status, 202);
	assert.equal((await at(link, 'POST')).status, 409);
	const done = await stack.finished(run);

	assert.deepEqual(seen(done, 'Seen').outputs.main[0].json.body, { soon: 1 });
});

test('a form is filled in by tybooctl; a wait that nobody ends expires', async () => {
	const fields = [{ name: 'by', required: true }, { name: 'sum', type: 'number' }];
	const form = await started('form', { mode: 'form', fields }), late = await started('late', { mode: 'form', fields, limit_ms: 1000 });

	await waiting(form.run);
	const wrong = await at(form.link, 'POST', { headers: { ...HTML, 'content-type': 'application/x-www-form-urlencoded' }, body: 'by=&sum=x' });

	assert.equal(wrong.status, 422);
	assert.match(wrong.text, /is missing/);
	const file = join(stack.home, 'tmp', 'answer.json');

	writeFileSync(file, '{"by":"Ann","sum":"7"}');

	const resumed = await stack.run('ctl', 'executions', 'resume', form.link, file);

	assert.equal(resumed.code, 0, resumed.stderr);
	const { by, sum } = seen(await stack.finished(form.run), 'Seen').outputs.main[0].json;

	assert.deepEqual([by, sum], ['Ann', 7]);
	const done = await stack.finished(late.run);

	assert.equal(seen(done, 'Seen').status, 'skipped');
	assert.equal(seen(done, 'Late').items_in, 1);
	assert.equal((await at(late.link, 'POST')).status, 410);
});
