// Difference of two workflow documents as people read it: nodes, their fields, connections, settings. A moved node is no change of what runs.

import { cellText } from "./columns";
import { formatJson } from "./lossless";

interface DiffNode {
  id: string;
  name?: string | null;
  type: string;
  params?: Record<string, unknown> | null;
  position?: unknown;
}

interface DiffEdge {
  from: string;
  output?: string | null;
  to: string;
  input?: string | null;
}

export interface DiffDocument {
  nodes: DiffNode[];
  edges?: DiffEdge[] | null;
  settings?: Record<string, unknown> | null;
}

export interface FieldChange {
  path: string;
  before: string; // "" where there was none
  after: string;
}

export interface NodeChange {
  id: string;
  name: string;
  kind: "added" | "removed" | "changed";
  fields: FieldChange[];
}

export interface DocumentDiff {
  nodes: NodeChange[];
  edges: { kind: "added" | "removed"; text: string }[];
  settings: FieldChange[];
  moved: number;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function same(a: unknown, b: unknown): boolean {
  return formatJson(a ?? null) === formatJson(b ?? null);
}

function fieldsOf(before: unknown, after: unknown, path: string, found: FieldChange[]): void {
  if (same(before, after)) return;
  const [old, fresh] = [before ?? {}, after ?? {}];
  if (Array.isArray(old) && Array.isArray(fresh)) {
    for (let index = 0; index < Math.max(old.length, fresh.length); index++) fieldsOf(old[index], fresh[index], `${path}[${index}]`, found);
  } else if (isPlain(old) && isPlain(fresh)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)])) fieldsOf(old[key], fresh[key], path === "" ? key : `${path}.${key}`, found);
    // An empty object that came or went has no fields to name.
    if (Object.keys(old).length + Object.keys(fresh).length === 0) found.push({ path, before: cellText(before), after: cellText(after) });
  } else found.push({ path, before: cellText(before ?? undefined), after: cellText(after ?? undefined) });
}

const seen = new Set(["id", "position"]);

function ownFields(before: DiffNode, after: DiffNode): FieldChange[] {
  const found: FieldChange[] = [];
  const strip = (node: DiffNode) => Object.fromEntries(Object.entries(node).filter(([key, value]) => !seen.has(key) && value != null && !(key === "params" && same(value, {}))));
  fieldsOf(strip(before), strip(after), "", found);
  return found;
}

function edgeText(edge: DiffEdge, nameOf: (id: string) => string): string {
  return `${nameOf(edge.from)}${edge.output && edge.output !== "main" ? `, ${edge.output},` : ""} to ${nameOf(edge.to)}${edge.input && edge.input !== "main" ? `, ${edge.input}` : ""}`;
}

export function diffDocuments(before: DiffDocument, after: DiffDocument): DocumentDiff {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const fresh = new Map(after.nodes.map((node) => [node.id, node]));
  const label = (node: DiffNode) => node.name ?? node.id;
  const nameOf = (id: string) => label(fresh.get(id) ?? old.get(id) ?? { id, type: "" });
  const nodes: NodeChange[] = [
    ...after.nodes.flatMap((node): NodeChange[] => {
      const was = old.get(node.id);
      if (was === undefined) return [{ id: node.id, name: label(node), kind: "added", fields: [] }];
      const fields = ownFields(was, node);
      return fields.length > 0 ? [{ id: node.id, name: label(node), kind: "changed", fields }] : [];
    }),
    ...before.nodes.filter((node) => !fresh.has(node.id)).map((node): NodeChange => ({ id: node.id, name: label(node), kind: "removed", fields: [] })),
  ];
  const keyed = (edges: DiffEdge[] | null | undefined) => new Map((edges ?? []).map((edge) => [JSON.stringify([edge.from, edge.output ?? "main", edge.to, edge.input ?? "main"]), edge]));
  const [oldEdges, freshEdges] = [keyed(before.edges), keyed(after.edges)];
  const settings: FieldChange[] = [];
  fieldsOf(before.settings ?? {}, after.settings ?? {}, "", settings);

  return {
    nodes,
    edges: [
      ...[...freshEdges].filter(([key]) => !oldEdges.has(key)).map(([, edge]) => ({ kind: "added" as const, text: edgeText(edge, nameOf) })),
      ...[...oldEdges].filter(([key]) => !freshEdges.has(key)).map(([, edge]) => ({ kind: "removed" as const, text: edgeText(edge, nameOf) })),
    ],
    settings: settings.filter((field) => field.path !== ""),
    moved: after.nodes.filter((node) => { const was = old.get(node.id); return was !== undefined && !same(was.position, node.position); }).length,
  };
}
