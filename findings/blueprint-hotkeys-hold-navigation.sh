#!/usr/bin/env bash
# blueprint-hotkeys-hold-navigation.sh -- Blueprint's hotkeys, given as a new list each time, keep React Router from ever navigating.
#
# Version: @blueprintjs/core 6.20.0, react-router-dom 6.30.6, react 18.3.1 (npm).
# Behaviour: useHotkeys with a list that is written in the component adds and removes it in its provider at each render; that
#   redraws the component, which has a new list again.  Nobody sees it: the page works, one core is busy, there is no warning.
#   A navigation of React Router (future.v7_startTransition, and always from 7 on) is a transition, which React commits once nothing more urgent is waiting: never.
# Expected: what Blueprint's page on useHotkeys says of useMemo reads as advice for speed; a link that does nothing is not among it.
# Why it matters: an editor has shortcuts and an address; each part works alone.  Keep the list in useMemo, or in a table outside.
# Output seen:
#   a list of its own each time: /a
#   the same list: /b
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @blueprintjs/core@6.20.0 react@18.3.1 react-dom@18.3.1 react-router-dom@6.30.6 jsdom@26.1.0 >/dev/null
cat >page.cjs <<'J'
const { JSDOM } = require('jsdom');

const dom = new JSDOM('<div id="a"></div><div id="b"></div>', { url: 'http://localhost/', pretendToBeVisual: true });
for (const name of ['window', 'document', 'HTMLElement', 'Element', 'Node', 'Event', 'KeyboardEvent', 'MutationObserver', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame'])
	globalThis[name] = name === 'window' ? dom.window : dom.window[name];
Object.defineProperty(globalThis, 'navigator', { value: dom.window.navigator, configurable: true });
const React = require('react');
const { createRoot } = require('react-dom/client');
const { HotkeysProvider, useHotkeys } = require('@blueprintjs/core');
const { createMemoryRouter, RouterProvider, useLocation } = require('react-router-dom');

const one = [{ combo: 'x', label: 'x', onKeyDown() {} }];

function page(id, listOf)
{
	const shown = { path: '' };
	function Page() {
		useHotkeys(listOf());
		shown.path = useLocation().pathname;
		return null;
	}
	const router = createMemoryRouter([{ path: '*', element: React.createElement(Page) }], { initialEntries: ['/a'] });
	const root = createRoot(document.getElementById(id));

	root.render(React.createElement(HotkeysProvider, null, React.createElement(RouterProvider, { router, future: { v7_startTransition: true } })));
	return { shown, router, root };
}

async function ends(id, listOf)
{
	const { shown, router, root } = page(id, listOf);
	const until = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

	await until(300);
	await router.navigate('/b');
	await until(3000);
	root.unmount();
	return shown.path;
}

(async () => {
	console.log(`a list of its own each time: ${await ends('a', () => [{ combo: 'x', label: 'x', onKeyDown() {} }])}`);
	console.log(`the same list: ${await ends('b', () => one)}`);
	process.exit(0);
})();
J
node page.cjs 2>/dev/null | tee seen
diff - seen <<'S' || { echo "changed: look again"; exit 1; }
a list of its own each time: /a
the same list: /b
S
