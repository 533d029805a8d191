// Table of a delivery's verdicts: word, tone and icon.

import { Disable, Duplicate, Error as ErrorIcon, Help, Key, Lock, Outdated, Search, TickCircle, Time } from "@blueprintjs/icons";
import type { StatusLook } from "./status";

const looks: Record<string, StatusLook> = {
  accepted: { label: "Accepted", tone: "good", icon: TickCircle },
  duplicate: { label: "Repeat", tone: "calm", icon: Duplicate },
  unclaimed: { label: "Unclaimed", tone: "warn", icon: Search },
  bad_signature: { label: "Not genuine", tone: "bad", icon: Lock },
  stale: { label: "Too old", tone: "bad", icon: Outdated },
  malformed: { label: "Not readable", tone: "bad", icon: ErrorIcon },
  too_large: { label: "Too large", tone: "bad", icon: Disable },
  rate: { label: "Over the rate", tone: "warn", icon: Time },
  quota: { label: "Over the quota", tone: "warn", icon: Disable },
  depth: { label: "Queue full", tone: "warn", icon: Time },
  not_configured: { label: "No secret", tone: "bad", icon: Key },
  awaiting_keys: { label: "Waits for keys", tone: "warn", icon: Time },
  confirmed: { label: "Confirmed", tone: "good", icon: TickCircle },
  denied: { label: "Address not allowed", tone: "bad", icon: Disable },
};

export function verdictLook(verdict: string): StatusLook {
  return looks[verdict] ?? { label: verdict, tone: "calm", icon: Help };
}

// Was its signature the reason?
export function isUnverified(verdict: string): boolean {
  return ["bad_signature", "stale", "not_configured"].includes(verdict);
}

export const verdicts = Object.keys(looks);
