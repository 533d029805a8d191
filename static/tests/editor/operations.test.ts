import { expect, test } from "vitest";
import type { WorkflowDocument } from "../../src/editor/document";
import { apply, joinOver, type Operation } from "../../src/editor/operations";

const chain: WorkflowDocument = {
  nodes: [
    { id: "a", type: "core.manual", name: "A" },
    { id: "b", type: "core.if", name: "B", params: { condition: "={{ $('A').item.json.x }}" } },
    { id: "c", type: "core.noop", params: { text: "$(\"A\") and $('Ab')", other: "$node['A'].json + $items(\"A\", 1) + $items('A') + $node[\"Ab\"]" } },
    { id: "d", type: "core.noop" },
  ],
  edges: [{ from: "a", to: "b" }, { from: "b", output: "true", to: "c" }, { from: "b", output: "false", to: "d" }],
  pins: { b: [], c: [] },
};

const firstOutput = (node: { type: string }) => (node.type === "core.if" ? "true" : "main");

test("removing a node takes its edges and pins along and joins its neighbours by its first output", () => {
  const after = apply(chain, { op: "remove_nodes", nodes: ["b"], join: joinOver(chain, ["b"], firstOutput) });

  expect(after.nodes.map((node) => node.id)).toEqual(["a", "c", "d"]);
  expect(after.edges).toEqual([{ from: "a", to: "c" }]);
  expect(after.pins).toEqual({ c: [] });
});

test("removing several nodes in a row joins over all of them, and a circle ends", () => {
  expect(joinOver(chain, ["b", "c"], firstOutput)).toEqual([]);
  const circle = { ...chain, edges: [{ from: "a", to: "b" }, { from: "b", output: "true", to: "c" }, { from: "c", to: "b" }] };
  expect(joinOver(circle, ["b", "c"], firstOutput)).toEqual([]);
});

test("a renamed node is renamed where expressions name it, in every quote, and nowhere else", () => {
  const after = apply(chain, { op: "rename", node: "a", name: "It's" });

  expect(after.nodes[0]?.name).toBe("It's");
  expect(after.nodes[1]?.params).toEqual({ condition: "={{ $('It\\'s').item.json.x }}" });
  expect(after.nodes[2]?.params).toEqual({
    text: "$(\"It's\") and $('Ab')",
    other: "$node['It\\'s'].json + $items(\"It's\", 1) + $items('It\\'s') + $node[\"Ab\"]",
  });
  expect(after.nodes[3]).toBe(chain.nodes[3]);
});

test("a name with dollar signs is written as it is", () => {
  expect(apply(chain, { op: "rename", node: "a", name: "$$ and $&" }).nodes[1]?.params).toEqual({ condition: "={{ $('$$ and $&').item.json.x }}" });
});

test.each<[string, Operation]>([
  ["connect: twice the same", { op: "connect", edge: { from: "a", output: "main", to: "b" } }],
  ["connect: to a node that is not there", { op: "connect", edge: { from: "a", to: "gone" } }],
  ["disconnect: an edge that is not there", { op: "disconnect", edges: ["no"] }],
  ["remove_nodes: none", { op: "remove_nodes", nodes: ["gone"], join: [] }],
  ["set_param: of a node that is not there", { op: "set_param", node: "gone", path: ["x"], value: 1 }],
  ["add_node: of an id that is taken", { op: "add_node", node: { id: "a", type: "core.noop" } }],
  ["rename: to its name", { op: "rename", node: "a", name: "A" }],
])("%s changes nothing", (_name, operation) => {
  expect(apply(chain, operation)).toBe(chain);
});

test("options, parameters and settings are set and taken away", () => {
  let document = apply(chain, { op: "set_option", node: "d", name: "on_error", value: "continue" });
  document = apply(document, { op: "set_param", node: "d", path: ["rows", 0, "name"], value: "x" });
  document = apply(document, { op: "set_setting", name: "timezone", value: "Europe/Berlin" });

  expect(document.nodes[3]).toEqual({ id: "d", type: "core.noop", on_error: "continue", params: { rows: [{ name: "x" }] } });
  expect(document.settings).toEqual({ timezone: "Europe/Berlin" });
  document = apply(document, { op: "set_option", node: "d", name: "on_error" });
  expect(document.nodes[3]).not.toHaveProperty("on_error");
});
