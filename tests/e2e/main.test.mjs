/*
 * main.test.mjs -- what a newcomer sees: ./tyboo up, demo, status, again, beside another, down.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeHome, root, runTyboo, startStack } from './stack.mjs';

const commands = ['up', 'down', 'status', 'logs', 'demo', 'bench', 'test', 'ctl', 'service'];
const services = ['postgres', 'redis', 'api', 'run', 'reap', 'nginx'];
let stack, second;

before(async () => {
	stack = await startStack({ name: 'main' });
});
after(async () => {
	await second?.stop();
	await stack?.stop();
});

/* Processes that run a file of the home, stand in it, or name it among their arguments. */
function processesOf(home)
{
	const read = (path) => {
		try {
			return path.endsWith('cmdline') ? readFileSync(path, 'utf8') : readlinkSync(path);
		} catch {
			return '';
		}
	};

	return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
		.filter((pid) => [`/proc/${pid}/exe`, `/proc/${pid}/cwd`, `/proc/${pid}/cmdline`].some((path) => read(path).includes(`${home}/`)));
}

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
	assert.ok(demo.wall_ms < 15000);
	const run = await stack.ok('GET', `@/executions/${demo.run_id}`);
	assert.equal(run.status, 'ok');
	assert.match(JSON.stringify(run.steps.find((step) => step.type === 'core.set')), /"ticket":"example\/demo#42".*"told":true/);
	assert.equal((await stack.ok('GET', '@/workflows')).items.length, 1);
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

test('a second up changes nothing and takes seconds', async () => {
	const before = await Promise.all(services.map((service) => stack.pid(service)));
	const conf = readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8');
	const began = Date.now();
	const { code, stdout, stderr } = await stack.run('up', '--no-demo');

	assert.equal(code, 0, stdout + stderr);
	assert.ok(Date.now() - began < 15000, `${Date.now() - began} ms`);
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
		['up', '--build', 'fast'], ['up', '--api-processes', '0'], ['up', '--run-processes'], ['down', '--nonsense'], ['status', '--nonsense'], ['test', 'nonsense'], ['test', 'fuzz', 'abc']]) {
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

test('nothing listens but nginx on loopback', () => {
	const hex = (port) => Number(port).toString(16).toUpperCase().padStart(4, '0');
	const state = readFileSync(join(stack.home, 'etc/state'), 'utf8');
	const ports = ['https_port', 'demo_port'].map((key) => hex(state.match(new RegExp(`^${key}=(\\d+)`, 'm'))[1]));
	const listening = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/))
		.filter((f) => f[3] === '0A' && ports.includes(f[1].split(':')[1]));

	assert.equal(listening.length, 2);
	assert.ok(listening.every((f) => f[1].startsWith('0100007F')), 'on 127.0.0.1 only');
});

test('answers carry the security headers; the page has a strict CSP; plain paths get the page', async () => {
	for (const path of ['/', '/workflows', '/executions/x']) {
		const answer = await stack.senders.send('GET', path);

		assert.equal(answer.status, 200, path);
		assert.match(answer.headers['content-security-policy'], /default-src 'none'.*script-src 'self'/);
		assert.doesNotMatch(answer.headers['content-security-policy'], /unsafe/);
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		assert.match(answer.headers['strict-transport-security'], /max-age=\d+/);
	}
	const health = await stack.senders.send('GET', '/api/v1/health');
	assert.equal(health.json.status, 'ok');
	assert.match(health.headers['cache-control'] ?? '', /no-store/);
	assert.equal((await stack.senders.send('GET', '/assets/none.js')).status, 404);
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
