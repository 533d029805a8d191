/*
 * ui-credentials.test.mjs -- the page of credentials in a real Chromium: made, changed, deleted unless
 * used, sound at every width and theme, and never showing what is in one.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

const secret = 'canary-of-the-page-4711';
let stack, browser, used, receiver;

before(async () => {
	receiver = await startReceiver();
	stack = await startStack({ name: 'ui-credentials', set: { http_allow: '127.0.0.1' } });
	browser = await openBrowser(stack);
	used = await stack.credential(secret, 'GitHub');
	await stack.publish(chain(hook('signed', { verify: 'github', credential: used }), node('core.noop')), 'Signed');
});
after(async () => {
	await browser?.close();
	await stack?.stop();
	await receiver?.stop();
});

async function openPage(look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await tab.page.goto(`/w/${stack.owner.workspace}/credentials`);
	await tab.page.getByRole('heading', { level: 1, name: 'Credentials' }).waitFor();
	await tab.page.locator('table.list tbody tr').first().waitFor();
	return tab;
}

const listed = async () => Object.fromEntries((await stack.all('@/credentials')).map((one) => [one.name, one]));

for (const look of looks)
	test(`the page and its forms are sound at ${lookName(look)}`, async () => {
		const tab = await openPage(look), { page } = tab;

		await assertSound(tab, 'credentials');
		await page.getByRole('button', { name: 'New credential' }).click();
		await page.getByLabel('Type').selectOption({ label: 'Several parts' });
		await page.getByRole('button', { name: 'Add' }).first().click();
		await assertSound(tab, 'a new credential');
		await page.getByLabel('Type').selectOption({ label: 'Signed token (JWT)' });
		await assertSound(tab, 'a key of several lines');
		await page.getByLabel('Type').selectOption({ label: 'OAuth 2.0: a person signs in' });
		await page.getByText('/api/v1/oauth2/callback').waitFor();
		await assertSound(tab, 'a sign-in at a provider');
		await page.getByRole('button', { name: 'Cancel' }).click();
		await page.getByRole('button', { name: 'Change GitHub' }).click();
		await page.getByText('Used by').waitFor();
		await assertSound(tab, 'a credential that is changed');
		assert.ok(!(await page.content()).includes(secret));
		await tab.context.close();
	});

test('one is made from the form of its type, given a new value, and deleted', async () => {
	const { page, context } = await openPage();

	await page.getByRole('button', { name: 'New credential' }).click();
	await page.getByLabel('Name', { exact: true }).fill('Shop');
	await page.getByLabel('Type').selectOption({ label: 'User and password' });
	await page.getByLabel('User', { exact: true }).fill('me');
	await page.getByLabel('Password', { exact: true }).fill(`${secret} `);
	await page.getByLabel('Hosts').fill('api.example.com');
	await page.getByRole('button', { name: 'Save' }).click();
	/* What cannot be meant is told in words, and the form stays. */
	await page.getByRole('alert').getByText('ends with a space').waitFor();
	await page.getByLabel('Password', { exact: true }).fill(secret);
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('button', { name: 'Change Shop' }).click();
	assert.equal((await listed()).Shop.hosts, 'api.example.com');
	await page.getByLabel('Hosts').fill('');
	await page.getByLabel('Replace the value').check({ force: true });
	assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '', 'nothing is read back');
	await page.getByLabel('User', { exact: true }).fill('me');
	await page.getByLabel('Password', { exact: true }).fill(`${secret}-2`);
	await page.getByRole('button', { name: 'Save' }).click();
	await until('the change', async () => (await listed()).Shop.version === 2);
	await page.getByRole('button', { name: 'Delete Shop', exact: true }).click();
	await page.getByRole('button', { name: 'Really delete Shop' }).click();
	await until('it to be gone', async () => (await listed()).Shop === undefined);
	await context.close();
});

test('one is tried, and the page shows what came back without it', async () => {
	const { page, context } = await openPage();

	receiver.answer = (call, res) => (res.writeHead(200, { 'content-type': 'text/plain' }), res.end(`hello ${call.headers['x-key']}`));
	await stack.ok('POST', '@/credentials', { name: 'Tried', type: 'http_header', data: { name: 'X-Key', value: secret } });
	await page.reload();
	await page.getByRole('button', { name: 'Try Tried' }).click();
	await page.getByLabel('Address').fill(receiver.url('/me'));
	await page.getByRole('button', { name: 'Make the call' }).click();
	await page.getByRole('status').getByText('hello ********').waitFor();
	await page.getByLabel('Address').fill('http://127.0.0.1:1/');
	await page.getByRole('button', { name: 'Make the call' }).click();
	await page.getByRole('alert').first().waitFor();
	assert.ok(!(await page.content()).includes(secret));
	await context.close();
});

test('one is made of a form with choices and lines, by its rows alone', async () => {
	const { page, context } = await openPage();

	await page.getByRole('button', { name: 'New credential' }).click();
	await page.getByLabel('Name', { exact: true }).fill('Tokens');
	await page.getByLabel('Type').selectOption({ label: 'Signed token (JWT)' });
	await page.getByLabel('Algorithm').selectOption('HS256');
	await page.getByLabel('Private key or secret').fill(`${secret}\nof two lines`);
	await page.getByLabel('Lifetime').fill('60');
	await page.getByRole('button', { name: 'Save' }).click();
	await until('it to be there', async () => (await listed()).Tokens?.type === 'http_jwt');
	await context.close();
});

test('one that is used is not deleted, and the page says by what', async () => {
	const { page, context } = await openPage();

	await page.getByRole('button', { name: 'Delete GitHub', exact: true }).click();
	await page.getByRole('button', { name: 'Really delete GitHub' }).click();
	await page.getByRole('alert').getByText('The published workflow "Signed" uses the credential').waitFor();
	assert.ok((await listed()).GitHub !== undefined);
	await page.getByRole('button', { name: 'Delete all the same: GitHub' }).click();
	await until('it to be gone', async () => (await listed()).GitHub === undefined);
	await context.close();
});
