import { useDeferredValue, useState } from "react";
import { InputGroup } from "@blueprintjs/core";
import { Flows, Search } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { useMay } from "../api/session";
import { useWorkflows } from "../api/workflows";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { WorkflowRow } from "./workflow-row";
import { WorkspacePauseButton, WorkspacePauseNotice } from "./workspace-pause";

export function WorkflowListPage() {
  const { workspace = "" } = useParams();
  const [search, setSearch] = useState("");
  const workflows = useWorkflows(workspace, useDeferredValue(search));
  const rows = workflows.data?.pages.flatMap((page) => page.items) ?? [];
  const mayPublish = useMay(workspace, "workflow.publish");
  const isStale = workflows.isPlaceholderData;

  useTitle("Workflows");
  return (
    <>
      <PageHeader title="Workflows">
        <InputGroup leftElement={<span className="input-icon"><Search /></span>} placeholder="Search by name" aria-label="Search by name" type="search"
          value={search} onValueChange={setSearch} />
        <WorkspacePauseButton workspace={workspace} />
      </PageHeader>
      <WorkspacePauseNotice workspace={workspace} />
      {workflows.isError && <ProblemCallout error={workflows.error} onRetry={() => void workflows.refetch()} />}
      {(workflows.isPending || (isStale && rows.length === 0)) && <TableSkeleton columns={5} />}
      {workflows.isSuccess && !isStale && rows.length === 0 && (
        search === "" ? (
          <EmptyState icon={Flows} title="No workflows yet">
            Import one from the command line, <code>./tyboo ctl workflow import FILE</code>, or create one through the API.
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
