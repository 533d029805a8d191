// tree.mjs -- the source tree as lint checks see it: a list of files with their text.
//
// A check is a function from a tree to findings ("path:line: what"), so that each can be shown a
// made-up tree that breaks its rule (lint.test.mjs): a check that cannot fail proves nothing.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

// Tracked and not yet tracked files, without what .gitignore names.  Outside of git (a release
// tarball) a plain walk.
export function listFiles(root) {
	try {
		const out = execFileSync("git", ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
			{ encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 });
		return [...new Set(out.split("\0").filter(Boolean))].sort();
	} catch {
		const out = execFileSync("find", [".", "(", "-name", "node_modules", "-o", "-name", "dist", "-o", "-path", "./build",
			"-o", "-path", "./var", "-o", "-name", ".git", ")", "-prune", "-o", "-type", "f", "-print0"],
			{ cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
		return out.split("\0").filter(Boolean).map((p) => p.slice(2)).sort();
	}
}

export function readTree(root) {
	const files = new Map();

	for (const path of listFiles(root)) {
		files.set(path, { get text() {
			try {
				return readFileSync(join(root, path), "utf8");
			} catch {
				return "";	// deleted, not yet committed
			}
		} });
	}
	return files;
}

// A tree from an object { path: text }, for the checks' own tests.
export function madeTree(object) {
	return new Map(Object.entries(object).map(([path, text]) => [path, { text }]));
}

export function* matching(tree, pattern) {
	for (const [path, file] of tree)
		if (pattern.test(path))
			yield [path, file.text];
}

// The text with comments and string and character literals blanked, lines kept.
export function codeOnly(text) {
	return text.replace(/\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/g,
		(m) => m.replace(/[^\n]/g, " "));
}

export const ourCode = /^(lib|fcgi-app|workers)\/.*\.[ch]$/;

// Find the names that a page does not have as `code`.
export function missingFrom(text, names) {
	const named = new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name));

	return names.filter((name) => !named.has(name));
}
