import { useQuery } from "@tanstack/react-query";
import { request } from "./client";
import type { LimitList } from "./types";

// Load the limits of the workspace once a look, because only tybooctl changes them.
export function useLimits(workspace: string) {
  return useQuery({
    queryKey: ["limits", workspace],
    queryFn: () => request<LimitList>("GET", `/workspaces/${workspace}/limits`),
  });
}
