/*
 * memory.test.mjs -- what hostile and large bodies take of our programs' memory, in the release build.
 *
 * Growth is of VmHWM, the highest resident size that a process ever had, so a peak between two looks counts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { chain, hook, node } from './graphs.mjs';
import { processesOf, startStack } from './stack.mjs';

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

/* The highest resident size of each of our programs, in MB, by name. */
function peaks()
{
	const found = {};

	for (const pid of processesOf(stack.home)) {
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		const [, name] = /^Name:\s+(\S+)/m.exec(status);
		const [, kb] = /^VmHWM:\s+(\d+)/m.exec(status) ?? [];

		if (!/^tyboo-(api|run|sandbox|reap)$/.test(name))
			continue;

		found[name] = Math.max(found[name] ?? 0, Number(kb) / 1024);
	}
	return found;
}

async function grows(t, what, act)
{
	const before = peaks();

	await act();
	const after = peaks();
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

/* The body, the job made of it, Postgres' message and libpq's buffer: four times the body, and no tree of it. */
const TEXT_MAX_MB = 68;

test(`a body of 16 MiB that is one text is read whole, within ${TEXT_MAX_MB} MB of tyboo-api`, async (t) => {
	const body = JSON.stringify({ text: 'x'.repeat(16 * MB - 100) });
	const before = peaks()['tyboo-api'];
	const run = await stack.finished((await deliver(body)).run_id);
	const grown = peaks()['tyboo-api'] - before;

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	t.diagnostic(`tyboo-api: ${Math.round(grown)} MB more at the peak`);
	assert.ok(grown < TEXT_MAX_MB, `tyboo-api grew by ${grown} MB`);
});
