// Changes that are not saved are kept in the browser, so that neither a lost connection nor a closed tab loses them.

import { useCallback, useEffect, useState } from "react";
import { formatJson, parseJson } from "../lib/lossless";
import { readDocument, type WorkflowDocument } from "./document";
import { isDirty, type EditorState } from "./state";

interface Kept {
  revision: number; // revision that the changes were made of
  document: WorkflowDocument;
}

const keyOf = (workflow: string) => `tyboo-draft ${workflow}`;

function read(workflow: string): Kept | undefined {
  try {
    const kept = parseJson(localStorage.getItem(keyOf(workflow)) ?? "null") as { revision?: unknown; graph?: unknown } | null;
    const document = kept ? readDocument(kept.graph) : undefined;
    return document && { revision: Number(kept?.revision), document };
  } catch {
    return undefined;
  }
}

function write(workflow: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(keyOf(workflow));
    else localStorage.setItem(keyOf(workflow), text);
  } catch {
    // A full or forbidden store keeps nothing; leaving the page asks all the same.
  }
}

export function useKept(workflow: string, state: EditorState) {
  const [found, setFound] = useState(() => read(workflow));
  const dirty = isDirty(state);

  useEffect(() => {
    if (!dirty) {
      if (!found) write(workflow, undefined);
      return;
    }
    const timer = setTimeout(() => write(workflow, formatJson({ revision: state.revision, graph: state.document })), 300);
    return () => clearTimeout(timer);
  }, [workflow, state.document, state.revision, dirty, found]);
  const forget = useCallback(() => { write(workflow, undefined); setFound(undefined); }, [workflow]);
  const isSame = found !== undefined && formatJson(found.document) === formatJson(state.document);

  return { found: isSame ? undefined : found, take: useCallback(() => setFound(undefined), []), forget };
}
