// workflows.test.mjs -- docs/WORKFLOWS.md knows every node, finding and member of the document, and its example is one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const read = (path) => readFileSync(join(root, path), "utf8");
const page = read("docs/WORKFLOWS.md");

// What is named in the page as `code`.
export function missingFrom(text, names) {
	const named = new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name));

	return names.filter((name) => !named.has(name));
}

test("lint finds a name that a page does not have", () => {
	assert.deepEqual(missingFrom("`a` b", ["a", "b"]), ["b"]);
});

test("lint: docs/WORKFLOWS.md has every finding", () => {
	const codes = [...read("lib/graph/finding.def").matchAll(/^X\(\w+, "(\w+)"/gm)].map(([, code]) => code);

	assert.ok(codes.length > 20);
	assert.deepEqual(missingFrom(page, codes), []);
});

test("lint: docs/WORKFLOWS.md has every node type", () => {
	const types = [...read("lib/nodes/nodes.def").matchAll(/^X\(([a-z]+)_(\w+)\)/gm)].map(([, family, rest]) => `${family}.${rest}`);

	assert.ok(types.length >= 12);
	assert.deepEqual(missingFrom(page, types), []);
});

test("lint: docs/WORKFLOWS.md has every member that is read of a node and of the settings", () => {
	const lists = [...read("lib/graph/read.c").matchAll(/known\[\] = \{([^}]*)NULL/g)].map(([, list]) => list);
	const members = lists.flatMap((list) => [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name));

	assert.ok(members.includes("on_error") && members.includes("timezone"));
	assert.deepEqual(missingFrom(page, members.filter((name) => !["tries", "backoff", "base_ms", "max_ms"].includes(name))), []);
});

test("lint: the example of docs/WORKFLOWS.md is JSON whose edges lead to its nodes", () => {
	const [, example] = page.match(/```json\n([\s\S]*?)```/);
	const graph = JSON.parse(example);
	const ids = graph.nodes.map((node) => node.id);

	for (const edge of graph.edges)
		assert.ok(ids.includes(edge.from) && ids.includes(edge.to), JSON.stringify(edge));
});
