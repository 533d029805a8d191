/*
 * main.test.mjs -- what a newcomer sees: ./tyboo up, demo, status, again, beside another, down.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { patience } from './patience.mjs';
import { jailed, makeHome, processesOf, root, runTyboo, startStack, until } from './stack.mjs';

const commands = ['up', 'down', 'status', 'logs', 'demo', 'bench', 'test', 'ctl', 'service'];
const services = ['postgres', 'redis', 'api', 'run', 'reap', 'schedule', 'nginx'];
let stack, second;

before(async () => {
	stack = await startStack({ name: 'main' });
});
after(async () => {
	await second?.stop();
	await stack?.stop();
});

test('up tells each step, the address and the sign-in', () => {
	for (const step of ['home', 'packages', 'web UI', 'programs', 'certificate', 'Postgres', 'Redis', 'database', 'API', 'workers', 'nginx', 'owner', 'health'])
		assert.match(stack.upOutput, new RegExp(`\\[ ?\\d+/13\\] ${step}: \\S`), step);
	assert.ok(stack.upOutput.includes(stack.baseUrl));
	assert.ok(stack.upOutput.includes(stack.owner.password), 'the password is shown once');
});

test('demo: a delivery signed as GitHub signs becomes a recorded run, node by node', async () => {
	const { code, stdout, stderr } = await stack.run('demo');

	assert.equal(code, 0, stdout + stderr);
	for (const type of ['core.webhook', 'core.if', 'core.code', 'http.request', 'core.set'])
		assert.match(stdout, new RegExp(`${type.replace('.', '\\.')} +ok +1 +\\d+`), `${type} in\n${stdout}`);
	assert.doesNotMatch(stdout, /core\.noop +ok/);
});

test('demo --json says the same as JSON, and does not publish a second time', async () => {
	const { code, stdout, stderr } = await stack.run('demo', '--json');

	assert.equal(code, 0, stderr);
	const demo = JSON.parse(stdout);
	assert.equal(demo.status, 'ok');
	assert.ok(demo.steps.length >= 5);
	assert.ok(demo.wall_ms > 0);
	const run = await stack.ok('GET', `@/executions/${demo.run_id}`);
	assert.equal(run.status, 'ok');
	assert.match(JSON.stringify(run.steps.find((step) => step.type === 'core.set')), /"ticket":"example\/demo#42".*"told":true/);
	assert.equal((await stack.ok('GET', '@/workflows')).items.length, 1);
});

/* GitHub's own example deliveries. */
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples');

for (const [form, type, encode] of [
	['JSON', 'application/json', (text) => text],
	['a form', 'application/x-www-form-urlencoded', (text) => new URLSearchParams({ payload: text }).toString()],
])
	test(`the demo takes each of GitHub's own deliveries of an issue, as ${form}`, async () => {
		const key = readFileSync(join(stack.home, 'etc/demo.secret'), 'utf8').trim();
		const { signGithub } = await import('./sign.mjs');
		const deliveries = ['issues', 'ping'].flatMap((event) => examples.find(({ name }) => name === event).examples.map((example) => [event, example]));

		assert.ok(deliveries.filter(([, example]) => example.action === 'opened').length >= 2);
		await Promise.all(deliveries.map(async ([event, example], n) => {
			const body = encode(JSON.stringify(example));
			const headers = { ...await signGithub(key, body, { id: `${form}-${n}`, event }), 'content-type': type };
			const answer = await stack.hook('demo/github', { headers, body });

			assert.equal(answer.status, 202, answer.text);
			const run = await stack.finished(answer.json.run_id), what = JSON.stringify(run.error ?? run.steps);
			const ticket = run.steps.find((step) => step.name === 'Make a ticket').outputs?.main?.[0]?.json;

			assert.equal(run.status, 'ok', what);
			if (example.action !== 'opened')
				return assert.equal(ticket, undefined, what);
			/* Its label is { id, name: 'bug', ... }. */
			assert.deepEqual(ticket, { ticket: 'Codertocat/Hello-World#1', title: 'Spelling error in the README file', from: 'Codertocat', priority: 'high', due: '2019-05-16' });
			assert.equal(run.steps.find((step) => step.name === 'Result').outputs.main[0].json.told, true, what);
		}));
	});

test('the demo delivery with one byte changed is refused', async () => {
	const key = readFileSync(join(stack.home, 'etc/demo.secret'), 'utf8').trim();
	const { signGithub } = await import('./sign.mjs');
	const headers = await signGithub(key, '{"action":"opened"}', { id: 'x' });

	assert.equal((await stack.hook('demo/github', { headers, body: '{"action":"openef"}' })).status, 401);
});

test('status lists what runs; --json is for programs', async () => {
	const text = await stack.run('status');
	const json = await stack.run('status', '--json');

	assert.equal(text.code, 0, text.stderr);
	for (const name of services)
		assert.match(text.stdout, new RegExp(`^${name} +running +\\d+`, 'm'));
	const status = JSON.parse(json.stdout);
	assert.equal(json.code, 0);
	assert.equal(status.running, true);
	assert.equal(status.health.status, 'ok');
	assert.deepEqual(status.services.map((service) => service.name), services);
	assert.ok(status.services.every((service) => service.pss_kb > 0 && service.processes > 0));
});

test('a second up changes nothing: it makes, builds and starts nothing again', async () => {
	const before = await Promise.all(services.map((service) => stack.pid(service)));
	const conf = readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8');
	const { code, stdout, stderr } = await stack.run('up', '--no-demo');

	assert.equal(code, 0, stdout + stderr);
	for (const [step, kept] of [['web UI', 'is current'], ['programs', 'dev, 0 of 9 programs new'], ['certificate', 'kept'], ['Redis', 'runs already'],
		['API', 'runs already'], ['workers', 'run already'], ['nginx', 'runs already'], ['owner', 'kept']])
		assert.ok(stdout.includes(`] ${step}: ${kept}`), `${step}: ${kept} in\n${stdout}`);
	assert.deepEqual(await Promise.all(services.map((service) => stack.pid(service))), before);
	assert.equal(readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8'), conf);
	assert.ok(!stdout.includes(stack.owner.password), 'the password is not shown again');
});

test('a changed setting restarts what reads it, and is kept', async () => {
	const pid = await stack.pid('api');
	const { code, stdout, stderr } = await stack.run('up', '--no-demo', '--set', 'session_s=86400');

	assert.equal(code, 0, stdout + stderr);
	assert.notEqual(await stack.pid('api'), pid);
	assert.match(readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8'), /^session_s = 86400$/m);
	assert.equal((await stack.run('status')).code, 0);
});

for (const [setting, why] of [['nonsense=1', 'there is no setting "nonsense"'], ['lease_ms=soon', 'lease_ms is "soon"']])
	test(`--set ${setting} is refused and not kept`, async () => {
		const before = readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8');
		const { code, stderr } = await stack.run('up', '--no-demo', '--set', setting);

		assert.equal(code, 1);
		assert.ok(stderr.includes(why), stderr);
		assert.match(stderr, /what to do: /);
		assert.equal(readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8'), before);
		assert.equal((await stack.run('status')).code, 0);
	});

test('a service that died is started by the next up', async () => {
	process.kill(await stack.pid('redis'), 'SIGKILL');
	assert.equal((await stack.run('up', '--no-demo')).code, 0);
	assert.equal((await stack.run('status')).code, 0);
});

for (const command of commands)
	test(`${command} --help explains it`, async () => {
		const { code, stdout, stderr } = await runTyboo(stack.home, [command, '--help']);

		assert.equal(code, 0, stderr);
		assert.match(stdout, /usage/i);
	});

test('help lists every command; an unknown one and an unknown option are errors that say what to do', async () => {
	const help = await runTyboo(stack.home, ['help']);

	for (const command of commands)
		assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
	for (const args of [['upp'], ['up', '--nonsense'], ['up', '--port', 'soon'], ['up', '--port', '70000'], ['up', '--set', 'soon'],
		['up', '--build', 'fast'], ['up', '--api-processes', '0'], ['up', '--run-processes'], ['down', '--nonsense'], ['status', '--nonsense'], ['test', 'nonsense'], ['test', 'fuzz', 'abc'], ['test', 'no/such.test'], ['test', 'tests/support/common.h']]) {
		const { code, stderr } = await runTyboo(stack.home, args);

		assert.notEqual(code, 0, args.join(' '));
		assert.match(stderr, /what to do: /, args.join(' '));
	}
});

test('secrets are closed to others', () => {
	for (const file of ['master.key', 'tyboo.conf', 'owner', 'pg-admin.password', 'pg-owner.password', 'pg-app.password', 'demo.secret'])
		assert.equal(statSync(join(stack.home, 'etc', file)).mode & 0o007, 0, file);
	assert.equal(statSync(join(stack.home, 'tls/key.pem')).mode & 0o077, 0);
	for (const log of readdirSync(join(stack.home, 'log')))
		for (const secret of [stack.owner.password, readFileSync(join(stack.home, 'etc/pg-app.password'), 'utf8').trim(),
			readFileSync(join(stack.home, 'etc/demo.secret'), 'utf8').trim()])
			assert.ok(!readFileSync(join(stack.home, 'log', log), 'utf8').includes(secret), `a secret is in ${log}`);
});

/* "address:port" of every TCP socket that waits for callers, by its inode. */
function listeners()
{
	const found = new Map();

	for (const file of ['/proc/net/tcp', '/proc/net/tcp6'])
		for (const fields of readFileSync(file, 'utf8').split('\n').map((line) => line.trim().split(/\s+/)).filter((f) => f[3] === '0A')) {
			const [address, port] = fields[1].split(':');

			found.set(fields[9], `${address === '0100007F' ? '127.0.0.1' : address}:${parseInt(port, 16)}`);
		}
	return found;
}

/* What these processes listen on.  A jailed one is closed to all but root; it is denied every socket (test_jail). */
function listenedBy(pids)
{
	const all = listeners(), ours = new Set();

	for (const pid of pids) {
		const comm = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();

		try {
			for (const fd of readdirSync(`/proc/${pid}/fd`)) {
				const inode = readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1];

				if (all.has(inode))
					ours.add(`${comm} ${all.get(inode)}`);
			}
		} catch (error) {
			assert.ok(error.code === 'ENOENT' || jailed.test(comm), `${comm}: ${error.message}`);
		}
	}
	return [...ours].sort();
}

test('nothing listens on TCP but nginx, on loopback', () => {
	const state = readFileSync(join(stack.home, 'etc/state'), 'utf8');
	const port = (key) => state.match(new RegExp(`^${key}=(\\d+)`, 'm'))[1];
	const pids = processesOf(stack.home);

	for (const name of ['postgres', 'redis-server', 'tyboo-api', 'tyboo-run', 'tyboo-reap', 'tyboo-schedule', 'nginx'])
		assert.ok(pids.some((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name), `${name} is looked at`);
	assert.deepEqual(listenedBy(pids), ['https_port', 'demo_port'].map((key) => `nginx 127.0.0.1:${port(key)}`).sort());
});

/* ---- what nginx adds, and what it answers itself ---- */

const securityHeaders = {
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'permissions-policy': 'camera=(), geolocation=(), microphone=()',
	'strict-transport-security': 'max-age=31536000',
};

/* Bytes as they are, to the HTTPS port; the answer as { status, headers, json }. */
function sendRaw(text, { tls = true } = {})
{
	return new Promise((resolve, reject) => {
		const port = Number(new URL(stack.baseUrl).port);
		const socket = tls ? connectTls({ host: '127.0.0.1', port, ca: stack.ca, servername: 'localhost' }) : connectTcp(port, '127.0.0.1');
		let answer = '';

		socket.setTimeout(30000 * patience, () => socket.destroy(new Error('no answer')));
		socket.on('error', reject);
		socket.on('data', (data) => { answer += data; });
		socket.on('close', () => {
			const [head, body] = answer.split('\r\n\r\n');
			const [first, ...lines] = head.split('\r\n');

			resolve({ status: Number(first.split(' ')[1]), text: body, json: JSON.parse(body), headers: Object.fromEntries(lines.map((line) =>
				[line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])) });
		});
		socket.write(text);
	});
}

const get = (path, options) => stack.senders.send('GET', path, options);
const assetPath = () => `/assets/${readdirSync(join(stack.home, 'share/ui/assets')).find((file) => file.endsWith('.js'))}`;

async function withoutApi(ask)
{
	assert.equal((await stack.run('service', 'stop', 'api')).code, 0);
	try {
		return await ask();
	} finally {
		await stack.startService('api');
	}
}

/* nginx cannot keep a body that it has no folder for, as where the disk is full. */
async function withoutBodies(ask)
{
	const folder = join(stack.home, 'tmp/body');

	renameSync(folder, `${folder}.away`);
	try {
		return await ask();
	} finally {
		renameSync(`${folder}.away`, folder);
	}
}

async function* megabytes(count)
{
	for (let i = 0; i < count; i++)
		yield Buffer.alloc(1 << 20, 'x');
}

const hookPath = () => `/hooks/${stack.owner.workspace}/nobody`;
/* What is asked, the status; 'problem': its code, where a problem must come, with a hint. */
const answers = [
	['the page', 200, () => get('/')],
	['a path of the page', 200, () => get('/executions/x')],
	['a static file', 200, () => get(assetPath())],
	['a static file that is not there', 404, () => get('/assets/none.js'), 'not_found'],
	['the page, written to', 405, () => stack.senders.send('POST', '/', { body: 'x' }), 'method_not_allowed'],
	['the API', 200, () => get('/api/v1/health')],
	['the API to nobody', 401, () => get('/api/v1/me'), 'unauthenticated'],
	['the API where there is nothing', 404, () => get('/api/v1/nothing')],
	['an unknown hook', 404, () => stack.senders.send('POST', hookPath(), { body: '{}' })],
	['no HTTP', 400, () => sendRaw('GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n'), 'malformed'],
	['no TLS', 400, () => sendRaw('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', { tls: false }), 'malformed'],
	['a body of 17 MiB', 413, () => stack.senders.send('POST', hookPath(), { body: megabytes(17) }), 'too_large'],
	['an address of 9 KiB', 414, () => get(`/?${'a'.repeat(9000)}`), 'limit'],
	['a header of 9 KiB', 431, () => get('/', { headers: { 'x-a': 'a'.repeat(9000) } }), 'limit'],
	['a body that cannot be kept', 500, () => withoutBodies(() => stack.senders.send('POST', hookPath(), { body: 'x'.repeat(1 << 18) })), 'internal'],
	['the API, which is away', 502, () => withoutApi(() => get('/api/v1/health')), 'unavailable'],
];

for (const [what, status, ask, problem] of answers)
	test(`${what}: ${status} with every security header${problem ? ', and a problem that says what to do' : ''}`, async () => {
		const answer = await ask();

		assert.equal(answer.status, status, answer.text);
		for (const [name, value] of Object.entries(securityHeaders))
			assert.equal(answer.headers[name], value, name);
		assert.ok(answer.headers['x-request-id'], 'x-request-id');
		if (problem === undefined)
			return;
		assert.equal(answer.headers['content-type'], 'application/problem+json');
		assert.match(answer.headers['cache-control'], /no-store/);
		assert.deepEqual([answer.json.status, answer.json.code, answer.json.type], [status, problem, `urn:tyboo:problem:${problem}`]);
		assert.equal(answer.json.request_id, answer.headers['x-request-id']);
		assert.ok(answer.json.title && answer.json.detail && answer.json.hint, answer.text);
		assert.equal(answer.headers['retry-after'] !== undefined, status >= 500, 'retry-after');
	});

test('the page has a strict CSP, what the API says is kept by nobody, a file for good', async () => {
	const policy = (await get('/workflows')).headers['content-security-policy'];

	assert.match(policy, /default-src 'none'.*script-src 'self'/);
	assert.doesNotMatch(policy, /unsafe/);
	assert.match((await get('/api/v1/health')).headers['cache-control'] ?? '', /no-store/);
	assert.match((await get(assetPath())).headers['cache-control'], /immutable/);
});

test('workers that cannot run are no success of up, and status says so', async () => {
	const allowed = readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8').match(/^http_allow = (.*)$/m)?.[1] ?? '';
	const wrong = await stack.run('up', '--no-demo', '--set', 'http_allow=nowhere:1');

	assert.notEqual(wrong.code, 0);
	assert.match(wrong.stderr, /tyboo-run did not start: .*http_allow: 'nowhere:1' is not an address/);
	/* A worker is started again and again: status may see one before it ends. */
	await until('status to say so', async () => {
		const { code, stdout } = await stack.run('status');

		return code === 3 && /^run +failing +\d+/m.test(stdout);
	});
	const mended = await stack.run('up', '--no-demo', '--set', `http_allow=${allowed}`);
	assert.equal(mended.code, 0, mended.stderr);
	assert.match((await stack.run('status')).stdout, /^run +running +\d+/m);
});

test('two homes live side by side, and one goes without the other noticing', async () => {
	second = await startStack({ name: 'second' });
	assert.notEqual(second.baseUrl, stack.baseUrl);
	assert.equal((await second.ok('GET', '@/workflows')).items.length, 0);
	assert.equal((await second.run('demo')).code, 0);
	const pids = processesOf(second.home);
	assert.ok(pids.length >= 6, 'its processes are found');

	const down = await second.run('down');
	assert.equal(down.code, 0, down.stderr);
	assert.deepEqual(processesOf(second.home), [], 'no process is left');
	assert.doesNotMatch(down.stderr, /left over|killed/);
	assert.equal((await second.run('status')).code, 3);
	assert.equal((await stack.run('status')).code, 0);

	const again = await second.run('up', '--no-demo');
	assert.equal(again.code, 0, again.stdout + again.stderr);
	assert.equal((await second.ok('GET', '@/workflows')).items.length, 1, 'the data stayed');
	assert.deepEqual(second.sanitizerReports(), []);
	assert.equal((await second.run('down', '--purge')).code, 0);
	assert.ok(!existsSync(second.home), 'purged');
});

test('a home that is nowhere: status says so, down has nothing to do', async () => {
	const parent = makeHome('none'), home = join(parent, 'deeper');

	assert.equal((await runTyboo(home, ['status'])).code, 3);
	assert.equal(JSON.parse((await runTyboo(home, ['status', '--json'])).stdout).running, false);
	assert.equal((await runTyboo(home, ['down'])).code, 0);
	assert.equal((await runTyboo(home, ['demo'])).code, 1);
	assert.ok(!existsSync(home));
	rmSync(parent, { recursive: true });
});

test('.ci/run and scripts/check run ./tyboo test', () => {
	assert.match(readFileSync(join(root, '.ci/run'), 'utf8'), /tyboo" test$/m);
	assert.match(readFileSync(join(root, 'scripts/check'), 'utf8'), /\.ci\/run"$/m);
	for (const file of ['.ci/run', 'scripts/check', 'tyboo'])
		assert.ok(statSync(join(root, file)).mode & 0o100, file);
});
