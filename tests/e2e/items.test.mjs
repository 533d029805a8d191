/*
 * items.test.mjs -- what fails for one item is that item's alone, with a counting receiver as the judge.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { chain, edge, graph, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { runTyboo, startStack } from './stack.mjs';

let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'items', set: { http_allow: `127.0.0.1:${receiver.port}` } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

/* /order/3 is no good; all else is echoed. */
beforeEach(() => {
	receiver.calls = [];
	receiver.answer = (call, res) => {
		const n = Number(call.path.split('/').pop());

		res.setHeader('content-type', 'application/json');
		res.statusCode = n === 3 ? 500 : 200;
		res.end(JSON.stringify(n === 3 ? { error: `no such order ${n}`, more: 'x'.repeat(5000) } : { answered: n }));
	};
});

const manual = () => node('core.manual');
const four = () => node('core.code', { code: 'return [1, 2, 3, 4].map((n) => ({ n }));' }, { name: 'Four' });
const runOf = async (document, input = {}) => {
	const { run_id: id } = await stack.ok('POST', `@/workflows/${await stack.publish(document)}/executions`, input);

	return stack.finished(id);
};
const stepOf = (run, n) => run.steps.find((step) => step.node === n.id);
const noticeOf = (step, code) => step.notices?.find((notice) => notice.code === code)?.text;

const perItem = {
	'http.request': (more) => node('http.request', { url: `=${receiver.url('/order/')}{{ $json.n }}`, method: 'POST' }, more),
	'core.code of mode each': (more) => node('core.code',
		{ mode: 'each', code: 'if ($json.n === 3)\n  throw new Error("no such order 3");\nreturn { answered: $json.n };' }, more),
	'core.set': (more) => node('core.set',
		{ assignments: [{ name: 'answered', type: 'number', value: '={{ $json.n === 3 ? "no such order 3" : $json.n }}' }] }, more),
};

for (const [name, make] of Object.entries(perItem)) {
	test(`${name}: the item that fails leaves through the error port, the others go on`, async () => {
		const step = make({ on_error: 'error_output' }), start = manual(), items = four();
		const paired = node('core.set', { assignments: [{ name: 'n', type: 'number', value: "={{ $('Four').item.json.n }}" }] });
		const bad = node('core.noop');
		const run = await runOf(graph([start, items, step, paired, bad],
			[edge(start, items), edge(items, step), edge(step, paired), edge(step, bad, 'error')]));
		const { outputs, failed, status, notices } = stepOf(run, step);

		assert.equal(run.status, 'ok');
		assert.equal(status, 'ok');
		assert.deepEqual(outputs.main.map((item) => [item.json.answered, item.from]), [[1, 0], [2, 1], [4, 3]]);
		assert.deepEqual(outputs.error.map((item) => [item.json.n, item.from, item.json.error.item]), [[3, 2, 2]]);
		assert.match(JSON.stringify(outputs.error[0].json.error), /no such order 3/);
		assert.equal(failed, 1);
		assert.match(notices[0].text, /1 of 4 items failed.*3 through "main", 1 through "error"/);
		assert.deepEqual(stepOf(run, paired).outputs.main.map((item) => item.json.n), [1, 2, 4]);
		assert.equal(stepOf(run, bad).items_in, 1);
		assert.equal(receiver.calls.length, name === 'http.request' ? 4 : 0);
	});

	test(`${name}: with continue the item that fails stays in its place`, async () => {
		const step = make({ on_error: 'continue' });
		const run = await runOf(chain(manual(), four(), step));
		const { outputs } = stepOf(run, step);

		assert.equal(run.status, 'ok');
		assert.deepEqual(outputs.main.map((item) => item.json.answered), [1, 2, undefined, 4]);
		assert.deepEqual(outputs.main.map((item) => item.json.error?.item), [undefined, undefined, 2, undefined]);
		assert.equal(receiver.calls.length, name === 'http.request' ? 4 : 0);
	});
}

test('a step that stops in the middle of its calls tells which had gone out, and what the server said', async () => {
	const step = perItem['http.request']({});
	const run = await runOf(chain(manual(), four(), step));
	const { error, notices } = stepOf(run, step);
	const shown = await runTyboo(stack.home, ['ctl', 'executions', 'show', run.id, '--workspace', stack.owner.workspace]);

	assert.equal(run.status, 'error');
	assert.equal(error.item, 2);
	assert.equal(error.status, 500);
	assert.equal(error.body.length, 2048);
	assert.match(error.body, /no such order 3/);
	assert.match(noticeOf({ notices }, 'calls_sent'), /^\d of 4 calls had gone out.*Went well: items 0-1\. Failed: item 2\./);
	assert.match(shown.stdout, /calls had gone out/);
	assert.match(shown.stdout, /no such order 3/);
});

test('an empty answer skips what follows, which says so; always_output goes on with one empty item', async () => {
	receiver.answer = (call, res) => {
		res.setHeader('content-type', 'application/json');
		res.end('[]');
	};
	for (const always of [false, true]) {
		const ask = node('http.request', { url: receiver.url('/list') }, { name: 'Ask', ...(always ? { always_output: true } : {}) });
		const next = node('core.noop');
		const step = stepOf(await runOf(chain(manual(), ask, next)), next);

		assert.equal(step.status, always ? 'ok' : 'skipped');
		if (always)
			assert.deepEqual(step.outputs.main.map((item) => item.json), [{}]);
		else
			assert.match(noticeOf(step, 'skipped_no_items'), /no item came from "Ask".*always_output/);
	}
});

test('an answer without a body is the same item, whatever its status', async () => {
	const items = [];

	for (const status of [200, 201, 204]) {
		receiver.answer = (call, res) => {
			res.statusCode = status;
			res.end();
		};
		const ask = node('http.request', { url: receiver.url('/none') });
		items.push(stepOf(await runOf(chain(manual(), ask)), ask).outputs.main.map((item) => item.json));
	}
	assert.deepEqual(items, [[{ data: null }], [{ data: null }], [{ data: null }]]);
});

for (const status of [301, 302, 303, 307])
	test(`a redirect of POST with ${status} is told, with the last address and method`, async () => {
		receiver.answer = (call, res) => {
			if (call.path === '/old')
				return res.writeHead(status, { location: '/new?sig=1' }).end();
			res.setHeader('content-type', 'application/json');
			res.end(JSON.stringify({ method: call.method }));
		};
		for (const full of [false, true]) {
			const ask = node('http.request', { url: receiver.url('/old'), method: 'POST', full_response: full, body_kind: 'json', body_json: { a: 1 } });
			const step = stepOf(await runOf(chain(manual(), ask)), ask);
			const method = status === 307 ? 'POST' : 'GET', text = noticeOf(step, 'redirected');

			assert.equal((full ? step.outputs.main[0].json.body : step.outputs.main[0].json).method, method);
			assert.ok(text.includes(`${method} ${receiver.url('/new')} gave the answer`), text);
			assert.equal(text.includes('POST became GET'), status !== 307, text);
		}
	});
