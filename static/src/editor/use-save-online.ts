import { useEffect } from "react";
import { ApiError } from "../api/client";

// Was the server out of reach?
export function isAway(problem: unknown): boolean {
  return problem instanceof ApiError && problem.problem.status === 0;
}

// Save again once the connection is back, where a save had failed for it.
export function useSaveOnline(dirty: boolean, problem: unknown, save: () => Promise<unknown>): void {
  useEffect(() => {
    if (!dirty || !isAway(problem)) return;
    const again = () => void save();
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [dirty, problem, save]);
}
