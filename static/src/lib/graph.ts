// A workflow's graph as the run page needs it: places for the canvas, and what flowed along each edge.

import type { Step, WorkflowEdge, WorkflowNode } from "../api/types";

export type GraphNode = WorkflowNode;
export type GraphEdge = WorkflowEdge;

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export function readGraph(document: unknown): Graph {
  const { nodes, edges } = (document ?? {}) as Partial<Graph>;
  return { nodes: Array.isArray(nodes) ? nodes : [], edges: Array.isArray(edges) ? edges : [] };
}

// Distance from the start, for a graph that nobody has laid out.
function columnsOf(graph: Graph): Map<string, number> {
  const columns = new Map<string, number>(graph.nodes.map((node) => [node.id, 0]));
  for (let round = 0; round < columns.size; round++) {
    let changed = false;
    for (const edge of graph.edges) {
      const next = (columns.get(edge.from) ?? 0) + 1;
      if (next > (columns.get(edge.to) ?? 0) && next <= columns.size) {
        columns.set(edge.to, next);
        changed = true;
      }
    }
    if (!changed) break;
  }
  return columns;
}

function isLaidOut(graph: Graph): boolean {
  const spots = new Set(graph.nodes.map((node) => JSON.stringify(node.position ?? null)));
  return spots.size === graph.nodes.length && !spots.has("null");
}

// Room that an edge's label needs between two nodes of one row, from left edge to left edge.
const columnWidth = 290;

// Factor by which an author's layout is pulled apart so that the labels fit.
function stretchOf(graph: Graph): number {
  const x = new Map(graph.nodes.map((node) => [node.id, node.position?.[0] ?? 0]));
  const gaps = graph.edges.map((edge) => (x.get(edge.to) ?? 0) - (x.get(edge.from) ?? 0)).filter((gap) => gap > 0);
  return gaps.length === 0 ? 1 : Math.min(2, Math.max(1, columnWidth / Math.min(...gaps)));
}

// Positions as the author laid them out; on a narrow screen from top to bottom instead.
export function placesOf(graph: Graph, narrow: boolean): Map<string, { x: number; y: number }> {
  const columns = columnsOf(graph);
  const filled = new Map<number, number>();
  const keep = !narrow && isLaidOut(graph);
  const stretch = stretchOf(graph);
  return new Map(
    graph.nodes.map((node) => {
      const column = columns.get(node.id) ?? 0;
      const row = filled.get(column) ?? 0;
      filled.set(column, row + 1);
      if (keep && node.position) return [node.id, { x: node.position[0] * stretch, y: node.position[1] }];
      return [node.id, narrow ? { x: row * 236, y: column * 112 } : { x: column * columnWidth, y: row * 120 }];
    }),
  );
}

export function itemsOn(edge: Pick<GraphEdge, "from"> & Partial<GraphEdge>, steps: Step[]): unknown[] {
  const step = steps.find((entry) => entry.node === edge.from);
  return step?.outputs[edge.output ?? "main"] ?? [];
}

// Number of items that went along an edge, also where the steps are without them.
export function countOn(edge: Pick<GraphEdge, "from"> & Partial<GraphEdge>, steps: Step[]): number {
  const step = steps.find((entry) => entry.node === edge.from);
  const output = edge.output ?? "main";
  return step?.counts?.[output] ?? step?.outputs[output]?.length ?? 0;
}

export interface StepInput {
  key: string;
  from: string;
  items: unknown[];
}

// Inputs of a step, put together from what the steps before it sent along their edges, because they are
// recorded there, once.
export function inputsOf(node: string, graph: Graph, steps: Step[]): StepInput[] {
  return graph.edges
    .filter((edge) => edge.to === node)
    .map((edge) => {
      const name = graph.nodes.find((entry) => entry.id === edge.from)?.name ?? edge.from;
      const output = edge.output ?? "main";
      return {
        key: `${edge.from}.${output}.${edge.input ?? "main"}`,
        from: output === "main" ? name : `${name} · ${output}`,
        items: itemsOn(edge, steps),
      };
    });
}
