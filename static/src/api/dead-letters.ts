import { useRef } from "react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import { previousOf } from "./previous";
import type { DeadLetterList, DeadLettersDiscarded, DeadLettersReplayed, Started } from "./types";

export interface DeadLetterFilter {
  state?: string;
  workflow_id?: string;
  code?: string;
  node?: string;
  text?: string;
  since?: string; // a word of spans
}

// Longest time since letters failed, by the word in the page's address.
export const spans: { value: string; label: string; ms: number }[] = [
  { value: "1h", label: "Last hour", ms: 3_600_000 },
  { value: "1d", label: "Last day", ms: 86_400_000 },
  { value: "7d", label: "Last 7 days", ms: 604_800_000 },
];

// Filter as the API takes it: the span as the time at which it begins.
export function asked({ since, ...filter }: DeadLetterFilter, now: number) {
  const span = spans.find((one) => one.value === since);
  return { ...filter, after: span && new Date(now - span.ms).toISOString() };
}

// Letters that are chosen: those with these ids, or all that the filter finds.
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
      request<DeadLetterList>("GET", `/workspaces/${workspace}/dead-letters`, { query: { ...asked(filter, Date.now()), cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: previousOf(workspace),
    refetchInterval: 5_000,
  });
}

function chosen(choice: DeadLetterChoice) {
  return choice.ids ? { ids: choice.ids } : Object.fromEntries(Object.entries(asked(choice, Date.now())).filter(([, value]) => value));
}

function useLetters<Answer>(workspace: string, path: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (choice: DeadLetterChoice) =>
      request<Answer>("POST", `/workspaces/${workspace}/${path}`, { body: chosen(choice) }),
    onSettled: () => client.invalidateQueries({ queryKey: ["dead-letters", workspace] }),
  });
}

export const useReplayLetters = (workspace: string) => useLetters<DeadLettersReplayed>(workspace, "dead-letters/replay");
export const useDiscardLetters = (workspace: string) => useLetters<DeadLettersDiscarded>(workspace, "dead-letters/discard");

export function useRerun(workspace: string, execution: string) {
  const client = useQueryClient();
  const key = useRef(crypto.randomUUID()); // like useReplay's
  return useMutation({
    mutationFn: (rerun: Rerun) =>
      request<Started>("POST", `/workspaces/${workspace}/executions/${execution}/replay`, { body: rerun, key: key.current }),
    onSuccess: () => {
      key.current = crypto.randomUUID();
      return client.invalidateQueries({ queryKey: ["dead-letters", workspace] });
    },
  });
}
