// show_when of a catalog's row: whether a parameter counts, going by its siblings. The same rule as lib/param/show.c.

import type { Param } from "../api/types";

export type Values = Record<string, unknown>;

// Chains of conditions in one table: ends a circle.
const depthMax = 8;

export function isExpression(row: Pick<Param, "expr">, value: unknown): value is string {
  return row.expr && typeof value === "string" && value.startsWith("=");
}

export function isAbsent(row: Pick<Param, "type">, value: unknown): boolean {
  return value === undefined || value === null || (value === "" && row.type !== "string" && row.type !== "text");
}

function textOf(row: Param, value: unknown): string {
  if (isAbsent(row, value)) return row.default === undefined ? (row.type === "bool" ? "false" : "") : String(row.default);
  return typeof value === "object" ? "" : String(value);
}

// Does one condition hold: "name=value,value" or "name!=value,value"?
function holds(table: Param[], condition: string, values: Values, depth: number): boolean {
  const [, name = "", not, list = ""] = /^([^=!]+)(!?)=(.*)$/.exec(condition) ?? [];
  const row = table.find((entry) => entry.name === name);
  if (row === undefined) return true;
  if (!shows(table, row, values, depth + 1)) return false;
  const value = values[row.name];
  if (isExpression(row, value)) return true;
  const text = textOf(row, value);
  const listed = list.split(",").includes(text);
  return not ? !listed && text !== "" : listed;
}

function shows(table: Param[], row: Param, values: Values, depth: number): boolean {
  if (!row.show_when || depth >= depthMax) return true;
  return row.show_when.split(";").every((condition) => holds(table, condition, values, depth));
}

export function isShown(table: Param[], row: Param, values: Values): boolean {
  return shows(table, row, values, 0);
}
