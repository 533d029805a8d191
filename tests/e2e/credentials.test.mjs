/*
 * credentials.test.mjs -- http.request with each way of signing, against receivers that check for
 * themselves: what they compute with node's own crypto has to be what came.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, createPublicKey, constants, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { chain, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack } from './stack.mjs';

let stack, receiver, other, secure, folder;
const secret = (name) => `${name}/${randomBytes(9).toString('base64')}=`;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/* A server with a certificate of its own, that asks for one and tells whose came. */
async function startSecure()
{
	const calls = [];
	const pem = (name) => readFileSync(join(folder, name), 'utf8');
	const server = createServer({ key: pem('server.key'), cert: pem('server.pem'), requestCert: true, rejectUnauthorized: false }, (req, res) => {
		calls.push({ path: req.url, who: req.socket.getPeerCertificate()?.subject?.CN, user: req.headers.authorization });
		if (req.url.startsWith('/away'))
			res.writeHead(307, { location: `https://localhost:${server.address().port}/there` });
		res.end('{}');
	});

	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { calls, port: server.address().port, stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}

function makeCertificate(name, subject, ...more)
{
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-subj', `/CN=${subject}`,
		'-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`), ...more], { stdio: 'ignore' });
}

before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tyboo-credentials-'));
	makeCertificate('server', 'localhost', '-nodes');
	makeCertificate('client', 'the client', '-passout', 'pass:open sesame');
	makeCertificate('stranger', 'a stranger', '-nodes');
	receiver = await startReceiver();
	other = await startReceiver();
	secure = await startSecure();
	stack = await startStack({ name: 'credentials', set: { http_allow: `127.0.0.1:${receiver.port},127.0.0.1:${other.port},127.0.0.1:${secure.port},[::1]:${secure.port}` } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
	await other?.stop();
	await secure?.stop();
	if (folder)
		rmSync(folder, { recursive: true });
});

async function credentialOf(type, data)
{
	return (await stack.ok('POST', '@/credentials', { name: `${type} ${randomBytes(4).toString('hex')}`, type, data })).id;
}

/* One call of a run; what came to the receiver meanwhile. */
async function callWith(credential, params)
{
	const id = await stack.publish(chain(node('core.manual'), node('http.request', { full_response: true, credential, ...params })), `call ${randomBytes(4).toString('hex')}`);
	const from = receiver.calls.length;
	const { run_id: run } = await stack.ok('POST', `@/workflows/${id}/executions`, {});
	const record = await stack.finished(run);

	return { record, calls: receiver.calls.slice(from) };
}

async function mustCall(credential, params)
{
	const { record, calls } = await callWith(credential, params);

	assert.equal(record.status, 'ok', JSON.stringify(record.error));
	return { record, call: calls.at(-1), calls };
}

/* A redirect to somewhere else: he gets the request and nothing to prove it with. */
async function mustStayHere(credential)
{
	receiver.answer = (call, res) => (res.writeHead(307, { location: other.url('/there') }), res.end());
	const from = other.calls.length;

	await mustCall(credential, { url: receiver.url('/away') });
	receiver.answer = undefined;
	const [there] = other.calls.slice(from);

	assert.equal(there.path, '/there');
	assert.deepEqual(Object.keys(there.headers).filter((name) => /^(authorization|x-amz|cookie)/.test(name)), []);
}

/* ---- Digest ---- */

function digestOf(call, { username, password }, algorithm, nonce)
{
	const hash = (text) => createHash(algorithm === 'MD5' ? 'md5' : 'sha256').update(text).digest('hex');
	const said = Object.fromEntries([...(call.headers.authorization ?? '').matchAll(/(\w+)="?([^",]+)"?/g)].map(([, name, value]) => [name, value]));

	if (said.nonce !== nonce || said.uri !== call.path || said.username !== username)
		return false;
	return said.response === hash([hash(`${username}:the realm:${password}`), nonce, said.nc, said.cnonce, said.qop, hash(`${call.method}:${call.path}`)].join(':'));
}

for (const algorithm of ['SHA-256', 'MD5'])
	test(`Digest with ${algorithm} answers what it is asked, a POST with its body too`, async () => {
		const data = { username: 'me', password: secret('digest') };
		const id = await credentialOf('http_digest', data);
		const nonce = randomBytes(8).toString('hex');

		receiver.answer = (call, res) => {
			if (!digestOf(call, data, algorithm, nonce))
				res.writeHead(401, { 'www-authenticate': `Digest realm="the realm", nonce="${nonce}", qop="auth", algorithm=${algorithm}` });
			res.end(JSON.stringify({ got: call.headers.authorization ?? null }));
		};
		for (const [method, body] of [['GET', ''], ['POST', '{"a":1}']]) {
			const { calls, record } = await mustCall(id, { method, url: receiver.url('/digest?a=1'), ...(body && { body_kind: 'json', body_json: { a: 1 } }) });

			assert.equal(calls.length, 2, 'asked, and answered');
			assert.equal(calls[1].body, body);
			assert.ok(!JSON.stringify(record).includes(data.password));
		}
		/* A wrong password is an answer of 401, not a circle. */
		const wrong = await callWith(await credentialOf('http_digest', { ...data, password: 'wrong' }), { url: receiver.url('/digest') });

		assert.equal(wrong.record.status, 'error');
		assert.equal(wrong.calls.length, 2);
		receiver.answer = undefined;
		await mustStayHere(id);
	});

/* ---- AWS ---- */

function awsOf(call, data)
{
	const [, scope, names, signature] = /Credential=\w+\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(call.headers.authorization);
	const [path, query = ''] = call.path.split('?');
	const twice = data.service === 's3' ? path : path.split('/').map(encodeURIComponent).join('/');
	const canonical = [call.method, twice, query, ...names.split(';').map((name) => `${name}:${call.headers[name]}`), '', names, call.headers['x-amz-content-sha256']].join('\n');
	const text = ['AWS4-HMAC-SHA256', call.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
	const key = scope.split('/').reduce((before, step) => createHmac('sha256', before).update(step).digest(), `AWS4${data.secret_access_key}`);

	return { signature, want: createHmac('sha256', key).update(text).digest('hex') };
}

for (const service of ['s3', 'execute-api'])
	test(`requests to ${service} are signed as AWS computes it`, async () => {
		const data = { access_key_id: 'AKIAEXAMPLE', secret_access_key: secret('aws'), session_token: secret('session'), region: 'eu-central-1', service };
		const id = await credentialOf('http_aws', data);

		for (const params of [{ url: receiver.url('/a%20b/(c)?z=1&a=x+y&acl&t=10:00') },
			{ method: 'PUT', url: receiver.url('/o'), body_kind: 'text', body_text: 'söme', headers: [{ name: 'X-Amz-Meta-A', value: '  two   blanks ' }] }]) {
			const { call, record } = await mustCall(id, params);
			const { signature, want } = awsOf({ ...call, headers: Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name, value.trim().replace(/ +/g, ' ')])) }, data);

			assert.equal(signature, want);
			assert.equal(call.headers['x-amz-content-sha256'], sha256(call.body));
			assert.equal(call.headers['x-amz-security-token'], data.session_token);
			for (const text of [data.secret_access_key, data.session_token])
				assert.ok(!JSON.stringify(record).includes(text));
		}
		await mustStayHere(id);
	});

/* ---- OAuth 1.0 ---- */

test('OAuth 1.0 signs query, form and its own parameters', async () => {
	const data = { consumer_key: 'the key', consumer_secret: secret('consumer'), token: 'the token', token_secret: secret('token'), method: 'HMAC-SHA256' };
	const id = await credentialOf('http_oauth1', data);
	const enc = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
	const { call } = await mustCall(id, { method: 'POST', url: receiver.url('/o?b=2&a=x+y'), body_kind: 'form', body_form: [{ name: 'c', value: 'ä(&)' }] });
	const said = [...call.headers.authorization.matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name, value]) => [name, decodeURIComponent(value)]);
	const given = [...new URLSearchParams(call.path.split('?')[1]), ...new URLSearchParams(call.body), ...said.filter(([name]) => name !== 'oauth_signature')];
	const params = given.map(([name, value]) => `${enc(name)}=${enc(value)}`).sort().join('&');
	const text = ['POST', receiver.url('/o'), params].map(enc).join('&');

	assert.equal(Object.fromEntries(said).oauth_signature, createHmac('sha256', `${enc(data.consumer_secret)}&${enc(data.token_secret)}`).update(text).digest('base64'));
	await mustStayHere(id);
});

/* ---- Standard Webhooks ---- */

test('a webhook that http.request signs is one that the standard\'s library verifies', async () => {
	const data = { secret: `whsec_${randomBytes(32).toString('base64')}` };
	const id = await credentialOf('http_standard_webhooks', data);
	const { call, record } = await mustCall(id, { method: 'POST', url: receiver.url('/hook'), body_kind: 'json', body_json: { type: 'order.paid', text: 'ä' } });

	assert.equal(call.headers['webhook-id'], call.headers['idempotency-key']);
	assert.doesNotThrow(() => new Webhook(data.secret).verify(call.body, call.headers));
	assert.throws(() => new Webhook(data.secret).verify(`${call.body} `, call.headers));
	assert.ok(!JSON.stringify(record).includes(data.secret.slice(6)));
	await mustStayHere(id);
});

/* ---- tokens that are signed ---- */

const keys = {
	RS256: ['rsa', { modulusLength: 2048 }, 'sha256', {}],
	PS256: ['rsa', { modulusLength: 2048 }, 'sha256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }],
	ES256: ['ec', { namedCurve: 'P-256' }, 'sha256', { dsaEncoding: 'ieee-p1363' }],
	ES384: ['ec', { namedCurve: 'P-384' }, 'sha384', { dsaEncoding: 'ieee-p1363' }],
	EdDSA: ['ed25519', {}, null, {}],
};

for (const [algorithm, [kind, options, digest, how]] of Object.entries(keys))
	test(`a token is signed by ${algorithm} for each call, and its echo is masked`, async () => {
		const pair = generateKeyPairSync(kind, { ...options, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
		const id = await credentialOf('http_jwt', { algorithm, key: pair.privateKey, key_id: 'k1', issuer: 'me', audience: 'them', claims: '{"scope":"read"}', lifetime_s: 60 });

		receiver.answer = (call, res) => res.end(JSON.stringify({ got: call.headers.authorization }));
		const { call, record } = await mustCall(id, { url: receiver.url('/jwt') });
		const token = call.headers.authorization.slice('Bearer '.length);
		const [header, payload, signature] = token.split('.');
		const claims = JSON.parse(Buffer.from(payload, 'base64url'));

		receiver.answer = undefined;
		assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url')), { alg: algorithm, typ: 'JWT', kid: 'k1' });
		assert.ok(verify(digest, Buffer.from(`${header}.${payload}`), { key: createPublicKey(pair.publicKey), ...how }, Buffer.from(signature, 'base64url')));
		assert.deepEqual([claims.iss, claims.aud, claims.scope, claims.exp - claims.iat], ['me', 'them', 'read', 60]);
		assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 60);
		assert.ok(!JSON.stringify(record).includes(token));
		await mustStayHere(id);
	});

test('a key that does not go with its algorithm is refused, and not repeated', async () => {
	const rsa = generateKeyPairSync('rsa', { modulusLength: 1024, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
	const ec = generateKeyPairSync('ec', { namedCurve: 'P-384', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });

	for (const [algorithm, key, says] of [['RS256', rsa.privateKey, 'less than 2,048 bits'], ['ES256', ec.privateKey, 'another curve'], ['RS256', ec.privateKey, 'no RSA key'],
		['HS256', ec.privateKey, 'takes a secret'], ['RS256', rsa.publicKey, 'no private key']]) {
		const answer = await stack.api('POST', '@/credentials', { name: 'x', type: 'http_jwt', data: { algorithm, key } });

		assert.equal(answer.status, 422);
		assert.equal(answer.json.path, 'data.key');
		assert.match(answer.json.detail, new RegExp(says));
		assert.ok(!answer.text.includes(key.slice(40, 80)));
	}
});

/* ---- client certificates ---- */

test('a client certificate is shown, from memory, to the host it is for alone', async () => {
	const pem = (name) => readFileSync(join(folder, name), 'utf8');
	const data = { certificate: pem('client.pem'), key: pem('client.key'), passphrase: 'open sesame' };
	const id = await credentialOf('http_certificate', data);
	const https = (path) => ({ url: `https://127.0.0.1:${secure.port}${path}`, verify_tls: false });

	await mustCall(id, { ...https('/here'), url: `={{ ['https://me:', 'open', '@127.0.0.1:${secure.port}/here'].join('') }}` });
	assert.deepEqual(secure.calls.at(-1), { path: '/here', who: 'the client', user: `Basic ${btoa('me:open')}` }, 'what the URL has goes along');
	/* Another name is another origin, though the machine is the same: it is asked without. */
	await mustCall(id, https('/away'));
	assert.deepEqual(secure.calls.slice(-2), [{ path: '/away', who: 'the client', user: undefined }, { path: '/there', who: undefined, user: undefined }]);
	await mustCall(undefined, https('/without'));
	assert.equal(secure.calls.at(-1).who, undefined, 'no connection is used again for who has none');
	const plain = await callWith(id, { url: receiver.url('/plain') });

	assert.match(plain.record.error.message, /https alone/);
	for (const [wrong, path] of [[{ key: pem('stranger.key'), passphrase: undefined }, 'data.key'], [{ passphrase: 'no' }, 'data.key'], [{ certificate: 'none' }, 'data.certificate']]) {
		const answer = await stack.api('POST', '@/credentials', { name: 'x', type: 'http_certificate', data: { ...data, ...wrong } });

		assert.equal(answer.status, 422, answer.text);
		assert.equal(answer.json.path, path);
	}
});

/* ---- one call to see whether it is right ---- */

test('one is tried by API and tybooctl, and its uses are told', async () => {
	const token = secret('bearer');
	const id = await credentialOf('http_bearer', { token });

	receiver.answer = (call, res) => (res.writeHead(call.headers.authorization === `Bearer ${token}` ? 200 : 401, { 'content-type': 'text/plain' }), res.end(`it was ${call.headers.authorization}`));
	const tried = await stack.ok('POST', `@/credentials/${id}/try`, { url: receiver.url('/me') });

	assert.deepEqual([tried.status, tried.ok, tried.text], [200, true, 'it was Bearer ********']);
	const { code, stdout, stderr } = await stack.run('ctl', '--json', 'credential', 'try', id, '--url', receiver.url('/me'));

	assert.equal(code, 0, stderr);
	assert.equal(JSON.parse(stdout).status, 200);
	assert.ok(!stdout.includes(token));
	assert.equal((await stack.ok('GET', `@/credentials/${id}`)).used_at, null, 'a try is no use');
	await mustCall(id, { url: receiver.url('/me') });
	receiver.answer = undefined;
	const used = await stack.ok('GET', `@/credentials/${id}`);

	assert.equal(used.uses.length, 1);
	assert.equal(used.used_at, used.uses[0].used_at);
	const refused = await stack.run('ctl', 'credential', 'delete', id);

	assert.notEqual(refused.code, 0);
	assert.equal((await stack.run('ctl', 'credential', 'delete', id, '--force')).code, 0);
});
