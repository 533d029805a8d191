// Actions of a person in the editor, one row each. Toolbar, context menu, shortcuts, the sheet behind "?"
// and the command palette are printed from this table.

import {
  Add, Annotation, Clipboard, Cog, Cross, Cut, Disable, Duplicate, Endorsed, FastForward, FloppyDisk, Help, History, Issue, LayoutAuto, Maximize, Pin, Play, Redo, Search, Selection, StepForward, Stop, Trash, Undo, ZoomToFit,
} from "@blueprintjs/icons";
import { plural } from "../lib/format";
import { formatJson } from "../lib/lossless";
import type { IconComponent } from "../lib/nodes";
import type { PartKind } from "../lib/parts";
import { fitPart, partOf, readPart } from "./clipboard";
import type { Types } from "./connect";
import { nameOf, nodeOf } from "./document";
import { joinOver } from "./operations";
import { isDirty, type Change, type EditorState } from "./state";

export type Panel = "add" | "settings" | "findings" | "versions" | "note";

// The editor as actions see it.
export interface Editor {
  state: EditorState;
  types: Types;
  may: { write: boolean; publish: boolean; run: boolean };
  isBusy: boolean;
  dispatch: (change: Change) => void;
  open: (panel: Panel) => void;
  openPalette: () => void;
  openHelp: () => void;
  fit: () => void;
  save: () => void;
  publish: () => void;
  run: (kind?: PartKind, node?: string) => void;
  runOn: (trigger: string, delivery: string) => void; // begins at a webhook with a call that was kept
  isRunning: boolean; // the run on the canvas is not over
  cancel: () => void;
  close?: () => void; // the layer on top; absent: nothing is open
  openNode: (node: string) => void;
  togglePin?: () => void; // pins what the chosen node gave, or takes its pin away; absent: there is nothing to pin
  tidy: () => void;
  step: (dx: number, dy: number) => void; // to the neighbour on that side
}

export interface Action {
  id: string;
  name: string;
  label?: (editor: Editor) => string; // label, where the name alone says too little
  icon: IconComponent;
  keys?: string[]; // keys as Blueprint's hotkeys write them; the first is shown
  isBrowsers?: boolean; // the key is heard as the browser's own event
  group: "Workflow" | "Edit" | "View";
  places: ("toolbar" | "menu" | "node")[];
  undoable: boolean;
  when: (editor: Editor) => boolean;
  perform: (editor: Editor) => void | Promise<void>;
}

const chosen = ({ state }: Editor) => state.selection.nodes;
const single = (editor: Editor) => (chosen(editor).length === 1 ? chosen(editor)[0] : undefined);
const hasChosen = (editor: Editor) => editor.may.write && chosen(editor).length > 0;
const mayRunNode = (editor: Editor) => editor.may.run && !editor.isBusy && !editor.isRunning && single(editor) !== undefined;
const always = () => true;

function whatIsChosen(editor: Editor): string {
  const node = nodeOf(editor.state.document, single(editor) ?? "");
  return node ? nameOf(node) : plural(chosen(editor).length, "node");
}

function remove(editor: Editor): void {
  const { document, selection } = editor.state;
  const first = (type: string) => editor.types.get(type)?.outputs[0]?.name ?? "main";
  const operations = [
    ...(selection.edges.length > 0 ? [{ op: "disconnect" as const, edges: selection.edges }] : []),
    ...(selection.nodes.length > 0 ? [{ op: "remove_nodes" as const, nodes: selection.nodes, join: joinOver(document, selection.nodes, (node) => first(node.type)) }] : []),
  ];
  const name = selection.nodes.length > 0 ? whatIsChosen(editor) : plural(selection.edges.length, "connection");
  editor.dispatch({ type: "do", name: `Delete ${name}`, operations });
}

// Says whether the text was a part of a workflow.
function insert(editor: Editor, name: string, text: string): boolean {
  const part = readPart(text);
  if (part === undefined) return false;
  const { nodes, edges } = fitPart(editor.state.document, part);
  editor.dispatch({ type: "do", name: `${name} ${plural(nodes.length, "node")}`, operations: [{ op: "paste", nodes, edges }], select: nodes.map((node) => node.id) });
  return true;
}

// Insert what the browser's own paste brings, because that asks nobody for leave to read the clipboard.
export function paste(editor: Editor, text: string): boolean {
  return editor.may.write && insert(editor, "Paste", text);
}

function toggleOff(editor: Editor): void {
  const nodes = chosen(editor).flatMap((id) => nodeOf(editor.state.document, id) ?? []);
  const isOff = nodes.every((node) => node.disabled);
  editor.dispatch({ type: "do", name: `Switch ${isOff ? "on" : "off"} ${whatIsChosen(editor)}`,
    operations: nodes.map((node) => ({ op: "set_option" as const, node: node.id, name: "disabled" as const, value: isOff ? undefined : true })) });
}

const textOf = (editor: Editor) => formatJson(partOf(editor.state.document, chosen(editor)), 2);
const last = (steps: { name: string }[]) => steps.at(-1)?.name.replace(/^./, (letter) => letter.toLowerCase());

export const actions: Action[] = [
  { id: "add", name: "Add a node", icon: Add, keys: ["n", "/"], group: "Edit", places: ["toolbar", "menu"], undoable: true, when: (editor) => editor.may.write, perform: (editor) => editor.open("add") },
  { id: "undo", name: "Undo", label: ({ state }) => `Undo ${last(state.past) ?? ""}`.trim(), icon: Undo, keys: ["mod+z"], group: "Edit", places: ["toolbar"], undoable: false,
    when: ({ state, may }) => may.write && state.past.length > 0, perform: ({ dispatch }) => dispatch({ type: "undo" }) },
  { id: "redo", name: "Redo", label: ({ state }) => `Redo ${last(state.future.slice(0, 1)) ?? ""}`.trim(), icon: Redo, keys: ["mod+shift+z", "mod+y"], group: "Edit", places: ["toolbar"], undoable: false,
    when: ({ state, may }) => may.write && state.future.length > 0, perform: ({ dispatch }) => dispatch({ type: "redo" }) },
  { id: "open", name: "Open", icon: Maximize, keys: ["enter"], group: "Edit", places: ["menu"], undoable: false, when: (editor) => single(editor) !== undefined, perform: (editor) => editor.openNode(single(editor)!) },
  { id: "run_to", name: "Run to here", icon: StepForward, keys: ["mod+shift+enter"], group: "Workflow", places: ["menu", "node"], undoable: false, when: mayRunNode, perform: (editor) => editor.run("to", single(editor)) },
  { id: "run_only", name: "Run only this", icon: FastForward, keys: ["mod+alt+enter"], group: "Workflow", places: ["menu", "node"], undoable: false, when: mayRunNode, perform: (editor) => editor.run("only", single(editor)) },
  { id: "pin", name: "Pin or unpin its items", icon: Pin, keys: ["p"], group: "Edit", places: ["menu"], undoable: true, when: (editor) => editor.may.write && editor.togglePin !== undefined, perform: (editor) => editor.togglePin?.() },
  { id: "duplicate", name: "Duplicate", icon: Duplicate, keys: ["mod+d"], group: "Edit", places: ["menu"], undoable: true, when: hasChosen, perform: (editor) => void insert(editor, "Duplicate", textOf(editor)) },
  { id: "copy", name: "Copy", icon: Clipboard, keys: ["mod+c"], group: "Edit", places: ["menu"], undoable: false, when: (editor) => chosen(editor).length > 0, perform: (editor) => navigator.clipboard.writeText(textOf(editor)) },
  { id: "cut", name: "Cut", icon: Cut, keys: ["mod+x"], group: "Edit", places: ["menu"], undoable: true, when: hasChosen,
    perform: async (editor) => { await navigator.clipboard.writeText(textOf(editor)); remove(editor); } },
  { id: "paste", name: "Paste", icon: Clipboard, keys: ["mod+v"], isBrowsers: true, group: "Edit", places: ["menu"], undoable: true, when: (editor) => editor.may.write,
    perform: async (editor) => void paste(editor, await navigator.clipboard.readText()) },
  { id: "toggle", name: "Switch off or on", icon: Disable, keys: ["d"], group: "Edit", places: ["menu"], undoable: true, when: hasChosen, perform: toggleOff },
  { id: "delete", name: "Delete", icon: Trash, keys: ["delete", "backspace"], group: "Edit", places: ["menu", "node"], undoable: true,
    when: (editor) => editor.may.write && chosen(editor).length + editor.state.selection.edges.length > 0, perform: remove },
  { id: "all", name: "Select all", icon: Selection, keys: ["mod+a"], group: "Edit", places: [], undoable: false, when: ({ state }) => state.document.nodes.length > 0,
    perform: ({ state, dispatch }) => dispatch({ type: "select", nodes: state.document.nodes.map((node) => node.id) }) },
  { id: "note", name: "Add a note", icon: Annotation, keys: ["shift+n"], group: "Edit", places: ["menu"], undoable: true, when: (editor) => editor.may.write, perform: (editor) => editor.open("note") },
  { id: "tidy", name: "Tidy up", icon: LayoutAuto, keys: ["shift+alt+t"], group: "Edit", places: ["menu"], undoable: true, when: (editor) => editor.may.write && editor.state.document.nodes.length > 1, perform: (editor) => editor.tidy() },
  ...([["right", "Go to what comes behind", 1, 0], ["left", "Go to what comes before", -1, 0], ["up", "Go to the node above", 0, -1], ["down", "Go to the node below", 0, 1]] as const).map(([key, name, dx, dy]): Action => (
    { id: `go_${key}`, name, icon: Selection, keys: [`alt+${key}`], group: "View", places: [], undoable: false, when: ({ state }) => state.document.nodes.length > 0, perform: (editor) => editor.step(dx, dy) })),
  { id: "close", name: "Close what is on top", icon: Cross, keys: ["escape"], group: "View", places: [], undoable: false, when: (editor) => editor.close !== undefined, perform: (editor) => editor.close?.() },
  { id: "fit", name: "Show everything", icon: ZoomToFit, keys: ["1"], group: "View", places: [], undoable: false, when: always, perform: (editor) => editor.fit() },
  { id: "palette", name: "Commands", icon: Search, keys: ["mod+k"], group: "View", places: ["toolbar"], undoable: false, when: always, perform: (editor) => editor.openPalette() },
  { id: "help", name: "Keyboard shortcuts", icon: Help, group: "View", places: [], undoable: false, when: always, perform: (editor) => editor.openHelp() },
  { id: "findings", name: "Findings", icon: Issue, group: "View", places: ["toolbar"], undoable: false, when: always, perform: (editor) => editor.open("findings") },
  { id: "settings", name: "Workflow settings", icon: Cog, group: "Workflow", places: ["toolbar"], undoable: false, when: always, perform: (editor) => editor.open("settings") },
  { id: "versions", name: "Versions", icon: History, group: "Workflow", places: ["toolbar"], undoable: false, when: always, perform: (editor) => editor.open("versions") },
  { id: "save", name: "Save", icon: FloppyDisk, keys: ["mod+s"], group: "Workflow", places: ["toolbar"], undoable: false, when: (editor) => editor.may.write && !editor.isBusy && isDirty(editor.state), perform: (editor) => editor.save() },
  { id: "run", name: "Run", icon: Play, keys: ["mod+enter"], group: "Workflow", places: ["toolbar"], undoable: false,
    when: (editor) => editor.may.run && !editor.isBusy && !editor.isRunning && editor.state.document.nodes.length > 0, perform: (editor) => editor.run() },
  { id: "cancel", name: "Stop the run", icon: Stop, keys: ["mod+."], group: "Workflow", places: [], undoable: false, when: (editor) => editor.may.run && editor.isRunning, perform: (editor) => editor.cancel() },
  { id: "publish", name: "Publish", icon: Endorsed, group: "Workflow", places: ["toolbar"], undoable: false,
    when: (editor) => editor.may.publish && !editor.isBusy && editor.state.document.nodes.length > 0, perform: (editor) => editor.publish() },
];

export function labelOf(action: Action, editor: Editor): string {
  return action.label?.(editor) ?? action.name;
}
