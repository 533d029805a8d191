// Names that the expressions of a node may use: of its input, of nodes before it, and of the table.

import { useMemo } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { request } from "../api/client";
import { useExpressionNames } from "../api/expressions";
import { useVariables } from "../api/variables";
import type { Step, StepList } from "../api/types";
import { jsonOf } from "../lib/columns";
import type { World } from "./complete";
import { edgesOf, nameOf, type Node, type WorkflowDocument } from "./document";

// Ids of the nodes that lead to a node, the nearest first.
export function nodesBefore(document: WorkflowDocument, id: string): string[] {
  const seen = new Set([id]);
  for (const at of seen) for (const edge of edgesOf(document)) if (edge.to === at) seen.add(edge.from);
  return [...seen].slice(1);
}

function firstOutput(step: Step | null | undefined): unknown[] {
  return step?.outputs.main ?? Object.values(step?.outputs ?? {}).find((items) => items.length > 0) ?? [];
}

export function useWorld(workspace: string, document: WorkflowDocument, node: Node, run: string | undefined, steps: Step[], input: unknown): World {
  const client = useQueryClient();
  const names = useExpressionNames();
  const vars = useVariables(workspace).data?.pages.flatMap((page) => page.items.map((entry) => entry.name));
  const varsText = (vars ?? []).join(",");

  return useMemo(() => {
    const before = nodesBefore(document, node.id);
    const others = document.nodes.filter((other) => other.id !== node.id);
    const sorted = [...others].sort((a, b) => (before.includes(a.id) ? before.indexOf(a.id) : 1e6) - (before.includes(b.id) ? before.indexOf(b.id) : 1e6));
    const nodeJson = async (name: string) => {
      const found = others.find((other) => nameOf(other) === name);
      const pinned = found && (document.pins?.[found.id] as unknown[] | undefined);
      if (pinned) return jsonOf(pinned[0]);
      const step = steps.find((entry) => entry.node === found?.id);
      if (run === undefined || step === undefined) return undefined;
      const whole = await client.fetchQuery({
        queryKey: ["step-items", workspace, run, step.node, step.frame ?? "", step.attempt ?? 1], staleTime: Infinity,
        queryFn: async () => (await request<StepList>("GET", `/workspaces/${workspace}/executions/${run}/steps`, { query: { node: step.node, frame: step.frame ?? "root", limit: 100 } })).items.at(-1) ?? null,
      });
      return jsonOf(firstOutput(whole)[0]);
    };
    return { json: () => input, nodeJson, nodes: sorted.map(nameOf), names, vars: varsText === "" ? [] : varsText.split(",") };
  }, [client, workspace, document, node.id, run, steps, input, names, varsText]);
}
