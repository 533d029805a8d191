// Session of the person who is signed in. A 401 is an answer here ("nobody"), not a failure.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, request, setCsrfToken } from "./client";
import type { Me, Session } from "./types";

const key = ["me"];

async function loadMe(): Promise<Me | null> {
  try {
    const me = await request<Me>("GET", "/me");
    setCsrfToken(me.csrf_token);
    return me;
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) return null;
    throw error;
  }
}

export function useMe() {
  return useQuery({ queryKey: key, queryFn: loadMe, staleTime: 60_000, retry: 1 });
}

// May the person do that in a workspace? False while it is not known.
export function useMay(workspace: string, permission: string): boolean {
  return useMe().data?.workspaces.find((entry) => entry.slug === workspace)?.permissions.includes(permission) ?? false;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: { email: string; password: string }) => request<Session>("POST", "/sessions", { body: input }),
    onSuccess: async (session) => {
      setCsrfToken(session.csrf_token);
      await client.resetQueries({ queryKey: key });
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>("DELETE", "/sessions/current"),
    // Everything that was loaded belongs to the one who left.
    onSuccess: () => {
      client.clear();
      for (const key of Object.keys(localStorage)) if (key.startsWith("tyboo-draft ")) localStorage.removeItem(key);
      client.setQueryData(key, null);
    },
  });
}
