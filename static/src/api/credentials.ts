import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./client";
import type { Credential, CredentialConnect, CredentialList, CredentialTried, CredentialTypeList, CredentialUsed } from "./types";

// Load names, types and times; the content of a credential goes in and never comes back.
export function useCredentials(workspace: string) {
  return useInfiniteQuery({
    queryKey: ["credentials", workspace],
    queryFn: ({ pageParam }) =>
      request<CredentialList>("GET", `/workspaces/${workspace}/credentials`, { query: { cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

// All that a choice may show: as many as a page may have.
export function useAllCredentials(workspace: string) {
  return useQuery({
    queryKey: ["credentials", workspace, "all"],
    queryFn: async () => (await request<CredentialList>("GET", `/workspaces/${workspace}/credentials`, { query: { limit: 200 } })).items,
  });
}

// Load one credential, with the workflows that use it.
export function useCredential(workspace: string, id: string) {
  return useQuery({
    queryKey: ["credentials", workspace, id],
    queryFn: () => request<CredentialUsed>("GET", `/workspaces/${workspace}/credentials/${id}`),
  });
}

// Types change with a release only, so they are asked for once.
export function useCredentialTypes() {
  return useQuery({
    queryKey: ["credential-types"],
    queryFn: () => request<CredentialTypeList>("GET", "/credential-types"),
    staleTime: Infinity,
  }).data?.items ?? [];
}

export type CredentialValue = string | number | boolean | { name: string; value: string }[];
export type CredentialData = Record<string, CredentialValue | undefined>;

export interface CredentialInput {
  name: string;
  hosts: string;
  type?: string;
  data?: CredentialData;
}

// Without an id a new one; with it a change, where absent data stays as it is.
export function useSaveCredential(workspace: string, id?: string) {
  const client = useQueryClient();
  const path = `/workspaces/${workspace}/credentials`;
  return useMutation({
    mutationFn: (input: CredentialInput) =>
      id === undefined ? request<Credential>("POST", path, { body: input }) : request<CredentialUsed>("PUT", `${path}/${id}`, { body: input }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["credentials", workspace] }),
  });
}

export function useRemoveCredential(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, force }: { id: string; force: boolean }) =>
      request<void>("DELETE", `/workspaces/${workspace}/credentials/${id}`, { query: force ? { force: "true" } : {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["credentials", workspace] }),
  });
}

export function useTryCredential(workspace: string, id: string) {
  return useMutation({
    mutationFn: (call: { url: string; method: string }) => request<CredentialTried>("POST", `/workspaces/${workspace}/credentials/${id}/try`, { body: call }),
  });
}

// Begin a sign-in at the provider: the browser goes there, and comes back to the page of credentials.
export function useConnectCredential(workspace: string, id: string) {
  return useMutation({
    mutationFn: () => request<CredentialConnect>("POST", `/workspaces/${workspace}/credentials/${id}/connect`),
    onSuccess: (way) => window.location.assign(way.url),
  });
}
