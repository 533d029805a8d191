/*
 * hooks.test.mjs -- deliveries through nginx: who is let in, what is kept, what is refused.
 *
 * Signatures are made by the providers' own libraries (sign.mjs).  Whatever is refused must be
 * among the recorded deliveries with its verdict: "why didn't it run?" has an answer.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chain, hook, keep, node } from './graphs.mjs';
import { signGithub, signHmac, signSlack, signStripe } from './sign.mjs';
import { startStack, until } from './stack.mjs';

const secret = 'whsec_a secret of some length';
const old = () => Math.floor(Date.now() / 1000) - 301;
const MiB = 1 << 20;
let stack, credential;

before(async () => {
	stack = await startStack({ name: 'hooks' });
	credential = await stack.credential(secret);
	await stack.publish(chain(hook('open'), keep('n')), 'open');
	for (const { name, params } of schemes)
		await stack.publish(chain(hook(`s/${name}`, { verify: params?.scheme ?? name, credential, ...params?.more }), keep('n')), name);
});
after(() => stack?.stop());

const deliver = (path, headers, body) => stack.hook(path, { headers, body });

/* The newest delivery to 'path', as recorded. */
async function recorded(path)
{
	const { items } = await stack.ok('GET', '@/deliveries?limit=50');

	return items.find((item) => item.path === path);
}

const hmacMore = { hmac_header: 'X-Our-Signature', hmac_algorithm: 'sha1', hmac_encoding: 'base64', hmac_prefix: 'v=',
	hmac_timestamp_header: 'X-Our-Time' };
const schemes = [
	{ name: 'github', sign: (s, body) => signGithub(s, body, { id: randomUUID() }) },
	{ name: 'stripe', sign: (s, body, more) => signStripe(s, body, more), timed: true },
	{ name: 'slack', sign: (s, body, more) => signSlack(s, body, more), timed: true },
	{ name: 'hmac', sign: (s, body) => signHmac(s, body) },
	{ name: 'hmac-options', params: { scheme: 'hmac', more: hmacMore }, timed: true,
		sign: (s, body, more) => signHmac(s, body, { header: 'x-our-signature', algorithm: 'sha1', encoding: 'base64',
			prefix: 'v=', timestampHeader: 'x-our-time', ...more }) },
];
const bodyOf = () => JSON.stringify({ n: randomUUID(), id: randomUUID() });

for (const { name, sign, timed } of schemes) {
	const path = `s/${name}`;

	test(`${name}: a signed delivery becomes a run`, async () => {
		const body = bodyOf();
		const answer = await deliver(path, await sign(secret, body), body);

		assert.equal(answer.status, 202, answer.text);
		const run = await stack.finished(answer.json.run_id);
		assert.equal(run.status, 'ok', JSON.stringify(run.error));
		assert.equal((await recorded(path)).verdict, 'accepted');
	});

	test(`${name}: no signature is refused`, async () => {
		const answer = await deliver(path, { 'content-type': 'application/json' }, bodyOf());

		assert.equal(answer.status, 401, answer.text);
		assert.equal(answer.headers['content-type'], 'application/problem+json');
		assert.equal((await recorded(path)).verdict, 'bad_signature');
	});

	test(`${name}: another secret's signature is refused`, async () => {
		const body = bodyOf();

		assert.equal((await deliver(path, await sign(`${secret}!`, body), body)).status, 401);
		assert.equal((await recorded(path)).verdict, 'bad_signature');
	});

	test(`${name}: one changed byte is refused`, async () => {
		const body = bodyOf();
		const headers = await sign(secret, body);

		for (const changed of [body.replace('n', 'm'), `${body} `, body.slice(0, -1)])
			assert.equal((await deliver(path, headers, changed)).status, 401);
		assert.equal((await recorded(path)).verdict, 'bad_signature');
	});

	if (timed)
		test(`${name}: a signature older than five minutes is refused`, async () => {
			const body = bodyOf();
			const answer = await deliver(path, await sign(secret, body, { timestamp: old() }), body);

			assert.equal(answer.status, 401, answer.text);
			assert.equal((await recorded(path)).verdict, 'stale');
		});
}

test('two secrets: both are good while they are rotated', async () => {
	const both = await stack.credential(['new one', 'old one']);

	await stack.publish(chain(hook('rotated', { verify: 'github', credential: both }), keep('n')));
	for (const [one, status] of [['new one', 202], ['old one', 202], ['neither', 401]]) {
		const body = bodyOf();

		assert.equal((await deliver('rotated', await signGithub(one, body, { id: randomUUID() }), body)).status, status, one);
	}
});

test('a redelivery is answered with the first run', async () => {
	const body = bodyOf();
	const headers = await signGithub(secret, body, { id: randomUUID() });
	const first = await deliver('s/github', headers, body);
	const again = await deliver('s/github', headers, body);

	assert.equal(first.status, 202);
	assert.equal(again.status, 200);
	assert.equal(again.json.duplicate, true);
	assert.equal(again.json.run_id, first.json.run_id);
});

test('a signed hook without a secret cannot be published', async () => {
	const { id } = await stack.ok('POST', '@/workflows', { name: 'no secret', graph: chain(hook('no-secret', { verify: 'github' }), keep('n')) });
	const answer = await stack.api('POST', `@/workflows/${id}/publish`, {});

	assert.equal(answer.status, 422, answer.text);
	assert.match(answer.text, /credential/);
	assert.equal((await deliver('no-secret', {}, '{}')).status, 404);
});

test('no way of verification chosen: not published either, "none" has to be said', async () => {
	const graph = chain(hook('unsaid'), keep('n'));

	delete graph.nodes[0].params.verify;
	const { id } = await stack.ok('POST', '@/workflows', { name: 'unsaid', graph });
	assert.equal((await stack.api('POST', `@/workflows/${id}/publish`, {})).status, 422);
});

test('a secret that a published hook needs cannot be deleted, and the answer says who needs it', async () => {
	const needed = await stack.credential('needed');
	const body = bodyOf();
	const id = await stack.publish(chain(hook('needs', { verify: 'github', credential: needed }), keep('n')), 'needs it');
	const refused = await stack.api('DELETE', `@/credentials/${needed}`);

	assert.equal(refused.status, 409, refused.text);
	assert.equal(refused.json.code, 'conflict');
	assert.deepEqual(refused.json.workflows, [{ id, name: 'needs it' }]);
	const answer = await deliver('needs', await signGithub('needed', body, { id: randomUUID() }), body);
	assert.equal(answer.status, 202, answer.text);
	await stack.ok('POST', `@/workflows/${id}/unpublish`, {});
	assert.equal((await stack.api('DELETE', `@/credentials/${needed}`)).status, 204);
	const again = await stack.api('POST', `@/workflows/${id}/publish`, {});
	assert.equal(again.status, 422, again.text);
	assert.ok(again.json.findings.some((finding) => finding.code === 'missing_credential'), again.text);
});

test('"none" lets anybody in', async () => {
	const answer = await deliver('open', { 'content-type': 'application/json' }, '{"n":1}');

	assert.equal(answer.status, 202, answer.text);
	assert.equal((await stack.finished(answer.json.run_id)).status, 'ok');
});

/* ---- bodies ---- */

const bad = {
	'broken JSON': '{"n":',
	'text behind JSON': '{"n":1} x',
	'65 deep': '['.repeat(65) + ']'.repeat(65),
	'100,000 deep': '['.repeat(100000) + ']'.repeat(100000),
	'a raw NUL': Buffer.from('{"n":"a\0b"}'),
};

for (const [what, body] of Object.entries(bad))
	test(`a body that is no JSON of ours is kept and refused: ${what}`, async () => {
		const answer = await deliver('open', { 'content-type': 'application/json' }, body);

		assert.equal(answer.status, 400, answer.text);
		assert.equal(answer.json.code, 'malformed');
		assert.equal((await recorded('open')).verdict, 'malformed');
	});

/* What JSON's grammar allows, or a sender's slip, is taken: GitHub sends once. */
const mended = {
	'a lone high surrogate': ['{"n":"\\ud800"}', '"\ufffd"', 'half_pair_replaced'],
	'a lone low surrogate': ['{"n":"\\udc00 "}', '"\ufffd "', 'half_pair_replaced'],
	'an escaped NUL': ['{"n":"a\\u0000b"}', '"a\ufffdb"', 'nul_replaced'],
	'a number beyond every double': ['{"n":1e9999}', '1e9999', null],
	'no UTF-8': [Buffer.from([0x7b, 0x22, 0x6e, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]), '"\ufffd\ufffd"', 'bytes_replaced'],
};

for (const [what, [body, value, code]] of Object.entries(mended))
	test(`a body that can be mended is accepted, and the delivery says so: ${what}`, async () => {
		const answer = await deliver('open', { 'content-type': 'application/json' }, body);

		assert.equal(answer.status, 202, answer.text);
		assert.equal((await stack.finished(answer.json.run_id)).status, 'ok');
		const kept = await stack.ok('GET', `@/deliveries/${answer.json.run_id}`);
		assert.deepEqual((kept.notices ?? []).map((notice) => notice.code), code === null ? [] : [code]);
		const { text } = await stack.api('GET', `@/executions/${answer.json.run_id}`);
		assert.ok(text.includes(`"n":${value}`), text.slice(0, 2000));
	});

/* 64 is the sender's: what we wrap around a body on its way takes nothing of it. */
test('64 deep is accepted, goes through expressions and code, and is read back whole', async () => {
	const body = '{"n":' + '['.repeat(62) + '{"end":"here"}' + ']'.repeat(62) + '}';
	const code = node('core.code', { mode: 'all', code: `
		let at = $input.first().json.n, levels = 0;
		while (Array.isArray(at)) { at = at[0]; levels++; }
		return [{ json: { levels, end: at.end, whole: $input.first().json } }];` });

	await stack.publish(chain(hook('deep'), keep('n', '={{ $json.body.n }}', 'json'), code,
		keep('said', `={{ $json.end + ' ' + $json.levels }}`)), 'deep');
	const answer = await deliver('deep', { 'content-type': 'application/json' }, body);
	assert.equal(answer.status, 202, answer.text);
	const run = await stack.finished(answer.json.run_id);
	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	const whole = JSON.stringify(run.steps);
	assert.ok(whole.includes('here 62'), 'code and expression saw the end of it');
	assert.ok(whole.includes('['.repeat(62) + '{"end":"here"}' + ']'.repeat(62)), 'the run has it whole');
	const kept = await stack.ok('GET', `@/deliveries/${answer.json.run_id}`);
	assert.equal(kept.body, body);
});

test('a body that is no JSON by type is no business of the parser', async () => {
	const answer = await deliver('open', { 'content-type': 'text/plain' }, '{"n":');

	assert.equal(answer.status, 202, answer.text);
	assert.equal((await stack.finished(answer.json.run_id)).status, 'ok');
});

test('exactly 16 MiB is accepted', async () => {
	const body = Buffer.alloc(16 * MiB, 'x');
	const answer = await deliver('open', { 'content-type': 'text/plain' }, body);

	assert.equal(answer.status, 202, answer.text);
	assert.ok(['ok', 'error'].includes((await stack.finished(answer.json.run_id, { timeoutMs: 60000 })).status));
});

test('16 MiB and one byte is accepted too, as a file', async () => {
	const answer = await deliver('open', { 'content-type': 'text/plain' }, Buffer.alloc(16 * MiB + 1, 'x'));

	assert.equal(answer.status, 202, answer.text);
	assert.equal((await recorded('open')).verdict, 'accepted');
});

test('1 GiB and one byte is refused by its length, before it is sent', async () => {
	let sent = 0;
	const trickle = async function* () {
		for (;;) {
			sent += 1024;
			yield Buffer.alloc(1024);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	};
	const answer = await deliver('open', { 'content-type': 'text/plain', 'content-length': 1024 * MiB + 1 }, trickle());

	assert.equal(answer.status, 413, answer.text);
	assert.equal(answer.headers['content-type'], 'application/problem+json');
	assert.equal(answer.json.code, 'too_large');
	assert.ok(sent < MiB, `${sent} bytes were sent before the answer`);
	assert.equal((await recorded('open')).verdict, 'too_large');
});

test('a chunked body of the API is refused once it is over the limit', async () => {
	let sent = 0;
	const chunks = async function* () {
		for (let i = 0; i < 640; i++) {
			sent += 64 * 1024;
			yield Buffer.alloc(64 * 1024, 'x');
		}
	};
	const answer = await stack.senders.send('POST', '/api/v1/sessions', { headers: { 'content-type': 'application/json' }, body: chunks() });

	assert.equal(answer.status, 413, answer.text);
	assert.equal(answer.json.code, 'too_large');
	assert.ok(sent < 40 * MiB, `all ${sent} bytes were read`);
});

test('a chunked body over what its workspace takes is refused, and recorded', async () => {
	const limit = (value) => stack.run('ctl', '--workspace', stack.owner.workspace, 'workspace', 'set-limit', 'blob_bytes_max', value);
	const chunks = async function* () {
		for (let i = 0; i < 24; i++)
			yield Buffer.alloc(MiB, 'x');
	};

	assert.equal((await limit(String(20 * MiB))).code, 0);
	const answer = await until('the limit to be known', async () => {
		const got = await deliver('open', { 'content-type': 'text/plain' }, chunks());

		return got.status !== 202 && got;
	});
	assert.equal(answer.status, 413, answer.text);
	assert.equal(answer.json.code, 'too_large');
	assert.equal((await recorded('open')).verdict, 'too_large');
	assert.equal((await limit('default')).code, 0);
});

test('GET with a query, and a form, become fields', async () => {
	await stack.publish(chain(hook('fields', { method: 'ANY' }), keep('all', '={{ $json }}', 'json')));
	const got = await stack.hook('fields?a=1&b=%C3%A9', { method: 'GET' });
	const form = await stack.hook('fields', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'x=1&y=%20z' });
	const item = async (answer) => (await stack.finished(answer.json.run_id)).steps.at(-1);

	assert.equal(got.status, 202, got.text);
	assert.match(JSON.stringify(await item(got)), /"b":"é"/);
	assert.match(JSON.stringify(await item(form)), /"y":" z"/);
});

/* ---- nobody claims it ---- */

test('an unknown hook is answered 404 and kept; once published, the delivery can be replayed', async () => {
	const answer = await deliver('later/on', { 'content-type': 'application/json', authorization: 'Bearer mine' }, '{"n":42}');

	assert.equal(answer.status, 404);
	const kept = await recorded('later/on');
	assert.equal(kept.verdict, 'unclaimed');
	const whole = await stack.ok('GET', `@/deliveries/${kept.id}`);
	assert.match(JSON.stringify(whole.body), /42/);
	assert.ok(!JSON.stringify(whole).includes('mine'), 'a credential was kept');

	await stack.publish(chain(hook('later/on'), keep('n', '={{ $json.body.n }}', 'number')));
	const replay = await stack.ok('POST', `@/deliveries/${kept.id}/replay`, {});
	const run = await stack.finished(replay.run_id);
	assert.equal(run.status, 'ok');
	assert.equal(run.mode, 'replay');
	assert.match(JSON.stringify(run.steps.at(-1)), /"n":42/);
});

test('a workspace that does not exist has no hooks', async () => {
	assert.equal((await stack.hook('open', { workspace: 'nobody', body: '{}' })).status, 404);
});

test('another method than the published one is not claimed', async () => {
	assert.equal((await stack.hook('open', { method: 'PUT', body: '{}' })).status, 404);
});

const sent = (method, path, more) => stack.senders.send(method, path, more);

test('an address is taken by what was sent, whatever nginx makes of it', async () => {
	const base = `/hooks/${stack.owner.workspace}`;

	for (const [path, status] of [['open', 202], ['open/', 202], ['%6fpen', 202], ['/open', 404], ['open%2F', 404], ['open//', 404],
		['x/..%2fopen', 404], ['..%2f..%2fopen', 404]])
		assert.equal((await sent('POST', `${base}/${path}`, { body: 'x' })).status, status, path);
	assert.equal((await recorded('..%2F..%2Fopen'))?.verdict, 'unclaimed');
	const answer = await sent('GET', '/api/v1/workspaces/..%2f..%2f..%2fx');

	assert.equal(answer.status, 401);	/* the application's, of a workspace with an odd name; not the UI's page */
	assert.equal(answer.headers['content-type'], 'application/problem+json');
});

test('a line of the access log has its fields once, whatever the path', async () => {
	const name = randomUUID();

	await sent('GET', `/hooks/${stack.owner.workspace}/${name}%20status=200%20addr=9.9.9.9%22x?token=hush`);
	let line;

	while (line === undefined) {
		line = stack.log('access').split('\n').find((text) => text.includes(name));
		await sleep(50);
	}
	assert.match(line, / path="\/hooks\/[^" ]*%22x" /);
	assert.equal(line.match(/ status=/g).length, 1);
	assert.ok(!line.includes('hush'));
});

/* However slow the machine: what is asked for two seconds later is not answered from before. */
test('unpublished: the hook is gone within two seconds', async () => {
	const id = await stack.publish(chain(hook('short'), keep('n')));
	const ask = () => Promise.all(Array.from({ length: 16 }, () => deliver('short', {}, 'x')));	/* of every process */

	assert.deepEqual([...new Set((await ask()).map((answer) => answer.status))], [202]);
	await stack.ok('POST', `@/workflows/${id}/unpublish`, {});
	await sleep(2000);
	assert.deepEqual([...new Set((await ask()).map((answer) => answer.status))], [404]);
});
