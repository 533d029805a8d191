// A run as it goes: one small request a second, which is answered at once when the run ends and brings what is new.

import { useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { isFinished } from "./executions";
import { ApiError, request } from "./client";
import type { Execution, Step, StepList } from "./types";

export interface LiveRun {
  run: Execution | undefined;
  steps: Step[]; // without items: how many there are by port
  problem: unknown;
}

const none: LiveRun = { run: undefined, steps: [], problem: undefined };
const retryMs = 2_000;
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

function isLost(error: unknown): boolean {
  return !(error instanceof ApiError && error.problem.status >= 400 && error.problem.status < 500);
}

// Watch until the run is over. An empty id is of no run.
export function useLiveRun(workspace: string, id: string): LiveRun {
  const [live, setLive] = useState<LiveRun & { id: string }>({ ...none, id: "" });

  useEffect(() => {
    let isOn = true;
    const path = `/workspaces/${workspace}/executions/${id}`;
    const watch = async () => {
      let steps: Step[] = [];
      for (let asked = 0; isOn; asked++) {
        try {
          const run = await request<Execution>("GET", path, { query: { items: "count", from: steps.length, ...(asked > 0 && { wait: "1s" }) } });
          steps = [...steps, ...run.steps];
          if (isOn) setLive({ id, run, steps, problem: undefined });
          if (isFinished(run.status) && run.steps_next == null) return;
        } catch (problem) {
          if (!isOn) return;
          setLive((last) => ({ ...(last.id === id ? last : { ...none, id }), problem }));
          if (!isLost(problem)) return;
          await pause(retryMs);
        }
      }
    };
    if (id !== "") void watch();
    return () => { isOn = false; };
  }, [workspace, id]);
  return live.id === id ? live : none;
}

// The items of a node in a run: of its last attempt in that frame.
export function useStepItems(workspace: string, run: string | undefined, step: Step | undefined) {
  return useQuery({
    queryKey: ["step-items", workspace, run, step?.node, step?.frame ?? "", step?.attempt ?? 1],
    queryFn: async () => {
      const page = await request<StepList>("GET", `/workspaces/${workspace}/executions/${run}/steps`, { query: { node: step!.node, frame: step!.frame ?? "root", limit: 100 } });
      return page.items.at(-1) ?? null;
    },
    enabled: run !== undefined && step !== undefined,
    staleTime: Infinity,
  });
}
