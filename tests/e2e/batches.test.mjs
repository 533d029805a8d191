/*
 * batches.test.mjs -- a file of a million rows by the real programs: a loop has a batch of it in memory.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { edge, graph, hook, node } from './graphs.mjs';
import { forgetPeaks, sizesOf, startStack } from './stack.mjs';

const ROWS = 1_000_000;
/* More at the peak than before: 58 to 91 were measured, of a million rows; with 10,000 rows of a batch, the most there may be, 55 to 141. */
const GROWTH_MB = 200;

let stack;

before(async () => { stack = await startStack({ name: 'batches', apiProcesses: 1, runProcesses: 1, build: 'release' }); });
after(() => stack?.stop());

/* Reads the batches of a file, adds up the column n of each, and all of them behind the loop. */
function sums(path, batches, read)
{
	const trigger = hook(path, { answer: 'by_node', answer_wait_s: 300 });
	const split = node('data.batches', batches);
	const each = node('core.loop', { mode: 'items' });
	const file = node('data.file', { into: 'text' });
	const sum = node('core.summarize', { fields: [{ field: 'n', operation: 'sum', into: 'sum' }, { operation: 'items', into: 'count' }] });
	const all = node('core.summarize', { fields: [{ field: 'sum', operation: 'sum', into: 'sum' }, { field: 'count', operation: 'sum', into: 'count' }] });
	const respond = node('core.respond', { body: '={{ $json }}' });

	return graph([trigger, split, each, file, ...read, sum, all, respond], [
		edge(trigger, split), edge(split, each), edge(each, file, 'loop'), edge(file, read[0]),
		...read.slice(1).map((to, i) => edge(read[i], to)), edge(read.at(-1), sum), edge(sum, each), edge(each, all, 'done'), edge(all, respond),
	], { timeout_ms: 280000, save: 'errors' });
}

async function total(t, path, flow, type, body)
{
	await stack.publish(flow, path);
	const before = sizesOf(stack.home, 'VmRSS');
	const begun = Date.now();

	forgetPeaks(stack.home);
	const answer = await stack.hook(path, { headers: { 'content-type': type }, body, timeoutMs: 290000 });
	const growth = sizesOf(stack.home, 'VmHWM')['tyboo-run'] - before['tyboo-run'];

	t.diagnostic(`${path}: ${body.length} bytes, ${(Date.now() - begun) / 1000} s, ${Math.round(growth)} MB more at the peak`);
	if (answer.status !== 200)
		assert.fail(`${answer.text} ${JSON.stringify((await stack.finished(answer.json.run_id)).error)}`);
	assert.ok(growth < GROWTH_MB, `${growth} MB`);
	return answer.json;
}

const SUM = { sum: ROWS * (ROWS + 1) / 2, count: ROWS };

test('a CSV file of a million rows is added up with a batch in memory', { timeout: 400000 }, async (t) => {
	const lines = Array.from({ length: ROWS }, (_, i) => `${i + 1},"row, ${i + 1}"`);
	const numbers = node('core.set', { assignments: [{ name: 'n', type: 'number', value: '={{ $json.n }}' }] });
	const flow = sums('csv', { format: 'csv', rows: 2000 }, [node('data.csv', { value: '={{ $json.text }}' }), numbers]);

	assert.deepEqual(await total(t, 'csv', flow, 'application/octet-stream', `n,name\n${lines.join('\n')}\n`), SUM);
});

test('a million JSON lines are added up with a batch in memory', { timeout: 400000 }, async (t) => {
	const lines = Array.from({ length: ROWS }, (_, i) => `{"n":${i + 1}}`);
	const flow = sums('lines', { format: 'lines', rows: 2000 }, [node('data.json', { action: 'lines', value: '={{ $json.text }}' })]);

	assert.deepEqual(await total(t, 'lines', flow, 'application/octet-stream', lines.join('\n')), SUM);
});
