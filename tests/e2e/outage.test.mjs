/*
 * outage.test.mjs -- a store is away for a while: what was accepted is kept by the other; with both
 * away a delivery is refused honestly.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertExactlyOnce, deliverAll, publishCounter } from './load.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack } from './stack.mjs';

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
