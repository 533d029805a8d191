/*
 * ui-breakers.test.mjs -- circuit breakers from a service that fails to the page that shows them: the API,
 * tybooctl and the page agree, say which workflow waits, and close it by hand.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, goTo, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser, receiver, host, failed;

async function start(path, name, more)
{
	await stack.publish(chain(hook(path), node('http.request', { method: 'POST', url: receiver.url('/orders') }, { name: 'Order', ...more })), name);
	const answer = await stack.hook(path, { headers: { 'content-type': 'application/json' }, body: '{}' });

	assert.equal(answer.status, 202);
	return answer.json.run_id;
}

const breakers = async () => (await stack.ok('GET', '@/breakers')).items;

before(async () => {
	receiver = await startReceiver();
	receiver.answer = (_, res) => { res.statusCode = 503; res.end('down'); };
	host = `127.0.0.1:${receiver.port}`;
	stack = await startStack({ name: 'ui-breakers', set: { http_allow: host } });
	/* Each attempt is a step: five open it, the sixth is held back. */
	const run = await start('failing', 'Book orders', { retry: { tries: 6, backoff: 'fixed', base_ms: 50, on: ['upstream', 'circuit_open'] } });

	failed = await stack.finished(run);
	const waits = await start('waiting', 'Report orders', { on_open_breaker: 'wait' });

	await until('a run to wait for the breaker', async () => (await stack.ok('GET', `@/executions/${waits}`)).status === 'waiting');
	browser = await openBrowser(stack);
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
	await goTo(tab.page, 'Breakers');
	await tab.page.getByRole('heading', { level: 1, name: 'Breakers' }).waitFor();
	await tab.page.getByRole('row', { name: host }).first().waitFor();
	return tab;
}

test('five failed attempts open it; the sixth is told when to come back and calls nobody', async () => {
	assert.equal(failed.status, 'error');
	assert.equal(failed.error.code, 'circuit_open');
	assert.ok(failed.error.retry_after_ms > 0 && failed.error.retry_after_ms <= 30000);
	assert.equal(receiver.calls.length, 5);
	assert.equal(new Set(receiver.calls.map((call) => call.key)).size, 1, 'each with the key of the first');
	const [breaker] = await breakers();

	assert.equal(breaker.state, 'open');
	assert.equal(breaker.host, host);
	assert.equal(breaker.failures, 5);
	assert.equal(breaker.why, 'status 503');
	assert.ok(Date.parse(breaker.probe_at) > Date.parse(breaker.changed_at));
	assert.deepEqual(breaker.waiting.map((wait) => [wait.workflow_name, wait.runs]), [['Report orders', 1]]);
	const shown = JSON.parse((await stack.run('ctl', '--workspace', stack.owner.workspace, '--json', 'breakers', 'list')).stdout);

	assert.deepEqual([shown.items[0].host, shown.items[0].state], [host, 'open']);
});

for (const look of looks)
	test(`the page is sound at ${lookName(look)}`, async () => {
		const tab = await openPage(look);

		await tab.page.getByRole('region', { name: 'History' }).getByText('status 503').first().waitFor();
		await assertSound(tab, 'breakers');
		await tab.context.close();
	});

test('the page says state, failures, the next probe and who waits', async () => {
	const { page, context } = await openPage();
	const row = page.getByRole('row', { name: host }).first();
	const text = await row.innerText();

	assert.match(text, /Open/);
	assert.match(text, /\b5\b/);
	assert.match(text, /status 503/);
	assert.match(text, /Report orders: 1 run waiting/);
	assert.equal(await row.locator('time').count(), 1);
	await context.close();
});

test('the run page shows each attempt, and how long was waited behind it', async () => {
	const { page, context } = await browser.page(looks[0]);

	await signIn(page, stack.owner);
	await page.goto(`/w/${stack.owner.workspace}/executions/${failed.id}`);
	await page.getByText('Then waited 50 ms for the next attempt').first().waitFor();
	assert.ok(await page.getByText(/Then waited .* for the next attempt/).count() >= 4);
	assert.equal(await page.getByText('attempt 6').count(), 1);
	await context.close();
});

test('what the operator opens for all is shown, and closed by tybooctl alone', async () => {
	const set = (...words) => stack.run('ctl', 'breakers', ...words, '--operator');

	assert.equal((await set('open', 'http.request', '--why', 'maintenance')).code, 0);
	const { page, context } = await openPage();
	const row = page.getByRole('row', { name: 'All hosts' }).first();

	await row.getByText('maintenance').waitFor();
	assert.equal(await row.getByRole('button').count(), 0);
	assert.equal((await set('close', 'http.request')).code, 0);
	assert.equal((await set('close', 'http.request')).code, 1, 'it is so already');
	await until('it to be closed', async () => (await breakers()).every((b) => b.scope === 'workspace'));
	await context.close();
});

test('it is opened by hand and closed by a button', async () => {
	const { page, context } = await openPage();

	await page.getByRole('button', { name: 'Open a breaker' }).click();
	await page.getByLabel('Host').fill('API.example.com');
	await page.getByLabel('Why').fill('they asked us');
	await page.getByRole('button', { name: 'Hold calls back' }).click();
	const row = page.getByRole('row', { name: 'api.example.com' }).first();

	await row.getByText('they asked us').waitFor();
	await row.getByText('None: by hand').waitFor();
	await page.getByRole('button', { name: 'Close api.example.com' }).click();
	await until('it to be closed', async () => (await breakers()).every((b) => b.host !== 'api.example.com'));
	const history = await until('both to be recorded', async () => {
		const { items } = await stack.ok('GET', '@/breakers/history');
		const found = items.filter((event) => event.host === 'api.example.com');

		return found.length === 2 && found;
	});

	assert.deepEqual(history.map((event) => event.state), ['closed', 'open']);
	assert.ok(history.every((event) => event.by_whom === stack.owner.email));
	const wrong = await stack.api('POST', '@/breakers/open', { node_type: 'core.set', host: 'x' });

	assert.equal(wrong.status, 422);
	await context.close();
});
