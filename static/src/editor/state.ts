// State of an open editor: the document, the steps back and forth, the selection, and the server's
// revision.

import type { Workflow } from "../api/types";
import { edgeKey, edgesOf, type WorkflowDocument } from "./document";
import { apply, type Operation } from "./operations";
import { diff, invert, isEmpty, patch, touched, type Patches } from "./patches";

// Steps kept to be undone: a person goes back a few, and each holds what it changed.
export const stepsMax = 100;

export interface Step {
  id: number;
  name: string; // "Move 2 nodes": behind "Undo"
  operations: Operation[];
  patches: Patches;
  merge?: string;
}

export interface EditorState {
  document: WorkflowDocument;
  past: Step[];
  future: Step[];
  floor: number; // id of the last step that was dropped
  next: number;
  saved: number; // id of the step after which the server has it
  revision: number;
  selection: { nodes: string[]; edges: string[] };
}

export type Change =
  | { type: "do"; name: string; operations: Operation[]; merge?: string; select?: string[] }
  | { type: "undo" }
  | { type: "redo" }
  | { type: "select"; nodes: string[]; edges?: string[] }
  | { type: "mark"; kind: "nodes" | "edges"; marks: Record<string, boolean> }
  | { type: "saved"; at: number; revision: number }
  | { type: "load"; document: WorkflowDocument; revision: number };

export function open(document: WorkflowDocument, revision: Workflow["revision"]): EditorState {
  return { document, past: [], future: [], floor: 0, next: 1, saved: 0, revision, selection: { nodes: [], edges: [] } };
}

// Number of the state, which saves name, so that changes made while one was under way stay unsaved.
export function stateId(state: EditorState): number {
  return state.past.at(-1)?.id ?? state.floor;
}

export function isDirty(state: EditorState): boolean {
  return stateId(state) !== state.saved;
}

// Drop nodes and edges from the selection that are not there any more.
function keepChosen(state: EditorState): EditorState {
  const nodes = new Set(state.document.nodes.map((node) => node.id));
  const edges = new Set(edgesOf(state.document).map(edgeKey));
  const { selection } = state;
  if (selection.nodes.every((id) => nodes.has(id)) && selection.edges.every((key) => edges.has(key))) return state;
  return { ...state, selection: { nodes: selection.nodes.filter((id) => nodes.has(id)), edges: selection.edges.filter((key) => edges.has(key)) } };
}

// Typing in one field is one step, unless the server has the state in between.
function mayMerge(state: EditorState, merge: string | undefined): boolean {
  const last = state.past.at(-1);
  return merge !== undefined && last?.merge === merge && state.future.length === 0 && state.saved !== last.id;
}

function push(state: EditorState, step: Step): Pick<EditorState, "past" | "future" | "floor" | "next"> {
  const past = [...state.past, step];
  const dropped = past.length > stepsMax ? past.shift() : undefined;
  return { past, future: [], floor: dropped?.id ?? state.floor, next: state.next + 1 };
}

function perform(state: EditorState, { name, operations, merge, select }: Extract<Change, { type: "do" }>): EditorState {
  const document = operations.reduce(apply, state.document);
  if (isEmpty(diff(state.document, document))) return state;
  const last = state.past.at(-1);
  const merges = last && mayMerge(state, merge);
  const before = merges ? patch(state.document, invert(last.patches)) : state.document;
  const base = merges ? { ...state, past: state.past.slice(0, -1) } : state;
  if (isEmpty(diff(before, document))) return keepChosen({ ...base, document });
  const step = { id: state.next, name, operations: merges ? [...last.operations, ...operations] : operations, patches: diff(before, document), merge };
  return keepChosen({ ...state, document, ...push(base, step), selection: select ? { nodes: select, edges: [] } : state.selection });
}

function goBack(state: EditorState): EditorState {
  const step = state.past.at(-1);
  if (step === undefined) return state;
  return go(state, invert(step.patches), { past: state.past.slice(0, -1), future: [step, ...state.future] });
}

function goForth(state: EditorState): EditorState {
  const [step, ...future] = state.future;
  if (step === undefined) return state;
  return go(state, step.patches, { past: [...state.past, step], future });
}

// A step that is undone or redone shows what it changes.
function go(state: EditorState, patches: Patches, steps: Pick<EditorState, "past" | "future">): EditorState {
  const nodes = touched(patches);
  return keepChosen({ ...state, ...steps, document: patch(state.document, patches), selection: nodes.length > 0 ? { nodes, edges: [] } : state.selection });
}

// Add marked nodes or edges to the selection, or take them out.
function mark(state: EditorState, { kind, marks }: Extract<Change, { type: "mark" }>): EditorState {
  const kept = state.selection[kind].filter((key) => marks[key] !== false);
  const added = Object.keys(marks).filter((key) => marks[key] && !kept.includes(key));
  return keepChosen({ ...state, selection: { ...state.selection, [kind]: [...kept, ...added] } });
}

export function reduce(state: EditorState, change: Change): EditorState {
  switch (change.type) {
    case "do": return perform(state, change);
    case "undo": return goBack(state);
    case "redo": return goForth(state);
    case "select": return keepChosen({ ...state, selection: { nodes: change.nodes, edges: change.edges ?? [] } });
    case "mark": return mark(state, change);
    case "saved": return { ...state, saved: change.at, revision: change.revision };
    case "load": return { ...open(change.document, change.revision), next: state.next };
  }
}
