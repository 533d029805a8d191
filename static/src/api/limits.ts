import { useQuery } from "@tanstack/react-query";
import { request } from "./client";
import type { LimitList } from "./types";

// What the operator allows the workspace: tybooctl changes it, so a look each time is enough.
export function useLimits(workspace: string) {
  return useQuery({
    queryKey: ["limits", workspace],
    queryFn: () => request<LimitList>("GET", `/workspaces/${workspace}/limits`),
  });
}
