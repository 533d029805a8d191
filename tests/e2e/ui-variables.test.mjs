/*
 * ui-variables.test.mjs -- the page of variables in a real Chromium: made, changed, deleted, with where they are
 * used; and what a run of the real stack sees of them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, hook, node } from './graphs.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser;

before(async () => {
	stack = await startStack({ name: 'ui-variables' });
	browser = await openBrowser(stack);
	await stack.ok('POST', '@/variables', { name: 'region', value: 'eu' });
	await stack.publish(chain(hook('where'), node('core.set', { assignments: [{ name: 'region', value: '={{ $vars.region }}' }] })), 'Where');
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

async function openPage(look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await tab.page.goto(`/w/${stack.owner.workspace}/variables`);
	await tab.page.getByRole('heading', { level: 1, name: 'Variables' }).waitFor();
	await tab.page.locator('table.list tbody tr').first().waitFor();
	return tab;
}

const listed = async () => Object.fromEntries((await stack.all('@/variables')).map((one) => [one.name, one]));

for (const look of looks)
	test(`the page and its form are sound at ${lookName(look)}`, async () => {
		const tab = await openPage(look), { page } = tab;

		await page.getByText('1 published workflow uses it').waitFor();
		await assertSound(tab, 'variables');
		await page.getByRole('button', { name: 'New variable' }).click();
		await assertSound(tab, 'a new variable');
		await page.getByRole('button', { name: 'Cancel' }).click();
		await page.getByRole('button', { name: 'Change region' }).click();
		await page.getByText('Used by').waitFor();
		await assertSound(tab, 'a variable that is changed');
		await tab.context.close();
	});

test('one is made, told what is wrong with it, changed and deleted', async () => {
	const { page, context } = await openPage();

	await page.getByRole('button', { name: 'New variable' }).click();
	await page.getByLabel('Name', { exact: true }).fill('base url');
	await page.getByLabel('Value').fill('https://example.com');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('alert').getByText('"base url" is no name of a variable').waitFor();
	await page.getByLabel('Name', { exact: true }).fill('base_url');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('button', { name: 'Change base_url' }).click();
	assert.equal((await listed()).base_url.value, 'https://example.com');
	await page.getByLabel('Value').fill('line one\nline two');
	await page.getByRole('button', { name: 'Save' }).click();
	await until('the change', async () => (await listed()).base_url.value === 'line one\nline two');
	await page.getByRole('button', { name: 'Delete base_url', exact: true }).click();
	await page.getByRole('button', { name: 'Really delete base_url' }).click();
	await until('it to be gone', async () => (await listed()).base_url === undefined);
	await page.getByRole('button', { name: 'Delete region', exact: true }).click();
	await page.getByText('$vars.region is undefined once it is deleted').waitFor();
	await context.close();
});
