import { useQuery } from "@tanstack/react-query";
import { nodeLook, type NodeLook } from "../lib/nodes";
import { request } from "./client";
import type { Catalog } from "./types";

// Node types by name. They change with a release only, so they are asked for once.
async function loadTypes(): Promise<Map<string, Catalog["nodes"][number]>> {
  const catalog = await request<Catalog>("GET", "/catalog");
  return new Map(catalog.nodes.filter((node) => node.latest).map((node) => [node.type, node]));
}

// How a node type looks. Until the catalog is there, a type shows its own name.
export function useNodeLook(type: string): NodeLook {
  const types = useQuery({ queryKey: ["catalog"], queryFn: loadTypes, staleTime: Infinity });
  return nodeLook(type, types.data?.get(type));
}
