/*
 * park.test.mjs -- a run that waits is put down, survives the death of every worker and of Redis, and goes on.
 *
 * Effects are counted at a receiver outside.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chain, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

/* Long enough to be put down for. */
const WAIT_S = 8;
let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	receiver.answer = (_, res) => { res.setHeader('content-type', 'application/json').end('{"ok":true}'); };
	stack = await startStack({ name: 'park', set: { http_allow: `127.0.0.1:${receiver.port}`, lease_ms: 3000, heartbeat_ms: 500 } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

const post = (path) => node('http.request', { method: 'POST', url: receiver.url(path) });
const wait = (amount = WAIT_S) => node('core.wait', { amount, unit: 'seconds' }, { name: 'Later' });
const calls = (path) => receiver.calls.filter((call) => call.url === path || call.path === path).length;

async function started(path, ...nodes)
{
	await stack.publish(chain(hook(path), ...nodes));
	const answer = await stack.hook(path, { headers: { 'content-type': 'application/json' }, body: '{"n":1}' });

	assert.equal(answer.status, 202);
	return answer.json.run_id;
}

const waiting = (run) => until(`run ${run} to be put down`, async () => {
	const found = await stack.ok('GET', `@/executions/${run}`);

	return found.status === 'waiting' && found;
});

test('a run that waits is put down, every worker is killed, and it goes on where it was', async () => {
	const run = await started('killed', post('/first'), wait(), post('/second'));
	const put = await waiting(run);

	assert.equal(put.steps.length, 2, 'what has ended is there');
	assert.equal(put.waits.length, 1);
	assert.equal(put.waits[0].kind, 'time');
	assert.ok(Date.parse(put.waits[0].until) > Date.now() - 1000);
	const listed = (await stack.ok('GET', '@/executions?status=waiting')).items.find((item) => item.id === run);

	assert.equal(listed.waits[0].until, put.waits[0].until);
	const shown = await stack.run('ctl', 'executions', 'list', '--status', 'waiting');

	assert.match(shown.stdout, new RegExp(`${run}.*time`));
	for (const pid of childrenOf(await stack.pid('run')))
		process.kill(pid, 'SIGKILL');
	const done = await stack.finished(run);

	assert.equal(done.status, 'ok');
	assert.deepEqual([calls('/first'), calls('/second')], [1, 1]);
	assert.deepEqual(done.steps.map((step) => step.status), ['ok', 'ok', 'ok', 'ok']);
	assert.equal(done.waits, null);
	const page = await stack.ok('GET', `@/executions/${run}/steps?limit=3`);

	assert.equal(page.items.length, 3);
	assert.deepEqual((await stack.ok('GET', `@/executions/${run}/steps?cursor=${page.next_cursor}`)).items, done.steps.slice(3));
});

test('a run that waits is canceled at once', async () => {
	const run = await started('canceled', wait(3600), post('/never'));

	await waiting(run);
	const answer = await stack.ok('POST', `@/executions/${run}/cancel`, {});

	assert.equal(answer.status, 'canceled');
	assert.equal((await stack.finished(run)).status, 'canceled');
	assert.equal(calls('/never'), 0);
});
