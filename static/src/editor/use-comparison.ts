import { useMemo, useState } from "react";
import { useVersion } from "../api/workflows";
import { diffDocuments, type DiffDocument, type DocumentDiff } from "../lib/document-diff";
import { readDocument, type WorkflowDocument } from "./document";

export type Marks = Map<string, "added" | "changed">;

const noMarks: Marks = new Map();

// A version that the draft is compared with while the list of versions is open, and the nodes that differ.
export function useComparison(workspace: string, workflow: string, document: WorkflowDocument, isOpen: boolean) {
  const [version, choose] = useState<number>();
  const whole = useVersion(workspace, workflow, isOpen ? version : undefined).data;
  const diff = useMemo((): DocumentDiff | undefined => {
    const before = isOpen && whole ? readDocument(whole.graph) : undefined;
    return before && diffDocuments(before as DiffDocument, document as DiffDocument);
  }, [isOpen, whole, document]);
  const marks = useMemo((): Marks => (diff ? new Map(diff.nodes.flatMap(({ id, kind }) => (kind === "removed" ? [] : [[id, kind] as const]))) : noMarks), [diff]);

  return { version, choose, diff, marks };
}
