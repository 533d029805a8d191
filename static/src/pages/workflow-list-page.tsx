import { useDeferredValue, useState } from "react";
import { Button, HTMLTable, InputGroup, NonIdealState, Switch, Tooltip } from "@blueprintjs/core";
import { Link, useNavigate, useParams } from "react-router-dom";
import { useRunByHand, useSetPublished, useWorkflows } from "../api/workflows";
import type { WorkflowSummary } from "../api/types";
import { formatAgo, formatTime, plural } from "../lib/format";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { StatusTag } from "../panels/status-tag";
import { TableSkeleton } from "../panels/table-skeleton";

function triggerText(workflow: WorkflowSummary): string {
  return (workflow.triggers ?? [])
    .map((trigger) => (trigger.path ? `${trigger.method ?? "POST"} /${trigger.path}` : trigger.type))
    .join(", ");
}

function Row({ workflow, workspace }: { workflow: WorkflowSummary; workspace: string }) {
  const setPublished = useSetPublished(workspace);
  const run = useRunByHand(workspace);
  const navigate = useNavigate();
  const last = workflow.last_execution;

  return (
    <tr>
      <td data-label="Name">
        <strong>{workflow.name}</strong>
        <div className="quiet">{triggerText(workflow) || "No trigger"} · {plural(workflow.node_count, "node")}</div>
        {(setPublished.isError || run.isError) && <ProblemCallout error={setPublished.error ?? run.error} />}
      </td>
      <td data-label="Last run">
        {last ? (
          <Link to={`/w/${workspace}/executions/${last.id}`} className="plain"><StatusTag status={last.status} /></Link>
        ) : (
          <span className="quiet">Never ran</span>
        )}
      </td>
      <td data-label="Saved">
        <Tooltip content={formatTime(workflow.updated_at)}><span>{formatAgo(workflow.updated_at)}</span></Tooltip>
        <div className="quiet">version {workflow.version}</div>
      </td>
      <td data-label="Published">
        <Switch checked={setPublished.isPending ? setPublished.variables.published : workflow.published}
          disabled={setPublished.isPending} aria-label={`Publish ${workflow.name}`}
          onChange={(event) => setPublished.mutate({ id: workflow.id, published: event.currentTarget.checked })} />
      </td>
      <td className="row-actions">
        <Button icon="play" size="small" loading={run.isPending} aria-label={`Run ${workflow.name}`}
          onClick={() => run.mutate(workflow.id, { onSuccess: (done) => navigate(`/w/${workspace}/executions/${done.execution_id}`) })}>
          Run
        </Button>
        <Link to={`/w/${workspace}/executions?workflow_id=${workflow.id}`}>Runs</Link>
      </td>
    </tr>
  );
}

export function WorkflowListPage() {
  const { workspace = "" } = useParams();
  const [search, setSearch] = useState("");
  const workflows = useWorkflows(workspace, useDeferredValue(search));
  const rows = workflows.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <>
      <PageHeader title="Workflows">
        <InputGroup leftIcon="search" placeholder="Search by name" aria-label="Search by name" type="search" value={search} onValueChange={setSearch} />
      </PageHeader>
      {workflows.isError && <ProblemCallout error={workflows.error} onRetry={() => void workflows.refetch()} />}
      {workflows.isPending && <TableSkeleton columns={5} />}
      {workflows.isSuccess && rows.length === 0 && (
        search === "" ? (
          <NonIdealState icon="flow-linear" title="No workflows yet"
            description={<>Import one from the command line: <code>tybooctl workflow import FILE</code>, or create one through the API.</>} />
        ) : (
          <NonIdealState icon="search" title="Nothing found" description={`No workflow has “${search}” in its name.`} />
        )
      )}
      {rows.length > 0 && (
        <HTMLTable className="list" interactive={false}>
          <thead><tr><th>Name</th><th>Last run</th><th>Saved</th><th>Published</th><th aria-label="Actions" /></tr></thead>
          <tbody>{rows.map((workflow) => <Row key={workflow.id} workflow={workflow} workspace={workspace} />)}</tbody>
        </HTMLTable>
      )}
      <LoadMore {...workflows} />
    </>
  );
}
