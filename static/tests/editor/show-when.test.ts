import { expect, test } from "vitest";
import type { Param } from "../../src/api/types";
import { isShown } from "../../src/lib/show-when";

const row = (name: string, more: Partial<Param>): Param => ({ name, label: name, type: "string", required: false, expr: false, secret: false, advanced: false, ...more });
const table = [
  row("mode", { type: "enum", default: "a" }),
  row("on", { type: "bool" }),
  row("free", { expr: true }),
  row("only_b", { show_when: "mode=b,c" }),
  row("not_b", { show_when: "mode!=b" }),
  row("both", { show_when: "mode=b;on=true" }),
  row("behind", { show_when: "only_b=x" }),
  row("some", { show_when: "free!=no" }),
  row("slip", { show_when: "gone=1" }),
  row("circle", { show_when: "circle=x" }),
];
const shown = (values: Record<string, unknown>) => table.filter((entry) => isShown(table, entry, values)).map((entry) => entry.name).slice(3);

test.each<[string, Record<string, unknown>, string[]]>([
  ["a default counts", {}, ["not_b", "slip"]],
  ["a value counts", { mode: "b" }, ["only_b", "slip"]],
  ["several conditions must all hold", { mode: "b", on: true }, ["only_b", "both", "slip"]],
  ["what is hidden fails a condition on it", { mode: "a", only_b: "x" }, ["not_b", "slip"]],
  ["what is shown does not", { mode: "c", only_b: "x" }, ["only_b", "not_b", "behind", "slip"]],
  ["an expression may be anything", { free: "={{ 1 }}" }, ["not_b", "some", "slip"]],
  ["a value that is not the one, and none", { free: "yes" }, ["not_b", "some", "slip"]],
  ["a value that is the one", { free: "no" }, ["not_b", "slip"]],
])("%s", (_what, values, names) => {
  expect(shown(values).filter((name) => name !== "circle")).toEqual(names);
});

test("a circle of conditions ends", () => {
  expect(isShown(table, table.at(-1)!, { circle: "x" })).toBe(true);
});
