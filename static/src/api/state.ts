import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import type { StateList, StateValue } from "./types";

export function useKeptValues(workspace: string) {
  return useInfiniteQuery({
    queryKey: ["state", workspace],
    queryFn: ({ pageParam }) => request<StateList>("GET", `/workspaces/${workspace}/state`, { query: { cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function useKeptValue(workspace: string, id: string) {
  return useQuery({
    queryKey: ["state", workspace, id],
    queryFn: () => request<StateValue>("GET", `/workspaces/${workspace}/state/${id}`),
  });
}

export function useForgetValue(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", `/workspaces/${workspace}/state/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["state", workspace] }),
  });
}
