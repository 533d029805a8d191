import { expect, test } from "vitest";
import type { WorkflowDocument } from "../../src/editor/document";
import { neighbour, tidy } from "../../src/editor/tidy";

const at = (id: string, x: number, y: number) => ({ id, type: "t", position: [x, y] as [number, number] });
const document: WorkflowDocument = { nodes: [at("a", 50, 70), at("b", 60, 70), at("c", 70, 70), at("d", 80, 70)], edges: [{ from: "a", to: "b" }, { from: "b", to: "c" }, { from: "a", to: "d" }, { from: "a", to: "gone" }] };

test("nodes stand from left to right, none on another, and the first stays", async () => {
  const places = await tidy(document, new Map());
  expect(places.a).toEqual([50, 70]);
  expect(places.b![0]).toBeGreaterThan(50 + 228);
  expect(places.c![0]).toBeGreaterThan(places.b![0] + 228);
  expect(Math.abs(places.b![1] - places.d![1])).toBeGreaterThanOrEqual(60);
});

test("the neighbour on a side is along an edge before all others", () => {
  const tree: WorkflowDocument = { nodes: [at("a", 0, 0), at("b", 300, 0), at("c", 300, 140), at("far", 300, 600)], edges: [{ from: "a", to: "c" }] };
  expect(neighbour(tree, undefined, 1, 0)).toBe("a");
  expect(neighbour(tree, "a", 1, 0)).toBe("c");
  expect(neighbour(tree, "c", 0, -1)).toBe("b");
  expect(neighbour(tree, "c", 0, 1)).toBe("far");
  expect(neighbour(tree, "a", -1, 0)).toBeUndefined();
});
