import { expect, test } from "vitest";
import type { NodeType } from "../../src/api/types";
import { fitPart, partOf, readPart } from "../../src/editor/clipboard";
import { freePlace, looseOutputs, makeEdge, makeNode, mayConnect, placeBehind } from "../../src/editor/connect";
import type { WorkflowDocument } from "../../src/editor/document";
import { portsOf } from "../../src/lib/ports";

const port = (name: string) => ({ name, label: name });
const type = (more: Partial<NodeType>): NodeType => ({
  type: "core.noop", version: 1, latest: true, source: "builtin", category: "logic", title: "No-op", summary: "", notices: [], inputs: [port("main")], outputs: [port("main")], error_output: "error",
  dynamic_outputs: false, trigger: false, triggers: [], pure: true, effect: false, loop: false, credential_types: [], params: [], ...more,
});
const types = new Map([["core.noop", type({})], ["core.loop", type({ type: "core.loop", loop: true, outputs: [port("done"), port("loop")] })]]);
const document: WorkflowDocument = {
  nodes: [{ id: "loop", type: "core.loop", position: [0, 0] }, { id: "a", type: "core.noop", name: "A", position: [300, 0] }, { id: "b", type: "core.noop", name: "B", position: [600, 0] }],
  edges: [{ from: "loop", output: "loop", to: "a" }, { from: "a", to: "b" }],
};

test.each([
  ["a circle", "b", "main", "a", false],
  ["to itself", "a", "main", "a", false],
  ["what is there already", "a", "main", "b", false],
  ["to what is not there", "a", "main", "gone", false],
  ["back to a loop", "b", "main", "loop", true],
  ["ahead", "loop", "done", "b", true],
])("%s", (_what, from, output, to, may) => {
  expect(mayConnect(document, { from, output, to }, types)).toBe(may);
});

test("ports are the type's, those that parameters make, the error output, and what edges name", () => {
  const names = (ports: { name: string }[]) => ports.map((entry) => entry.name);
  const edges = [{ from: "n", output: "old", to: "x" }, { from: "x", to: "n", input: "second" }];
  const found = portsOf({ id: "n", on_error: "error_output" }, types.get("core.noop"), edges, [port("big"), port("small")]);

  expect(names(found.outputs)).toEqual(["big", "small", "error", "old"]);
  expect(names(found.inputs)).toEqual(["main", "second"]);
  expect(portsOf({ id: "n" }, undefined, [])).toEqual({ inputs: [{ name: "main", label: "Main" }], outputs: [{ name: "main", label: "Main" }] });
  expect(looseOutputs({ id: "loop", type: "core.loop" }, portsOf({ id: "loop" }, types.get("core.loop"), []), document)).toEqual(["done"]);
});

test("a new node has an id and name of its own and stands where nobody does", () => {
  const made = makeNode({ ...document, nodes: [...document.nodes, { id: "noop", type: "x", name: "No-op" }] }, type({}), [1, 2]);

  expect(made).toEqual({ id: "noop-2", name: "No-op 2", type: "core.noop", version: 1, params: {}, position: [1, 2] });
  expect(freePlace(document, [310.4, 10])).toEqual([310, 130]);
  expect(placeBehind(document, { node: "b", output: "main" }, { inputs: [], outputs: [port("main")] })).toEqual([900, 0]);
  expect(makeEdge("a", "main", "b", "second")).toEqual({ from: "a", to: "b", input: "second" });
});

test("a copied part is pasted with ids and names of its own, and the edges within it", () => {
  const part = readPart(JSON.stringify(partOf(document, ["a", "b"])))!;
  const { nodes, edges } = fitPart(document, part);

  expect(nodes.map((node) => [node.id, node.name, node.position])).toEqual([["a-2", "A 2", [340, 40]], ["b-2", "B 2", [640, 40]]]);
  expect(edges).toEqual([{ from: "a-2", to: "b-2" }]);
  expect(partOf(document, ["b"]).edges).toEqual([]);
});

test.each(["", "hello", "7", "{}", '{"nodes":[{"id":1}]}'])("what is no part of a workflow is not pasted: %s", (text) => {
  expect(readPart(text)).toBeUndefined();
});
