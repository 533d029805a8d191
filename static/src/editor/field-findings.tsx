import { Error as ErrorIcon, WarningSign } from "@blueprintjs/icons";
import type { Finding } from "../api/types";

// Findings of a field, below it.
export function FieldFindings({ id, findings }: { id?: string; findings: Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className="field-findings" id={id}>
      {findings.map((finding) => (
        <li key={`${finding.path} ${finding.message}`} className={`is-${finding.severity}`}>
          {finding.severity === "error" ? <ErrorIcon size={14} /> : <WarningSign size={14} />}
          <span>{finding.message}{finding.hint && <>. {finding.hint}</>}</span>
        </li>
      ))}
    </ul>
  );
}
