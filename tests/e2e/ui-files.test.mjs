/*
 * ui-files.test.mjs -- the files of a run in a real Chromium: named as they are, whatever they are called, and downloaded whole.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, hook, node } from './graphs.mjs';
import { startStack } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

/* Longer than any page is wide, in two scripts, and with what a page would run if it were HTML. */
const HOSTILE = `${'long-'.repeat(30)}<img src=x onerror=alert(1)> é.png`;
const picture = randomBytes(300 * 1024);
let stack, browser, small, form;

async function deliver(path, headers, body)
{
	const answer = await stack.hook(path, { headers, body });

	assert.equal(answer.status, 202, answer.text);
	const run = await stack.finished(answer.json.run_id);

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	return run.id;
}

function part(name, filename, type, content)
{
	return Buffer.concat([Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`),
		Buffer.from(content), Buffer.from('\r\n')]);
}

before(async () => {
	stack = await startStack({ name: 'ui-files' });
	browser = await openBrowser(stack);
	await stack.publish(chain(hook('files/small'), node('core.noop', {}, { name: 'Pass' }), node('core.set', { assignments: [] }, { name: 'Empty' })), 'Files');
	small = await deliver('files/small', { 'content-type': 'image/png', 'content-disposition': 'attachment; filename="a.png"' }, picture);
	form = await deliver('files/small', { 'content-type': 'multipart/form-data; boundary=b' },
		Buffer.concat([part('f', HOSTILE, 'image/png', picture), part('f', 'b.txt', 'text/plain', 'hello'), Buffer.from('--b--\r\n')]));
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

async function openStep(run, name, look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await tab.page.goto(`/w/${stack.owner.workspace}/executions/${run}`);
	await tab.page.getByRole('list', { name: 'Steps' }).getByRole('button').filter({ hasText: name }).click();
	await tab.page.getByRole('heading', { level: 2, name }).waitFor();
	return { ...tab, files: tab.page.getByRole('list', { name: 'Files' }) };
}

test('a step lists the files of its items, and each is downloaded whole', async () => {
	const { page, context, complaints, files } = await openStep(small, 'Pass');

	await files.getByText('a.png').waitFor();
	assert.match(await files.textContent(), /data.*a\.png.*image\/png, 300\.0 KB/);
	const [download] = await Promise.all([page.waitForEvent('download'), files.getByRole('button', { name: 'Download' }).or(
		files.getByRole('link', { name: 'Download' })).first().click()]);

	assert.equal(download.suggestedFilename(), 'a.png');
	assert.deepEqual(readFileSync(await download.path()), picture);
	await page.getByRole('tab', { name: /Input/ }).click();
	await files.getByText('a.png').waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a step whose items name no file lists none', async () => {
	const { page, context, files } = await openStep(small, 'Empty');

	await page.getByRole('region', { name: 'Output main' }).waitFor();
	assert.equal(await files.count(), 0);
	await context.close();
});

for (const look of looks)
	test(`a file is called what its sender called it, and is no markup, at ${lookName(look)}`, async () => {
		const tab = await openStep(form, 'Pass', look);

		await tab.files.getByText('<img src=x onerror=alert(1)>').waitFor();
		assert.equal(await tab.files.getByRole('listitem').count(), 2);
		assert.equal(await tab.files.locator('img').count(), 0);
		await assertSound(tab, 'files of a run');
		await tab.context.close();
	});
