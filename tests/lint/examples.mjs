// examples.mjs -- the examples of docs/WORKFLOWS.md, and who runs each.
//
//	behind it "Given `...` it ends with `...`."	tests/golden/test_docs.c
//	before it <!-- example: NAME -->		tests/golden/doc-NAME.json, a world of answers
//	before it <!-- stack: NAME -->			tests/e2e/docs.test.mjs, the real programs
//
// What a table of the page names is a construct, and has an example: each value of a parameter where the
// table's head says "`mode` of `core.loop`", each node type, and each member of these parts of the document.
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const parts = ["WorkflowNode", "WorkflowRetry", "WorkflowSettings"];

export function readGolden() {
	const folder = join(root, "tests/golden");

	return readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")).workflow);
}

export function readPage() {
	return readFileSync(join(root, "docs/WORKFLOWS.md"), "utf8");
}

// { way: "given" | "example" | "stack" | undefined, name, language, text }, of all that is marked or is a whole workflow.
export function examplesOf(page) {
	const blocks = page.matchAll(/(?:<!-- (example|stack): ([\w-]+) -->\n\n)?```(json|sh)\n([^]*?)\n```\n(\nGiven `)?/g);

	return [...blocks].map(([, way, name, language, text, given]) => ({ way: way ?? (given && "given"), name, language, text }))
		.filter((example) => example.way !== undefined || /^\{\s*"nodes"/.test(example.text));
}

function* objectsOf(value) {
	if (value === null || typeof value !== "object")
		return;
	yield value;
	for (const child of Object.values(value))
		yield* objectsOf(child);
}

const firstCell = (line) => line.split("|")[1] ?? "";
const word = (cell) => cell.match(/`([^`]+)`/)?.[1];

// [{ head, rows }], the first cells of each.
function tablesOf(page) {
	return [...page.matchAll(/^\|.*\n\|---.*\n((?:\|.*\n)+)/gm)].map(([whole, rows]) =>
		({ head: firstCell(whole), rows: rows.trim().split("\n").map(firstCell).map(word).filter(Boolean) }));
}

const nodesOf = (graphs) => graphs.flatMap((graph) => graph.nodes);
const hasValue = (node, member, value) => [node, node.params ?? {}].some((owner) => String(owner[member]) === value);

// Search for each construct, by the head of its table.
const heads = [
	{ form: /^ `(\w+)` of (?:`([\w.]+)`|any node) $/, has: (graphs, value, [, member, type]) =>
		nodesOf(graphs).some((node) => (type === undefined || node.type === type) && hasValue(node, member, value)) },
	/* An option of a command is in a block of those that a stack runs; a golden run has none. */
	{ form: /^ option of `tybooctl ([\w-]+)` $/, has: (_, value, [, command], lines) =>
		lines === undefined || lines.some((line) => line.startsWith(`tybooctl ${command} `) && line.includes(` --${value} `)) },
	{ form: /^ node type $/, has: (graphs, value) => nodesOf(graphs).some((node) => node.type === value) },
];

// The workflows of the page that a test runs.
export function graphsOf(page) {
	return examplesOf(page).filter((example) => example.way && example.language === "json").map((example) => JSON.parse(example.text));
}

// The commands of the page that a test runs.
export function commandsOf(page) {
	return examplesOf(page).filter((example) => example.way && example.language === "sh").flatMap((example) => example.text.split("\n"));
}

// "mode of core.loop: items", for each construct of the page's tables that none of these workflows and commands has.
export function constructsWithout(page, graphs, commands) {
	const named = tablesOf(page).flatMap(({ head, rows }) => heads.flatMap(({ form, has }) => {
		const match = form.exec(head);

		return match === null ? [] : rows.filter((value) => !has(graphs, value, match, commands)).map((value) => `${head.trim().replaceAll("`", "")}: ${value}`);
	}));
	const members = parts.flatMap((part) => {
		const [, table = ""] = page.match(new RegExp(`<!-- schema: ${part} -->\n\n\\|.*\n\\|---.*\n([^]*?)\n\n`)) ?? [];

		return table.split("\n").map(firstCell).map(word).filter((name) => name && !graphs.some((graph) => [...objectsOf(graph)].some((o) => name in o)))
			.map((name) => `${part}: ${name}`);
	});

	return [...named, ...members];
}
