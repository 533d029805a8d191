// Table of statuses: word, tone and icon, for tags, the canvas and the filter.

import { Disable, Error as ErrorIcon, Help, Inbox, Outdated, Pause, Refresh, Remove, TickCircle, Time } from "@blueprintjs/icons";
import type { IconComponent } from "./nodes";

export interface StatusLook {
  label: string;
  tone: "good" | "bad" | "warn" | "busy" | "calm";
  icon: IconComponent;
}

const looks: Record<string, StatusLook> = {
  ok: { label: "Succeeded", tone: "good", icon: TickCircle },
  error: { label: "Failed", tone: "bad", icon: ErrorIcon },
  timeout: { label: "Timed out", tone: "bad", icon: Outdated },
  canceled: { label: "Canceled", tone: "warn", icon: Disable },
  skipped: { label: "Skipped", tone: "calm", icon: Remove },
  waiting: { label: "Waiting", tone: "busy", icon: Time },
  running: { label: "Running", tone: "busy", icon: Refresh },
  queued: { label: "Queued", tone: "calm", icon: Inbox },
  breaker_closed: { label: "Closed", tone: "good", icon: TickCircle },
  breaker_open: { label: "Open", tone: "bad", icon: Disable },
  breaker_probing: { label: "Probing", tone: "busy", icon: Refresh },
  paused: { label: "Paused", tone: "warn", icon: Pause },
};

export function statusLook(status: string): StatusLook {
  return looks[status] ?? { label: status, tone: "calm", icon: Help };
}

// Statuses of a run as a whole; a step can also be skipped.
export const runStatuses = ["ok", "error", "timeout", "canceled", "running", "waiting", "queued"];
