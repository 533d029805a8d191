// notice.mjs -- node scripts/notice.mjs MODULES OUT PACKAGE...: the licences of these npm packages and of all that they need.
//
// What is bundled loses its licence comments, and most licences ask that their text goes with every copy: the UI's build
// and the sandbox's packages have such a file beside them.  Without PACKAGE: those that static/package.json depends on.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

// Names of what 'roots' need, themselves among them, from a lock file's "packages".  Types are not shipped.
export function closure(packages, roots) {
	const found = new Set(), todo = [...roots];

	while (todo.length > 0) {
		const name = todo.pop();
		const entry = packages[`node_modules/${name}`];

		if (found.has(name) || name.startsWith("@types/") || !entry)
			continue;
		found.add(name);
		todo.push(...Object.keys(entry.dependencies ?? {}));
	}
	return [...found].sort();
}

export function shippedByUi(manifest) {
	return Object.keys(manifest.dependencies);
}

function licenceText(folder) {
	const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));

	return name ? readFileSync(join(folder, name), "utf8").trim() : "";
}

export function notice(modules, roots) {
	const { packages } = JSON.parse(readFileSync(join(root, "static/package-lock.json"), "utf8"));

	return closure(packages, roots).map((name) => {
		const { version, license } = packages[`node_modules/${name}`];

		return `${name} ${version} (${license})\n\n${licenceText(join(modules, name))}\n`;
	}).join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const [modules, out, ...roots] = process.argv.slice(2);
	const manifest = JSON.parse(readFileSync(join(root, "static/package.json"), "utf8"));

	writeFileSync(out, notice(modules, roots.length > 0 ? roots : shippedByUi(manifest)));
}
