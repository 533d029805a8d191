import { expect, test } from "vitest";
import document from "../../../lib/graph/workflow.schema.json";
import type { NodeType } from "../../src/api/types";
import { nodeOptions, retryOptions, workflowOptions, type DocumentSchema } from "../../src/editor/options";

const schema = document as unknown as DocumentSchema;
const names = (rows: { name: string }[]) => rows.map((row) => row.name);
const type = (more: Partial<NodeType>) => ({ trigger: false, effect: false, ...more }) as NodeType;

test("options are those of the schema, by what a node is", () => {
  expect(names(nodeOptions(schema, type({})))).toEqual(["on_error", "once", "always_output", "timeout_ms", "disabled", "notes"]);
  expect(names(nodeOptions(schema, type({ trigger: true })))).toEqual(["disabled", "notes"]);
  expect(names(nodeOptions(schema, type({ effect: true })))).toContain("on_open_breaker");
  expect(nodeOptions(undefined, undefined)).toEqual([]);
});

test("each choice that the schema allows has its label, and defaults are the schema's", () => {
  for (const definition of ["WorkflowNode", "WorkflowRetry", "WorkflowSettings"])
    for (const [name, property] of Object.entries(schema.$defs[definition]!.properties!))
      if (property.enum && property["x-form"]) expect(Object.keys(property["x-form"].choices ?? {}), name).toEqual(property.enum.filter((value) => value !== null));
  expect(retryOptions(schema).find((row) => row.name === "tries")).toMatchObject({ type: "int", default: 3 });
  expect(workflowOptions(schema).find((row) => row.name === "error_workflow")?.type).toBe("id");
});

test("an error output is offered where a type has one", () => {
  const ways = (more: Partial<NodeType>) => nodeOptions(schema, type(more)).find((row) => row.name === "on_error")?.choices?.map((choice) => choice.value);
  expect(ways({ error_output: "error" })).toEqual(["stop", "continue", "error_output"]);
  expect(ways({})).toEqual(["stop", "continue"]);
});
