/*
 * browser.mjs -- a real Chromium on a stack's UI, that remembers everything a page complained of.
 *
 *	const browser = await openBrowser(stack);
 *	const { page, complaints } = await browser.page({ width: 390, height: 844, scheme: 'dark' });
 *	await page.goto('/');
 *	assert.deepEqual(complaints, []);
 *	await browser.close();
 *
 * Complaints: console errors and warnings of the page, uncaught exceptions, CSP violations, and
 * answers of status 500 and above.  TYBOO_CHROMIUM names another browser; TYBOO_CHROMIUM_SLOWDOWN=8 makes
 * it eight times slower, which finds what a test asserts before it has come.
 */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { patience } from './patience.mjs';

const places = [process.env.TYBOO_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function openBrowser(stack)
{
	const executablePath = places.find((path) => path !== undefined && existsSync(path));
	const args = ['--disable-dev-shm-usage', '--host-resolver-rules=MAP localhost 127.0.0.1'];

	if (executablePath === undefined)
		throw new Error(`no Chromium at ${places.filter(Boolean).join(', ')}: apt-get install chromium`);
	/* Chromium's own sandbox does not start as root. */
	if (process.getuid() === 0)
		args.push('--no-sandbox');
	const browser = await chromium.launch({ executablePath, args, headless: true });

	return { browser, page: (options) => openPage(browser, stack, options), close: () => browser.close() };
}

async function openPage(browser, stack, { width = 1440, height = 900, scheme = 'light' } = {})
{
	/* The certificate is self-signed: the other tests check it. */
	const context = await browser.newContext({ baseURL: stack.baseUrl, viewport: { width, height }, colorScheme: scheme,
		ignoreHTTPSErrors: true, reducedMotion: 'reduce' });

	context.setDefaultTimeout(30000 * patience);
	const page = await context.newPage();
	const complaints = [], slowdown = Number(process.env.TYBOO_CHROMIUM_SLOWDOWN ?? 1);

	if (slowdown > 1)
		await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: slowdown });
	page.on('console', (message) => {
		/* An answer of 4xx is no fault of the page; Chromium logs it all the same. */
		if (['error', 'warning'].includes(message.type()) && !/Failed to load resource.*status of 4/.test(message.text()))
			complaints.push(`console ${message.type()}: ${message.text()}`);
	});
	page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
	page.on('response', (response) => {
		if (response.status() >= 500)
			complaints.push(`${response.status()} of ${response.url()}`);
	});
	await page.addInitScript(() => {
		document.addEventListener('securitypolicyviolation', (event) => {
			console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
		});
	});
	return { page, context, complaints };
}
