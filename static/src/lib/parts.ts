// A part of a workflow: which nodes are run, and on what.

import type { IconComponent } from "./nodes";
import { FastForward, Selection, StepForward } from "@blueprintjs/icons";
import { readInput } from "./rerun";

export type PartKind = "to" | "only" | "from";

// "Only" and "from" name nodes outside of loops, since one visit of a loop's body has no beginning of its own.
export const parts: { kind: PartKind; label: string; text: string; icon: IconComponent; inLoops: boolean }[] = [
  { kind: "to", label: "Run to here", text: "Runs what leads to this node, and it; what is recorded or pinned on the way is not run again.", icon: StepForward, inLoops: true },
  { kind: "only", label: "Run only this", text: "Runs this node alone, on what is recorded or pinned before it.", icon: Selection, inLoops: false },
  { kind: "from", label: "Run from here", text: "Runs this node and all behind it; the rest is taken as recorded or pinned.", icon: FastForward, inLoops: false },
];

export interface Part {
  kind: PartKind;
  node: string;
  version: number; // 0: the draft
  source?: string; // run whose steps are taken
  pins?: Record<string, { json: unknown }[]>;
}

// The pins that texts stand for, by node, or what is wrong with the first that is none.
export function readPins(texts: Record<string, string>): { pins: Record<string, { json: unknown }[]>; fault?: { node: string; text: string } } {
  const pins: Record<string, { json: unknown }[]> = {};
  for (const [node, text] of Object.entries(texts)) {
    const { input, fault } = readInput(text);
    if (fault) return { pins, fault: { node, text: fault } };
    pins[node] = (Array.isArray(input) ? input : input === undefined ? [] : [input]).map((json: unknown) => ({ json }));
  }
  return { pins };
}
