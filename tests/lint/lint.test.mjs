// lint.test.mjs -- every lint check twice: on a made-up tree that breaks its rule, then on ours.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "node:test";
import { checkGlobals, findObjects, readAllow, writableSymbols } from "./globals.mjs";
import { checkComments, checkStyles } from "./comments.mjs";
import { checkDocument, checkReaders } from "./document.mjs";
import { checkKeys } from "./keys.mjs";
import { checkCircles, checkLayers } from "./layers.mjs";
import { checkFileSizes, checkFunctionSizes } from "./sizes.mjs";
import { checkThirdParty } from "./thirdparty.mjs";
import { checkFormat, checkShell, shellFiles } from "./tools.mjs";
import { madeTree, matching, readTree } from "./tree.mjs";
import { checkBannedCalls, checkColumns, checkNoMachine, checkOpenings, checkUnfinished } from "./words.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const buildDir = process.env.TYBOO_LINT_BUILD ?? join(root, "build/dev");
const tree = readTree(root);
const table = "<!-- layers:begin -->\n| L0 | lib/base |\n| L1 | lib/json lib/log |\n| L2 | fcgi-app |\n<!-- layers:end -->\n";
const nodes = "X(core_if)\nX(http_request)\n";
const long = (n) => "x\n".repeat(n);

const checks = [
	{ name: "includes point downward", check: checkLayers, broken: {
		"an include upward": { "docs/ARCHITECTURE.md": table, "lib/base/a.c": "#include \"json/json.h\"\n" },
		"an include sideways": { "docs/ARCHITECTURE.md": table, "lib/log/a.c": "#include \"json/json.h\"\n" },
		"a relative include": { "docs/ARCHITECTURE.md": table, "fcgi-app/a.c": "#include \"../lib/base/a.h\"\n" },
		"a folder in no layer": { "docs/ARCHITECTURE.md": table, "lib/new/a.c": "\n" } } },
	{ name: "includes within a folder go one way", check: checkCircles, broken: {
		"a circle of includes": { "workers/run/a.h": "#include \"b.h\"\n", "workers/run/b.h": "\n",
			"workers/run/b.c": "#include \"b.h\"\n#include \"a.h\"\n" } } },
	{ name: "third-party types stay in their folder", check: checkThirdParty, broken: {
		"a foreign header": { "lib/engine/a.c": "#include <libpq-fe.h>\n" },
		"a foreign type": { "fcgi-app/api.c": "static redisReply *r;\n" },
		"a FastCGI type outside of http.c": { "fcgi-app/route.c": "FCGX_Request r;\n" } } },
	{ name: "the table of Redis keys is true", check: checkKeys, broken: {
		"a Redis key that no table names": { "docs/ARCHITECTURE.md": "## Redis keys\n", "lib/queue/lua/a.lua": "call('GET', P .. 'new:' .. id)\n" },
		"a Redis key that is gone": { "docs/ARCHITECTURE.md": "## Redis keys\n\n| `old:<run>` | list | x |\n" } } },
	{ name: "lib/store and SQL read no workflow document", check: checkDocument, broken: {
		"a node type in lib/store": { "lib/nodes/nodes.def": nodes, "lib/store/a.c": "\tx = \"core.if\";\n" },
		"a node type in SQL": { "lib/nodes/nodes.def": nodes, "sql/functions/a.sql": "WHERE t = 'http.request'\n" },
		"a document that SQL reads": { "lib/nodes/nodes.def": nodes, "sql/migrations/0099_a.sql": "SELECT v.graph::json;\n" },
		"a document that lib/store reads": { "lib/nodes/nodes.def": nodes, "lib/store/a.c": "\tjson_object_get(doc, \"settings\");\n" },
		"the reader in lib/store": { "lib/nodes/nodes.def": nodes, "lib/store/a.c": "#include \"graph/graph.h\"\n" } } },
	{ name: "one reader of the workflow document", check: checkReaders, broken: {
		"a second reader": { "workers/ctl/a.c": "\tlist = json_object_get(graph, \"nodes\");\n" },
		"a second reader of settings": { "lib/intake/a.c": "\treturn ty_json_int(ty_json_obj(doc, \"settings\"), \"timeout_ms\", 1);\n" } } },
	{ name: "no banned call", check: checkBannedCalls, broken: {
		"strcpy": { "lib/a/a.c": "\tstrcpy(a, b);\n" }, "localtime": { "lib/a/a.c": "\tt = localtime(&now);\n" },
		"system": { "workers/a/a.c": "x = system (\"ls\");\n" } } },
	{ name: "columns are read by names", check: checkColumns, broken: {
		"a column read by its number": { "lib/store/a.c": "\tx = ty_rows_int(&rows, 0, 2);\n" } } },
	{ name: "nothing is left to do", check: checkUnfinished, broken: { "a TODO": { "lib/a.c": "/* TODO: later */\n" } } },
	{ name: "no path of one machine, no private key", check: checkNoMachine, broken: {
		"a home folder": { "docs/a.md": "see /home/someone/x\n" },
		"a key": { "ansible/a.yml": "-----BEGIN PRIVATE KEY-----\n" } } },
	{ name: "every C file opens by saying what it is", check: checkOpenings, broken: { "no opening": { "lib/a/a.c": "int x;\n" } } },
	{ name: "comments begin with what they are about", check: checkComments, broken: {
		"a pronoun": { "lib/a/a.c": "/* It is locked. */\nint x;\n" }, "a relative clause": { "lib/a/a.h": "/*\n * What is older goes.\n */\n" },
		"a pronoun beside code": { "lib/a/a.h": "\tint n; /* those of the call */\n" },
		"a reference to what stands above": { "sql/functions/a.sql": "-- The same of a run.\n" },
		"an adverb": { "lib/queue/lua/a.lua": "-- Also where it is full.\n" }, "a bare genitive": { "static/src/a.ts": "// Of the workspace.\n" },
		"a pronoun in a script": { "scripts/lib/a.sh": "x=1\t# which one\n" } } },
	{ name: "comments of style sheets are closed", check: checkStyles, broken: {
		"a comment left open": { "static/src/a.css": "/* Frame. *\n.a { top: 0; }\n/* Rest. */\n" },
		"a comment open to the end": { "static/src/a.css": "/* Frame.\n.a { top: 0; }\n" } } },
	{ name: "files stay short", check: checkFileSizes, broken: { "a long file": { "lib/a/a.c": long(501) },
		"a long header": { "lib/a/a.h": long(251) },
		"an allowance for a file that is short": { "lib/a/a.c": "int x;\n", "tests/lint/sizes.allow": "lib/a/a.c\n" },
		"an allowance for a file that is gone": { "tests/lint/sizes.allow": "lib/a/a.c\n" } } },
	{ name: "functions stay short", check: checkFunctionSizes, broken: {
		"an allowance for a function that is short": { "lib/a/a.c": "void\nf(void)\n{\n}\n", "tests/lint/sizes.allow": "lib/a/a.c:f\n" },
		"a long function": { "lib/a/a.c": `static int\nf(void)\n{\n${"\tx();\n".repeat(80)}}\n` } } },
];

for (const { name, check, broken } of checks) {
	for (const [what, files] of Object.entries(broken))
		test(`lint finds ${what}`, () => assert.equal(check(madeTree(files)).length, 1));
	test(`lint: ${name}`, () => assert.deepEqual(check(tree), []));
}

test("lint: comments and strings are not code", () => {
	assert.deepEqual(checkBannedCalls(madeTree({ "lib/a/a.c": "/* strcpy(a, b) */ x(\"system(1)\"); // rand()\n" })), []);
});

function inTemp(body) {
	const dir = mkdtempSync(join(tmpdir(), "tyboo-lint."));

	try {
		return body(dir);
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
}

test("lint finds a mutable global, and only that", () => inTemp((dir) => {
	writeFileSync(join(dir, "a.c"), "static int counter; int shared = 3; const int fixed = 4;\n" +
		"static const char *const table[] = { \"a\" }; int f(int i) { return ++counter + table[i][0]; }\n");
	execFileSync("cc", ["-c", "-fPIC", "-o", join(dir, "a.o"), join(dir, "a.c")]);
	assert.deepEqual(writableSymbols(execFileSync("objdump", ["-t", join(dir, "a.o")], { encoding: "utf8" })).sort(),
		["counter", "shared"]);
}));

test("lint finds an allowance for a global that is gone", () => inTemp((dir) => {
	mkdirSync(join(dir, "lib/a"), { recursive: true });
	writeFileSync(join(dir, "a.c"), "static int counter; int f(void) { return ++counter; }\n");
	execFileSync("cc", ["-c", "-fPIC", "-o", join(dir, "lib/a/a.c.o"), join(dir, "a.c")]);
	assert.deepEqual(checkGlobals(dir, "lib/a/a.c:counter\n"), []);
	assert.equal(checkGlobals(dir, "lib/a/a.c:counter\nlib/a/a.c:gone\n").length, 1);
}));

test("lint: no mutable globals", { skip: existsSync(buildDir) ? false : "no build to look at" }, () => {
	assert.ok(findObjects(buildDir).length > 50, "the build has objects to look at");
	assert.deepEqual(checkGlobals(buildDir, readAllow(root)), []);
});

test("lint finds wrong format", () => inTemp((dir) => {
	execFileSync("cp", [join(root, ".clang-format"), dir]);
	writeFileSync(join(dir, "a.c"), "int f( void ){return 1;}\n");
	assert.notEqual(checkFormat(dir, ["a.c"]).length, 0);
}));

test("lint: C sources are formatted as .clang-format says", () => {
	const files = [...matching(tree, /^(lib|fcgi-app|workers|bench|tests)\/.*\.[ch]$/)].map(([path]) => path)
		.filter((path) => existsSync(join(root, path)));

	assert.deepEqual(checkFormat(root, files), []);
});

test("lint finds a careless shell script", () => inTemp((dir) => {
	writeFileSync(join(dir, "a.sh"), "#!/bin/sh\nrm -rf $1/*\n");
	assert.notEqual(checkShell(dir, ["a.sh"]).length, 0);
}));

test("lint: shell scripts pass shellcheck", () => {
	assert.deepEqual(checkShell(root, shellFiles(tree)), []);
});
