import type { Step } from "../api/types";
import { formatJson, parseJson } from "./lossless";

function holdsReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsReference);
  if (typeof value !== "object" || value === null) return false;
  return "$payload" in value || Object.values(value).some(holdsReference);
}

// Text of a step's first output, to be edited; empty where a value of it is kept elsewhere because it is
// large.
export function outputText(step: Step): string {
  const outputs: unknown = step.outputs.main ?? Object.values(step.outputs)[0] ?? [];
  const items = (Array.isArray(outputs) ? outputs : []).map((item: { json?: unknown }) => item.json);
  if (items.length === 0 || items.some(holdsReference)) return "";
  return formatJson(items.length === 1 ? items[0] : items, 2);
}

// Text of the input that a run began with.
export function inputText(steps: Step[]): string {
  return steps[0] ? outputText(steps[0]) : "";
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The input that a text stands for, or what is wrong with it.
export function readInput(text: string): { input?: unknown; fault?: string } {
  if (text.trim() === "") return {};
  let input: unknown;
  try {
    input = parseJson(text);
  } catch (error) {
    return { fault: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (isObject(input) || (Array.isArray(input) && input.every(isObject))) return { input };
  return { fault: "Write one object, or a list of objects: one for each item." };
}
