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

export interface ScheduleInput {
  kind: "cron" | "interval";
  cron?: string;
  every?: number;
  unit?: string;
  anchor?: string;
  timezone: string;
}

// The next times of what is not saved yet.
export function usePreview(workspace: string) {
  return useMutation({
    mutationFn: (body: ScheduleInput) => request<ScheduleTimes>("POST", `/workspaces/${workspace}/schedules/preview`, { body }),
  });
}
