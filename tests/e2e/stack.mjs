/*
 * stack.mjs -- a whole home for a test file: nginx, tyboo-api, workers, Postgres, Redis, on loopback.
 *
 *	let stack;
 *	before(async () => { stack = await startStack({ name: 'hooks', set: { lease_ms: 2000 } }); });
 *	after(() => stack.stop());
 *
 * It is what './tyboo up --build dev' makes, below a temporary folder, so every program runs with
 * AddressSanitizer; stop() takes it down and fails where a sanitizer has spoken in a log.  A home
 * never outlives its test file: not a failure, not a signal.  TYBOO_E2E_KEEP=1 leaves it for a look.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from './client.mjs';
import { patience } from './patience.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const tyboo = join(root, 'tyboo');

const running = new Set();

/* Whatever ends this process ends the homes it made. */
function stopAllNow()
{
	for (const home of running)
		spawnSync(tyboo, ['down', '--purge'], { env: homeEnv(home), stdio: 'ignore' });
	running.clear();
}
process.on('exit', stopAllNow);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(signal, () => process.exit(1));

export function homeEnv(home)
{
	return { ...process.env, TYBOO_HOME: home };
}

/* { code, stdout, stderr } of ./tyboo on that home; never rejects. */
export function runTyboo(home, args, { timeoutMs = 300000 } = {})
{
	return new Promise((resolve) => {
		execFile(tyboo, args, { env: homeEnv(home), timeout: timeoutMs * patience, maxBuffer: 1 << 26 },
			(error, stdout, stderr) => resolve({ code: error ? error.code ?? error.signal : 0, stdout, stderr }));
	});
}

/*
 * A port that is free now, outside of the range that clients are given.  Each process has a few of its
 * own, by its id: nginx binds one seconds after it was found, and files that run side by side have ids
 * side by side, so none finds another's.
 */
const PORTS_FIRST = 12000, PORTS = 8000, PORTS_EACH = 8;
let portTries = 0;

export function freePort()
{
	const slot = process.pid % (PORTS / PORTS_EACH);
	const port = PORTS_FIRST + (slot * PORTS_EACH + portTries++) % PORTS;	/* all taken: the next one's */

	return new Promise((resolve, reject) => {
		const server = createServer();

		server.once('error', () => freePort().then(resolve, reject));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
	});
}

/* Polls until 'check' gives something true; that is the result.  Says 'what' where it never comes. */
export async function until(what, check, { timeoutMs = 30000, everyMs = 50 } = {})
{
	const deadline = Date.now() + timeoutMs * patience;

	for (;;) {
		const result = await check();

		if (result)
			return result;
		if (Date.now() > deadline)
			throw new Error(`${what}: not within ${timeoutMs * patience} ms`);
		await sleep(everyMs);
	}
}

/* Processes that run a file of the home, stand in it, or name it among their arguments. */
export function processesOf(home)
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

/* The programs whose processes are closed to all but root. */
export const jailed = /^tyboo-(sandbox|parse)$/;

/* One that has ended meanwhile is undefined. */
function statusOf(pid)
{
	try {
		return readFileSync(`/proc/${pid}/status`, 'utf8');
	} catch {
		return undefined;
	}
}

/* The most that one of each of a home's programs has resident, in MB, by name: now (VmRSS), or at its peak (VmHWM). */
export function sizesOf(home, field)
{
	const found = {};

	for (const status of processesOf(home).map(statusOf).filter(Boolean)) {
		const [, name] = /^Name:\s+(\S+)/m.exec(status);
		const [, kb] = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status) ?? [];

		if (kb !== undefined && /^tyboo-(api|run|sandbox|reap|schedule)$/.test(name))
			found[name] = Math.max(found[name] ?? 0, Number(kb) / 1024);
	}
	return found;
}

/* Let peaks begin anew (proc(5), clear_refs: 5).  Where we are not root those of jailed processes stay. */
export function forgetPeaks(home)
{
	for (const pid of processesOf(home)) {
		const name = /^Name:\s+(\S+)/m.exec(statusOf(pid) ?? '')?.[1] ?? '';

		try {
			writeFileSync(`/proc/${pid}/clear_refs`, '5');
		} catch (error) {
			if (!jailed.test(name) && !['ENOENT', 'ESRCH'].includes(error.code))
				throw error;
		}
	}
}

/* Those that a keeper (multiwatch, tyboo-supervise) keeps. */
export function childrenOf(pid)
{
	return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
}

export function makeHome(name = 'stack')
{
	return mkdtempSync(join(tmpdir(), `e2e-${name}.`));
}

function field(text, key)
{
	return text.match(new RegExp(`^${key}=(.*)$`, 'm'))?.[1];
}

/*
 * name: for the folder.  set: settings of etc/tyboo.conf.  apiProcesses, runProcesses: how many.
 * args: more for ./tyboo up.  build: the preset; release only where what a program takes is measured.
 */
export async function startStack({ name = 'stack', set = {}, apiProcesses = 2, runProcesses = 2, args = [], home = makeHome(name),
	build = process.env.TYBOO_E2E_BUILD ?? 'dev' } = {})
{
	const up = ['up', '--no-demo', '--build', build, '--port', String(await freePort()),
		'--api-processes', String(apiProcesses), '--run-processes', String(runProcesses), ...args];

	for (const [key, value] of Object.entries({ api_threads: 8, ...set }))
		up.push('--set', `${key}=${value}`);
	return upStack(home, up);
}

/* ./tyboo with these words on a home that ends with this process. */
export async function upStack(home, words)
{
	running.add(home);
	const result = await runTyboo(home, words);

	if (result.code !== 0) {
		const logs = readLogs(home);

		if (process.env.TYBOO_E2E_KEEP === undefined)
			stopAllNow();
		throw new Error(`./tyboo up ended with ${result.code}:\n${result.stdout}${result.stderr}\n${logs}`);
	}
	return new Stack(home, result.stdout);
}

/* The last lines of every log, for a failure's message. */
export function readLogs(home, lines = 15)
{
	let text = '';

	try {
		for (const file of readdirSync(join(home, 'log')).filter((f) => f.endsWith('.log') && !/access|up\.log/.test(f)))
			text += `==> ${file}\n${readFileSync(join(home, 'log', file), 'utf8').split('\n').slice(-lines).join('\n')}\n`;
	} catch {
		/* no logs yet */
	}
	return text;
}

const sanitizer = /ERROR: (Address|Leak)Sanitizer|runtime error:|AddressSanitizer:DEADLYSIGNAL/;

class Stack {
	constructor(home, upOutput)
	{
		const owner = readFileSync(join(home, 'etc/owner'), 'utf8');

		this.home = home;
		this.upOutput = upOutput;
		this.baseUrl = field(readFileSync(join(home, 'etc/state'), 'utf8'), 'base_url');
		this.ca = readFileSync(join(home, 'tls/cert.pem'), 'utf8');
		this.owner = { email: field(owner, 'email'), password: field(owner, 'password'),
			workspace: field(owner, 'workspace') };
		this.client = this.newClient();
		this.senders = this.newClient();
		this.signedIn = undefined;
	}

	/* A client of nobody: sign it in or not. */
	newClient(options)
	{
		return new Client(this.baseUrl, this.ca, options);
	}

	/* ---- the API as the owner; signs in at the first call ---- */

	async asOwner()
	{
		this.signedIn ??= this.client.signIn(this.owner.email, this.owner.password);
		await this.signedIn;
		return this.client;
	}

	/* 'path' below /api/v1; '@' at its start stands for /workspaces/<the owner's>. */
	path(path)
	{
		return path.replace(/^@/, `/workspaces/${this.owner.workspace}`);
	}

	async api(method, path, body, options)
	{
		return (await this.asOwner()).api(method, this.path(path), body, options);
	}

	async ok(method, path, body, options)
	{
		return (await this.asOwner()).ok(method, this.path(path), body, options);
	}

	/* ---- workflows, deliveries, runs ---- */

	async credential(secret, name = `secret ${Math.random().toString(36).slice(2)}`)
	{
		const data = Array.isArray(secret) ? { secrets: secret } : { secret };

		return (await this.ok('POST', '@/credentials', { name, type: 'webhook_secret', data })).id;
	}

	/* Create and publish; gives the workflow's id. */
	async publish(graph, name = 'a test workflow')
	{
		const { id } = await this.ok('POST', '@/workflows', { name, graph });

		await this.ok('POST', `@/workflows/${id}/publish`, {});
		return id;
	}

	hook(path, { method = 'POST', workspace = this.owner.workspace, client = this.senders, ...rest } = {})
	{
		return client.send(method, `/hooks/${workspace}/${path}`, rest);
	}

	/* The run, once it is over. */
	finished(runId, options)
	{
		return until(`the end of run ${runId}`, async () => {
			const answer = await this.api('GET', `@/executions/${runId}`);

			return answer.status === 200 && ['ok', 'error', 'timeout', 'canceled'].includes(answer.json.status) && answer.json;
		}, options);
	}

	/* Every item of a list, over all its pages. */
	async all(path)
	{
		const items = [];
		let cursor;

		do {
			const page = await this.ok('GET', `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${cursor}` : ''}`);

			items.push(...page.items);
			cursor = page.next_cursor;
		} while (cursor);
		return items;
	}

	/* ---- the home ---- */

	run(...args)
	{
		return runTyboo(this.home, args);
	}

	async pid(service)
	{
		const { code, stdout } = await this.run('service', 'pid', service);

		return code === 0 ? Number(stdout) : undefined;
	}

	async startService(service)
	{
		const { code, stdout, stderr } = await this.run('service', 'start', service);

		if (code !== 0)
			throw new Error(`service start ${service}: ${stdout}${stderr}\n${readLogs(this.home)}`);
	}

	log(name)
	{
		return readFileSync(join(this.home, 'log', `${name}.log`), 'utf8');
	}

	/* What sanitizers said, as "log: line". */
	sanitizerReports()
	{
		const found = [];

		if (!existsSync(this.home))
			return found;
		for (const file of readdirSync(join(this.home, 'log')).filter((f) => f.endsWith('.log'))) {
			const lines = readFileSync(join(this.home, 'log', file), 'utf8').split('\n');

			lines.forEach((line, i) => {
				if (sanitizer.test(line))
					found.push(`${file}: ${lines.slice(i, i + 25).join('\n')}`);
			});
		}
		return found;
	}

	async stop()
	{
		this.client.close();
		this.senders.close();
		if (!running.has(this.home))
			return;
		const down = await this.run('down');
		const reports = this.sanitizerReports();

		running.delete(this.home);
		if (process.env.TYBOO_E2E_KEEP === undefined) {
			await this.run('down', '--purge');
			rmSync(this.home, { recursive: true, force: true });
		}
		if (down.code !== 0)
			throw new Error(`./tyboo down ended with ${down.code}: ${down.stdout}${down.stderr}`);
		if (reports.length > 0)
			throw new Error(`a sanitizer has spoken:\n${reports.slice(0, 3).join('\n')}`);
	}
}
