// credentials.mjs -- the tables of docs/CREDENTIALS.md, printed from the table of types (tybooctl credential types).
//
// `node tests/lint/credentials.mjs` writes the page anew; TYBOO_LINT_BUILD names another build than build/dev.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const buildDir = process.env.TYBOO_LINT_BUILD ?? join(root, "build/dev");
const cell = (text) => text.replaceAll("|", "\\|");

export function readTypes() {
	return JSON.parse(execFileSync(join(buildDir, "bin/tybooctl"), ["--json", "credential", "types"], { encoding: "utf8" })).items;
}

function valuesOf(field) {
	if (field.choices)
		return ` ${field.choices.map(({ value }) => `\`${value}\``).join(", ")}.`;
	if (field.type === "int")
		return ` ${field.min} to ${field.max}${field.unit ? ` ${field.unit}` : ""}.`;
	if (field.type === "list")
		return ` A list of ${field.fields.map(({ name }) => `\`${name}\``).join(" and ")}, at most ${field.max}.`;
	return "";
}

function lineOf(field) {
	const about = [field.required ? "required" : field.default === undefined ? "" : `\`${field.default}\` where absent`, field.secret ? "secret" : ""];

	return `| \`${field.name}\` | ${cell(`${field.label}.${field.help ? ` ${field.help}` : ""}${valuesOf(field)}`)} | ${about.filter(Boolean).join(", ")} |`;
}

export function tablesOf(types) {
	return types.map((type) => [`### \`${type.name}\`: ${type.title}`, "", `${type.summary}.`, "", "| field | what | |", "|---|---|---|", ...type.fields.map(lineOf)].join("\n")).join("\n\n");
}

export function fillPage(page, types) {
	return page.replace(/(<!-- credential types -->\n)[^]*?(<!-- end -->)/, (whole, begin, end) => `${begin}\n${tablesOf(types)}\n\n${end}`);
}

export const readPage = () => readFileSync(join(root, "docs/CREDENTIALS.md"), "utf8");

if (process.argv[1] === new URL(import.meta.url).pathname)
	writeFileSync(join(root, "docs/CREDENTIALS.md"), fillPage(readPage(), readTypes()));
