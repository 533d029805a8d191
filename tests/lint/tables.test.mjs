// tables.test.mjs -- what is one row or one definition is written once: signature schemes, run modes, node types, icons.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import test from "node:test";
import { matching, missingFrom, readTree } from "./tree.mjs";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const tree = readTree(root);
const sources = /^(lib|fcgi-app|workers|bench)\/.*\.[ch]$|^fcgi-app\/openapi\/.*\.json$|^static\/src\/(?!generated).*\.tsx?$|^sql\/(functions|schema)/;
const rows = (path, pattern) => [...tree.get(path).text.matchAll(pattern)].map(([, name]) => name);

// Find names that stand in quotes, as a whole word.
export function written(files, names) {
	const findings = [];

	for (const [path, text] of files)
		text.split("\n").forEach((line, i) => {
			for (const name of names)
				if (new RegExp(`["']${name}["']`).test(line))
					findings.push(`${path}:${i + 1}: "${name}"`);
		});
	return findings;
}

test("lint finds a name that is written a second time", () => {
	assert.deepEqual(written([["a.c", 'x\nif (strcmp(s, "github") == 0)']], ["github"]), ['a.c:2: "github"']);
	assert.deepEqual(written([["a.c", '"github.com"']], ["github"]), []);
});

test("lint: a signature scheme is written in scheme.def alone, and docs/API.md has it", () => {
	const names = rows("lib/hook/scheme.def", /^X\((\w+),/gm);
	// Words that mean other things too; the tests of core.webhook hold them to the table.
	const common = ["none", "hmac", "token", "basic", "jwt", "line", "linear"];

	assert.ok(names.length >= 6);
	assert.deepEqual(written(matching(tree, sources), names.filter((name) => !common.includes(name))), []);
	assert.deepEqual(missingFrom(tree.get("docs/API.md").text, names), []);
});

test("lint: a run mode is written in run_mode.def alone, and docs/API.md has it", () => {
	const names = rows("lib/base/run_mode.def", /^X\(\w+, "(\w+)"/gm);
	const common = ["webhook", "manual", "api", "schedule", "called", "error"]; // words of triggers and statuses too

	assert.ok(names.length >= 5);
	// tybooctl has a command of that name.
	const files = [...matching(tree, sources)].filter(([path]) => path !== "workers/ctl/cmd_replay.c");

	assert.deepEqual(written(files, names.filter((name) => !common.includes(name))), []);
	// A list of them, in whatever language.
	for (const [path, text] of matching(tree, sources))
		assert.doesNotMatch(text, /["']webhook["'](::text)?,[^;]*["']replay["']/, path);
	assert.deepEqual(missingFrom(tree.get("docs/API.md").text, names), []);
});

test("lint: a node type is named in lib/nodes alone", () => {
	const types = rows("lib/nodes/nodes.def", /^X\((\w+)\)/gm).map((name) =>
		/\.type = "([a-z._]+)"/.exec(tree.get(`lib/nodes/${name}.c`).text)[1].replaceAll(".", "\\."));
	const readers = [...matching(tree, sources)].filter(([path]) => !path.startsWith("lib/nodes/"));

	assert.ok(types.length >= 12);
	assert.deepEqual(written(readers, types), []);
});

test("lint: each icon of a definition is a picture of the UI", () => {
	const pictures = tree.get("static/src/lib/nodes.ts").text;
	const icons = [...matching(tree, /^lib\/nodes\/.*\.c$/)].flatMap(([, text]) => [...text.matchAll(/\.icon = "([a-z-]+)"/g)].map(([, name]) => name));

	assert.ok(icons.length >= 12);
	assert.deepEqual(icons.filter((name) => !new RegExp(`^  "?${name}"?: `, "m").test(pictures)), []);
});

test("lint: a code of errors is made by err.def alone, and docs/ERRORS.md prints its rows", () => {
	const rows = [...tree.get("lib/base/err.def").text.matchAll(/X\((\w+), "(\w+)", \d+, (true|false), (true|false), *\s*"([^"]*)",\s*"([^"]*)"\)/g)]
		.map(([, , name, again, ofRuns, text, hint]) => ({ name, again, ofRuns, text, hint }));
	const docs = tree.get("docs/ERRORS.md").text;
	const names = new Set(rows.map(({ name }) => name));

	assert.equal(rows.length, [...tree.get("lib/base/err.def").text.matchAll(/^X\(/gm)].length);
	for (const { name, again, ofRuns, text, hint } of rows.filter(({ ofRuns }) => ofRuns === "true"))
		assert.ok(docs.includes(`| <a id="${name}"></a>\`${name}\` | ${again === "true" ? "yes" : "no"} | ${text} | ${hint} |`), `docs/ERRORS.md has no row of ${name}`);
	// By hand: C writes "code" with a text of its own only for notices; SQL only codes of the table.
	for (const [path, text] of matching(tree, /^sql\/functions\/.*\.sql$/))
		for (const [, code] of text.matchAll(/'code', '(\w+)'/g))
			assert.ok(names.has(code), `${path}: ${code}`);
	for (const [path, text] of matching(tree, /^(lib\/(engine|store|service|net|queue)|workers\/(run|reap|schedule))\/.*\.c$/))
		for (const [, code] of text.matchAll(/"code",\s*"(\w+)",\s*"message"/g))
			assert.fail(`${path}: ${code} is written by hand: ty_code_name()`);
});
