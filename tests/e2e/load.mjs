/*
 * load.mjs -- many deliveries to one counting workflow, and the proof that none was lost or doubled.
 *
 * The workflow POSTs the delivery's number to a receiver of ours, which counts: what Tyboo says of
 * itself is compared with that, never believed.  A sender repeats what was not answered 2xx under
 * the same id, as providers do, so each number must end in exactly one run.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { chain, hook, keep, node } from './graphs.mjs';
import { until } from './stack.mjs';

const CONNECTIONS = 16;
const TRIES = 200;

/* Publishes /hooks/<workspace>/<name>; gives the workflow's id. */
export function publishCounter(stack, receiver, name, more = {})
{
	const send = node('http.request', { method: 'POST', url: receiver.url(`/${name}`), body_kind: 'json',
		body_json: '={{ { "n": $json.body.n } }}', repeat_in_doubt: 'always', ...more });

	return stack.publish(chain(hook(name), send, keep('done', '={{ $json.ok }}')), name);
}

/*
 * Delivers numbers 0 to count - 1 from several connections; 'at' maps numbers to what is done once
 * that many are acknowledged.  { acknowledged: Map number -> run id, refusals: [what, ...] }
 */
export async function deliverAll(stack, name, count, at = {})
{
	const acknowledged = new Map(), refusals = [], deeds = [], due = Object.entries(at);	/* numeric keys: in order */
	const client = stack.newClient({ connections: CONNECTIONS });
	let next = 0;
	const one = async (n) => {
		for (let i = 0; i < TRIES; i++) {
			const answer = await stack.hook(name, { client, headers: { 'content-type': 'application/json', 'idempotency-key': `${name}-${n}` },
				body: JSON.stringify({ n }) }).catch((error) => ({ status: 0, text: error.message }));

			if (answer.status >= 200 && answer.status <= 299)
				return acknowledged.set(n, answer.json.run_id);
			refusals.push(`${answer.status} ${answer.text.slice(0, 200)}`);
			await sleep(100);
		}
		throw new Error(`delivery ${n} was never acknowledged: ${refusals.at(-1)}`);
	};
	const sender = async () => {
		while (next < count) {
			const n = next++;

			await one(n);
			while (due.length > 0 && acknowledged.size >= Number(due[0][0]))
				deeds.push(due.shift()[1]());
		}
	};

	try {
		await Promise.all(Array.from({ length: CONNECTIONS }, sender));
		await Promise.all(deeds);
		assert.equal(due.length, 0, 'what should have happened meanwhile did');
	} finally {
		client.close();
	}
	return { acknowledged, refusals };
}

/* Every acknowledged delivery: one effect at the receiver, one finished run in the records. */
export async function assertExactlyOnce(stack, receiver, name, workflowId, acknowledged, { timeoutMs = 90000 } = {})
{
	const calls = () => receiver.calls.filter((call) => call.path === `/${name}`);
	const numbers = () => new Set(calls().map((call) => JSON.parse(call.body).n));
	let runs = [];

	await until(`${acknowledged.size} effects (${numbers().size} now)`, () => numbers().size >= acknowledged.size, { timeoutMs, everyMs: 200 })
		.catch((error) => { throw new Error(`${error.message}: ${numbers().size} came, missing ${[...acknowledged]
			.filter(([n]) => !numbers().has(n)).slice(0, 5).map(([n, run]) => `${n} (run ${run})`)}`); });
	await until('every run to be recorded as finished', async () => {
		runs = await stack.all(`@/executions?workflow_id=${workflowId}`);
		return runs.length >= acknowledged.size && runs.every((run) => !['queued', 'running', 'waiting'].includes(run.status));
	}, { timeoutMs, everyMs: 300 }).catch((error) => { throw new Error(`${error.message}: ${runs.length} runs, unfinished: ${
		JSON.stringify(runs.filter((run) => ['queued', 'running', 'waiting'].includes(run.status)).slice(0, 5))}`); });

	const keys = new Map();
	for (const call of calls()) {
		const { n } = JSON.parse(call.body);

		assert.ok(call.key, 'every call carries an idempotency key');
		keys.set(n, (keys.get(n) ?? new Set()).add(call.key));
	}
	for (const [n, set] of keys)
		assert.equal(set.size, 1, `delivery ${n} had effects under ${set.size} keys`);
	assert.equal(new Set([...keys.values()].map(([key]) => key)).size, keys.size, 'no two deliveries share a key');
	assert.deepEqual([...keys.keys()].sort((a, b) => a - b), [...acknowledged.keys()].sort((a, b) => a - b));
	assert.deepEqual(runs.filter((run) => run.status !== 'ok').map((run) => [run.id, run.status, run.error]), []);
	assert.deepEqual(runs.map((run) => run.id).sort(), [...acknowledged.values()].sort());
}
