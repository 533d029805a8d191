/*
 * docs.test.mjs -- the examples of docs/WORKFLOWS.md that want time, a network or tybooctl, each as the page has it.
 *
 * A row of 'runs' is an example marked <!-- stack: NAME -->; tests/lint/examples.mjs says what runs the others.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { examplesOf, readPage } from '../lint/examples.mjs';
import { chain, hook, node } from './graphs.mjs';
import { startStack, until } from './stack.mjs';

const OTHER = '01890a5d-ac96-774b-bcce-b302099a8057'; /* the page's id of a workflow that is named */
const examples = examplesOf(readPage()).filter(({ way }) => way === 'stack');
const textOf = (name) => examples.find((example) => example.name === name).text;
const graphOf = (name, other = OTHER) => JSON.parse(textOf(name).replaceAll(OTHER, other));
// a.txt and in/b.txt, three letters each.
const ZIP = 'UEsDBBQAAAAAAAAAIVDxhmx6AwAAAAMAAAAFAAAAYS50eHRvbmVQSwMEFAAAAAAAAAAhUGaKyhEDAAAAAwAAAAgAAABpbi9iLnR4dHR3b1BLAQIUAxQAAAAAAAAAIVDxhmx6AwAAAAMAAAAFAAAAAAAAAAAAAACAAQAAAABhLnR4dFBLAQIUAxQAAAAAAAAAIVBmisoRAwAAAAMAAAAIAAAAAAAAAAAAAACAASYAAABpbi9iLnR4dFBLBQYAAAAAAgACAGkAAABPAAAAAAA=';

let stack;

before(async () => { stack = await startStack({ name: 'docs', apiProcesses: 1 }); });
after(() => stack?.stop());

const json = { 'content-type': 'application/json' };
const send = (path, body) => stack.hook(path, { headers: json, body: JSON.stringify(body) });
const itemsOf = (run, id, port = 'main') => run.steps.findLast((step) => step.node === id).outputs[port].map((item) => item.json);
const byHand = async (id, input, more) => (await stack.ok('POST', `@/workflows/${id}/run`, { input, ...more })).execution_id;

async function ended(run, status = 'ok')
{
	const record = await stack.finished(run);

	assert.equal(record.status, status, JSON.stringify(record.error));
	return record;
}

/* A run by hand that waits for a call, and the address in what 'node' gave. */
async function waiting(graph, name, id, find)
{
	const run = await byHand(await stack.publish(graph, name), [{}]);

	await until('the wait', async () => (await stack.ok('GET', `@/executions/${run}`)).status === 'waiting');
	return { run, path: new URL(find(itemsOf(await stack.ok('GET', `@/executions/${run}`), id)[0])).pathname };
}

/* What each command of the page says, with words of this stack in the place of the page's. */
async function commands(name, words)
{
	const said = [];

	for (const line of textOf(name).split('\n')) {
		const [program, ...args] = line.replace(/ +#.*/, '').split(' ').map((word) => words[word] ?? word);

		assert.equal(program, 'tybooctl');
		const { code, stdout, stderr } = await stack.run('ctl', '--json', '--workspace', stack.owner.workspace, ...args);

		assert.equal(code, 0, `${line}: ${stdout}${stderr}`);
		said.push(JSON.parse(stdout));
	}
	return said;
}

function fileOf(name, value)
{
	const path = join(stack.home, 'tmp', name);

	writeFileSync(path, JSON.stringify(value));
	return path;
}

const runs = {
	async nightly(graph) {
		await stack.publish(graph, 'nightly');
		const row = await until('its next time', async () => (await stack.all('@/schedules')).find((schedule) => schedule.workflow_name === 'nightly'));
		const { times } = await stack.ok('GET', `@/schedules/${row.id}/next`);

		assert.equal(times.length, 10);
		assert.ok(times.every(({ at }) => /T02:30:00\+0[12]:00$|T03:00:00\+02:00$/.test(at)), JSON.stringify(times));
		graph.nodes[0].params.cron = '* * * * * *';
		const id = await stack.publish(graph, 'each second');
		const run = await until('a run', async () => (await stack.all(`@/executions?workflow_id=${id}&status=ok`))[0]);

		await stack.ok('POST', `@/workflows/${id}/unpublish`);
		assert.equal(itemsOf(await ended(run.id), 'nightly')[0].timezone, 'Europe/Berlin');
	},
	async delivered(graph) {
		const { run, path } = await waiting(graph, 'delivered', 'order', (item) => item.callback);

		assert.equal((await stack.senders.send('POST', path, { headers: json, body: '{"parcel":"A1"}' })).status, 202);
		assert.deepEqual(itemsOf(await ended(run), 'say'), [{ parcel: 'A1' }]);
	},
	async approve(graph) {
		const { run, path } = await waiting(graph, 'approve', 'mail', (item) => item.text.replace('Approve: ', ''));
		const page = await stack.senders.send('GET', path, { headers: { accept: 'text/html' } });

		assert.match(page.text, /Approve the order\?/);
		assert.equal((await stack.senders.send('POST', path, { headers: json, body: '{"decision":"perhaps"}' })).status, 422);
		assert.equal((await stack.senders.send('POST', path, { headers: json, body: '{"decision":"yes"}' })).status, 202);
		assert.equal(itemsOf(await ended(run), 'ask')[0].decision, 'yes');
	},
	async called(graph) {
		const id = await stack.publish(graph, 'total');
		const run = await ended(await byHand(id, [{ amount: 100 }], { trigger: 'called' }));

		assert.deepEqual(itemsOf(run, 'sum'), [{ total: 119 }]);
	},
	async caller(graph) {
		const total = await stack.publish(graphOf('called'), 'called total');
		const id = await stack.publish(graphOf('caller', total), 'caller');
		const run = await ended(await byHand(id, [{ amount: 100 }, { amount: 200 }]));

		assert.deepEqual(itemsOf(run, 'tell'), [{ amount: 100 }, { amount: 200 }]);
		assert.deepEqual(itemsOf(run, 'price'), [{ total: 119 }, { total: 238 }]);
		assert.equal(run.children.length, 3);
	},
	async upload(graph) {
		await stack.publish(graph, 'upload');
		const answer = await stack.hook('upload', { headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from('name,sum\nZo\xeb,"1,5"\n', 'latin1') });
		const run = await ended(answer.json.run_id);

		assert.deepEqual(itemsOf(run, 'rows'), [{ name: 'Zo\u00eb', sum: '1,5' }]);
		assert.equal(itemsOf(run, 'look')[0].again, 'name;sum\nZo\u00eb;1,5\n');
		assert.equal(run.steps.find((step) => step.node === 'keep').outputs.main[0].binary.table.name, 'table.csv');
	},
	async packed(graph) {
		await stack.publish(graph, 'packed');
		const answer = await stack.hook('packed', { headers: { 'content-type': 'application/zip' }, body: Buffer.from(ZIP, 'base64') });
		const run = await ended(answer.json.run_id);

		assert.deepEqual(itemsOf(run, 'entries'), [{ path: 'a.txt', bytes: 3 }, { path: 'in/b.txt', bytes: 3 }]);
		assert.equal(run.steps.find((step) => step.node === 'one').outputs.main[0].binary.data.name, 'all.zip');
	},
	async 'orders-once'(graph) {
		await stack.publish(graph, 'orders-once');
		const sent = async (...numbers) => itemsOf(await ended((await send('orders-once', { orders: numbers.map((no) => ({ no })) })).json.run_id), 'fresh').map(({ no }) => no);

		assert.deepEqual(await sent(1, 2), [1, 2]);
		assert.deepEqual(await sent(2, 3, '2'), [3, '2']);
	},
	async numbers(graph) {
		const id = await stack.publish(graph, 'numbers');
		const numbersOf = async (orders) => itemsOf(await ended(await byHand(id, orders.map((order) => ({ order })))), 'invoice');

		assert.deepEqual(await numbersOf(['a', 'b']), [{ number: 'R-1', order: 'a' }, { number: 'R-2', order: 'b' }]);
		assert.deepEqual(await numbersOf(['c']), [{ number: 'R-3', order: 'c' }]);
	},
	async table(graph) {
		await stack.publish(graph, 'table');
		const run = await ended((await send('table', { rows: [{ day: '2026-01-31', n: 1.5, country: 'at' }, { day: '2026-02-01T10:00', n: 2, country: 'de' }] })).json.run_id);

		assert.deepEqual(itemsOf(run, 'again'), [{ day: '2026-01-31', n: 1.5, country: 'at', sheet: 'at' }, { day: '2026-02-01T10:00:00', n: 2, country: 'de', sheet: 'de' }]);
	},
	async pdf(graph) {
		const plain = readFileSync(new URL('../fuzz/seeds/pdf/plain.pdf', import.meta.url)).toString('base64');

		await stack.publish(graph, 'pdf');
		const [item] = itemsOf(await ended((await send('pdf', { pdf: plain })).json.run_id), 'text');

		assert.equal(item.pages[0], 'left one   right one\nleft two   right two');
		assert.deepEqual([item.page_count, item.info.title, item.info.created], [2, 'A title', '2026-01-31T09:00:00Z']);
	},
	async batches(graph) {
		await stack.publish(graph, 'rows');
		const answer = await stack.hook('rows', { headers: { 'content-type': 'application/octet-stream' }, body: 'n,s\n1,"a\nb"\n2,c\n3,d\n' });

		assert.deepEqual(itemsOf(await ended(answer.json.run_id), 'each', 'done'), [{ rows: 2 }, { rows: 1 }]);
	},
	async calendar(graph) {
		await stack.publish(graph, 'calendar');
		const run = await ended((await send('calendar', { what: 'stand-up' })).json.run_id);

		assert.deepEqual(itemsOf(run, 'days').map(({ summary, start }) => [summary, start]),
			['28T09:00:00+01:00', '29T09:00:00+02:00', '30T09:00:00+02:00'].map((day) => ['stand-up', `2026-03-${day}`]));
	},
	async prices(graph) {
		await stack.publish(graph, 'prices');
		const answer = await send('prices', { price: 2, count: 3 });

		assert.deepEqual([answer.status, answer.text, answer.headers['x-currency']], [200, '{"total":6}', 'EUR']);
	},
	async sums(graph) {
		await stack.publish(graph, 'sums');
		const answer = await send('sums', { price: 2, count: 3 });

		assert.deepEqual([answer.status, answer.text], [200, '{"total":6}']);
	},
	async signups(graph) {
		await stack.publish(graph, 'signups');
		const answer = await send('signups', { mail: 'ann@example.com' });

		assert.equal(answer.status, 202);
		assert.deepEqual(itemsOf(await ended(answer.json.run_id), 'keep'), [{ mail: 'ann@example.com' }]);
	},
	async watched() {
		const line = examplesOf(readPage()).find((example) => example.name === 'error-workflow');
		const handler = await stack.publish(JSON.parse(line.text), 'tell what failed');

		await stack.publish(graphOf('watched', handler), 'Watched');
		const { json: { run_id: run } } = await send('watched', { sku: 'A1' });

		await ended(run, 'error');
		const told = await until('the run of the error workflow', async () => (await stack.all(`@/executions?workflow_id=${handler}&status=ok`))[0]);

		assert.deepEqual(itemsOf(await ended(told.id), 'line'), [{ text: 'Watched, refuse: no stock of A1' }]);
	},
	async 'dead-letters'() {
		const broken = chain(hook('dead'), node('core.stop_error', { message: 'not yet' }, { id: 'end' }));
		const id = await stack.publish(broken, 'Orders');
		const { json: { run_id: run } } = await send('dead', {});

		await ended(run, 'error');
		const { etag } = (await stack.api('GET', `@/workflows/${id}`)).headers;

		broken.nodes[1].type = 'core.noop';
		broken.nodes[1].params = {};
		await stack.ok('PUT', `@/workflows/${id}`, { name: 'Orders', graph: broken }, { headers: { 'if-match': etag } });
		await stack.ok('POST', `@/workflows/${id}/publish`, {});
		await commands('dead-letters', { RUN: run, 'order.json': fileOf('order.json', { body: { n: 2 } }) });
		await until('two good runs', async () => (await stack.all(`@/executions?workflow_id=${id}&status=ok`)).length === 2);
		await stack.ok('POST', `@/workflows/${id}/unpublish`);
		await stack.ok('DELETE', `@/workflows/${id}`);
	},
	async replays() {
		const doc = chain(hook('proved'), node('core.set', { assignments: [{ name: 'drawn', type: 'number', value: '={{ Math.random() }}' }] }));
		const id = await stack.publish(doc, 'proved');
		const { json: { run_id: run } } = await send('proved', {});

		await ended(run);
		const { etag } = (await stack.api('GET', `@/workflows/${id}`)).headers;

		await stack.ok('PUT', `@/workflows/${id}`, { name: 'proved', graph: { ...doc, settings: { timeout_ms: 1000 } } }, { headers: { 'if-match': etag } });
		const said = await commands('replays', { RUN: run, 7: '2' });

		assert.deepEqual(said.map(({ verdict }) => verdict), ['equal', 'equal']);
	},
	async parts() {
		const tell = node('core.set', { assignments: [{ name: 'told', type: 'number', value: '={{ $json.n }}' }] }, { id: 'tell', name: 'Tell' });
		const before = node('core.set', { assignments: [{ name: 'n', type: 'number', value: '={{ $json.body.n }}' }] }, { id: 'before', name: 'Before' });
		const id = await stack.publish(chain(hook('orders'), before, tell, node('core.noop', {}, { id: 'behind' })), 'Orders');
		const { json: { run_id: run } } = await send('orders', { n: 3 });

		await ended(run);
		const said = await commands('parts', { RUN: run, 'pins.json': fileOf('pins.json', { before: [{ json: { n: 5 } }] }) });

		assert.deepEqual(said.map((record) => [record.status, itemsOf(record, 'tell')[0].told]), [['ok', 5], ['ok', 5], ['ok', 3]]);
		await stack.ok('POST', `@/workflows/${id}/unpublish`);
		await stack.ok('DELETE', `@/workflows/${id}`);
	},
	async sizes(graph) {
		const run = await ended(await byHand(await stack.publish(graph, 'sizes'), [{ kg: 0.2 }, { kg: 9 }, { kg: 1200 }]));

		assert.deepEqual([itemsOf(run, 'post'), itemsOf(run, 'freight')], [[{ kg: 0.2 }, { kg: 9 }], [{ pallets: 3 }]]);
	},
};

for (const { name, language, text } of examples)
	test(`docs/WORKFLOWS.md: ${name}`, () => runs[name](language === 'json' ? JSON.parse(text) : undefined));
