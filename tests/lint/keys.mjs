// keys.mjs -- the table of Redis keys in docs/ARCHITECTURE.md names what the scripts use, and nothing else.
import { matching } from "./tree.mjs";

// Words behind the lane's prefix, up to the first ':' : P .. 'ready:' .. ws  ->  ready
const used = /P \.\. '([a-z_]+)|and '([a-z_]+)' or '([a-z_]+)'\)/g;
const row = /^\| (`.*?`) \|/;

export function checkKeys(tree) {
	const doc = tree.get("docs/ARCHITECTURE.md")?.text ?? "";
	const section = doc.split(/^## /m).find((part) => part.startsWith("Redis keys")) ?? "";
	const told = new Set(section.split("\n").flatMap((line) => [...(line.match(row)?.[1] ?? "").matchAll(/`([a-z_]+)/g)].map((m) => m[1])));
	const names = new Set();

	for (const [, text] of matching(tree, /^lib\/queue\/lua\/.*\.lua$/))
		for (const match of text.replace(/--.*$/gm, "").matchAll(used))
			match.slice(1).filter(Boolean).forEach((name) => names.add(name));
	return [...[...names].filter((name) => !told.has(name)).map((name) => `docs/ARCHITECTURE.md: the Redis key ${name} is missing`),
		...[...told].filter((name) => !names.has(name)).map((name) => `docs/ARCHITECTURE.md: no script uses the Redis key ${name}`)];
}
