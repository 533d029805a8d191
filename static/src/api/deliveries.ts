import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { request } from "./client";
import { previousOf } from "./previous";
import type { Delivery, DeliveryList, HookTrial } from "./types";

export interface DeliveryFilter {
  verdict?: string;
  workflow_id?: string;
}

export function useDeliveries(workspace: string, filter: DeliveryFilter) {
  return useInfiniteQuery({
    queryKey: ["deliveries", workspace, filter],
    queryFn: ({ pageParam }) =>
      request<DeliveryList>("GET", `/workspaces/${workspace}/deliveries`, { query: { ...filter, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: previousOf(workspace),
    refetchInterval: 5_000,
  });
}

export function useDelivery(workspace: string, id: string) {
  return useQuery({
    queryKey: ["delivery", workspace, id],
    queryFn: () => request<Delivery>("GET", `/workspaces/${workspace}/deliveries/${id}`),
    // Load an accepted delivery again, because only that goes on: into the queue and through its run.
    refetchInterval: (query) => (query.state.data?.queue ? 2_000 : false),
  });
}

// Is it genuine by its webhook of today, and what differs if not?
export function useVerify(workspace: string, id: string) {
  return useMutation({ mutationFn: () => request<HookTrial>("POST", `/workspaces/${workspace}/deliveries/${id}/verify`) });
}
