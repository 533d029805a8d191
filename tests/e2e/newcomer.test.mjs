/*
 * newcomer.test.mjs -- the headline: a plain ./tyboo up, with no option at all, and the logs of what runs.
 *
 * The only home that is built as a newcomer's is, with the release preset, and that picks its ports itself.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { homeEnv, makeHome, tyboo, until, upStack } from './stack.mjs';

const services = ['postgres', 'redis', 'api', 'run', 'reap', 'schedule', 'nginx'];
const firstPort = 8443;
const taken = [];
let stack;

/* Holds a port on loopback; where somebody else does already, it is as well held. */
function hold(port)
{
	return new Promise((resolve) => {
		const server = createServer().on('error', () => resolve(undefined)).listen(port, '127.0.0.1', () => resolve(taken.push(server)));
	});
}

const letGo = () => Promise.all(taken.splice(0).map((server) => new Promise((resolve) => { server.close(resolve); })));

before(async () => {
	await hold(firstPort);
	stack = await upStack(makeHome('newcomer'), ['up']);
});
after(async () => {
	await letGo();
	await stack?.stop();
});

const stateFile = () => join(stack.home, 'etc/state');
const state = (key) => readFileSync(stateFile(), 'utf8').match(new RegExp(`^${key}=(.*)$`, 'm'))?.[1];
const pids = () => Promise.all(services.map((service) => stack.pid(service)));
const ports = () => [state('https_port'), state('demo_port'), state('base_url')];

/* What must be told at the end of an up: the demo's run node by node, the address, the sign-in. */
function assertTold(output, url)
{
	const at = (pattern) => {
		const found = output.search(pattern);

		assert.ok(found >= 0, `${pattern} in\n${output}`);
		return found;
	};
	const told = [/^\[13\/14\] health: ok/m, /^\[14\/14\] demo: delivery accepted, run ok after \d+ ms/m, /^ {2}run [0-9a-f-]{36} {2}ok$/m,
		...['core\\.webhook', 'core\\.if', 'core\\.code', 'http\\.request', 'core\\.set'].map((type) => new RegExp(`^ +\\S.* ${type} +ok +1 +\\d+$`, 'm')),
		new RegExp(`^ {2}address +${url} `, 'm'), /^ {2}sign in +owner@localhost$/m, /^up in \d+\.\d s$/m].map(at);

	assert.deepEqual([...told].sort((a, b) => a - b), told, 'in this order');
}

test('up picks free ports, runs the demo node by node, and ends with the address and the sign-in', async () => {
	const [https, demo, url] = ports();

	assert.notEqual(Number(https), firstPort, 'that one was taken');
	assert.notEqual(https, demo);
	assert.equal(url, `https://localhost:${https}`);
	assertTold(stack.upOutput, url);
	assert.match(stack.upOutput, new RegExp(`^ {2}password +${stack.owner.password} `, 'm'));
	assert.equal((await stack.senders.send('GET', '/')).status, 200);
	assert.equal((await stack.ok('GET', '@/executions')).items.length, 1);
});

test('a second up changes nothing, and shows the demo again', async () => {
	const before = { pids: await pids(), ports: ports(), conf: readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8') };
	const { code, stdout, stderr } = await stack.run('up');

	assert.equal(code, 0, stdout + stderr);
	assertTold(stdout, state('base_url'));
	assert.ok(!stdout.includes(stack.owner.password), 'the password is shown once');
	assert.deepEqual({ pids: await pids(), ports: ports(), conf: readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8') }, before);
	assert.equal((await stack.ok('GET', '@/workflows')).items.length, 1, 'the demo is published once');
});

test('the ports are remembered over a down and an up', async () => {
	const before = ports();

	await letGo();	/* though the first choice would be free now */
	assert.equal((await stack.run('down')).code, 0);
	const { code, stdout, stderr } = await stack.run('up', '--no-demo');
	assert.equal(code, 0, stdout + stderr);
	assert.deepEqual(ports(), before);
	assert.equal((await stack.senders.send('GET', '/api/v1/health')).json.status, 'ok');
});

test('a port that others took meanwhile: an address that is known stays, and up says what to do', async () => {
	const before = ports();

	assert.equal((await stack.run('down')).code, 0);
	await hold(Number(state('https_port')));
	const { code, stderr } = await stack.run('up', '--no-demo');
	assert.notEqual(code, 0);
	assert.match(stderr, new RegExp(`port ${state('https_port')} is taken by another program`));
	assert.match(stderr, /what to do: .*--port N/);
	assert.deepEqual(ports(), before);
});

test('a port that others took before nginx was first there: another is chosen, and everything follows', async () => {
	const before = ports();

	/* As it is between the choice and the first start of nginx; both ports are held. */
	writeFileSync(stateFile(), readFileSync(stateFile(), 'utf8').replace(/^ports_settled=.*\n/m, ''));
	await hold(Number(state('demo_port')));
	const { code, stdout, stderr } = await stack.run('up', '--no-demo');
	const conf = readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8');
	assert.equal(code, 0, stdout + stderr);
	ports().forEach((value, i) => assert.notEqual(value, before[i]));
	assert.ok(stdout.includes(`address    ${state('base_url')} `), stdout);
	assert.match(conf, new RegExp(`^base_url = ${state('base_url')}$`, 'm'));
	assert.match(conf, new RegExp(`^http_allow = 127.0.0.1:${state('demo_port')}$`, 'm'));
});

/* ---- logs ---- */

/* A call that is not answered otherwise than with a line in the access log. */
function leaveLine(path)
{
	return new Promise((resolve, reject) => {
		const curl = spawn('curl', ['-sS', '-o', '/dev/null', '--cacert', join(stack.home, 'tls/cert.pem'), `${state('base_url')}${path}`], { stdio: 'inherit' });

		curl.on('error', reject).on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`curl: ${code}`))));
	});
}

test('logs: the last lines of every log, or of those that are named', async () => {
	const all = await stack.run('logs'), one = await stack.run('logs', 'api');

	assert.equal(all.code, 0, all.stderr);
	for (const name of services.filter((service) => existsSync(join(stack.home, 'log', `${service}.log`))))
		assert.ok(all.stdout.includes(`==> ${join(stack.home, 'log', name)}.log <==`), name);
	assert.deepEqual([one.code, one.stdout], [0, readFileSync(join(stack.home, 'log/api.log'), 'utf8').split('\n').slice(-21).join('\n')]);
	for (const [words, why] of [[['nothing'], /there is no log 'nothing'/], [['--nonsense'], /logs does not know/]]) {
		const { code, stderr } = await stack.run('logs', ...words);

		assert.notEqual(code, 0);
		assert.match(stderr, why);
		assert.match(stderr, /what to do: /);
	}
});

/* A pipe of the shell's, as a user has it: Node's own is a socket, and tail looks only at pipes for whether anybody reads. */
const readers = [
	{ how: 'its reader has read enough', reader: 'sed -u "/$2/q"' },
	{ how: 'it is interrupted', reader: 'cat', signal: 'SIGINT' },
];

for (const { how, reader, signal } of readers)
	test(`logs -f shows what is new, ends when ${how}, and leaves no process`, async () => {
		const name = `new-line-${reader.length}`;
		const follower = spawn('bash', ['-c', `"$1" logs -f access | ${reader}`, 'follow', tyboo, name],
			{ env: homeEnv(stack.home), detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
		let text = '', ended = false;

		follower.on('exit', () => { ended = true; });
		follower.stdout.on('data', (data) => { text += data; });
		try {
			await until('the lines that are there', () => text.includes('request_id='));
			assert.ok(!text.includes(name) && !ended);
			await leaveLine(`/api/v1/${name}`);
			await until('the new line', () => text.includes(`path="/api/v1/${name}" `));
			if (signal)
				process.kill(-follower.pid, signal);
			await until('its end', () => ended);
			/* Whatever it started is in its process group. */
			await until('the end of its process group', () => {
				try {
					return !process.kill(-follower.pid, 0);
				} catch (error) {
					return error.code === 'ESRCH';
				}
			});
		} finally {
			try {
				process.kill(-follower.pid, 'SIGKILL');
			} catch {
				/* nothing is left, as it should be */
			}
		}
	});

test('tybooctl takes the only workspace that there is, and asks where there are two', async () => {
	const one = await stack.run('ctl', 'workflow', 'list');

	assert.equal(one.code, 0, one.stdout + one.stderr);
	assert.match(one.stdout, /\n\S.*demo/is);
	const made = await stack.run('ctl', 'workspace', 'create', '--slug', 'second', '--name', 'Second', '--owner', 'owner@localhost');
	assert.equal(made.code, 0, made.stderr);
	const two = await stack.run('ctl', 'workflow', 'list');
	assert.equal(two.code, 2, two.stdout);
	assert.match(two.stderr, /which workspace\?[\s\S]*--workspace SLUG/);
});
