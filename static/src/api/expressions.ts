import { useQuery } from "@tanstack/react-query";
import { ApiError, request } from "./client";
import type { components } from "../generated/api";

type Schemas = components["schemas"];

export type ExpressionName = Schemas["ExpressionNames"]["items"][number];
export type PreviewValue = Schemas["Preview"]["values"][string];

const noNames: ExpressionName[] = [];

// Names change with a release only, so that they are asked for once.
export function useExpressionNames(): ExpressionName[] {
  return useQuery({ queryKey: ["expressions"], queryFn: () => request<Schemas["ExpressionNames"]>("GET", "/expressions"), staleTime: Infinity }).data?.items ?? noNames;
}

export interface PreviewAsk {
  node: string;
  expressions: Record<string, string>;
  item: number;
  source_run_id?: string;
  graph?: unknown; // the draft where it is not saved
}

// Values of expressions; 'state' names the draft among those of one editor.
export function usePreview(workspace: string, workflow: string, ask: PreviewAsk, state: string, isOn: boolean) {
  const { graph, ...key } = ask;
  return useQuery({
    queryKey: ["preview", workspace, workflow, state, JSON.stringify(key)],
    queryFn: () => request<Schemas["Preview"]>("POST", `/workspaces/${workspace}/workflows/${workflow}/preview`, { body: { ...key, ...(graph === undefined ? {} : { graph }) } }),
    enabled: isOn && Object.keys(ask.expressions).length > 0,
    placeholderData: (last) => last,
    gcTime: 30_000,
    staleTime: Infinity,
    // Other previews are computed just now.
    retry: (count, error) => count < 4 && error instanceof ApiError && error.problem.status === 503,
    retryDelay: 300,
  });
}
