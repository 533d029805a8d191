// Options that every node and every workflow has, as rows like those of the catalog, so that one form prints all.
// They are those of lib/graph/workflow.schema.json.

import type { NodeType, Param } from "../api/types";

const row = (name: string, label: string, type: Param["type"], more: Partial<Param> = {}): Param => ({ name, label, type, required: false, expr: false, secret: false, advanced: false, ...more });
const choices = (...pairs: [string, string][]) => pairs.map(([value, label]) => ({ value, label }));

export function nodeOptions(type: NodeType | undefined): Param[] {
  const ways = choices(["stop", "Stop the run"], ["continue", "Go on with the others"], ...(type?.error_output ? [["error_output", "Send it to an output of its own"] as [string, string]] : []));
  return [
    row("notes", "Notes", "text", { help: "For people; nothing is done with them." }),
    ...(type?.trigger ? [] : [row("on_error", "When an item fails", "enum", { default: "stop", choices: ways })]),
    row("disabled", "Switched off", "bool", { help: "What comes in goes on as it is; a trigger starts nothing." }),
    ...(type?.trigger ? [] : [
      row("once", "First item only", "bool"),
      row("always_output", "Always give an item", "bool", { help: "Where the node gives none, one empty item goes on." }),
      row("timeout_ms", "Time limit", "int", { default: 30000, unit: "ms" }),
    ]),
    ...(type?.effect ? [row("on_open_breaker", "While its service is held back", "enum", { default: "fail", choices: choices(["fail", "Fail at once"], ["wait", "Wait for it"]) })] : []),
  ];
}

export const retryOptions: Param[] = [
  row("tries", "Calls in all", "int", { default: 3, help: "1 is no retry." }),
  row("backoff", "Delay", "enum", { default: "exponential", choices: choices(["exponential", "Doubled each time"], ["linear", "Longer by the same each time"], ["fixed", "Always the same"]) }),
  row("base_ms", "Delay before the second", "int", { default: 1000, unit: "ms" }),
  row("max_ms", "Longest delay", "int", { default: 60000, unit: "ms" }),
  row("new_key", "A new idempotency key each time", "bool", { help: "For receivers that repeat a failure they stored." }),
];

export const workflowOptions: Param[] = [
  row("timezone", "Time zone", "string", { default: "UTC", placeholder: "Europe/Berlin", help: "Of schedules, and of dates in expressions." }),
  row("timeout_ms", "Time limit of a run", "int", { default: 300000, unit: "ms" }),
  row("save", "Items are kept of", "enum", { default: "all", choices: choices(["all", "All runs"], ["errors", "Runs that failed"], ["none", "No run"]) }),
  row("overlap", "Steps that only read", "enum", { default: "reads", choices: choices(["reads", "May begin early"], ["off", "Wait for their turn"]) }),
  row("expression_errors", "When an expression throws", "enum", { default: "fail", choices: choices(["fail", "Fail the step"], ["undefined", "Go on with nothing"]) }),
  row("error_workflow", "When a run fails, start", "id"),
];
