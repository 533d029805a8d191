// Options that every node and every workflow has, printed from the document's own schema (x-form in lib/graph/workflow.schema.json)
// as rows like those of the catalog, so that one form prints all.

import type { NodeType, Param } from "../api/types";

interface Form {
  label: string;
  type?: Param["type"];
  help?: string;
  unit?: string;
  placeholder?: string;
  for?: "step" | "effect"; // nodes that have it: all but triggers, those that call services; absent: all
  choices?: Record<string, string>;
}

interface Property {
  type?: string | string[];
  enum?: (string | null)[];
  default?: unknown;
  "x-form"?: Form;
}

export interface DocumentSchema {
  $defs: Record<string, { properties?: Record<string, Property> }>;
}

function typeOf(property: Property): Param["type"] {
  const types = [property.type ?? []].flat();
  return property.enum ? "enum" : types.includes("integer") ? "int" : types.includes("boolean") ? "bool" : "string";
}

function rowOf(name: string, property: Property, form: Form): Param {
  return {
    name, label: form.label, type: form.type ?? typeOf(property), required: false, expr: false, secret: false, advanced: false,
    ...(form.help && { help: form.help }), ...(form.unit && { unit: form.unit }), ...(form.placeholder && { placeholder: form.placeholder }),
    ...(property.default !== undefined && property.default !== false && { default: property.default as Param["default"] }),
    ...(form.choices && { choices: Object.entries(form.choices).map(([value, label]) => ({ value, label })) }),
  };
}

function rowsOf(schema: DocumentSchema | undefined, definition: string, isShown: (form: Form) => boolean = () => true): Param[] {
  return Object.entries(schema?.$defs[definition]?.properties ?? {}).flatMap(([name, property]) => {
    const form = property["x-form"];
    return form && isShown(form) ? [rowOf(name, property, form)] : [];
  });
}

// A type that has no output for errors offers none.
export function nodeOptions(schema: DocumentSchema | undefined, type: NodeType | undefined): Param[] {
  return rowsOf(schema, "WorkflowNode", (form) => form.for === undefined || (form.for === "step" ? !type?.trigger : type?.effect === true))
    .map((row) => (row.name === "on_error" && !type?.error_output ? { ...row, choices: row.choices?.filter((choice) => choice.value !== "error_output") } : row));
}

export const retryOptions = (schema: DocumentSchema | undefined) => rowsOf(schema, "WorkflowRetry");
export const workflowOptions = (schema: DocumentSchema | undefined) => rowsOf(schema, "WorkflowSettings");
