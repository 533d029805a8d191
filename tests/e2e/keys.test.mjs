/*
 * keys.test.mjs -- master and data keys are changed by tybooctl while API and workers go on, none of which is
 * started anew; and an address of a wait counts until its key is retired.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chain, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack, until } from './stack.mjs';

let stack, receiver, flow, isOver = false;
const token = `secret-${randomBytes(9).toString('hex')}`;
const results = [];

before(async () => {
	receiver = await startReceiver();
	receiver.answer = (call, res) => res.end(JSON.stringify({ right: call.headers.authorization === `Bearer ${token}` }));
	stack = await startStack({ name: 'keys', set: { http_allow: `127.0.0.1:${receiver.port}` } });
	const { id } = await stack.ok('POST', '@/credentials', { name: 'the one', type: 'http_bearer', data: { token } });

	flow = await stack.publish(chain(node('core.manual'), node('http.request', { url: receiver.url('/a'), credential: id })), 'calls');
	await stack.publish(chain(hook('signed', { verify: 'token', token_header: 'X-Token', credential: await stack.credential(token, 'hook') }), node('core.noop')), 'Signed');
});
after(async () => {
	isOver = true;
	await stack?.stop();
	await receiver?.stop();
});

const ctl = async (...args) => {
	const { code, stdout, stderr } = await stack.run('ctl', '--json', ...args);

	return { code, stderr, json: code === 0 ? JSON.parse(stdout) : undefined, text: stdout + stderr };
};
const must = async (...args) => {
	const answer = await ctl(...args);

	assert.equal(answer.code, 0, `${args.join(' ')}: ${answer.text}`);
	return answer.json;
};
const keyFile = () => join(stack.home, 'etc/master.key');
const list = async () => (await must('keys', 'list')).items;

async function call()
{
	const { run_id: run } = await stack.ok('POST', `@/workflows/${flow}/executions`, {});
	const record = await stack.finished(run);

	assert.equal(record.status, 'ok', JSON.stringify(record.error));
	assert.equal(record.steps.at(-1).outputs.main[0].json.right, true);
	const delivered = await stack.hook('signed', { headers: { 'content-type': 'application/json', 'x-token': token }, body: '{}' });

	assert.equal(delivered.status, 202, delivered.text);
}

/* Calls and deliveries that go on whatever happens to the keys. */
async function keepCalling()
{
	while (!isOver)
		results.push(await call().then(() => 'ok', (error) => error.message));
}

async function waitFor(path)
{
	await stack.publish(chain(hook(path), node('http.request', { method: 'POST', url: receiver.url(`/${path}`), body_kind: 'json', body_json: '={{ ({ link: $execution.resumeUrl }) }}' }),
		node('core.wait', { mode: 'call' })), path);
	const answer = await stack.hook(path, { headers: { 'content-type': 'application/json' }, body: '{}' });

	await until('the address', () => receiver.calls.some((one) => one.path === `/${path}`));
	await until('it to wait', async () => (await stack.ok('GET', `@/executions/${answer.json.run_id}`)).status === 'waiting');
	return JSON.parse(receiver.calls.find((one) => one.path === `/${path}`).body).link;
}

const resume = (link) => stack.senders.send('POST', new URL(link).pathname, { headers: { 'content-type': 'application/json' }, body: '{}' });

test('keys are changed under way: nothing fails, and an old key goes when nothing needs it', async () => {
	const taken = await waitFor('taken'), left = await waitFor('left');
	const [first] = await list();
	const mode = statSync(keyFile()).mode;
	const calling = keepCalling();

	assert.deepEqual([first.state, first.data_keys, first.waits], ['current', 1, 2]);
	await until('calls', () => results.length > 2);
	/* A key that is still to count changes nothing yet. */
	const later = await must('keys', 'add', '--after', '1000');

	assert.match((await ctl('keys', 'rotate')).stderr, new RegExp(`The key ${later.key} counts from`));
	assert.deepEqual((await list()).map(({ state }) => state), ['next', 'current']);
	writeFileSync(keyFile(), readFileSync(keyFile(), 'utf8').split('\n').slice(1).join('\n'), { mode: 0o600 });
	const added = await must('keys', 'add', '--after', '0');

	assert.equal(statSync(keyFile()).mode, mode);
	assert.deepEqual((await list()).map(({ key, state, data_keys: count }) => [key, state, count]), [[added.key, 'current', 0], [first.key, 'old', 1]]);
	assert.match((await ctl('keys', 'retire', first.key)).stderr, /wraps 1 data keys/);
	assert.match((await ctl('keys', 'retire', added.key)).stderr, /is the current one/);
	const rotated = await must('keys', 'rotate', '--data');

	assert.deepEqual([rotated.master.left, rotated.master.failed, rotated.data.left, rotated.data.failed], [0, 0, 0, 0]);
	assert.deepEqual([rotated.key, rotated.data.done], [added.key, 2]);
	const from = results.length;

	await until('calls with the new keys', () => results.length > from + 3);
	/* Its addresses count until it is retired. */
	assert.equal((await resume(taken)).status, 202);
	const refused = await ctl('keys', 'retire', first.key);

	assert.match(refused.stderr, /The addresses of 1 waits are signed with the key/);
	assert.equal((await must('keys', 'retire', first.key, '--force')).retired, true);
	await until('the old address to be refused', async () => (await resume(left)).status === 403);
	assert.deepEqual((await list()).map(({ key, state, data_keys: count }) => [key, state, count]), [[added.key, 'current', 2]]);
	await until('calls without the old key', () => results.length > from + 8);
	isOver = true;
	await calling;
	assert.deepEqual(results.filter((result) => result !== 'ok'), []);
	assert.equal((await stack.ok('GET', '/health')).secrets, 'ok');
});

test('a key that is missing is told by name, and another run goes on where one stopped', async () => {
	const good = readFileSync(keyFile(), 'utf8');
	const [current] = await list();

	writeFileSync(keyFile(), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
	const states = Object.fromEntries((await list()).map(({ key, state }) => [key, state]));

	assert.equal(states[current.key], 'missing');
	const failed = await must('keys', 'rotate');

	assert.deepEqual([failed.master.done, failed.master.left, failed.master.failed], [0, 2, 2]);
	assert.match(failed.master.first_failure, /does not open/);
	writeFileSync(keyFile(), good, { mode: 0o600 });
	await until('the key to be seen', () => call().then(() => true, () => false));
	await must('keys', 'add', '--after', '0');
	const one = await must('keys', 'rotate', '--max', '1');

	assert.deepEqual([one.master.done, one.master.left], [1, 1]);
	await call();
	const rest = await must('keys', 'rotate');

	assert.deepEqual([rest.master.done, rest.master.left], [1, 0]);
	await call();
});
