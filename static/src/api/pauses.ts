// Pauses of a workflow or of the whole workspace, and what waits in the queue meanwhile.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import type { CanceledQueued, Pause } from "./types";

export function useWorkspacePause(workspace: string) {
  return useQuery({
    queryKey: ["pause", workspace],
    queryFn: () => request<Pause>("GET", `/workspaces/${workspace}/pause`),
    refetchInterval: 10_000,
  });
}

// `id` undefined: all of the workspace.
export function useSetPaused(workspace: string, id?: string) {
  const client = useQueryClient();
  const place = id === undefined ? `/workspaces/${workspace}` : `/workspaces/${workspace}/workflows/${id}`;
  return useMutation({
    mutationFn: (paused: boolean) => request<Pause>("POST", `${place}/${paused ? "pause" : "unpause"}`, { body: {} }),
    onSettled: () => Promise.all([
      client.invalidateQueries({ queryKey: ["workflows", workspace] }),
      client.invalidateQueries({ queryKey: ["pause", workspace] }),
    ]),
  });
}

export function useCancelQueued(workspace: string, id: string) {
  return useMutation({
    mutationFn: () => request<CanceledQueued>("POST", `/workspaces/${workspace}/workflows/${id}/cancel-queued`, { body: {} }),
  });
}
