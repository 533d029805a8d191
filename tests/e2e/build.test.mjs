/*
 * build.test.mjs -- what is built for a developer: the fuzzers that search, and what tests cover.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, runTyboo } from './stack.mjs';

let place;

before(() => { place = mkdtempSync(join(tmpdir(), 'e2e-build.')); });
after(() => rmSync(place, { recursive: true, force: true }));

const fuzzers = [...readFileSync(join(root, 'tests/fuzz/CMakeLists.txt'), 'utf8').matchAll(/^ty_fuzz\(([a-z_0-9]+)/gm)].map((found) => found[1]);
/* ./tyboo test installs no libFuzzer; ./tyboo test fuzz SECONDS does. */
const clang = spawnSync('clang', ['--print-runtime-dir'], { encoding: 'utf8' }).stdout?.trim();
const haveFuzzer = clang && existsSync(clang) && readdirSync(clang).some((file) => /^libclang_rt\.fuzzer-.*\.a$/.test(file));

test('test fuzz 1 lets every fuzzer search for a second', { skip: !haveFuzzer && 'libclang-rt-dev is not installed' }, async () => {
	const { code, stdout, stderr } = await runTyboo(join(place, 'home'), ['test', 'fuzz', '1']);

	assert.equal(code, 0, stdout + stderr);
	assert.ok(fuzzers.length > 0);
	for (const name of fuzzers) {
		assert.match(stdout, new RegExp(`^${name}: [1-9]\\d* inputs kept, [1-9]\\d* runs$`, 'm'), stdout);
		assert.match(stdout, new RegExp(`^fuzz ${name}: 1 passed, 0 failed \\([1-9]`, 'm'), stdout);
	}
	assert.equal(stdout.trim().split('\n').at(-1), `${fuzzers.length} passed, 0 failed`);
});

test('the coverage preset builds tests that leave behind what they covered, as the README says', () => {
	const dir = join(place, 'coverage');
	const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

	run('cmake', '--preset', 'coverage', '-B', dir);
	run('cmake', '--build', dir, '--target', 'unit.base.test_arena');
	run('ctest', '--test-dir', dir, '-R', '^unit\\.base\\.test_arena$', '--no-tests=error');
	const notes = join(dir, 'lib/base/CMakeFiles/ty_base.dir/arena.c.gcda');
	const covered = run('gcov', '--no-output', notes).match(/File '.*lib\/base\/arena\.c'\nLines executed:([\d.]+)% of \d+/);

	assert.ok(covered, 'gcov knows the file');
	assert.ok(Number(covered[1]) > 50, `${covered[1]} %`);
});
