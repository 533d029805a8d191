import { expect, test, vi } from "vitest";
import { actions, labelOf, type Editor } from "../../src/editor/actions";
import type { WorkflowDocument } from "../../src/editor/document";
import { open, reduce, type EditorState } from "../../src/editor/state";

const document: WorkflowDocument = { nodes: [{ id: "a", type: "t", name: "A" }, { id: "b", type: "t", name: "B" }], edges: [{ from: "a", to: "b" }] };

function editorOn(initial: EditorState, may = true): Editor & { state: EditorState } {
  const editor = {
    state: initial, types: new Map(), may: { write: may, publish: may, run: may }, isBusy: false, isRunning: false,
    open: vi.fn(), cancel: vi.fn(), openNode: vi.fn(), tidy: vi.fn(), runOn: vi.fn(), step: vi.fn(), openPalette: vi.fn(), openHelp: vi.fn(), fit: vi.fn(), save: vi.fn(), publish: vi.fn(), run: vi.fn(),
    dispatch: (change: Parameters<Editor["dispatch"]>[0]) => { editor.state = reduce(editor.state, change); },
  };
  return editor;
}

const chosen = () => reduce(open(document, 1), { type: "select", nodes: ["b"] });
const action = (id: string) => actions.find((entry) => entry.id === id)!;

test("every action has an id, a name and keys of its own", () => {
  const keys = actions.flatMap((entry) => entry.keys ?? []);
  expect(new Set(actions.map((entry) => entry.id)).size).toBe(actions.length);
  expect(new Set(actions.map((entry) => entry.name)).size).toBe(actions.length);
  expect(new Set(keys).size).toBe(keys.length);
});

// What these do is the view's, which has the means.
const elsewhere = new Set(["add", "note", "tidy", "pin"]);

test("what is undoable is one step with a name, and is undone", async () => {
  vi.stubGlobal("navigator", { clipboard: { readText: async () => JSON.stringify(document), writeText: async () => undefined } });
  for (const entry of actions.filter((other) => other.undoable && !elsewhere.has(other.id))) {
    const editor = editorOn(chosen());
    await entry.perform(editor);
    expect(editor.state.past, entry.id).toHaveLength(1);
    expect(labelOf(action("undo"), editor), entry.id).toMatch(/^Undo \w+/);
    action("undo").perform(editor);
    expect(editor.state.document, entry.id).toStrictEqual(document);
  }
});

test("what is not undoable leaves the document as it is", async () => {
  vi.stubGlobal("navigator", { clipboard: { writeText: async () => undefined } });
  for (const entry of actions.filter((other) => !other.undoable)) {
    const editor = editorOn(chosen());
    await entry.perform(editor);
    expect(editor.state.document, entry.id).toBe(document);
  }
});

test("who may only read is offered nothing that writes, runs or publishes", () => {
  const offered = actions.filter((entry) => entry.when(editorOn(chosen(), false))).map((entry) => entry.id);
  expect(offered).toEqual(["open", "copy", "all", "go_right", "go_left", "go_up", "go_down", "fit", "palette", "help", "findings", "settings", "versions"]);
});

test("a part of nothing is not offered", () => {
  const editor = editorOn(open(document, 1));
  for (const id of ["run_to", "duplicate", "copy", "delete", "toggle", "undo", "redo", "save"]) expect(action(id).when(editor), id).toBe(false);
});
