/*
 * schedules.test.mjs -- the whole stack at its times: runs start, tyboo-schedule is killed at random instants and no tick is lost
 * or doubled, waits end on time, and everybody knows the same time zones.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrowser } from './browser.mjs';
import { chain, node } from './graphs.mjs';
import { homeEnv, startStack, childrenOf, until } from './stack.mjs';
import { assertSound, goTo, lookName, looks, signIn } from './ui-page.mjs';

let stack, browser;

before(async () => {
	stack = await startStack({ name: 'schedules' });
	browser = await openBrowser(stack);
});
after(async () => {
	await browser?.close();
	await stack?.stop();
});

const every = (params) => node('core.schedule', params);
const second = () => every({ kind: 'cron', cron: '* * * * * *', timezone: 'Europe/Berlin' });
const ctl = async (...args) => JSON.parse((await stack.run('ctl', '--json', '--workspace', stack.owner.workspace, ...args)).stdout);
const deliveries = async (id) => (await stack.all('@/deliveries')).filter((d) => d.workflow_id === id);
const ticksOf = async (id) => Promise.all((await deliveries(id)).filter((d) => d.verdict === 'accepted').map(async (d) => {
	const run = await stack.finished(d.run_id);

	assert.equal(run.status, 'ok');
	return run.steps[0].outputs?.main?.[0]?.json?.at ?? (await stack.ok('GET', `@/deliveries/${d.id}`)).body;
}));

test('kill -9 of tyboo-schedule at random instants, with a second one beside it: each tick runs once', async () => {
	const home = join(stack.home, 'second');

	mkdirSync(join(home, 'run'), { recursive: true });
	const other = spawn(join(stack.home, 'bin/tyboo-schedule'), [], { env: { ...homeEnv(stack.home), TYBOO_CONF: join(stack.home, 'etc/tyboo.conf'), TYBOO_HOME: home },
		stdio: 'ignore' });
	const id = await stack.publish(chain(second(), node('core.noop', {})), 'each second');

	await until('a first tick', async () => (await deliveries(id)).length > 0);
	for (let i = 0; i < 12; i++) {
		for (const pid of childrenOf(await stack.pid('schedule')))
			process.kill(pid, 'SIGKILL');
		if (i === 6)
			other.kill('SIGKILL');
		await sleep(Math.random() * 900);
	}
	const seen = (await deliveries(id)).length;

	/* Enough to judge: how long twelve kills take is chance, and more of them are a longer outage than missed_max covers. */
	await until('ticks behind the last kill', async () => (await deliveries(id)).length >= Math.max(seen + 3, 8));
	await stack.ok('POST', `@/workflows/${id}/unpublish`);
	const times = (await ticksOf(id)).map((at) => Date.parse(JSON.parse(JSON.stringify(at)).match(/\d{4}-[\d-]+T[\d:]+[+-][\d:]+/)[0])).sort((a, b) => a - b);

	assert.ok(times.length >= 8);
	assert.equal(new Set(times).size, times.length, 'none is doubled');
	for (let i = 1; i < times.length; i++)
		assert.equal(times[i] - times[i - 1], 1000, 'none is left out');
});

test('a tick starts its run, and a wait ends, within moments of their times', async () => {
	const id = await stack.publish(chain(every({ kind: 'interval', every: 1, unit: 'seconds' }), node('core.wait', { amount: 6, unit: 'seconds' }, { name: 'Wait' }),
		node('core.noop', {}, { name: 'Behind' })), 'waits');
	const runs = await until('five runs to be over', async () => {
		const list = (await stack.all(`@/executions?workflow_id=${id}&status=ok`));

		return list.length >= 5 && list;
	}, { timeoutMs: 60000 });

	await stack.ok('POST', `@/workflows/${id}/unpublish`);
	for (const { id: run } of runs.slice(0, 5)) {
		const { accepted_at: accepted, started_at: started, finished_at: finished } = await stack.ok('GET', `@/executions/${run}`);
		/* A run's clock begins when it is accepted, so the wait's does too. */
		const behind = Date.parse(finished) - Date.parse(accepted);

		assert.ok(Date.parse(started) % 1000 < 900, `started ${started}`);
		assert.ok(behind >= 6000 && behind < 7500, `the wait took ${behind} ms`);
	}
});

/* By zone data of 2026; older data of the system may differ, so the system is asked, too. */
const zones = [['America/Vancouver', '2026-12-15'], ['America/Edmonton', '2026-12-15'], ['America/Asuncion', '2026-07-15'], ['Asia/Almaty', '2026-07-15'],
	['Europe/Berlin', '2027-03-28'], ['Australia/Lord_Howe', '2027-07-15']];
const offsetOf = (zone, day) => execFileSync('date', ['-d', `${day} 12:00`, '+%:z'], { env: { TZ: zone }, encoding: 'utf8' }).trim();

test('scripts, schedules, the API, tybooctl and the run page know the same time zones', async () => {
	const assignments = zones.map(([zone, day], i) => ({ name: `z${i}`, type: 'string', value: `={{ DateTime.fromISO('${day}T12:00', { zone: '${zone}' }).toISO() }}` }));
	const id = await stack.publish(chain(node('core.manual', {}), node('core.set', { assignments }, { name: 'Zones' })), 'zones');
	const { execution_id: run } = await stack.ok('POST', `@/workflows/${id}/executions`, {});
	const { steps } = await stack.finished(run);
	const inScript = steps.find((s) => s.name === 'Zones').outputs.main[0].json;

	for (const [i, [zone, day]] of zones.entries()) {
		const [, month, date] = day.split('-').map(Number), expected = offsetOf(zone, day), cron = `0 12 ${date} ${month} *`, from = new Date(Date.parse(day) - 2 * 86400000).toISOString();
		const { times } = await stack.ok('POST', '@/schedules/preview', { cron, timezone: zone, after: from, count: 1 });
		const byCtl = await ctl('schedules', 'preview', cron, '--timezone', zone, '--after', from, '--count', '1');

		assert.equal(inScript[`z${i}`].slice(-6), expected, `${zone} in a script`);
		assert.equal(times[0].at, `${day}T12:00:00${expected}`, `${zone} by the API`);
		assert.equal(byCtl.times[0].at, times[0].at, `${zone} by tybooctl`);
	}
	const ids = await Promise.all(zones.map(([timezone]) => stack.publish(chain(every({ kind: 'interval', every: 1, unit: 'seconds', timezone }), node('core.noop', {})), timezone)));
	const ticks = await Promise.all(ids.map(async (scheduled) => {
		const [delivery] = await until('a tick', async () => {
			const list = await deliveries(scheduled);

			return list.length > 0 && list;
		});

		await stack.ok('POST', `@/workflows/${scheduled}/unpublish`);
		return stack.finished(delivery.run_id);
	}));
	const { page, context } = await browser.page(looks[0]);

	await signIn(page, stack.owner);
	for (const [i, [zone]] of zones.entries()) {
		const { at } = ticks[i].steps[0].outputs.main[0].json;

		assert.equal(at.slice(-6), execFileSync('date', ['-d', at, '+%:z'], { env: { TZ: zone }, encoding: 'utf8' }).trim(), `${zone} of a schedule`);
		await page.goto(`${new URL(page.url()).origin}/w/${stack.owner.workspace}/executions/${ticks[i].id}`);
		await page.getByRole('list', { name: 'Steps' }).getByRole('button').first().click();
		await page.getByText(`"at": "${at}"`).first().waitFor();
	}
	await context.close();
});

for (const look of looks)
	test(`a schedule of a draft shows its next ten times at ${lookName(look)}`, async () => {
		const graph = chain(every({ cron: '30 2 * * *' }), node('core.noop', {}, { name: 'Behind' }));

		graph.nodes[0].name = 'Nightly';
		const { id } = await stack.ok('POST', '@/workflows', { name: 'a draft', graph: { ...graph, settings: { timezone: 'Europe/Berlin' } } });
		const tab = await browser.page(look), { page } = tab;

		await signIn(page, stack.owner);
		await page.goto(`/w/${stack.owner.workspace}/workflows/${id}`);
		await page.getByRole('button', { name: /^Nightly/ }).click();
		const shown = page.getByRole('region', { name: 'Times of Nightly' }), times = shown.getByRole('list', { name: 'Next times' });

		await times.waitFor();
		await shown.getByText('30 2 * * *, Europe/Berlin').waitFor();
		assert.equal(await times.getByRole('listitem').count(), 10);
		assert.match(await times.getByRole('listitem').first().innerText(), /^20\d\d-\d\d-\d\d 0[23]:[03]0:00\+0[12]:00$/);
		await shown.getByRole('button', { name: 'Try another' }).click();
		assert.equal(await shown.getByLabel('Cron expression').inputValue(), '30 2 * * *');
		await shown.getByLabel('Cron expression').fill('0 12 * * MON');
		await shown.getByRole('button', { name: 'Show the next 10 times' }).click();
		await shown.getByText('12:00:00').first().waitFor();
		await assertSound(tab, 'a schedule of a draft');
		await page.getByRole('button', { name: /^Behind/ }).click();
		await shown.waitFor({ state: 'detached' });
		await tab.context.close();
	});

for (const look of looks)
	test(`the page of schedules is sound at ${lookName(look)}`, async () => {
		const id = await stack.publish(chain(every({ cron: '30 2 * * *', timezone: 'Europe/Berlin' }), node('core.noop', {})), 'nightly');
		const tab = await browser.page(look);

		await signIn(tab.page, stack.owner);
		await goTo(tab.page, 'Schedules');
		await tab.page.getByRole('heading', { level: 1, name: 'Schedules' }).waitFor();
		await tab.page.getByRole('button', { name: /^Next 10 times of/ }).first().click();
		await tab.page.getByRole('list', { name: 'Next times' }).waitFor();
		assert.equal(await tab.page.getByRole('list', { name: 'Next times' }).getByRole('listitem').count(), 10);
		await assertSound(tab, 'schedules');
		await tab.page.getByRole('button', { name: 'Try a schedule' }).click();
		await tab.page.getByLabel('Cron expression').fill('61 * * * *');
		await tab.page.getByRole('button', { name: 'Show the next 10 times' }).click();
		await tab.page.getByText('in the minute field').waitFor();
		await tab.context.close();
		await stack.ok('POST', `@/workflows/${id}/unpublish`);
	});
