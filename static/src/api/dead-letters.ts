import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import { previousOf } from "./previous";
import type { DeadLetterList, DeadLettersDiscarded, DeadLettersReplayed, Started } from "./types";

export interface DeadLetterFilter {
  state?: string;
  workflow_id?: string;
  code?: string;
  text?: string;
}

// Which letters: those with these ids, or all that the filter finds.
export interface DeadLetterChoice extends Omit<DeadLetterFilter, "state"> {
  ids?: string[];
}

export interface Rerun {
  input?: unknown;
  version: "published" | "same";
  repeat_effects: boolean;
}

export function useDeadLetters(workspace: string, filter: DeadLetterFilter) {
  return useInfiniteQuery({
    queryKey: ["dead-letters", workspace, filter],
    queryFn: ({ pageParam }) =>
      request<DeadLetterList>("GET", `/workspaces/${workspace}/dead-letters`, { query: { ...filter, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: previousOf(workspace),
    refetchInterval: 5_000,
  });
}

function chosen(choice: DeadLetterChoice) {
  return choice.ids ? { ids: choice.ids } : Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== ""));
}

export function useReplayLetters(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (choice: DeadLetterChoice) =>
      request<DeadLettersReplayed>("POST", `/workspaces/${workspace}/dead-letters/replay`, { body: chosen(choice) }),
    onSettled: () => client.invalidateQueries({ queryKey: ["dead-letters", workspace] }),
  });
}

export function useDiscardLetters(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (choice: DeadLetterChoice) =>
      request<DeadLettersDiscarded>("POST", `/workspaces/${workspace}/dead-letters/discard`, { body: chosen(choice) }),
    onSettled: () => client.invalidateQueries({ queryKey: ["dead-letters", workspace] }),
  });
}

export function useRerun(workspace: string, execution: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rerun: Rerun) =>
      request<Started>("POST", `/workspaces/${workspace}/executions/${execution}/replay`, { body: rerun }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dead-letters", workspace] }),
  });
}
