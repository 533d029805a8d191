/*
 * ui-state.test.mjs -- what workflows keep between runs, whole: runs of the real stack count, the API and the page in a
 * real Chromium show it, and it is deleted.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, hook, node } from './graphs.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser, count;

before(async () => {
	stack = await startStack({ name: 'ui-state' });
	browser = await openBrowser(stack);
	await stack.ok('POST', '@/state', { key: 'settings', value: { region: 'eu', n: 1 } });
	count = await stack.publish(chain(hook('count'), node('data.state', { action: 'increment', key: 'runs' })), 'Count');
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

const listed = async () => Object.fromEntries((await stack.all('@/state')).map((one) => [one.key, one]));

test('ten runs at once count to ten, and the list says how much is kept', async () => {
	await Promise.all(Array.from({ length: 10 }, () => stack.hook('count', { json: {} })));
	await until('ten runs', async () => (await listed()).runs?.version !== undefined && (await stack.ok('GET', `@/state/${(await listed()).runs.id}`)).value === 10);
	const { runs, settings } = await listed();

	assert.equal(runs.workflow_id, count);
	assert.equal(settings.workflow_id, null);
	const { usage } = await stack.ok('GET', '@/state');

	assert.equal(usage.keys, 2);
	assert.equal(usage.bytes, runs.bytes + settings.bytes);
});

test('static data of code goes on where the last run ended, and the list has it', async () => {
	const code = "const data = $getWorkflowStaticData('global'); data.runs = (data.runs ?? 0) + 1; return [{ runs: data.runs }];";
	const id = await stack.publish(chain(hook('static'), node('core.code', { code })), 'Static');
	const runs = [];

	for (let i = 0; i < 3; i++) {
		const run = await stack.finished((await stack.hook('static', { json: {} })).json.run_id);

		runs.push(run.steps.find((step) => step.type === 'core.code').outputs.main[0].json.runs);
	}
	assert.deepEqual(runs, [1, 2, 3]);
	const [kept] = (await stack.all('@/state?kind=static')).filter((one) => one.workflow_id === id);

	assert.deepEqual((await stack.ok('GET', `@/state/${kept.id}`)).value, { runs: 3 });
});

async function openPage(look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await tab.page.goto(`/w/${stack.owner.workspace}/state`);
	await tab.page.getByRole('heading', { level: 1, name: 'State' }).waitFor();
	await tab.page.locator('table.list tbody tr').first().waitFor();
	return tab;
}

for (const look of looks)
	test(`the page is sound at ${lookName(look)}`, async () => {
		const tab = await openPage(look), { page } = tab;

		await page.getByText('Value of the workflow Count').waitFor();
		await assertSound(tab, 'state');
		await page.getByRole('button', { name: 'View settings' }).click();
		await page.getByLabel('Value of settings').getByText('region').waitFor();
		await assertSound(tab, 'a value that is viewed');
		await tab.context.close();
	});

test('a value is deleted, and the next run begins anew', async () => {
	const { page, context } = await openPage();

	await page.getByRole('button', { name: 'Delete runs', exact: true }).click();
	await page.getByText('The next run finds nothing here').waitFor();
	await page.getByRole('button', { name: 'Really delete runs' }).click();
	await until('it to be gone', async () => (await listed()).runs === undefined);
	await stack.hook('count', { json: {} });
	await until('the next run', async () => (await listed()).runs !== undefined);
	assert.equal((await stack.ok('GET', `@/state/${(await listed()).runs.id}`)).value, 1);
	await context.close();
});
