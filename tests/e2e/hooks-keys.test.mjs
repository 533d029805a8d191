/*
 * hooks-keys.test.mjs -- tokens whose keys lie at an address: an issuer with TLS of its own on loopback, that
 * changes its keys, answers late, wrongly, or not at all.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { chain, hook, keep, node } from './graphs.mjs';
import { startStack } from './stack.mjs';

let stack, issuer, folder;

/* Answers by path: a function of (res), and how often each was asked. */
async function startIssuer()
{
	const answers = new Map(), asked = new Map();
	const pem = (name) => readFileSync(join(folder, name), 'utf8');
	const server = createServer({ key: pem('issuer.key'), cert: pem('issuer.pem') }, (req, res) => {
		asked.set(req.url, (asked.get(req.url) ?? 0) + 1);
		if (answers.has(req.url))
			answers.get(req.url)(res);
		else
			res.writeHead(404).end();
	});

	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { answers, asked: (path) => asked.get(path) ?? 0, port: server.address().port, url: (path) => `https://localhost:${server.address().port}${path}`,
		stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}

before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tyboo-issuer-'));
	chmodSync(folder, 0o755);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-nodes', '-subj', '/CN=localhost',
		'-addext', 'subjectAltName=DNS:localhost', '-keyout', join(folder, 'issuer.key'), '-out', join(folder, 'issuer.pem')], { stdio: 'ignore' });
	issuer = await startIssuer();
	stack = await startStack({ name: 'hooks-keys', set: { http_allow: `127.0.0.1:${issuer.port},[::1]:${issuer.port}`, http_ca_file: join(folder, 'issuer.pem'), reap_ms: 200, receipt_grace_ms: 1000 } });
});
after(async () => {
	await stack?.stop();
	await issuer?.stop();
	if (folder)
		rmSync(folder, { recursive: true });
});

/* ---- keys and tokens ---- */

const kinds = {
	RS256: { make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), sign: (text, key) => sign('sha256', text, key) },
	ES256: { make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), sign: (text, key) => sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }) },
	EdDSA: { make: () => generateKeyPairSync('ed25519'), sign: (text, key) => sign(null, text, key) },
};
const keyOf = (alg, kid) => ({ alg, kid, ...kinds[alg].make() });
const jwk = (key, more = {}) => ({ ...key.publicKey.export({ format: 'jwk' }), use: 'sig', alg: key.alg, ...(key.kid && { kid: key.kid }), ...more });
const encode = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

function tokenOf(key, claims = {}, header = {})
{
	const text = `${encode({ alg: key.alg, typ: 'JWT', ...(key.kid && { kid: key.kid }), ...header })}.${encode({ exp: now() + 600, sub: randomUUID(), ...claims })}`;

	return `${text}.${kinds[key.alg].sign(Buffer.from(text), key.privateKey).toString('base64url')}`;
}

const give = (body, headers = {}, status = 200) => (res) => {
	res.writeHead(status, { 'content-type': 'application/json', ...headers });
	res.end(typeof body === 'string' ? body : JSON.stringify(body));
};
const giveKeys = (...keys) => give({ keys: keys.map((key) => jwk(key)) }, { 'cache-control': 'public, max-age=3600' });

/* ---- the studio ---- */

const socketDir = () => readFileSync(join(stack.home, 'etc/redis.conf'), 'utf8').match(/^unixsocket (.*)\/redis.sock$/m)[1];
const sql = (text) => execFileSync('psql', ['-h', socketDir(), '-U', 'postgres', '-d', 'tyboo', '-X', '-q', '-A', '-t', '-c', text], {
	env: { ...process.env, PGPASSWORD: readFileSync(join(stack.home, 'etc/pg-admin.password'), 'utf8').trim() } }).toString().trim();
const aMinuteLater = (path) => sql(`UPDATE tyboo.hook_keys SET asked_at = asked_at - interval '61 s', next_at = least(next_at, now() + interval '2 s') WHERE url = '${issuer.url(path)}'`);

async function publish(path, params = {})
{
	await stack.publish(chain(hook(path, { verify: 'jwt', jwks_url: issuer.url(`/${path}`), ...params }), node('core.set', { assignments: [{ name: 'who', type: 'string', value: '={{ $json.jwtPayload.sub }}' }] })), path);
}

const deliver = (path, token, headers = {}, body = '{"n":1}') => stack.hook(path, { headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers }, body });
const keysOf = async (path) => (await stack.ok('GET', '@/webhooks/keys')).items.find((item) => item.url === issuer.url(`/${path}`));
const verdictOf = async (id) => (await stack.ok('GET', `@/deliveries/${id}`)).verdict;

async function until(what, look, ms = 15000)
{
	for (const end = Date.now() + ms; ;) {
		const found = await look();

		if (found)
			return found;
		assert.ok(Date.now() < end, `in time: ${what}`);
		await delay(100);
	}
}

const keysCame = (path) => until(`keys of ${path}`, async () => (await keysOf(path))?.state === 'fresh' && keysOf(path));
const settled = (id) => until(`verdict on ${id}`, async () => (await verdictOf(id)) !== 'awaiting_keys' && verdictOf(id));

async function mustRun(answer, claims)
{
	assert.equal(answer.status, 202, answer.text);
	const run = await stack.finished(answer.json.run_id);

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	if (claims)
		assert.match(JSON.stringify(await stack.ok('GET', `@/executions/${answer.json.run_id}/steps`)), new RegExp(claims));
}

/* ---- tests ---- */

for (const alg of Object.keys(kinds))
	test(`${alg}: the keys are there before the first delivery, which runs with the token's claims`, async () => {
		const key = keyOf(alg, 'a'), path = `k/${alg.toLowerCase()}`, sub = randomUUID();

		issuer.answers.set(`/${path}`, giveKeys(key));
		await publish(path);
		const keys = await keysCame(path);

		assert.deepEqual(keys.keys, [{ kid: 'a', kty: jwk(key).kty, alg }]);
		assert.equal(keys.problem, '');
		await mustRun(await deliver(path, tokenOf(key, { sub })), sub);
		assert.equal((await deliver(path, tokenOf({ ...keyOf(alg, 'a') }))).status, 401, 'another key of that name');
		assert.equal((await deliver(path, tokenOf(key, { exp: now() - 120 }))).status, 401, 'over');
		assert.equal((await deliver(path)).status, 401, 'no token');
		assert.equal(issuer.asked(`/${path}`), 1, 'asked once');
	});

test('before the keys have come a delivery is kept: it runs after, or is refused, and a repeat is a repeat', async () => {
	const key = keyOf('ES256', 'a'), path = 'k/late', id = randomUUID(), idOther = randomUUID();
	let open;

	issuer.answers.set(`/${path}`, (res) => { open = res; });
	await publish(path);
	const token = tokenOf(key), first = await deliver(path, token, { 'idempotency-key': id });

	assert.equal(first.status, 202, first.text);
	assert.equal(first.json.verdict, 'awaiting_keys');
	assert.equal(await verdictOf(first.json.delivery_id), 'awaiting_keys');
	const repeat = await deliver(path, token, { 'idempotency-key': id });
	const forged = await deliver(path, tokenOf(keyOf('ES256', 'a')), { 'idempotency-key': idOther });
	const genuine = await deliver(path, tokenOf(key), { 'idempotency-key': idOther });
	const old = await deliver(path, tokenOf(key, { exp: now() - 120 }));

	assert.equal((await deliver(path, 'no.token')).status, 401, 'what is no token waits for nothing');
	await until('the issuer is asked', () => open);
	assert.equal((await keysOf(path)).waiting, 5);
	assert.equal(sql(`SELECT count(*) FROM tyboo.held_deliveries WHERE position(convert_to('${token.slice(0, 20)}', 'UTF8') IN sealed) > 0`), '0', 'sealed');
	giveKeys(key)(open);
	assert.equal(await settled(first.json.delivery_id), 'accepted');
	await mustRun(first);
	assert.equal(await settled(repeat.json.delivery_id), 'duplicate');
	assert.equal(await settled(forged.json.delivery_id), 'bad_signature');
	assert.equal(await settled(genuine.json.delivery_id), 'accepted', 'a forger takes no id');
	assert.equal(await settled(old.json.delivery_id), 'stale');
	assert.equal(sql('SELECT count(*) FROM tyboo.held_deliveries'), '0');
	assert.doesNotMatch(JSON.stringify(await stack.ok('GET', `@/deliveries/${first.json.delivery_id}`)), new RegExp(token.split('.')[2]));
});

test('a form with files is not kept before it is verified: it comes again, the keys are asked for, and nothing of it is lost', async () => {
	const a = keyOf('ES256', 'a'), b = keyOf('ES256', 'b'), path = 'k/files';
	const form = ['--x', 'content-disposition: form-data; name="photo"; filename="p.bin"', 'content-type: application/octet-stream', '', 'p'.repeat(100000), '--x--', ''].join('\r\n');
	const headers = { 'content-type': 'multipart/form-data; boundary=x' };

	issuer.answers.set(`/${path}`, giveKeys(a));
	await publish(path);
	await keysCame(path);
	issuer.answers.set(`/${path}`, giveKeys(a, b));
	aMinuteLater(`/${path}`);
	sql(`UPDATE tyboo.hook_keys SET next_at = now() + interval '1 hour' WHERE url = '${issuer.url(`/${path}`)}'`);
	const first = await deliver(path, tokenOf(b), headers, form);

	assert.equal(first.status, 503, first.text);
	assert.equal(first.json.run_id, undefined);
	assert.ok(Number(first.headers['retry-after']) > 0);
	await until('the issuer is asked again', () => issuer.asked(`/${path}`) === 2);
	await until('its answer is kept', async () => (await keysOf(path)).keys.length === 2);
	const second = await until('it is taken', async () => {
		const answer = await deliver(path, tokenOf(b), headers, form);

		return answer.status === 202 && answer;
	});

	await mustRun(second, '"bytes":100000');
});

test('the issuer changes its keys: a token of the new one waits for the next question, and runs', async () => {
	const a = keyOf('RS256', 'a'), b = keyOf('ES256', 'b'), path = 'k/rotated';

	issuer.answers.set(`/${path}`, giveKeys(a));
	await publish(path);
	await keysCame(path);
	await mustRun(await deliver(path, tokenOf(a)));
	issuer.answers.set(`/${path}`, giveKeys(a, b));
	const first = await deliver(path, tokenOf(b));

	assert.equal(first.json.verdict, 'awaiting_keys', first.text);
	for (let i = 0; i < 10; i++)
		await deliver(path, tokenOf({ ...b, kid: `made up ${i}` }));
	await delay(2500);
	assert.equal(issuer.asked(`/${path}`), 1, 'no sooner than a minute after the last question');
	assert.equal(await verdictOf(first.json.delivery_id), 'awaiting_keys');
	aMinuteLater(`/${path}`);
	assert.equal(await settled(first.json.delivery_id), 'accepted');
	await mustRun(first);
	await mustRun(await deliver(path, tokenOf(b)));
	await mustRun(await deliver(path, tokenOf(a)));
	assert.equal(issuer.asked(`/${path}`), 2);
	issuer.answers.set(`/${path}`, giveKeys(b));
	const unknown = await deliver(path, tokenOf(keyOf('ES256', 'c')));

	assert.equal(unknown.json.verdict, 'awaiting_keys');
	aMinuteLater(`/${path}`);
	assert.equal(await settled(unknown.json.delivery_id), 'bad_signature', 'not among the newer keys either');
	assert.match((await stack.ok('GET', `@/deliveries/${unknown.json.delivery_id}`)).reason, /not among the issuer's keys/);
	const retired = await deliver(path, tokenOf(a));

	assert.equal(retired.json.verdict, 'awaiting_keys', 'the retired key is unknown now');
});

test('an issuer that is away: its last keys count for a day past their end, then deliveries wait', async () => {
	const key = keyOf('EdDSA', 'a'), path = 'k/away';

	issuer.answers.set(`/${path}`, giveKeys(key));
	await publish(path);
	await keysCame(path);
	issuer.answers.set(`/${path}`, give('away', {}, 503));
	sql(`UPDATE tyboo.hook_keys SET ends_at = now() - interval '1 hour', next_at = now() WHERE url = '${issuer.url(`/${path}`)}'`);
	const stale = await until('the failure is said', async () => (await keysOf(path)).failures > 0 && keysOf(path));

	assert.equal(stale.state, 'stale');
	assert.match(stale.problem, /status 503/);
	await mustRun(await deliver(path, tokenOf(key)));
	sql(`UPDATE tyboo.hook_keys SET ends_at = now() - interval '25 hours' WHERE url = '${issuer.url(`/${path}`)}'`);
	assert.equal((await keysOf(path)).state, 'over');
	await delay(1500);
	const waits = await deliver(path, tokenOf(key));

	assert.equal(waits.json.verdict, 'awaiting_keys', waits.text);
	issuer.answers.set(`/${path}`, giveKeys(key));
	sql(`UPDATE tyboo.hook_keys SET next_at = now() WHERE url = '${issuer.url(`/${path}`)}'`);
	assert.equal(await settled(waits.json.delivery_id), 'accepted');
	await mustRun(waits);
});

test('answers that are no keys are said, and a delivery that waits too long is refused', async () => {
	const key = keyOf('ES256', 'a');
	const bad = {
		text: [give('<html>', { 'content-type': 'text/html' }), /no JSON Web Key Set/],
		list: [give([jwk(key)]), /no list "keys"/],
		empty: [give({ keys: [] }), /no key for RS256/],
		secret: [give({ keys: [{ kty: 'oct', kid: 'a', k: 'c2VjcmV0' }] }), /no key for RS256/],
		encryption: [give({ keys: [jwk(key, { use: 'enc' })] }), /no key for RS256/],
		large: [give({ keys: [jwk(key)], filler: 'x'.repeat(2 << 20) }), /1048576|larger|too large|limit/i],
		moved: [give('', { location: issuer.url('/k/rs256') }, 302), /sends on to another address/],
		nothing: [give('', {}, 404), /status 404/],
	};

	for (const [name, [answer]] of Object.entries(bad)) {
		issuer.answers.set(`/k/bad/${name}`, answer);
		await publish(`k/bad/${name}`);
	}
	for (const [name, [, problem]] of Object.entries(bad)) {
		const keys = await until(`the problem of ${name}`, async () => (await keysOf(`k/bad/${name}`))?.failures > 0 && keysOf(`k/bad/${name}`));

		assert.match(keys.problem, problem, name);
		assert.equal(keys.state, 'none');
		assert.equal((await deliver(`k/bad/${name}`, tokenOf(key))).json.verdict, 'awaiting_keys');
	}
	const waits = await deliver('k/bad/empty', tokenOf(key));

	sql(`UPDATE tyboo.held_deliveries SET received_at = now() - interval '73 hours' WHERE delivery_id = '${waits.json.delivery_id}'`);
	assert.equal(await settled(waits.json.delivery_id), 'not_configured');
	assert.match((await stack.ok('GET', `@/deliveries/${waits.json.delivery_id}`)).reason, /came in time/);
});

test('private keys that an issuer gives by mistake are not kept, and keys of other kinds are passed over', async () => {
	const key = keyOf('ES256', 'a'), path = 'k/private';

	issuer.answers.set(`/${path}`, give({ keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: 'a' }, { kty: 'EC', crv: 'P-521', kid: 'z' }, { kty: 'oct', k: 'AA' }, 7] }));
	await publish(path);
	await keysCame(path);
	const kept = JSON.parse(sql(`SELECT content FROM tyboo.hook_keys WHERE url = '${issuer.url(`/${path}`)}'`));

	assert.deepEqual(Object.keys(kept.keys[0]).sort(), ['crv', 'kid', 'kty', 'x', 'y']);
	assert.equal(kept.keys.length, 1);
	await mustRun(await deliver(path, tokenOf(key)));
});

test('a key decides the algorithm: its public text is no secret of an HMAC, "none" is none, kinds are not mixed', async () => {
	const rsa = keyOf('RS256', 'r'), ec = keyOf('ES256', 'e'), path = 'k/confused';

	issuer.answers.set(`/${path}`, giveKeys(rsa, ec));
	await publish(path);
	await keysCame(path);
	const content = sql(`SELECT content FROM tyboo.hook_keys WHERE url = '${issuer.url(`/${path}`)}'`);
	const hmac = (secret, header = {}) => {
		const text = `${encode({ alg: 'HS256', kid: 'r', ...header })}.${encode({ exp: now() + 600 })}`;

		return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
	};
	const forged = [hmac(content), hmac(JSON.stringify(jwk(rsa))), hmac(rsa.publicKey.export({ format: 'pem', type: 'spki' })), hmac(''), hmac(jwk(rsa).n),
		`${encode({ alg: 'none', kid: 'r' })}.${encode({})}.`, tokenOf(ec, {}, { kid: 'r' }), tokenOf(rsa, {}, { alg: 'ES256' }), tokenOf(ec, {}, { alg: 'RS256', kid: 'e' }),
		tokenOf(rsa, {}, { crit: ['exp'] }), hmac(content, { kid: 'not there' })];

	for (const token of forged)
		assert.equal((await deliver(path, token)).status, 401, token);
	await mustRun(await deliver(path, tokenOf(rsa)));
});

test('issuer and audience of the webhook are those of the token, and what differs is said', async () => {
	const key = keyOf('RS256', 'a'), path = 'k/claims', right = { iss: 'https://issuer.example', aud: ['x', 'studio'] };

	issuer.answers.set(`/${path}`, giveKeys(key));
	await publish(path, { jwt_issuer: 'https://issuer.example', jwt_audience: 'other, studio' });
	await keysCame(path);
	await mustRun(await deliver(path, tokenOf(key, right)));
	await mustRun(await deliver(path, tokenOf(key, { ...right, aud: 'other' })));
	for (const claims of [{ ...right, iss: 'https://issuer.example/' }, { ...right, aud: 'Studio' }, { ...right, aud: [] }, { iss: right.iss }, { aud: 'studio' }, { ...right, aud: 7 }])
		assert.equal((await deliver(path, tokenOf(key, claims))).status, 401, JSON.stringify(claims));
	const tried = (token) => stack.ok('POST', '@/webhooks/verify', { path, headers: { Authorization: `Bearer ${token}` }, body: '{}' });
	const claims = await tried(tokenOf(key, { ...right, aud: 'someone' })), other = await tried(tokenOf({ ...key, kid: 'z' }, right));

	assert.equal((await tried(tokenOf(key, right))).result, 'ok');
	assert.equal(claims.result, 'other_claims');
	assert.match(claims.difference.text, /"aud" is "someone".*"other, studio"/);
	assert.equal(other.result, 'unknown_key');
	assert.match(other.difference.text, /names the key "z"; those at .* are: a\./);
});

test('tybooctl lists addresses and has one asked again; an address that may not be asked is told', async () => {
	const key = keyOf('ES256', 'a'), path = 'k/ctl';

	issuer.answers.set(`/${path}`, giveKeys(key));
	await publish(path);
	await keysCame(path);
	const listed = await stack.run('ctl', 'hook-keys', 'list'), again = await stack.run('ctl', 'hook-keys', 'refresh', issuer.url(`/${path}`));

	assert.equal(listed.code, 0, listed.stderr);
	assert.match(listed.stdout, /k\/ctl +fresh/);
	assert.equal(again.code, 0, again.stderr);
	aMinuteLater(`/${path}`);
	assert.equal((await stack.api('POST', '@/webhooks/keys/refresh', { url: issuer.url(`/${path}`) })).status, 202);
	await until('asked again', () => issuer.asked(`/${path}`) === 2);
	assert.equal((await stack.api('POST', '@/webhooks/keys/refresh', { url: 'https://nobody.example/' })).status, 404);
	const refused = chain(hook('k/http', { verify: 'jwt', jwks_url: 'http://issuer.example/keys' }), keep('n'));

	assert.match(String(await stack.publish(refused, 'http').catch((error) => error)), /no https address/);
	await stack.publish(chain(hook('k/inside', { verify: 'jwt', jwks_url: 'https://127.0.0.1:1/keys' }), keep('n')), 'inside');
	const inside = await until('the guard says no', async () => (await stack.ok('GET', '@/webhooks/keys')).items.find((item) => item.url === 'https://127.0.0.1:1/keys' && item.failures > 0));

	assert.match(inside.problem, /not on the public internet/);
});

test('what no webhook names any more is forgotten, and what waited for it is said not to run', async () => {
	const path = 'k/gone', key = keyOf('ES256', 'a');

	issuer.answers.set(`/${path}`, give('', {}, 500));
	await publish(path);
	const waits = await deliver(path, tokenOf(key));
	const { items } = await stack.ok('GET', '@/workflows?limit=200');

	assert.equal(waits.json.verdict, 'awaiting_keys');
	await stack.ok('POST', `@/workflows/${items.find((item) => item.name === path).id}/unpublish`);
	sql(`UPDATE tyboo.held_deliveries SET received_at = now() - interval '73 hours' WHERE delivery_id = '${waits.json.delivery_id}'`);
	assert.equal(await settled(waits.json.delivery_id), 'not_configured');
	sql(`UPDATE tyboo.hook_keys SET next_at = now() WHERE url = '${issuer.url(`/${path}`)}'`);
	await until('forgotten', async () => (await keysOf(path)) === undefined);
});

test('with Postgres away a token is judged by the keys in the mirror; what would have to wait has to come again', async () => {
	const key = keyOf('ES256', 'a'), path = 'k/mirrored';

	issuer.answers.set(`/${path}`, giveKeys(key));
	await publish(path);
	await keysCame(path);
	await delay(3000);
	assert.equal((await stack.run('service', 'stop', 'postgres')).code, 0);
	const right = await deliver(path, tokenOf(key)), unknown = await deliver(path, tokenOf(keyOf('ES256', 'b'))), forged = await deliver(path, tokenOf(keyOf('ES256', 'a')));

	await stack.startService('postgres');
	assert.equal(right.json.verdict, 'accepted', right.text);
	assert.equal(unknown.status, 503, unknown.text);
	assert.ok(Number(unknown.headers['retry-after']) > 0);
	assert.equal(forged.status, 401, forged.text);
	await mustRun(right);
});
