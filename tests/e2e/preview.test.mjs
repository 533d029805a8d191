/*
 * preview.test.mjs -- values of expressions while they are written, and a run that is followed by what changed: the API's
 * part of the editor.
 */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import { edge, graph, node } from './graphs.mjs';
import { startStack, until } from './stack.mjs';

let stack, flow, run;

before(async () => {
	stack = await startStack({ name: 'preview' });
	const make = node('core.code', { code: 'return Array.from({ length: 5 }, (_, i) => ({ json: { n: i, user: { name: `u${i}` } } }));' }, { id: 'make', name: 'Make' });
	const keep = node('core.filter', { condition: '={{ $json.n > 1 }}' }, { id: 'some', name: 'Some' });
	const nodes = [node('core.manual', {}, { id: 'go', name: 'Go' }), make, keep, node('core.set', { assignments: [] }, { id: 'end', name: 'End' })];

	flow = await stack.ok('POST', '@/workflows', { name: 'Preview', graph: graph(nodes, [edge('go', 'make'), edge('make', 'some'), edge('some', 'end')]) });
	await stack.ok('POST', '@/variables', { name: 'where', value: 'Berlin' });
	run = await stack.finished((await stack.ok('POST', `@/workflows/${flow.id}/run`, {})).execution_id);
	assert.equal(run.status, 'ok');
});
after(() => stack?.stop());

const preview = (body, id = flow.id) => stack.api('POST', `@/workflows/${id}/preview`, body);
const value = async (expression, more = {}) => {
	const { status, json } = await preview({ node: 'end', source_run_id: run.id, expressions: { x: expression }, ...more });

	assert.equal(status, 200, JSON.stringify(json));
	return json.values.x;
};

const rows = [
	['={{ $json.n * 2 }}', { value: 4 }],
	['={{ $json.user }}', { value: { name: 'u2' } }],
	['=Hello {{ $json.user.name }}', { value: 'Hello u2' }],
	['={{ $json.user.name.toUpperCase() }}', { value: 'U2' }],
	["={{ $('Make').all().length }}", { value: 5 }],
	["={{ $('Make').item.json.n }}", { value: 2 }],
	['={{ $input.all().length }}', { value: 3 }],
	['={{ $vars.where }}', { value: 'Berlin' }],
	['={{ $json.nothing }}', { value: null }],
	["={{ 'a,b'.split(',').last() }}", { value: 'b' }],
];

for (const [expression, expected] of rows)
	test(`${expression} is computed as a run would`, async () => {
		assert.deepEqual(await value(expression), expected);
	});

test('each item has its value, and each fault its place', async () => {
	assert.deepEqual(await value('={{ $json.n }}', { item: 2 }), { value: 4 });
	assert.deepEqual(await value('={{ $itemIndex }}', { item: 2 }), { value: 2 });
	const thrown = await value('={{ $json.user.name.nope() }}');

	assert.match(thrown.error.message, /nope/);
	assert.equal(thrown.error.line, 1);
	assert.ok(thrown.error.column > 10, JSON.stringify(thrown));
	const broken = await value('={{ $json.( }}');

	assert.ok(broken.error.message.length > 0, JSON.stringify(broken));
	const { json } = await preview({ node: 'end', source_run_id: run.id, expressions: { a: '={{ $json.n }}', b: '={{ $json.user.name.nope() }}' } });

	assert.equal(json.items, 3);
	assert.deepEqual([json.values.a, 'error' in json.values.b], [{ value: 2 }, true], 'one fault leaves the others');
});

test('a draft that is not saved, and pins, count', async () => {
	const changed = { ...flow.graph, nodes: flow.graph.nodes.map((entry) => (entry.id === 'make' ? { ...entry, name: 'Made' } : entry)) };

	assert.deepEqual(await value("={{ $('Made').first().json.n }}", { graph: changed }), { value: 0 });
	assert.deepEqual(await value('={{ $json.pinned }}', { pins: { some: [{ json: { pinned: true } }] } }), { value: true });
	const none = await preview({ node: 'end', expressions: { x: '={{ 1 }}' } });

	assert.deepEqual([none.status, none.json.path], [422, 'only']);
	assert.match(none.json.hint, /Pin|run/);
	assert.deepEqual((await preview({ node: 'gone', expressions: {}, source_run_id: run.id })).json.path, 'node');
	assert.deepEqual((await preview({ node: 'end', expressions: { x: 'plain' }, source_run_id: run.id })).json.path, 'expressions.x');
});

test('what does not end is ended after 200 ms of CPU time, and the next one is computed', async () => {
	const begun = performance.now();
	const endless = await value('={{ (() => { for (;;); })() }}');

	assert.ok(endless.error, JSON.stringify(endless));
	assert.ok(performance.now() - begun < 3000);
	assert.deepEqual(await value('={{ 1 + 1 }}'), { value: 2 });
});

test('previews that come at once take the places there are, and the others are told to come again', async () => {
	const slow = () => preview({ node: 'end', source_run_id: run.id, expressions: { x: '={{ (() => { for (;;); })() }}' } });
	const answers = await Promise.all(Array.from({ length: 12 }, slow));
	const taken = answers.filter((answer) => answer.status === 503);

	assert.ok(taken.length >= 1, 'some found no place');
	assert.ok(taken.every((answer) => Number(answer.headers['retry-after']) >= 1));
	assert.deepEqual(await value('={{ 2 + 2 }}'), { value: 4 });
});

test('half of all previews come at once, nineteen in twenty within 150 ms', async () => {
	const times = [];

	for (let i = 0; i < 60; i++) {
		const begun = performance.now();

		await value(`={{ $json.user.name + ' ' + ${i} + $vars.where.toUpperCase() }}`);
		times.push(performance.now() - begun);
	}
	times.sort((a, b) => a - b);
	console.log(`preview: median ${times[30].toFixed(1)} ms, p95 ${times[57].toFixed(1)} ms`);
	assert.ok(times[57] <= 150, `p95 ${times[57]} ms`);
});

test('ten thousand items are previewed one by one', async () => {
	const many = await stack.ok('POST', '@/workflows', { name: 'Many', graph: graph([node('core.manual', {}, { id: 'go', name: 'Go' }),
		node('core.code', { code: 'return Array.from({ length: 10000 }, (_, i) => ({ json: { n: i, name: `item ${i}`, list: [1, 2, 3] } }));' }, { id: 'make', name: 'Make' }),
		node('core.set', {}, { id: 'end', name: 'End' })], [edge('go', 'make'), edge('make', 'end')]) });
	const { execution_id: id } = await stack.ok('POST', `@/workflows/${many.id}/run`, {});

	assert.equal((await stack.finished(id)).status, 'ok');
	const times = [];

	for (let i = 0; i < 10; i++) {
		const begun = performance.now();
		const { json } = await preview({ node: 'end', source_run_id: id, item: 9000 + i, expressions: { x: '={{ $json.name.toUpperCase() }}' } }, many.id);

		times.push(performance.now() - begun);
		assert.deepEqual([json.items, json.values.x], [10000, { value: `ITEM ${9000 + i}` }]);
	}
	console.log(`preview of 10,000 items: ${times.map((time) => time.toFixed(0)).join(' ')} ms`);
	const counted = await stack.ok('GET', `@/executions/${id}?items=count`);

	assert.deepEqual(counted.steps.map((step) => [step.node, step.counts, step.outputs]), [['go', { main: 1 }, {}], ['make', { main: 10000 }, {}], ['end', { main: 10000 }, {}]]);
	assert.deepEqual((await stack.ok('GET', `@/executions/${id}?items=count&from=2`)).steps.map((step) => step.node), ['end']);
	assert.equal((await stack.ok('GET', `@/executions/${id}/steps?node=make`)).items[0].outputs.main.length, 10000);
});

test('a run is followed by one request a second, each with what is new', async () => {
	const slow = await stack.ok('POST', '@/workflows', { name: 'Slow', graph: graph([node('core.manual', {}, { id: 'go', name: 'Go' }),
		node('core.wait', { amount: 3, unit: 'seconds' }, { id: 'wait', name: 'Wait' }), node('core.noop', {}, { id: 'end', name: 'End' })], [edge('go', 'wait'), edge('wait', 'end')]) });
	const { execution_id: id } = await stack.ok('POST', `@/workflows/${slow.id}/run`, {});
	const seen = [];
	let asked = 0;

	await until('the end', async () => {
		const now = await stack.ok('GET', `@/executions/${id}?wait=1s&items=count&from=${seen.length}`);

		asked++;
		seen.push(...now.steps.map((step) => step.node));
		return now.status === 'ok';
	}, { everyMs: 0 });
	assert.deepEqual(seen, ['go', 'wait', 'end']);
	assert.ok(asked >= 2 && asked <= 6, `${asked} requests`);
});
