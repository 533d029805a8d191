// Replays of a run from its journal, without effects: a proof of its digest, or what another version would have done.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import { isFinished } from "./executions";
import type { Replay, ReplayList, Started } from "./types";

const listMax = 50; // the API's own limit

// The latest first. 'awaited' may not be listed before a worker has begun it: the list is asked for until it is there and over.
export function useReplays(workspace: string, run: string, awaited: string | undefined) {
  return useQuery({
    queryKey: ["replays", workspace, run],
    queryFn: () => request<ReplayList>("GET", `/workspaces/${workspace}/executions/${run}/replays`),
    refetchInterval: (query) => {
      const rows = query.state.data?.items ?? [];
      const isMissing = awaited !== undefined && rows.length < listMax && !rows.some((row) => row.execution_id === awaited);
      return !query.state.error && (isMissing || rows.some((row) => !isFinished(row.status))) ? 1_000 : false;
    },
  });
}

export function useReplayVerdict(workspace: string, id: string | undefined) {
  return useQuery({
    queryKey: ["verdict", workspace, id],
    queryFn: () => request<Replay>("GET", `/workspaces/${workspace}/replays/${id}`),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data?.verdict === "pending" && !query.state.error ? 500 : false),
  });
}

// Without a version: the run's own.
export function useAskReplay(workspace: string, run: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: number | undefined) =>
      request<Started>("POST", `/workspaces/${workspace}/executions/${run}/replays`, { body: version === undefined ? {} : { version } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["replays", workspace, run] }),
  });
}
