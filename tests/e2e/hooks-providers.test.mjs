/*
 * hooks-providers.test.mjs -- deliveries of providers whose signature is more than a MAC of the body, what
 * they ask before they send, who else may send, and why a signature does not match.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomUUID, sign as signWith } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { chain, hook, keep } from './graphs.mjs';
import { signGithub, signSlack } from './sign.mjs';
import { startStack } from './stack.mjs';

const secret = 'whsec_a secret of some length';
const MiB = 1 << 20;
let stack;

before(async () => {
	stack = await startStack({ name: 'hooks-providers' });
	await stack.publish(chain(hook('open'), keep('n')), 'open');
	await published('github', 'github', secret);
});
after(() => stack?.stop());

const bodyOf = () => JSON.stringify({ n: randomUUID(), id: randomUUID() });
const deliver = (path, headers, body) => stack.hook(path, { headers, body });

/* The newest delivery to 'path', as recorded. */
async function recorded(path)
{
	const { items } = await stack.ok('GET', '@/deliveries?limit=50');

	return items.find((item) => item.path === path);
}

/* A published hook of this scheme, with a secret of its own. */
async function published(path, verify, itsSecret, more = {})
{
	const own = await stack.credential(itsSecret);

	await stack.publish(chain(hook(path, { verify, credential: own, ...more }), keep('n')), path);
}

test('Standard Webhooks, as its own library signs: accepted, and the same id again is a duplicate', async () => {
	const key = `whsec_${Buffer.alloc(24, 5).toString('base64')}`, body = bodyOf(), id = `msg_${randomUUID()}`, at = new Date();
	const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at / 1000)),
		'webhook-signature': new Webhook(key).sign(id, at, body) };

	await published('p/standard', 'standard_webhooks', key);
	assert.equal((await deliver('p/standard', headers, body)).status, 202);
	assert.equal((await deliver('p/standard', headers, body)).json.verdict, 'duplicate');
	assert.equal((await deliver('p/standard', { ...headers, 'webhook-id': 'other' }, body)).status, 401);
});

test('a secret that is no key of its scheme is told, and is not the sender\'s to mend', async () => {
	await published('p/bad', 'standard_webhooks', 'whsec_ no base64');
	const answer = await deliver('p/bad', { 'webhook-id': '1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' }, '{}');

	assert.equal(answer.status, 403, answer.text);
	assert.match(answer.text, /not a key of its signature scheme/);
	assert.equal((await recorded('p/bad')).verdict, 'not_configured');
});

test('an address that is signed is the one that the provider was given, with its query', async () => {
	const body = bodyOf(), url = `${stack.baseUrl}/hooks/${stack.owner.workspace}/p/square?shop=%2F1`;
	const mac = createHmac('sha256', secret).update(url + body).digest('base64');

	await published('p/square', 'square', secret);
	assert.equal((await deliver('p/square?shop=%2F1', { 'x-square-hmacsha256-signature': mac }, body)).status, 202);
	assert.equal((await deliver('p/square?shop=/1', { 'x-square-hmacsha256-signature': mac }, body)).status, 401);
});

test('a signature by a private key: accepted, its ping is answered, and what is too large for it is refused', async () => {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const headersOf = (body, time = '1') => ({ 'content-type': 'application/json', 'x-signature-timestamp': time,
		'x-signature-ed25519': signWith(null, Buffer.from(`1${body}`), privateKey).toString('hex') });
	const ping = '{"type":1,"id":"7"}', event = JSON.stringify({ type: 2, id: randomUUID() });

	await published('p/discord', 'discord', publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'));
	const ponged = await deliver('p/discord', headersOf(ping), ping);

	assert.equal(ponged.status, 200);
	assert.deepEqual(ponged.json, { type: 1 });
	assert.equal(await recorded('p/discord'), undefined, 'a ping leaves no delivery');
	assert.equal((await deliver('p/discord', headersOf(event), event)).status, 202);
	assert.equal((await deliver('p/discord', headersOf(event, '2'), event)).status, 401);
	assert.equal((await deliver('p/discord', headersOf(ping, '2'), ping)).status, 401, 'a ping that nobody signed');
	assert.equal((await deliver('p/discord', headersOf(''), 'x'.repeat(17 * MiB))).status, 413);
});

test('handshakes are answered without a run and without a delivery', async () => {
	const challenge = JSON.stringify({ type: 'url_verification', challenge: 'a<b>c' });

	await published('p/slack', 'slack', secret);
	await published('p/meta', 'meta', secret);
	const slack = await deliver('p/slack', signSlack(secret, challenge), challenge);

	assert.equal(slack.status, 200);
	assert.equal(slack.text, 'a<b>c');
	assert.match(slack.headers['content-type'], /^text\/plain/);
	assert.equal((await deliver('p/slack', signSlack('another', challenge), challenge)).status, 401);
	const asked = (token) => stack.hook(`p/meta?hub.mode=subscribe&hub.challenge=1158&hub.verify_token=${encodeURIComponent(token)}`, { method: 'GET' });

	assert.equal((await asked(secret)).text, '1158');
	assert.doesNotMatch((await asked('guess')).text, /1158/);
	const graph = await stack.hook('open?validationToken=Validation%3A+1', { method: 'POST', body: '' });

	assert.equal(graph.status, 200);
	assert.equal(graph.text, 'Validation: 1');
	assert.equal(await recorded('p/meta'), undefined);
	assert.equal((await recorded('p/slack')).verdict, 'bad_signature', 'the one that was not signed alone');
});

test('user and password, as a browser sends them; who sends none is asked for them', async () => {
	const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

	await published('p/basic', 'basic', 'Aladdin:open sesame');
	const asked = await deliver('p/basic', {}, '{}');

	assert.equal(asked.status, 401);
	assert.match(asked.headers['www-authenticate'], /^Basic realm=/);
	assert.equal((await deliver('p/basic', basic('Aladdin:open'), '{}')).status, 401);
	assert.equal((await deliver('p/basic', basic('Aladdin:open sesame'), '{}')).status, 202);
	assert.doesNotMatch(JSON.stringify(await stack.ok('GET', '@/deliveries?limit=50')), /QWxhZGRpbj/);
});

test('a webhook takes deliveries from the addresses that it names alone', async () => {
	await stack.publish(chain(hook('p/here', { allowed_addresses: '198.51.100.7, 127.0.0.0/8' }), keep('n')), 'here');
	await stack.publish(chain(hook('p/there', { allowed_addresses: '198.51.100.7' }), keep('n')), 'there');
	assert.equal((await deliver('p/here', {}, '{}')).status, 202);
	const refused = await deliver('p/there', {}, '{"a":1}');

	assert.equal(refused.status, 403);
	assert.match(refused.text, /allowed_addresses/);
	assert.equal((await recorded('p/there')).verdict, 'denied');
	const finding = await stack.publish(chain(hook('p/names', { allowed_addresses: 'example.org' }), keep('n')), 'names').catch((error) => error);

	assert.match(String(finding), /allowed_addresses|no address/);
});

test('a request is checked without a delivery, and what differs is said', async () => {
	const body = bodyOf(), headers = await signGithub(secret, body);
	const verify = (more) => stack.ok('POST', '@/webhooks/verify', { path: 'github', headers, body, ...more });
	const count = async () => (await stack.ok('GET', '@/deliveries?limit=1')).items[0]?.id;
	const newest = await count();

	assert.equal((await verify()).result, 'ok');
	const differs = await verify({ body: `${body}\n` });

	assert.equal(differs.result, 'mismatch');
	assert.equal(differs.difference.part, 'body');
	assert.equal((await verify({ body: undefined, body_base64: Buffer.from(body).toString('base64') })).result, 'ok');
	assert.equal((await verify({ headers: {} })).result, 'missing');
	assert.equal((await verify({ body: 'another' })).difference, null);
	assert.equal(await count(), newest, 'nothing is kept');
	for (const [bad, status] of [[{ path: 'nobody' }, 404], [{ headers: { a: 1 } }, 422], [{ headers: [] }, 422], [{ body_base64: '%' }, 422]])
		assert.equal((await stack.api('POST', '@/webhooks/verify', { path: 'github', headers, body, ...bad })).status, status, JSON.stringify(bad));
});

test('a delivery that was refused is checked again, by tybooctl too', async () => {
	const body = bodyOf();

	assert.equal((await deliver('github', await signGithub(secret, body), `${body}\r\n`)).status, 401);
	const { id } = await recorded('github');

	assert.equal((await stack.ok('POST', `@/deliveries/${id}/verify`)).difference.part, 'body');
	const { code, stdout, stderr } = await stack.run('ctl', 'deliveries', 'verify', id);

	assert.equal(code, 0, stderr);
	assert.match(stdout, /line end at the body's end/);
});

test('a JSON Web Token: by the issuer\'s set of keys, in its time', async () => {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const encode = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
	const token = (exp) => {
		const text = `${encode({ alg: 'ES256', kid: 'a' })}.${encode({ exp })}`;

		return { authorization: `Bearer ${text}.${signWith('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}` };
	};
	const now = Math.floor(Date.now() / 1000);

	await published('p/jwt', 'jwt', JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }] }));
	assert.equal((await deliver('p/jwt', token(now + 600), '{}')).status, 202);
	assert.equal((await deliver('p/jwt', token(now - 600), '{}')).status, 401);
	assert.equal((await recorded('p/jwt')).verdict, 'stale');
	const none = await deliver('p/jwt', {}, '{}');

	assert.equal(none.status, 401);
	assert.equal(none.headers['www-authenticate'], 'Bearer');
});
