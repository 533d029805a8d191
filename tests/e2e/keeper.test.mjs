/*
 * keeper.test.mjs -- a home looks after itself: it brings a server back that ended, keeps its logs short, has an
 * environment of its own, and loses nothing where it refuses.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertExactlyOnce, deliverAll, publishCounter } from './load.mjs';
import { startReceiver } from './receiver.mjs';
import { childrenOf, freePort, processesOf, startStack, tyboo, until } from './stack.mjs';

/* What leads a program that heeds it to other servers, or makes it speak otherwise. */
const strange = { PGPORT: '55432', PGHOST: '/elsewhere', PGUSER: 'nobody', PGDATABASE: 'none', PGPASSWORD: 'x', PGSERVICE: 'none', PGSSLMODE: 'require',
	PGOPTIONS: '-c search_path=nowhere', REDISCLI_AUTH: 'x', TYBOO_CONF: '/elsewhere', TYBOO_REDIS_URL: 'unix:/elsewhere', TYBOO_DATABASE_URL: 'host=/elsewhere',
	TYBOO_LANE: 'other', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Tokyo', http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9', ALL_PROXY: 'http://127.0.0.1:9',
	NGINX: '9;' };
let stack, receiver;

before(async () => {
	receiver = await startReceiver();
	Object.assign(process.env, strange);
	try {
		stack = await startStack({ name: 'keeper', set: { http_allow: `127.0.0.1:${receiver.port}`, reap_ms: 200, receipt_grace_ms: 1000 } });
	} finally {
		for (const name of Object.keys(strange))
			delete process.env[name];
	}
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

const health = async () => (await stack.senders.send('GET', '/api/v1/health').catch(() => ({}))).json;
const healthy = () => until('health to be ok', async () => (await health())?.status === 'ok', { timeoutMs: 60000 });
const keeper = () => Number(readFileSync(join(stack.home, 'run/keep.pid'), 'utf8'));

test('nothing of the caller\'s environment reaches what a home runs', async () => {
	const seen = processesOf(stack.home).map((pid) => {
		try {
			return [pid, readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').map((pair) => pair.split('=')[0])];
		} catch {
			return [pid, '', []];	/* gone, or closed to us (the sandbox) */
		}
	});

	assert.ok(seen.filter(([, , names]) => names.includes('TYBOO_HOME')).length >= 8, JSON.stringify(seen.map(([, name]) => name)));
	for (const [pid, name, names] of seen)
		for (const variable of Object.keys(strange))
			assert.ok(!names.includes(variable), `${name} ${pid} has ${variable}`);
});

test('the caller\'s environment leads no command astray', async () => {
	const run = (...args) => new Promise((resolve) => {
		execFile(tyboo, args, { env: { ...process.env, ...strange, TYBOO_HOME: stack.home } }, (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
	});

	for (const args of [['status'], ['ctl', 'health'], ['service', 'stop', 'redis'], ['service', 'start', 'redis'], ['up', '--no-demo'], ['ctl', 'queue', 'stats']]) {
		const { code, stdout, stderr } = await run(...args);

		assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
	}
});

for (const service of ['redis', 'postgres', 'api', 'run', 'nginx'])
	test(`${service} is killed: the home starts it again, and deliveries run`, async () => {
		const workflow = await publishCounter(stack, receiver, `kept-${service}`);
		const pid = await stack.pid(service);

		process.kill(pid, 'SIGKILL');
		await until(`another ${service}`, async () => ![undefined, pid].includes(await stack.pid(service)), { timeoutMs: 60000 });
		await healthy();
		const { acknowledged } = await deliverAll(stack, `kept-${service}`, 20);

		await assertExactlyOnce(stack, receiver, `kept-${service}`, workflow, acknowledged);
	});

test('a server that was stopped stays so, until it is started', async () => {
	assert.equal((await stack.run('service', 'stop', 'redis')).code, 0);
	process.kill(await stack.pid('run'), 'SIGKILL');
	/* The keeper has looked once it has brought the other back. */
	await until('tyboo-run again', async () => (await stack.pid('run')) !== undefined, { timeoutMs: 60000 });
	assert.equal(await stack.pid('redis'), undefined);
	await stack.startService('redis');
	await healthy();
});

test('health says degraded where a store takes no writes, and says so no more where it does', async () => {
	const conf = readFileSync(join(stack.home, 'etc/redis.conf'), 'utf8');
	const redis = (...args) => execFileSync('redis-cli', ['-s', conf.match(/^unixsocket (.*)$/m)[1], ...args], { encoding: 'utf8' });
	const sql = (text) => execFileSync('psql', ['-X', '-q', '-h', conf.match(/^unixsocket (.*)\/redis.sock$/m)[1], '-U', 'postgres', '-d', 'tyboo', '-c', text],
		{ env: { ...process.env, PGOPTIONS: '-c default_transaction_read_only=off', PGPASSWORD: readFileSync(join(stack.home, 'etc/pg-admin.password'), 'utf8').trim() } });
	const says = (name, state) => until(`health to say ${name} ${state}`, async () => (await health())?.stores?.[name] === state);

	redis('CONFIG', 'SET', 'maxmemory', '1');
	let workflow, acknowledged;
	try {
		await says('redis', 'read_only');
		assert.equal((await health()).status, 'degraded');
		const full = await stack.run('ctl', 'health');
		assert.equal(full.code, 1);
		assert.match(full.stdout, /redis +.*OOM/);
		/* Deliveries are kept all the same, and run when there is room again. */
		workflow = await publishCounter(stack, receiver, 'no-room');
		({ acknowledged } = await deliverAll(stack, 'no-room', 20));
		await until('tyboo-api to say why', () => /level=warn .*msg="Redis takes no job: receipts wait in Postgres".*OOM/.test(stack.log('api')));
		await until('tyboo-reap to say why', () => /level=warn .*msg="a duty fails.*OOM/.test(stack.log('reap')));
	} finally {
		redis('CONFIG', 'SET', 'maxmemory', '0');
	}
	await says('redis', 'ok');
	await assertExactlyOnce(stack, receiver, 'no-room', workflow, acknowledged);

	sql('ALTER DATABASE tyboo SET default_transaction_read_only = on');
	try {
		sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tyboo' AND pid <> pg_backend_pid()");
		await says('postgres', 'read_only');
		assert.equal((await health()).status, 'degraded');
		assert.match((await stack.run('ctl', 'health')).stdout, /postgres +Postgres takes no writes: default_transaction_read_only is on/);
	} finally {
		sql('ALTER DATABASE tyboo RESET default_transaction_read_only');
		sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tyboo' AND pid <> pg_backend_pid()");
	}
	await healthy();
});

/* A PgBouncer in front of the home's Postgres; gives what a call of tybooctl through it says. */
async function pooled(mode, ignored, ask)
{
	const sockets = readFileSync(join(stack.home, 'etc/redis.conf'), 'utf8').match(/^unixsocket (.*)\/redis.sock$/m)[1];
	const conf = readFileSync(join(stack.home, 'etc/tyboo.conf'), 'utf8'), url = conf.match(/^database_url = (.*)$/m)[1];
	const place = join(stack.home, 'run'), port = 6543;
	const { uid, gid } = statSync(place);

	writeFileSync(join(place, 'pgbouncer.ini'), `[databases]\ntyboo = ${url}\n[pgbouncer]\nlisten_addr =\nlisten_port = ${port}\nunix_socket_dir = ${sockets}\n`
		+ `auth_type = any\npool_mode = ${mode}\nignore_startup_parameters = ${ignored}\nlogfile =\npidfile =\n`, { mode: 0o644 });
	writeFileSync(join(place, 'pooled.conf'), conf.replace(/^database_url = .*$/m, `database_url = host=${sockets} port=${port} dbname=tyboo user=tyboo_app`), { mode: 0o644 });
	const pooler = spawn('/usr/sbin/pgbouncer', [join(place, 'pgbouncer.ini')], { uid, gid, stdio: 'ignore' });

	try {
		await until('the pooler to listen', () => existsSync(join(sockets, `.s.PGSQL.${port}`)));
		return await ask(join(place, 'pooled.conf'));
	} finally {
		const ended = new Promise((resolve) => pooler.once('exit', resolve));

		pooler.kill('SIGKILL');
		await ended;
		rmSync(join(sockets, `.s.PGSQL.${port}`), { force: true });
	}
}

for (const [mode, ignored, says] of [['transaction', 'options', /pooler in transaction mode/], ['transaction', '', /pooler in transaction mode/], ['session', 'options', /postgres +ok/]])
	test(`a pooler in ${mode} mode that ${ignored ? 'ignores' : 'refuses'} what it does not know: ${says.source}`, async () => {
		const { stdout, stderr } = await pooled(mode, ignored, (conf) => stack.run('ctl', '--config', conf, 'health'));

		assert.match(stdout + stderr, says);
	});

test('a worker says that a pooler in transaction mode does not do', async () => {
	const { uid, gid } = statSync(join(stack.home, 'run'));
	const text = await pooled('transaction', 'options', async (conf) => {
		const worker = spawn(join(stack.home, 'bin/tyboo-run'), ['--config', conf], { uid, gid, env: { PATH: process.env.PATH, TYBOO_LANE: 'pooled', TYBOO_HOME: stack.home } });
		let said = '';

		worker.stdout.on('data', (chunk) => { said += chunk; });
		worker.stderr.on('data', (chunk) => { said += chunk; });
		await until('its word', () => /pooler in transaction mode/.test(said)).catch((error) => { throw new Error(`${error.message}: ${said}`); });
		const ended = new Promise((resolve) => worker.once('exit', resolve));
		worker.kill('SIGTERM');
		await ended;
		return said;
	});

	assert.match(text, /point it at Postgres itself/);
});

test('the pool is stopped in the middle of 200 requests: each is answered or refused whole', async () => {
	const workflow = await publishCounter(stack, receiver, 'stopped-pool');
	const client = stack.newClient({ connections: 200 });
	const acknowledged = new Map(), refused = [];
	let stopped;

	await Promise.all(Array.from({ length: 200 }, async (_, n) => {
		const answer = await stack.hook('stopped-pool', { client, headers: { 'content-type': 'application/json', 'idempotency-key': `pool-${n}` }, body: JSON.stringify({ n }) });

		if (answer.status === 202)
			acknowledged.set(n, answer.json.run_id);
		else
			refused.push(answer);
		if (acknowledged.size >= 20)
			stopped ??= stack.run('service', 'stop', 'api');
	}));
	const { code, stdout, stderr } = await stopped;

	client.close();
	assert.equal(code, 0, stdout + stderr);
	assert.doesNotMatch(stderr, /killed/);
	for (const answer of refused) {
		assert.ok([502, 503].includes(answer.status), `${answer.status} ${answer.text}`);
		assert.ok(Number(answer.headers['retry-after']) > 0);
	}
	assert.match(stack.log('api').split('\n').slice(-30).join('\n'), /msg="draining"/);
	assert.doesNotMatch(stack.log('api'), /requests unanswered/);
	await stack.startService('api');
	/* Of those that were refused nothing was kept: each run is of a delivery that was answered. */
	await assertExactlyOnce(stack, receiver, 'stopped-pool', workflow, acknowledged);
});

test('up --port with a port that is taken: the home goes on as it was, and the port is not remembered', async () => {
	const state = readFileSync(join(stack.home, 'etc/state'), 'utf8'), pid = await stack.pid('nginx'), port = await freePort();
	const other = createServer();

	await new Promise((resolve) => other.listen(port, '127.0.0.1', resolve));
	try {
		const { code, stderr } = await stack.run('up', '--no-demo', '--port', String(port));

		assert.equal(code, 1);
		assert.match(stderr, new RegExp(`port ${port} is taken by another program`));
		assert.equal(readFileSync(join(stack.home, 'etc/state'), 'utf8'), state);
		assert.equal(await stack.pid('nginx'), pid);
		assert.equal((await health()).status, 'ok');
	} finally {
		await new Promise((resolve) => other.close(resolve));
	}
	assert.equal((await stack.run('up', '--no-demo')).code, 0);
});

test('a large log is kept for one generation, and the programs go on in a new one', async () => {
	for (const name of ['access', 'run']) {
		const log = join(stack.home, `log/${name}.log`);

		truncateSync(log, 65 << 20);
		await until(`${name}.log to be rotated`, () => existsSync(`${log}.1`) && statSync(`${log}.1`).size >= 65 << 20 && existsSync(log) && statSync(log).size < 1 << 20, { timeoutMs: 60000 });
	}
	const size = statSync(join(stack.home, 'log/access.log')).size;

	await health();
	await until('a line in the new access.log', () => statSync(join(stack.home, 'log/access.log')).size > size);
	assert.equal(statSync(join(stack.home, 'log/access.log')).uid, statSync(join(stack.home, 'log')).uid);
});

/* Requests whose body never comes, from one address of this machine; their sockets. */
async function hold(count, localAddress)
{
	const { port, hostname } = new URL(stack.baseUrl);

	return Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
		const socket = connect({ host: '127.0.0.1', localAddress, port, servername: hostname, ca: stack.ca, ALPNProtocols: ['http/1.1'] }, () => {
			socket.write(`POST /hooks/${stack.owner.workspace}/any HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000\r\n\r\nbegin`);
			resolve(socket);
		});

		socket.text = '';
		socket.on('data', (chunk) => { socket.text += chunk; });
		socket.on('error', (error) => (socket.text === '' ? reject(error) : undefined));
	})));
}

test('one address holds 1024 requests at a time; more are told to come again, and others are served', async () => {
	const held = await hold(1024, '127.0.0.2'), more = await hold(20, '127.0.0.2');

	try {
		await until('the rest to be refused', () => more.every((socket) => /^HTTP\/1.1 503 /.test(socket.text)));
		assert.match(more[0].text, /retry-after: \d/i);
		assert.equal(held.filter((socket) => socket.text !== '').length, 0, held.find((socket) => socket.text !== '')?.text);
		assert.equal((await health()).status, 'ok');
		/* client_body_timeout: none holds on for ever. */
		await until('those that send nothing to be let go', () => held.every((socket) => socket.destroyed || socket.readableEnded || socket.text !== ''), { timeoutMs: 25000 });
	} finally {
		for (const socket of [...held, ...more])
			socket.destroy();
	}
});

test('down ends the keeper and leaves nothing', async () => {
	const pid = keeper();

	assert.ok(existsSync(`/proc/${pid}`));
	assert.equal(readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), 'tyboo-keep');
	assert.ok(childrenOf(pid).length <= 1);
	const { code, stderr } = await stack.run('down');

	assert.equal(code, 0);
	assert.doesNotMatch(stderr, /left over|killed/);
	/* A zombie until the system's first process has asked after it. */
	await until('the keeper to be gone', () => !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
	assert.deepEqual(processesOf(stack.home), []);
	assert.equal((await stack.run('up', '--no-demo')).code, 0);
	await healthy();
});
