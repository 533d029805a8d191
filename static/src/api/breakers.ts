import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import type { Breaker, BreakerEventList, BreakerList } from "./types";

// Load the breakers again and again, because they open and close by themselves.
export function useBreakers(workspace: string) {
  return useQuery({
    queryKey: ["breakers", workspace],
    queryFn: () => request<BreakerList>("GET", `/workspaces/${workspace}/breakers`),
    refetchInterval: 5_000,
  });
}

export function useBreakerHistory(workspace: string) {
  return useInfiniteQuery({
    queryKey: ["breakers", workspace, "history"],
    queryFn: ({ pageParam }) =>
      request<BreakerEventList>("GET", `/workspaces/${workspace}/breakers/history`, { query: { cursor: pageParam, limit: "20" } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 5_000,
  });
}

export type BreakerAction = "open" | "close" | "reset";

export function useSetBreaker(workspace: string, action: BreakerAction) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ node_type, host, why }: Pick<Breaker, "node_type" | "host"> & { why?: string }) =>
      request<BreakerList>("POST", `/workspaces/${workspace}/breakers/${action}`, { body: { node_type, host, why } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["breakers", workspace] }),
  });
}
