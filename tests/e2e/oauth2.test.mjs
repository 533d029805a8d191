/*
 * oauth2.test.mjs -- credentials of OAuth 2.0 through nginx, API and workers, with a provider that checks for
 * itself what it is sent: a person who signs in by page, API and tybooctl, machines, and tokens that are over.
 */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { chain, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { startStack } from './stack.mjs';
import { signIn } from './ui-page.mjs';

let stack, provider;
const clientSecret = `client/${randomBytes(9).toString('base64')}`;
/* Codes that wait to be exchanged with their challenge, refresh tokens that are good, and the newest access token. */
const state = { codes: new Map(), refresh: new Set(), access: new Set(), grants: [] };
const token = (what) => `${what}-${randomBytes(12).toString('hex')}`;

function give(res, body, status = 200)
{
	res.writeHead(status, { 'content-type': 'application/json' });
	res.end(JSON.stringify(body));
}

/* The consent page of somebody who always says yes. */
function authorize(url, res)
{
	const code = token('code'), back = new URL(url.searchParams.get('redirect_uri'));

	assert.equal(url.searchParams.get('response_type'), 'code');
	assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
	state.codes.set(code, url.searchParams.get('code_challenge'));
	back.searchParams.set('code', code);
	back.searchParams.set('state', url.searchParams.get('state'));
	if (state.iss !== '')
		back.searchParams.set('iss', state.iss ?? provider.url(''));
	res.writeHead(302, { location: back.href });
	res.end();
}

function isGood(form)
{
	const grant = form.get('grant_type');

	if (grant === 'authorization_code') {
		const challenge = state.codes.get(form.get('code'));

		state.codes.delete(form.get('code'));
		return challenge !== undefined && challenge === createHash('sha256').update(form.get('code_verifier')).digest('base64url')
			&& form.get('redirect_uri') === `${stack.baseUrl}/api/v1/oauth2/callback`;
	}
	return grant !== 'refresh_token' || state.refresh.delete(form.get('refresh_token'));
}

function exchange(call, res)
{
	const form = new URLSearchParams(call.body), grant = form.get('grant_type');
	const answer = { access_token: token('access'), token_type: 'Bearer', expires_in: 3600 };

	state.grants.push({ grant, form, authorization: call.headers.authorization });
	if (!isGood(form))
		return give(res, { error: 'invalid_grant' }, 400);
	state.access.clear();
	state.access.add(answer.access_token);
	if (['authorization_code', 'refresh_token'].includes(grant)) {
		answer.refresh_token = token('refresh');
		state.refresh.add(answer.refresh_token);
	}
	return give(res, answer);
}

function serve(call, res)
{
	const url = new URL(call.path, provider.url('/'));

	if (url.pathname === '/authorize')
		return authorize(url, res);
	if (url.pathname === '/token')
		return exchange(call, res);
	const isIn = state.access.has((call.headers.authorization ?? '').replace('Bearer ', ''));

	return give(res, { got: call.headers.authorization ?? null }, isIn ? 200 : 401);
}

before(async () => {
	provider = await startReceiver();
	provider.answer = serve;
	stack = await startStack({ name: 'oauth2', set: { http_allow: `127.0.0.1:${provider.port}` } });
});
after(async () => {
	await stack?.stop();
	await provider?.stop();
});

const socketDir = () => readFileSync(join(stack.home, 'etc/redis.conf'), 'utf8').match(/^unixsocket (.*)\/redis.sock$/m)[1];
const sql = (text) => execFileSync('psql', ['-h', socketDir(), '-U', 'postgres', '-d', 'tyboo', '-X', '-q', '-A', '-t', '-c', text], {
	env: { ...process.env, PGPASSWORD: readFileSync(join(stack.home, 'etc/pg-admin.password'), 'utf8').trim() } }).toString();

async function credentialOf(type, more = {})
{
	const data = { token_url: provider.url('/token'), ...(type !== 'http_oauth2_jwt' && { client_id: 'the client', client_secret: clientSecret }),
		...(type === 'http_oauth2_code' && { authorization_url: provider.url('/authorize') }), ...more };

	return (await stack.ok('POST', '@/credentials', { name: `${type} ${randomBytes(4).toString('hex')}`, type, data })).id;
}

async function flowOf(credential, params = {})
{
	return stack.publish(chain(node('core.manual'), node('http.request', { full_response: true, url: provider.url('/me'), credential, ...params })), `flow ${randomBytes(4).toString('hex')}`);
}

async function runOf(flow)
{
	const { run_id: run } = await stack.ok('POST', `@/workflows/${flow}/executions`, {});

	return stack.finished(run);
}

function mustBeOk(record)
{
	assert.equal(record.status, 'ok', JSON.stringify(record.error));
	assert.match(JSON.stringify(record), /Bearer \*{8}/);
	assert.doesNotMatch(JSON.stringify(record), /access-|refresh-/);
}

/* The way of a browser without one: the provider's page, and back through nginx. */
async function connect(credential)
{
	const way = await stack.ok('POST', `@/credentials/${credential}/connect`);
	const { headers } = await fetch(way.url, { redirect: 'manual' });
	const back = new URL(headers.get('location'));

	return stack.api('GET', `${back.pathname.replace('/api/v1', '')}${back.search}`);
}

const isOver = (credential) => sql(`UPDATE tyboo.credential_tokens SET renew_at = now() - interval '1 s', expires_at = now() - interval '1 s', got_at = now() - interval '1 hour' WHERE credential_id = '${credential}'`);
const grantsSince = (from) => state.grants.slice(from).map(({ grant }) => grant);

test('a machine gets one token for many calls, and another when the API refuses it', async () => {
	const flow = await flowOf(await credentialOf('http_oauth2_client', { scope: 'read write', token_audience: 'them' }));
	const from = state.grants.length;

	for (let i = 0; i < 3; i++)
		mustBeOk(await runOf(flow));
	assert.deepEqual(grantsSince(from), ['client_credentials']);
	const { form, authorization } = state.grants[from];

	assert.equal(authorization, `Basic ${btoa(`the%20client:${encodeURIComponent(clientSecret)}`)}`);
	assert.deepEqual([form.get('scope'), form.get('audience')], ['read write', 'them']);
	state.access.clear(); /* revoked, an hour after it was got */
	sql('UPDATE tyboo.credential_tokens SET got_at = now() - interval \'1 hour\'');
	mustBeOk(await runOf(flow));
	assert.deepEqual(grantsSince(from), ['client_credentials', 'client_credentials']);
});

test('an assertion is signed by the credential\'s key, and exchanged', async () => {
	const pair = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
	const flow = await flowOf(await credentialOf('http_oauth2_jwt', { key: pair.privateKey, issuer: 'me@p.test', scope: 'drive' }));
	const from = state.grants.length;

	mustBeOk(await runOf(flow));
	const [{ form, grant }] = state.grants.slice(from);
	const [header, payload, signature] = form.get('assertion').split('.');
	const claims = JSON.parse(Buffer.from(payload, 'base64url'));

	assert.equal(grant, 'urn:ietf:params:oauth:grant-type:jwt-bearer');
	assert.ok(verify('sha256', Buffer.from(`${header}.${payload}`), createPublicKey(pair.publicKey), Buffer.from(signature, 'base64url')));
	assert.deepEqual([claims.iss, claims.aud, claims.exp - claims.iat, form.get('scope')], ['me@p.test', provider.url('/token'), 300, 'drive']);
});

test('a person signs in, and the token is refreshed once for all runs that need it', async () => {
	const credential = await credentialOf('http_oauth2_code'), flow = await flowOf(credential);
	const before = await runOf(flow);

	assert.equal(before.status, 'error');
	assert.match(before.error.message, /not connected/);
	const back = await connect(credential);

	assert.equal(back.status, 303);
	assert.equal(back.headers.location, `/w/${stack.owner.workspace}/credentials?connect=ok&credential=${credential}`);
	const { connection } = await stack.ok('GET', `@/credentials/${credential}`);

	assert.deepEqual([connection.state, connection.refreshes, connection.problem], ['connected', true, '']);
	mustBeOk(await runOf(flow));
	for (let round = 0; round < 2; round++) {
		const from = state.grants.length;

		isOver(credential);
		for (const record of await Promise.all(Array.from({ length: 8 }, () => runOf(flow))))
			mustBeOk(record);
		assert.deepEqual(grantsSince(from), ['refresh_token']);
	}
	/* The provider forgets it: people are told, and the next sign-in mends it. */
	state.refresh.clear();
	isOver(credential);
	const after = await runOf(flow);

	assert.match(after.error.message, /has to be connected anew.*invalid_grant/);
	assert.equal((await stack.ok('GET', `@/credentials/${credential}`)).connection.state, 'reconnect');
	assert.match((await connect(credential)).headers.location, /connect=ok/);
	mustBeOk(await runOf(flow));
});

test('an answer of another issuer, or of none, is refused before its code is sent anywhere', async () => {
	const credential = await credentialOf('http_oauth2_code', { issuer: provider.url('') });
	const from = state.grants.length;

	for (const iss of ['https://other.example', `${provider.url('')}/`, '']) {
		state.iss = iss;
		assert.match((await connect(credential)).headers.location, /connect=failed/, iss);
		assert.match((await stack.ok('GET', `@/credentials/${credential}`)).connection.problem, /not by the issuer/);
	}
	assert.deepEqual(grantsSince(from), []);
	state.iss = undefined;
	assert.match((await connect(credential)).headers.location, /connect=ok/);
	assert.deepEqual(grantsSince(from), ['authorization_code']);
});

test('tybooctl prints an address to open, and what it opens counts for who is signed in', async () => {
	const credential = await credentialOf('http_oauth2_code');
	const { code, stdout, stderr } = await stack.run('ctl', '--json', 'credential', 'connect', credential);

	assert.equal(code, 0, stderr);
	const way = JSON.parse(stdout);

	assert.equal(way.redirect_uri, `${stack.baseUrl}/api/v1/oauth2/callback`);
	const back = new URL((await fetch(way.url, { redirect: 'manual' })).headers.get('location'));

	assert.match((await stack.api('GET', `${back.pathname.replace('/api/v1', '')}${back.search}`)).headers.location, /connect=ok/);
	const tried = await stack.run('ctl', '--json', 'credential', 'try', credential, '--url', provider.url('/me'));

	assert.equal(JSON.parse(tried.stdout).status, 200);
	assert.doesNotMatch(tried.stdout, /access-/);
});

test('the page connects, says so, and asks for a sign-in again when one is needed', async () => {
	const browser = await openBrowser(stack);

	try {
		const { page, complaints } = await browser.page();
		const credential = await credentialOf('http_oauth2_code');
		const { name } = await stack.ok('GET', `@/credentials/${credential}`);
		const row = page.locator('tr', { hasText: name });

		await signIn(page, stack.owner);
		await page.goto(`/w/${stack.owner.workspace}/credentials`);
		await row.getByText('Not connected').waitFor();
		await page.getByRole('button', { name: `Connect ${name}`, exact: true }).click();
		await page.getByRole('status').getByText(`${name} is connected`).waitFor();
		await row.getByText('Connected', { exact: true }).waitFor();
		state.refresh.clear();
		isOver(credential);
		await stack.api('POST', `@/credentials/${credential}/try`, { url: provider.url('/me') });
		await page.goto(`/w/${stack.owner.workspace}/credentials`);
		await row.getByText('Needs re-connect').waitFor();
		await row.getByText('invalid_grant').waitFor();
		await page.getByRole('button', { name: `Re-connect ${name}`, exact: true }).click();
		await page.getByRole('status').getByText(`${name} is connected`).waitFor();
		/* A state that nobody knows. */
		await page.goto('/api/v1/oauth2/callback?state=x&code=y');
		await page.getByRole('alert').getByText('was used already').waitFor();
		assert.deepEqual(complaints, []);
	} finally {
		await browser.close();
	}
});
