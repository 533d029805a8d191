// Items as rows and columns, and what they are made of.

import { formatJson } from "./lossless";

export type Item = Record<string, unknown>;

// Columns that a table shows: more are found by search, and in the JSON.
export const columnsMax = 60;
const samplesMax = 200;

function isObject(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;
}

export function jsonOf(item: unknown): unknown {
  return isObject(item) && "json" in item ? item.json : item;
}

export function columnsOf(items: unknown[]): string[] {
  const names = new Set<string>();
  for (const item of items.slice(0, samplesMax)) {
    const json = jsonOf(item);
    if (isObject(json)) for (const name of Object.keys(json)) names.add(name);
    if (names.size >= columnsMax) break;
  }
  return [...names].slice(0, columnsMax);
}

export function largeBytes(value: unknown): number | undefined {
  return isObject(value) && typeof value.$payload === "string" ? Number(value.bytes ?? 0) : undefined;
}

export function cellText(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value.slice(0, 300);
  return typeof value === "object" && value !== null ? formatJson(value).slice(0, 300) : String(value);
}

// Places of the items in which a text is, whatever its case.
export function findItems(items: unknown[], query: string): number[] | undefined {
  const text = query.trim().toLowerCase();
  if (text === "") return undefined;
  return items.flatMap((item, index) => (formatJson(jsonOf(item)).toLowerCase().includes(text) ? [index] : []));
}

export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number" || (typeof value === "object" && !isObject(value))) return "number";
  return { string: "text", boolean: "yes or no", object: "object" }[typeof value as string] ?? typeof value;
}

export interface Field {
  path: (string | number)[];
  types: string[];
  sample: unknown;
  depth: number;
}

const fieldsMax = 400;
const depthMax = 5;

// Fields of the items, outer before inner, with what the item at hand has there.
export function fieldsOf(items: unknown[], active: number): Field[] {
  const fields: Field[] = [];
  const walk = (values: unknown[], sample: unknown, path: Field["path"]) => {
    const keys = new Set<string | number>();
    for (const value of values) {
      if (isObject(value) && largeBytes(value) === undefined) for (const key of Object.keys(value)) keys.add(key);
      else if (Array.isArray(value) && value.length > 0) keys.add(0);
    }
    for (const key of keys) {
      if (fields.length >= fieldsMax) return;
      const inner = values.flatMap((value) => { const found = (value as Record<string | number, unknown> | null | undefined)?.[key]; return found === undefined ? [] : [found]; });
      const own = (sample as Record<string | number, unknown> | null | undefined)?.[key];
      fields.push({ path: [...path, key], types: [...new Set(inner.map(typeOf))], sample: own, depth: path.length });
      if (path.length < depthMax) walk(inner, own, [...path, key]);
    }
  };
  walk(items.slice(0, samplesMax).map(jsonOf), jsonOf(items[active] ?? items[0]), []);
  return fields;
}

// "$json.user["first name"][0]"
export function pathText(base: string, path: (string | number)[]): string {
  return path.reduce<string>((text, key) => text + (typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`), base);
}
