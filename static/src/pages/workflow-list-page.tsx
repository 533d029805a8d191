import { useDeferredValue, useState } from "react";
import { Button, InputGroup } from "@blueprintjs/core";
import { Add, Flows, Search } from "@blueprintjs/icons";
import { useNavigate, useParams } from "react-router-dom";
import { useMay } from "../api/session";
import { useNewWorkflow, useWorkflows } from "../api/workflows";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { WorkflowRow } from "./workflow-row";
import { WorkspacePauseButton, WorkspacePauseNotice } from "./workspace-pause";

// An empty draft, opened in the editor, where it gets its name.
function NewWorkflow({ workspace }: { workspace: string }) {
  const make = useNewWorkflow(workspace);
  const navigate = useNavigate();
  return (
    <>
      <Button intent="primary" icon={<Add />} loading={make.isPending} onClick={() => make.mutate("New workflow", { onSuccess: (made) => navigate(`/w/${workspace}/workflows/${made.id}/edit`) })}>New workflow</Button>
      {make.isError && <ProblemCallout error={make.error} />}
    </>
  );
}

export function WorkflowListPage() {
  const { workspace = "" } = useParams();
  const [search, setSearch] = useState("");
  const workflows = useWorkflows(workspace, useDeferredValue(search));
  const rows = workflows.data?.pages.flatMap((page) => page.items) ?? [];
  const mayPublish = useMay(workspace, "workflow.publish");
  const mayWrite = useMay(workspace, "workflow.write");
  const isStale = workflows.isPlaceholderData;

  useTitle("Workflows");
  return (
    <>
      <PageHeader title="Workflows">
        <InputGroup leftElement={<span className="input-icon"><Search /></span>} placeholder="Search by name" aria-label="Search by name" type="search"
          value={search} onValueChange={setSearch} />
        <WorkspacePauseButton workspace={workspace} />
        {mayWrite && <NewWorkflow workspace={workspace} />}
      </PageHeader>
      <WorkspacePauseNotice workspace={workspace} />
      {workflows.isError && <ProblemCallout error={workflows.error} onRetry={() => void workflows.refetch()} />}
      {(workflows.isPending || (isStale && rows.length === 0)) && <TableSkeleton columns={5} />}
      {workflows.isSuccess && !isStale && rows.length === 0 && (
        search === "" ? (
          <EmptyState icon={Flows} title="No workflows yet">
            Press <b>New workflow</b> to build one, or import one from the command line: <code>./tyboo ctl workflow import FILE</code>.
          </EmptyState>
        ) : (
          <EmptyState icon={Search} title="Nothing found">No workflow has “{search}” in its name.</EmptyState>
        )
      )}
      {rows.length > 0 && (
        <table className="list is-workflows" aria-busy={isStale}>
          <thead><tr><th className="grows">Name</th><th>Last run</th><th>Saved</th><th>Published</th><th><span className="hidden-text">Actions</span></th></tr></thead>
          <tbody>{rows.map((workflow) => <WorkflowRow key={workflow.id} workflow={workflow} workspace={workspace} mayPublish={mayPublish} />)}</tbody>
        </table>
      )}
      <LoadMore {...workflows} />
    </>
  );
}
