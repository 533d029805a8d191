import { useCallback, useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { isFinished } from "../api/executions";
import { useLiveRun } from "../api/live-run";
import { seenFrom } from "../lib/frames";

// The last run stays on the canvas, also over a reload: its id is in the address, and so is the node that is open.
export function useLastRun(workspace: string) {
  const [params, setParams] = useSearchParams();
  const id = params.get("run") ?? "";
  const live = useLiveRun(workspace, id);
  const steps = useMemo(() => seenFrom(live.steps, ""), [live.steps]);
  const change = useCallback((name: string, value: string | undefined) => setParams((before) => {
    if (value) before.set(name, value);
    else before.delete(name);
    return before;
  }, { replace: true, preventScrollReset: true }), [setParams]);
  const isOver = live.run !== undefined && isFinished(live.run.status);
  // Expressions and partial runs take the last run that is over, while the next one goes.
  const [source, setSource] = useState("");
  useEffect(() => { if (isOver || id === "") setSource(id); }, [isOver, id]);

  return {
    id, live, steps, isOver, source,
    isRunning: id !== "" && !isOver && live.problem === undefined,
    node: params.get("node") ?? undefined,
    set: useCallback((next: string) => change("run", next), [change]),
    inspect: useCallback((node: string | undefined) => change("node", node), [change]),
  };
}
