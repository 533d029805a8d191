// dialect.test.mjs -- docs/EXPRESSIONS.md has every helper, function and name of workers/sandbox/dialect/.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { fillPage, readDef, readPage, readTable, tableOf } from "./dialect.mjs";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const names = readdirSync(join(root, "workers/sandbox/dialect")).filter((file) => file.endsWith(".def"))
	.map((file) => file.replace(".def", "")).filter((name) => name !== "dialect").sort();

test("lint reads rows and examples as they mean", () => {
	const rows = readDef('HELPER(text, quote, "mark = \\"\\\\\\"\\"",\n       "Puts | around.")\nGIVES("\'a\'.quote()", "\\"a\\"")\n');

	assert.deepEqual(rows, [{ kind: "HELPER", name: "quote", first: 'mark = "\\""', second: "Puts | around.",
		examples: [["'a'.quote()", '"a"']] }]);
	assert.match(tableOf(rows), /\| `quote\(mark = "\\""\)` \| Puts \\\| around\. \| `'a'\.quote\(\)`: `"a"` \|/);
});

test("lint: each table has rows, and each row an example that is none of another's", () => {
	for (const name of names) {
		const rows = readTable(name);

		assert.ok(rows.length > 0, name);
		if (name !== "value" && name !== "outside")
			assert.deepEqual(rows.filter((row) => row.examples.length === 0).map((row) => row.name), [], name);
	}
});

test("lint: the tables of docs/EXPRESSIONS.md are those of the dialect", () => {
	const page = readPage();

	assert.deepEqual([...page.matchAll(/<!-- dialect: (\w+) -->/g)].map(([, name]) => name).sort(), names);
	assert.equal(fillPage(page), page, "write it anew: node tests/lint/dialect.mjs");
});
