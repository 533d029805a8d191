import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Add, Variable } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { useMay } from "../api/session";
import { useVariables } from "../api/variables";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { VariableForm } from "../panels/variable-form";
import { VariableRow } from "./variable-row";

export default function VariableListPage() {
  const { workspace = "" } = useParams();
  const variables = useVariables(workspace);
  const [isOpen, setOpen] = useState(false);
  const mayWrite = useMay(workspace, "variable.write");
  const rows = variables.data?.pages.flatMap((page) => page.items) ?? [];

  useTitle("Variables");
  return (
    <>
      <PageHeader title="Variables">
        {mayWrite && <Button icon={<Add />} intent="primary" aria-expanded={isOpen} onClick={() => setOpen(true)}>New variable</Button>}
      </PageHeader>
      {isOpen && <VariableForm workspace={workspace} onClose={() => setOpen(false)} />}
      {variables.isError && <ProblemCallout error={variables.error} onRetry={() => void variables.refetch()} />}
      {variables.isPending && <TableSkeleton columns={4} />}
      {variables.isSuccess && rows.length === 0 && !isOpen && (
        <EmptyState icon={Variable} title="No variables yet">
          A variable is a text that all workflows of the workspace share, such as an address or a region. They read it as $vars.name.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <table className="list is-credentials">
          <thead><tr><th className="grows">Name</th><th>Value</th><th>Changed</th><th><span className="hidden-text">Actions</span></th></tr></thead>
          <tbody>{rows.map((variable) => <VariableRow key={variable.id} variable={variable} workspace={workspace} mayWrite={mayWrite} />)}</tbody>
        </table>
      )}
      <LoadMore {...variables} />
    </>
  );
}
