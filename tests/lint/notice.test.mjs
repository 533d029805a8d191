// notice.test.mjs -- what is shipped of other people's work comes with its licence, and every licence allows it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "node:test";
import { closure, shippedByUi } from "../../scripts/notice.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const read = (path) => readFileSync(join(root, path), "utf8");
const { packages } = JSON.parse(read("static/package-lock.json"));
const sandbox = [...read("workers/sandbox/web/build.mjs").match(/notice\(modules, \[([^\]]+)\]/)[1].matchAll(/"([^"]+)"/g)].map((m) => m[1]);
const allowed = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "OFL-1.1"]);

function refused(names) {
	return names.filter((name) => !allowed.has(packages[`node_modules/${name}`].license));
}

test("lint: every package that is shipped has a licence that allows it", () => {
	const names = closure(packages, [...shippedByUi(JSON.parse(read("static/package.json"))), ...sandbox]);

	assert.ok(names.length > 40, "the walk found what is shipped");
	assert.deepEqual(refused(names), []);
});

test("lint: what the sandbox's bundles import is in their notice", () => {
	const folder = "workers/sandbox/web";
	const imported = new Set(readdirSync(join(root, folder)).filter((file) => file.endsWith(".mjs") && file !== "build.mjs")
		.flatMap((file) => [...read(`${folder}/${file}`).matchAll(/from "((?:@[^/"]+\/)?[^./"][^/"]*)/g)].map((m) => m[1])));

	assert.ok(imported.size > 4, "imports were found");
	assert.deepEqual([...imported].filter((name) => !sandbox.includes(name)), []);
});

test("lint: a package brings what it needs, and types are not shipped", () => {
	const made = { "node_modules/a": { dependencies: { b: "1", "@types/b": "1" } }, "node_modules/b": { dependencies: { a: "1" } },
		"node_modules/@types/b": {}, "node_modules/c": {} };

	assert.deepEqual(closure(made, ["a"]), ["a", "b"]);
});
