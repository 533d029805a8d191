// Findings of a validation as the editor needs them: by node, and at the field whose path they name.

import type { Finding } from "../api/types";
import type { WorkflowDocument } from "./document";

// "nodes[2].params.rules[0].output" without its node: "params.rules[0].output".
export function innerPath(finding: Finding): string {
  return finding.path.replace(/^nodes\[\d+\]\.?/, "");
}

export function nodeIdOf(finding: Finding, document: WorkflowDocument): string | undefined {
  const at = /^nodes\[(\d+)\]/.exec(finding.path)?.[1];
  return finding.node ?? (at === undefined ? undefined : document.nodes[Number(at)]?.id);
}

export function findingsOf(findings: Finding[], document: WorkflowDocument, node: string): Finding[] {
  return findings.filter((finding) => nodeIdOf(finding, document) === node);
}

function isWithin(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}

// Findings at a field itself, and with 'deep' at its parts too.
export function findingsAt(findings: Finding[], field: string, deep = false): Finding[] {
  return findings.filter((finding) => (deep ? isWithin(innerPath(finding), field) : innerPath(finding) === field));
}

export function worst(findings: Finding[]): Finding["severity"] | undefined {
  return findings.find((finding) => finding.severity === "error")?.severity ?? findings[0]?.severity;
}
