/*
 * ui-limits.test.mjs -- the page of a workspace's limits in a real Chromium: sound at every width and
 * theme, and true after tybooctl changed one.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { startStack } from './stack.mjs';
import { assertSound, goTo, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser;

before(async () => {
	stack = await startStack({ name: 'ui-limits' });
	browser = await openBrowser(stack);
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

async function openPage(look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await goTo(tab.page, 'Limits');
	await tab.page.getByRole('heading', { level: 1, name: 'Limits' }).waitFor();
	await tab.page.locator('table.list tbody tr').first().waitFor();
	return tab;
}

for (const look of looks)
	test(`the page is sound at ${lookName(look)}`, async () => {
		const tab = await openPage(look);

		await assertSound(tab, 'limits');
		await tab.context.close();
	});

test('a limit that tybooctl changed is shown as it is now', async () => {
	const first = await openPage();

	await first.page.getByRole('cell', { name: '100 runs', exact: true }).waitFor();
	await first.context.close();
	assert.equal((await stack.run('ctl', '--workspace', stack.owner.workspace, 'workspace', 'set-limit', 'concurrent_max', '7')).code, 0);
	const { page, context } = await openPage();

	await page.getByRole('cell', { name: '7 runs', exact: true }).waitFor();
	await context.close();
});
