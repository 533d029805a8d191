import { Link, useNavigate } from "react-router-dom";
import { useModeLabel } from "../api/catalog";
import type { ExecutionSummary } from "../api/types";
import { formatDuration, waitText } from "../lib/format";
import { StatusTag } from "../panels/status-tag";
import { TimeAgo } from "../panels/time-ago";

// The whole row leads to the run; the link in it is for the keyboard.
export function ExecutionRow({ execution, workspace }: { execution: ExecutionSummary; workspace: string }) {
  const navigate = useNavigate();
  const mode = useModeLabel(execution.mode);
  const to = `/w/${workspace}/executions/${execution.id}`;

  return (
    <tr className="is-link" onClick={() => navigate(to)}>
      <td data-label="Status"><StatusTag status={execution.status} /></td>
      <td data-label="Workflow" className="grows">
        <Link to={to} className="row-title" onClick={(event) => event.stopPropagation()}>{execution.workflow_name ?? "Deleted workflow"}</Link>
        {execution.waits?.[0] && <div className="row-note">{waitText(execution.waits[0])}</div>}
        {execution.error && <div className="row-note is-bad">{execution.error.message}</div>}
      </td>
      <td data-label="Trigger">{mode}</td>
      <td data-label="Accepted"><TimeAgo at={execution.accepted_at} /></td>
      <td data-label="Took" className="number">{execution.duration_ms == null ? "–" : formatDuration(execution.duration_ms)}</td>
      <td data-label="Steps" className="number">{execution.step_count}</td>
      <td data-label="Items" className="number">{execution.item_count}</td>
    </tr>
  );
}
