/*
 * ui-page.mjs -- what the UI's tests do over and over: sign in, look for accessibility faults, measure.
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/* Every look that the UI has: two widths, two themes. */
export const looks = [
	{ width: 1440, height: 900, scheme: 'light' },
	{ width: 1440, height: 900, scheme: 'dark' },
	{ width: 390, height: 844, scheme: 'light' },
	{ width: 390, height: 844, scheme: 'dark' },
];

export function lookName({ width, scheme })
{
	return `${width} px, ${scheme}`;
}

export async function fillSignIn(page, { email, password })
{
	await page.getByLabel('E-mail').fill(email);
	await page.locator('#password').fill(password);
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

export async function signIn(page, owner)
{
	await page.goto('/sign-in');
	await fillSignIn(page, owner);
	await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
}

/* To a place of the main navigation, which is behind a menu on a narrow screen. */
export async function goTo(page, place)
{
	const menu = page.getByRole('button', { name: 'Menu' });

	if (await menu.isVisible())
		await menu.click();
	await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place }).click();
}

/* Serious and critical findings of axe, as "rule: where: why". */
export async function accessibilityFaults(page)
{
	/* evaluate() is the debugger's: the page's own security policy stays as it is. */
	await page.evaluate(axe);
	return page.evaluate(async () => {
		const { violations } = await globalThis.axe.run(document);

		return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) =>
			v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.any[0]?.message ?? n.all[0]?.message ?? ''}`));
	});
}

/* What must hold of any page, whatever it shows.  TYBOO_E2E_SHOTS names a folder for a picture of each. */
export async function assertSound({ page, complaints }, where)
{
	const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

	const cells = await page.evaluate(() => [...document.querySelectorAll('table.list td')]
		.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent));

	assert.ok(overflow <= 0, `${where}: ${overflow} px too wide`);
	assert.deepEqual(cells, [], `${where}: cells that run into the next one`);
	assert.deepEqual(await accessibilityFaults(page), [], where);
	assert.deepEqual(complaints, [], where);
	assert.equal(await page.locator('h1').count(), 1, `${where}: one heading of the first level`);
	if (process.env.TYBOO_E2E_SHOTS) {
		const { width } = page.viewportSize(), theme = await page.locator('html').getAttribute('data-theme');

		await page.screenshot({ path: join(process.env.TYBOO_E2E_SHOTS, `${where.replaceAll(' ', '-')}-${width}-${theme}.png`), fullPage: true });
	}
}
