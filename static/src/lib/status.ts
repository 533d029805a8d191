// One table: a status's word, colour and icon, for tags, the canvas and the filter.

import type { IconName, Intent } from "@blueprintjs/core";

export interface StatusLook {
  label: string;
  intent: Intent;
  icon: IconName;
}

const looks: Record<string, StatusLook> = {
  ok: { label: "Succeeded", intent: "success", icon: "tick-circle" },
  error: { label: "Failed", intent: "danger", icon: "error" },
  timeout: { label: "Timed out", intent: "danger", icon: "outdated" },
  canceled: { label: "Canceled", intent: "warning", icon: "disable" },
  skipped: { label: "Skipped", intent: "none", icon: "remove" },
  waiting: { label: "Waiting", intent: "primary", icon: "time" },
  running: { label: "Running", intent: "primary", icon: "refresh" },
  queued: { label: "Queued", intent: "none", icon: "inbox" },
};

export function statusLook(status: string): StatusLook {
  return looks[status] ?? { label: status, intent: "none", icon: "help" };
}

// What a run as a whole can be; a step can also be skipped.
export const runStatuses = ["ok", "error", "timeout", "canceled", "running", "waiting", "queued"];
