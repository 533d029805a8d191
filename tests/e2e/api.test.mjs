/*
 * api.test.mjs -- who may do what: sessions, CSRF, API keys, and walls between workspaces.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { chain, hook, keep, node } from './graphs.mjs';
import { homeEnv, startStack, tyboo } from './stack.mjs';

let stack, other, own;

const ctl = (args, input) => execFileSync(tyboo, ['ctl', ...args], { env: homeEnv(stack.home), input, encoding: 'utf8' });

before(async () => {
	stack = await startStack({ name: 'api' });
	ctl(['user', 'create', '--email', 'other@localhost', '--name', 'Other', '--password-stdin'], 'correct horse battery');
	ctl(['workspace', 'create', '--slug', 'others', '--name', 'Others', '--owner', 'other@localhost']);
	other = stack.newClient();
	await other.signIn('other@localhost', 'correct horse battery');
	own = await ownThings();
});
after(async () => {
	other?.close();
	await stack?.stop();
});

/* One of everything in the owner's workspace. */
async function ownThings()
{
	const workflow = await stack.publish(chain(hook('mine'), keep('n', '={{ $json.body.n }}', 'number')));
	const run = (await stack.hook('mine', { headers: { 'content-type': 'application/json' }, body: '{"n":1}' })).json.run_id;
	const credential = await stack.credential('mine');
	const key = (await stack.ok('POST', '@/api-keys', { name: 'mine', scopes: ['workflow.run'] }));

	await stack.finished(run);
	return { workflow, run, credential, key };
}

/* ---- sessions ---- */

test('a wrong password, an unknown person and no password are refused alike', async () => {
	const nobody = stack.newClient();
	const texts = new Set();

	for (const [email, password] of [[stack.owner.email, 'wrong'], ['nobody@localhost', 'wrong']]) {
		const answer = await nobody.api('POST', '/sessions', { email, password });

		assert.equal(answer.status, 401, answer.text);
		assert.equal(answer.headers['set-cookie'], undefined);
		texts.add(answer.json.detail);
	}
	assert.equal(texts.size, 1, 'it does not tell who exists');
	assert.equal((await nobody.api('POST', '/sessions', {})).status, 422);
	nobody.close();
});

test('the session cookie is closed to scripts and other sites, and ends with sign-out', async () => {
	const client = stack.newClient();
	const answer = await client.api('POST', '/sessions', { email: stack.owner.email, password: stack.owner.password });

	assert.equal(answer.status, 201);
	for (const word of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
		assert.ok(answer.headers['set-cookie'][0].includes(word), word);
	client.csrf = answer.json.csrf_token;
	const me = await client.ok('GET', '/me');
	assert.equal(me.user.email, stack.owner.email);
	const cookies = new Map(client.cookies);
	assert.equal((await client.api('DELETE', '/sessions/current')).status, 204);
	client.cookies = cookies;	/* a thief's copy is worth nothing */
	assert.equal((await client.api('GET', '/me')).status, 401);
	client.close();
});

test('a change needs the CSRF token and our own origin', async () => {
	const name = { name: 'csrf', graph: chain(node('core.manual')) };
	const attempt = (headers) => stack.api('POST', '@/workflows', name, { headers });

	assert.equal((await attempt({ 'x-csrf-token': '' })).status, 403);
	assert.equal((await attempt({ 'x-csrf-token': 'x'.repeat(43) })).status, 403);
	assert.equal((await attempt({ origin: 'https://evil.example' })).status, 403);
	assert.equal((await attempt({ 'sec-fetch-site': 'cross-site' })).status, 403);
	assert.equal((await attempt({})).status, 201);
});

test('nobody gets past a route that wants somebody', async () => {
	const nobody = stack.newClient();

	for (const path of ['/me', '/workspaces', '/catalog', '@/workflows', '@/executions', '@/deliveries', '@/credentials', '@/api-keys'])
		assert.equal((await nobody.api('GET', stack.path(path))).status, 401, path);
	nobody.cookies.set('tyboo_session', 'A'.repeat(43));
	assert.equal((await nobody.api('GET', '/me')).status, 401);
	nobody.close();
});

/* ---- walls ---- */

const reads = () => ['', '/workflows', `/workflows/${own.workflow}`, `/workflows/${own.workflow}/versions`, '/executions', `/executions/${own.run}`,
	'/deliveries', `/deliveries/${own.run}`, '/credentials', '/api-keys'];

test('another workspace cannot be seen, by name', async () => {
	for (const path of reads())
		assert.equal((await other.api('GET', `/workspaces/${stack.owner.workspace}${path}`)).status, 404, path);
	assert.deepEqual((await other.ok('GET', '/workspaces')).items.map((w) => w.slug), ['others']);
});

test('its things cannot be reached through one\'s own workspace, by id', async () => {
	for (const path of [`/workflows/${own.workflow}`, `/workflows/${own.workflow}/versions/1`, `/executions/${own.run}`, `/deliveries/${own.run}`])
		assert.equal((await other.api('GET', `/workspaces/others${path}`)).status, 404, path);
	for (const [method, path, body] of [['PUT', `/workflows/${own.workflow}`, { name: 'stolen' }], ['DELETE', `/workflows/${own.workflow}`],
		['POST', `/workflows/${own.workflow}/publish`, {}], ['POST', `/workflows/${own.workflow}/unpublish`, {}], ['POST', `/workflows/${own.workflow}/run`, {}],
		['POST', `/workflows/${own.workflow}/executions`, {}], ['POST', `/executions/${own.run}/cancel`, {}],
		['POST', `/deliveries/${own.run}/replay`, {}], ['DELETE', `/credentials/${own.credential}`], ['DELETE', `/api-keys/${own.key.id}`]]) {
		const answer = await other.api(method, `/workspaces/others${path}`, body, { headers: { 'if-match': '"1"' } });

		assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
	}
	for (const path of ['/workflows', '/executions', '/deliveries', '/credentials', '/api-keys'])
		assert.deepEqual((await other.ok('GET', `/workspaces/others${path}`)).items, [], path);
	assert.equal((await other.api('POST', `/workflows/${own.workflow}/executions`, {})).status, 404);
	assert.equal((await stack.ok('GET', `@/workflows/${own.workflow}`)).published, true);
});

test('another workspace\'s credential does not validate', async () => {
	const answer = await other.ok('POST', '/workspaces/others/workflows/validate',
		{ graph: chain(hook('x', { verify: 'github', credential: own.credential }), keep('n')) });

	assert.equal(answer.valid, false);
	assert.ok(answer.findings.some((finding) => finding.code === 'missing_credential'), JSON.stringify(answer.findings));
});

/* ---- API keys ---- */

function asKey(key)
{
	const client = stack.newClient();

	return { client, api: (method, path, body, headers = {}) =>
		client.api(method, path, body, { headers: { authorization: `Bearer ${key}`, ...headers } }) };
}

test('an API key starts a run; the same Idempotency-Key does not start a second', async () => {
	const { api, client } = asKey(own.key.key);
	const first = await api('POST', `/workflows/${own.workflow}/executions`, { body: { n: 7 } }, { 'idempotency-key': 'once' });
	const again = await api('POST', `/workflows/${own.workflow}/executions`, { body: { n: 7 } }, { 'idempotency-key': 'once' });
	const another = await api('POST', `/workflows/${own.workflow}/executions`, { body: { n: 7 } }, { 'idempotency-key': 'twice' });

	assert.equal(first.status, 202, first.text);
	assert.ok([200, 202].includes(again.status), again.text);
	assert.equal(again.json.duplicate, true);
	assert.equal(again.json.run_id, first.json.run_id);
	assert.notEqual(another.json.run_id, first.json.run_id);
	const run = await stack.finished(first.json.run_id);
	assert.equal(run.mode, 'api');
	assert.match(JSON.stringify(run.steps.at(-1)), /"n":7/);
	client.close();
});

test('a key may do what its scopes say, in its own workspace, until it is revoked', async () => {
	const key = await stack.ok('POST', '@/api-keys', { name: 'scoped', scopes: ['workflow.read'] });
	const { api, client } = asKey(key.key);

	assert.equal((await api('GET', stack.path('@/workflows'))).status, 200);
	assert.equal((await api('POST', stack.path('@/workflows'), { name: 'no' })).status, 403);
	assert.equal((await api('GET', stack.path('@/credentials'))).status, 403);
	assert.equal((await api('GET', '/workspaces/others/workflows')).status, 404);
	assert.equal((await api('GET', '/me')).status, 403, 'a key is nobody\'s session');
	assert.equal((await asKey(`${key.key.slice(0, -1)}${key.key.endsWith('x') ? 'y' : 'x'}`).api('GET', stack.path('@/workflows'))).status, 401);
	assert.ok(!JSON.stringify(await stack.ok('GET', '@/api-keys')).includes(key.key), 'a key is shown once');
	assert.equal((await stack.api('DELETE', `@/api-keys/${key.id}`)).status, 204);
	assert.equal((await api('GET', stack.path('@/workflows'))).status, 401);
	client.close();
});

/* ---- answers ---- */

test('problems are RFC 9457 with a request id that is in the log', async () => {
	const answer = await stack.api('GET', '@/workflows/00000000-0000-4000-8000-000000000000');

	assert.equal(answer.status, 404);
	assert.equal(answer.headers['content-type'], 'application/problem+json');
	for (const member of ['type', 'title', 'status', 'detail', 'request_id'])
		assert.ok(answer.json[member], member);
	assert.equal(answer.headers['x-request-id'], answer.json.request_id);
});

/* The application never sees these: nginx answers, in the same words. */
for (const [what, status, path, headers] of [
	['headers of more than 32 KiB together', 431, '/api/v1/health', Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`x-a${n}`, 'a'.repeat(7000)]))],
	['one header of more than 8 KiB', 431, '/api/v1/health', { 'x-a': 'a'.repeat(9000) }],
	['an address of more than 8 KiB', 414, `/api/v1/health?${'a'.repeat(9000)}`, {}],
])
	test(`${what}: a problem like any other`, async () => {
		const answer = await stack.senders.send('GET', path, { headers });

		assert.equal(answer.status, status, answer.text);
		assert.equal(answer.headers['content-type'], 'application/problem+json');
		assert.equal(answer.json.status, status);
		assert.equal(answer.json.code, 'limit');
		assert.equal(answer.headers['x-request-id'], answer.json.request_id);
	});

test('input is declared: all that is wrong with it is said at once', async () => {
	const answer = await stack.api('POST', '@/api-keys', { scopes: ['workflow.read'], more: 1 });

	assert.equal(answer.status, 422, answer.text);
	assert.deepEqual(answer.json.findings.map((finding) => finding.path).sort(), ['more', 'name']);
	assert.equal((await stack.api('GET', '@/executions?limit=100000')).status, 422);
	assert.equal((await stack.api('GET', '@/workflows/no-id')).status, 404);
	assert.equal((await stack.api('PATCH', '@/workflows', {})).status, 405);
});

test('lists are paged without gaps or doubles', async () => {
	for (let i = 0; i < 5; i++)
		await stack.ok('POST', '@/workflows', { name: `page ${i}`, graph: chain(node('core.manual')) });
	const seen = [];
	let cursor = '';

	do {
		const page = await stack.ok('GET', `@/workflows?limit=2&cursor=${cursor}`);

		assert.ok(page.items.length <= 2);
		seen.push(...page.items.map((item) => item.id));
		cursor = page.next_cursor;
	} while (cursor);
	assert.equal(new Set(seen).size, seen.length);
	assert.equal(seen.length, (await stack.ok('GET', '@/workflows?limit=200')).items.length);
});

test('secrets go in and never come out', async () => {
	const id = await stack.credential('a very secret secret');

	for (const path of ['@/credentials', '@/deliveries', '@/workflows'])
		assert.ok(!(await stack.api('GET', path)).text.includes('a very secret secret'), path);
	assert.ok((await stack.ok('GET', '@/credentials')).items.some((item) => item.id === id));
});

test('a run can be canceled, and says so', async () => {
	const workflow = await stack.publish(chain(node('core.manual'), node('core.code', { code: 'for (;;) {}', timeout_ms: 30000 })));
	const { run_id: run } = await stack.ok('POST', `@/workflows/${workflow}/executions`, {});

	const answer = await stack.api('POST', `@/executions/${run}/cancel`, {});
	assert.equal(answer.status, 202, answer.text);
	assert.equal((await stack.finished(run)).status, 'canceled');
});

test('the OpenAPI document names every route that the tests use', async () => {
	const doc = (await stack.senders.send('GET', '/api/v1/openapi.json')).json;

	assert.match(doc.openapi, /^3\.1/);
	const paths = Object.keys(doc.paths).join('\n');
	for (const path of ['/sessions', '/me', '/workflows/{id}/executions', '/executions/{id}/cancel', '/deliveries/{id}/replay', '/catalog'])
		assert.ok(paths.includes(path), path);
});
