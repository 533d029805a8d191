import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Part } from "../lib/parts";
import { request } from "./client";
import { previousOf } from "./previous";
import type { Finding, Started, Validation, Version, VersionList, Workflow, WorkflowList } from "./types";

export function useWorkflows(workspace: string, search: string) {
  return useInfiniteQuery({
    queryKey: ["workflows", workspace, search],
    queryFn: ({ pageParam }) =>
      request<WorkflowList>("GET", `/workspaces/${workspace}/workflows`, { query: { search, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: previousOf(workspace),
    refetchInterval: 10_000,
  });
}

export function useWorkflow(workspace: string, id: string) {
  return useQuery({
    queryKey: ["workflows", workspace, "one", id],
    queryFn: () => request<Workflow>("GET", `/workspaces/${workspace}/workflows/${id}`),
    refetchInterval: 10_000,
  });
}

// Findings of the draft, as publishing it would tell.
export function useFindings(workspace: string, workflow: Workflow | undefined) {
  return useQuery({
    queryKey: ["workflows", workspace, "findings", workflow?.id, workflow?.revision],
    queryFn: () => request<{ findings: Finding[] }>("POST", `/workspaces/${workspace}/workflows/validate`, { body: { graph: workflow?.graph } }),
    enabled: workflow !== undefined,
  }).data?.findings ?? [];
}

export function useVersions(workspace: string, id: string) {
  return useInfiniteQuery({
    queryKey: ["workflows", workspace, "versions", id],
    queryFn: ({ pageParam }) =>
      request<VersionList>("GET", `/workspaces/${workspace}/workflows/${id}/versions`, { query: { limit: 10, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

// One version with its graph, which never changes; undefined: none is asked for.
export function useVersion(workspace: string, id: string, number: number | undefined) {
  return useQuery({
    queryKey: ["workflows", workspace, "version", id, number],
    queryFn: () => request<Version>("GET", `/workspaces/${workspace}/workflows/${id}/versions/${number}`),
    enabled: number !== undefined,
    staleTime: Infinity,
  });
}

// The latest versions, as many as a page may have, to choose one of.
export function useVersionChoices(workspace: string, id: string) {
  return useQuery({
    queryKey: ["workflows", workspace, "version-choices", id],
    queryFn: () => request<VersionList>("GET", `/workspaces/${workspace}/workflows/${id}/versions`, { query: { limit: 200 } }),
  });
}

export function useSetPublished(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, published }: { id: string; published: boolean }) =>
      request<unknown>("POST", `/workspaces/${workspace}/workflows/${id}/${published ? "publish" : "unpublish"}`, { body: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: ["workflows", workspace] }),
  });
}

export function useRunByHand(workspace: string) {
  return useMutation({
    // 'pinned': the draft's own pins are taken, as in a run of a part.
    mutationFn: ({ id, trigger, pinned, delivery }: { id: string; trigger?: string; pinned?: boolean; delivery?: string }) =>
      request<Started>("POST", `/workspaces/${workspace}/workflows/${id}/run`, { body: { ...(trigger !== undefined && { trigger }), ...(pinned && { pins: {} }), ...(delivery && { delivery_id: delivery }) } }),
  });
}

export function useRunPart(workspace: string, workflow: string) {
  return useMutation({
    mutationFn: ({ kind, node, version, source, pins }: Part) =>
      request<Started>("POST", `/workspaces/${workspace}/workflows/${workflow}/run`, {
        body: { [kind]: node, version, ...(source ? { source_run_id: source } : {}), ...(pins && Object.keys(pins).length > 0 ? { pins } : {}) },
      }),
  });
}

export function useNewWorkflow(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => request<Workflow>("POST", `/workspaces/${workspace}/workflows`, { body: { name, graph: { nodes: [], edges: [] } } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["workflows", workspace] }),
  });
}

// A new workflow with the draft of another.
export function useDuplicate(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, graph }: Pick<Workflow, "name" | "graph">) => request<Workflow>("POST", `/workspaces/${workspace}/workflows`, { body: { name: `Copy of ${name}`.slice(0, 200), graph } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["workflows", workspace] }),
  });
}

// A save of what is said, over the revision that it was made of; refused where there is a newer one.
export function useSaveWorkflow(workspace: string, id: string) {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always", // fails at once without a connection, so that the editor can say so
    mutationFn: ({ revision, ...body }: { revision: number; name?: string; graph?: unknown }) =>
      request<Workflow>("PUT", `/workspaces/${workspace}/workflows/${id}`, { body, revision }),
    onSuccess: (saved) => {
      client.setQueryData(["workflows", workspace, "one", id], saved);
      void client.invalidateQueries({ queryKey: ["workflows", workspace] });
    },
  });
}

// Findings of a document that may not be saved yet; 'state' is its name among those of one editor.
export function useValidation(workspace: string, document: unknown, state: string) {
  return useQuery({
    queryKey: ["validation", workspace, state],
    queryFn: () => request<Validation>("POST", `/workspaces/${workspace}/workflows/validate`, { body: { graph: document } }),
    placeholderData: (last) => last,
    gcTime: 0,
    retry: false,
  });
}
