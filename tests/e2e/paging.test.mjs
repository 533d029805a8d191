/*
 * paging.test.mjs -- http.request over the pages of a server on loopback: each way of paging, batches, and a
 * worker that is killed between two pages.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chain, hook, node } from './graphs.mjs';
import { startReceiver } from './receiver.mjs';
import { childrenOf, startStack, until } from './stack.mjs';

const ENTRIES = 25, EACH = 10;
const json = { 'content-type': 'application/json' };
let stack, receiver;

/* 25 entries, 10 a page, whose next page is named in every way that there is. */
function pages(call, res)
{
	const url = new URL(call.path, receiver.url()), body = call.body === '' ? {} : JSON.parse(call.body);
	const at = (name) => url.searchParams.get(name) ?? body[name];
	const from = at('page') !== undefined ? (Number(at('page')) - 1) * EACH : Number(at('offset') ?? at('cursor') ?? 0);
	const rows = Array.from({ length: Math.max(0, Math.min(EACH, ENTRIES - from)) }, (_, i) => ({ n: from + i }));
	const next = from + EACH < ENTRIES ? from + EACH : null;

	res.setHeader('content-type', 'application/json');
	if (next !== null)
		res.setHeader('link', [`<${url.pathname}?cursor=${next}>; rel="next"`, '<?cursor=0>; rel="first"']);
	res.end(JSON.stringify({ data: { rows }, meta: { next }, next: next === null ? null : `?cursor=${next}` }));
}

before(async () => {
	receiver = await startReceiver();
	receiver.answer = pages;
	stack = await startStack({ name: 'paging', apiProcesses: 1, set: { http_allow: `127.0.0.1:${receiver.port}`, lease_ms: 3000,
		heartbeat_ms: 500, reap_ms: 200, receipt_grace_ms: 2000 } });
});
after(async () => {
	await stack?.stop();
	await receiver?.stop();
});

async function begin(name, params, body = {}, more = {})
{
	const get = node('http.request', { url: receiver.url(`/${name}`), ...params }, more);

	receiver.calls.length = 0;
	await stack.publish(chain(hook(name), get), name);
	const answer = await stack.hook(name, { headers: json, body: JSON.stringify(body) });

	assert.equal(answer.status, 202, answer.text);
	return { run: answer.json.run_id, get };
}

async function run(...args)
{
	const { run, get } = await begin(...args), record = await stack.finished(run);

	assert.equal(record.status, 'ok', JSON.stringify(record.error));
	return { record, step: record.steps.find((step) => step.node === get.id) };
}

const LIST = { items_path: 'data.rows' };
const ways = {
	page: { asked: ['?page=1', '?page=2', '?page=3', '?page=4'], params: { paging: 'page' } },
	offset: { asked: ['?offset=0', '?offset=10', '?offset=20', '?offset=25'], params: { paging: 'offset' } },
	cursor: { asked: ['', '?cursor=10', '?cursor=20'], params: { paging: 'cursor', cursor_path: 'meta.next' } },
	link: { asked: ['', '?cursor=10', '?cursor=20'], params: { paging: 'link' } },
	next: { asked: ['', '?cursor=10', '?cursor=20'], params: { paging: 'next', next_url: '={{ $response.body.next }}' } },
	until: { asked: ['?page=1', '?page=2'], count: 20, params: { paging: 'page', end_when: '={{ $pageCount === $json.body.pages }}', page_pause_ms: 50 } },
};

for (const [way, { asked, params, count = ENTRIES }] of Object.entries(ways))
	test(`pages by ${way}`, async () => {
		const { record, step } = await run(way, { ...LIST, ...params }, { pages: 2 });

		assert.deepEqual(receiver.calls.map(({ path }) => path), asked.map((query) => `/${way}${query}`));
		assert.deepEqual(step.outputs.main.map((item) => item.json), Array.from({ length: count }, (_, n) => ({ n })));
		await proves(record);
	});

/* A proof computes the run again from its journal: each page is in it. */
async function proves(record)
{
	const { execution_id: id } = await stack.ok('POST', `@/executions/${record.id}/replays`, {});
	const replay = await until('the proof', async () => {
		const found = await stack.ok('GET', `@/replays/${id}`);

		return found.verdict !== 'pending' && found;
	});

	assert.equal(replay.verdict, 'equal', JSON.stringify(replay));
}

test('a page in the JSON body, and an item for each page', async () => {
	const { step } = await run('body', { ...LIST, method: 'POST', body_kind: 'json', body_json: { a: 1 }, paging: 'page', page_in: 'body',
		page_items: 'page', pages_max: 2 });

	assert.deepEqual(receiver.calls.map(({ body }) => JSON.parse(body)), [{ a: 1, page: 1 }, { a: 1, page: 2 }]);
	assert.deepEqual(step.outputs.main.map((item) => item.json.meta.next), [10, 20]);
	assert.equal(step.notices[0].code, 'pages_left');
});

test('a worker that is killed between two pages: the next one asks for none of them again', async () => {
	const COUNT = 60;
	let killed = false;

	receiver.answer = async (call, res) => {
		if (receiver.calls.length === 20 && !killed) {
			killed = true;
			for (const pid of childrenOf(await stack.pid('run')))
				process.kill(pid, 'SIGKILL');
		}
		const page = Number(new URL(call.path, receiver.url()).searchParams.get('page'));

		res.setHeader('content-type', 'application/json');
		setTimeout(() => res.end(JSON.stringify(page > COUNT ? [] : [{ page }])), 10);
	};
	try {
		const { step } = await run('killed', { paging: 'page' });
		const asked = receiver.calls.map(({ path }) => Number(new URL(path, receiver.url()).searchParams.get('page')));

		assert.deepEqual(step.outputs.main.map((item) => item.json.page), Array.from({ length: COUNT }, (_, i) => i + 1));
		/* The page that was under way when the worker died is in doubt, and a GET may be sent again. */
		assert.deepEqual([...new Set(asked)], Array.from({ length: COUNT + 1 }, (_, i) => i + 1));
		assert.ok(killed && asked.length <= COUNT + 2, `asked for ${asked.length} pages`);
	} finally {
		receiver.answer = pages;
	}
});

test('batches: the second one begins after the pause', async () => {
	const times = [];

	receiver.answer = (call, res) => {
		times.push(Date.now());
		res.end();
	};
	try {
		const make = node('core.code', { code: 'return Array.from({ length: 6 }, (_, n) => ({ json: { n } }))' });
		const get = node('http.request', { url: receiver.url('/'), batch_size: 3, batch_pause_ms: 1000, parallel: 3 });

		await stack.publish(chain(hook('batches'), make, get), 'batches');
		const answer = await stack.hook('batches', { headers: json, body: '{}' });
		const record = await stack.finished(answer.json.run_id);

		assert.equal(record.status, 'ok', JSON.stringify(record.error));
		assert.equal(times.length, 6);
		assert.ok(times[3] - times[2] >= 990, `${times[3] - times[2]} ms between the batches`);
		await proves(record);
	} finally {
		receiver.answer = pages;
	}
});
