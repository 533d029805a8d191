import { describe, expect, test } from "vitest";
import { fitPart } from "../../src/editor/clipboard";
import { placeBehind } from "../../src/editor/connect";
import { edgeKey, freeId, freeName, getAt, placeOf, readDocument, setAt } from "../../src/editor/document";

describe("readDocument", () => {
  test("reads an empty draft as one without nodes", () => {
    expect(readDocument(null)).toEqual({ nodes: [], edges: [] });
    expect(readDocument({})).toEqual({ nodes: [], edges: [] });
  });

  test("keeps members that it does not know", () => {
    expect(readDocument({ nodes: [], edges: null, meta: { tool: 1 }, later: true })).toEqual({ nodes: [], edges: [], meta: { tool: 1 }, later: true });
  });

  test.each([
    ["a list", []],
    ["nodes that are none", { nodes: {} }],
    ["a node without an id", { nodes: [{ type: "core.noop" }] }],
    ["a node without a type", { nodes: [{ id: "a" }] }],
    ["two nodes of one id", { nodes: [{ id: "a", type: "x" }, { id: "a", type: "x" }] }],
    ["a name that is no text", { nodes: [{ id: "a", type: "x", name: { de: "A" } }] }],
    ["an edge to nowhere", { nodes: [], edges: [{ from: "a" }] }],
  ])("refuses %s", (_what, graph) => {
    expect(readDocument(graph)).toBeUndefined();
  });
});

test.each([{ x: 1, y: 2 }, [1], ["a", "b"], "ab", 5])("a place that is none, %j, is as none", (position) => {
  const node = { id: "a", type: "x", position };
  const document = readDocument({ nodes: [node] })!;

  expect(document.nodes).toEqual([node]);
  expect(placeOf(document.nodes[0])).toBeUndefined();
  expect(fitPart(document, { nodes: document.nodes, edges: [] }).nodes[0]!.position).toEqual([40, 40]);
  expect(placeBehind(document, { node: "a", output: "main" }, { inputs: [], outputs: [] })).toEqual([300, 60]);
});

test("an edge is its two ends, whether or not the main ports are written", () => {
  expect(edgeKey({ from: "a", to: "b" })).toBe(edgeKey({ from: "a", output: "main", to: "b", input: "main", id: "e1" }));
  expect(edgeKey({ from: "a", output: "b", to: "c" })).not.toBe(edgeKey({ from: "a", to: "b" }));
});

test("a free name and id count on", () => {
  expect(freeName("Set", new Set())).toBe("Set");
  expect(freeName("Set", new Set(["Set"]))).toBe("Set 2");
  expect(freeName("Set 2", new Set(["Set", "Set 2"]))).toBe("Set 3");
  expect(freeId("core.set", new Set(["core.set"]))).toBe("core.set-2");
  expect(freeId("Größe / x", new Set())).toMatch(/^[A-Za-z0-9_.:-]+$/);
});

test("a value is set at a path in copies of its containers", () => {
  const before = { rows: [{ a: 1 }, { a: 2 }], other: {} };
  const after = setAt(before, ["rows", 1, "a"], 3) as typeof before;

  expect(after).toEqual({ rows: [{ a: 1 }, { a: 3 }], other: {} });
  expect(before.rows[1]).toEqual({ a: 2 });
  expect(after.rows[0]).toBe(before.rows[0]);
  expect(setAt(before, ["rows", 0, "a"], undefined)).toEqual({ rows: [{}, { a: 2 }], other: {} });
  expect(setAt(undefined, ["a", 0], 1)).toEqual({ a: [1] });
  expect(getAt(after, ["rows", 9, "a"])).toBeUndefined();
});
