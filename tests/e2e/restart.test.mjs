/*
 * restart.test.mjs -- SIGTERM under load: programs finish what they hold, and nothing is lost.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertExactlyOnce, deliverAll, publishCounter } from './load.mjs';
import { startReceiver } from './receiver.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

const COUNT = 600;
let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'restart', set: { http_allow: `127.0.0.1:${receiver.port}` } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

/* SIGTERM to one kept process after the other, each replaced before the next is asked. */
async function rolling(service)
{
	const keeper = await stack.pid(service);
	const before = childrenOf(keeper);

	for (const pid of before) {
		process.kill(pid, 'SIGTERM');
		await until(`${service} ${pid} to be replaced`, () => {
			const now = childrenOf(keeper);

			return !now.includes(pid) && now.length >= before.length;
		});
	}
}

test('the API pool is restarted process by process: no delivery is lost', async () => {
	const workflow = await publishCounter(stack, receiver, 'api-rolls');
	const { acknowledged, refusals } = await deliverAll(stack, 'api-rolls', COUNT, { 100: () => rolling('api') });

	await assertExactlyOnce(stack, receiver, 'api-rolls', workflow, acknowledged);
	/* A kept connection that closes as nginx writes to it is a 502; more than a few would be no grace. */
	assert.ok(refusals.length <= 10, refusals.join('\n'));
});

test('workers are restarted one by one: every run is finished, every effect made once', async () => {
	const workflow = await publishCounter(stack, receiver, 'run-rolls');

	receiver.answer = (call, res) => setTimeout(() => {
		res.setHeader('content-type', 'application/json');
		res.end('{"ok":true}');
	}, 30);
	/* One after the other: a second signal to the same process would end its patience. */
	let rolled = Promise.resolve();
	const roll = () => { rolled = rolled.then(() => rolling('run')); return rolled; };
	const { acknowledged } = await deliverAll(stack, 'run-rolls', COUNT, { 100: roll, 400: roll });

	await assertExactlyOnce(stack, receiver, 'run-rolls', workflow, acknowledged);
	assert.equal(receiver.calls.filter((call) => call.path === '/run-rolls').length, COUNT, 'a drained worker repeats nothing');
});

test('service stop and start of the workers: what came meanwhile is run afterwards', async () => {
	const workflow = await publishCounter(stack, receiver, 'stopped');

	assert.equal((await stack.run('service', 'stop', 'run')).code, 0);
	const { acknowledged } = await deliverAll(stack, 'stopped', 50);
	assert.equal(receiver.calls.filter((call) => call.path === '/stopped').length, 0);
	await stack.startService('run');
	await assertExactlyOnce(stack, receiver, 'stopped', workflow, acknowledged);
});

test('a down under load, and up again: every acknowledged delivery has its one run', async () => {
	const workflow = await publishCounter(stack, receiver, 'down-up');
	const { acknowledged } = await deliverAll(stack, 'down-up', 300);

	assert.equal((await stack.run('down')).code, 0);
	assert.equal((await stack.run('up', '--no-demo')).code, 0);
	await assertExactlyOnce(stack, receiver, 'down-up', workflow, acknowledged);
});
