/*
 * ui-editor-build.test.mjs -- building in the editor: workflows to begin with, notes, tidying up, the keyboard alone, what is
 * dropped on a connection, and credentials that are told before any run.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { graph } from './graphs.mjs';
import { startStack } from './stack.mjs';
import { assertSound, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser;

before(async () => {
	stack = await startStack({ name: 'ui-editor-build' });
	browser = await openBrowser(stack);
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

async function edit(id, look = looks[0])
{
	const tab = await browser.page(look);

	await signIn(tab.page, stack.owner);
	await tab.page.goto(`/w/${stack.owner.workspace}/workflows/${id}/edit`);
	await tab.page.locator('.react-flow__viewport').waitFor();
	return tab;
}

const fresh = (name, nodes = [], edges = []) => stack.ok('POST', '@/workflows', { name, graph: nodes.length > 0 ? { nodes, edges } : graph([], []) });
const graphOf = async (id) => (await stack.ok('GET', `@/workflows/${id}`)).graph;
const card = (page, name) => page.locator('.react-flow__node').filter({ has: page.locator('.canvas-node-name', { hasText: new RegExp(`^${name.replace('?', '\\?')}$`) }) });
const save = async (page) => {
	await page.keyboard.press('Control+s');
	await page.locator('.editor-saved').getByText(/^Saved/).waitFor();
};
const at = (id, type, x, y, more = {}) => ({ id, name: id.toUpperCase(), type, version: 1, params: {}, position: [x, y], ...more });

test('each workflow to begin with is valid, and one of them runs from an empty canvas', async () => {
	const { templates } = (await stack.api('GET', '/catalog')).json;

	assert.equal(templates.length, 3);
	for (const { name, graph: document } of templates) {
		const told = await stack.ok('POST', '@/workflows/validate', { graph: document });

		assert.deepEqual(told.findings.filter((finding) => finding.severity === 'error'), [], name);
	}
	const { id } = await fresh('Begin');
	const { page, context, complaints } = await edit(id);

	await page.getByRole('button', { name: /^Sort and decide/ }).click();
	await card(page, 'Large?').waitFor();
	await page.locator('.react-flow__pane').click({ position: { x: 300, y: 40 } });
	await page.keyboard.press('Control+Enter');
	await page.getByRole('region', { name: 'Last run' }).getByText('Succeeded').waitFor();
	await card(page, 'Large ones').getByText('2 items').waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a workflow comes out of a file', async () => {
	const { id } = await fresh('File');
	const { page, context, complaints } = await edit(id);

	await page.getByLabel('Workflow file').setInputFiles({ name: 'flow.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify({ nodes: [at('a', 'core.manual', 0, 0), at('b', 'core.noop', 300, 0)], edges: [{ from: 'a', to: 'b' }] })) });
	await card(page, 'B').waitFor();
	await save(page);
	assert.deepEqual((await graphOf(id)).edges, [{ from: 'a', to: 'b' }]);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a note is written, moved by its edge of the document, and taken away again', async () => {
	const { id } = await fresh('Noted', [at('a', 'core.manual', 0, 0)]);
	const { page, context, complaints } = await edit(id);

	await page.locator('.react-flow__pane').click({ position: { x: 300, y: 40 } });
	await page.keyboard.press('Shift+n');
	await page.getByRole('textbox', { name: 'Note' }).click();
	await page.keyboard.type('Ask sales first');
	await page.keyboard.press('Escape');
	await save(page);
	const [note] = (await graphOf(id)).notes;

	assert.equal(note.text, 'Ask sales first');
	await page.locator('.canvas-note').hover();
	await page.getByRole('button', { name: 'Remove the note' }).click();
	await page.locator('.canvas-note').waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.locator('.canvas-note').waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('tidying up lays the nodes out from left to right, as one step', async () => {
	const { id } = await fresh('Untidy', [at('a', 'core.manual', 0, 0), at('b', 'core.noop', 20, 10), at('c', 'core.noop', 40, 5), at('d', 'core.noop', -300, 30)], [{ from: 'a', to: 'b' }, { from: 'b', to: 'c' }, { from: 'a', to: 'd' }]);
	const { page, context, complaints } = await edit(id);

	await page.keyboard.press('Control+k');
	await page.getByRole('textbox', { name: 'Command' }).fill('tidy');
	await page.keyboard.press('Enter');
	await page.locator('.editor-saved').getByText('Not saved').waitFor();
	await save(page);
	const places = Object.fromEntries((await graphOf(id)).nodes.map((n) => [n.id, n.position]));

	assert.ok(places.a[0] + 228 < places.b[0] && places.b[0] + 228 < places.c[0] && places.a[0] + 228 < places.d[0], JSON.stringify(places));
	assert.ok(Math.abs(places.b[1] - places.d[1]) >= 60);
	assert.deepEqual(places.a, [0, 0]);
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.locator('.editor-saved').getByText('Not saved').waitFor();
	assert.deepEqual(complaints, []);
	await context.close();
});

test('the canvas is gone through, and a workflow is built, by keys alone', async () => {
	const { id } = await fresh('Keys', [at('a', 'core.manual', 0, 0), at('b', 'core.noop', 300, 0), at('c', 'core.noop', 300, 140)], [{ from: 'a', to: 'b' }, { from: 'a', to: 'c' }]);
	const { page, context, complaints } = await edit(id);

	await card(page, 'A').waitFor();
	await page.keyboard.press('Alt+ArrowRight');
	await page.getByRole('complementary', { name: 'A', exact: true }).waitFor();
	await page.keyboard.press('Alt+ArrowRight');
	await page.getByRole('complementary', { name: 'B', exact: true }).waitFor();
	await page.keyboard.press('Alt+ArrowDown');
	await page.getByRole('complementary', { name: 'C', exact: true }).waitFor();
	await page.keyboard.press('/');
	await page.getByRole('combobox', { name: 'Search nodes' }).fill('limit');
	await page.keyboard.press('Enter');
	await card(page, 'Limit').waitFor();
	await page.keyboard.press('Escape');
	await page.keyboard.press('Alt+ArrowRight');
	await save(page);
	assert.deepEqual((await graphOf(id)).edges.at(-1), { from: 'c', to: 'limit' });
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a node is cut and pasted, and a renamed one is renamed in expressions', async () => {
	const { id } = await fresh('Cut', [at('a', 'core.manual', 0, 0), at('b', 'core.set', 300, 0, { params: { assignments: [{ name: 'x', value: "={{ $('A').first().json.y }}" }] } })], [{ from: 'a', to: 'b' }]);
	const { page, context, complaints } = await edit(id);

	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await card(page, 'A').click();
	await page.getByRole('complementary', { name: 'A', exact: true }).getByLabel('Name', { exact: true }).fill('Start');
	await page.keyboard.press('Enter');
	await card(page, 'Start').waitFor();
	await page.keyboard.press('Escape');
	await card(page, 'B').click();
	await page.keyboard.press('Control+x');
	await card(page, 'B').waitFor({ state: 'detached' });
	await page.keyboard.press('Control+v');
	await card(page, 'B').waitFor();
	await save(page);
	const b = (await graphOf(id)).nodes.find((entry) => entry.name === 'B');

	assert.equal(b.params.assignments[0].value, "={{ $('Start').first().json.y }}");
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a node type that is dropped on a connection goes into it', async () => {
	const { id } = await fresh('Dropped', [at('a', 'core.manual', 0, 0), at('b', 'core.noop', 520, 0)], [{ from: 'a', to: 'b' }]);
	const { page, context, complaints } = await edit(id);
	const boxes = async () => [await card(page, 'A').boundingBox(), await card(page, 'B').boundingBox()];

	await page.locator('.react-flow__pane').click({ position: { x: 300, y: 40 } });
	await page.keyboard.press('n');
	await page.getByRole('combobox', { name: 'Search nodes' }).fill('limit');
	const [a, b] = await boxes(), canvas = await page.locator('.editor-canvas').boundingBox();

	await page.getByRole('option', { name: /Limit/ }).first().dragTo(page.locator('.editor-canvas'), { targetPosition: { x: (a.x + a.width + b.x) / 2 - canvas.x, y: a.y + a.height / 2 - canvas.y } });
	await card(page, 'Limit').waitFor();
	await save(page);
	assert.deepEqual((await graphOf(id)).edges, [{ from: 'a', to: 'limit' }, { from: 'limit', to: 'b' }]);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a credential that is gone, or may not be sent there, is told at its field', async () => {
	const made = await stack.ok('POST', '@/credentials', { name: 'Shop', type: 'http_bearer', data: { token: 'secret-token' }, hosts: 'api.example.com' });
	const { id } = await fresh('Credentials', [at('a', 'core.manual', 0, 0), at('b', 'http.request', 300, 0, { params: { url: 'https://other.example.com/x', credential: made.id } })], [{ from: 'a', to: 'b' }]);
	const { page, context, complaints } = await edit(id);
	const own = page.locator('[data-path="params.credential"]');

	await card(page, 'B').click();
	await own.getByText('It may not be sent to other.example.com').waitFor();
	await page.getByLabel('URL', { exact: true }).fill('https://api.example.com/x');
	await own.getByText('It may not be sent').waitFor({ state: 'detached' });
	await own.getByRole('button', { name: 'Test' }).click();
	assert.equal(await page.getByLabel('Address', { exact: true }).inputValue(), 'https://api.example.com/x');
	await page.keyboard.press('Escape');
	await stack.api('DELETE', `@/credentials/${made.id}?force=true`);
	await page.reload();
	await card(page, 'B').click();
	await own.getByText('This credential is not here').waitFor();
	await context.close();
	assert.deepEqual(complaints, []);
});

test('versions are compared with the draft, on the canvas too, and one is restored', async () => {
	const { id, graph: first } = await fresh('Versions', [at('a', 'core.manual', 0, 0), at('b', 'core.set', 300, 0, { params: { assignments: [{ name: 'x', value: 'one' }] } })], [{ from: 'a', to: 'b' }]);

	await stack.ok('PUT', `@/workflows/${id}`, { graph: { ...first, nodes: [first.nodes[0], { ...first.nodes[1], params: { assignments: [{ name: 'x', value: 'two' }] } }, at('c', 'core.noop', 600, 0)], edges: [...first.edges, { from: 'b', to: 'c' }] } }, { headers: { 'if-match': '"1"' } });
	const { page, context, complaints } = await edit(id);

	await page.getByRole('button', { name: 'Versions' }).click();
	await page.getByRole('button', { name: /^Version 1/ }).click();
	const diff = page.getByRole('group', { name: 'Difference to the draft' });

	await diff.getByText('params.assignments[0].value').waitFor();
	assert.deepEqual([await diff.locator('del').allTextContents(), await diff.locator('ins').allTextContents()], [['one'], ['two']]);
	await diff.getByText('Connection: B to C').waitFor();
	await card(page, 'C').getByText('New since that version').waitFor({ state: 'attached' });
	await card(page, 'B').getByText('Changed since that version').waitFor({ state: 'attached' });
	await page.getByRole('button', { name: 'Restore version 1' }).click();
	await card(page, 'C').waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Undo' }).click();
	await card(page, 'C').waitFor();
	await page.getByRole('button', { name: 'Redo' }).click();
	await card(page, 'C').waitFor({ state: 'detached' });
	await save(page);
	assert.deepEqual((await graphOf(id)).nodes.map((entry) => entry.id), ['a', 'b']);
	assert.deepEqual(complaints, []);
	await context.close();
});

test('a workflow is duplicated from its page, and the copy opens', async () => {
	const { id } = await fresh('Original', [at('a', 'core.manual', 0, 0), at('b', 'core.noop', 300, 0)], [{ from: 'a', to: 'b' }]);
	const tab = await edit(id), { page, context } = tab;

	await page.getByRole('link', { name: 'Original' }).click();
	await page.getByRole('button', { name: 'Duplicate' }).waitFor();
	await assertSound(tab, 'the page of a workflow that is duplicated');
	await page.getByRole('button', { name: 'Duplicate' }).click();
	await page.getByRole('heading', { level: 1 }).getByText('Copy of Original').waitFor();
	await card(page, 'B').waitFor();
	const copy = new URL(page.url()).pathname.split('/').at(-2);

	assert.notEqual(copy, id);
	assert.deepEqual((await graphOf(copy)).edges, [{ from: 'a', to: 'b' }]);
	await context.close();
});

test('changes outlive a lost connection and a tab that is closed', async () => {
	const { id } = await fresh('Kept', [at('a', 'core.manual', 0, 0), at('b', 'core.noop', 300, 0)], [{ from: 'a', to: 'b' }]);
	const { page, context } = await edit(id);

	await card(page, 'B').click();
	await context.setOffline(true);
	await page.keyboard.press('d');
	await page.keyboard.press('Control+s');
	await page.locator('.editor-saved').getByText('Not saved: offline, kept here').waitFor();
	await context.setOffline(false);
	await page.locator('.editor-saved').getByText(/^Saved/).waitFor();
	assert.equal((await graphOf(id)).nodes[1].disabled, true);
	await page.keyboard.press('d');
	await page.locator('.editor-saved').getByText('Not saved').waitFor();
	await page.waitForTimeout(600);
	page.on('dialog', (dialog) => void dialog.accept());
	await page.reload();
	await page.getByRole('region', { name: 'Kept changes' }).getByRole('button', { name: 'Take them' }).click();
	await save(page);
	assert.equal((await graphOf(id)).nodes[1].disabled, undefined);
	await page.reload();
	await card(page, 'B').waitFor();
	assert.equal(await page.getByRole('region', { name: 'Kept changes' }).count(), 0);
	await context.close();
});

for (const look of looks)
	test(`an empty canvas, a note and a credential are sound at ${lookName(look)}`, async () => {
		const { id } = await fresh(`Empty ${lookName(look)}`);
		const tab = await edit(id, look), { page } = tab;

		await page.getByRole('button', { name: /^Sort and decide/ }).waitFor();
		await assertSound(tab, 'an empty editor');
		const made = await stack.ok('POST', '@/credentials', { name: `Shop ${lookName(look)}`, type: 'http_bearer', data: { token: 'secret-token' }, hosts: 'api.example.com' });
		const many = await fresh(`Map ${lookName(look)}`, [...Array(9).keys()].map((i) => at(`n${i}`, i === 0 ? 'core.manual' : i === 8 ? 'http.request' : 'core.noop', (i % 5) * 300, Math.floor(i / 5) * 140, i === 8 ? { params: { url: 'https://other.example.com', credential: made.id } } : {})), [...Array(8).keys()].map((i) => ({ from: `n${i}`, to: `n${i + 1}` })));

		await stack.ok('PUT', `@/workflows/${many.id}`, { graph: { ...many.graph, notes: [{ id: 'one', text: 'Everything below is asked once a day.', position: [0, -160], size: [260, 100] }] } }, { headers: { 'if-match': '"1"' } });
		await page.goto(`/w/${stack.owner.workspace}/workflows/${many.id}/edit`);
		await card(page, 'N8').waitFor();
		await page.getByRole('textbox', { name: 'Note' }).waitFor();
		await assertSound(tab, 'a canvas with a note');
		await card(page, 'N8').click();
		await page.getByText('It may not be sent to').waitFor();
		await assertSound(tab, 'a credential in the editor');
		await page.getByRole('button', { name: 'Versions' }).click();
		await page.getByRole('button', { name: /^Version 1/ }).click();
		await page.getByText(/The draft is the same|From version 1/).first().waitFor();
		await assertSound(tab, 'versions in the editor');
		await tab.context.close();
	});
