/*
 * canary.test.mjs -- an opened secret is in no step, journal, log, error, core or sandbox.
 *
 * Canaries are kept as a credential of each type, as a webhook's secret, as a header that a webhook keeps
 * and as a secret that an earlier release sealed in a published version.  A receiver that sends back
 * all it gets makes runs of them that succeed, fail, time out and are redirected.  Then everything
 * that a run leaves behind is looked through, for the canaries as they are and in every encoding.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { openSync, closeSync, readSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chain, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { processesOf, startStack, until } from './stack.mjs';

/* A character that URLs escape, and one that base64 of another alphabet writes otherwise. */
const canary = (name) => `canary/${name}+${Math.random().toString(36).slice(2, 12)}?>`;
const secrets = Object.fromEntries(['bearer', 'basic', 'header', 'query', 'custom', 'form', 'hook', 'literal',
	'digest', 'aws', 'session', 'consumer', 'token', 'jwt',
	'client', 'code', 'access', 'refresh', 'machine', 'access-2'].map((name) => [name, canary(name)]));
const kept = canary('kept');
let stack, receiver, other;
const ids = {}, runs = {};

/* ---- the needles ---- */

/* Base64 of a text within another begins at one of three places; its edges depend on the neighbours. */
function base64s(text)
{
	return [0, 1, 2].flatMap((shift) => {
		const whole = Buffer.from('x'.repeat(shift) + text).toString('base64');
		const inner = whole.slice(shift === 0 ? 0 : 4, whole.length - 4);

		return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
	});
}

function needlesOf(text)
{
	const hex = Buffer.from(text).toString('hex');

	return [...new Set([text, encodeURIComponent(text), encodeURIComponent(text).replaceAll('%20', '+'), encodeURIComponent(text).toLowerCase(),
		JSON.stringify(text).slice(1, -1), text.replaceAll('/', '\\/'), ...base64s(text), hex, hex.toUpperCase()])].filter((needle) => needle.length >= 12);
}

const needles = Object.entries(secrets).flatMap(([name, text]) => needlesOf(text).map((needle) => [name, needle]));
const keptNeedles = needlesOf(kept).map((needle) => ['kept header', needle]);

function found(haystack, list = needles)
{
	const text = Buffer.isBuffer(haystack) ? haystack.toString('latin1') : haystack;

	return list.filter(([, needle]) => text.includes(needle)).map(([name, needle]) => `${name} as ${needle}`);
}

function nowhereIn(what, haystack, list = needles)
{
	assert.deepEqual(found(haystack, list), [], `${what} has a canary`);
}

/* ---- the runs ---- */

const socketDir = () => readFileSync(join(stack.home, 'etc/redis.conf'), 'utf8').match(/^unixsocket (.*)\/redis.sock$/m)[1];
const postgres = (program, ...args) => execFileSync(program, ['-h', socketDir(), '-U', 'postgres', '-d', 'tyboo', ...args], { maxBuffer: 1 << 28,
	env: { ...process.env, PGPASSWORD: readFileSync(join(stack.home, 'etc/pg-admin.password'), 'utf8').trim() } });
const sql = (text) => postgres('psql', '-X', '-q', '-A', '-t', '-c', text).toString();

async function credential(name, type, data)
{
	ids[name] = (await stack.ok('POST', '@/credentials', { name: `the ${name}`, type, data })).id;
	return ids[name];
}

const call = (name, path, more = {}) => node('http.request', { url: receiver.url(path), full_response: true, credential: ids[name], ...more });

async function runOf(document, name)
{
	const id = await stack.publish(document, name);
	const { run_id: run } = await stack.ok('POST', `@/workflows/${id}/executions`, { hello: 1 });

	runs[name] = await stack.finished(run);
	return runs[name];
}

/* A version that an earlier release published: its draft had the secret in clear, and saving sealed it. */
async function publishLiteral()
{
	const plain = (value) => chain(node('core.manual'), { ...node('http.request', { url: receiver.url('/echo'), full_response: true, ...value }), id: 'call' });
	const id = await stack.publish(plain({}), 'literal');
	const clear = JSON.stringify(plain({ auth_header: 'Authorization', auth_value: `Bearer ${secrets.literal}` })).replaceAll('\'', '\'\'');

	sql(`UPDATE tyboo.workflow_versions SET graph = '${clear}' WHERE workflow_id = '${id}'`);
	const draft = await stack.api('GET', `@/workflows/${id}`);

	nowhereIn('the draft', draft.text);
	await stack.ok('PUT', `@/workflows/${id}`, { graph: draft.json.graph }, { headers: { 'if-match': draft.headers.etag } });
	sql(`UPDATE tyboo.workflow_versions v SET graph = d.graph FROM tyboo.workflow_versions d, tyboo.workflows w
		WHERE v.workflow_id = '${id}' AND d.id = w.draft_version_id AND w.id = '${id}'`);
	assert.match(sql(`SELECT graph FROM tyboo.workflow_versions WHERE workflow_id = '${id}' LIMIT 1`), /tysealed\./);
	ids.literalWorkflow = id;
	const { run_id: run } = await stack.ok('POST', `@/workflows/${id}/executions`, {});

	runs.literal = await stack.finished(run);
}

function answer(request, response)
{
	const echo = JSON.stringify({ method: request.method, path: request.path, headers: request.headers, body: request.body, [`got ${request.headers.authorization ?? request.path}`]: true });

	if (request.path.startsWith('/token'))
		return giveToken(request, response);
	if (request.path.startsWith('/digest') && !request.headers.authorization)
		response.writeHead(401, { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256' });
	if (request.path.startsWith('/slow'))
		return;	/* until the call's time is over */
	if (response.headersSent)
		return response.end(echo);
	response.setHeader('content-type', 'application/json');
	response.setHeader('x-echo', request.headers.authorization ?? '');
	if (request.path.startsWith('/away')) {
		response.statusCode = 307;
		response.setHeader('location', other.url('/stolen'));
	} else if (request.path.startsWith('/fail')) {
		response.statusCode = 500;
	}
	response.end(echo);
}

/* A provider that repeats all it is sent, in its tokens' answers and in its errors. */
function giveToken(request, response)
{
	const is = (text) => request.body.includes(text);
	const token = is('client_credentials') ? { access_token: secrets['access-2'] } : { access_token: secrets.access, refresh_token: secrets.refresh };
	const error = { error: 'invalid_grant', error_description: `${request.headers.authorization} ${decodeURIComponent(request.body)}` };

	response.writeHead(is('refresh_token') || request.path.startsWith('/token/no') ? 400 : 200, { 'content-type': 'application/json' });
	response.end(JSON.stringify(is('refresh_token') || request.path.startsWith('/token/no') ? error : { ...token, token_type: 'Bearer', expires_in: 3600, you_said: request.body }));
}

const client = (path) => ({ token_url: receiver.url(path), client_id: 'me', client_secret: secrets.client });

async function connect(name)
{
	const way = await stack.ok('POST', `@/credentials/${ids[name]}/connect`);

	return stack.api('GET', `/oauth2/callback?code=${encodeURIComponent(secrets.code)}&state=${new URL(way.url).searchParams.get('state')}`);
}

/* A person signs in, runs go well, and the refresh is refused by a provider that repeats everything. */
async function runOAuth2()
{
	await credential('signed-in', 'http_oauth2_code', { ...client('/token'), authorization_url: receiver.url('/authorize') });
	assert.match((await connect('signed-in')).headers.location, /connect=ok/);
	await credential('no token', 'http_oauth2_code', { ...client('/token/no'), authorization_url: receiver.url('/authorize') });
	assert.match((await connect('no token')).headers.location, /connect=failed/);
	await credential('machine', 'http_oauth2_client', { ...client('/token'), client_secret: secrets.machine, client_auth: 'body' });
	await runOf(chain(node('core.manual'), call('signed-in', '/echo')), 'ok signed-in');
	await runOf(chain(node('core.manual'), call('machine', '/echo')), 'ok machine');
	await runOf(chain(node('core.manual'), call('signed-in', '/away')), 'away signed-in');
	sql('UPDATE tyboo.credential_tokens SET renew_at = now() - interval \'1 s\', expires_at = now() - interval \'1 s\' WHERE has_refresh');
	await runOf(chain(node('core.manual'), call('signed-in', '/echo')), 'refresh refused');
}

before(async () => {
	receiver = await startReceiver();
	other = await startReceiver();
	receiver.answer = answer;
	stack = await startStack({ name: 'canary', set: { http_allow: `127.0.0.1:${receiver.port},127.0.0.1:${other.port}`, log_level: 'debug' } });
	await credential('bearer', 'http_bearer', { token: secrets.bearer });
	await credential('basic', 'http_basic', { username: 'me', password: secrets.basic });
	await credential('header', 'http_header', { name: 'X-Api-Key', value: secrets.header });
	await credential('query', 'http_query', { name: 'key', value: secrets.query });
	await credential('custom', 'http_custom', { headers: [{ name: 'X-Custom', value: secrets.custom }], form: [{ name: 'client', value: secrets.form }] });
	await credential('digest', 'http_digest', { username: 'me', password: secrets.digest });
	await credential('aws', 'http_aws', { access_key_id: 'AKIA', secret_access_key: secrets.aws, session_token: secrets.session, region: 'r', service: 's3' });
	await credential('oauth1', 'http_oauth1', { consumer_key: 'k', consumer_secret: secrets.consumer, token: 't', token_secret: secrets.token });
	await credential('jwt', 'http_jwt', { algorithm: 'HS256', key: secrets.jwt });
	const code = node('core.code', { code: 'return $input.all().map((item) => ({ json: { seen: JSON.stringify(item.json) } }))' });
	const form = { method: 'POST', body_kind: 'form', body_form: [{ name: 'a', value: '1' }] };

	await runOf(chain(node('core.manual'), call('digest', '/digest')), 'ok digest');
	for (const name of ['bearer', 'basic', 'header', 'query', 'aws', 'oauth1', 'jwt'])
		await runOf(chain(node('core.manual'), call(name, '/echo'), { ...code, id: `code-${name}` }), `ok ${name}`);
	await runOf(chain(node('core.manual'), call('custom', '/echo', form)), 'ok custom');
	await runOf(chain(node('core.manual'), call('bearer', '/fail')), 'fails');
	await runOf(chain(node('core.manual'), call('query', '/slow', { timeout_ms: 300 })), 'times out');
	for (const name of ['bearer', 'header', 'query'])
		await runOf(chain(node('core.manual'), call(name, '/away')), `away ${name}`);
	await runOf(chain(node('core.manual'), call('custom', '/away', form)), 'away form');
	await runOAuth2();
	await publishLiteral();
	await credential('hook', 'webhook_secret', { secret: secrets.hook });
	await stack.publish(chain(hook('signed', { verify: 'token', token_header: 'X-Gitlab-Token', credential: ids.hook, keep_headers: 'X-Channel-Token' }), node('core.noop')), 'hook');
	const right = await stack.hook('signed', { headers: { 'content-type': 'application/json', 'x-gitlab-token': secrets.hook, 'x-channel-token': kept }, body: '{}' });
	const wrong = await stack.hook('signed', { headers: { 'content-type': 'application/json', 'x-gitlab-token': `${secrets.hook}x` }, body: '{}' });

	assert.equal(right.status, 202, right.text);
	assert.equal(wrong.status, 401, wrong.text);
	runs.hook = await stack.finished(right.json.run_id);
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
	await other?.stop();
});

/* ---- that there was something to find ---- */

test('the receiver got every secret, and the runs went as they should', () => {
	const got = receiver.calls.map((one) => `${one.path} ${JSON.stringify(one.headers)} ${one.body}`).join('\n');

	for (const name of ['bearer', 'header', 'literal', 'custom', 'session', 'access', 'access-2'])
		assert.ok(got.includes(secrets[name]), `${name} was sent`);
	assert.ok(got.includes(Buffer.from(`me:${secrets.basic}`).toString('base64')), 'basic was sent');
	assert.ok(got.includes(encodeURIComponent(secrets.query)), 'query was sent');
	for (const name of ['form', 'code', 'refresh', 'machine'])
		assert.ok(got.includes(encodeURIComponent(secrets[name])), `${name} was sent`);
	const statuses = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, run.status]));

	for (const name of ['ok bearer', 'ok basic', 'ok header', 'ok query', 'ok custom', 'ok digest', 'ok aws', 'ok oauth1', 'ok jwt', 'ok signed-in', 'ok machine', 'away signed-in', 'literal', 'hook', 'away bearer', 'away header', 'away query'])
		assert.equal(statuses[name], 'ok', `${name}: ${JSON.stringify(runs[name].error)}`);
	for (const name of ['fails', 'times out', 'away form', 'refresh refused'])
		assert.equal(statuses[name], 'error', name);
	/* A token that was signed for one call is a secret while it is good. */
	const token = /Bearer (ey[\w-]+\.[\w-]+\.[\w-]+)/.exec(got)[1];

	needles.push(...needlesOf(token).map((needle) => ['signed token', needle]));
	/* The needles do find. */
	assert.notEqual(found(got).length, 0);
	assert.match(JSON.stringify(runs['ok bearer'].steps), /\*{8}/, 'the echo is masked');
});

test('a redirect to another host takes no secret along', () => {
	assert.ok(other.calls.length >= 3, 'it was redirected');
	nowhereIn('the other host', JSON.stringify(other.calls));
	assert.equal(other.calls.filter((one) => one.method === 'POST').length, 0, 'the form with a secret did not travel');
});

/* ---- where it must not be ---- */

test('Postgres has none of them, packed or not', (t) => {
	const dump = postgres('pg_dump', '--inserts').toString('latin1');
	let unpacked = 0;

	assert.ok(dump.includes('tysealed.'), 'the dump has the workflow');
	nowhereIn('the dump', dump);
	for (const [, hex] of dump.matchAll(/\\x([0-9a-f]{8,})/g)) {
		const at = hex.indexOf('28b52ffd');	/* zstd's magic number */

		if (at < 0)
			continue;
		const { stdout, error } = spawnSync('zstd', ['-dcq'], { input: Buffer.from(hex.slice(at), 'hex'), maxBuffer: 1 << 26 });

		if (error)
			return t.diagnostic('no zstd here: packed values are looked at through the API only');
		unpacked += stdout.length > 0;
		nowhereIn('a packed value', stdout);
	}
	assert.ok(unpacked > 0, 'some values were packed');
});

test('Redis has none of them', () => {
	const redis = (...args) => execFileSync('redis-cli', ['-s', `${socketDir()}/redis.sock`, '--raw', ...args], { maxBuffer: 1 << 28 });
	const read = { string: ['GET'], hash: ['HGETALL'], list: ['LRANGE', 0, -1], set: ['SMEMBERS'], zset: ['ZRANGE', 0, -1], stream: ['XRANGE', '-', '+'] };
	const keys = redis('--scan').toString().split('\n').filter(Boolean);

	assert.ok(keys.includes('{main}:hooks'), 'the mirror is there');
	for (const key of keys) {
		const [command, ...rest] = read[redis('TYPE', key).toString().trim()] ?? ['EXISTS'];

		nowhereIn(`key ${key}`, redis(command, key, ...rest.map(String)));
	}
	/* And what was there before. */
	for (const file of filesBelow(join(stack.home, 'redis')))
		nowhereIn(file, readFileSync(file));
});

function filesBelow(dir)
{
	let entries;

	try {
		entries = readdirSync(dir);
	} catch {
		return [];
	}
	return entries.map((name) => join(dir, name)).flatMap((path) => statSync(path).isDirectory() ? filesBelow(path) : statSync(path).isFile() ? [path] : []);
}

test('no log has them, nginx\'s neither', () => {
	const files = filesBelow(join(stack.home, 'log'));

	for (const name of ['run', 'nginx'])
		assert.ok(files.some((file) => file.includes(name)), `there is a log of ${name}`);
	for (const file of files)
		nowhereIn(file, readFileSync(file), [...needles, ...keptNeedles]);
});

test('no answer of the API has them', async () => {
	const get = async (path) => {
		const { text } = await stack.api('GET', path);

		nowhereIn(path, text);
		return JSON.parse(text);
	};

	for (const run of Object.values(runs)) {
		await get(`@/executions/${run.id}`);
		await get(`@/executions/${run.id}/steps`);
	}
	for (const list of ['workflows', 'executions', 'deliveries', 'credentials', 'api-keys'])
		await get(`@/${list}`);
	for (const delivery of await stack.all('@/deliveries'))
		nowhereIn('a delivery', (await stack.api('GET', `@/deliveries/${delivery.id}`)).text, [...needles, ...keptNeedles]);
	for (const workflow of await stack.all('@/workflows')) {
		await get(`@/workflows/${workflow.id}`);
		for (const version of await stack.all(`@/workflows/${workflow.id}/versions`))
			await get(`@/workflows/${workflow.id}/versions/${version.number}`);
	}
	for (const name of ['bearer', 'custom', 'hook', 'digest', 'aws', 'oauth1', 'jwt', 'signed-in', 'no token', 'machine'])
		await get(`@/credentials/${ids[name]}`);
	/* Errors about a secret say nothing of it. */
	for (const data of [{ token: `${secrets.bearer}\n` }, { token: [secrets.bearer] }, { [secrets.bearer]: 1 }]) {
		const refused = await stack.api('POST', '@/credentials', { name: 'x', type: 'http_bearer', data });

		assert.equal(refused.status, 422);
		nowhereIn('a refusal', refused.text);
	}
	const refused = await stack.api('PUT', `@/credentials/${ids.bearer}`, { data: { token: `Bearer ${secrets.bearer}` } });

	assert.equal(refused.status, 422);
	nowhereIn('a refusal', refused.text);
});

test('nothing that tybooctl prints has them', async () => {
	const print = async (...args) => {
		const { code, stdout, stderr } = await stack.run('ctl', ...args);

		assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
		nowhereIn(args.join(' '), stdout + stderr);
	};

	for (const list of ['executions', 'deliveries', 'credential', 'workflow'])
		await print('--json', list, 'list');
	for (const run of Object.values(runs))
		await print('--json', 'executions', 'show', run.id);
	await print('workflow', 'export', ids.literalWorkflow);
	await print('credential', 'show', ids.bearer);
	await print('workflow', 'migrate-secrets');
});

const programs = () => processesOf(stack.home).flatMap((pid) => {
	try {
		return [{ pid, name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }];
	} catch {
		return [];
	}
});

test('no process has them in its environment or arguments, and those that open them leave no core', () => {
	let opened = 0;

	for (const { pid, name } of programs()) {
		nowhereIn(`${name}'s arguments`, readFileSync(`/proc/${pid}/cmdline`));
		nowhereIn(`${name}'s environment`, readFileSync(`/proc/${pid}/environ`));
		if (name !== 'tyboo-run' && name !== 'tyboo-api')
			continue;
		opened += 1;
		assert.match(readFileSync(`/proc/${pid}/limits`, 'latin1'), /^Max core file size +[01] +[01] /m, `${name} leaves no core`);
	}
	assert.ok(opened >= 2, 'both programs were looked at');
});

/* All of its writable memory. */
function memoryOf(pid)
{
	const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n').filter((line) => /^[0-9a-f]+-[0-9a-f]+ rw/.test(line));
	const fd = openSync(`/proc/${pid}/mem`, 'r'), parts = [];

	for (const line of maps) {
		const [from, to] = line.split(' ')[0].split('-').map((hex) => BigInt(`0x${hex}`));
		const size = Number(to - from);

		if (size > 1 << 28)
			continue;	/* reserved, and not used: the cage of JavaScript's heap, ASan's shadow */
		const part = Buffer.alloc(size);

		try {
			parts.push(part.subarray(0, readSync(fd, part, 0, size, from)));
		} catch {
			/* it cannot be read: a guard page */
		}
	}
	closeSync(fd);
	return Buffer.concat(parts);
}

test('the sandbox never had them', async (t) => {
	const marker = `marker-${Math.random().toString(36).slice(2)}`;

	/* So that one is alive, and that a look finds what is there. */
	await runOf(chain(node('core.manual'), call('bearer', '/echo'), node('core.code', { code: `globalThis.kept = '${marker}'; return $input.all()` })), 'once more');
	const sandboxes = await until('a sandbox', () => {
		const list = programs().filter(({ name }) => name === 'tyboo-sandbox');

		return list.length > 0 && list;
	});
	let looked = 0;

	for (const { pid } of sandboxes) {
		let memory;

		try {
			memory = memoryOf(pid);
		} catch {
			continue;	/* it is not dumpable: only root may look */
		}
		looked += memory.length > 0;
		nowhereIn('a sandbox', memory);
	}
	t.diagnostic(`${looked} of ${sandboxes.length} sandboxes could be read`);
});
