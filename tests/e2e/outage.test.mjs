/*
 * outage.test.mjs -- a store is away for a while: what was accepted is kept by the other; with both
 * away a delivery is refused honestly.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chain, hook, keep, node } from './graphs.mjs';
import { assertExactlyOnce, deliverAll, publishCounter } from './load.mjs';
import { startReceiver } from './receiver.mjs';
import { signGithub } from './sign.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'outage', set: { http_allow: `127.0.0.1:${receiver.port}`, lease_ms: 3000, heartbeat_ms: 500,
		reap_ms: 200, receipt_grace_ms: 1000 } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

const stopService = async (name) => assert.equal((await stack.run('service', 'stop', name)).code, 0);
const health = async () => (await stack.senders.send('GET', '/api/v1/health')).json;
const deliver = (name, n) => stack.hook(name, { headers: { 'content-type': 'application/json', 'idempotency-key': `${name}-${n}` },
	body: JSON.stringify({ n }) });

/* Deliveries 1 to 50 while 'services' are stopped; 0 was before, so that the address is known. */
async function deliverWithout(name, services)
{
	const { acknowledged } = await deliverAll(stack, name, 1);

	for (const service of services)
		await stopService(service);
	const answers = [];
	for (let n = 1; n <= 50; n++)
		answers.push(await deliver(name, n));
	return { acknowledged, answers, then: await health() };
}

for (const [service, store] of [['postgres', 'postgres'], ['redis', 'redis']])
	test(`${service} is away: deliveries are accepted, and run when it is back`, async () => {
		const name = `no-${service}`;
		const workflow = await publishCounter(stack, receiver, name);
		const { acknowledged, answers, then } = await deliverWithout(name, [service]);

		assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [202], answers.at(-1).text);
		assert.equal(then.status, 'degraded');
		assert.equal(then.stores[store], 'away');
		await stack.startService(service);
		answers.forEach((answer, i) => acknowledged.set(i + 1, answer.json.run_id));
		/* A sender that did not hear us repeats it: still the same run. */
		assert.equal((await deliver(name, 7)).json.run_id, acknowledged.get(7));
		await assertExactlyOnce(stack, receiver, name, workflow, acknowledged);
	});

test('both are away: 503 with Retry-After; afterwards the same deliveries are accepted', async () => {
	const workflow = await publishCounter(stack, receiver, 'no-stores');
	const { acknowledged, answers, then } = await deliverWithout('no-stores', ['redis', 'postgres']);

	assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [503], answers.at(-1).text);
	assert.ok(answers.every((answer) => Number(answer.headers['retry-after']) > 0), 'Retry-After');
	assert.equal(answers[0].json.code, 'unavailable');
	assert.equal(then.status, 'down');
	await stack.startService('postgres');
	await stack.startService('redis');
	const later = await deliverAll(stack, 'no-stores', 51);

	assert.equal(later.acknowledged.get(0), acknowledged.get(0), 'known from before');
	await assertExactlyOnce(stack, receiver, 'no-stores', workflow, later.acknowledged);
});

/* Does Redis know of the hook?  A moment after it was published. */
function isMirrored(address)
{
	const socket = readFileSync(join(stack.home, 'etc/state'), 'utf8').match(/^socket_dir=(.*)$/m)[1];

	return execFileSync('redis-cli', ['-s', `${socket}/redis.sock`, 'HEXISTS', '{main}:hooks', address], { encoding: 'utf8' }).trim() === '1';
}

/* Every process of the API at once; those that the keeper starts in their place know nothing. */
async function restartApi()
{
	const keeper = await stack.pid('api');
	const before = await until('the API to have processes', () => childrenOf(keeper).length > 0 && childrenOf(keeper));

	before.forEach((pid) => process.kill(pid, 'SIGKILL'));
	await until('the API to have other processes', async () => childrenOf(keeper).length >= before.length &&
		childrenOf(keeper).every((pid) => !before.includes(pid)) && (await health().catch(() => undefined))?.status === 'degraded');
}

test('a hook that nobody ever called, with Postgres stopped and the API begun anew: every delivery is accepted, and runs once', async () => {
	const secret = 'of the one that was never called';
	const effect = node('http.request', { method: 'POST', url: receiver.url('/never-called'), body_kind: 'json',
		body_json: '={{ { "n": $json.body.n } }}', repeat_in_doubt: 'always' });
	const workflow = await stack.publish(chain(hook('never-called', { verify: 'github', credential: await stack.credential(secret) }),
		effect, keep('done', '={{ $json.ok }}')), 'never-called');
	const deliverSigned = async (n, key) => {
		const body = JSON.stringify({ n });

		return stack.hook('never-called', { headers: await signGithub(key, body, { id: `never-${n}` }), body });
	};

	await until('the hook to be mirrored', () => isMirrored(`${stack.owner.workspace} POST never-called`), { timeoutMs: 5000 });
	await stopService('postgres');
	const acknowledged = new Map();
	for (const from of [0, 50]) {
		await restartApi();
		const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => deliverSigned(from + i, secret)));

		assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [202], answers.find((answer) => answer.status !== 202)?.text);
		answers.forEach((answer, i) => acknowledged.set(from + i, answer.json.run_id));
		assert.equal((await deliverSigned(1000, 'another secret')).status, 401);
		assert.equal((await stack.hook('claimed-by-nobody', { body: '{}' })).status, 404);
	}
	await stack.startService('postgres');
	await assertExactlyOnce(stack, receiver, 'never-called', workflow, acknowledged);
	/* Those that were refused meanwhile can be looked at too. */
	const refused = await until('the refused ones to be written', async () => {
		const items = (await stack.all('@/deliveries')).filter((d) => ['bad_signature', 'unclaimed'].includes(d.verdict));

		return items.length >= 4 && items;
	});
	assert.deepEqual(refused.map((d) => d.verdict).sort(), ['bad_signature', 'bad_signature', 'unclaimed', 'unclaimed']);
});
