// workflows.test.mjs -- docs/WORKFLOWS.md knows every node, finding and member of the document, and its example is one.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { missingFrom } from "./tree.mjs";
import { commandsOf, constructsWithout, examplesOf, graphsOf, readGolden } from "./examples.mjs";
import { fillPage, readReference, readRefusals } from "./reference.mjs";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const read = (path) => readFileSync(join(root, path), "utf8");
const page = read("docs/WORKFLOWS.md");

test("lint finds a name that a page does not have", () => {
	assert.deepEqual(missingFrom("`a` b", ["a", "b"]), ["b"]);
});

test("lint: docs/WORKFLOWS.md has every finding", () => {
	const codes = [...read("lib/graph/finding.def").matchAll(/^X\(\w+, "(\w+)"/gm)].map(([, code]) => code);

	assert.ok(codes.length > 20);
	assert.deepEqual(missingFrom(page, codes), []);
	// A finding's "docs" is WORKFLOWS.md#<code>.
	assert.deepEqual(codes.filter((code) => !page.includes(`<a id="${code}"></a>`)), []);
});

test("lint: the place in docs/API.md that a form's findings name is there", () => {
	const [, place] = read("fcgi-app/router.c").match(/"API\.md#([\w-]+)"/);

	assert.ok(read("docs/API.md").toLowerCase().split("\n").includes(`## ${place}`));
});

test("lint: docs/WORKFLOWS.md has every node type", () => {
	const files = [...read("lib/nodes/nodes.def").matchAll(/^X\((\w+)\)/gm)].map(([, name]) => read(`lib/nodes/${name}.c`));
	const types = files.map((text) => /\.type = "([a-z._]+)"/.exec(text)[1]);

	assert.ok(types.length >= 12);
	assert.deepEqual(missingFrom(page, types), []);
});

test("lint finds a table of the reference that is not its schema's", () => {
	const schema = { $defs: { A: { required: ["x"], properties: { x: { description: "X.", minimum: 1, maximum: 2000 } } } } };
	const refusals = readRefusals('X("A", "x", NULL, "not yet", "Remove it")\n');
	const page = fillPage("<!-- schema: A -->\n<!-- end -->", schema, refusals);

	assert.match(page, /\| `x` \| X\. 1 to 2,000\. Refused: not yet\. \| required \|/);
	assert.notEqual(fillPage(page.replace("2,000", "2,001"), schema, refusals), page.replace("2,000", "2,001"));
});

test("lint: the tables of docs/WORKFLOWS.md are those of the document's schema", () => {
	const { page, schema, refusals } = readReference();
	const shown = [...page.matchAll(/<!-- schema: (\w+) -->/g)].map(([, part]) => part);

	assert.deepEqual(shown.sort(), Object.keys(schema.$defs).sort());
	assert.equal(fillPage(page, schema, refusals), page, "write it anew: node tests/lint/reference.mjs");
});

test("lint: the example of docs/WORKFLOWS.md is JSON whose edges lead to its nodes", () => {
	const [, example] = page.match(/```json\n([\s\S]*?)```/);
	const graph = JSON.parse(example);
	const ids = graph.nodes.map((node) => node.id);

	for (const edge of graph.edges)
		assert.ok(ids.includes(edge.from) && ids.includes(edge.to), JSON.stringify(edge));
});

test("lint: each example of docs/WORKFLOWS.md that has a name is the workflow of its golden file, which a test runs", () => {
	const examples = examplesOf(page).filter(({ way }) => way === "example");
	const files = readdirSync(join(root, "tests/golden")).filter((name) => name.startsWith("doc-"));

	assert.deepEqual(examples.map(({ name }) => `doc-${name}.json`).sort(), files.sort());
	for (const { name, text } of examples)
		assert.deepEqual(JSON.parse(text), JSON.parse(read(`tests/golden/doc-${name}.json`)).workflow, name);
});

test("lint finds an example that nobody runs, and a construct of a table without one", () => {
	const block = (text) => `\`\`\`json\n${text}\n\`\`\`\n`;
	const graph = '{ "nodes": [ { "type": "core.loop", "params": { "mode": "items" } } ] }';
	const table = "| `mode` of `core.loop` | |\n|---|---|\n| `items` | |\n| `while` | |\n";

	assert.deepEqual(examplesOf(`${block(graph)}\ntext\n<!-- stack: a -->\n\n${block(graph)}`).map(({ way, name }) => [way, name]),
		[[undefined, undefined], ["stack", "a"]]);
	assert.deepEqual(graphsOf(`${block(graph)}\n<!-- stack: a -->\n\n${block(graph)}`).length, 1);
	assert.deepEqual(constructsWithout(table, [JSON.parse(graph)]), ["mode of core.loop: while"]);
	const options = "| option of `tybooctl run` | |\n|---|---|\n| `to` a node | |\n| `from` a node | |\n";

	assert.deepEqual(constructsWithout(options, [], ["tybooctl run X --to y --wait"]), ["option of tybooctl run: from"]);
	assert.deepEqual(constructsWithout("<!-- schema: WorkflowRetry -->\n\n| member | what |\n|---|---|\n| `tries` | |\n\n<!-- end -->", []), ["WorkflowRetry: tries"]);
});

test("lint: each workflow of docs/WORKFLOWS.md is run by a test, and each construct that its tables name is in one", () => {
	assert.deepEqual(examplesOf(page).filter(({ way }) => way === undefined).map(({ text }) => text), []);
	assert.deepEqual(constructsWithout(page, graphsOf(page), commandsOf(page)), []);
});

test("lint: each construct that the tables of docs/WORKFLOWS.md name is in a golden run", () => {
	/* A parser of somebody else's runs in a program of its own, which golden runs have not. */
	assert.deepEqual(constructsWithout(page, readGolden()).filter((construct) => !/^node type: data\.(jq|html|markdown|regex|xml)$/.test(construct)), []);
});

test("lint: each example of docs/WORKFLOWS.md that a stack runs is known to its test", () => {
	const names = examplesOf(page).filter(({ way }) => way === "stack").map(({ name }) => name);
	const [, known] = read("tests/e2e/docs.test.mjs").match(/^const runs = \{\n([^]*?)^\};/m);

	assert.deepEqual([...known.matchAll(/^\t(?:async )?'?([\w-]+)'?\(/gm)].map(([, name]) => name).sort(), names.sort());
});
