import { useMemo } from "react";
import { Background, Controls, ReactFlow, type Edge } from "@xyflow/react";
import { useNodeTypes } from "../api/catalog";
import type { NodeType, Step } from "../api/types";
import { plural } from "../lib/format";
import { itemsOn, placesOf, type Graph } from "../lib/graph";
import { useNarrow } from "../lib/narrow";
import { portsOf } from "../lib/ports";
import { NodeView, type ViewNode } from "./node-view";

const nodeTypes = { node: NodeView };

function nodesOf(graph: Graph, steps: Step[], selected: string | undefined, narrow: boolean, types: Map<string, NodeType>): ViewNode[] {
  const places = placesOf(graph, narrow);
  return graph.nodes.map((node) => ({
    id: node.id,
    type: "node",
    position: places.get(node.id) ?? { x: 0, y: 0 },
    data: { name: node.name ?? node.id, type: node.type, step: steps.find((step) => step.node === node.id), selected: node.id === selected, narrow, ...portsOf(node, types.get(node.type), graph.edges) },
  }));
}

function edgesOf(graph: Graph, steps: Step[]): Edge[] {
  return graph.edges.map((edge, index) => {
    const count = itemsOn(edge, steps).length;
    const port = edge.output && edge.output !== "main" ? edge.output : "";
    return {
      id: String(index),
      source: edge.from,
      sourceHandle: edge.output ?? "main",
      target: edge.to,
      targetHandle: edge.input ?? "main",
      label: [port, count > 0 && plural(count, "item")].filter(Boolean).join(" · ") || undefined,
      className: count > 0 ? "edge-used" : "edge-idle",
      labelBgPadding: [6, 3],
      labelBgBorderRadius: 6,
    };
  });
}

interface Props {
  graph: Graph;
  steps: Step[];
  selected: string | undefined;
  onSelect?: (node: string) => void;
  label?: string;
}

// A graph: the version that ran, coloured by what each node did, or a workflow, of which nothing ran.
export function RunCanvas({ graph, steps, selected, onSelect, label = "Graph of the run" }: Props) {
  const narrow = useNarrow();
  const types = useNodeTypes();
  const nodes = useMemo(() => nodesOf(graph, steps, selected, narrow, types), [graph, steps, selected, narrow, types]);
  const edges = useMemo(() => edgesOf(graph, steps), [graph, steps]);

  return (
    <section className="canvas" aria-label={label}>
      <ReactFlow key={String(narrow)} nodes={nodes} edges={edges} nodeTypes={nodeTypes} nodesDraggable={false} nodesConnectable={false}
        nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} fitView fitViewOptions={{ maxZoom: 1, padding: 0.12 }}
        minZoom={0.2} preventScrolling={false} zoomOnScroll={false} proOptions={{ hideAttribution: true }}
        onNodeClick={(_event, node) => onSelect?.(node.id)}>
        <Background gap={20} size={1.4} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  );
}
