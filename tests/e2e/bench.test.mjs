/*
 * bench.test.mjs -- ./tyboo bench measures everything it promises and leaves nothing behind.
 *
 * One second a measurement: this asks whether there are figures, not how good they are.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, runTyboo } from './stack.mjs';

/* What the bare program of bench-engine takes on the machine of docs/BENCHMARKS.md: times are in ms of that
 * machine, because one of half the pace takes twice as long for all of them. */
const BARE_CPU_MS = 25;
const ours = ['tyboo-api', 'tyboo-run', 'tyboo-sandbox', 'tyboo-reap', 'tyboo-schedule'];
let place, result, bench;

/* Functions of the bench's scripts, alone: { status, stdout, stderr }. */
function bash(script, args = [], input = '')
{
	const parts = ['common', 'bench_count', 'bench_table', 'bench_against', 'bench_ticks'].map((part) => `. ${join(root, `scripts/lib/${part}.sh`)};`).join(' ');

	return spawnSync('bash', ['-Eeuo', 'pipefail', '-c', `${parts} ${script}`, 'bench', ...args], { input, encoding: 'utf8' });
}

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

for (const name of ['bare_plain', 'bare_stores', 'bare_grouped', 'accept_set', 'accept_five', 'accept_fifty', 'accept_effects', 'accept_calls', 'answered'])
	test(`${name}: a rate with its latencies, and nothing was refused`, () => {
		const figure = result[name];

		assert.ok(figure.per_s > 0 && figure.ok > 0);
		assert.equal(figure.refused + figure.broken, 0);
		assert.ok(figure.p50_ms > 0 && figure.p99_ms >= figure.p50_ms);
	});

for (const name of ['drain_set', 'drain_five', 'drain_fifty', 'drain_effects', 'drain_calls', 'flow_set', 'flow_five'])
	test(`${name}: recorded runs and what they cost`, () => {
		const { per_s: rate, runs, seconds, cpu_ms_per_1000: cpu } = result[name];

		assert.ok(rate > 0 && runs > 0 && seconds > 0);
		assert.ok(Math.abs(rate - runs / seconds) <= 1, `${rate} is ${runs} in ${seconds} s`);
		assert.ok(cpu['tyboo-run'] > 0, 'the worker did work');
		assert.ok(cpu.postgres > 0);
		assert.ok(Object.values(cpu).every((ms) => ms === null || ms >= 0), JSON.stringify(cpu));
		assert.equal(result[name].cpu_us_sum, Math.round(Object.values(cpu).reduce((sum, ms) => sum + ms, 0)));
	});

test('500 runs wait on HTTP at once, and what each takes', () => {
	const { runs, idle_mb: idle, held_mb: held, kb_each: each } = result.waiting;

	assert.equal(runs, 500);
	assert.ok(Math.abs(each - (held - idle) * 1024 / runs) < 1 && each > 0, JSON.stringify(result.waiting));
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

test('a sandbox process from its warm parent answers long before one from nothing', () => {
	const { exec, cold, warm } = result.sandbox;

	for (const start of [exec, cold, warm])
		assert.ok(start.ms > 0 && start.cpu_us > 0, JSON.stringify(result.sandbox));
	assert.ok(warm.cpu_us * 4 < cold.cpu_us, JSON.stringify(result.sandbox));
});

test('ten thousand items go through a loop, a set, a filter and a merge in their time and memory', () => {
	const { bare, loop, while: rounds, wait, retry, ...plain } = result.engine;
	const pace = Math.max(1, bare.cpu_ms / BARE_CPU_MS);

	assert.ok(bare.cpu_ms > 0);
	for (const row of [loop, rounds])
		assert.ok(row.cpu_ms > 0 && row.cpu_ms < 1000 * pace && row.mb < 32, JSON.stringify(result.engine));
	assert.deepEqual(Object.keys(plain), ['set', 'filter', 'condition', 'merge']);
	/* Each of its 10,000 iterations waits once. */
	for (const row of [wait, retry])
		assert.ok(row.cpu_ms > 0 && row.cpu_ms * 1000 / row.items < 100 * pace, JSON.stringify(result.engine));
	for (const row of Object.values(plain))
		assert.ok(row.cpu_ms > 0 && row.cpu_ms < 100 * pace, JSON.stringify(result.engine));
});

test('all our programs together are below 80 MB idle', () => {
	const sum = Object.entries(result.memory_idle).filter(([name]) => /^tyboo-|multiwatch/.test(name))
		.reduce((total, [, program]) => total + program.pss_mb, 0);

	assert.ok(sum < 80, `${sum} MB`);
});

/* What ./tyboo bench prints without --json: the same function, given the same result. */
test('the table has every figure of the result in its row', () => {
	const table = bash('bench_table', [], JSON.stringify(result)).stdout;
	const cells = (figure, ...names) => names.map((name) => String(figure[name]).replace('.', '\\.'));
	const rows = [
		['nginx -> bare FastCGI', ...cells(result.bare_plain, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum')],
		['  \\+ COMMIT \\+ XADD each', ...cells(result.bare_stores, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum'), '\\d+ % of bare'],
		['  \\+ COMMIT \\+ XADD grouped', ...cells(result.bare_grouped, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum'), '\\d+ % of bare'],
		['signed webhook, both stores', ...cells(result.accept_set, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum'),
			`${Math.round(result.accept_set.per_s * 100 / result.bare_stores.per_s)} % of COMMIT`],
		['  while the workers run', ...cells(result.flow_set.accept, 'per_s', 'p50_ms', 'p99_ms')],
		['  answered when its run has ended', ...cells(result.answered, 'per_s', 'p50_ms', 'p99_ms', 'cpu_us_sum'),
			`${Math.round(result.answered.per_s * 100 / result.flow_set.per_s)} % of its runs end to end`],
		...[['webhook -> set, from a full queue', 'drain_set'], ['5 nodes, from a full queue', 'drain_five'], ['webhook -> set, end to end', 'flow_set'],
			['5 nodes, end to end', 'flow_five'], ['5 nodes, 50 workspaces in turn', 'drain_fifty'],
			['journaled effects \\(webhook -> http\\)', 'drain_effects'], ['ten called workflows each', 'drain_calls']].map(([name, key]) => [name, ...cells(result[key], 'per_s', 'runs', 'seconds', 'cpu_us_sum')]),
		['5 nodes, 50 workspaces in turn.*', `${Math.round(result.drain_fifty.per_s * 100 / result.drain_five.per_s)} % of one workspace`],
		['a sandbox process, started for its first answer:', ...cells(result.sandbox.warm, 'ms'), 'ms, CPU', ...cells(result.sandbox.warm, 'cpu_us'), 'us'],
		['10,000 items in one run, engine alone: bare', ...cells(result.engine.bare, 'ms'), 'ms'],
		['10,000 items in one run.*, loop', ...cells(result.engine.loop, 'ms'), 'ms'],
		['500 runs that wait on HTTP in one tyboo-run:', ...cells(result.waiting, 'kb_each'), 'kB each'],
		...ours.map((name) => [name, `\\S+ / ${result.flow_five.cpu_ms_per_1000[name] ?? 0}`, ...cells(result.memory_idle[name], 'pss_mb'),
			...cells(result.memory_loaded[name], 'pss_mb', 'rss_mb')]),
		['start to first recorded run:', ...cells(result.start, 'first_run_s'), 's'],
	];

	for (const row of rows)
		assert.match(table, new RegExp(`^${row.join(' +')}`, 'm'));
	assert.doesNotMatch(table, /null|undefined|NaN/);
});

test('the table of ticks has every figure of its result in its row', () => {
	const table = bash('bench_ticks_table', [], JSON.stringify({ machine: { load: 0.5 }, ticks_spread: { ticks: 900, p50_ms: 11, p99_ms: 52, last_ms: 61 },
		ticks_once: { ticks: 901, p50_ms: 1100, p99_ms: 2200, last_ms: 2300, kept_ms: 1700, fastest_ms: 1010, slowest_ms: 1190 },
		waits_none: { p99_ms: 20 }, waits_due: { p99_ms: 30 } })).stdout;

	for (const row of ['runs started, a minute +900 +11 +52 +61', 'runs started, one second +901 +1100 +2200 +2300',
		'.*kept after 1700 ms; .* after 1010 to 1190 ms', '.*p99 30 ms to the answer, 20 before: 1.5 times'])
		assert.match(table, new RegExp(`^${row}$`, 'm'));
});

/* A session of Postgres, say, between the list of processes and the look at each; the last of the list counted. */
test('a process that has ended meanwhile is no failure', () => {
	const cpu = bash('bench_processes() { printf "here %s\\ngone 4194305\\n" $$; }; bench_cpu').stdout;

	assert.match(cpu, /^here \d+ \d+ \d+ \d+ \d+$/m);
});

/* Lines of a look: program, pid, start, parent, own ms, ms of ended children. */
const looks = [
	{ what: 'a process that goes on', first: ['tyboo-run 10 1 1 100 0'], then: ['tyboo-run 10 1 1 150 0'], cpu: { 'tyboo-run': 50 } },
	{ what: 'a new one', first: [], then: ['tyboo-run 10 1 1 150 0'], cpu: { 'tyboo-run': 150 } },
	{ what: 'a child replaced meanwhile: its last milliseconds are in the account of its parent',
		first: ['tyboo-run 10 1 1 100 0', 'tyboo-sandbox 11 1 10 1159 0'],
		then: ['tyboo-run 10 1 1 110 1200', 'tyboo-sandbox 12 5 10 7 0'], cpu: { 'tyboo-run': 10, 'tyboo-sandbox': 48 } },
	{ what: 'a child that came and went between the looks', first: ['tyboo-run 10 1 1 100 0'], then: ['tyboo-run 10 1 1 100 30'],
		cpu: { 'tyboo-run': 0, 'tyboo-sandbox': 30 } },
	{ what: 'a session of Postgres that ended', first: ['postgres 10 1 1 100 40', 'postgres 11 1 10 60 0'], then: ['postgres 10 1 1 110 120'], cpu: { postgres: 30 } },
	{ what: 'a worker that ended with its sandbox', first: ['tyboo-supervise 9 1 1 1 0', 'tyboo-run 10 1 9 100 0', 'tyboo-sandbox 11 1 10 50 0'],
		then: ['tyboo-supervise 9 1 1 1 200'], sum: 50 },
	{ what: 'one that nobody waited for is unknown', first: ['redis 10 1 1 100 0'], then: [], cpu: { redis: null } },
	{ what: 'a child that its parent has no account of is unknown', first: ['tyboo-run 10 1 1 100 0', 'tyboo-sandbox 11 1 10 50 0'], then: ['tyboo-run 10 1 1 110 0'],
		cpu: { 'tyboo-run': 10, 'tyboo-sandbox': null } },
	{ what: 'another process with the same number', first: ['nginx 2 1 0 5 0', 'nginx 10 1 2 100 0'], then: ['nginx 2 1 0 5 110', 'nginx 10 9 2 3 0'], cpu: { nginx: 13 } },
];

for (const { what, first, then, cpu, sum } of looks)
	test(`CPU: ${what}`, () => {
		const file = (lines) => lines.map((line) => `${line}\n`).join('');
		const out = bash('bench_cpu_between <(printf %s "$1") <(printf %s "$2") 1000', [file(first), file(then)]);
		const got = JSON.parse(out.stdout);

		assert.ok(Object.values(got).every((ms) => ms === null || ms >= 0), out.stdout);
		if (sum === undefined)
			assert.deepEqual(got, cpu);
		else	/* which of the ended ones used it cannot be told; nothing of it is lost or made up */
			assert.equal(Object.values(got).reduce((all, ms) => all + ms, 0), sum);
	});

test('a figure that is missing is named, and is an error', () => {
	const whole = bash('bench_missing', [], JSON.stringify(result));
	const broken = structuredClone(result);

	assert.equal(whole.status, 0, whole.stderr);
	broken.flow_five.cpu_ms_per_1000['tyboo-sandbox'] = null;
	broken.drain_set.cpu_us_sum = null;
	const out = bash('bench_missing', [], JSON.stringify(broken));

	assert.equal(out.status, 1);
	assert.match(out.stderr, /not measured: drain_set.cpu_us_sum, flow_five.cpu_ms_per_1000.tyboo-sandbox/);
	assert.match(bash('bench_table', [], JSON.stringify(broken)).stdout, /^tyboo-sandbox +\S+ \/ - /m);
});

/* ---- --against: medians, ratios, the verdict ---- */

function changed(change)
{
	const doc = structuredClone(result);

	change(doc);
	return doc;
}

function compared(ours, against)
{
	const doc = bash('jq -n --argjson ours "$1" --argjson against "$2" "$bench_ratios"\'{against: "abcdef0123456789", machine: $ours[0].machine, figures: ratios($ours; $against), ours: $ours}\'',
		[JSON.stringify(ours), JSON.stringify(against)]);

	assert.equal(doc.status, 0, doc.stderr);
	return { doc: JSON.parse(doc.stdout), table: bash('bench_ratio_table', [], doc.stdout).stdout, verdict: bash('bench_ratio_verdict', [], doc.stdout) };
}

test('the same on both sides holds, and each figure is in the table', () => {
	const { doc, table, verdict } = compared([result, result, result], [result, result, result]);

	assert.ok(doc.figures.length >= 25);
	assert.ok(doc.figures.every((figure) => figure.ratio === 1), JSON.stringify(doc.figures));
	assert.equal(verdict.status, 0, verdict.stdout);
	assert.match(verdict.stdout, /^verdict: holds/);
	assert.match(table, new RegExp(`^journaled effects +a second +${result.drain_effects.per_s} +${result.drain_effects.per_s} +1 +1 +1 +ok$`, 'm'));
	assert.match(table, /against abcdef012345/);
});

for (const [what, key, field, factor, lost] of [['a rate of 0.98', 'flow_five', 'per_s', 0.98, false], ['a rate of 0.96', 'flow_five', 'per_s', 0.96, true],
	['CPU of 1.02', 'flow_set', 'cpu_us_sum', 1.02, false], ['CPU of 1.04', 'drain_effects', 'cpu_us_sum', 1.04, true], ['the machine itself', 'bare_plain', 'per_s', 0.5, false]])
	test(`the verdict on ${what} ${lost ? 'is lost' : 'holds'}`, () => {
		const other = changed((doc) => { doc[key][field] *= factor; });
		/* The median of three: one round that went otherwise changes nothing. */
		const { verdict } = compared([other, result, other], [result, result, result]);

		assert.equal(verdict.status, lost ? 1 : 0, verdict.stdout);
		assert.match(verdict.stdout, lost ? /^verdict: LOST/ : /^verdict: holds/);
	});

test('memory of tyboo-run is judged, and a figure that is missing in one round is lost', () => {
	const larger = changed((doc) => { doc.memory_loaded['tyboo-run'].pss_mb *= 1.06; });
	const missing = changed((doc) => { doc.flow_set.cpu_us_sum = null; });
	const { verdict, table } = compared([result, missing], [result, result]);

	assert.match(compared([larger], [result]).verdict.stdout, /LOST \(tyboo-run, MB loaded: 1\.06\)/);
	assert.match(verdict.stdout, /LOST .*not measured/);
	assert.match(table, /NOT MEASURED/);
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
	for (const args of [['bench', '--nonsense'], ['bench', '--seconds', 'ten'], ['bench', '--rounds', '0'], ['bench', '--against', 'no-such-commit'], ['bench', '--against']]) {
		const { code, stderr } = await runTyboo(join(place, 'untouched'), args);

		assert.notEqual(code, 0);
		assert.match(stderr, /what to do: /);
	}
});
