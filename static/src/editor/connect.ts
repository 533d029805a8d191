// Rules of connections that may be made, and of where a new node goes.

import type { NodeType } from "../api/types";
import type { Ports } from "../lib/ports";
import { edgeKey, edgesOf, freeId, freeName, nameOf, placeOf, type Edge, type Node, type WorkflowDocument } from "./document";

export type Types = Map<string, NodeType>;

function leadsTo(document: WorkflowDocument, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === to) return true;
    for (const edge of edgesOf(document)) if (edge.from === id) seen.add(edge.to);
  }
  return false;
}

// Allow a circle that comes back to a loop, because that is how an iteration ends.
export function mayConnect(document: WorkflowDocument, edge: Edge, types: Types): boolean {
  const target = document.nodes.find((node) => node.id === edge.to);
  const isLoop = types.get(target?.type ?? "")?.loop ?? false;
  if (edge.from === edge.to || target === undefined) return false;
  if (edgesOf(document).some((other) => edgeKey(other) === edgeKey(edge))) return false;
  return isLoop || !leadsTo(document, edge.to, edge.from);
}

export function looseOutputs(node: Node, ports: Ports, document: WorkflowDocument): string[] {
  const used = new Set(edgesOf(document).filter((edge) => edge.from === node.id).map((edge) => edge.output ?? "main"));
  return ports.outputs.map((port) => port.name).filter((name) => !used.has(name));
}

// From left edge to left edge, and from top to top, so that labels of edges and ports have room.
export const step = { x: 300, y: 120 };
const card = { x: 230, y: 80 };

type Point = [number, number];

// At the wish, or below it where others stand.
export function freePlace(document: WorkflowDocument, wish: Point): Point {
  const isTaken = ([x, y]: Point) => document.nodes.map(placeOf).some((place) => place && Math.abs(place[0] - x) < card.x && Math.abs(place[1] - y) < card.y);
  let [x, y] = wish.map(Math.round) as Point;
  for (let tries = 0; isTaken([x, y]) && tries <= document.nodes.length; tries++) y += step.y;
  return [x, y];
}

export interface Source {
  node: string;
  output: string;
}

// Right of the node that it comes behind; of several outputs each leads to a row of its own.
export function placeBehind(document: WorkflowDocument, source: Source, ports: Ports): Point {
  const node = document.nodes.find((entry) => entry.id === source.node);
  const [x, y] = placeOf(node) ?? [0, 0];
  const row = Math.max(0, ports.outputs.findIndex((port) => port.name === source.output));
  return freePlace(document, [x + step.x, y + (row - (ports.outputs.length - 1) / 2) * step.y]);
}

export function makeNode(document: WorkflowDocument, type: NodeType, position: Point): Node {
  const id = freeId(type.type.split(".").slice(1).join("-") || type.type, new Set(document.nodes.map((node) => node.id)));
  const name = freeName(type.title, new Set(document.nodes.map(nameOf)));
  return { id, name, type: type.type, version: type.version, params: {}, position };
}

// Written without what is the default, as people write it.
export function makeEdge(from: string, output: string, to: string, input: string): Edge {
  return { from, ...(output === "main" ? {} : { output }), to, ...(input === "main" ? {} : { input }) };
}
