// document.mjs -- lib/store and SQL know no node type and read no workflow document: lib/graph and lib/publish do.
import { matching } from "./tree.mjs";

// Migrations up to this one are history: they never change.
const LAST_OLD_MIGRATION = 11;
const members = ["nodes", "edges", "settings", "params", "timezone", "error_workflow", "on_error"];

function isNew(path) {
	const number = path.match(/^sql\/migrations\/(\d+)_/)?.[1];

	return number === undefined || Number(number) > LAST_OLD_MIGRATION;
}

export function nodeTypes(tree) {
	return [...tree.get("lib/nodes/nodes.def").text.matchAll(/^X\(([a-z]+)_(\w+)\)/gm)].map(([, family, rest]) => `${family}.${rest}`);
}

// C says "nodes" of a document, SQL says 'nodes' or graph::json.  A hook's rule is made of parameters: verify::json is as bad.
function wordsOf(line, types) {
	return [
		...types.filter((type) => line.includes(type)),
		...members.filter((name) => line.includes(`"${name}"`) || line.includes(`'${name}'`)),
		...(line.match(/(?:graph|verify)\s*::\s*jsonb?|#include "(?:graph|nodes)\//g) ?? []),
	];
}

// Members of a document that a program asks jansson for: json_object_get(x, "nodes"), ty_json_arr(x, "edges").
const readers = /\b(?:json_object_get|ty_json_\w+)\([^"]*"(nodes|edges|settings)"/;

export function checkReaders(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, /^(lib|fcgi-app|workers)\/.*\.[ch]$/))
		if (!path.startsWith("lib/graph/"))
			text.split("\n").forEach((line, i) => {
				const member = line.match(readers)?.[1];

				if (member)
					findings.push(`${path}:${i + 1}: reads "${member}" of a workflow document; ask lib/graph`);
			});
	return findings;
}

export function checkDocument(tree) {
	const types = nodeTypes(tree);
	const findings = [];

	for (const [path, text] of matching(tree, /^(lib\/store\/.*\.[ch]|sql\/(functions|migrations)\/.*\.sql)$/))
		if (isNew(path))
			text.split("\n").forEach((line, i) => {
				for (const word of wordsOf(line, types))
					findings.push(`${path}:${i + 1}: knows ${word} of the workflow document; derive it in lib/publish`);
			});
	return findings;
}
