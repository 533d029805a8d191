import { Button, HTMLSelect } from "@blueprintjs/core";
import { Cross, Inbox, Search } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { useDeliveries } from "../api/deliveries";
import { useWorkflows } from "../api/workflows";
import { useFilter } from "../lib/filter";
import { useTitle } from "../lib/title";
import { verdictLook, verdicts } from "../lib/verdict";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { DeliveryRow } from "./delivery-row";

const filters = ["workflow_id", "verdict"] as const;

// All that came in, also what no workflow took and what was refused.
export function DeliveryListPage() {
  const { workspace = "" } = useParams();
  const filter = useFilter(filters);
  const workflows = useWorkflows(workspace, "");
  const deliveries = useDeliveries(workspace, filter.value);
  const rows = deliveries.data?.pages.flatMap((page) => page.items) ?? [];
  const isStale = deliveries.isPlaceholderData;
  const known = workflows.data?.pages.flatMap((page) => page.items) ?? [];

  useTitle("Deliveries");
  return (
    <>
      <PageHeader title="Deliveries">
        {filter.active && <Button variant="minimal" icon={<Cross />} onClick={filter.clear}>Clear</Button>}
        <HTMLSelect aria-label="Workflow" value={filter.value.workflow_id} onChange={(event) => filter.set("workflow_id", event.target.value)}
          options={[{ value: "", label: "All workflows" }, ...known.map((workflow) => ({ value: workflow.id, label: workflow.name }))]} />
        <HTMLSelect aria-label="Verdict" value={filter.value.verdict} onChange={(event) => filter.set("verdict", event.target.value)}
          options={[{ value: "", label: "Any verdict" }, ...verdicts.map((value) => ({ value, label: verdictLook(value).label }))]} />
      </PageHeader>
      {deliveries.isError && <ProblemCallout error={deliveries.error} onRetry={() => void deliveries.refetch()} />}
      {(deliveries.isPending || (isStale && rows.length === 0)) && <TableSkeleton columns={5} />}
      {deliveries.isSuccess && !isStale && rows.length === 0 && (
        filter.active ? (
          <EmptyState icon={Search} title="No delivery matches" action={<Button onClick={filter.clear}>Clear the filter</Button>} />
        ) : (
          <EmptyState icon={Inbox} title="No deliveries yet">What a sender sends to a webhook appears here, also if no workflow takes it.</EmptyState>
        )
      )}
      {rows.length > 0 && (
        <table className="list is-deliveries" aria-busy={isStale}>
          <thead><tr><th>Verdict</th><th className="grows">Address</th><th>Received</th><th>From</th><th className="number">Size</th></tr></thead>
          <tbody>{rows.map((delivery) => <DeliveryRow key={delivery.id} delivery={delivery} workspace={workspace} />)}</tbody>
        </table>
      )}
      <LoadMore {...deliveries} />
    </>
  );
}
