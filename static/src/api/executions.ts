import { useRef } from "react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, requestStart } from "./client";
import { previousOf } from "./previous";
import type { Execution, ExecutionList, Started, StepList } from "./types";

export interface ExecutionFilter {
  status?: string;
  workflow_id?: string;
  mode?: string;
  parent_id?: string;
}

const unfinished = new Set(["queued", "running", "waiting"]);

export function isFinished(status: string): boolean {
  return !unfinished.has(status);
}

export function useExecutions(workspace: string, filter: ExecutionFilter) {
  return useInfiniteQuery({
    queryKey: ["executions", workspace, filter],
    queryFn: ({ pageParam }) =>
      request<ExecutionList>("GET", `/workspaces/${workspace}/executions`, { query: { ...filter, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: previousOf(workspace),
    refetchInterval: 5_000,
  });
}

// An empty id is of no run, and nothing is asked.
export function useExecution(workspace: string, id: string) {
  return useQuery({
    queryKey: ["execution", workspace, id],
    enabled: id !== "",
    queryFn: () => request<Execution>("GET", `/workspaces/${workspace}/executions/${id}`),
    // Watch it until it is over; a finished run never changes.
    refetchInterval: (query) => (query.state.error || (query.state.data && isFinished(query.state.data.status)) ? false : 1_000),
  });
}

// The steps of a run beyond those that it came with.
export function useMoreSteps(workspace: string, id: string, next: string | null) {
  return useInfiniteQuery({
    queryKey: ["steps", workspace, id, next],
    queryFn: ({ pageParam }) =>
      request<StepList>("GET", `/workspaces/${workspace}/executions/${id}/steps`, { query: { cursor: pageParam, limit: "500" } }),
    initialPageParam: next ?? undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: false,
  });
}

export function payloadPath(workspace: string, execution: string, hash: string): string {
  return `/workspaces/${workspace}/executions/${execution}/payloads/${hash}`;
}

export function blobPath(workspace: string, execution: string, file: { blob: string; name: string; mime: string }): string {
  const query = new URLSearchParams({ name: file.name, type: file.mime });
  return `/workspaces/${workspace}/executions/${execution}/blobs/${file.blob}?${query}`;
}

export function usePayload(workspace: string, execution: string, hash: string, enabled: boolean) {
  return useQuery({
    queryKey: ["payload", workspace, hash],
    queryFn: () => request<unknown>("GET", payloadPath(workspace, execution, hash)),
    enabled,
    staleTime: Infinity,
  });
}

export function usePayloadStart(workspace: string, execution: string, hash: string, bytesMax: number, enabled: boolean) {
  return useQuery({
    queryKey: ["payload", workspace, hash, "start"],
    queryFn: () => requestStart(payloadPath(workspace, execution, hash), bytesMax),
    enabled,
    staleTime: Infinity,
  });
}

export function useCancel(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("POST", `/workspaces/${workspace}/executions/${id}/cancel`, { body: {} }),
    onSettled: (_data, _error, id) => client.invalidateQueries({ queryKey: ["execution", workspace, id] }),
  });
}

// Keep one key until an answer has come, so that a button pressed twice starts one run.
export function useReplay(workspace: string) {
  const key = useRef(crypto.randomUUID());
  return useMutation({
    mutationFn: (delivery: string) =>
      request<Started>("POST", `/workspaces/${workspace}/deliveries/${delivery}/replay`, { body: {}, key: key.current }),
    onSuccess: () => {
      key.current = crypto.randomUUID();
    },
  });
}
