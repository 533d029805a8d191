/*
 * ui.test.mjs -- the web UI in a real Chromium on a whole home: every page, both widths, both themes.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, edge, graph, hook, keep, node } from './graphs.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, fillSignIn, goTo, lookName, looks, signIn } from './ui-page.mjs';

const runCount = 60;	/* more than one page of 50 */
const large = 'x'.repeat(60000);
let stack, browser, goodId, badId, good, bad;

/* hook -> if -> code -> set, and the branch that is not taken. */
function goodGraph()
{
	const start = hook('ui/good'), big = node('core.if', { condition: '={{ $json.body.n >= 0 }}' }, { name: 'Big?' });
	const code = node('core.code', { mode: 'each', code: "console.log('seen', $json.body.n); return { n: $json.body.n, text: $json.body.text };" }, { name: 'Work' });
	const set = keep('n', '={{ $json.n }}'), other = node('core.noop', {}, { name: 'Not taken' });

	return graph([start, big, code, set, other],
		[edge(start, big), edge(big, code, 'true'), edge(big, other, 'false'), edge(code, set)]);
}

function badGraph()
{
	return chain(hook('ui/bad'), node('core.code', { mode: 'each', code: 'return { v: $json.body.no.such };' }, { name: 'Breaks' }), node('core.noop'));
}

async function deliver(path, body)
{
	const answer = await stack.hook(path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

	assert.equal(answer.status, 202, answer.text);
	return answer.json.run_id;
}

before(async () => {
	stack = await startStack({ name: 'ui' });
	browser = await openBrowser(stack);
	goodId = await stack.publish(goodGraph(), 'Good workflow');
	badId = await stack.publish(badGraph(), 'Bad workflow');
	for (let i = 0; i < runCount; i++)
		good = await deliver('ui/good', { n: i, text: i === runCount - 1 ? large : 'small' });
	bad = await deliver('ui/bad', { n: 1 });
	await stack.finished(good);
	await stack.finished(bad);
	await until('the end of every run', async () =>
		(await stack.all('@/executions')).every((run) => ['ok', 'error'].includes(run.status)));
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

async function open(look)
{
	const tab = await browser.page(look);

	tab.at = (path) => tab.page.goto(`/w/${stack.owner.workspace}/${path}`);
	return tab;
}

async function openSignedIn(look = looks[0])
{
	const tab = await open(look);

	await signIn(tab.page, stack.owner);
	return tab;
}

/* The answers to addresses like 'pattern' come when release() is called, not before. */
async function holdAnswer(page, pattern)
{
	let release;
	const released = new Promise((resolve) => { release = resolve; });

	await page.route(pattern, async (route) => {
		await released;
		await route.continue();
	});
	return { release };
}

function rows(page)
{
	return page.locator('table.list tbody tr');
}

for (const look of looks)
	test(`every page is sound at ${lookName(look)}`, async () => {
		const tab = await open(look);
		const { page } = tab;

		await page.goto('/sign-in');
		await page.getByRole('heading', { name: 'Sign in to Tyboo Studio' }).waitFor();
		await assertSound(tab, 'sign-in');
		assert.equal(await page.locator('html').getAttribute('data-theme'), look.scheme, 'the theme is the system\'s');
		await signIn(page, stack.owner);
		await rows(page).nth(1).waitFor();
		await assertSound(tab, 'workflows');
		await tab.at('executions');
		await rows(page).nth(49).waitFor();
		await assertSound(tab, 'executions');
		await tab.at('executions?status=canceled');
		await page.getByText('No run matches').waitFor();
		await assertSound(tab, 'an empty list');
		await tab.at(`executions/${good}`);
		await page.getByRole('heading', { level: 2 }).waitFor();
		await page.locator('.canvas-node').nth(4).waitFor();
		await assertSound(tab, 'a run');
		await tab.at(`executions/${bad}`);
		await page.getByRole('region', { name: 'Error' }).waitFor();
		await assertSound(tab, 'a failed run');
		await tab.at('executions/01900000-0000-7000-8000-000000000000');
		await page.getByText('There is no such run').waitFor();
		await assertSound(tab, 'a run that is none');
		await tab.context.close();
	});

test('a wrong password is refused in words, with the request\'s id, and the right one then works', async () => {
	const { page, context } = await open();

	await page.goto('/sign-in');
	await fillSignIn(page, { email: stack.owner.email, password: 'not the password' });
	const alert = page.getByRole('alert');
	await alert.waitFor();
	assert.match(await alert.innerText(), /password/i);
	assert.match(await alert.innerText(), /Request [0-9a-f-]{36}/);
	assert.ok(page.url().endsWith('/sign-in'), 'still here');
	await fillSignIn(page, stack.owner);
	await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
	await context.close();
});

test('a deep link asks for the sign-in and leads on to where it pointed', async () => {
	const { page, context, at } = await open();

	await at('executions?status=error');
	await page.getByRole('heading', { name: 'Sign in to Tyboo Studio' }).waitFor();
	await fillSignIn(page, stack.owner);
	await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor();
	assert.match(page.url(), /executions\?status=error$/);
	await context.close();
});

test('a link of the sign-in to another site is not followed', async () => {
	const { page, context } = await open();

	await page.goto('/sign-in?next=//example.com/');
	await fillSignIn(page, stack.owner);
	await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
	assert.equal(new URL(page.url()).origin, new URL(stack.baseUrl).origin);
	await context.close();
});

test('the list of workflows: what they are, search, publish, run by hand', async () => {
	const { page, context } = await openSignedIn();
	const row = rows(page).filter({ hasText: 'Good workflow' });

	await row.waitFor();
	assert.match(await row.innerText(), /POST \/ui\/good · 5 nodes/);
	await row.getByText('Succeeded').waitFor();

	/* The rows stay until the answer to the new search is there: the page neither blinks nor jumps. */
	const answer = await holdAnswer(page, /workflows\?search=bad/);
	await page.getByLabel('Search by name').fill('bad');
	await page.locator('table.list[aria-busy=true]').waitFor();
	assert.ok(await row.isVisible(), 'what was there is there');
	answer.release();
	await row.waitFor({ state: 'detached' });
	assert.equal(await rows(page).count(), 1);
	await page.locator('table.list[aria-busy=false]').waitFor();
	await page.getByLabel('Search by name').fill('no such name');
	await page.getByText('Nothing found').waitFor();
	await page.getByLabel('Search by name').fill('bad');

	/* The switch itself is drawn by its label: the keyboard is the way that always works. */
	const published = page.getByRole('switch', { name: 'Publish Bad workflow' }).or(page.getByRole('checkbox', { name: 'Publish Bad workflow' }));
	for (const expected of [false, true]) {
		await published.press('Space');
		await until(`published is ${expected}`, async () =>
			(await stack.ok('GET', `@/workflows/${badId}`)).published === expected);
		await until('the switch shows it', async () => (await published.isEnabled()) && (await published.isChecked()) === expected);
	}
	/* What comes while it is paused waits, and can be canceled at once. */
	await page.getByRole('button', { name: 'Pause Bad workflow' }).click();
	await rows(page).getByText('Paused', { exact: true }).waitFor();
	await stack.ok('POST', `@/workflows/${badId}/run`, {});
	await page.getByRole('button', { name: 'Cancel what waits for Bad workflow' }).click();
	await page.getByRole('button', { name: 'Really cancel what waits for Bad workflow' }).click();
	await page.getByText('1 run canceled').waitFor();
	await page.getByRole('button', { name: 'Go on with Bad workflow' }).click();
	await rows(page).getByText('Paused', { exact: true }).waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Pause all' }).click();
	await page.getByText(/All workflows here are paused/).waitFor();
	await page.getByRole('button', { name: 'Go on with all' }).click();
	await page.getByText(/All workflows here are paused/).waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Run Bad workflow' }).click();
	await page.waitForURL(/executions\/[0-9a-f-]{36}/);
	await page.getByText('By hand').waitFor();
	await context.close();
});

test('the list of runs: pages, filters in the address, a row leads to its run', async () => {
	const { page, context, at } = await openSignedIn();

	await at('executions');
	await rows(page).nth(49).waitFor();
	assert.equal(await rows(page).count(), 50);
	await page.getByRole('button', { name: 'Show more' }).click();
	await rows(page).nth(runCount).waitFor();
	assert.equal(await page.getByRole('button', { name: 'Show more' }).count(), 0, 'that was the last page');

	await page.getByLabel('Status').selectOption('error');
	await page.waitForURL(/status=error/);
	await until('only failed runs', async () => {
		const texts = await rows(page).allInnerTexts();

		return texts.length > 0 && texts.length < 5 && texts.every((text) => /Failed/.test(text) && /Bad workflow/.test(text));
	});
	await page.getByLabel('Workflow', { exact: true }).selectOption(goodId);
	await page.getByText('No run matches').waitFor();
	await page.getByRole('button', { name: 'Clear the filter' }).click();
	await page.getByLabel('Trigger').selectOption('api');
	await page.getByText('No run matches').waitFor();
	await page.getByRole('button', { name: 'Clear', exact: true }).click();
	await rows(page).nth(49).waitFor();
	await rows(page).first().locator('td').last().click();
	await page.waitForURL(/executions\/[0-9a-f-]{36}$/);
	await context.close();
});

/* The text of a JSON view: it lives in a shadow root. */
function json(page, name)
{
	return page.getByRole('region', { name }).locator('.cm-content');
}

test('a run: the canvas, every step, what went in and came out, the log, a large value', async () => {
	const { page, context, complaints, at } = await openSignedIn();
	const canvas = page.getByRole('region', { name: 'Graph of the run' });
	const steps = page.getByRole('list', { name: 'Steps' });

	await at(`executions/${good}`);
	await steps.getByRole('button').nth(4).waitFor();
	for (const [name, status] of [['Hook', 'Succeeded'], ['Big?', 'Succeeded'], ['Work', 'Succeeded'], ['Not taken', 'Skipped']]) {
		await canvas.locator('.canvas-node').filter({ hasText: name }).getByTitle(status).or(
			canvas.locator('.canvas-node').filter({ hasText: name }).getByText(status)).first().waitFor({ state: 'attached' });
		await steps.getByRole('button').filter({ hasText: name }).waitFor();
	}
	await canvas.getByText('true · 1 item').waitFor();
	await steps.getByRole('button').filter({ hasText: 'Work' }).click();
	await page.waitForURL(/step=n\d+$/);	/* the step is in the address */
	await json(page, 'Output main').getByText(`"n": ${runCount - 1}`).waitFor();
	await page.getByRole('button', { name: /^Large value, 58\.6 KB/ }).click();
	await page.locator('.large-value .cm-content').getByText('xxxx').waitFor();
	await page.getByRole('tab', { name: /Input/ }).click();
	await json(page, 'From Big? · true').getByText('"body"').waitFor();
	await page.getByRole('tab', { name: /Log/ }).click();
	await page.getByRole('list', { name: 'Log of the step' }).getByText(`seen ${runCount - 1}`).waitFor();
	await canvas.getByRole('button', { name: /Not taken/ }).press('Enter');
	await page.getByRole('tab', { name: /Output/ }).click();
	await page.getByText('No item reached this step.').waitFor();
	await page.reload();
	await page.getByRole('heading', { level: 2, name: 'Not taken' }).waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a failed run shows the step that failed, why, where, and what to do; it can be run again', async () => {
	const { page, context, at } = await openSignedIn();

	await at(`executions/${bad}`);
	await page.getByRole('heading', { level: 2, name: 'Breaks' }).waitFor();
	const error = page.getByRole('region', { name: 'Error' });
	const recorded = (await stack.ok('GET', `@/executions/${bad}`)).error;
	const text = await error.innerText();

	assert.ok(text.includes(recorded.message), text);
	if (recorded.hint)
		assert.ok(text.includes(recorded.hint), text);
	for (const line of recorded.trace)
		assert.ok(text.includes(String(line).split('\n')[0]), `${line} in ${text}`);
	await page.getByRole('button', { name: 'Run again', exact: true }).click();
	await page.waitForURL((url) => !url.pathname.endsWith(bad));
	await page.getByText('Replay', { exact: true }).waitFor();
	await page.getByRole('heading', { level: 2, name: 'Breaks' }).waitFor();
	await context.close();
});

test('a run that waits for a form: its page is opened from the run, filled in, and the run goes on', async () => {
	const start = hook('ui/form');
	const ask = node('core.wait', { mode: 'form', title: 'Approve?', fields: [{ name: 'by', label: 'Your name', required: true }] }, { name: 'Ask' });

	await stack.publish(graph([start, ask], [edge(start, ask)]), 'Asking workflow');
	const run = await deliver('ui/form', {});

	await until('the run to wait', async () => (await stack.ok('GET', `@/executions/${run}`)).status === 'waiting');
	const { page, context, complaints, at } = await openSignedIn();

	await at(`executions/${run}`);
	const opened = context.waitForEvent('page');

	await page.getByRole('link', { name: 'Open its page' }).click();
	const form = await opened;

	await form.getByRole('heading', { name: 'Approve?' }).waitFor();
	await form.getByLabel('Your name').fill('Ann');
	await form.getByRole('button', { name: 'Send' }).click();
	await form.getByText('The workflow goes on.').waitFor();
	assert.equal((await stack.finished(run)).steps.at(-1).outputs.main[0].json.by, 'Ann');
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a run with a loop that waits: its iterations, what it waits for, and its end by a cancel', async () => {
	const start = hook('ui/loop'), items = node('core.code', { code: 'return [{ n: 1 }, { n: 2 }, { n: 3 }];' });
	const loop = node('core.loop', {}, { name: 'Each of them' }), body = node('core.noop', {}, { name: 'In the loop' });
	const later = node('core.wait', { amount: 1, unit: 'hours' }, { name: 'Later' });

	await stack.publish(graph([start, items, loop, body, later],
		[edge(start, items), edge(items, loop), edge(loop, body, 'loop'), edge(body, loop), edge(loop, later, 'done')]), 'Looping workflow');
	const run = await deliver('ui/loop', {});

	await until('the run to wait', async () => (await stack.ok('GET', `@/executions/${run}`)).status === 'waiting');
	const { page, context, complaints, at } = await openSignedIn();
	const steps = page.getByRole('list', { name: 'Steps' });

	await at('executions?status=waiting');
	await rows(page).filter({ hasText: 'Looping workflow' }).getByText(/Until .* at/).waitFor();
	await at(`executions/${run}`);
	await page.getByText(/Until .* at/).waitFor();
	await steps.getByText('Each of them · iteration 3').click();
	await steps.getByRole('button').filter({ hasText: 'In the loop' }).last().click();
	await page.waitForURL(/frame=[^&]*2/);	/* the iteration is in the address */
	await json(page, 'Output main').getByText('"n": 3').waitFor();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await page.getByText('Canceled').first().waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('on a narrow screen the menu has every place, leads there and closes', async () => {
	const { page, complaints, context } = await openSignedIn(looks[2]), menu = page.getByRole('button', { name: 'Menu' });
	const places = page.getByRole('navigation', { name: 'Main' }).getByRole('link');

	assert.equal(await places.count(), 0, 'closed');
	await menu.click();
	for (const place of await places.all()) {
		const { x, y, width, height } = await place.boundingBox();

		assert.ok(x >= 0 && x + width <= 390 && y + height <= 844 && height >= 32, `${await place.innerText()}: ${x} ${y} ${width} ${height}`);
	}
	assert.equal(await places.count(), 10);
	await page.getByRole('button', { name: 'Sign out' }).waitFor();
	await page.keyboard.press('Escape');
	assert.equal(await menu.getAttribute('aria-expanded'), 'false');
	await goTo(page, 'Limits');
	await page.getByRole('heading', { level: 1, name: 'Limits' }).waitFor();
	assert.equal(await places.count(), 0, 'closed again');
	assert.deepEqual(complaints, []);
	await context.close();
});

test('the theme is chosen by hand and kept', async () => {
	const { page, context } = await openSignedIn(looks[0]);

	await page.getByRole('button', { name: 'Switch to dark' }).click();
	await page.locator('html[data-theme=dark]').waitFor();
	await page.reload();
	await page.getByRole('button', { name: 'Switch to light' }).waitFor();
	assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
	await context.close();
});

test('the keyboard alone is enough: skip link, navigation, a run, a step', async () => {
	const { page, context, at } = await openSignedIn();

	await at('executions');
	await rows(page).first().waitFor();
	await page.keyboard.press('Tab');
	await until('the skip link has the focus', () => page.evaluate(() => document.activeElement.textContent === 'Skip to the content'));
	await page.keyboard.press('Enter');
	await until('the content has the focus', () => page.evaluate(() => document.activeElement.id === 'main'));
	await rows(page).first().getByRole('link').focus();
	await page.keyboard.press('Enter');
	await page.waitForURL(/executions\/[0-9a-f-]{36}/);
	const first = page.getByRole('list', { name: 'Steps' }).getByRole('button').first();
	await first.focus();
	await page.keyboard.press('Enter');
	await until('the step is chosen', async () => await first.getAttribute('aria-current') === 'true');
	await context.close();
});

test('what goes wrong on the server is shown with its request id and can be tried again', async () => {
	const { page, context, at } = await openSignedIn();
	let broken = true;

	const problem = { type: 'about:blank', status: 409, title: 'Not now', detail: 'Something is in the way', code: 'conflict',
		hint: 'Wait a little.', request_id: 'the-request' };

	await page.route(/\/api\/v1\/workspaces\/[^/]+\/executions(\?|$)/, (route) => broken ?
		route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }) : route.continue());
	await at('executions');
	const alert = page.getByRole('alert');
	await alert.waitFor();
	for (const part of ['Not now', 'Something is in the way', 'Wait a little.', 'the-request'])
		assert.ok((await alert.innerText()).includes(part), part);
	broken = false;
	await page.getByRole('button', { name: 'Try again' }).click();
	await rows(page).first().waitFor();
	await context.close();
});

test('signing out ends the session here and on the server', async () => {
	const { page, context, at } = await openSignedIn();

	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByRole('heading', { name: 'Sign in to Tyboo Studio' }).waitFor();
	assert.equal((await page.request.get('/api/v1/me')).status(), 401);
	await at('workflows');
	await page.getByRole('heading', { name: 'Sign in to Tyboo Studio' }).waitFor();
	await context.close();
});

/* Last, since it adds a run to the lists. */
test('a value of 15 MB shows its beginning on a phone, and can be downloaded', async () => {
	const text = 'y'.repeat(15000000);

	await stack.publish(chain(hook('ui/huge'), node('core.noop', {}, { name: 'Pass' })), 'Huge value');
	const run = await deliver('ui/huge', { text });
	await stack.finished(run);
	const { page, context, complaints, at } = await openSignedIn(looks.find((look) => look.width === 390));

	await at(`executions/${run}`);
	await page.getByRole('list', { name: 'Steps' }).getByRole('button').filter({ hasText: 'Pass' }).click();
	await page.getByRole('button', { name: /^Large value, 14\.\d MB/ }).first().click();
	await page.getByLabel('Beginning of the large value').getByText('yyyy').waitFor();
	const shown = await page.getByLabel('Beginning of the large value').textContent();
	assert.ok(shown.length <= 64 * 1024, `${shown.length} characters`);
	/* The page answers: another tab of the step opens. */
	await page.getByRole('tab', { name: /Input/ }).click();
	await page.getByText('From ', { exact: false }).first().waitFor();
	await page.getByRole('tab', { name: /Output/ }).click();
	const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).first().click()]);
	const { size } = await (await import('node:fs/promises')).stat(await download.path());
	assert.equal(size, text.length + 2);
	assert.deepEqual(complaints, []);
	await context.close();
});
