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

// In these folders a file and the header of its name are one module, and modules include each other
// one way: a module tells those above it by callbacks.  (A library's private header includes its public
// one, which the file of that name implements: no circle of modules, but one of names.)
const oneWay = /^workers\/(run|reap|schedule|supervise)\/.*\.[ch]$/;

function moduleOf(path, tree) {
	const stem = path.replace(/\.[ch]$/, "");

	return tree.has(stem + ".h") ? stem : path;
}

function localHeader(path, name, tree) {
	const folder = path.slice(0, path.lastIndexOf("/"));

	return [`${folder}/${name}`, `lib/${name}`].find((to) => tree.has(to) && to.startsWith(folder + "/"));
}

function moduleEdges(tree) {
	const edges = new Map();

	for (const [path, text] of matching(tree, oneWay))
		for (const [, name] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
			const to = localHeader(path, name, tree);
			const [from, below] = [moduleOf(path, tree), to && moduleOf(to, tree)];

			if (to && below !== from)
				edges.set(from, (edges.get(from) ?? new Set()).add(below));
		}
	return edges;
}

export function checkCircles(tree) {
	const edges = moduleEdges(tree);
	const findings = [];
	const done = new Set();

	function walk(module, way) {
		if (way.includes(module)) {
			findings.push(`${module}: includes go in a circle: ${[...way.slice(way.indexOf(module)), module].join(" -> ")}`);
			return;
		}
		if (done.has(module))
			return;
		for (const below of edges.get(module) ?? [])
			walk(below, [...way, module]);
		done.add(module);
	}
	for (const module of edges.keys())
		walk(module, []);
	return findings;
}
