// Places for all nodes, from left to right. The library that computes them is loaded when it is used.

import type { NodeType } from "../api/types";
import { edgesOf, placeOf, type WorkflowDocument } from "./document";

const size = { width: 228, height: 60 };
const row = 26;

export async function tidy(document: WorkflowDocument, types: Map<string, NodeType>): Promise<Record<string, [number, number]>> {
  const { Graph, layout } = await import("@dagrejs/dagre");
  const graph = new Graph({ multigraph: true });

  graph.setGraph({ rankdir: "LR", nodesep: 60, ranksep: 84, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of document.nodes) graph.setNode(node.id, { width: size.width, height: Math.max(size.height, ((types.get(node.type)?.outputs.length ?? 1) + 1) * row) });
  edgesOf(document).forEach((edge, index) => { if (graph.hasNode(edge.from) && graph.hasNode(edge.to)) graph.setEdge(edge.from, edge.to, {}, String(index)); });
  layout(graph);

  // Keep the place of the first node, so that what is seen does not jump away.
  const places = new Map(document.nodes.map((node) => { const { x, y, height } = graph.node(node.id) as { x: number; y: number; height: number }; return [node.id, [x - size.width / 2, y - height / 2]] as const; }));
  const [first] = document.nodes;
  const [x, y] = placeOf(first) ?? [0, 0];
  const [dx, dy] = first ? [x - places.get(first.id)![0]!, y - places.get(first.id)![1]!] : [0, 0];
  return Object.fromEntries([...places].map(([id, place]) => [id, [Math.round(place[0]! + dx), Math.round(place[1]! + dy)]]));
}

// The nearest node on a side of another, or the first where none is chosen.
export function neighbour(document: WorkflowDocument, from: string | undefined, dx: number, dy: number): string | undefined {
  const at = placeOf(document.nodes.find((node) => node.id === from));
  if (at === undefined) return document.nodes[0]?.id;
  const edges = edgesOf(document).filter((edge) => (dx > 0 ? edge.from === from : dx < 0 ? edge.to === from : false)).map((edge) => (dx > 0 ? edge.to : edge.from));
  const reach = (id: string) => {
    const [x, y] = placeOf(document.nodes.find((node) => node.id === id)) ?? [0, 0];
    const along = (x - at[0]) * dx + (y - at[1]) * dy;
    const across = Math.abs((x - at[0]) * dy) + Math.abs((y - at[1]) * dx);
    return { along, cost: along + across * 2 };
  };
  const among = edges.length > 0 ? edges : document.nodes.map((node) => node.id).filter((id) => id !== from && reach(id).along > 0);
  return [...among].sort((a, b) => reach(a).cost - reach(b).cost)[0];
}
