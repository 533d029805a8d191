/*
 * ui-runs.test.mjs -- what is done with a run on its page in a real Chromium: it is proved, compared with
 * what another version would have done, and run again in part.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, hook, keep, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser, receiver, sale;

const total = (code = 'return { total: $json.body.n * 2 };') => node('core.code', { mode: 'each', code }, { id: 'total', name: 'Total' });
const book = (path = '/orders') => node('http.request', { method: 'POST', url: receiver.url(path) }, { id: 'book', name: 'Book' });
const tell = (value = '={{ $(\'Total\').item.json.total }}') => ({ ...keep('total', value, 'number'), id: 'tell', name: 'Tell' });
const saleGraph = (...nodes) => chain(hook('sale', {}, { id: 'hook' }), ...nodes);

/* A published version 1 with a run; version 2 tells another total, version 3 asks another address. */
async function makeSale()
{
	const id = await stack.publish(saleGraph(total(), book(), tell()), 'Sale');
	const answer = await stack.hook('sale', { headers: { 'content-type': 'application/json' }, body: '{"n":21}' });

	assert.equal(answer.status, 202, answer.text);
	const run = await stack.finished(answer.json.run_id);

	assert.equal(run.status, 'ok');
	await save(id, saleGraph(total(), book(), tell('={{ $(\'Total\').item.json.total + 1 }}'), node('core.noop', {}, { id: 'after', name: 'After' })));
	await save(id, saleGraph(total(), book('/bookings'), tell()));
	return { id, run };
}

async function save(id, document)
{
	const { headers } = await stack.api('GET', `@/workflows/${id}`);

	await stack.ok('PUT', `@/workflows/${id}`, { graph: document }, { headers: { 'if-match': headers.etag } });
}

const called = (name, ...nodes) => stack.publish(chain(node('core.called', {}, { id: 'in', name: 'Start' }), ...nodes), name);
const call = (workflow, name) => node('core.workflow.call', { workflow, mode: 'all' }, { id: 'call', name });

/* A run that calls one that calls another, which fails. */
async function makeCalls()
{
	const inner = await called('Inner', node('core.code', { mode: 'each', code: 'throw new Error("no stock");' }, { id: 'stock', name: 'Stock' }));
	const middle = await called('Middle', call(inner, 'Ask the inner'));

	await stack.publish(chain(hook('outer'), call(middle, 'Ask the middle')), 'Outer');
	const { json } = await stack.hook('outer', { headers: { 'content-type': 'application/json' }, body: '{}' });

	return stack.finished(json.run_id);
}

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'ui-runs', set: { http_allow: `127.0.0.1:${receiver.port}` } });
	browser = await openBrowser(stack);
	sale = await makeSale();
});
after(async () => {
	await browser?.close();
	await stack?.stop();
	await receiver?.stop();
});

async function open(path, look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await tab.page.goto(`/w/${stack.owner.workspace}/${path}`);
	await tab.page.getByRole('heading', { level: 1 }).waitFor();
	return tab;
}

const verdict = (page) => page.getByRole('region', { name: 'Verdict of the replay' });

/* 'version': the beginning of what the form calls it; none: the run's own. */
async function ask(page, version)
{
	await page.getByRole('button', { name: 'Replay without effects…' }).click();
	const form = page.getByRole('form', { name: 'Replay without effects' });

	if (version) {
		const label = form.getByRole('option').filter({ hasText: version });

		await label.waitFor({ state: 'attached' });
		await form.getByLabel('With').selectOption({ label: await label.innerText() });
	}
	await form.getByRole('button', { name: version ? 'Show what would have happened' : 'Prove it' }).click();
}

test('a run is proved on its page, and the proof calls nobody', async () => {
	const { page, context, complaints } = await open(`executions/${sale.run.id}`);
	const calls = receiver.calls.length;

	await ask(page);
	await verdict(page).getByText('Proved: the digest is the same').waitFor();
	assert.equal(receiver.calls.length, calls);
	await page.getByRole('button', { name: /^Proof/ }).getByText('Same digest').waitFor();
	const { items } = await stack.ok('GET', `@/executions/${sale.run.id}/replays`);

	assert.deepEqual(items.map((row) => [row.mode, row.equal]), [['proof', true]]);
	assert.ok(page.url().includes(`verdict=${items[0].execution_id}`), 'the verdict has an address');
	await verdict(page).getByRole('link', { name: 'Open the replay' }).click();
	await page.waitForURL(new RegExp(`executions/${items[0].execution_id}`));
	await verdict(page).getByText('Proved: the digest is the same').waitFor();
	await verdict(page).getByRole('link', { name: 'The run that it repeats' }).click();
	await page.waitForURL(new RegExp(`executions/${sale.run.id}`));
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a what-if shows what would have happened, node by node', async () => {
	const { page, context, complaints } = await open(`executions/${sale.run.id}`);

	await ask(page, 'Version 2');
	await verdict(page).getByRole('heading', { name: 'What would have happened' }).waitFor();
	const steps = verdict(page).getByRole('list', { name: 'Steps that are not the same' }).getByRole('listitem');

	assert.equal(await steps.count(), 2);
	const told = await steps.filter({ hasText: 'Tell' }).innerText();

	assert.match(told, /Differs/);
	assert.match(told, /outputs\.main\.0\.json\.total|total/);
	assert.match(told, /42\s+43/);
	assert.match(await steps.filter({ hasText: 'After' }).innerText(), /New[\s\S]*Not run/);
	await steps.filter({ hasText: 'Tell' }).getByRole('link', { name: 'Tell' }).click();
	await page.getByRole('heading', { level: 2, name: 'Tell' }).waitFor();
	await page.getByRole('region', { name: 'Output main' }).getByText('43').waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a what-if ends at the first call that would have been another, and says so', async () => {
	const { page, context } = await open(`executions/${sale.run.id}`);
	const calls = receiver.calls.length;

	await ask(page, 'Version 3, the draft');
	await verdict(page).getByText('Ended at the first call that would have been another').waitFor();
	await verdict(page).getByText('At “Book”').waitFor();
	await verdict(page).getByRole('listitem').filter({ hasText: 'Book' }).getByText('Ended here').waitFor();
	await verdict(page).getByRole('listitem').filter({ hasText: 'Tell' }).getByText('Not known').waitFor();
	assert.equal(receiver.calls.length, calls, 'nobody was asked');
	await context.close();
});

test('a run that cannot be replayed says why', async () => {
	const part = await stack.ok('POST', `@/workflows/${sale.id}/run`, { only: 'total', pins: { hook: [{ json: { body: { n: 1 } } }] } });

	await stack.finished(part.run_id);
	const { page, context } = await open(`executions/${part.run_id}`);

	await ask(page);
	await page.getByRole('alert').getByText('The run was of a part of its workflow').waitFor();
	await page.goto(`/w/${stack.owner.workspace}/executions/${sale.run.id}?verdict=${sale.run.id}`);
	await page.getByRole('alert').getByText('There is no such replay here').waitFor();
	await context.close();
});

// A key that is pressed while the canvas still measures its nodes is not heard: press until it is.
async function chooseOnCanvas(page, name) {
	const canvas = page.getByRole('region', { name: 'Graph of the workflow' });
	const form = page.getByRole('form', { name: `Run a part around ${name}` });

	await until(`the form of ${name}`, async () => {
		await canvas.getByRole('button', { name: new RegExp(name) }).press('Enter');
		return form.isVisible();
	}, { everyMs: 500 });
}

const stepOf = (page, name) => page.getByRole('list', { name: 'Steps' }).getByRole('button').filter({ hasText: name });

/* Press 'button' of the step's detail and give the run that it began, once it is over. */
async function startPart(page, step, button)
{
	await page.goto(`/w/${stack.owner.workspace}/executions/${sale.run.id}`);
	await stepOf(page, step).click();
	await page.getByRole('button', { name: button }).click();
	await page.waitForURL((url) => /executions/.test(url.pathname) && !url.pathname.endsWith(sale.run.id));
	return stack.finished(new URL(page.url()).pathname.split('/').at(-1));
}

const kept = (run) => Object.fromEntries(run.steps.map((step) => [step.node, step.from_run !== undefined]));

test('a part is run from the step of a run: to it, it alone, from it', async () => {
	const { page, context, complaints } = await open(`executions/${sale.run.id}`);
	const calls = receiver.calls.length;

	assert.deepEqual(kept(await startPart(page, 'Total', 'Run only this')), { hook: true, total: false });
	assert.deepEqual(kept(await startPart(page, 'Total', 'Run to here')), { hook: true, total: false });
	assert.equal(receiver.calls.length, calls, 'what is behind is not run');
	const rest = await startPart(page, 'Book', 'Run from here');

	assert.deepEqual(kept(rest), { hook: true, total: true, book: false, tell: false });
	assert.equal(receiver.calls.length, calls + 1);
	await page.getByText('Part of a workflow').waitFor();
	await stepOf(page, 'Total').click();
	await page.getByText('Taken of').waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a part is run on items that are pinned in a form', async () => {
	const { page, context, complaints } = await open(`executions/${sale.run.id}?step=total`);

	await page.getByRole('button', { name: 'On other data…' }).click();
	const form = page.getByRole('form', { name: 'Run a part around Total' });

	await form.getByLabel('Part').selectOption({ label: 'Run only this' });
	await form.getByLabel('Pin items of').selectOption({ label: 'Hook' });
	const items = form.getByLabel('Items of Hook');

	await until('what the run recorded', async () => /"n": 21/.test(await items.inputValue()));
	await items.fill('[7]');
	await form.getByText('one for each item').first().waitFor();
	assert.ok(await form.getByRole('button', { name: 'Run it' }).isDisabled());
	await items.fill('[{ "body": { "n": 1 } }, { "body": { "n": 2 } }]');
	await form.getByRole('button', { name: 'Run it' }).click();
	await page.waitForURL((url) => !url.pathname.endsWith(sale.run.id));
	const run = await stack.finished(new URL(page.url()).pathname.split('/').at(-1));

	assert.deepEqual(run.steps.find((step) => step.node === 'total').outputs.main.map((item) => item.json.total), [2, 4]);
	assert.ok(run.steps.find((step) => step.node === 'hook').pinned);
	await stepOf(page, 'Hook').click();
	await page.getByText('Pinned: these items stand').waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a part of the draft is run from its canvas, and a part that cannot be run says why', async () => {
	const { page, context, complaints } = await open(`workflows/${sale.id}`);
	const form = page.getByRole('form', { name: 'Run a part around Total' });

	await chooseOnCanvas(page, 'Total');
	await form.getByLabel('Part').selectOption({ label: 'Run only this' });
	await form.getByLabel('Take the steps of').selectOption({ label: 'No run' });
	await form.getByRole('button', { name: 'Run it' }).click();
	await page.getByRole('alert').waitFor();
	await form.getByLabel('Take the steps of').selectOption(sale.run.id);
	await form.getByRole('button', { name: 'Run it' }).click();
	await page.waitForURL(/executions/);
	const run = await stack.finished(new URL(page.url()).pathname.split('/').at(-1));

	assert.deepEqual([run.mode, run.version, kept(run)], ['partial', 3, { hook: true, total: false }]);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('called runs are shown in the run that called them, with their steps, to any depth', async () => {
	const run = await makeCalls();

	for (const look of [looks[0], looks[3]]) {
		const tab = await open(`executions/${run.id}`, look), { page } = tab;
		const runs = page.getByRole('region', { name: 'Called runs' });

		await runs.getByText('Ask the middle: Middle').click();
		await runs.getByText('Ask the inner: Inner').click();
		const stock = runs.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Stock' }) }).last();

		await stock.getByText('Failed').waitFor();
		await stock.getByText('no stock').waitFor();
		await assertSound(tab, 'called runs');
		await runs.getByRole('link', { name: 'Stock' }).click();
		await page.getByRole('heading', { level: 1, name: /^Inner/ }).waitFor();
		await page.getByRole('heading', { level: 2, name: 'Stock' }).waitFor();
		await tab.context.close();
	}
});

for (const look of looks)
	test(`the pages are sound at ${lookName(look)}`, async () => {
		const { items } = await until('the replays', async () => {
			const list = await stack.ok('GET', `@/executions/${sale.run.id}/replays`);

			return list.items.length >= 3 && list;
		});
		const tab = await open(`executions/${sale.run.id}`, look), { page } = tab;

		await page.goto(`/w/${stack.owner.workspace}/executions/${sale.run.id}?verdict=${items[1].execution_id}`);
		await verdict(page).getByText('What would have happened').waitFor();
		await page.locator('.canvas-node').nth(3).waitFor();
		await page.getByRole('button', { name: 'Replay without effects…' }).click();
		await page.getByRole('form', { name: 'Replay without effects' }).waitFor();
		await assertSound(tab, 'a what-if');
		await page.goto(`/w/${stack.owner.workspace}/executions/${sale.run.id}?verdict=${items[0].execution_id}`);
		await verdict(page).getByText('Ended here').waitFor();
		await assertSound(tab, 'a what-if that ended');
		await stepOf(page, 'Total').click();
		await page.getByRole('button', { name: 'On other data…' }).click();
		await page.getByLabel('Pin items of').selectOption({ label: 'Hook' });
		await page.getByLabel('Items of Hook').waitFor();
		await assertSound(tab, 'a part on pinned items');
		await page.goto(`/w/${stack.owner.workspace}/workflows/${sale.id}`);
		await chooseOnCanvas(page, 'Total');
		await assertSound(tab, 'a part of a draft');
		await tab.context.close();
	});
