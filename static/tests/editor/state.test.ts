import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edgeKey, type WorkflowDocument } from "../../src/editor/document";
import type { Operation } from "../../src/editor/operations";
import { isDirty, open, reduce, stateId, stepsMax, type Change, type EditorState } from "../../src/editor/state";

const start: WorkflowDocument = {
  nodes: [{ id: "a", type: "t", name: "A" }, { id: "b", type: "t", params: { x: "={{ $('A') }}" } }, { id: "c", type: "t" }],
  edges: [{ from: "a", to: "b" }, { from: "b", output: "o", to: "c" }],
  pins: { a: [] },
};

const rename = (name: string, merge?: string): Change => ({ type: "do", name: `Rename to ${name}`, operations: [{ op: "rename", node: "a", name }], merge });
const many = (state: EditorState, ...changes: Change[]) => changes.reduce(reduce, state);

// Ids out of a small set, so that operations meet: on what is there, what is gone, and what is there twice.
const id = fc.constantFrom("a", "b", "c", "d", "e", "f");
const port = fc.constantFrom(undefined, "main", "o", "true");
const edge = fc.record({ from: id, output: port, to: id, input: port }, { requiredKeys: ["from", "to"] });
const node = fc.record({ id, type: fc.constant("t"), name: fc.constantFrom("A", "B", "It's") }, { requiredKeys: ["id", "type"] });
const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constant("add_node" as const), node, edges: fc.array(edge, { maxLength: 2 }) }),
  fc.record({ op: fc.constant("remove_nodes" as const), nodes: fc.uniqueArray(id, { maxLength: 3 }), join: fc.array(edge, { maxLength: 2 }) }),
  fc.record({ op: fc.constant("paste" as const), nodes: fc.array(node, { maxLength: 3 }), edges: fc.array(edge, { maxLength: 3 }) }),
  fc.record({ op: fc.constant("connect" as const), edge }),
  fc.record({ op: fc.constant("disconnect" as const), edges: fc.array(edge.map(edgeKey), { maxLength: 3 }) }),
  fc.record({ op: fc.constant("move" as const), positions: fc.dictionary(id, fc.tuple(fc.integer(), fc.integer()) as fc.Arbitrary<[number, number]>) }),
  fc.record({ op: fc.constant("rename" as const), node: id, name: fc.constantFrom("A", "B", "It's") }),
  fc.record({ op: fc.constant("set_param" as const), node: id, path: fc.array(fc.constantFrom("x", "y", 0, 1), { minLength: 1, maxLength: 3 }), value }),
  fc.record({ op: fc.constant("set_option" as const), node: id, name: fc.constantFrom("notes" as const, "once" as const), value }),
  fc.record({ op: fc.constant("set_setting" as const), name: fc.constant("timezone" as const), value: fc.constantFrom("UTC", undefined) }),
);
const change = fc.record({ type: fc.constant("do" as const), name: fc.constant("x"), operations: fc.array(operation, { minLength: 1, maxLength: 3 }), merge: fc.constantFrom(undefined, undefined, "m") });

describe("any sequence of operations", () => {
  test("undone is the document before, redone the one after", () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const after = many(open(start, 1), ...changes);
      const steps = after.past.length;
      const undone = many(after, ...Array<Change>(steps).fill({ type: "undo" }));

      expect(undone.document).toStrictEqual(start);
      expect(isDirty(undone)).toBe(false);
      const redone = many(undone, ...Array<Change>(steps).fill({ type: "redo" }));
      expect(redone.document).toStrictEqual(after.document);
      expect(stateId(redone)).toBe(stateId(after));
    }), { numRuns: 500 });
  });

  test("undone and redone in any order passes through the same documents", () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 12 }), fc.array(fc.boolean(), { maxLength: 40 }), (changes, ways) => {
      const seen = new Map<number, WorkflowDocument>();
      let state = open(start, 1);
      for (const next of [...changes, ...ways.map((back): Change => ({ type: back ? "undo" : "redo" }))]) {
        state = reduce(state, next);
        const known = seen.get(stateId(state));
        if (known) expect(state.document).toStrictEqual(known);
        else seen.set(stateId(state), state.document);
      }
    }), { numRuns: 300 });
  });

  test("is JSON, and gives the same document when it is read again", () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 15 }), (changes) => {
      const sent = JSON.parse(JSON.stringify(changes)) as Change[];
      expect(JSON.stringify(many(open(start, 1), ...sent).document)).toBe(JSON.stringify(many(open(start, 1), ...changes).document));
    }));
  });

  test("never changes a document that it was given", () => {
    const text = JSON.stringify(start);
    fc.assert(fc.property(fc.array(change, { maxLength: 10 }), (changes) => {
      many(open(start, 1), ...changes);
      expect(JSON.stringify(start)).toBe(text);
    }));
  });
});

test(`${stepsMax} steps are kept, each with its name, and no more`, () => {
  const names = Array.from({ length: stepsMax + 5 }, (_none, at) => `N${at}`);
  const state = many(open(start, 1), ...names.map((name) => rename(name)));

  expect(state.past).toHaveLength(stepsMax);
  expect(state.past.at(-1)?.name).toBe(`Rename to N${stepsMax + 4}`);
  const undone = many(state, ...Array<Change>(stepsMax + 5).fill({ type: "undo" }));
  expect(undone.document.nodes[0]?.name).toBe("N4");
  expect(isDirty(undone)).toBe(true);
});

test("typing in one field is one step, until it is saved", () => {
  let state = many(open(start, 1), rename("X", "name a"), rename("Xy", "name a"), rename("Xyz", "name a"));

  expect(state.past).toHaveLength(1);
  state = reduce(state, { type: "saved", at: stateId(state), revision: 2 });
  state = reduce(state, rename("Xyz!", "name a"));
  expect(state.past).toHaveLength(2);
  expect(many(state, { type: "undo" }).document.nodes[0]?.name).toBe("Xyz");
  expect(isDirty(many(state, { type: "undo" }))).toBe(false);
});

test("what is changed while a save is under way stays unsaved", () => {
  let state = reduce(open(start, 1), rename("X"));
  const at = stateId(state);

  state = reduce(state, rename("Y"));
  state = reduce(state, { type: "saved", at, revision: 2 });
  expect([isDirty(state), state.revision]).toEqual([true, 2]);
  expect(isDirty(reduce(state, { type: "undo" }))).toBe(false);
});

test("a step that changes nothing is none, and a new step ends the way forth", () => {
  expect(reduce(open(start, 1), rename("A")).past).toEqual([]);
  const state = many(open(start, 1), rename("X"), { type: "undo" }, rename("Y"));
  expect(state.future).toEqual([]);
});

test("undo chooses what it brings back, and what is gone is not chosen", () => {
  let state = reduce(open(start, 1), { type: "select", nodes: ["b"], edges: [edgeKey({ from: "a", to: "b" })] });

  state = reduce(state, { type: "do", name: "Delete", operations: [{ op: "remove_nodes", nodes: ["b"], join: [] }] });
  expect(state.selection).toEqual({ nodes: [], edges: [] });
  expect(reduce(state, { type: "undo" }).selection.nodes).toEqual(["b"]);
});

test("undoing one's own step leaves what others changed elsewhere", () => {
  const mine = reduce(open(start, 1), { type: "do", name: "Delete", operations: [{ op: "remove_nodes", nodes: ["b"], join: [] }] });
  const theirs = { ...mine, document: { ...mine.document, nodes: [...mine.document.nodes, { id: "z", type: "t" }] } };

  expect(reduce(theirs, { type: "undo" }).document.nodes.map((entry) => entry.id)).toEqual(["a", "b", "c", "z"]);
});
