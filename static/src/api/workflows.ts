import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import { previousOf } from "./previous";
import type { Started, WorkflowList } from "./types";

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
    mutationFn: ({ id, trigger }: { id: string; trigger?: string }) =>
      request<Started>("POST", `/workspaces/${workspace}/workflows/${id}/run`, { body: trigger === undefined ? {} : { trigger } }),
  });
}
