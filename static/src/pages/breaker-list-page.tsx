import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Add, Offline } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { useBreakers } from "../api/breakers";
import { useMay } from "../api/session";
import { useTitle } from "../lib/title";
import { BreakerForm } from "../panels/breaker-form";
import { BreakerHistory } from "../panels/breaker-history";
import { EmptyState } from "../panels/empty-state";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { BreakerRow } from "./breaker-row";

export default function BreakerListPage() {
  const { workspace = "" } = useParams();
  const breakers = useBreakers(workspace);
  const [isOpen, setOpen] = useState(false);
  const mayWrite = useMay(workspace, "breaker.write");
  const rows = breakers.data?.items ?? [];

  useTitle("Breakers");
  return (
    <>
      <PageHeader title="Breakers">
        {mayWrite && <Button icon={<Add />} aria-expanded={isOpen} onClick={() => setOpen(true)}>Open a breaker</Button>}
      </PageHeader>
      {isOpen && <BreakerForm workspace={workspace} onClose={() => setOpen(false)} />}
      {breakers.isError && <ProblemCallout error={breakers.error} onRetry={() => void breakers.refetch()} />}
      {breakers.isPending && <TableSkeleton columns={4} />}
      {breakers.isSuccess && rows.length === 0 && !isOpen && (
        <EmptyState icon={Offline} title="Every service answers">
          After five failures in a row, calls of a service are held back here until a probe is answered.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <table className="list is-breakers">
          <thead><tr><th className="grows">Service</th><th>State</th><th className="number">Failures</th><th>Next probe</th><th><span className="hidden-text">Actions</span></th></tr></thead>
          <tbody>{rows.map((breaker) => <BreakerRow key={`${breaker.scope} ${breaker.node_type} ${breaker.host}`} breaker={breaker} workspace={workspace} mayWrite={mayWrite} />)}</tbody>
        </table>
      )}
      <BreakerHistory workspace={workspace} />
    </>
  );
}
