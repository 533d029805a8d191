import type { Finding } from "../api/types";

// Findings: the place of each, how to mend it, and the page of docs/ that explains it.
export function FindingList({ findings }: { findings: Finding[] }) {
  return (
    <ul className="findings">
      {findings.map((finding) => (
        <li key={`${finding.path} ${finding.message}`}>
          <code>{finding.path}</code> {finding.message}
          {finding.hint && <>. {finding.hint}</>}
          <span className="quiet"> docs/{finding.docs}</span>
        </li>
      ))}
    </ul>
  );
}
