/*
 * memory.test.mjs -- what hostile and large bodies take of our programs' memory, in the release build.
 *
 * Growth is from the resident size before to its highest since (VmHWM), so a peak between two looks counts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chain, hook, node } from './graphs.mjs';
import { forgetPeaks, sizesOf, startStack } from './stack.mjs';

const MB = 1024 * 1024;
const GROWTH_MAX_MB = 64;	/* a body of the largest size, twice, and a margin */
let stack;

before(async () => {
	stack = await startStack({ name: 'memory', build: 'release', apiProcesses: 1, runProcesses: 1 });
	await stack.publish(chain(hook('open'), node('core.noop')), 'Open');
	await stack.finished((await deliver('{"n":1}')).run_id);
});
after(() => stack?.stop());

async function deliver(body, type = 'application/json')
{
	const answer = await stack.hook('open', { headers: { 'content-type': type }, body, timeoutMs: 60000 });

	assert.equal(answer.status, 202, answer.text);
	return answer.json;
}

async function grows(t, what, act)
{
	const before = sizesOf(stack.home, 'VmRSS');

	forgetPeaks(stack.home); /* that of a password's hash would hide what comes after it */
	await act();
	const after = sizesOf(stack.home, 'VmHWM');
	const growth = Object.fromEntries(Object.keys(after).map((name) => [name, Math.round((after[name] - (before[name] ?? after[name])) * 10) / 10]));

	t.diagnostic(`${what}: MB more at the peak: ${JSON.stringify(growth)}`);
	for (const [name, mb] of Object.entries(growth))
		assert.ok(mb < GROWTH_MAX_MB, `${name} grew by ${mb} MB: ${JSON.stringify(growth)}`);
}

test('sign-ins with a body of a third of a million objects take no memory', async (t) => {
	const body = '[' + '{},'.repeat(349000) + '{}]';

	await grows(t, '8 sign-ins of 1 MB', async () => {
		const answers = await Promise.all(Array.from({ length: 8 }, () => stack.senders.send('POST', '/api/v1/sessions',
			{ headers: { 'content-type': 'application/json' }, body })));

		for (const answer of answers)
			assert.equal(answer.status, 413, answer.text);
	});
});

for (const unit of ['{}', '[]'])
	test(`a delivery of five million ${unit} is kept and answered, and its run ends with their number`, async (t) => {
		const count = Math.floor((16 * MB - 2) / 3);
		const body = '[' + `${unit},`.repeat(count - 1) + unit + ']';

		await grows(t, `16 MiB of ${unit}`, async () => {
			const answer = await deliver(body);
			const run = await stack.finished(answer.run_id);

			assert.equal(run.status, 'error');
			assert.equal(run.error.code, 'limit');
			assert.match(run.error.message, new RegExp(`${count + 1} JSON values`));
		});
	});

/* All that tyboo-api has: what it begins with, the body and libpq's copy of it; no tree of it, and no job beside it. */
const TEXT_MAX_MB = 60;

test(`with a body of 16 MiB that is one text, read whole, tyboo-api has less than ${TEXT_MAX_MB} MB`, async (t) => {
	const body = JSON.stringify({ text: 'x'.repeat(16 * MB - 100) });

	forgetPeaks(stack.home); /* that of a password's hash would hide what comes after it */
	const run = await stack.finished((await deliver(body)).run_id);
	const { 'tyboo-api': peak } = sizesOf(stack.home, 'VmHWM');

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	t.diagnostic(`tyboo-api: ${Math.round(peak)} MB at the peak`);
	assert.ok(peak < TEXT_MAX_MB, `tyboo-api had ${peak} MB`);
});
