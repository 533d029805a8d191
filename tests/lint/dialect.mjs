// dialect.mjs -- the tables of docs/EXPRESSIONS.md that are printed from workers/sandbox/dialect/*.def.
//
// Between "<!-- dialect: text -->" and "<!-- end -->" stands the table of that file.  `node tests/lint/dialect.mjs`
// writes the page anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const examplesMax = 3;
const string = `"((?:[^"\\\\]|\\\\.)*)"`;
const row = new RegExp(`^(HELPER|FUNCTION|VALUE|LOOKUP|OUTSIDE|GIVES|FAILS)\\((?:(\\w+), )?(?:([\\w$]+), )?${string}(?:,\\s+${string})?\\)$`, "gm");

const text = (quoted) => quoted === undefined ? undefined : JSON.parse(`"${quoted}"`);
const cell = (value) => value.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (value) => value.includes("`") ? `\`\` ${value} \`\`` : `\`${value}\``;

// [{ kind, name, first, second, examples: [[expression, value]] }]: the strings as they mean.
export function readDef(source) {
	const rows = [];

	for (const [, kind, a, b, first, second] of source.matchAll(row)) {
		if (kind === "GIVES" || kind === "FAILS")
			rows.at(-1)?.examples.push([text(first), kind === "GIVES" ? text(second) : "an error"]);
		else
			rows.push({ kind, name: b ?? a, first: text(first), second: text(second), examples: [] });
	}
	return rows;
}

function lineOf({ kind, name, first, second, examples }) {
	const shown = examples.slice(0, examplesMax)
		.map(([expression, value]) => `${code(cell(expression))}: ${value === "an error" ? value : code(cell(value))}`);
	const head = kind === "VALUE" ? name : kind === "OUTSIDE" ? name : `${name}(${first})`;
	const effect = kind === "VALUE" || kind === "OUTSIDE" ? first : second;

	return `| ${code(cell(head))} | ${kind === "OUTSIDE" ? code(effect) : cell(effect)} | ${shown.join("; ")} |`;
}

export function tableOf(rows) {
	return ["| name | what | examples |", "|---|---|---|", ...rows.map(lineOf)].join("\n");
}

export const readTable = (name) => readDef(readFileSync(join(root, `workers/sandbox/dialect/${name}.def`), "utf8"));

export function fillPage(page) {
	return page.replace(/(<!-- dialect: (\w+) -->\n)[^]*?(<!-- end -->)/g,
		(whole, begin, name, end) => `${begin}\n${tableOf(readTable(name))}\n\n${end}`);
}

export const readPage = () => readFileSync(join(root, "docs/EXPRESSIONS.md"), "utf8");

if (process.argv[1] === new URL(import.meta.url).pathname)
	writeFileSync(join(root, "docs/EXPRESSIONS.md"), fillPage(readPage()));
