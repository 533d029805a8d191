/*
 * answers.test.mjs -- senders that wait for their runs: what they are answered, by whom, and when not.
 *
 * A workflow that is paused keeps its runs in the queue, so a test holds as many senders as it likes for as long as it likes.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { chain, edge, graph, hook, keep, node } from './graphs.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

const PARKED = 500, PLACES = 700;
let stack, many;

before(async () => {
	stack = await startStack({ name: 'answers', apiProcesses: 1, set: { lease_ms: 2000, heartbeat_ms: 500 } });
	many = stack.newClient({ connections: 2 * PLACES });
});
after(async () => {
	many?.close();
	await stack?.stop();
});

const json = { 'content-type': 'application/json' };
const respond = (params = {}) => node('core.respond', params);
const later = (ms) => node('core.wait', { mode: 'for', amount: ms / 1000, unit: 'seconds' });
const send = (path, body = {}, more = {}) => stack.hook(path, { headers: { ...json, ...more.headers }, body: JSON.stringify(body), ...more });
const answering = (path, params = {}, ...nodes) => stack.publish(chain(hook(path, { answer: 'by_node', ...params }), ...nodes), path);
const ended = (ids) => Promise.all(ids.map((id) => stack.finished(id)));

/* The answer of a problem that names its run. */
function problem(answer, status, code)
{
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.headers['content-type'], 'application/problem+json');
	assert.equal(answer.json.code, code);
	assert.match(answer.json.run_id, /^[0-9a-f-]{36}$/);
	return answer.json;
}

/* ---- who answers ---- */

test('at once: the sender is told the run, and a respond node there is warned of', async () => {
	const doc = chain(hook('once'), respond({ body: 'never sent' }));
	const { findings } = await stack.ok('POST', '@/workflows/validate', { graph: doc });

	assert.deepEqual(findings.map((f) => f.code), ['no_effect']);
	await stack.publish(doc, 'once');
	const answer = await send('once');

	assert.equal(answer.status, 202, answer.text);
	assert.equal(answer.json.verdict, 'accepted');
	await stack.finished(answer.json.run_id);
});

test('when finished: the last items are the answer', async () => {
	const items = node('core.code', { code: 'return [{ json: { n: 1 } }, { json: { n: 2 } }]' });
	const rows = [['first_item', 200, '{"n":1}'], ['all_items', 200, '[{"n":1},{"n":2}]'], ['none', 204, '']];

	for (const [answer_body, status, text] of rows) {
		await stack.publish(chain(hook(`finished/${answer_body}`, { answer: 'when_finished', answer_body }), items), answer_body);
		const answer = await send(`finished/${answer_body}`);

		assert.equal(answer.status, status, answer.text);
		assert.equal(answer.text, text);
		assert.equal((await stack.finished(answer.headers['x-request-id'])).status, 'ok');
	}
});

test('by the node: status, headers and body are its own', async () => {
	await answering('node', {}, respond({ status: '={{ 200 + $json.body.n }}', headers: [{ name: 'X-N', value: '={{ $json.body.n }}' },
		{ name: 'Location', value: '/elsewhere' }], body: '={{ { got: $json.body } }}' }));
	const answer = await send('node', { n: 1 });

	assert.equal(answer.status, 201, answer.text);
	assert.equal(answer.headers['x-n'], '1');
	assert.equal(answer.headers.location, '/elsewhere');
	assert.equal(answer.headers['content-type'], 'application/json');
	assert.equal(answer.headers['content-security-policy'], undefined);
	assert.deepEqual(answer.json, { got: { n: 1 } });
});

test('by the node: it answers before the run is over', async () => {
	await answering('early', {}, respond({ body: 'soon' }), later(3000), keep('n'));
	const answer = await send('early');
	const run = await stack.ok('GET', `@/executions/${answer.headers['x-request-id']}`);

	assert.equal(answer.text, '"soon"');
	assert.ok(['queued', 'running', 'waiting'].includes(run.status), run.status);
	assert.equal((await stack.finished(run.id)).status, 'ok');
});

test('a page of a workflow is sandboxed, because it shares the address of the UI', async () => {
	await answering('page', {}, respond({ body_kind: 'text', body: '<h1>Hello</h1>', headers: [{ name: 'Content-Type', value: 'text/html' }] }));
	const answer = await send('page');

	assert.equal(answer.headers['content-type'], 'text/html');
	assert.equal(answer.headers['content-security-policy'], 'sandbox');
	assert.equal(answer.text, '<h1>Hello</h1>');
});

test('a file is answered as it came', async () => {
	const bytes = randomBytes(300000);

	await answering('file', {}, respond({ body_kind: 'file', headers: [{ name: 'Content-Disposition', value: 'attachment; filename=a.bin' }] }));
	const answer = await stack.hook('file', { headers: { 'content-type': 'image/png' }, body: bytes });

	assert.equal(answer.status, 200, answer.text.slice(0, 500));
	assert.equal(answer.headers['content-type'], 'image/png');
	assert.equal(Number(answer.headers['content-length']), bytes.length);
	assert.equal(answer.headers['content-security-policy'], 'sandbox');
});

test('all items are answered, and in a loop the first answer counts', async () => {
	const items = node('core.code', { code: 'return [1, 2, 3].map((n) => ({ json: { n } }))' });
	const loop = node('core.loop', { batch_size: 1 }), inner = respond({ body: '={{ $json.n }}' });
	const start = hook('loop', { answer: 'by_node' });

	await answering('items', {}, items, respond({ body_kind: 'items' }));
	assert.deepEqual((await send('items')).json, [{ n: 1 }, { n: 2 }, { n: 3 }]);
	await stack.publish(graph([start, items, loop, inner], [edge(start, items), edge(items, loop), edge(loop, inner, 'loop'),
		edge(inner, loop)]), 'loop');
	const answer = await send('loop');

	assert.equal(answer.text, '1');
	assert.equal((await stack.finished(answer.headers['x-request-id'])).status, 'ok');
});

test('GET and HEAD hooks are answered by their runs', async () => {
	for (const method of ['GET', 'HEAD']) {
		await answering(`m/${method}`, { method }, respond({ body: 'hello' }));
		const answer = await stack.hook(`m/${method}`, { method });

		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['content-length'], '7');
		assert.equal(answer.text, method === 'HEAD' ? '' : '"hello"');
	}
});

/* ---- who does not ---- */

test('a deadline is 504 with the run, or 202 by choice, and the run goes on', async () => {
	for (const [answer_late, status] of [['error', 504], ['accepted', 202]]) {
		const path = `late/${answer_late}`;

		await answering(path, { answer_wait_s: 1, answer_late }, later(3000), respond());
		const began = Date.now(), answer = await send(path);

		assert.ok(Date.now() - began >= 1000);
		if (status === 504)
			problem(answer, 504, 'timeout');
		assert.equal(answer.status, status, answer.text);
		assert.equal((await stack.finished(answer.json.run_id)).status, 'ok');
	}
});

test('a run that ends before it answers is 502, and says how it ended', async () => {
	const rows = [
		['ok', node('core.filter', { condition: '={{ false }}' })],
		['error', node('core.code', { code: 'throw new Error("no")' })],
	];

	for (const [status, before] of rows) {
		await answering(`ends/${status}`, {}, before, respond());
		const answer = problem(await send(`ends/${status}`), 502, 'upstream');

		assert.equal(answer.run_status, status);
		assert.equal((await stack.finished(answer.run_id)).status, status);
	}
});

test('a canceled run is 502 within a second though nobody publishes it: the record says so', async () => {
	const id = await answering('cancel', {}, respond());

	await stack.ok('POST', `@/workflows/${id}/pause`, {});
	const waits = send('cancel'), run = await until('the run in the queue', async () =>
		(await stack.ok('GET', `@/executions?workflow_id=${id}`)).items[0]);
	const began = Date.now();

	await stack.ok('POST', `@/executions/${run.id}/cancel`, {});
	assert.equal(problem(await waits, 502, 'upstream').run_status, 'canceled');
	assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
});

test('a webhook that waits for a node that is not there is a finding', async () => {
	const { findings } = await stack.ok('POST', '@/workflows/validate', { graph: chain(hook('none', { answer: 'by_node' }), keep('n')) });

	assert.deepEqual(findings.map((f) => [f.code, f.severity]), [['no_respond', 'error']]);
});

test('a header that is not a workflow\'s is refused by name', async () => {
	const doc = chain(hook('refused', { answer: 'by_node' }), respond({ headers: [{ name: 'Set-Cookie', value: 'a=b' }] }));
	const { findings } = await stack.ok('POST', '@/workflows/validate', { graph: doc });

	assert.equal(findings[0].severity, 'error');
	assert.match(findings[0].path, /headers\[0\]\.name$/);
	assert.match(findings[0].message, /Set-Cookie/);
});

test('a run by hand answers nobody', async () => {
	const id = await answering('hand', {}, respond({ body: 'mine' }));
	const run = await stack.ok('POST', `@/workflows/${id}/run?wait=30s`, { input: { body: {} } });

	assert.equal(run.status, 'ok');
	assert.equal(run.workflow_id, id);
});

/* ---- repeats, crashes, ends ---- */

test('a repeat of a delivery that waits gets the same answer', async () => {
	const id = await answering('repeat', {}, respond({ body: '={{ $json.body.n }}' }));
	const headers = { 'idempotency-key': randomUUID() };

	await stack.ok('POST', `@/workflows/${id}/pause`, {});
	const first = send('repeat', { n: 7 }, { headers });

	await until('the first in the queue', async () => (await stack.ok('GET', `@/executions?workflow_id=${id}`)).items.length === 1);
	const second = send('repeat', { n: 7 }, { headers });

	await stack.ok('POST', `@/workflows/${id}/unpause`, {});
	assert.deepEqual((await Promise.all([first, second])).map((a) => a.text), ['7', '7']);
	assert.equal((await send('repeat', { n: 7 }, { headers })).text, '7');
	assert.equal((await stack.ok('GET', `@/executions?workflow_id=${id}`)).items.length, 1);
});

test('a worker that dies after it answered: the run is taken over and answers as before', async () => {
	const headers = { 'idempotency-key': randomUUID() };

	await answering('killed', {}, respond({ body: '={{ Math.random() }}' }), later(4000), keep('n'));
	const answer = await send('killed', {}, { headers });

	assert.equal(answer.status, 200, answer.text);
	for (const pid of childrenOf(await stack.pid('run')))
		process.kill(pid, 'SIGKILL');
	const run = await stack.finished(answer.headers['x-request-id'], { timeoutMs: 60000 });

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	assert.ok(run.attempts > 1);
	assert.equal((await send('killed', {}, { headers })).text, answer.text);
});

/* ---- the API ---- */

test('an API call waits for the record, or for the node', async () => {
	const id = await answering('api', {}, respond({ status: 202, body: '={{ $json.n }}' }), keep('n'));
	const node = await stack.api('POST', `@/workflows/${id}/executions?answer=by_node`, { n: 5 });
	const whole = await stack.ok('POST', `@/workflows/${id}/executions?wait=30s`, { n: 5 });

	assert.equal(node.status, 202, node.text);
	assert.equal(node.text, '5');
	assert.equal(whole.status, 'ok');
	assert.ok(whole.steps.length >= 2);
	assert.equal((await stack.api('POST', `@/workflows/${id}/executions?wait=never`, {})).status, 422);
});

test('GET ?wait= answers when the run is over, or as it stands', async () => {
	const id = await stack.publish(chain(hook('get'), later(2000), keep('n')), 'get');
	const { execution_id: run } = await stack.ok('POST', `@/workflows/${id}/executions`, {});

	assert.notEqual((await stack.ok('GET', `@/executions/${run}?wait=200ms`)).status, 'ok');
	assert.equal((await stack.ok('GET', `@/executions/${run}?wait=30s`)).status, 'ok');
	assert.equal((await stack.ok('GET', `@/executions/${run}?wait=30s`)).status, 'ok');
});

/* ---- many ---- */

/* Senders to a paused workflow, once all of them are in its queue. */
async function park(path, id, count)
{
	const requests = Array.from({ length: count }, () => many.send('POST', `/hooks/${stack.owner.workspace}/${path}`,
		{ headers: json, body: '{}', timeoutMs: 120000 }));

	await until(`${count} in the queue`, async () => (await stack.all(`@/executions?workflow_id=${id}&status=queued`)).length >= count,
		{ timeoutMs: 90000, everyMs: 500 });
	return requests;
}

test(`${PARKED} wait at once, others are served meanwhile, and all are answered`, async () => {
	const id = await answering('parked', { answer_wait_s: 240 }, respond({ body: 'at last' }));

	await stack.ok('POST', `@/workflows/${id}/pause`, {});
	const requests = await park('parked', id, PARKED);
	const began = Date.now();

	for (let i = 0; i < 20; i++)
		assert.equal((await send('node', { n: 1 })).status, 201);
	const each = (Date.now() - began) / 20;

	assert.ok(each < 2000, `${each} ms each`);
	await stack.ok('POST', `@/workflows/${id}/unpause`, {});
	assert.deepEqual([...new Set((await Promise.all(requests)).map((a) => `${a.status} ${a.text}`))], ['200 "at last"']);
});

test('a client that leaves stops nothing and gives its place back; beyond all places it is 503', async () => {
	const id = await answering('full', { answer_wait_s: 240 }, respond({ body: 'yes' }));
	const leaving = stack.newClient();

	await stack.ok('POST', `@/workflows/${id}/pause`, {});
	const left = leaving.send('POST', `/hooks/${stack.owner.workspace}/full`, { headers: json, body: '{}' }).catch(() => 'left');
	const requests = await park('full', id, PLACES - 1);

	await until('all in the queue', async () => (await stack.all(`@/executions?workflow_id=${id}&status=queued`)).length === PLACES);
	const over = await send('full');

	assert.equal(over.status, 503, over.text);
	assert.ok(Number(over.headers['retry-after']) > 0);
	assert.equal(over.json.verdict, 'depth');
	leaving.close();
	assert.equal(await left, 'left');
	let next;

	await until('its place', async () => {
		let refused = false;

		next = send('full', {}, { timeoutMs: 120000 }).then((answer) => { refused = answer.status === 503; return answer; });
		return await until('kept or refused', async () => (refused ? 'refused' :
			(await stack.all(`@/executions?workflow_id=${id}&status=queued`)).length === PLACES + 1 && 'kept')) === 'kept';
	});
	await stack.ok('POST', `@/workflows/${id}/unpause`, {});
	assert.equal((await next).text, '"yes"');
	assert.equal((await Promise.all(requests)).filter((a) => a.text === '"yes"').length, PLACES - 1);
	await ended((await stack.all(`@/executions?workflow_id=${id}`)).map((run) => run.id));
	assert.ok((await stack.all(`@/executions?workflow_id=${id}`)).every((run) => run.status === 'ok'));
});

test('a drain answers each with 503 and its run, and the runs go on', async () => {
	const id = await answering('drain', { answer_wait_s: 240 }, respond());

	await stack.ok('POST', `@/workflows/${id}/pause`, {});
	const requests = await park('drain', id, 20);

	for (const pid of childrenOf(await stack.pid('api')))
		process.kill(pid, 'SIGTERM');
	const ids = (await Promise.all(requests)).map((a) => problem(a, 503, 'limit').run_id);

	assert.equal(new Set(ids).size, 20);
	await until('the API again', async () => (await stack.api('GET', '/health')).status === 200);
	await stack.ok('POST', `@/workflows/${id}/unpause`, {});
	assert.ok((await ended(ids)).every((run) => run.status === 'ok'));
});
