import { expect, test } from "vitest";
import type { ExpressionName } from "../../src/api/expressions";
import { complete, scriptAt, type World } from "../../src/editor/complete";

const names: ExpressionName[] = [
  { kind: "value", name: "$json", text: "The item's data.", examples: [] },
  { kind: "function", name: "$ifEmpty", parameters: "value, other", text: "The other value.", examples: [] },
  { kind: "helper", of: "text", name: "toTitleCase", parameters: "", text: "Words with a large first letter.", examples: [["'a b'.toTitleCase()", "\"A B\""]] },
  { kind: "helper", of: "list", name: "sum", text: "The sum.", examples: [] },
];
const world: World = { json: () => ({ user: { name: "Ada", "first name": "A" }, list: [1, 2], total: 3 }), nodeJson: async (name) => (name === "Make it" ? { made: true } : undefined), nodes: ["Make it", "Go"], names, vars: ["region"] };

// The offers at "|" in a text, and the text that is replaced.
async function at(marked: string, isAsked = false) {
  const cursor = marked.indexOf("|");
  const text = marked.replace("|", "");
  const found = await complete(text, cursor, world, isAsked);
  return { labels: found?.options.map((option) => option.label) ?? [], typed: found && text.slice(found.from, cursor), options: found?.options ?? [] };
}

test.each([
  ["{{ $json.|}}", ["user", "list", "total"], ""],
  ["{{ $json.user.na| }}", ["name", "first name", "toTitleCase"], "na"],
  ["{{ $input.item.json.user.| }}", ["name", "first name"], ""],
  ["{{ $('| }}", ["Make it", "Go"], ""],
  ["{{ $('Make it').| }}", ["item", "first()", "last()", "all()"], ""],
  ["{{ $('Make it').item.json.| }}", ["made"], ""],
  ["{{ $vars.| }}", ["region"], ""],
  ["{{ $| }}", ["$json", "$ifEmpty(value, other)", "$('Make it')"], "$"],
])("%s offers what is there", async (marked, labels, typed) => {
  const found = await at(marked);
  expect(found.typed).toBe(typed);
  for (const label of labels.filter((entry) => entry !== "toTitleCase")) expect(found.labels).toContain(label);
});

test("a value's own helpers and methods come behind its dot", async () => {
  const text = await at("{{ $json.user.name.| }}");
  expect(text.labels).toContain("toTitleCase()");
  expect(text.labels).toContain("toUpperCase()");
  expect(text.labels).not.toContain("sum()");
  expect((await at("{{ $json.list.| }}")).labels).toEqual(expect.arrayContaining(["sum()", "length", "map()"]));
  expect(text.options.find((option) => option.label === "toTitleCase()")?.examples).toHaveLength(1);
});

test("nothing is offered outside of a script, and names only where one is begun or asked for", async () => {
  expect((await at("Hello $js|")).labels).toEqual([]);
  expect((await at("{{ 1 }} $js|")).labels).toEqual([]);
  expect((await at("{{ | }}")).labels).toEqual([]);
  expect((await at("{{ | }}", true)).labels).toContain("$json");
  expect(scriptAt("a {{ b }} c {{ d", 16)).toEqual({ from: 14, script: " d" });
});
