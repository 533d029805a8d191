/*
 * bench.test.mjs -- ./tyboo bench measures everything it promises and leaves nothing behind.
 *
 * One second a measurement: this asks whether there are figures, not how good they are.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, runTyboo } from './stack.mjs';

const ours = ['tyboo-api', 'tyboo-run', 'tyboo-sandbox', 'tyboo-reap'];
let place, result, bench;

before(async () => {
	place = mkdtempSync(join(tmpdir(), 'e2e-bench.'));
	process.env.TMPDIR = place;
	bench = await runTyboo(join(place, 'untouched'), ['bench', '--json', '--seconds', '1'], { timeoutMs: 900000 });
	result = bench.code === 0 ? JSON.parse(bench.stdout) : undefined;
});
after(() => rmSync(place, { recursive: true, force: true }));

test('bench ends well and prints one JSON object', () => {
	assert.equal(bench.code, 0, bench.stdout + bench.stderr);
	assert.equal(typeof result, 'object');
});

for (const name of ['bare_plain', 'bare_stores', 'bare_grouped', 'accept_set', 'accept_five'])
	test(`${name}: a rate with its latencies, and nothing was refused`, () => {
		const figure = result[name];

		assert.ok(figure.per_s > 0 && figure.ok > 0);
		assert.equal(figure.refused + figure.broken, 0);
		assert.ok(figure.p50_ms > 0 && figure.p99_ms >= figure.p50_ms);
	});

for (const name of ['drain_set', 'drain_five', 'flow_set', 'flow_five'])
	test(`${name}: recorded runs and what they cost`, () => {
		const { per_s: rate, runs, seconds, cpu_ms_per_1000: cpu } = result[name];

		assert.ok(rate > 0 && runs > 0 && seconds > 0);
		assert.ok(Math.abs(rate - runs / seconds) <= 1, `${rate} is ${runs} in ${seconds} s`);
		assert.ok(cpu['tyboo-run'] > 0, 'the worker did work');
		assert.ok(cpu.postgres > 0);
	});

test('code runs in the sandbox: the 5 nodes cost it time', () => {
	assert.ok(result.flow_five.cpu_ms_per_1000['tyboo-sandbox'] > 0);
});

test('memory of each program, idle and loaded, and the time from start to first run', () => {
	for (const name of ours)
		for (const when of ['memory_idle', 'memory_loaded']) {
			assert.ok(result[when][name]?.pss_mb > 0, `${name} in ${when}`);
			assert.ok(result[when][name].rss_mb >= result[when][name].pss_mb);
		}
	assert.ok(result.start.first_run_s > 0 && result.start.first_run_s >= result.start.servers_s);
});

test('all our programs together are below 100 MB idle', () => {
	const sum = Object.entries(result.memory_idle).filter(([name]) => /^tyboo-|multiwatch/.test(name))
		.reduce((total, [, program]) => total + program.pss_mb, 0);

	assert.ok(sum < 100, `${sum} MB`);
});

/* What ./tyboo bench prints without --json: the same function, given the same result. */
test('the table has every figure of the result in its row', () => {
	const table = execFileSync('bash', ['-euc', '. "$1"; bench_table', 'bench', join(root, 'scripts/lib/bench_table.sh')],
		{ input: JSON.stringify(result), encoding: 'utf8' });
	const cells = (figure, ...names) => names.map((name) => String(figure[name]).replace('.', '\\.'));
	const rows = [
		['nginx -> bare FastCGI', ...cells(result.bare_plain, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum')],
		['  \\+ COMMIT \\+ XADD each', ...cells(result.bare_stores, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum'), '\\d+ % of bare'],
		['  \\+ COMMIT \\+ XADD grouped', ...cells(result.bare_grouped, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum'), '\\d+ % of bare'],
		['signed webhook, both stores', ...cells(result.accept_set, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum'),
			`${Math.round(result.accept_set.per_s * 100 / result.bare_stores.per_s)} % of COMMIT`],
		['  while the workers run', ...cells(result.flow_set.accept, 'per_s', 'p50_ms', 'p99_ms')],
		...[['webhook -> set, from a full queue', 'drain_set'], ['5 nodes, from a full queue', 'drain_five'], ['webhook -> set, end to end', 'flow_set'],
			['5 nodes, end to end', 'flow_five']].map(([name, key]) => [name, ...cells(result[key], 'per_s', 'runs', 'seconds')]),
		...ours.map((name) => [name, `\\S+ / ${result.flow_five.cpu_ms_per_1000[name] ?? 0}`, ...cells(result.memory_idle[name], 'pss_mb'),
			...cells(result.memory_loaded[name], 'pss_mb', 'rss_mb')]),
		['start to first recorded run:', ...cells(result.start, 'first_run_s'), 's'],
	];

	for (const row of rows)
		assert.match(table, new RegExp(`^${row.join(' +')}`, 'm'));
	assert.doesNotMatch(table, /null|undefined|NaN/);
});

/* A session of Postgres, say, between the list of processes and the look at each; the last of the list counted. */
test('a process that has ended meanwhile is no failure', () => {
	const script = '. "$1"; bench_processes() { printf "here %s\\ngone 4194305\\n" $$; }; bench_cpu';
	const cpu = execFileSync('bash', ['-Eeuo', 'pipefail', '-c', script, 'bench', join(root, 'scripts/lib/bench.sh')], { encoding: 'utf8' });

	assert.match(cpu, /^here \d+$/m);
});

test('nothing is left behind: no file, no process', () => {
	assert.deepEqual(readdirSync(place), []);
	for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
		let exe = '';

		try {
			exe = readlinkSync(`/proc/${pid}/exe`);
		} catch {
			/* gone, or not ours to see */
		}
		assert.ok(!exe.startsWith(place), `process ${pid} runs ${exe}`);
	}
});

test('what it does not know is an error that says what to do', async () => {
	for (const args of [['bench', '--nonsense'], ['bench', '--seconds', 'ten']]) {
		const { code, stderr } = await runTyboo(join(place, 'untouched'), args);

		assert.notEqual(code, 0);
		assert.match(stderr, /what to do: /);
	}
});
