/*
 * memory.test.mjs -- what hostile and large bodies take of our programs' memory, in the release build.
 *
 * Growth is from the resident size before to its highest since (VmHWM), so a peak between two looks counts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chain, hook, node } from './graphs.mjs';
import { signHmac, signSlack, signStripe } from './sign.mjs';
import { forgetPeaks, sizesOf, startStack } from './stack.mjs';

const MB = 1024 * 1024;
const GROWTH_MAX_MB = 64;	/* a body of the largest size, twice, and a margin */
const secret = 'whsec_a secret of some length';
let stack;

before(async () => {
	stack = await startStack({ name: 'memory', build: 'release', apiProcesses: 1, runProcesses: 1 });
	await stack.publish(chain(hook('open'), node('core.noop')), 'Open');
	await stack.publish(chain(hook('bytes', { read_as: 'bytes' }), node('core.noop')), 'Bytes');
	await stack.finished((await deliver('{"n":1}')).run_id);
});
after(() => stack?.stop());

async function deliver(body, headers, path = 'open')
{
	const answer = await stack.hook(path, { headers: { 'content-type': 'application/json', ...headers }, body, timeoutMs: 60000 });

	assert.equal(answer.status, 202, answer.text);
	return answer.json;
}

const atOnce = (count, body, ...more) => Promise.all(Array.from({ length: count }, () => deliver(body, ...more)));

/* 'programs': those that are judged; all where none are named. */
async function grows(t, what, act, { programs, maxMb = GROWTH_MAX_MB } = {})
{
	const before = sizesOf(stack.home, 'VmRSS');

	forgetPeaks(stack.home); /* that of a password's hash would hide what comes after it */
	await act();
	const after = sizesOf(stack.home, 'VmHWM');
	const growth = Object.fromEntries(Object.keys(after).map((name) => [name, Math.round((after[name] - (before[name] ?? after[name])) * 10) / 10]));

	t.diagnostic(`${what}: MB more at the peak: ${JSON.stringify(growth)}`);
	for (const [name, mb] of Object.entries(growth).filter(([name]) => programs?.includes(name) ?? true))
		assert.ok(mb < maxMb, `${name} grew by ${mb} MB: ${JSON.stringify(growth)}`);
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

test('four deliveries of five million [] at once take no more', async (t) => {
	const body = '[' + '[],'.repeat(Math.floor((16 * MB - 4) / 3)) + '[]]';

	await grows(t, '4 x 16 MiB of []', async () => {
		for (const { run_id: id } of await atOnce(4, body))
			assert.equal((await stack.finished(id)).error.code, 'limit');
	});
});

const signLinear = (key, body) => signHmac(key, body, { header: 'linear-signature' });

/* Each scheme looks into the body before its run: for an id, a handshake, a time. */
for (const [scheme, sign] of Object.entries({ stripe: signStripe, slack: signSlack, linear: signLinear }))
	test(`a delivery signed for ${scheme} with five million objects takes no tree`, async (t) => {
		const credential = await stack.credential(secret);
		const time = `"webhookTimestamp":${Date.now()}`;
		const body = `{"id":"evt_1","event_id":"Ev1",${time},"l":[` + '{},'.repeat(Math.floor((16 * MB - 100) / 3)) + '{}]}';

		await stack.publish(chain(hook(scheme, { verify: scheme, credential }), node('core.noop')), scheme);
		await grows(t, `16 MiB of {} for ${scheme}`, async () => {
			const answer = await stack.hook(scheme, { headers: await sign(secret, body), body, timeoutMs: 60000 });

			assert.equal(answer.status, 202, answer.text);
			assert.equal((await stack.finished(answer.json.run_id)).error.code, 'limit');
		});
	});

/* Bodies that take all that a body may: as they come, inflated, mended. */
const TEXT = 'x'.repeat(16 * MB - 100);
const large = {
	'one text': { body: JSON.stringify({ text: TEXT }) },
	'one text, compressed': { body: gzipSync(JSON.stringify({ text: TEXT })), headers: { 'content-encoding': 'gzip' } },
	'one text that is mended': { body: `{"text":"\\u0000${TEXT}"}` },
	'no JSON': { body: TEXT, headers: { 'content-type': 'text/plain' } },
	/* Its field is there once more, decoded. */
	'a form': { body: `text=${TEXT}`, headers: { 'content-type': 'application/x-www-form-urlencoded' }, maxMb: GROWTH_MAX_MB + 16 },
	'read as bytes': { path: 'bytes', body: TEXT },
};

for (const [what, { body, headers, path, maxMb }] of Object.entries(large))
	test(`eight bodies of 16 MiB at once, each ${what}, take what one takes of tyboo-api`, async (t) => {
		let answers;

		await grows(t, `8 x ${what}`, async () => {
			answers = await atOnce(8, body, headers, path);
		}, { programs: ['tyboo-api'], maxMb });
		for (const { run_id: id } of answers)
			assert.equal((await stack.finished(id)).status, 'ok');
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

test('eight readers at once of a run with 300,000 values take what one takes', async (t) => {
	const code = 'return Array.from({ length: 10000 }, () => ({ json: { l: Array(28).fill(1) } }))';

	await stack.publish(chain(hook('values'), node('core.code', { code })), 'Values');
	const { run_id: id } = await deliver('{}', undefined, 'values');

	assert.equal((await stack.finished(id)).status, 'ok');
	await grows(t, '8 readers of 300,000 values', async () => {
		const answers = await Promise.all(Array.from({ length: 8 }, () => stack.api('GET', `@/executions/${id}/steps`)));

		for (const { status, json } of answers) {
			assert.equal(status, 200, JSON.stringify(json)?.slice(0, 300));
			assert.equal(json.items.at(-1).items_out, 10000);
		}
	}, { programs: ['tyboo-api'] });
});
