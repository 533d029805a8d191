/*
 * proxy.test.mjs -- http.request through the operator's proxy and through a node's own: real ones, over http
 * and https, that make tunnels, ask for a user, and note what they were asked.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { chain, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack } from './stack.mjs';

const secret = () => `pw-${randomBytes(12).toString('hex')}`;
const OPERATOR = secret();
let folder, receiver, secure, operators, plain, tls, closed, hidden, stack, direct;

const pem = (name) => readFileSync(join(folder, name), 'utf8');
const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

/* A proxy for who has that user and password; undefined: for who gives none. */
async function startProxy(user, isSecure)
{
	const proxy = { asked: [], sockets: new Set() };
	const server = isSecure ? createSecureServer({ key: pem('server.key'), cert: pem('server.pem') }) : createServer();
	const wanted = user && `Basic ${Buffer.from(user).toString('base64')}`;

	server.on('connection', (socket) => proxy.sockets.add(socket));
	server.on('connect', (req, socket) => {
		proxy.asked.push({ target: req.url, headers: req.headers });
		socket.on('error', () => {});
		if (req.headers['proxy-authorization'] !== wanted)
			return socket.end('HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="it"\r\nContent-Length: 0\r\n\r\n');
		const port = Number(req.url.split(':').pop()), there = connect(port, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Made\r\n\r\n');
			socket.pipe(there).pipe(socket);
		});

		there.on('error', () => socket.end('HTTP/1.1 502 Away\r\nContent-Length: 0\r\n\r\n'));
		socket.on('close', () => there.destroy());
		return undefined;
	});
	proxy.port = await listen(server);
	proxy.stop = () => new Promise((resolve) => {
		server.close(resolve);
		for (const socket of proxy.sockets)
			socket.destroy();
	});
	return proxy;
}

const ZSTD = Buffer.from('KLUv/QRYOQAAeyJuIjoxfdSsvHM=', 'base64');
const JSON_BYTES = Buffer.from('{"n":1}');
/* path -> what is sent, and what it is read as */
const answers = {
	'/gzip': [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync(JSON_BYTES), { n: 1 }],
	'/deflate': [{ 'content-type': 'application/json', 'content-encoding': 'deflate' }, deflateSync(JSON_BYTES), { n: 1 }],
	'/raw-deflate': [{ 'content-type': 'application/json', 'content-encoding': 'deflate' }, deflateRawSync(JSON_BYTES), { n: 1 }],
	'/br': [{ 'content-type': 'application/json', 'content-encoding': 'br' }, brotliCompressSync(JSON_BYTES), { n: 1 }],
	'/zstd': [{ 'content-type': 'application/json', 'content-encoding': 'zstd' }, ZSTD, { n: 1 }],
	'/latin1': [{ 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from('caf\xe9', 'latin1'), 'café'],
	'/sjis': [{ 'content-type': 'text/plain; charset=shift_jis' }, Buffer.from([0x93, 0xfa, 0x96, 0x7b]), '日本'],
	'/utf16': [{ 'content-type': 'application/json; charset=utf-16le' }, Buffer.from('{"n":"é"}', 'utf16le'), { n: 'é' }],
	'/1252': [{ 'content-type': 'text/csv; charset=windows-1252', 'content-encoding': 'gzip' }, gzipSync(Buffer.from([0x80])), '€'],
};
/* Small on the wire, 64 MiB once inflated. */
const bombs = { '/bomb-gzip': ['gzip', gzipSync], '/bomb-deflate': ['deflate', deflateSync], '/bomb-br': ['br', brotliCompressSync] };

function answer(call, res)
{
	const path = call.path.split('?')[0];

	if (answers[path] !== undefined)
		return (res.writeHead(200, answers[path][0]), res.end(answers[path][1]));
	if (bombs[path] !== undefined)
		return (res.writeHead(200, { 'content-encoding': bombs[path][0] }), res.end(bombs[path][1](Buffer.alloc(64 << 20))));
	if (path === '/inside')
		return (res.writeHead(302, { location: 'http://10.1.2.3/there' }), res.end());
	if (path === '/again')
		return (res.writeHead(302, { location: '/there' }), res.end());
	return res.end(JSON.stringify({ path: call.path, headers: call.headers }));
}

before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tyboo-proxy-'));
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-nodes', '-subj', '/CN=localhost',
		'-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', join(folder, 'server.key'), '-out', join(folder, 'server.pem')], { stdio: 'ignore' });
	chmodSync(folder, 0o755); /* the workers are somebody else where we are root */
	receiver = await startReceiver();
	receiver.answer = answer;
	secure = createSecureServer({ key: pem('server.key'), cert: pem('server.pem') }, (req, res) => res.end(JSON.stringify({ path: req.url, auth: req.headers.authorization })));
	secure.port = await listen(secure);
	operators = await startProxy(`op:${OPERATOR}`, true);
	plain = await startProxy(undefined, false);
	tls = await startProxy(undefined, true);
	closed = await startProxy(`other:${secret()}`, false);
	hidden = await startProxy(undefined, false);
	const both = `127.0.0.1:${receiver.port},127.0.0.1:${secure.port}`, set = { http_ca_file: join(folder, 'server.pem') };

	stack = await startStack({ name: 'proxy', apiProcesses: 1, runProcesses: 1, set: { ...set, http_allow: both,
		http_proxy: `https://op:${OPERATOR}@127.0.0.1:${operators.port}` } });
	direct = await startStack({ name: 'proxy-own', apiProcesses: 1, runProcesses: 1, set: { ...set, http_allow: `${both},127.0.0.1:${plain.port},127.0.0.1:${tls.port},127.0.0.1:${closed.port}` } });
});
after(async () => {
	await stack?.stop();
	await direct?.stop();
	await receiver?.stop();
	for (const proxy of [operators, plain, tls, closed, hidden])
		await proxy?.stop();
	secure?.close();
	secure?.closeAllConnections();
	if (folder)
		rmSync(folder, { recursive: true });
});

/* The record of a run with that one call, and its items. */
async function call(where, params)
{
	const id = await where.publish(chain(node('core.manual'), node('http.request', params)), `call ${randomBytes(4).toString('hex')}`);
	const { run_id: run } = await where.ok('POST', `@/workflows/${id}/executions`, {});
	const record = await where.finished(run);

	assert.ok(!JSON.stringify(record).includes(OPERATOR), 'the operator\'s password is in no step');
	return { record, id, items: record.steps.at(-1)?.outputs?.main?.map((item) => item.json) };
}

async function mustCall(...args)
{
	const done = await call(...args);

	assert.equal(done.record.status, 'ok', JSON.stringify(done.record.error));
	return done;
}

async function mustFail(where, params, message, hint)
{
	const { record } = await call(where, params);

	assert.equal(record.status, 'error');
	assert.match(JSON.stringify(record.error), message);
	assert.match(JSON.stringify(record.error), hint);
	return record;
}

const own = (proxy, scheme = 'http') => ({ proxy: `${scheme}://127.0.0.1:${proxy.port}` });
const secureUrl = (path) => `https://localhost:${secure.port}${path}`;
const bearer = async (where) => ({ credential: (await where.ok('POST', '@/credentials', { name: `bearer ${randomBytes(4).toString('hex')}`, type: 'http_bearer', data: { token: 'sesame-sesame' } })).id });

test('the operator\'s https proxy takes http and https, and gets the address that was looked at', async () => {
	const first = await mustCall(stack, { url: `http://localhost:${receiver.port}/a`, ...await bearer(stack) });
	const second = await mustCall(stack, { url: secureUrl('/b'), ...await bearer(stack) });

	assert.equal(first.items[0].path, '/a');
	assert.equal(first.items[0].headers.host, `localhost:${receiver.port}`);
	assert.equal(first.items[0].headers['proxy-authorization'], undefined);
	assert.equal(second.items[0].path, '/b');
	assert.deepEqual(operators.asked.map(({ target }) => target), [`127.0.0.1:${receiver.port}`, `127.0.0.1:${secure.port}`]);
	for (const { headers } of operators.asked)
		assert.equal(headers.authorization, undefined);
});

test('redirects are followed through it, and looked at again', async () => {
	const before = operators.asked.length, { items } = await mustCall(stack, { url: receiver.url('/again') });

	assert.equal(items[0].path, '/there');
	await mustFail(stack, { url: receiver.url('/inside') }, /10\.1\.2\.3:80 is not on the public internet/, /http_allow/);
	await mustFail(stack, { url: 'http://169.254.169.254/latest' }, /169\.254\.169\.254:80 is not on the public internet/, /http_allow/);
	assert.deepEqual(operators.asked.slice(before).filter(({ target }) => !target.startsWith('127.0.0.1:')), []);
});

test('a node\'s own proxy does not go round the operator\'s', async () => {
	await mustFail(stack, { url: receiver.url('/a'), ...own(plain) }, /All requests go through the operator's proxy/, /http_allow/);
	assert.equal(plain.asked.length, 0);
});

for (const [scheme, proxy] of [['http', () => plain], ['https', () => tls]])
	test(`a node's own ${scheme} proxy`, async () => {
		const first = await mustCall(direct, { url: receiver.url('/own'), ...own(proxy(), scheme) });
		const second = await mustCall(direct, { url: secureUrl('/own'), ...await bearer(direct), ...own(proxy(), scheme) });

		assert.equal(first.items[0].path, '/own');
		assert.equal(second.items[0].path, '/own');
		assert.equal(proxy().asked.length, 2, 'a tunnel is of one call');
		assert.equal(proxy().asked[0].target, `127.0.0.1:${receiver.port}`);
	});

test('a password in the proxy\'s URL is refused in the document', async () => {
	const graph = chain(node('core.manual'), node('http.request', { url: receiver.url('/x'), proxy: 'http://me:sesame-sesame@127.0.0.1:1' }));
	const answer = await direct.api('POST', '@/workflows', { name: 'with a password', graph });

	assert.equal(answer.status, 422);
	assert.match(JSON.stringify(answer.json), /proxy/);
	assert.doesNotMatch(JSON.stringify(answer.json), /sesame/);
});

test('a 407 is told as the proxy\'s, and a proxy\'s own address is guarded', async () => {
	await mustFail(direct, { url: receiver.url('/x'), ...own(closed) }, /The node's proxy wants another user and password \(status 407\)/, /http_proxy/);
	assert.equal(closed.asked.length, 1);
	await mustFail(direct, { url: receiver.url('/x'), ...own(hidden) }, /The proxy's address 127\.0\.0\.1:\d+ is not on the public internet/, /http_allow/);
	assert.equal(hidden.asked.length, 0);
	await mustFail(direct, { url: 'http://10.1.2.3/', ...own(plain) }, /10\.1\.2\.3:80 is not on the public internet/, /http_allow/);
});

test('a secret goes through a node\'s proxy only where that cannot read it', async () => {
	const asked = plain.asked.length;

	await mustFail(direct, { url: receiver.url('/x'), ...await bearer(direct), ...own(plain) }, /The request has a secret in it/, /https:/);
	await mustFail(direct, { url: secureUrl('/x'), ...await bearer(direct), ...own(plain), verify_tls: false }, /The request has a secret in it/, /check of the certificate/);
	assert.equal(plain.asked.length, asked);
});

test('what a proxy does wrong is no fault of the host', async () => {
	const asked = closed.asked.length;

	for (let i = 0; i < 6; i++)
		await mustFail(direct, { url: receiver.url('/x'), ...own(closed) }, /The node's proxy/, /http_proxy/);
	assert.equal(closed.asked.length, asked + 6, 'no breaker held a call back');
	assert.deepEqual((await direct.ok('GET', '@/breakers')).items, []);
});

test('compressed answers and declared charsets are read through a tunnel as without', async () => {
	for (const [path, [, , wanted]] of Object.entries(answers))
		for (const where of [stack, direct]) {
			const { items } = await mustCall(where, { url: receiver.url(path), full_response: true });

			assert.deepEqual(items[0].body, wanted, path);
		}
	for (const path of Object.keys(bombs))
		await mustFail(stack, { url: receiver.url(path) }, /The answer is over \d+ bytes/, /Ask for less/);
});

test('no log has the proxy\'s password', async () => {
	for (const where of [stack, direct]) {
		for (const file of readdirSync(join(where.home, 'log')).filter((name) => name.endsWith('.log')))
			assert.ok(!readFileSync(join(where.home, 'log', file), 'utf8').includes(OPERATOR), file);
		const { stdout } = await where.run('ctl', 'conf');

		assert.match(stdout, /http_proxy /);
		assert.ok(!stdout.includes(OPERATOR));
	}
});
