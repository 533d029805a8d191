import { useMemo } from "react";
import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from "@xyflow/react";
import { Icon } from "@blueprintjs/core";
import type { Step } from "../api/types";
import { plural } from "../lib/format";
import { statusLook } from "../lib/status";

interface GraphDocument {
  nodes?: { id: string; name: string; type: string; position?: [number, number]; disabled?: boolean }[];
  edges?: { from: string; output?: string; to: string; input?: string }[];
}

type NodeData = { name: string; type: string; step?: Step; selected: boolean };
type RunNode = Node<NodeData, "run">;

function itemCount(step: Step | undefined): number {
  return Object.values(step?.items_out ?? {}).reduce((sum, count) => sum + count, 0);
}

function RunNodeView({ data }: NodeProps<RunNode>) {
  const look = data.step && statusLook(data.step.status);
  return (
    <div className={`canvas-node intent-${look?.intent ?? "none"}${data.selected ? " is-selected" : ""}${data.step ? "" : " is-idle"}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="canvas-node-name">{look && <Icon icon={look.icon} intent={look.intent} size={14} />}<span>{data.name}</span></div>
      <div className="quiet">{data.step ? plural(itemCount(data.step), "item") : data.type}</div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

const nodeTypes = { run: RunNodeView };

// A graph without positions is laid out in columns by distance from the start.
function columnOf(graph: GraphDocument): Map<string, number> {
  const column = new Map<string, number>((graph.nodes ?? []).map((node) => [node.id, 0]));
  for (let round = 0; round < column.size; round++) {
    let changed = false;
    for (const edge of graph.edges ?? []) {
      const next = (column.get(edge.from) ?? 0) + 1;
      if (next > (column.get(edge.to) ?? 0) && next <= column.size) {
        column.set(edge.to, next);
        changed = true;
      }
    }
    if (!changed) break;
  }
  return column;
}

function hasPositions(graph: GraphDocument): boolean {
  const spots = new Set((graph.nodes ?? []).map((node) => JSON.stringify(node.position ?? null)));
  return spots.size === (graph.nodes ?? []).length && !spots.has("null");
}

function layout(graph: GraphDocument, steps: Step[], selected: string | undefined): RunNode[] {
  const columns = columnOf(graph);
  const filled = new Map<number, number>();
  const keep = hasPositions(graph);
  return (graph.nodes ?? []).map((node) => {
    const column = columns.get(node.id) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    const [x, y] = keep && node.position ? node.position : [column * 240, row * 110];
    return {
      id: node.id,
      type: "run",
      position: { x, y },
      data: { name: node.name, type: node.type, step: steps.find((step) => step.node === node.id), selected: node.id === selected },
    };
  });
}

function edgesOf(graph: GraphDocument, steps: Step[]): Edge[] {
  return (graph.edges ?? []).map((edge, index) => {
    const step = steps.find((entry) => entry.node === edge.from);
    const count = (step?.items_out as Record<string, number> | undefined)?.[edge.output ?? "main"] ?? 0;
    return {
      id: String(index),
      source: edge.from,
      target: edge.to,
      label: edge.output && edge.output !== "main" ? edge.output : undefined,
      animated: false,
      className: count > 0 ? "edge-used" : "edge-idle",
    };
  });
}

interface Props {
  graph: unknown;
  steps: Step[];
  selected: string | undefined;
  onSelect: (node: string) => void;
}

// The version that ran, coloured by what each node did.
export function RunCanvas({ graph, steps, selected, onSelect }: Props) {
  const document = (graph ?? {}) as GraphDocument;
  const nodes = useMemo(() => layout(document, steps, selected), [document, steps, selected]);
  const edges = useMemo(() => edgesOf(document, steps), [document, steps]);

  return (
    <div className="canvas" aria-label="Graph of the run">
      <ReactFlow nodes={nodes} edges={edges} nodeTypes={nodeTypes} nodesDraggable={false} nodesConnectable={false}
        fitView fitViewOptions={{ maxZoom: 1, padding: 0.15 }} minZoom={0.1} preventScrolling={false} zoomOnScroll={false}
        proOptions={{ hideAttribution: true }} onNodeClick={(_event, node) => onSelect(node.id)}>
        <Background gap={20} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
