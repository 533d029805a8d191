/*
 * ui-editor.test.mjs -- the workflow editor in a real Chromium: a workflow is built from nothing by keyboard and
 * mouse, saved, published, run and changed, and what is wrong is shown where it is.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openBrowser } from './browser.mjs';
import { chain, hook, keep, node } from './graphs.mjs';
import { root, startStack, until } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser;

before(async () => {
	stack = await startStack({ name: 'ui-editor' });
	browser = await openBrowser(stack);
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

async function openTab(look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	return tab;
}

async function edit(id, look)
{
	const tab = await openTab(look);

	await tab.page.goto(`/w/${stack.owner.workspace}/workflows/${id}/edit`);
	await tab.page.getByRole('heading', { level: 1 }).waitFor();
	await tab.page.locator('.react-flow__viewport').waitFor();
	return tab;
}

const draft = (name, ...nodes) => stack.ok('POST', '@/workflows', { name, graph: chain(...nodes) });
const graphOf = async (id) => (await stack.ok('GET', `@/workflows/${id}`)).graph;
const card = (page, name) => page.locator('.react-flow__node').filter({ has: page.locator('.canvas-node-name', { hasText: new RegExp(`^${name}$`) }) });
const panel = (page, name) => page.getByRole('complementary', { name });
const saved = (page, text) => page.locator('.editor-saved').getByText(text).waitFor();
const field = (page, path) => page.locator(`[data-path="${path}"]`);

/* Write an expression as a person does: a browser's own replacement styles what it puts in, which the page's policy refuses. */
async function write(page, label, text)
{
	await page.getByRole('textbox', { name: label, exact: true }).click();
	await page.keyboard.press('Control+a');
	await page.keyboard.press('Delete');
	await page.keyboard.insertText(text);
}

/* Search the open list of node types and take the first by the keyboard. */
async function choose(page, text)
{
	await page.getByRole('combobox', { name: 'Search nodes' }).fill(text);
	await page.keyboard.press('Enter');
}

test('a workflow is built from nothing, saved, published, and runs', async () => {
	const { page, context, complaints } = await openTab();

	await page.getByRole('button', { name: 'New workflow' }).click();
	await page.waitForURL(/\/edit$/);
	const id = new URL(page.url()).pathname.split('/').at(-2);

	await page.getByRole('button', { name: 'Add what starts it' }).waitFor();
	await page.keyboard.press('n');
	await choose(page, 'webh');
	await card(page, 'Webhook').waitFor();
	await field(page, 'params.path').locator('.field-findings').waitFor();
	await page.getByLabel('Path', { exact: true }).fill('built');
	await page.getByLabel('Signature', { exact: true }).selectOption({ label: await page.getByLabel('Signature', { exact: true }).locator('option[value=none]').innerText() });
	await page.getByRole('button', { name: 'Add a node behind Webhook' }).click();
	await choose(page, 'set');
	await panel(page, 'Set').getByRole('button', { name: 'Add to fields' }).click();
	await page.getByLabel('Name', { exact: true }).last().fill('double');
	await page.getByLabel('Type', { exact: true }).selectOption('number');
	await page.getByRole('button', { name: 'Value as an expression' }).click();
	await write(page, 'Value', '{{ $json.body.n * 2 }}');
	await page.locator('.react-flow__pane').click({ position: { x: 300, y: 40 } });
	await card(page, 'Set').click();
	await page.keyboard.press('n');
	await choose(page, 'if');
	await page.getByRole('button', { name: 'Add a condition' }).click();
	await page.getByLabel('Condition 1, left side').fill('={{ $json.double }}');
	await page.getByLabel('Condition 1, type').selectOption('number');
	await page.getByLabel('Condition 1, operation').selectOption('gt');
	await page.getByLabel('Condition 1, right side').fill('40');
	await saved(page, 'Not saved');
	await page.keyboard.press('Control+s');
	await saved(page, /^Saved/);
	const graph = await graphOf(id);

	assert.deepEqual(graph.nodes.map((entry) => entry.type), ['core.webhook', 'core.set', 'core.if']);
	assert.deepEqual(graph.edges, [{ from: 'webhook', to: 'set' }, { from: 'set', to: 'if' }]);
	assert.deepEqual(graph.nodes[1].params, { assignments: [{ name: 'double', type: 'number', value: '={{ $json.body.n * 2 }}' }] });
	await page.getByRole('button', { name: 'Findings: 0' }).waitFor();
	await page.getByRole('button', { name: 'Publish', exact: true }).click();
	await saved(page, /^Saved, on the air/);
	const { json } = await stack.hook('built', { headers: { 'content-type': 'application/json' }, body: '{"n":21}' });
	const run = await stack.finished(json.run_id);

	assert.equal(run.status, 'ok');
	assert.deepEqual(run.steps.find((step) => step.node === 'if').outputs.true.map((item) => item.json), [{ double: 42 }]);
	await page.goto(`/w/${stack.owner.workspace}/workflows/${id}/edit?run=${run.id}`);
	await page.getByRole('region', { name: 'Last run' }).getByText('Succeeded').waitFor();
	await card(page, 'If').getByText('1 item').waitFor();
	await page.getByRole('link', { name: 'Open the run' }).click();
	await page.getByRole('heading', { level: 1, name: /New workflow/ }).waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('undo and redo go back and forth by key and button, and a saved state is clean again', async () => {
	const { id } = await draft('Undone', hook('undone', {}, { id: 'hook' }), node('core.noop', {}, { id: 'mid', name: 'Mid' }), node('core.noop', {}, { id: 'end', name: 'End' }));
	const { page, context, complaints } = await edit(id);

	await card(page, 'Mid').click();
	await page.keyboard.press('Delete');
	await card(page, 'Mid').waitFor({ state: 'detached' });
	assert.equal(await page.locator('.react-flow__edge').count(), 1, 'its neighbours are joined');
	await page.getByRole('button', { name: 'Undo' }).click();
	await card(page, 'Mid').waitFor();
	await saved(page, /^Saved/);
	await page.keyboard.press('Control+Shift+z');
	await card(page, 'Mid').waitFor({ state: 'detached' });
	await page.keyboard.press('Control+z');
	await card(page, 'Mid').waitFor();
	await card(page, 'End').click();
	await page.keyboard.press('Control+d');
	await card(page, 'End 2').waitFor();
	await page.keyboard.press('Control+s');
	await saved(page, /^Saved/);
	assert.deepEqual((await graphOf(id)).nodes.slice(1).map((entry) => entry.name), ['Mid', 'End', 'End 2']);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a part of a workflow is copied and pasted as JSON, with names of its own', async () => {
	const { id } = await draft('Copied', hook('copied', {}, { id: 'hook' }), { ...keep('n', '={{ 1 }}', 'number'), id: 'one', name: 'One' }, node('core.noop', {}, { id: 'end', name: 'End' }));
	const { page, context, complaints } = await edit(id);

	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.locator('.react-flow__pane').click({ position: { x: 300, y: 40 } });
	await page.keyboard.press('Control+a');
	await page.keyboard.press('Control+c');
	await until('the copy', async () => JSON.parse(await page.evaluate(() => navigator.clipboard.readText()) || '{}').nodes?.length === 3);
	await page.keyboard.press('Control+v');
	await card(page, 'End 2').waitFor();
	await page.keyboard.press('Control+s');
	await saved(page, /^Saved/);
	const { nodes, edges } = await graphOf(id);

	assert.deepEqual(nodes.map((entry) => entry.id), ['hook', 'one', 'end', 'hook-2', 'one-2', 'end-2']);
	assert.deepEqual(edges.slice(2).map(({ from, to }) => [from, to]), [['hook-2', 'one-2'], ['one-2', 'end-2']]);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('numbers of a draft keep their digits over a save', async () => {
	const { headers, json } = await stack.api('POST', '@/workflows', { name: 'Digits', graph: { nodes: [{ id: 'a', type: 'core.set', name: 'A', position: [0, 0], params: {} }], edges: [] } });

	assert.ok(headers.etag);
	const { page, context } = await edit(json.id);

	await card(page, 'A').click();
	await page.getByRole('button', { name: 'Add to fields' }).click();
	await page.getByLabel('Name', { exact: true }).last().fill('big');
	await page.getByLabel('Value', { exact: true }).fill('9007199254740993');
	await page.keyboard.press('Control+s');
	await saved(page, /^Saved/);
	await page.reload();
	await card(page, 'A').click();
	await until('the digits', async () => await page.getByLabel('Value', { exact: true }).inputValue() === '9007199254740993');
	await context.close();
});

test('a node is put into a connection', async () => {
	const { id } = await stack.ok('POST', '@/workflows', { name: 'Split', graph: { nodes: [
		{ id: 'a', type: 'core.manual', name: 'A', position: [0, 0] }, { id: 'b', type: 'core.noop', name: 'B', position: [500, 0] }], edges: [{ from: 'a', to: 'b' }] } });
	const { page, context, complaints } = await edit(id);

	await page.locator('.react-flow__edge').waitFor({ state: 'attached' });
	const [from, to] = [await card(page, 'A').boundingBox(), await card(page, 'B').boundingBox()];

	await page.mouse.click((from.x + from.width + to.x) / 2, from.y + from.height / 2);
	await page.locator('.react-flow__edge.selected').waitFor({ state: 'attached' });	/* a straight one has no height */
	await page.keyboard.press('n');
	await choose(page, 'limit');
	await card(page, 'Limit').waitFor();
	await page.keyboard.press('Control+s');
	await saved(page, /^Saved/);
	assert.deepEqual((await graphOf(id)).edges, [{ from: 'a', to: 'limit' }, { from: 'limit', to: 'b' }]);
	assert.deepEqual(complaints, []);
	await context.close();
});

/* What a browser loads before it shows anything, in bytes as gzip sends them: on a slow line a second and a half. */
const FIRST_PAGE_MAX = 250000;

test('the first page is small: the editor comes with its own', () => {
	const dist = join(root, 'static/dist');
	const files = [...new Set(readFileSync(join(dist, 'index.html'), 'utf8').match(/assets\/[^"]+\.(js|css)/g))];
	const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0);

	assert.ok(files.length >= 3 && files.every((file) => !file.includes('editor')));
	assert.ok(bytes <= FIRST_PAGE_MAX, `${bytes} bytes`);
});

test('a finding is listed, and leads to its field', async () => {
	const { id } = await draft('Wrong', hook('wrong'), { ...keep('total', '={{ $json.( }}', 'number'), id: 'tell', name: 'Tell' });
	const { page, context, complaints } = await edit(id);

	await page.getByRole('button', { name: /Findings: [1-9]/ }).click();
	await panel(page, 'Findings').getByRole('button', { name: 'Tell' }).first().click();
	await panel(page, 'Tell').waitFor();
	await field(page, 'params.assignments[0].value').locator('.field-findings').waitFor();
	await until('the cursor in the field', () => page.evaluate(() => document.activeElement?.closest('[data-path]')?.getAttribute('data-path') === 'params.assignments[0].value'));
	await write(page, 'Value', '{{ 1 }}');
	await page.getByRole('button', { name: 'Findings: 0' }).waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a node is connected by drag to what it may lead to, and to nothing else', async () => {
	const { id } = await stack.ok('POST', '@/workflows', { name: 'Drawn', graph: { nodes: [
		{ id: 'a', type: 'core.manual', name: 'A', position: [0, 0] }, { id: 'b', type: 'core.noop', name: 'B', position: [320, 0] }, { id: 'c', type: 'core.noop', name: 'C', position: [640, 0] }],
	edges: [{ from: 'b', to: 'c' }] } });
	const { page, context, complaints } = await edit(id);
	const port = (name, side) => card(page, name).locator(`.react-flow__handle.${side}`);
	const drag = async (from, to) => {
		const [a, b] = [await from.boundingBox(), await to.boundingBox()];

		await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
		await page.mouse.down();
		await page.mouse.move((a.x + b.x) / 2, a.y + 60, { steps: 4 });
		await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 4 });
		await page.mouse.up();
	};

	await drag(port('C', 'source'), port('B', 'target'));
	assert.equal(await page.locator('.react-flow__edge').count(), 1, 'no circle');
	await drag(port('A', 'source'), port('B', 'target'));
	await until('the edge', async () => await page.locator('.react-flow__edge').count() === 2);
	await page.keyboard.press('Control+s');
	await saved(page, /^Saved/);
	assert.deepEqual((await graphOf(id)).edges, [{ from: 'b', to: 'c' }, { from: 'a', to: 'b' }]);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('leaving with unsaved changes asks, and who saved meanwhile is not written over', async () => {
	const { id } = await draft('Contested', hook('contested', {}, { id: 'hook' }), node('core.noop', {}, { id: 'end', name: 'End' }));
	const { page, context } = await edit(id);

	await card(page, 'End').click();
	await panel(page, 'End').getByLabel('Name', { exact: true }).fill('Last');
	await page.keyboard.press('Enter');
	await card(page, 'Last').waitFor();
	await page.getByRole('link', { name: 'Contested' }).click();
	await page.getByText('What you changed is not saved.').waitFor();
	await page.getByRole('button', { name: 'Stay' }).click();
	const { headers, json } = await stack.api('GET', `@/workflows/${id}`);

	await stack.ok('PUT', `@/workflows/${id}`, { graph: { ...json.graph, settings: { timezone: 'Europe/Berlin' } } }, { headers: { 'if-match': headers.etag } });
	await page.keyboard.press('Control+s');
	await page.getByText('Somebody saved this workflow').waitFor();
	await page.getByRole('button', { name: 'Save mine over it' }).click();
	await saved(page, /^Saved/);
	assert.equal((await graphOf(id)).nodes[1].name, 'Last');
	await page.getByRole('link', { name: 'Contested' }).click();
	await page.getByRole('heading', { level: 1, name: 'Contested' }).waitFor();
	await context.close();
});

test('theirs is taken where one wants it, and who changed nothing follows by itself', async () => {
	const { id } = await draft('Theirs', hook('theirs', {}, { id: 'hook' }), node('core.noop', {}, { id: 'end', name: 'End' }));
	const { page, context } = await edit(id);
	const save = async (name) => {
		const { headers, json } = await stack.api('GET', `@/workflows/${id}`);

		await stack.ok('PUT', `@/workflows/${id}`, { graph: { ...json.graph, nodes: json.graph.nodes.map((entry) => (entry.id === 'end' ? { ...entry, name } : entry)) } }, { headers: { 'if-match': headers.etag } });
	};

	await save('Followed');
	await card(page, 'Followed').waitFor();
	await card(page, 'Hook').click();
	await page.keyboard.press('d');
	await saved(page, 'Not saved');
	await save('Other');
	await page.keyboard.press('Control+s');
	await page.getByRole('button', { name: 'Take theirs, drop mine' }).click();
	await card(page, 'Other').waitFor();
	await saved(page, /^Saved/);
	assert.equal((await graphOf(id)).nodes[0].disabled, undefined);
	await context.close();
});

test('the workflow gets its name in the bar, and its settings in a form', async () => {
	const { id } = await draft('Nameless', hook('named', {}, { id: 'hook' }));
	const { page, context, complaints } = await edit(id);

	await page.getByRole('heading', { level: 1 }).getByText('Nameless').click();
	await page.keyboard.type('Named');
	await page.keyboard.press('Enter');
	await page.getByRole('link', { name: 'Named', exact: true }).waitFor();
	await page.getByRole('button', { name: 'Workflow settings' }).click();
	await page.getByLabel('Time zone').fill('Europe/Berlin');
	await page.keyboard.press('Control+s');
	await saved(page, /^Saved/);
	const { name, graph } = await stack.ok('GET', `@/workflows/${id}`);

	assert.deepEqual([name, graph.settings.timezone], ['Named', 'Europe/Berlin']);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a part is run to a node, and what is off the bar is found in the palette and on the sheet', async () => {
	const { id } = await draft('Parts', node('core.manual', {}, { id: 'start', name: 'Start' }), { ...keep('n', '={{ 7 }}', 'number'), id: 'seven', name: 'Seven' }, node('core.stop_error', { message: 'never' }, { id: 'stop', name: 'Stop' }));
	const { page, context, complaints } = await edit(id);

	await card(page, 'Seven').click({ button: 'right' });
	await page.getByRole('menuitem', { name: /^Run to here/ }).click();
	await page.getByRole('region', { name: 'Last run' }).getByText('Succeeded').waitFor();
	await card(page, 'Seven').getByText('1 item').waitFor();
	await page.keyboard.press('Control+k');
	await page.getByRole('textbox', { name: 'Command' }).fill('go to stop');
	await page.keyboard.press('Enter');
	await panel(page, 'Stop').waitFor();
	await page.locator('.react-flow__pane').click({ position: { x: 300, y: 40 } });
	await page.keyboard.press('Shift+?');
	await page.locator('.bp6-hotkey').filter({ hasText: 'Duplicate' }).waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

for (const look of looks)
	test(`the editor is sound at ${lookName(look)}`, async () => {
		const { id } = await draft(`Sound ${lookName(look)}`, hook('sound', {}, { id: 'hook' }), { ...keep('total', '={{ $json.( }}', 'number'), id: 'tell', name: 'Tell' },
			node('core.switch', { rules: [{ output: 'big', condition: '={{ $json.total > 5 }}' }, { output: 'small', condition: '={{ true }}' }], fallback: 'extra' }, { id: 'ways', name: 'Ways' }));
		const tab = await edit(id, look), { page } = tab;

		await page.getByRole('button', { name: /Findings: [1-9]/ }).waitFor();
		await assertSound(tab, 'the editor');
		await card(page, 'Tell').click();
		await field(page, 'params.assignments[0].value').waitFor();
		await assertSound(tab, 'a node in the editor');
		await page.getByRole('button', { name: 'Close the panel' }).click();
		await page.getByRole('button', { name: 'Add a node', exact: true }).click();
		await page.getByRole('combobox', { name: 'Search nodes' }).waitFor();
		await assertSound(tab, 'node types in the editor');
		await page.getByRole('button', { name: 'Close the panel' }).click();
		await page.getByRole('button', { name: 'Workflow settings' }).click();
		await page.getByLabel('Time zone').waitFor();
		await assertSound(tab, 'settings in the editor');
		await tab.context.close();
	});
