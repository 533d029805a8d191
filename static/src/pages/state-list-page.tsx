import { Database } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { useMay } from "../api/session";
import { useKeptValues } from "../api/state";
import { formatBytes, plural } from "../lib/format";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { StateRow } from "./state-row";

export default function StateListPage() {
  const { workspace = "" } = useParams();
  const values = useKeptValues(workspace);
  const mayWrite = useMay(workspace, "state.write");
  const rows = values.data?.pages.flatMap((page) => page.items) ?? [];
  const usage = values.data?.pages[0]?.usage;

  useTitle("State");
  return (
    <>
      <PageHeader title="State" />
      {values.isError && <ProblemCallout error={values.error} onRetry={() => void values.refetch()} />}
      {values.isPending && <TableSkeleton columns={4} />}
      {values.isSuccess && rows.length === 0 && (
        <EmptyState icon={Database} title="Nothing is kept yet">
          Workflows keep values from one run to the next with the node State, such as a cursor or a counter. They are listed here.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <>
          {usage && <p>{plural(usage.keys, "value")}, {formatBytes(usage.bytes)}. The page Limits says how much the workspace may keep.</p>}
          <table className="list is-credentials">
            <thead><tr><th className="grows">Key</th><th>Size</th><th>Changed</th><th><span className="hidden-text">Actions</span></th></tr></thead>
            <tbody>{rows.map((row) => <StateRow key={row.id} row={row} workspace={workspace} mayWrite={mayWrite} />)}</tbody>
          </table>
        </>
      )}
      <LoadMore {...values} />
    </>
  );
}
