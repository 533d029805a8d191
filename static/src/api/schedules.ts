import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { request } from "./client";
import type { ScheduleList, ScheduleTimes } from "./types";

// The soonest first; times move on by themselves, so the list is asked for again.
export function useSchedules(workspace: string) {
  return useInfiniteQuery({
    queryKey: ["schedules", workspace],
    queryFn: ({ pageParam }) => request<ScheduleList>("GET", `/workspaces/${workspace}/schedules`, { query: { cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 10_000,
  });
}

export function useScheduleTimes(workspace: string, id: string) {
  return useQuery({
    queryKey: ["schedules", workspace, id],
    queryFn: () => request<ScheduleTimes>("GET", `/workspaces/${workspace}/schedules/${id}/next`),
  });
}

// Parameters of a node that a preview takes; a missing one has the default that it has in the node.
export interface ScheduleInput {
  kind?: "cron" | "interval";
  cron?: string;
  every?: number;
  unit?: string;
  anchor?: string;
  timezone: string;
}

function preview(workspace: string, body: ScheduleInput) {
  return request<ScheduleTimes>("POST", `/workspaces/${workspace}/schedules/preview`, { body });
}

// The next times of what is not saved yet, when they are asked for.
export function usePreview(workspace: string) {
  return useMutation({ mutationFn: (body: ScheduleInput) => preview(workspace, body) });
}

// Preview a node of a draft at once.
export function usePreviewed(workspace: string, body: ScheduleInput) {
  return useQuery({ queryKey: ["schedules", workspace, "preview", body], queryFn: () => preview(workspace, body) });
}
