/*
 * numbers.test.mjs -- a number keeps its digits from a sender's body to a receiver, the record and the page.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, edge, graph, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack } from './stack.mjs';
import { looks, signIn } from './ui-page.mjs';

const wei = '98765432109876543210987654321';
const body = `{"price":19.99,"a":1.1,"b":0.07,"t":1e-7,"ten":10.0,"id":1234567890123456789,"wei":${wei},"huge":1e400}`;
const written = body.replace('10.0', '10');
let stack, receiver, browser;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'numbers', set: { http_allow: `127.0.0.1:${receiver.port}` } });
	browser = await openBrowser(stack);
});
after(async () => {
	await browser?.close();
	await stack?.stop();
	await receiver?.stop();
});

async function deliver(path)
{
	const answer = await stack.hook(path, { headers: { 'content-type': 'application/json' }, body });

	assert.equal(answer.status, 202, answer.text);
	return answer.json.run_id;
}

test('every digit reaches the receiver, the record and the page', async () => {
	const send = node('http.request', { method: 'POST', url: `=${receiver.url('/')}{{ $json.body.id }}/{{ $json.body.wei }}`, body_kind: 'json', body_json: '={{ $json.body }}' },
		{ name: 'Send' });

	receiver.answer = (call, res) => {
		res.setHeader('content-type', 'application/json');
		res.end(`{"balance":${wei},"same":7.0}`);
	};
	await stack.publish(chain(hook('numbers/kept'), send), 'Numbers');
	const id = await deliver('numbers/kept'), run = await stack.finished(id);

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	assert.equal(receiver.calls.at(-1).path, `/1234567890123456789/${wei}`);
	assert.equal(receiver.calls.at(-1).body, written);
	const record = await stack.api('GET', `@/executions/${id}`);

	assert.ok(record.text.includes(written.slice(1, -1)), record.text);
	assert.ok(record.text.includes(`"balance":${wei}`), record.text);
	assert.match(record.json.digest, /^9:[0-9a-f]{64}$/);

	const { page, context, complaints, at } = await openPage();

	await at(`executions/${id}`);
	await page.getByRole('list', { name: 'Steps' }).getByRole('button').filter({ hasText: 'Send' }).click();
	await page.locator('.json-view .cm-content').getByText(`"balance": ${wei}`).waitFor();
	await page.getByRole('tab', { name: /Input/ }).click();
	for (const member of ['"id": 1234567890123456789', `"wei": ${wei}`, '"huge": 1e400', '"price": 19.99', '"t": 1e-7'])
		await page.locator('.json-view .cm-content').getByText(member).waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

async function openPage()
{
	const tab = await browser.page(looks[0]);

	tab.at = (path) => tab.page.goto(`/w/${stack.owner.workspace}/${path}`);
	await signIn(tab.page, stack.owner);
	return tab;
}

test('code is told that it got an id rounded, and short decimals stay short behind it', async () => {
	const code = node('core.code', { code: 'return $input.all()' }, { name: 'Code' });

	await stack.publish(chain(hook('numbers/code'), code), 'Code');
	const id = await deliver('numbers/code'), run = await stack.finished(id);
	const record = (await stack.api('GET', `@/executions/${id}`)).text;

	assert.match(JSON.stringify(run.steps.find((step) => step.name === 'Code').notices), /digits_lost.*items\[0\]\.json\.body\.id/);
	for (const member of ['"price":19.99', '"a":1.1', '"b":0.07', '"t":1e-7', '"ten":10'])
		assert.equal(record.split(member).length - 1, 2, `${member} in ${record}`);
});

test('7, 7.0 and 7e0 are one key', async () => {
	const start = hook('numbers/merge'), left = node('core.set', { assignments: [{ name: 'id', type: 'number', value: '=7' }] }, { name: 'Left' });
	const right = node('http.request', { method: 'GET', url: receiver.url('/seven') }, { name: 'Right' });
	const merge = node('core.merge', { mode: 'by_key', key1: 'id' }, { name: 'Merge' });

	await stack.publish(graph([start, left, right, merge], [edge(start, left), edge(start, right), edge(left, merge, 'main', 'input1'),
		edge(right, merge, 'main', 'input2')]), 'Merge');
	for (const seven of ['7.0', '7e0', '70E-1']) {
		receiver.answer = (call, res) => {
			res.setHeader('content-type', 'application/json');
			res.end(`{"id":${seven}}`);
		};
		const run = await stack.finished(await deliver('numbers/merge'));

		assert.equal(run.steps.find((step) => step.name === 'Merge').items_out, 1, seven);
	}
});
