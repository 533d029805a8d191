// Values of all expressions of an open node, for one item of its input.

import { useEffect, useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { usePreview, type PreviewValue } from "../api/expressions";
import type { Editor } from "./actions";
import type { Node } from "./document";
import { isDirty, stateId } from "./state";

const noValues: Record<string, PreviewValue> = {};
const settleMs = 250;
const expressionsMax = 60;

// Expressions in parameters by their paths: "params.rules[0].value".
export function expressionsOf(value: unknown, path = "params", found: Record<string, string> = {}): Record<string, string> {
  if (typeof value === "string") {
    if (value.startsWith("=") && value.includes("{{") && Object.keys(found).length < expressionsMax) found[path] = value;
  } else if (Array.isArray(value)) value.forEach((inner, index) => expressionsOf(inner, `${path}[${index}]`, found));
  else if (typeof value === "object" && value !== null) for (const [key, inner] of Object.entries(value)) expressionsOf(inner, `${path}.${key}`, found);
  return found;
}

function useSettledText(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settleMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export interface Previews {
  values: Record<string, PreviewValue>;
  items: number; // items of the node's input
  note?: string; // why there are no values
}

export function usePreviews(workspace: string, workflow: string, editor: Editor, node: Node, run: string | undefined, item: number): Previews {
  const { state } = editor;
  const dirty = isDirty(state);
  const text = useSettledText(JSON.stringify(expressionsOf(node.params ?? {})));
  const expressions = useMemo(() => JSON.parse(text) as Record<string, string>, [text]);
  const isSource = editor.types.get(node.type)?.inputs.length === 0;
  const asked = usePreview(workspace, workflow, { node: node.id, expressions, item, ...(run ? { source_run_id: run } : {}), ...(dirty ? { graph: state.document } : {}) },
    dirty ? `${state.revision} ${text === JSON.stringify(expressionsOf(node.params ?? {})) ? stateId(state) : "typing"}` : String(state.revision), editor.may.write && !isSource && Object.keys(expressions).length > 0);
  const refusal = asked.error instanceof ApiError && asked.error.problem.status === 422 ? [asked.error.problem.detail, asked.error.problem.hint].filter(Boolean).join(". ") : undefined;

  return { values: asked.isError ? noValues : asked.data?.values ?? noValues, items: asked.data?.items ?? 0, note: refusal };
}
