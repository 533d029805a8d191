import { HTMLSelect, HTMLTable, NonIdealState, Tooltip } from "@blueprintjs/core";
import { Link, useNavigate, useParams, useSearchParams } from "react-router-dom";
import { useExecutions } from "../api/executions";
import type { ExecutionSummary } from "../api/types";
import { useWorkflows } from "../api/workflows";
import { formatAgo, formatDuration, formatTime } from "../lib/format";
import { runStatuses, statusLook } from "../lib/status";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { StatusTag } from "../panels/status-tag";
import { TableSkeleton } from "../panels/table-skeleton";

function Row({ execution, workspace }: { execution: ExecutionSummary; workspace: string }) {
  const navigate = useNavigate();
  const to = `/w/${workspace}/executions/${execution.id}`;

  return (
    <tr onClick={() => navigate(to)}>
      <td data-label="Status"><StatusTag status={execution.status} /></td>
      <td data-label="Workflow">
        <Link to={to} onClick={(event) => event.stopPropagation()}>{execution.workflow_name || "Deleted workflow"}</Link>
        {execution.error && <div className="quiet cut">{execution.error.message}</div>}
      </td>
      <td data-label="Trigger">{execution.mode}</td>
      <td data-label="Accepted">
        <Tooltip content={formatTime(execution.accepted_at)}><span>{formatAgo(execution.accepted_at)}</span></Tooltip>
      </td>
      <td data-label="Took" className="number">{execution.duration_ms == null ? "–" : formatDuration(execution.duration_ms)}</td>
      <td data-label="Steps" className="number">{execution.step_count}</td>
      <td data-label="Items" className="number">{execution.item_count}</td>
    </tr>
  );
}

export function ExecutionListPage() {
  const { workspace = "" } = useParams();
  const [params, setParams] = useSearchParams();
  const status = params.get("status") ?? "";
  const workflowId = params.get("workflow_id") ?? "";
  const workflows = useWorkflows(workspace, "");
  const executions = useExecutions(workspace, { status, workflow_id: workflowId });
  const rows = executions.data?.pages.flatMap((page) => page.items) ?? [];
  const known = workflows.data?.pages.flatMap((page) => page.items) ?? [];

  const setFilter = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value === "") next.delete(name);
    else next.set(name, value);
    setParams(next, { replace: true });
  };
  return (
    <>
      <PageHeader title="Executions">
        <HTMLSelect aria-label="Workflow" value={workflowId} onChange={(event) => setFilter("workflow_id", event.target.value)}
          options={[{ value: "", label: "All workflows" }, ...known.map((workflow) => ({ value: workflow.id, label: workflow.name }))]} />
        <HTMLSelect aria-label="Status" value={status} onChange={(event) => setFilter("status", event.target.value)}
          options={[{ value: "", label: "Any status" }, ...runStatuses.map((value) => ({ value, label: statusLook(value).label }))]} />
      </PageHeader>
      {executions.isError && <ProblemCallout error={executions.error} onRetry={() => void executions.refetch()} />}
      {executions.isPending && <TableSkeleton columns={7} />}
      {executions.isSuccess && rows.length === 0 && (
        <NonIdealState icon="history" title={status || workflowId ? "No run matches" : "No runs yet"}
          description={status || workflowId ? "Change the filter to see others." : "A run appears here as soon as a trigger is accepted."} />
      )}
      {rows.length > 0 && (
        <HTMLTable className="list" interactive>
          <thead>
            <tr>
              <th>Status</th><th>Workflow</th><th>Trigger</th><th>Accepted</th>
              <th className="number">Took</th><th className="number">Steps</th><th className="number">Items</th>
            </tr>
          </thead>
          <tbody>{rows.map((execution) => <Row key={execution.id} execution={execution} workspace={workspace} />)}</tbody>
        </HTMLTable>
      )}
      <LoadMore {...executions} />
    </>
  );
}
