// Items that come to a node and that it gave: pinned, or of the run on the canvas.

import { useQueries } from "@tanstack/react-query";
import { request } from "../api/client";
import { useStepItems } from "../api/live-run";
import type { Step, StepList } from "../api/types";
import { edgesOf, nameOf, nodeOf, pinOf, type Node, type WorkflowDocument } from "./document";

export interface Data {
  key: string;
  title: string;
  items: unknown[];
  isPinned: boolean;
}

export interface NodeData {
  inputs: Data[];
  outputs: Data[];
  step: Step | undefined; // with its items, once they are there
  isLoading: boolean;
}

function keyOf(workspace: string, run: string | undefined, step: Step | undefined) {
  return ["step-items", workspace, run, step?.node, step?.frame ?? "", step?.attempt ?? 1];
}

export function useNodeData(workspace: string, document: WorkflowDocument, node: Node, run: string | undefined, steps: Step[]): NodeData {
  const own = useStepItems(workspace, run, steps.find((step) => step.node === node.id));
  const edges = edgesOf(document).filter((edge) => edge.to === node.id);
  const before = useQueries({
    queries: edges.map((edge) => {
      const step = steps.find((entry) => entry.node === edge.from);
      return {
        queryKey: keyOf(workspace, run, step),
        queryFn: async () => (await request<StepList>("GET", `/workspaces/${workspace}/executions/${run}/steps`, { query: { node: edge.from, frame: step?.frame ?? "root", limit: 100 } })).items.at(-1) ?? null,
        enabled: run !== undefined && step !== undefined && pinOf(document, edge.from) === undefined,
        staleTime: Infinity,
      };
    }),
  });
  const inputs = edges.map((edge, index): Data => {
    const output = edge.output ?? "main";
    const from = nodeOf(document, edge.from);
    const pinned = pinOf(document, edge.from);
    const name = from ? nameOf(from) : edge.from;
    return { key: `${edge.from} ${output}`, title: output === "main" ? name : `${name}, ${output}`, items: pinned ?? before[index]?.data?.outputs[output] ?? [], isPinned: pinned !== undefined };
  });
  const pinned = pinOf(document, node.id);
  const outputs = pinned ? [{ key: "pinned", title: "Pinned items", items: pinned, isPinned: true }]
    : Object.entries(own.data?.outputs ?? {}).map(([port, items]) => ({ key: port, title: port === "main" ? "Items" : port, items, isPinned: false }));

  return { inputs, outputs, step: own.data ?? undefined, isLoading: own.isLoading || before.some((query) => query.isLoading) };
}
