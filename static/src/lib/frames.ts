// Steps of a run as people read them: an iteration of a loop holds its steps, and may hold iterations of loops in it.

import type { Step } from "../api/types";

export interface Frame {
  path: string; // "outer:3/inner:0"
  loop: string; // id of its loop node
  iteration: number; // from 0
  entries: Entry[];
}

export type Entry = { step: Step } | { frame: Frame };

export function frameOf(step: Step): string {
  return step.frame ?? "";
}

export function attemptOf(step: Step): number {
  return step.attempt ?? 1;
}

// A step is (frame, node, attempt).
export function isSame(a: Step, b: Step): boolean {
  return a.node === b.node && frameOf(a) === frameOf(b) && attemptOf(a) === attemptOf(b);
}

// Ids of nodes may hold ":", so a segment is split at its last one.
function readSegment(segment: string): { loop: string; iteration: number } {
  const colon = segment.lastIndexOf(":");
  return { loop: segment.slice(0, colon), iteration: Number(segment.slice(colon + 1)) };
}

// "Each · iteration 4" of "each:3", of nested ones from the outside in.
export function frameText(frame: string, nameOf: (node: string) => string): string {
  return frame.split("/").map(readSegment).map(({ loop, iteration }) => `${nameOf(loop)} · iteration ${iteration + 1}`).join(", ");
}

// The part of a run page's address that names a step.
export function stepQuery({ node, frame, attempt }: { node: string; frame?: string | null; attempt?: number }): URLSearchParams {
  return new URLSearchParams({ step: node, ...(frame ? { frame } : {}), ...(attempt && attempt > 1 ? { attempt: String(attempt) } : {}) });
}

export function nest(steps: Step[]): Entry[] {
  const root: Entry[] = [];
  const frames = new Map<string, Frame>();
  const entriesOf = (path: string): Entry[] => {
    if (path === "") return root;
    const known = frames.get(path);
    if (known) return known.entries;
    const slash = path.lastIndexOf("/");
    const frame: Frame = { path, ...readSegment(path.slice(slash + 1)), entries: [] };
    frames.set(path, frame);
    entriesOf(slash < 0 ? "" : path.slice(0, slash)).push({ frame });
    return frame.entries;
  };

  for (const step of steps) entriesOf(frameOf(step)).push({ step });
  return root;
}

export function countSteps(frame: Frame): number {
  return frame.entries.reduce((sum, entry) => sum + ("step" in entry ? 1 : countSteps(entry.frame)), 0);
}

export function hasFailed(frame: Frame): boolean {
  return frame.entries.some((entry) => ("step" in entry ? entry.step.error != null : hasFailed(entry.frame)));
}

function isAround(outer: string, inner: string): boolean {
  return outer === "" || inner === outer || inner.startsWith(`${outer}/`);
}

// Last step of each node as seen from a frame: its last attempt there or in a frame around it, else its
// last of all.
export function seenFrom(steps: Step[], frame: string): Step[] {
  const seen = new Map<string, Step>();
  for (const step of steps) {
    const known = seen.get(step.node);
    if (!known || isAround(frameOf(step), frame) || !isAround(frameOf(known), frame)) seen.set(step.node, step);
  }
  return [...seen.values()];
}
