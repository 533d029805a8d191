/*
 * files.test.mjs -- files through the whole stack, in the release build: received, fetched, sent and downloaded,
 * and what that takes of our programs' memory.
 *
 * Growth is from the resident size before to its highest since (VmHWM), as in memory.test.mjs.
 */
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chain, edge, graph, hook, keep, node } from './graphs.mjs';
import { forgetPeaks, makeHome, sizesOf, startStack } from './stack.mjs';

const MB = 1024 * 1024;
const LARGE = 200 * MB;
const GROWTH_MAX_MB = 32;
const SECRET = 'a secret of the sender';
let stack, store;

/* Bytes that no compression shrinks and that are made again at will. */
const BLOCK = randomBytes(MB);
async function* noise(bytes)
{
	for (let left = bytes, n = 0; left > 0; left -= MB, n++) {
		const block = Buffer.from(BLOCK);

		block.writeUInt32LE(n, 0);
		yield block.subarray(0, Math.min(left, MB));
	}
}

async function digestOf(parts, hash = createHash('sha256'))
{
	for await (const part of parts)
		hash.update(part);
	return hash.digest('hex');
}

/* GET /bytes/<n>: so many bytes.  GET /page/<n>: JSON of 200 KB, another for each n.
 * GET /pages?page=<n>: of 4 KB.  PUT or POST: their number and hash. */
function startStore()
{
	const server = createServer(async (req, res) => {
		if (req.method === 'GET' && req.url.startsWith('/page/')) {
			res.writeHead(200, { 'content-type': 'application/json' });
			res.end(JSON.stringify({ page: Number(req.url.split('/')[2]), rows: 'x'.repeat(200000) }));
			return;
		}
		if (req.method === 'GET' && req.url.startsWith('/pages?page=')) {
			res.writeHead(200, { 'content-type': 'application/json' });
			res.end(JSON.stringify({ page: Number(req.url.split('=')[1]), rows: 'x'.repeat(4000) }));
			return;
		}
		if (req.method === 'GET') {
			const bytes = Number(req.url.split('/')[2]);

			res.writeHead(200, { 'content-type': 'application/x-noise', 'content-length': bytes });
			for await (const part of noise(bytes))
				if (!res.write(part))
					await new Promise((resolve) => res.once('drain', resolve));
			res.end();
			return;
		}
		const hash = createHash('sha256');
		let bytes = 0;

		for await (const part of req) {
			hash.update(part);
			bytes += part.length;
		}
		res.writeHead(200, { 'content-type': 'application/json' });
		res.end(JSON.stringify({ bytes, hash: hash.digest('hex'), length: req.headers['content-length'] ?? null,
			type: req.headers['content-type'] }));
	});

	return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({
		url: (path) => `http://127.0.0.1:${server.address().port}${path}`,
		stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
	})));
}

before(async () => {
	store = await startStore();
	stack = await startStack({ name: 'files', build: 'release', apiProcesses: 1, runProcesses: 1,
		set: { http_allow: new URL(store.url('/')).host } });
});
after(async () => {
	await stack?.stop();
	await store?.stop();
});

async function grows(t, what, act)
{
	const before = sizesOf(stack.home, 'VmRSS');

	forgetPeaks(stack.home);
	await act();
	const after = sizesOf(stack.home, 'VmHWM');
	const growth = Object.fromEntries(Object.keys(after).map((name) => [name, Math.round((after[name] - (before[name] ?? after[name])) * 10) / 10]));

	t.diagnostic(`${what}: MB more at the peak: ${JSON.stringify(growth)}`);
	for (const [name, mb] of Object.entries(growth))
		assert.ok(mb < GROWTH_MAX_MB, `${name} grew by ${mb} MB: ${JSON.stringify(growth)}`);
}

const stepOf = (run, id) => run.steps.find((step) => step.node === id);
const itemOf = (run, id) => stepOf(run, id).outputs.main[0];

/* The bytes of a file over the API: { status, hash, bytes }. */
function download(run, file, of = stack)
{
	return new Promise((resolve, reject) => {
		const path = `/api/v1${of.path('@')}/executions/${run.id}/blobs/${file.blob}?type=${encodeURIComponent(file.mime)}`;
		const req = request({ host: '127.0.0.1', port: of.client.url.port, path, agent: of.client.agent,
			headers: { host: of.client.url.host, cookie: [...of.client.cookies].map(([k, v]) => `${k}=${v}`).join('; ') } },
			async (res) => {
				const hash = createHash('sha256');
				let bytes = 0;

				for await (const part of res) {
					hash.update(part);
					bytes += part.length;
				}
				resolve({ status: res.statusCode, headers: res.headers, hash: hash.digest('hex'), bytes });
			});

		req.on('error', reject);
		req.end();
	});
}

async function publishSigned(path, ...nodes)
{
	const credential = await stack.credential(SECRET);

	await stack.publish(chain(hook(path, { verify: 'github', credential }), ...nodes), path);
}

async function signatureOf(parts)
{
	return { 'x-hub-signature-256': `sha256=${await digestOf(parts(), createHmac('sha256', SECRET))}` };
}

test('an upload of 200 MB is verified, kept and downloaded', async (t) => {
	const parts = () => noise(LARGE);
	const meta = node('core.set', { assignments: [
		{ name: 'size', type: 'string', value: '={{ $binary.data.fileSize }}' },
		{ name: 'mime', type: 'string', value: '={{ $binary.data.mimeType }}' },
	] });

	await publishSigned('upload', meta);
	await grows(t, 'an upload of 200 MB', async () => {
		const answer = await stack.hook('upload', { headers: { 'content-type': 'image/x-noise', 'content-length': LARGE,
			...await signatureOf(parts) }, body: parts(), timeoutMs: 120000 });

		assert.equal(answer.status, 202, answer.text);
		const run = await stack.finished(answer.json.run_id);

		assert.equal(run.status, 'ok', JSON.stringify(run.error));
		assert.deepEqual(itemOf(run, meta.id).json, { size: '210 MB', mime: 'image/x-noise' });
		const [first] = run.steps, file = first.outputs.main[0].binary.data;

		assert.deepEqual({ bytes: file.bytes, hash: file.blob }, { bytes: LARGE, hash: await digestOf(parts()) });
		const got = await download(run, file);

		assert.equal(got.status, 200);
		assert.deepEqual({ bytes: got.bytes, hash: got.hash }, { bytes: LARGE, hash: file.blob });
		assert.match(got.headers['content-disposition'], /^attachment/);
	});
});

test('a forged upload of 40 MB is 401, and nothing is kept of it', async () => {
	const parts = () => noise(40 * MB);
	const answer = await stack.hook('upload', { headers: { 'content-type': 'image/x-noise', 'content-length': 40 * MB,
		'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, body: parts(), timeoutMs: 60000 });

	assert.equal(answer.status, 401, answer.text);
	assert.equal(answer.json.verdict, 'bad_signature');
});

test('an answer of 200 MB is kept as a file and sent on', async (t) => {
	const fetch = node('http.request', { url: store.url(`/bytes/${LARGE}/noise.bin`), response: 'file', timeout_ms: 120000 }, { timeout_ms: 120000 });
	const send = node('http.request', { method: 'PUT', url: store.url('/'), body_kind: 'file', timeout_ms: 120000 }, { timeout_ms: 120000 });

	await stack.publish(chain(hook('relay'), fetch, send), 'relay');
	await grows(t, 'an answer of 200 MB, sent on', async () => {
		const answer = await stack.hook('relay', { headers: { 'content-type': 'application/json' }, body: '{"n":1}' });
		const run = await stack.finished(answer.json.run_id, { timeoutMs: 120000 });

		assert.equal(run.status, 'ok', JSON.stringify(run.error));
		const kept = itemOf(run, fetch.id);

		assert.equal(kept.json.body.n, 1);
		assert.deepEqual(kept.binary.data, { blob: await digestOf(noise(LARGE)), mime: 'application/x-noise', name: 'noise.bin', bytes: LARGE });
		assert.deepEqual(itemOf(run, send.id).json, { bytes: LARGE, hash: kept.binary.data.blob, length: String(LARGE), type: 'application/x-noise' });
	});
});

test('the files of a form are in the item, also of a small one', async () => {
	const code = node('core.code', { code: 'return $input.all().map((item) => ({ json: { names: Object.keys(item.binary), of: item.binary.f.fileName }, binary: item.binary }))' });
	const send = node('http.request', { method: 'POST', url: store.url('/'), body_kind: 'multipart', body_files: [{ name: 'up', file: 'f' }] });

	await stack.publish(chain(hook('form'), keep('a'), code), 'a form, set');
	await stack.publish(chain(hook('form2'), code, send), 'a form, code');
	const body = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n' +
		'Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n';
	const answer = await stack.hook('form2', { headers: { 'content-type': 'multipart/form-data; boundary=b' }, body });
	const run = await stack.finished(answer.json.run_id);

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	const item = itemOf(run, code.id);

	assert.deepEqual(item.json, { names: ['f'], of: 'x.txt' });
	assert.equal(item.binary.f.blob, createHash('sha256').update('hello').digest('hex'));
	assert.match(itemOf(run, send.id).json.type, /^multipart\/form-data/);
	assert.equal((await download(run, item.binary.f)).bytes, 5);
	/* Run again, it is the same: files are known by their bytes. */
	const again = await stack.ok('POST', `@/deliveries/${answer.json.delivery_id}/replay`, {});
	const second = await stack.finished(again.run_id);

	assert.deepEqual(itemOf(second, code.id).binary, item.binary);
});

test('a small body that is no text is a file', async () => {
	const code = node('core.code', { code: 'return $input.all().map((item) => ({ json: { body: item.json.body, size: item.binary.data.bytes }, binary: item.binary }))' });
	const body = Buffer.concat([Buffer.from([0x89]), BLOCK]);

	await stack.publish(chain(hook('small'), code), 'a small file');
	const answer = await stack.hook('small', { headers: { 'content-type': 'image/png', 'content-disposition': 'attachment; filename="a.png"' }, body });

	assert.equal(answer.status, 202, answer.text);
	const run = await stack.finished(answer.json.run_id);

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	const item = itemOf(run, code.id), hash = createHash('sha256').update(body).digest('hex');

	assert.deepEqual(item.json, { body: {}, size: body.length });
	assert.deepEqual(item.binary.data, { blob: hash, mime: 'image/png', name: 'a.png', bytes: body.length });
	assert.equal((await download(run, item.binary.data)).hash, hash);
	const again = await stack.ok('POST', `@/deliveries/${answer.json.delivery_id}/replay`, {});

	assert.deepEqual(itemOf(await stack.finished(again.run_id), code.id).binary, item.binary);
});

test('a loop over a thousand pages of 200 KB takes the memory of a few', async (t) => {
	const make = node('core.code', { code: 'return Array.from({ length: 1000 }, (_, n) => ({ json: { n } }))' });
	const loop = node('core.loop', { batch_size: 1 });
	const page = node('http.request', { url: `=${store.url('/page/')}{{ $json.n }}` });
	const small = node('core.set', { assignments: [{ name: 'page', type: 'number', value: '={{ $json.page }}' }] });
	const last = node('core.code', { code: 'return [{ json: { pages: $input.all().length } }]' });
	const start = hook('pages');

	await stack.publish(graph([start, make, loop, page, small, last], [edge(start, make), edge(make, loop), edge(loop, page, 'loop'),
		edge(page, small), edge(small, loop), edge(loop, last, 'done')]), 'pages');
	await grows(t, 'a thousand pages', async () => {
		const answer = await stack.hook('pages', { headers: { 'content-type': 'application/json' }, body: '{}' });
		const run = await stack.finished(answer.json.run_id, { timeoutMs: 240000, everyMs: 500 });

		assert.equal(run.status, 'ok', JSON.stringify(run.error));
	});
});

test('a thousand pages of one request take the memory of a few', async (t) => {
	const pages = node('http.request', { url: store.url('/pages'), paging: 'page', pages_max: 1000, page_items: 'page' }, { timeout_ms: 240000 });
	const last = node('core.code', { code: 'return [{ json: { pages: $input.all().length, last: $input.last().json.page } }]' });

	await stack.publish(chain(hook('thousand'), pages, last, node('core.noop')), 'a thousand pages');
	await grows(t, 'a thousand pages of one request', async () => {
		const answer = await stack.hook('thousand', { headers: { 'content-type': 'application/json' }, body: '{}' });
		const run = await stack.finished(answer.json.run_id, { timeoutMs: 240000, everyMs: 500 });

		assert.equal(run.status, 'ok', JSON.stringify(run.error));
		assert.deepEqual(itemOf(run, last.id).json, { pages: 1000, last: 1000 });
	});
});

test('with blob_folder the bytes are in that folder', async () => {
	const home = makeHome('folder'), folder = join(home, 'files');
	let other;

	mkdirSync(folder);
	chmodSync(folder, 0o777);
	try {
		other = await startStack({ home, build: 'release', apiProcesses: 1, runProcesses: 1,
			set: { blob_folder: folder, http_allow: new URL(store.url('/')).host } });
		const fetch = node('http.request', { url: store.url(`/bytes/${3 * MB + 5}/a.bin`), response: 'file' });
		const send = node('http.request', { method: 'PUT', url: store.url('/'), body_kind: 'file' });

		await other.publish(chain(hook('relay'), fetch, send), 'relay');
		const answer = await other.hook('relay', { headers: { 'content-type': 'application/json' }, body: '{}' });
		const run = await other.finished(answer.json.run_id);

		assert.equal(run.status, 'ok', JSON.stringify(run.error));
		const file = itemOf(run, fetch.id).binary.data;

		assert.equal(itemOf(run, send.id).json.hash, file.blob);
		assert.equal((await download(run, file, other)).hash, file.blob);
		const chunks = readdirSync(folder, { recursive: true }).length;

		assert.ok(chunks > 0, 'nothing is in the folder');
	} finally {
		await other?.stop();
	}
});
