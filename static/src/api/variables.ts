import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import type { VariableList, VariableUsed } from "./types";

export function useVariables(workspace: string) {
  return useInfiniteQuery({
    queryKey: ["variables", workspace],
    queryFn: ({ pageParam }) =>
      request<VariableList>("GET", `/workspaces/${workspace}/variables`, { query: { cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

// A variable with the published workflows that use it.
export function useVariable(workspace: string, id: string) {
  return useQuery({
    queryKey: ["variables", workspace, id],
    queryFn: () => request<VariableUsed>("GET", `/workspaces/${workspace}/variables/${id}`),
  });
}

// Without an id a new one.
export function useSaveVariable(workspace: string, id?: string) {
  const client = useQueryClient();
  const path = `/workspaces/${workspace}/variables`;
  return useMutation({
    mutationFn: (input: { name: string; value: string }) =>
      request<VariableUsed>(id === undefined ? "POST" : "PUT", id === undefined ? path : `${path}/${id}`, { body: input }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["variables", workspace] }),
  });
}

export function useRemoveVariable(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", `/workspaces/${workspace}/variables/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["variables", workspace] }),
  });
}
