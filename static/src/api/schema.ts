import { useQuery } from "@tanstack/react-query";
import type { DocumentSchema } from "../editor/options";
import { request } from "./client";

// The schema of the workflow document changes with a release only, so that it is asked for once.
export function useDocumentSchema(): DocumentSchema | undefined {
  return useQuery({ queryKey: ["schema", "workflow"], queryFn: () => request<DocumentSchema>("GET", "/schemas/workflow"), staleTime: Infinity }).data;
}
