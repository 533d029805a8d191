// Completion of an expression, from the data of the last run and the table of names.

import type { ExpressionName } from "../api/expressions";
import { cellText, typeOf } from "../lib/columns";

export interface World {
  json: () => unknown | Promise<unknown>; // data of the item at hand
  nodeJson: (name: string) => unknown | Promise<unknown>; // data of a node's item
  nodes: string[]; // names of nodes, those before this one first
  names: ExpressionName[];
  vars: string[];
}

export interface Option {
  label: string;
  insert?: string; // where another text than the label goes in
  detail?: string;
  text?: string;
  examples?: string[][];
  kind: "field" | "node" | "name" | "helper" | "method";
}

export interface Completion {
  from: number; // offset in the text
  options: Option[];
}

// The script that the cursor is in; undefined outside of {{ }}.
export function scriptAt(text: string, at: number): { from: number; script: string } | undefined {
  const open = text.lastIndexOf("{{", at - 1);
  if (open < 0 || open + 2 > at) return undefined;
  const close = text.indexOf("}}", open + 2);
  return close >= 0 && close < at ? undefined : { from: open + 2, script: text.slice(open + 2, at) };
}

const helperTypes: Record<string, string> = { text: "text", number: "number", list: "list", object: "object", "yes or no": "boolean" };
const prototypes: Record<string, object> = { text: String.prototype, number: Number.prototype, list: Array.prototype };
const oldMethods = /^(anchor|big|blink|bold|fixed|fontcolor|fontsize|italics|link|small|strike|sub|sup|substr|trimLeft|trimRight|constructor|isWellFormed|toWellFormed)$/;

function methodsOf(type: string): Option[] {
  const prototype = prototypes[type];
  if (prototype === undefined) return [];
  return Object.getOwnPropertyNames(prototype).filter((name) => /^[a-z]/.test(name) && !oldMethods.test(name))
    .map((name) => (name === "length" ? { label: name, kind: "method" } : { label: `${name}()`, insert: `${name}(`, kind: "method", detail: "JavaScript" }));
}

function helperOption(name: ExpressionName): Option {
  const call = name.kind === "value" ? "" : `(${name.parameters ?? ""})`;
  return { label: name.name + call, insert: name.kind === "value" ? name.name : `${name.name}(${name.parameters ? "" : ")"}`, kind: name.kind === "helper" ? "helper" : "name", detail: name.of, text: name.text, examples: name.examples };
}

function helpersOf(names: ExpressionName[], type: string | undefined): Option[] {
  return names.filter((name) => name.kind === "helper" && (type === undefined || name.of === helperTypes[type])).map(helperOption);
}

const keyOf = /\.([A-Za-z_$][\w$]*)|\["((?:[^"\\]|\\.)*)"\]|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]/g;

function follow(value: unknown, path: string): unknown {
  let at = value;
  for (const [, word, double, single, index] of path.matchAll(keyOf)) {
    if (at === null || typeof at !== "object") return undefined;
    at = (at as Record<string, unknown>)[word ?? double ?? single ?? index ?? ""];
  }
  return at;
}

function fieldsIn(value: unknown): Option[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, inner]) => ({ label: name, insert: /^[A-Za-z_$][\w$]*$/.test(name) ? name : undefined, kind: "field", detail: typeOf(inner), text: cellText(inner) || undefined }));
}

const path = String.raw`((?:\.[A-Za-z_$][\w$]*|\["(?:[^"\\]|\\.)*"\]|\['(?:[^'\\]|\\.)*'\]|\[\d+\])*)`;
const ofItem = new RegExp(String.raw`(?:\$json|\$input\.(?:item|first\(\)|last\(\))\.json)${path}\.([\w$]*)$`);
const ofNode = new RegExp(String.raw`\$\(\s*(['"])([^'"]+)\1\s*\)\.(?:item|first\(\)|last\(\))\.json${path}\.([\w$]*)$`);
const itemWays: Option[] = [["item", "The item that this one comes from."], ["first()", "Its first item."], ["last()", "Its last item."], ["all()", "All its items as a list."], ["itemMatching()", "The item that the input's item at that index comes from."]]
  .map(([label, text]) => ({ label: label!, text, kind: "name" as const }));
const inputWays: Option[] = [...itemWays.slice(0, 4)];

async function fieldsAt(json: unknown, route: string, names: ExpressionName[]): Promise<Option[]> {
  const value = follow(await json, route);
  const type = value === undefined || value === null ? undefined : typeOf(value);
  return [...fieldsIn(value), ...(type === undefined ? [] : [...helpersOf(names, type), ...methodsOf(type)])];
}

// Offers for the cursor; undefined where there are none.
export async function complete(text: string, at: number, world: World, isAsked: boolean): Promise<Completion | undefined> {
  const inside = scriptAt(text, at);
  if (inside === undefined) return undefined;
  const { script } = inside;
  const behind = (word: string, options: Option[]): Completion => ({ from: at - word.length, options });
  let match: RegExpExecArray | null;

  if ((match = /\$\(\s*(['"])([^'"]*)$/.exec(script))) {
    const quote = match[1]!;
    return behind(match[2]!, world.nodes.map((name) => ({ label: name, insert: `${name}${quote})`, kind: "node" })));
  }
  if ((match = ofItem.exec(script))) return behind(match[2]!, await fieldsAt(world.json(), match[1]!, world.names));
  if ((match = ofNode.exec(script))) return behind(match[4]!, await fieldsAt(world.nodeJson(match[2]!), match[3]!, world.names));
  if ((match = /\$\(\s*(['"])[^'"]+\1\s*\)\.(\w*)$/.exec(script))) return behind(match[2]!, itemWays);
  if ((match = /\$\(\s*(['"])[^'"]+\1\s*\)\.(?:item|first\(\)|last\(\))\.(\w*)$/.exec(script))) return behind(match[2]!, [{ label: "json", kind: "name", text: "The item's data." }, { label: "binary", kind: "name", text: "Its files." }]);
  if ((match = /\$input\.(\w*)$/.exec(script))) return behind(match[1]!, inputWays);
  if ((match = /\$vars\.(\w*)$/.exec(script))) return behind(match[1]!, world.vars.map((name) => ({ label: name, kind: "field" })));
  if ((match = /[\w$)\]'"`]\.(\w*)$/.exec(script))) {
    const type = /['"`]\.\w*$/.test(script) ? "text" : /\]\.\w*$/.test(script) ? "list" : undefined;
    return behind(match[1]!, [...helpersOf(world.names, type), ...(type ? methodsOf(type) : [])]);
  }
  if ((match = /(?:^|[^\w$.'"])([$\w]*)$/.exec(script)) && (match[1] !== "" || isAsked)) {
    const names = world.names.filter((name) => name.kind !== "helper").map(helperOption);
    const nodes: Option[] = world.nodes.map((name) => ({ label: `$('${name}')`, kind: "node", detail: "node" }));
    return behind(match[1]!, [...names, ...nodes]);
  }
  return undefined;
}
