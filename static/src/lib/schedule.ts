// A schedule as a node's parameters have it, and as people read it.

import type { ScheduleInput } from "../api/schedules";
import type { GraphNode } from "./graph";

const members = ["kind", "cron", "every", "unit", "anchor"] as const;

// Schedule of a node in a workflow's document; the zone is the node's own, else the workflow's.
export function scheduleOf(node: GraphNode, document: unknown): ScheduleInput {
  const params = (node.params ?? {}) as Record<string, unknown>;
  const settings = (document as { settings?: { timezone?: string | null } } | null)?.settings;
  const said = Object.fromEntries(members.filter((name) => params[name] != null).map((name) => [name, params[name]]));
  return { ...said, timezone: (params.timezone as string | undefined) || settings?.timezone || "UTC" };
}

export function scheduleText({ kind, cron, every, unit }: ScheduleInput): string {
  return kind === "interval" ? `every ${every ?? 1} ${unit ?? "hours"}` : cron ?? "";
}
