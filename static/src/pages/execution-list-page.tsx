import { Button, HTMLSelect } from "@blueprintjs/core";
import { Cross, History, Search } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { useRunModes } from "../api/catalog";
import { useExecutions } from "../api/executions";
import { useWorkflows } from "../api/workflows";
import { useFilter } from "../lib/filter";
import { runStatuses, statusLook } from "../lib/status";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { ExecutionRow } from "./execution-row";

const filters = ["workflow_id", "status", "mode", "parent_id"] as const;

export function ExecutionListPage() {
  const { workspace = "" } = useParams();
  const filter = useFilter(filters);
  const runModes = useRunModes();
  const workflows = useWorkflows(workspace, "");
  const executions = useExecutions(workspace, filter.value);
  const rows = executions.data?.pages.flatMap((page) => page.items) ?? [];
  const isStale = executions.isPlaceholderData;
  const known = workflows.data?.pages.flatMap((page) => page.items) ?? [];

  useTitle("Executions");
  return (
    <>
      <PageHeader title="Executions">
        {filter.active && <Button variant="minimal" icon={<Cross />} onClick={filter.clear}>Clear</Button>}
        <HTMLSelect aria-label="Workflow" value={filter.value.workflow_id} onChange={(event) => filter.set("workflow_id", event.target.value)}
          options={[{ value: "", label: "All workflows" }, ...known.map((workflow) => ({ value: workflow.id, label: workflow.name }))]} />
        <HTMLSelect aria-label="Status" value={filter.value.status} onChange={(event) => filter.set("status", event.target.value)}
          options={[{ value: "", label: "Any status" }, ...runStatuses.map((value) => ({ value, label: statusLook(value).label }))]} />
        <HTMLSelect aria-label="Trigger" value={filter.value.mode} onChange={(event) => filter.set("mode", event.target.value)}
          options={[{ value: "", label: "Any trigger" }, ...runModes.map(({ name, label }) => ({ value: name, label }))]} />
      </PageHeader>
      {executions.isError && <ProblemCallout error={executions.error} onRetry={() => void executions.refetch()} />}
      {(executions.isPending || (isStale && rows.length === 0)) && <TableSkeleton columns={6} />}
      {executions.isSuccess && !isStale && rows.length === 0 && (
        filter.active ? (
          <EmptyState icon={Search} title="No run matches" action={<Button onClick={filter.clear}>Clear the filter</Button>} />
        ) : (
          <EmptyState icon={History} title="No runs yet">A run appears here as soon as a trigger is accepted.</EmptyState>
        )
      )}
      {rows.length > 0 && (
        <table className="list" aria-busy={isStale}>
          <thead>
            <tr>
              <th>Status</th><th className="grows">Workflow</th><th>Trigger</th><th>Accepted</th>
              <th className="number">Took</th><th className="number">Steps</th><th className="number">Items</th>
            </tr>
          </thead>
          <tbody>{rows.map((execution) => <ExecutionRow key={execution.id} execution={execution} workspace={workspace} />)}</tbody>
        </table>
      )}
      <LoadMore {...executions} />
    </>
  );
}
