/*
 * code-library.test.mjs -- packages of npm as code has them: bundled by the operator, kept for the whole installation,
 * pinned by each run.
 *
 * The packages are those that the web UI's build brings: nanoid, semver, jmespath and browserslist, with esbuild.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chain, node } from './graphs.mjs';
import { root, startStack, until } from './stack.mjs';

const modules = join(root, 'static/node_modules');
let stack, folder;

before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'e2e-bundles.'));
	chmodSync(folder, 0o755);	/* tybooctl runs as another user */
	stack = await startStack({ name: 'libraries', build: 'release' });
});
after(async () => {
	await stack?.stop();
	rmSync(folder, { recursive: true, force: true });
});

/* As docs/OPERATING.md says. */
function bundle(name, { source = `module.exports = require(${JSON.stringify(join(modules, name))});`, platform = 'browser', format = 'cjs' } = {})
{
	const entry = join(folder, `${name}.entry.js`), out = join(folder, `${name}.${format}.js`);

	writeFileSync(entry, source);
	execFileSync(join(modules, '.bin/esbuild'), [entry, '--bundle', `--format=${format}`, `--platform=${platform}`, '--minify', `--outfile=${out}`],
		{ stdio: 'pipe' });
	return out;
}

const ctl = (...words) => stack.run('ctl', ...words);

async function add(name, file, ...more)
{
	const made = await ctl('--json', 'code-library', 'add', name, '--file', file, ...more);

	assert.equal(made.code, 0, made.stderr);
	return JSON.parse(made.stdout);
}

async function runCode(code, type = 'core.code')
{
	const id = await stack.publish(chain(node('core.manual'), node(type, { code })), 'a library');
	const { run_id: runId } = await stack.ok('POST', `@/workflows/${id}/executions`, {});

	return stack.finished(runId);
}

const jsonOf = (run) => {
	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	return run.steps[1].outputs.main[0].json;
};

test('an unknown module says what there is, and how one is added', async () => {
	const run = await runCode("return { v: require('semver').valid('1.2.3') }");

	assert.equal(run.status, 'error');
	assert.match(run.error.message, /no module "semver" here; there are buffer, crypto, luxon, timers, url and util\. .*tybooctl code-library add semver/);
	const files = await runCode("return { v: require('fs') }");

	assert.match(files.error.message, /no module "fs" here, for code: there are no files/);
});

test('packages of npm, bundled, do in code what they do in Node', async () => {
	const semver = await add('semver', bundle('semver'), '--version', '6.3.1');

	assert.match(semver.digest, /^[0-9a-f]{64}$/);
	await add('jmespath', bundle('jmespath'));
	await add('nanoid', bundle('nanoid'));
	assert.deepEqual(jsonOf(await runCode("const s = require('semver'); return { ok: s.satisfies('1.4.2', '^1.2.0'), next: s.inc('1.2.3', 'minor') }")),
		{ ok: true, next: '1.3.0' });
	assert.deepEqual(jsonOf(await runCode("return { v: require('jmespath').search({ a: [{ b: 1 }] }, 'a[0].b') }")), { v: 1 });
	const { id } = jsonOf(await runCode("const { nanoid } = require('nanoid'); return { id: nanoid() }"));

	assert.match(id, /^[\w-]{21}$/);
	const both = await runCode("const a = require('semver'), b = require('semver'); return { same: a === b, luxon: typeof require('luxon').DateTime }");

	assert.deepEqual(jsonOf(both), { same: true, luxon: 'function' });
	const list = JSON.parse((await ctl('--json', 'code-library', 'list')).stdout);

	assert.deepEqual(list.items.map(({ name, version }) => [name, version]), [['jmespath', null], ['nanoid', null], ['semver', '6.3.1']]);
	const unknown = await runCode("return { v: require('dayjs')() }");

	assert.match(unknown.error.message, /and as libraries jmespath, nanoid, semver\. The operator can add it: tybooctl code-library add dayjs/);
});

async function isProved(run)
{
	const { execution_id: id } = await stack.ok('POST', `@/executions/${run.id}/replays`, {});
	const replay = await until('the verdict', async () => {
		const found = await stack.ok('GET', `@/replays/${id}`);

		return found.verdict !== 'pending' && found;
	});

	assert.equal(replay.verdict, 'equal', JSON.stringify(replay));
}

test('what a run began with is what proves it, though the library is another or gone', async () => {
	const file = join(folder, 'mine.js');

	writeFileSync(file, 'module.exports = () => "first";');
	await add('mine', file);
	const run = await runCode("return { v: require('mine')() }");

	assert.deepEqual(jsonOf(run), { v: 'first' });
	writeFileSync(file, 'module.exports = () => "second";');
	await add('mine', file);
	assert.deepEqual(jsonOf(await runCode("return { v: require('mine')() }")), { v: 'second' });
	await isProved(run);
	const gone = await ctl('code-library', 'remove', 'mine');

	assert.equal(gone.code, 0, gone.stderr);
	assert.equal((await ctl('code-library', 'remove', 'mine')).code, 1);
	await isProved(run);
	assert.match((await runCode("return { v: require('mine')() }")).error.message, /no module "mine" here/);
});

test('a package that wants files is refused with the reason, as is what is no CommonJS or too large', async () => {
	const wants = bundle('browserslist', { platform: 'node' });
	const refused = await ctl('code-library', 'add', 'browserslist', '--file', wants);

	assert.notEqual(refused.code, 0);
	assert.match(refused.stderr, /asks for the module "(?:fs|path)", which code does not have: there are no files/);
	assert.match(refused.stderr, /--platform=browser/);
	await add('browserslist', wants, '--force');
	assert.match((await runCode("return { v: require('browserslist')('last 1 version') }")).error.message,
		/the library "browserslist" wants the module "(?:fs|path)", which code does not have: there are no files/);

	const esm = bundle('nanoid', { source: `export { nanoid } from ${JSON.stringify(join(modules, 'nanoid'))};`, format: 'esm' });

	assert.match((await ctl('code-library', 'add', 'nanoid', '--file', esm)).stderr, /is an ES module, and code takes CommonJS/);
	const large = join(folder, 'large.js');

	writeFileSync(large, `module.exports = "${'x'.repeat(600000)}";`);
	assert.match((await ctl('code-library', 'add', 'large', '--file', large)).stderr, /524288 are the most/);
	assert.match((await ctl('code-library', 'add', 'Not A Name', '--file', large)).stderr, /is no name of a package/);
});
