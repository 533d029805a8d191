import { expect, test } from "vitest";
import { diffDocuments } from "../../src/lib/document-diff";

const a = { id: "a", name: "A", type: "t", params: { url: "x", list: [{ n: 1 }, { n: 2 }] }, position: [0, 0] };
const b = { id: "b", type: "t", params: {} };

test("nodes are new, gone or changed, field by field, and a move is none", () => {
  const after = { nodes: [{ ...a, name: "B", position: [9, 9], params: { list: [{ n: 1 }, { n: 3 }], more: true } }, { id: "c", type: "t" }], edges: [{ from: "a", to: "c" }], settings: { timezone: "UTC" } };
  const diff = diffDocuments({ nodes: [a, b], edges: [{ from: "a", to: "b" }] }, after);
  expect(diff.nodes.map(({ id, kind }) => [id, kind])).toEqual([["a", "changed"], ["c", "added"], ["b", "removed"]]);
  expect(diff.nodes[0]?.fields).toEqual([
    { path: "name", before: "A", after: "B" }, { path: "params.url", before: "x", after: "" }, { path: "params.list[1].n", before: "2", after: "3" }, { path: "params.more", before: "", after: "true" },
  ]);
  expect(diff.edges).toEqual([{ kind: "added", text: "B to c" }, { kind: "removed", text: "B to b" }]);
  expect(diff.settings).toEqual([{ path: "timezone", before: "", after: "UTC" }]);
  expect(diff.moved).toBe(1);
});

test("what is left out is as what is the default of nothing", () => {
  expect(diffDocuments({ nodes: [b], edges: null, settings: null }, { nodes: [{ id: "b", type: "t" }], edges: [], settings: {} })).toEqual({ nodes: [], edges: [], settings: [], moved: 0 });
});
