// A workflow document as immutable values. Unknown members stay as they came: an editor of an older release loses nothing.

import type { components } from "../generated/api";

type Schemas = components["schemas"];

// Nodes as authors write them, because the generated types demand every member that has a default.
export type Node = Pick<Schemas["WorkflowNode"], "id" | "type"> & Partial<Omit<Schemas["WorkflowNode"], "params" | "retry">> & {
  params?: Record<string, unknown> | null;
  retry?: Partial<NonNullable<Schemas["WorkflowRetry"]>> | null;
};
export type Edge = Pick<Schemas["WorkflowEdge"], "from" | "to"> & Partial<Schemas["WorkflowEdge"]>;
export type Settings = Partial<NonNullable<Schemas["WorkflowSettings"]>>;
export type Note = Pick<Schemas["WorkflowNote"], "text"> & Partial<Schemas["WorkflowNote"]> & { id: string };
export type WorkflowDocument = Omit<Schemas["WorkflowDocument"], "nodes" | "edges" | "settings" | "pins"> & {
  nodes: Node[];
  edges?: Edge[] | null;
  settings?: Settings | null;
  pins?: Record<string, unknown> | null;
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNode(value: unknown): value is Node {
  return isObject(value) && typeof value.id === "string" && typeof value.type === "string" && (value.name == null || typeof value.name === "string");
}

function isEdge(value: unknown): value is Edge {
  return isObject(value) && typeof value.from === "string" && typeof value.to === "string";
}

function areOne(nodes: Node[]): boolean {
  return new Set(nodes.map((node) => node.id)).size === nodes.length;
}

// Undefined where the draft has no form that a canvas could show: the API accepts any object as a draft.
export function readDocument(graph: unknown): WorkflowDocument | undefined {
  if (!isObject(graph)) return graph == null ? { nodes: [], edges: [] } : undefined;
  const { nodes = [], edges } = graph;
  if (!Array.isArray(nodes) || !nodes.every(isNode) || !areOne(nodes)) return undefined;
  if (edges != null && !(Array.isArray(edges) && edges.every(isEdge))) return undefined;
  return { ...graph, nodes, edges: edges ?? [] };
}

export function edgesOf(document: WorkflowDocument): Edge[] {
  return document.edges ?? [];
}

// Notes on the canvas; those that no editor has named get a name by their place.
export function notesOf(document: WorkflowDocument): Note[] {
  const notes: unknown = document.notes;
  return (Array.isArray(notes) ? notes : []).filter(isObject).map((note, index) => ({ ...note, id: typeof note.id === "string" ? note.id : `note-${index + 1}`, text: String(note.text ?? "") }) as Note);
}

// Items that are pinned in a node's place.
export function pinOf(document: WorkflowDocument, id: string): unknown[] | undefined {
  const items = document.pins?.[id];
  return Array.isArray(items) ? items : undefined;
}

export function nodeOf(document: WorkflowDocument, id: string): Node | undefined {
  return document.nodes.find((node) => node.id === id);
}

// Position of a node; undefined also where a draft has another form of it, { x, y } say.
export function placeOf(node: Node | undefined): [number, number] | undefined {
  const place: unknown = node?.position;
  const [x, y] = Array.isArray(place) ? place.map(Number) : [];
  return Number.isFinite(x) && Number.isFinite(y) ? [x!, y!] : undefined;
}

export function nameOf(node: Node): string {
  return node.name ?? node.id;
}

// Identity of an edge: two may not lead from one output to one input. Ids and ports may hold any sign, so
// that the parts are JSON.
export function edgeKey({ from, output, to, input }: Edge): string {
  return JSON.stringify([from, output ?? "main", to, input ?? "main"]);
}

// A free text made of 'wish', behind which a number is counted up.
function freeText(wish: string, isTaken: (text: string) => boolean, join: string): string {
  if (!isTaken(wish)) return wish;
  for (let count = 2; ; count++) {
    const text = `${wish}${join}${count}`;
    if (!isTaken(text)) return text;
  }
}

// A name with a counted number, "Set 2", counts on from its beginning.
function stem(text: string, join: RegExp): string {
  return text.replace(join, "") || text;
}

export function freeName(wish: string, taken: ReadonlySet<string>): string {
  return freeText(taken.has(wish) ? stem(wish, / \d+$/) : wish, (text) => taken.has(text), " ");
}

export function freeId(wish: string, taken: ReadonlySet<string>): string {
  const word = wish.replace(/[^A-Za-z0-9_.:-]+/g, "-").slice(0, 48) || "node";
  return freeText(taken.has(word) ? stem(word, /-\d+$/) : word, (text) => taken.has(text), "-");
}

// The value at a path of member names and indexes; undefined where there is none.
export type Path = (string | number)[];

export function getAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | null | undefined)?.[key], value);
}

// A copy with another value at the path, whose containers are made where they are missing; undefined takes a member or an entry away.
export function setAt(value: unknown, path: Path, to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  const inner = setAt(getAt(value, [key]), rest, to);
  if (typeof key === "number") {
    const list: unknown[] = Array.isArray(value) ? value : [];
    return [...list.slice(0, key), ...(inner === undefined ? [] : [inner]), ...list.slice(key + 1)];
  }
  const object: Record<string, unknown> = { ...(isObject(value) ? value : {}), [key]: inner };
  if (inner === undefined) delete object[key];
  return object;
}
