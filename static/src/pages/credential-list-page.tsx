import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Add, Key } from "@blueprintjs/icons";
import { useParams, useSearchParams } from "react-router-dom";
import { useCredentials } from "../api/credentials";
import { useMay } from "../api/session";
import { useTitle } from "../lib/title";
import { ConnectOutcome, isKnownOutcome } from "../panels/connect-outcome";
import { CredentialForm } from "../panels/credential-form";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { CredentialRow } from "./credential-row";

export default function CredentialListPage() {
  const { workspace = "" } = useParams();
  const credentials = useCredentials(workspace);
  const [isOpen, setOpen] = useState(false);
  const mayWrite = useMay(workspace, "credential.write");
  const [back] = useSearchParams();
  const outcome = back.get("connect");
  const rows = credentials.data?.pages.flatMap((page) => page.items) ?? [];

  useTitle("Credentials");
  return (
    <>
      <PageHeader title="Credentials">
        {mayWrite && <Button icon={<Add />} intent="primary" aria-expanded={isOpen} onClick={() => setOpen(true)}>New credential</Button>}
      </PageHeader>
      {outcome !== null && isKnownOutcome(outcome) && <ConnectOutcome outcome={outcome} name={rows.find((row) => row.id === back.get("credential"))?.name} />}
      {isOpen && <CredentialForm workspace={workspace} onClose={() => setOpen(false)} />}
      {credentials.isError && <ProblemCallout error={credentials.error} onRetry={() => void credentials.refetch()} />}
      {credentials.isPending && <TableSkeleton columns={5} />}
      {credentials.isSuccess && rows.length === 0 && !isOpen && (
        <EmptyState icon={Key} title="No credentials yet">
          A credential keeps a token, a password or a webhook’s secret. Workflows name it by its id; what is in it is never shown again.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <table className="list is-credentials">
          <thead><tr><th className="grows">Name</th><th>Type</th><th>Changed</th><th>Last used</th><th><span className="hidden-text">Actions</span></th></tr></thead>
          <tbody>{rows.map((credential) => <CredentialRow key={credential.id} credential={credential} workspace={workspace} mayWrite={mayWrite} />)}</tbody>
        </table>
      )}
      <LoadMore {...credentials} />
    </>
  );
}
