/*
 * waiting.test.mjs -- hundreds of runs that wait on HTTP are held open at once by one tyboo-run; the calls of one
 * run wait beside each other.
 *
 * Counted at the receiver, which answers none of them before all are there.  Release programs: what
 * a process takes is measured, and a sanitizer takes several times that.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { chain, edge, graph, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

const WORKSPACES = ['w1', 'w2', 'w3', 'w4', 'w5'], EACH = 100;	/* what a new workspace may have running at once */
const RUNS = WORKSPACES.length * EACH;
/* A run that waits: its plan's share, its arena, a curl handle and its buffers. */
const KB_EACH = 128;
let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'waiting', build: 'release', runProcesses: 1, set: { http_allow: `127.0.0.1:${receiver.port}`, run_max: RUNS + 100 } });	/* it leases by the batch: a few places stay free */
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

const rssKb = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m)[1]);

test(`${RUNS} runs wait in http.request at once in one process, each with its call open`, async (t) => {
	const held = [];
	const call = node('http.request', { method: 'POST', url: receiver.url('/held'), body_kind: 'json', body_json: '={{ { "n": $json.body.n } }}', timeout_ms: 100000 });
	const workers = childrenOf(await stack.pid('run'));

	assert.equal(workers.length, 1, 'one tyboo-run');
	for (const slug of WORKSPACES) {
		const made = await stack.run('ctl', 'workspace', 'create', '--slug', slug, '--name', slug, '--owner', stack.owner.email);

		assert.equal(made.code, 0, made.stderr);
		const { id } = await stack.ok('POST', `/workspaces/${slug}/workflows`, { name: 'held', graph: chain(hook('held'), call) });
		await stack.ok('POST', `/workspaces/${slug}/workflows/${id}/publish`, {});
	}
	receiver.answer = (_, res) => { held.push(res); };
	const idle = rssKb(workers[0]);
	const answers = await Promise.all(Array.from({ length: RUNS }, (_, n) =>
		stack.hook('held', { workspace: WORKSPACES[n % WORKSPACES.length], headers: { 'content-type': 'application/json' }, body: JSON.stringify({ n }) })));

	assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [202]);
	await until(`${RUNS} calls to be open`, () => held.length >= RUNS).catch((error) => { throw new Error(`${error.message}: ${held.length}`); });
	assert.equal(new Set(held.map((res) => res.socket)).size, RUNS, 'each on a connection of its own');
	assert.ok(held.every((res) => !res.socket.destroyed), 'all still open');
	const each = (rssKb(workers[0]) - idle) / RUNS;

	assert.ok(each <= KB_EACH, `${each} kB for each run that waits`);
	for (const res of held)
		res.setHeader('content-type', 'application/json').end('{"ok":true}');
	for (const slug of WORKSPACES)
		await until(`every run of ${slug} to be recorded`, async () => (await stack.all(`/workspaces/${slug}/executions?status=ok`)).length === EACH);
	assert.deepEqual(childrenOf(await stack.pid('run')), workers, 'it was that process all along');
	assert.deepEqual([...new Set(receiver.calls.map((c) => JSON.parse(c.body).n))].length, RUNS);
	t.diagnostic(`${idle} kB idle, ${each.toFixed(1)} kB for each run that waits`);
});

/* One after the other they would take 1,500 ms. */
test('five branches that each ask a server for 300 ms, and merge, take under 450 ms', async (t) => {
	const start = hook('branches'), join = node('core.noop');
	const gets = Array.from({ length: 5 }, (_, n) => node('http.request', { method: 'GET', url: receiver.url(`/slow/${n}`) }));
	const durations = [];

	receiver.answer = (_, res) => setTimeout(() => res.setHeader('content-type', 'application/json').end('{"ok":true}'), 300);
	await stack.publish(graph([start, ...gets, join], gets.flatMap((get) => [edge(start, get), edge(get, join)])), 'Branches');
	/* The quickest of ten, because other programs may have the processor meanwhile. */
	for (let i = 0; i < 10; i++) {
		const answer = await stack.hook('branches', { body: '{}' });
		const run = await stack.finished(answer.json.run_id);

		assert.equal(run.status, 'ok', JSON.stringify(run.error));
		assert.equal(run.steps.at(-1).items_in, 5);
		durations.push(run.duration_ms);
	}
	t.diagnostic(`ms: ${durations.join(' ')}`);
	assert.ok(Math.min(...durations) >= 300, 'each was asked');
	assert.ok(Math.min(...durations) < 450, `the quickest took ${Math.min(...durations)} ms`);
});
