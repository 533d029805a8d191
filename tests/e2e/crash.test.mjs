/*
 * crash.test.mjs -- kill -9 in the middle of 1,000 deliveries: every acknowledged one has exactly
 * one finished run, counted at a receiver of ours.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertExactlyOnce, deliverAll, publishCounter } from './load.mjs';
import { startReceiver } from './receiver.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

const COUNT = 1000;
let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'crash', set: { http_allow: `127.0.0.1:${receiver.port}`, lease_ms: 3000, heartbeat_ms: 500,
		reap_ms: 200, receipt_grace_ms: 2000 } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

function kill9(pids)
{
	for (const pid of pids)
		process.kill(pid, 'SIGKILL');
}

/* The processes that a keeper keeps; it starts them again, after a pause: there may be none as we look. */
async function killKept(service)
{
	const keeper = await stack.pid(service);

	kill9(await until(`${service} to have processes`, () => {
		const pids = childrenOf(keeper);

		return pids.length > 0 && pids;
	}));
}

async function killServer(service)
{
	const pid = await stack.pid(service);

	kill9([pid]);
	await until(`${service} to be gone`, async () => await stack.pid(service) === undefined);
	await sleep(1000);
	await stack.startService(service);
}

/* Slow enough that the kill finds calls that are under way. */
const slowly = (call, res) => setTimeout(() => {
	res.setHeader('content-type', 'application/json');
	res.end('{"ok":true}');
}, 20);

const crashes = {
	'kill -9 of every tyboo-run, twice': { at: { 200: () => killKept('run'), 600: () => killKept('run') } },
	'kill -9 of every tyboo-api, twice': { at: { 200: () => killKept('api'), 600: () => killKept('api') } },
	'kill -9 of Redis': { at: { 300: () => killServer('redis') } },
	'kill -9 of Postgres': { at: { 300: () => killServer('postgres') } },
	'FLUSHALL in Redis': { at: { 300: () => redis('FLUSHALL'), 700: () => redis('FLUSHALL') } },
};

async function redis(...command)
{
	const socket = readFileSync(join(stack.home, 'etc/state'), 'utf8').match(/^socket_dir=(.*)$/m)[1];

	assert.equal(execFileSync('redis-cli', ['-s', `${socket}/redis.sock`, ...command], { encoding: 'utf8' }).trim(), 'OK');
}

for (const [what, { at }] of Object.entries(crashes)) {
	const name = `crash-${what.replace(/[^a-z]+/gi, '-').toLowerCase()}`;

	test(`${what} during ${COUNT} deliveries: none lost, none doubled`, async () => {
		const workflow = await publishCounter(stack, receiver, name);

		receiver.answer = slowly;
		const { acknowledged } = await deliverAll(stack, name, COUNT, at);

		assert.equal(acknowledged.size, COUNT);
		await assertExactlyOnce(stack, receiver, name, workflow, acknowledged);
	});
}

test('everything dies at once; after ./tyboo up every acknowledged delivery has its one run', async () => {
	const workflow = await publishCounter(stack, receiver, 'power');
	const { acknowledged } = await deliverAll(stack, 'power', 300);

	/* First what would bring the others back. */
	kill9([Number(readFileSync(join(stack.home, 'run/keep.pid'), 'utf8'))]);
	for (const service of ['nginx', 'api', 'run', 'reap', 'schedule', 'redis', 'postgres']) {
		const pid = await stack.pid(service);

		kill9([pid, ...childrenOf(pid)]);
	}
	await until('nothing to run', async () => (await stack.run('status', '--json')).stdout.includes('"running": false'));
	const up = await stack.run('up', '--no-demo');
	assert.equal(up.code, 0, up.stdout + up.stderr);
	await assertExactlyOnce(stack, receiver, 'power', workflow, acknowledged);
});
