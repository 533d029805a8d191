// reference.mjs -- the tables of docs/WORKFLOWS.md that are printed from the workflow document's schema.
//
// Between "<!-- schema: WorkflowNode -->" and "<!-- end -->" stands the table of that $def.  What refusal.def
// refuses is said in it.  `node tests/lint/reference.mjs` writes the page anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const number = (n) => n.toLocaleString("en-US");

// "part.name" -> what is said of it.
export function readRefusals(text) {
	const rows = [...text.matchAll(/^X\("(\w+)", "([^"]*)", \w+, "([^"]*)"/gm)];

	return new Map(rows.map(([, part, name, message]) => [`${part}.${name}`, message]));
}

function valuesOf(field) {
	if (field.enum)
		return ` ${field.enum.filter((value) => value !== null).map((value) => `\`${value}\``).join(", ")}.`;
	if (field.minimum !== undefined)
		return ` ${number(field.minimum)} to ${number(field.maximum)}.`;
	if (field.maxItems !== undefined && field.items)
		return ` At most ${number(field.maxItems)}.`;
	return "";
}

function defaultOf(def, name, field) {
	if (def.required?.includes(name))
		return "required";
	return field.default === undefined ? "" : `\`${JSON.stringify(field.default).replace(/^"|"$/g, "")}\``;
}

export function tableOf(schema, part, refusals) {
	const def = schema.$defs[part];
	const rows = Object.entries(def.properties).map(([name, field]) => {
		const target = field.$ref ? schema.$defs[field.$ref.split("/").pop()] : field;
		const refused = refusals.get(`${part}.${name}`);

		return `| \`${name}\` | ${target.description}${valuesOf(target)}${refused ? ` Refused: ${refused}.` : ""} | ${defaultOf(def, name, target)} |`;
	});

	return ["| member | what | default |", "|---|---|---|", ...rows].join("\n");
}

export function fillPage(page, schema, refusals) {
	return page.replace(/(<!-- schema: (\w+) -->\n)[^]*?(<!-- end -->)/g,
		(whole, begin, part, end) => `${begin}\n${tableOf(schema, part, refusals)}\n\n${end}`);
}

export function readReference() {
	return {
		page: readFileSync(join(root, "docs/WORKFLOWS.md"), "utf8"),
		schema: JSON.parse(readFileSync(join(root, "lib/graph/workflow.schema.json"), "utf8")),
		refusals: readRefusals(readFileSync(join(root, "lib/graph/refusal.def"), "utf8")),
	};
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const { page, schema, refusals } = readReference();

	writeFileSync(join(root, "docs/WORKFLOWS.md"), fillPage(page, schema, refusals));
}
