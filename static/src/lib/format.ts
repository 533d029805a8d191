// Texts of numbers and times, everywhere the same.

import { DateTime } from "luxon";

export function formatTime(iso: string): string {
  return DateTime.fromISO(iso).toFormat("d LLL yyyy, HH:mm:ss");
}

export function formatAgo(iso: string): string {
  return DateTime.fromISO(iso).toRelative({ style: "short" }) ?? "";
}

export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

// Text of a wait of a run that is put down.
export function waitText(wait: { kind: string; node: string; until: string | null }): string {
  const until = wait.until ? `until ${formatTime(wait.until)}` : "";
  return [wait.kind === "call" ? "For a call" : wait.kind === "run" ? "For a called run" : "", until, `at ${wait.node}`].filter(Boolean).join(" ").replace(/^u/, "U");
}
