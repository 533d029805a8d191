/*
 * sandbox.test.mjs -- nobody's code keeps anybody else's from running.
 *
 * Proved by order: the others are answered while the loops still run.  And by the clock, with release
 * programs: the best of a few rounds counts, because other programs may have the processor meanwhile.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chain, hook, node } from './graphs.mjs';
import { patience } from './patience.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack, until } from './stack.mjs';

const LOOPS = 6, CALLS = 40, ROUNDS = 4;
const MEDIAN_MAX_MS = 100 * patience, P99_MAX_MS = 300 * patience;
let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'sandbox', build: 'release', set: { http_allow: `127.0.0.1:${receiver.port}` } });
	for (const slug of ['loops', 'more-loops', 'others']) {
		const made = await stack.run('ctl', 'workspace', 'create', '--slug', slug, '--name', slug, '--owner', stack.owner.email);

		assert.equal(made.code, 0, made.stderr);
	}
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

const at = (workspace) => `/workspaces/${workspace}`;
const code = (text, more = {}) => node('core.code', { code: text, ...more });

async function publishIn(workspace, document, name)
{
	const { id } = await stack.ok('POST', `${at(workspace)}/workflows`, { name, graph: document });

	await stack.ok('POST', `${at(workspace)}/workflows/${id}/publish`, {});
	return id;
}

async function startLoops(workspace, count)
{
	const id = await publishIn(workspace, chain(node('core.manual'), code('for (;;) {}', { timeout_ms: 30000 })), 'loop');
	const start = async () => (await stack.ok('POST', `${at(workspace)}/workflows/${id}/executions`, {})).run_id;

	return Promise.all(Array.from({ length: count }, start));
}

async function statuses(workspace, ids)
{
	return Promise.all(ids.map(async (id) => (await stack.ok('GET', `${at(workspace)}/executions/${id}`)).status));
}

/* From a delivery to the call that its run makes after its code, in ms. */
async function timeOneCall(n)
{
	const begun = performance.now();
	const answer = await stack.hook('ask', { workspace: 'others', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ n }) });

	assert.equal(answer.status, 202, answer.text);
	await until(`call ${n}`, () => receiver.calls.some((call) => call.path === `/called/${n + 1}`), { everyMs: 1 });
	return performance.now() - begun;
}

async function timeRound(t, first)
{
	const took = [];

	for (let n = first; n < first + CALLS; n++)
		took.push(await timeOneCall(n));
	took.sort((a, b) => a - b);
	const [median, p99] = [took[CALLS >> 1], took[Math.ceil(CALLS * 0.99) - 1]];

	t.diagnostic(`another's code, ms: median ${median.toFixed(1)}, p99 ${p99.toFixed(1)}`);
	return median < MEDIAN_MAX_MS && p99 < P99_MAX_MS;
}

async function timeCalls(t, first)
{
	let isQuick = false;

	for (let round = 0; round < ROUNDS && !isQuick; round++)
		isQuick = await timeRound(t, first + round * CALLS);
	assert.ok(isQuick, `no round had a median under ${MEDIAN_MAX_MS} ms and a p99 under ${P99_MAX_MS}`);
}

async function cancelAll(workspace, ids)
{
	for (const id of ids)
		await stack.api('POST', `${at(workspace)}/executions/${id}/cancel`, {});
}

test('behind six loops of one workspace, and loops of a second, the code of a third is answered', async (t) => {
	await publishIn('others', chain(hook('ask'), code('return [{ n: $json.body.n + 1 }];'),
		node('http.request', { url: `=${receiver.url('/called')}/{{ $json.n }}` })), 'ask');
	await timeCalls(t, 0);

	const loops = await startLoops('loops', LOOPS);
	await until('the loops to have begun', async () => (await statuses('loops', loops)).every((status) => status === 'running'));
	await timeCalls(t, 1000);
	assert.deepEqual(await statuses('loops', loops), Array(LOOPS).fill('running'));

	const more = await startLoops('more-loops', LOOPS);
	await until('these too', async () => (await statuses('more-loops', more)).every((status) => status === 'running'));
	await timeCalls(t, 2000);
	const last = await statuses('more-loops', more);
	await cancelAll('loops', loops);
	await cancelAll('more-loops', more);
	assert.deepEqual(last, Array(LOOPS).fill('running'));
});

/* Two to four seconds of CPU time, where one expression over a few items has one. */
test('an expression with dates over as many items as a step may have', async () => {
	const many = code('return Array.from({ length: 10000 }, (_, i) => ({ d: new Date(1795861800000 + i * 60000).toISOString() }));');
	const late = node('core.set', { assignments: [{ name: 'next', type: 'string', value: '={{ DateTime.fromISO($json.d).plus({ days: 1 }).toISO() }}' }] });
	const id = await publishIn('others', chain(node('core.manual'), many, late), 'dates');
	const { run_id: runId } = await stack.ok('POST', `${at('others')}/workflows/${id}/executions`, {});
	const run = await until('the end of the run', async () => {
		const { json } = await stack.api('GET', `${at('others')}/executions/${runId}`);

		return ['ok', 'error', 'timeout'].includes(json.status) && json;
	}, { timeoutMs: 60000 });

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	assert.equal(run.steps.at(-1).items_out, 10000);
});
