// Operations on a document. Each is a small JSON value that names nodes and edges by what they are, never
// by their place, so that it can be sent, logged and applied to a document that others have changed
// meanwhile.

import { edgeKey, edgesOf, notesOf, setAt, type Edge, type Node, type Note, type Path, type Settings, type WorkflowDocument } from "./document";

export type NodeOption = Exclude<keyof Node, "id" | "name" | "type" | "params" | "position">;

export type Operation =
  | { op: "add_node"; node: Node; edges?: Edge[] }
  | { op: "remove_nodes"; nodes: string[]; join: Edge[] }
  | { op: "paste"; nodes: Node[]; edges: Edge[] }
  | { op: "connect"; edge: Edge }
  | { op: "disconnect"; edges: string[] }
  | { op: "move"; positions: Record<string, [number, number]> }
  | { op: "rename"; node: string; name: string }
  | { op: "set_param"; node: string; path: Path; value?: unknown }
  | { op: "set_option"; node: string; name: NodeOption; value?: unknown }
  | { op: "set_setting"; name: keyof Settings; value?: unknown }
  | { op: "set_pin"; node: string; items?: unknown[] }
  | { op: "replace"; document: WorkflowDocument }
  | { op: "set_note"; id: string; note?: Note };

type Apply<Name extends Operation["op"]> = (document: WorkflowDocument, operation: Extract<Operation, { op: Name }>) => WorkflowDocument;

function changeNode(document: WorkflowDocument, id: string, change: (node: Node) => Node): WorkflowDocument {
  if (!document.nodes.some((node) => node.id === id)) return document;
  return { ...document, nodes: document.nodes.map((node) => (node.id === id ? change(node) : node)) };
}

// Nodes whose id is taken, and edges that are there or lead to no node, are left out.
function insert(document: WorkflowDocument, nodes: Node[], edges: Edge[]): WorkflowDocument {
  const ids = new Set(document.nodes.map((node) => node.id));
  const fresh = nodes.filter((node) => !ids.has(node.id) && ids.add(node.id));
  const keys = new Set(edgesOf(document).map(edgeKey));
  const leads = edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to) && !keys.has(edgeKey(edge)) && keys.add(edgeKey(edge)));
  if (fresh.length === 0 && leads.length === 0) return document;
  return { ...document, nodes: [...document.nodes, ...fresh], edges: [...edgesOf(document), ...leads] };
}

function remove(document: WorkflowDocument, nodes: string[], join: Edge[]): WorkflowDocument {
  const gone = new Set(nodes);
  if (!document.nodes.some((node) => gone.has(node.id))) return document;
  const rest: WorkflowDocument = {
    ...document,
    nodes: document.nodes.filter((node) => !gone.has(node.id)),
    edges: edgesOf(document).filter((edge) => !gone.has(edge.from) && !gone.has(edge.to)),
  };
  if (document.pins) rest.pins = Object.fromEntries(Object.entries(document.pins).filter(([node]) => !gone.has(node)));
  return insert(rest, [], join);
}

function disconnect(document: WorkflowDocument, keys: string[]): WorkflowDocument {
  const gone = new Set(keys);
  const edges = edgesOf(document).filter((edge) => !gone.has(edgeKey(edge)));
  return edges.length === edgesOf(document).length ? document : { ...document, edges };
}

function quoted(name: string, quote: string): string {
  return quote + name.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`) + quote;
}

// Ways in which a text names a node: the text before the quoted name, and the characters that may stand
// behind it.
const references = [
  ["$(", ")"],
  ["$node[", "]"],
  ["$items(", ")"],
  ["$items(", ","],
];

// Every text of a value, where it says $('Before'), says $('After'); $node['Before'] and $items('Before') likewise.
function renameIn(value: unknown, before: string, after: string): unknown {
  if (typeof value === "string") {
    return references.reduce(
      (all, [head, tail]) =>
        ["'", '"', "`"].reduce((text, quote) => text.replaceAll(head + quoted(before, quote) + tail, () => head + quoted(after, quote) + tail), all),
      value,
    );
  }
  if (Array.isArray(value)) return value.map((inner) => renameIn(inner, before, after));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, renameIn(inner, before, after)]));
}

// Expressions and code that name the node go along.
function rename(document: WorkflowDocument, id: string, name: string): WorkflowDocument {
  const before = document.nodes.find((node) => node.id === id);
  if (before === undefined || before.name === name) return document;
  const old = before.name ?? id;
  return {
    ...document,
    nodes: document.nodes.map((node) => {
      const params = renameIn(node.params, old, name) as Node["params"];
      const own = node.id === id ? { ...node, name } : node;
      return JSON.stringify(params) === JSON.stringify(node.params) ? own : { ...own, params };
    }),
  };
}

// Without pins the document has no member for them.
function setPin(document: WorkflowDocument, node: string, items: unknown[] | undefined): WorkflowDocument {
  if (items !== undefined && !document.nodes.some((entry) => entry.id === node)) return document;
  const pins = setAt(document.pins ?? {}, [node], items) as Record<string, unknown>;
  const { pins: _pins, ...rest } = document;
  return Object.keys(pins).length === 0 ? (rest as WorkflowDocument) : { ...document, pins };
}

function setNote(document: WorkflowDocument, id: string, note: Note | undefined): WorkflowDocument {
  const notes = notesOf(document);
  const others = notes.some((entry) => entry.id === id) ? notes.flatMap((entry) => (entry.id === id ? (note ? [note] : []) : [entry])) : note ? [...notes, note] : notes;
  return { ...document, notes: others as WorkflowDocument["notes"] };
}

const table: { [Name in Operation["op"]]: Apply<Name> } = {
  add_node: (document, { node, edges = [] }) => insert(document, [node], edges),
  remove_nodes: (document, { nodes, join }) => remove(document, nodes, join),
  paste: (document, { nodes, edges }) => insert(document, nodes, edges),
  connect: (document, { edge }) => insert(document, [], [edge]),
  disconnect: (document, { edges }) => disconnect(document, edges),
  move: (document, { positions }) => ({
    ...document,
    nodes: document.nodes.map((node) => (Object.hasOwn(positions, node.id) ? { ...node, position: positions[node.id] } : node)),
  }),
  rename: (document, { node, name }) => rename(document, node, name),
  set_param: (document, { node, path, value }) =>
    changeNode(document, node, (found) => ({ ...found, params: setAt(found.params ?? {}, path, value) as Node["params"] })),
  set_option: (document, { node, name, value }) => changeNode(document, node, (found) => setAt(found, [name], value) as Node),
  set_pin: (document, { node, items }) => setPin(document, node, items),
  replace: (_document, { document }) => document,
  set_note: (document, { id, note }) => setNote(document, id, note),
  set_setting: (document, { name, value }) => setAt(document, ["settings", name], value) as WorkflowDocument,
};

// The document after the operation; the same where it changes nothing.
export function apply(document: WorkflowDocument, operation: Operation): WorkflowDocument {
  return (table[operation.op] as Apply<Operation["op"]>)(document, operation as never);
}

// Edges that join what led to removed nodes with what was behind their first outputs.
export function joinOver(document: WorkflowDocument, nodes: string[], firstOutput: (node: Node) => string): Edge[] {
  const gone = new Set(nodes);
  const edges = edgesOf(document);
  const first = new Map(document.nodes.map((node) => [node.id, firstOutput(node)]));
  const behind = (id: string, seen: Set<string>): Edge[] => {
    if (seen.has(id)) return [];
    seen.add(id);
    return edges.filter((edge) => edge.from === id && (edge.output ?? "main") === first.get(id))
      .flatMap((edge) => (gone.has(edge.to) ? behind(edge.to, seen) : [edge]));
  };
  return edges.filter((edge) => gone.has(edge.to) && !gone.has(edge.from))
    .flatMap(({ from, output, to: first }) => behind(first, new Set()).map(({ to, input }) => ({ from, ...(output == null ? {} : { output }), to, ...(input == null ? {} : { input }) })));
}
