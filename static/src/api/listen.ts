import { useEffect, useState } from "react";
import { takesMethod, takesPath } from "../lib/hook-path";
import { request } from "./client";
import type { DeliveryList, DeliverySummary } from "./types";

const everyMs = 1_000;
const longestMs = 120_000;
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

// Listen for the next call of an address, for two minutes; whoever claims it, its delivery is kept.
export function useListen(workspace: string, method: string, path: string, onCall: (delivery: string) => void) {
  const [isOn, setOn] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  useEffect(() => {
    if (!isOn) return;
    let goes = true;
    const page = async (limit: number): Promise<DeliverySummary[]> => (await request<DeliveryList>("GET", `/workspaces/${workspace}/deliveries`, { query: { limit } })).items;
    const listen = async () => {
      const last = (await page(1))[0]?.id ?? "";
      for (const until = Date.now() + longestMs; goes && Date.now() < until; await pause(everyMs)) {
        const call = (await page(20)).find((delivery) => delivery.id > last && delivery.path !== "" && takesMethod(method, delivery.method) && takesPath(path, delivery.path));
        if (!goes) return;
        if (call) { setOn(false); onCall(call.id); return; }
      }
      if (goes) setOn(false);
    };
    setProblem(undefined);
    listen().catch((error: unknown) => { if (goes) { setProblem(error); setOn(false); } });
    return () => { goes = false; };
    // 'onCall' of a later render is the same question.
  }, [isOn, workspace, method, path]);
  return { isOn, problem, toggle: () => setOn(!isOn) };
}
