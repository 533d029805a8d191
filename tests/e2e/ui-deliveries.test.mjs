/*
 * ui-deliveries.test.mjs -- the pages of deliveries and of one workflow in a real Chromium: what came in
 * and became of it, what is wrong with a draft, and both run again or put on the air.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, hook, keep, node } from './graphs.mjs';
import { signHmac } from './sign.mjs';
import { startStack, until } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

const json = { 'content-type': 'application/json' };
/* Of a delivery and of an edited input. */
const refund = 'const order = $input.all()[0].json.body?.order ?? $input.all()[0].json.order; if (order < 10) throw new Error("No order has that number"); return [{ json: { order } }];';
const failed = [];
let stack, browser, workflow, draft, first, refunds;

before(async () => {
	stack = await startStack({ name: 'ui-deliveries' });
	browser = await openBrowser(stack);
	workflow = await stack.publish(chain(hook('shop/orders', { dedupe_header: 'X-Id' }), keep('n')), 'Orders');
	draft = (await stack.ok('POST', '@/workflows', { name: 'Broken draft', graph: chain(hook('other'), node('core.nonesuch')) })).id;
	first = (await stack.hook('shop/orders', { headers: { ...json, 'x-id': 'order-1' }, body: '{"n":12345678901234567890,"text":"a\\u0000b"}' })).json;
	await stack.finished(first.run_id);
	assert.equal((await stack.hook('shop/orders', { headers: { ...json, 'x-id': 'order-1' }, body: '{"n":2}' })).status, 200);
	assert.equal((await stack.hook('shop/orders', { headers: json, body: '{"n":' })).status, 400);
	refunds = await stack.publish(chain(hook('refunds'), node('core.code', { code: refund })), 'Refunds');
	for (const n of [1, 2, 3])
		failed.push((await stack.hook('refunds', { headers: json, body: `{"order":${n}}` })).json.run_id);
	for (const run of failed)
		assert.equal((await stack.finished(run)).status, 'error');
	assert.equal((await stack.hook('nobody', { headers: json, body: '{}' })).status, 404);
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

async function open(path, heading, look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await tab.page.goto(`/w/${stack.owner.workspace}/${path}`);
	await tab.page.getByRole('heading', { level: 1, name: heading }).waitFor();
	return tab;
}

for (const look of looks)
	test(`the pages are sound at ${lookName(look)}`, async () => {
		const tab = await open('deliveries', 'Deliveries', look), { page } = tab;
		const at = (path) => page.goto(`/w/${stack.owner.workspace}/${path}`);

		await page.locator('table.list tbody tr').nth(3).waitFor();
		await assertSound(tab, 'deliveries');
		await at(`deliveries/${first.delivery_id}`);
		await page.getByText('12345678901234567890').waitFor();
		await assertSound(tab, 'a delivery');
		await at('dead-letters');
		await page.getByText('No order has that number').first().waitFor();
		await page.getByRole('button', { name: /^Run again… Refunds/ }).first().click();
		await page.getByRole('form', { name: 'Run it again' }).waitFor();
		await assertSound(tab, 'dead letters');
		await at(`workflows/${workflow}`);
		await page.getByText('on the air').first().waitFor();
		await assertSound(tab, 'a workflow');
		await at(`workflows/${draft}`);
		await page.getByText('The draft cannot be published yet').waitFor();
		await assertSound(tab, 'a broken draft');
		await tab.context.close();
	});

test('the list has what was taken, repeated, refused and nobody\'s; its filter is in the address', async () => {
	const { page, context } = await open('deliveries', 'Deliveries');
	const rows = page.locator('table.list tbody tr');

	for (const word of ['Accepted', 'Repeat', 'Not readable', 'Unclaimed'])
		await rows.filter({ hasText: word }).first().waitFor();
	await page.getByLabel('Verdict').selectOption({ label: 'Unclaimed' });
	await until('the one that nobody claims', async () => (await rows.count()) === 1 && /POST \/nobody/.test(await rows.first().innerText()));
	assert.match(page.url(), /verdict=unclaimed/);
	await rows.first().locator('td').last().click();
	await page.getByRole('heading', { level: 1, name: 'POST /nobody' }).waitFor();
	await context.close();
});

test('a delivery shows what was sent, what was mended and its run, and is run again', async () => {
	const { page, context } = await open(`deliveries/${first.delivery_id}`, 'POST /shop/orders');

	await page.getByText('NUL characters').waitFor();
	await page.getByText('12345678901234567890').waitFor();
	await page.getByText('"x-id"').waitFor();
	assert.ok((await page.getByRole('link', { name: 'Open the run' }).getAttribute('href')).endsWith(`/executions/${first.run_id}`));
	await page.getByRole('button', { name: 'Run it again' }).click();
	await page.waitForURL(/\/executions\//);
	assert.ok(!page.url().includes(first.run_id));
	await page.getByText('Succeeded').first().waitFor();
	await context.close();
});

test('a replay with a key is one run; the same key of another delivery is another', async () => {
	const replay = async (path, key) => {
		const { status, json: body } = await stack.api('POST', `@/${path}`, {}, { headers: { 'idempotency-key': key } });

		return [status, body.execution_id, body.duplicate];
	};
	const other = (await stack.hook('shop/orders', { headers: json, body: '{"n":3}' })).json, run = (await stack.finished(other.run_id)).id;

	for (const path of [`deliveries/${first.delivery_id}/replay`, `executions/${run}/replay`]) {
		const [status, id, duplicate] = await replay(path, 'a');

		assert.deepEqual([status, duplicate], [202, false]);
		assert.deepEqual(await replay(path, 'a'), [200, id, true]);
		assert.equal((await replay(path, 'b'))[0], 202);
	}
	assert.equal((await replay(`deliveries/${other.delivery_id}/replay`, 'a'))[0], 202);
	assert.equal((await replay(`deliveries/${other.delivery_id}/replay`, 'k'.repeat(256)))[0], 422);
});

test('a button that is pressed twice starts one run', async () => {
	const again = async () => (await stack.all(`@/executions?workflow_id=${workflow}&mode=replay`)).length;
	const { page, context } = await open(`deliveries/${first.delivery_id}`, 'POST /shop/orders'), before = await again();

	await page.getByRole('button', { name: 'Run it again' }).evaluate((button) => { button.click(); button.click(); });
	await page.waitForURL(/\/executions\//);
	await page.getByText('Succeeded').first().waitFor();
	assert.equal(await again(), before + 1);
	await context.close();
});

test('a repeat says what became of the first', async () => {
	const repeat = (await stack.all('@/deliveries')).find((one) => one.verdict === 'duplicate' && one.mode === 'webhook');
	const { page, context } = await open(`deliveries/${repeat.id}`, 'POST /shop/orders');

	await page.getByText(/The first of this id: succeeded, with another body/).waitFor();
	await context.close();
});

test('a workflow shows its address, versions and runs, and is taken off the air', async () => {
	const { page, context } = await open('workflows', 'Workflows');

	await page.getByRole('link', { name: 'Orders', exact: true }).click();
	await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor();
	await page.getByText(`/hooks/${stack.owner.workspace}/shop/orders`).waitFor();
	await page.getByText('Version 1, on the air').waitFor();
	await page.getByText('Succeeded').first().waitFor();
	await page.getByLabel('Published').click({ force: true });
	await until('it to be off the air', async () => (await stack.ok('GET', `@/workflows/${workflow}`)).published === false);
	await page.getByText('On the air').locator('..').getByText('no', { exact: true }).waitFor();
	/* The switch is free again a moment after the page knows. */
	await until('the switch to be free', () => page.getByLabel('Published').isEnabled());
	await page.getByLabel('Published').click({ force: true });
	await until('it to be on the air', async () => (await stack.ok('GET', `@/workflows/${workflow}`)).published === true);
	await page.getByRole('link', { name: 'all its deliveries' }).click();
	await page.getByRole('heading', { level: 1, name: 'Deliveries' }).waitFor();
	await context.close();
});

test('a draft says what is wrong with it, and stays off the air', async () => {
	const { page, context } = await open(`workflows/${draft}`, 'Broken draft');

	await page.getByText('there is no node type "core.nonesuch" here').waitFor();
	await page.getByLabel('Published').click({ force: true });
	await page.getByRole('alert').getByText('The workflow has 1 error').waitFor();
	assert.equal((await stack.ok('GET', `@/workflows/${draft}`)).published, false);
	await context.close();
});

test('failed runs are listed, found by their message, and run again with another input', async () => {
	const { page, context } = await open('dead-letters', 'Dead letters');
	const rows = page.locator('table.list tbody tr');

	await until('the three', async () => (await rows.count()) === 3);
	await page.getByLabel('Search the message').fill('no such words');
	await page.getByText('No failed run matches').waitFor();
	await page.getByLabel('Search the message').fill('ORDER HAS');
	await until('the three again', async () => (await rows.count()) === 3);
	await page.goto(`/w/${stack.owner.workspace}/dead-letters?code=nonesuch&since=1h`);
	await page.getByText('No failed run matches').waitFor();
	await page.getByRole('button', { name: 'Clear', exact: true }).click();
	await page.getByLabel('Since').selectOption('1h');
	await page.getByTitle('Only those that failed by invalid').first().click();
	await page.waitForURL(/code=invalid/);
	await until('those of the code', async () => (await rows.count()) === 3);
	await page.getByRole('button', { name: `Run again… Refunds, ${failed[0]}` }).click();
	const form = page.getByRole('form', { name: 'Run it again' });

	await until('what it began with', async () => /"order": 1/.test(await form.getByLabel('Input').inputValue()));
	await form.getByLabel('Input').fill('[7]');
	await form.getByText('one for each item').first().waitFor();
	assert.ok(await form.getByRole('button', { name: 'Run it again' }).isDisabled());
	await form.getByLabel('Input').fill('{"order": 42}');
	await form.getByRole('button', { name: 'Run it again' }).click();
	await page.getByRole('heading', { level: 1, name: /^Refunds/ }).waitFor();
	await page.getByText('42').first().waitFor();
	await page.goto(`/w/${stack.owner.workspace}/dead-letters?state=replayed`);
	await page.getByRole('link', { name: 'this run' }).waitFor();
	await context.close();
});

test('one that is selected is discarded, the others are replayed together', async () => {
	const { page, context } = await open('dead-letters', 'Dead letters');

	await page.getByLabel(`Select the run of Refunds, ${failed[1]}`).check({ force: true });
	await page.getByRole('button', { name: 'Discard 1' }).click();
	await page.getByRole('button', { name: 'Really discard 1' }).click();
	await page.getByRole('status').getByText('1 run discarded').waitFor();
	await page.getByRole('button', { name: 'Replay all' }).click();
	await page.getByRole('status').getByText('1 run replayed').waitFor();
	const { items } = await stack.ok('GET', '@/dead-letters?state=replayed');

	assert.deepEqual(items.map((letter) => letter.id).sort(), [failed[0], failed[2]].sort());
	assert.ok(items.every((letter) => letter.settled_by === stack.owner.email));
	await context.close();
});

test('what is not there is told', async () => {
	const { page, context } = await open('deliveries/01a224d2-2c0b-7bfa-aaa1-0298dddc9e67', 'Delivery');

	await page.getByText('There is no such delivery').waitFor();
	await page.goto(`/w/${stack.owner.workspace}/workflows/01a224d2-2c0b-7bfa-aaa1-0298dddc9e67`);
	await page.getByText('There is no such workflow').waitFor();
	await context.close();
});

test('a delivery that was not genuine: its page says what differs', async () => {
	const credential = await stack.credential('a secret of the sender');

	await stack.publish(chain(hook('signed', { verify: 'hmac', credential }), keep('n')), 'Signed');
	assert.equal((await stack.hook('signed', { headers: { ...json, ...signHmac('a secret of the sender', '{"n":1}') }, body: '{"n":1}\n' })).status, 401);
	const { items } = await stack.ok('GET', '@/deliveries?limit=50');
	const { id } = items.find((item) => item.path === 'signed');

	for (const look of looks) {
		const tab = await open(`deliveries/${id}`, /signed/, look);

		await tab.page.getByRole('button', { name: 'Find out what differs' }).click();
		await tab.page.getByText('What differs: the body').waitFor();
		await tab.page.getByText('without the line end').waitFor();
		await assertSound(tab, `what differs, ${lookName(look)}`);
		await tab.context.close();
	}
});

test('tokens: the workflow says that its issuer gives no keys, a delivery that it waits for them, and another its claims', async () => {
	const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const flow = await stack.publish(chain(hook('tokens', { verify: 'jwt', jwks_url: 'https://127.0.0.1:1/keys', credential: await stack.credential('a secret of the issuer') }), keep('n')), 'Tokens');
	const send = (text, signature) => stack.hook('tokens', { headers: { ...json, authorization: `Bearer ${text}.${signature.toString('base64url')}` }, body: '{"n":1}' });
	const shared = `${encode({ alg: 'HS256' })}.${encode({ sub: 'the customer of 1887' })}`, own = `${encode({ alg: 'ES256', kid: 'a' })}.${encode({})}`;
	const right = await send(shared, createHmac('sha256', 'a secret of the issuer').update(shared).digest());
	const waits = await send(own, sign('sha256', Buffer.from(own), { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, dsaEncoding: 'ieee-p1363' }));

	assert.equal(right.json.verdict, 'accepted', right.text);
	assert.equal(waits.json.verdict, 'awaiting_keys', waits.text);
	assert.deepEqual((await stack.ok('GET', `@/deliveries/${right.json.delivery_id}`)).claims, { sub: 'the customer of 1887' });
	assert.equal((await stack.ok('GET', `@/deliveries/${waits.json.delivery_id}`)).claims, null);
	assert.match((await stack.run('ctl', 'deliveries', 'show', right.json.delivery_id)).stdout, /the customer of 1887/);
	await until('the failure is known', async () => (await stack.ok('GET', `@/workflows/${flow}`)).hooks[0].keys.problem !== '');
	const tab = await open(`workflows/${flow}`, 'Tokens'), { page } = tab;

	await page.getByText(/Keys of the issuer: not here yet.*not on the public internet/).waitFor();
	await assertSound(tab, 'a workflow without keys');
	await page.goto(`/w/${stack.owner.workspace}/deliveries/${waits.json.delivery_id}`);
	await page.getByText('Waits for keys').first().waitFor();
	await page.getByText("The issuer's keys are not here yet").first().waitFor();
	await assertSound(tab, 'a delivery that waits');
	await page.goto(`/w/${stack.owner.workspace}/deliveries/${right.json.delivery_id}`);
	await page.getByRole('heading', { name: 'Claims of its token' }).waitFor();
	await page.getByText('the customer of 1887').first().waitFor();
	await assertSound(tab, 'a delivery with claims');
});
