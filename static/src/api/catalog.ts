import { useQuery } from "@tanstack/react-query";
import { nodeLook, type NodeLook } from "../lib/nodes";
import { request } from "./client";
import type { Catalog, NodeType, WorkflowNode, WorkflowSummary } from "./types";

// Node types and categories by name, and how a run may begin. They change with a release only, so they are asked for once.
async function load() {
  const catalog = await request<Catalog>("GET", "/catalog");
  return { types: new Map(catalog.nodes.filter((node) => node.latest).map((node) => [node.type, node])), conditions: catalog.conditions, categories: new Map(catalog.categories.map(({ name, label }) => [name, label])), runModes: catalog.run_modes, templates: catalog.templates, errorCodes: new Map(catalog.error_codes.map((code) => [code.name, code])) };
}

function useCatalog() {
  return useQuery({ queryKey: ["catalog"], queryFn: load, staleTime: Infinity }).data;
}

const noTypes = new Map<string, NodeType>();

// The newest of each node type, by its name; empty until the catalog is there.
export function useNodeTypes(): Map<string, NodeType> {
  return useCatalog()?.types ?? noTypes;
}

// Groups of node types, in the order in which they are offered.
export function useCategories(): [string, string][] {
  return [...(useCatalog()?.categories ?? [])];
}

const noTemplates: Catalog["templates"] = [];

// Workflows to begin with.
export function useTemplates(): Catalog["templates"] {
  return useCatalog()?.templates ?? noTemplates;
}

const noConditions: Catalog["conditions"] = [];

export function useConditions(): Catalog["conditions"] {
  return useCatalog()?.conditions ?? noConditions;
}

// Look of a node type. Until the catalog is there, a type shows its own name.
export function useNodeLook(type: string): NodeLook {
  const catalog = useCatalog();
  const entry = catalog?.types.get(type);
  return nodeLook(type, entry, catalog?.categories.get(entry?.category ?? ""));
}

// Node types that call services, by their titles.
export function useCallingTypes(): { value: string; label: string }[] {
  return [...(useCatalog()?.types.values() ?? [])].filter((node) => node.effect).map((node) => ({ value: node.type, label: node.title }));
}

export function useRunModes(): Catalog["run_modes"] {
  return useCatalog()?.runModes ?? [];
}

// Label of a run's mode. Until the catalog is there, it shows its own name.
export function useModeLabel(mode: string): string {
  return useRunModes().find((known) => known.name === mode)?.label ?? mode;
}

// Does a run of that mode compute another again and call nobody? False while it is not known.
export function useIsReplay(mode: string): boolean {
  return useRunModes().find((known) => known.name === mode)?.effects === false;
}

// Meaning of an error's code. Undefined until the catalog is there, and for a code that it does not know.
export function useErrorCode(name: string): Catalog["error_codes"][number] | undefined {
  return useCatalog()?.errorCodes.get(name);
}

// Does that trigger, one of the catalog's, start runs at nodes of a type?
export function useHasTrigger(type: string | undefined, trigger: string): boolean {
  return useCatalog()?.types.get(type ?? "")?.triggers.includes(trigger) ?? false;
}

// The nodes of a workflow at which a run may start.
export function useTriggers(nodes: WorkflowNode[]): WorkflowSummary["triggers"] {
  const types = useCatalog()?.types;
  return nodes.filter((node) => types?.get(node.type)?.trigger)
    .map((node) => ({ type: node.type, node: node.id, name: node.name, live: node.disabled !== true }));
}
