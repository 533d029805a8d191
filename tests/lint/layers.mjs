// layers.mjs -- includes point downward: the table in docs/ARCHITECTURE.md is the rule.
import { matching, ourCode } from "./tree.mjs";

export function layerTable(markdown) {
	const between = markdown.match(/<!-- layers:begin -->([^]*?)<!-- layers:end -->/);
	const level = new Map();

	if (!between)
		throw new Error("docs/ARCHITECTURE.md has no layer table between its markers");
	for (const [, layer, folders] of between[1].matchAll(/^\| L(\d+) \| ([^|]+) \|/gm))
		for (const folder of folders.trim().split(/\s+/))
			level.set(folder, Number(layer));
	return level;
}

function folderOf(path, level) {
	for (const folder of level.keys())
		if (path.startsWith(folder + "/"))
			return folder;
	return null;
}

// An include of lib is "folder/file.h"; in one's own folder it may be "file.h".
function includedFolder(name, level) {
	const folder = "lib/" + name.split("/")[0];

	if (name.includes("/") && level.has(folder))
		return folder;
	return folderOf(name, level);
}

export function checkLayers(tree) {
	const level = layerTable(tree.get("docs/ARCHITECTURE.md").text);
	const findings = [];

	for (const [path, text] of matching(tree, ourCode)) {
		const from = folderOf(path, level);

		if (from === null) {
			findings.push(`${path}:1: its folder is in no layer of docs/ARCHITECTURE.md`);
			continue;
		}
		text.split("\n").forEach((line, i) => {
			const name = line.match(/^\s*#\s*include\s+"([^"]+)"/)?.[1];
			const to = name && includedFolder(name, level);

			if (name?.includes(".."))
				findings.push(`${path}:${i + 1}: includes "${name}" by a relative path`);
			else if (to && to !== from && level.get(to) >= level.get(from))
				findings.push(`${path}:${i + 1}: ${from} (L${level.get(from)}) includes "${name}" of ${to} (L${level.get(to)})`);
		});
	}
	return findings;
}
