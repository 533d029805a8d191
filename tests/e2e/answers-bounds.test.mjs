/*
 * answers-bounds.test.mjs -- where answers end: who has no sender, the most that one holds, files, the operator's
 * policy, a Redis that forgets who listens; and where an answer is shown.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, edge, graph, hook, node } from './graphs.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

const POLICY = "default-src 'none'", MIB = 1024 * 1024;
let stack, browser;

before(async () => {
	stack = await startStack({ name: 'answers-bounds', apiProcesses: 1, set: { answer_csp: POLICY } });
	browser = await openBrowser(stack);
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

const json = { 'content-type': 'application/json' };
const respond = (params = {}) => node('core.respond', params, { id: 'say', name: 'Say' });
const send = (path, body = {}) => stack.hook(path, { headers: json, body: JSON.stringify(body) });
const answering = (path, params, ...nodes) => stack.publish(chain(hook(path, params), ...nodes), path);
const runOf = (id) => stack.ok('GET', `@/executions/${id}`);
const redis = (...args) => execFileSync('redis-cli', ['-s', readFileSync(join(stack.home, 'etc/redis.conf'), 'utf8').match(/^unixsocket (.*)$/m)[1], ...args],
	{ encoding: 'utf8' });

/* ---- who has a sender ---- */

test('a run and its delivery show what was answered, when and to whom; so does tybooctl', async () => {
	await answering('shown', { answer: 'by_node' }, respond({ status: 201, body: 1 }));
	const { status, headers } = await send('shown'), id = headers['x-request-id'], run = await stack.finished(id);
	const delivery = await stack.ok('GET', `@/deliveries/${id}`);

	assert.equal(status, 201);
	assert.equal(run.answer.status, 201);
	assert.match(run.answer.to, /^127\.0\.0\.1$|^::1$/);
	assert.ok(Date.parse(run.answer.at) >= Date.parse(run.accepted_at) && Date.parse(run.answer.at) <= Date.now(), run.answer.at);
	assert.deepEqual(delivery.answer, run.answer);
	for (const family of ['executions', 'deliveries']) {
		const shown = await stack.run('ctl', '--workspace', stack.owner.workspace, family, 'show', id);

		assert.match(shown.stdout, /^answer .*"status": ?201/m, shown.stdout + shown.stderr);
	}
});

test('a called workflow, a part of one, a replay, a proof and a what-if answer nobody', async () => {
	const called = node('core.called', {}, { name: 'Called' }), start = hook('both', { answer: 'by_node' }), say = respond({ body: 'mine' });
	const id = await stack.publish(graph([start, called, say], [edge(start, say), edge(called, say)]), 'both');
	const caller = await answering('caller', { answer: 'when_finished', answer_body: 'none' }, node('core.workflow.call', { workflow: id }));
	const first = await send('both'), run = (await stack.finished(first.headers['x-request-id'])).id;

	assert.equal(first.text, '"mine"');
	const { etag } = (await stack.api('GET', `@/workflows/${id}`)).headers;

	await stack.ok('PUT', `@/workflows/${id}`, { name: 'both', graph: graph([start, called, say], [edge(start, say), edge(called, say)], { timeout_ms: 9000 }) },
		{ headers: { 'if-match': etag } });
	assert.equal((await send('caller')).status, 204);
	const [{ id: child }] = (await stack.ok('GET', `@/executions?workflow_id=${id}&mode=called`)).items;
	const starts = [
		await stack.ok('POST', `@/workflows/${id}/run`, { only: 'say', source_run_id: run }),
		await stack.ok('POST', `@/deliveries/${run}/replay`, {}),
		await stack.ok('POST', `@/executions/${run}/replays`, {}),
		await stack.ok('POST', `@/executions/${run}/replays`, { version: 2 }),
	];

	for (const other of [child, ...starts.map((started) => started.execution_id)]) {
		const record = await stack.finished(other);

		assert.equal(record.status, 'ok', JSON.stringify(record.error));
		assert.ok(record.steps.some((step) => step.node === 'say'), record.mode);
		assert.equal(record.answer, null, record.mode);
	}
	assert.equal((await runOf(run)).answer.status, 200);
	assert.equal((await stack.finished((await stack.ok('GET', `@/executions?workflow_id=${caller}`)).items[0].id)).answer.status, 204);
});

/* ---- how much ---- */

test('an answer holds 4 MiB: a node that says more fails, and a run that gave more is told so', async () => {
	const text = (bytes) => node('core.code', { code: `return [{ json: { text: 'a'.repeat(${bytes}) } }];` });

	await answering('less', { answer: 'by_node' }, text(4 * MIB - 1000), respond({ body: '={{ $json.text }}' }));
	await answering('more', { answer: 'by_node' }, text(4 * MIB), respond({ body: '={{ $json.text }}' }));
	await answering('all', { answer: 'when_finished', answer_body: 'first_item' }, text(4 * MIB));
	const less = await send('less'), more = await send('more'), all = await send('all');

	assert.deepEqual([less.status, less.text.length], [200, 4 * MIB - 1000 + 2]);
	assert.deepEqual([more.status, more.json.run_status], [502, 'error']);
	assert.equal((await runOf(more.json.run_id)).error.code, 'limit');
	assert.deepEqual([all.status, all.text], [500, "The last step's items are more than an answer holds."]);
	assert.equal((await runOf(all.headers['x-request-id'])).status, 'ok');
});

test('when finished: the first file of the first item, and nothing where there is none', async () => {
	const bytes = randomBytes(5 * MIB);

	await answering('file', { answer: 'when_finished', answer_body: 'file' }, node('core.noop'));
	const file = await stack.hook('file', { headers: { 'content-type': 'image/png' }, body: bytes }), none = await send('file');

	assert.deepEqual([file.status, file.headers['content-type'], Number(file.headers['content-length'])], [200, 'image/png', bytes.length]);
	assert.deepEqual([none.status, none.text], [204, '']);
});

test("the operator's policy is on pages and files of workflows, and on no JSON", async () => {
	await answering('page', { answer: 'by_node' }, respond({ body_kind: 'text', body: '<p>', headers: [{ name: 'Content-Type', value: 'text/html' }] }));
	await answering('data', { answer: 'by_node' }, respond({ body: {} }));
	assert.equal((await send('page')).headers['content-security-policy'], POLICY);
	assert.equal((await send('data')).headers['content-security-policy'], undefined);
});

/* ---- a lost word ---- */

test('a connection to Redis that is cut while requests wait loses none: the record tells them', async () => {
	const id = await answering('cut', { answer: 'by_node', answer_wait_s: 60 }, respond({ body: 'yes' }));

	await stack.ok('POST', `@/workflows/${id}/pause`, {});
	const waits = Array.from({ length: 5 }, () => send('cut'));

	await until('all in the queue', async () => (await stack.all(`@/executions?workflow_id=${id}&status=queued`)).length === 5);
	/* Whoever listens is cut off until the last has its answer. */
	const cutting = setInterval(() => redis('CLIENT', 'KILL', 'TYPE', 'pubsub'), 20);

	try {
		await stack.ok('POST', `@/workflows/${id}/unpause`, {});
		assert.deepEqual((await Promise.all(waits)).map((answer) => answer.text), Array(5).fill('"yes"'));
	} finally {
		clearInterval(cutting);
	}
});

/* ---- the pages ---- */

for (const look of looks)
	test(`the pages of a run and of its delivery show the answer at ${lookName(look)}`, async () => {
		const path = `seen/${look.width}/${look.scheme}`;

		await answering(path, { answer: "by_node" }, respond({ status: 201, body: 1 }));
		const run = await stack.finished((await send(path)).headers['x-request-id']), tab = await browser.page(look);

		await signIn(tab.page, stack.owner);
		for (const [list, heading] of [["executions", /seen/], ["deliveries", `POST /${path}`]]) {
			await tab.page.goto(`/w/${stack.owner.workspace}/${list}/${run.id}`);
			await tab.page.getByRole('heading', { level: 1, name: heading }).waitFor();
			await tab.page.getByText('status 201').waitFor();
			await assertSound(tab, `an answer in ${list}`);
		}
		await tab.context.close();
	});
