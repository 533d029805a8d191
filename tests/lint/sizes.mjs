// sizes.mjs -- small things stay small: files, headers, functions.
//
// The limits are where a reader starts to scroll; sizes.allow names what is whole and longer, and nothing else.
import { codeOnly, matching } from "./tree.mjs";

const limits = [
	{ pattern: /^(lib|fcgi-app|workers|bench)\/.*\.c$/, lines: 500 },
	{ pattern: /^(lib|fcgi-app|workers)\/.*\.h$/, lines: 250 },
	{ pattern: /^tests\/.*\.[ch]$/, lines: 800 },
	{ pattern: /^(scripts\/.*\.sh|tyboo)$/, lines: 400 },
	{ pattern: /^tests\/(e2e|lint)\/.*\.mjs$/, lines: 500 },
];
const functionLines = 70;

export function allowed(tree) {
	const text = tree.get("tests/lint/sizes.allow")?.text ?? "";

	return new Set(text.split("\n").map((l) => l.replace(/#.*/, "").trim()).filter(Boolean));
}

export function checkFileSizes(tree) {
	const allow = allowed(tree), used = new Set();
	const findings = [];

	for (const { pattern, lines } of limits)
		for (const [path, text] of matching(tree, pattern)) {
			const count = text.split("\n").length - 1;

			if (count > lines && !allow.has(path))
				findings.push(`${path}:${count}: ${count} lines, at most ${lines}`);
			else if (count > lines)
				used.add(path);
		}
	return [...findings, ...stale(allow, used, (entry) => !entry.includes(":"))];
}

// An allowance that nothing needs any more hides the next one that would.
function stale(allow, used, isOurs) {
	return [...allow].filter((entry) => isOurs(entry) && !used.has(entry))
		.map((entry) => `tests/lint/sizes.allow:1: ${entry} is not over its limit: take it out`);
}

// A function starts with its name in column 0 and ends with "}" in column 0.
export function checkFunctionSizes(tree) {
	const allow = allowed(tree), used = new Set();
	const findings = [];

	for (const [path, text] of matching(tree, /^(lib|fcgi-app|workers)\/.*\.c$/)) {
		let name = null, start = 0;

		codeOnly(text).split("\n").forEach((line, i) => {
			const head = line.match(/^([a-z_]\w*)\(/);

			if (head) {
				name = head[1];
				start = i;
			} else if (/^}/.test(line) && name) {
				if (i - start > functionLines && allow.has(`${path}:${name}`))
					used.add(`${path}:${name}`);
				else if (i - start > functionLines)
					findings.push(`${path}:${start + 1}: ${name} has ${i - start} lines, at most ${functionLines}`);
				name = null;
			}
		});
	}
	return [...findings, ...stale(allow, used, (entry) => entry.includes(":"))];
}
