// credentials.test.mjs -- docs/CREDENTIALS.md says what the table of types does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fillPage, readPage, readTypes, tablesOf } from "./credentials.mjs";

test("lint: docs/CREDENTIALS.md prints the types of credentials", () => {
	const types = readTypes();

	assert.ok(types.length >= 11);
	assert.equal(readPage(), fillPage(readPage(), types), "node tests/lint/credentials.mjs writes it anew");
	assert.notEqual(tablesOf(types), tablesOf(types.slice(1)), "another table is another page");
});
